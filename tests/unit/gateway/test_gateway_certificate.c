/* Certificates that cannot be used: the sentence that says so. Apart from the other tests of TLS, because libwebsockets 4.1.6 leaks
 * its OpenSSL context when it refuses one, which ends the server anyway, and must not hide another leak. */
#include "unit/gateway/rig.h"

const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libcrypto\nleak:libssl\n";
}

static int shell(const char *format, ...)
{
	char command[1024];
	va_list list;
	va_start(list, format);
	vsnprintf(command, sizeof command, format, list);
	va_end(list);
	return system(command);
}

static void refuses(const char *certificate, const char *key, const char *words)
{
	struct loop *loop = loop_new();
	struct metrics *metrics = metrics_new();
	struct gateway *gateway = NULL;
	char error[512] = "";
	struct gateway_options options = {.listen = "127.0.0.1:0",
					  .certificate = certificate,
					  .key = key,
					  .conns = &rig_conns,
					  .exchanges = &rig_exchanges,
					  .metrics = metrics};
	assert_int_equal(gateway_open(&gateway, loop, &options, error, sizeof error), -1);
	assert_contains(error, words);
	loop_free(loop);
	metrics_free(metrics);
}

static void test_bad_certificates(void **state)
{
	char folder[] = "/tmp/boothcast-cert-XXXXXX", certificate[64], key[64], other[64];
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(certificate, sizeof certificate, "%s/cert.pem", folder);
	snprintf(key, sizeof key, "%s/key.pem", folder);
	snprintf(other, sizeof other, "%s/other.pem", folder);
	assert_int_equal(shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost "
			       "-keyout '%s' -out '%s' 2>/dev/null",
			       key, certificate),
			 0);
	assert_int_equal(shell("openssl ecparam -genkey -name prime256v1 -noout -out '%s'", other), 0);
	refuses("/nonexistent/cert.pem", key, "cannot read the certificate /nonexistent/cert.pem");
	refuses(certificate, "/nonexistent/key.pem", "cannot read the key /nonexistent/key.pem");
	refuses(certificate, NULL, "the key is missing");
	refuses(NULL, key, "the certificate is missing");
	refuses(certificate, other, "belong together");
	refuses(key, key, "must be PEM");
	shell("rm -rf '%s'", folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_certificates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
