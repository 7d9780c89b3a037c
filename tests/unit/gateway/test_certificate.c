/* The server's own certificate: what is in it, when it is made anew, what a crash or a full disk leaves, and what is told of it. */
#include "gateway/certificate.h"

#include "base/log.h"
#include "base/url.h"
#include "gateway/host_names.h"
#include "gateway/x509.h"

#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY 86400
#define NOW INT64_C(1742515200) /* 21 March 2025 */
#define LISTEN "127.0.0.1:8443"
#define URL "https://live.example.org:8443"

/* What the tests begin with: an empty state folder. */
struct fixture {
	char folder[64], pem[96], key[96];
	char error[512];
	struct certificate_facts facts; /* of the last one opened */
	char why[300];
	bool new_key;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	strcpy(fixture->folder, "/tmp/boothcast-certificate-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(fixture->pem, sizeof fixture->pem, "%s/certificate.pem", fixture->folder);
	snprintf(fixture->key, sizeof fixture->key, "%s/certificate.key", fixture->folder);
	*state = fixture;
	return 0;
}

/* Nothing else is in the folder, and nothing in OpenSSL's queue: the next connection would be blamed for it. */
static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(ERR_peek_error(), 0);
	unlink(fixture->pem);
	unlink(fixture->key);
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

static int open_as(struct fixture *fixture, const char *listen, const char *public_url, int64_t now_s)
{
	struct own_certificate *own = NULL;
	const struct own_certificate_options options = {
		.folder = fixture->folder, .listen = listen, .public_url = public_url, .now_s = now_s};
	if (own_certificate_open(&own, &options, fixture->error, sizeof fixture->error) != 0) {
		assert_null(own);
		return -1;
	}
	assert_string_equal(own->path, fixture->pem);
	assert_string_equal(own->key_path, fixture->key);
	strcpy(fixture->why, own->why);
	fixture->new_key = own->new_key;
	own_certificate_free(own);
	assert_true(certificate_read(fixture->pem, &fixture->facts));
	return 0;
}

static void open_good(struct fixture *fixture, int64_t now_s)
{
	if (open_as(fixture, LISTEN, URL, now_s) != 0)
		fail_msg("refused: %s", fixture->error);
}

static void assert_contains(const char *all, const char *part)
{
	if (strstr(all, part) == NULL)
		fail_msg("expected \"%s\" in: %s", part, all);
}

static X509 *read_certificate(const char *path)
{
	BIO *pem = BIO_new_file(path, "r");
	assert_non_null(pem);
	X509 *certificate = x509_read(pem);
	BIO_free(pem);
	assert_non_null(certificate);
	return certificate;
}

static EVP_PKEY *read_key(const char *path)
{
	BIO *pem = BIO_new_file(path, "r");
	assert_non_null(pem);
	EVP_PKEY *key = x509_read_key(pem);
	BIO_free(pem);
	assert_non_null(key);
	return key;
}

/* Whether the two files belong together, and nobody else may read the key. */
static void assert_pair(const struct fixture *fixture)
{
	struct stat about;
	X509 *certificate = read_certificate(fixture->pem);
	EVP_PKEY *key = read_key(fixture->key);
	assert_true(x509_belongs(certificate, key));
	X509_free(certificate);
	EVP_PKEY_free(key);
	assert_int_equal(stat(fixture->key, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	assert_int_equal(stat(fixture->pem, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0644);
}

static void write_text(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void assert_text_is(const char *path, const char *text)
{
	char all[4096] = "";
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(all, 1, sizeof all - 1, file) < sizeof all - 1);
	fclose(file);
	assert_string_equal(all, text);
}

/* ---- what is made ---- */

static void the_first_start_makes_a_key_and_a_certificate(void **state)
{
	struct fixture *fixture = *state;
	mode_t before = umask(0); /* the files' modes do not depend on it */
	open_good(fixture, NOW);
	umask(before);
	assert_string_equal(fixture->why, "there was none");
	assert_true(fixture->new_key);
	assert_pair(fixture);
}

static void it_is_valid_for_as_long_as_browsers_allow(void **state)
{
	struct fixture *fixture = *state;
	open_good(fixture, NOW);
	X509 *certificate = read_certificate(fixture->pem);
	int days = 0, seconds = 0;
	assert_true(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate), X509_get0_notAfter(certificate)));
	assert_int_equal(days * DAY + seconds + 1, 397 * DAY);
	assert_int_equal(fixture->facts.ends_s, NOW + 396 * DAY - 1);
	assert_int_equal(X509_cmp_time(X509_get0_notBefore(certificate), &(time_t){NOW - DAY / 2}), -1);
	X509_free(certificate);
}

/* As a browser asks that trusts `anchor` alone: X509_V_OK, or why not. */
static int verify(X509 *anchor, X509 *certificate, unsigned long flags, const char *host, const char *address)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509_STORE_add_cert(store, anchor);
	assert_int_equal(X509_STORE_CTX_init(context, store, certificate, NULL), 1);
	X509_STORE_CTX_set_default(context, "ssl_server");
	X509_VERIFY_PARAM *wanted = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_time(wanted, (time_t)NOW);
	X509_VERIFY_PARAM_set_flags(wanted, flags);
	if (host != NULL)
		X509_VERIFY_PARAM_set1_host(wanted, host, 0);
	if (address != NULL)
		X509_VERIFY_PARAM_set1_ip_asc(wanted, address);
	X509_verify_cert(context);
	int result = X509_STORE_CTX_get_error(context);
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	ERR_clear_error();
	return result;
}

static void who_trusts_it_finds_the_server_under_each_of_its_names(void **state)
{
	struct fixture *fixture = *state;
	char own_name[256];
	assert_int_equal(open_as(fixture, "192.0.2.7:8443", URL, NOW), 0);
	assert_int_equal(gethostname(own_name, sizeof own_name), 0);
	X509 *it = read_certificate(fixture->pem);
	assert_int_equal(verify(it, it, X509_V_FLAG_X509_STRICT, "localhost", NULL), X509_V_OK);
	assert_int_equal(verify(it, it, X509_V_FLAG_X509_STRICT, "live.example.org", NULL), X509_V_OK);
	assert_int_equal(verify(it, it, X509_V_FLAG_X509_STRICT, own_name, NULL), X509_V_OK);
	assert_int_equal(verify(it, it, X509_V_FLAG_X509_STRICT, NULL, "127.0.0.1"), X509_V_OK);
	assert_int_equal(verify(it, it, X509_V_FLAG_X509_STRICT, NULL, "::1"), X509_V_OK);
	assert_int_equal(verify(it, it, X509_V_FLAG_X509_STRICT, NULL, "192.0.2.7"), X509_V_OK);
	assert_int_equal(verify(it, it, X509_V_FLAG_X509_STRICT, "www.example.org", NULL), X509_V_ERR_HOSTNAME_MISMATCH);
	assert_int_equal(verify(it, it, X509_V_FLAG_X509_STRICT, NULL, "192.0.2.8"), X509_V_ERR_IP_ADDRESS_MISMATCH);
	X509_free(it);
}

/* A certificate for another host, signed by a key that is not its own. */
static X509 *forge(X509 *issuer, EVP_PKEY *signer, EVP_PKEY *key, const char *alternative)
{
	X509 *forged = X509_new();
	X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, NULL, NID_subject_alt_name, alternative);
	X509_set_version(forged, X509_VERSION_3);
	ASN1_TIME_set(X509_getm_notBefore(forged), (time_t)NOW - DAY);
	ASN1_TIME_set(X509_getm_notAfter(forged), (time_t)NOW + DAY);
	X509_set_issuer_name(forged, X509_get_subject_name(issuer));
	X509_NAME_add_entry_by_txt(X509_get_subject_name(forged), "CN", MBSTRING_UTF8, (const unsigned char *)"x", -1, -1, 0);
	X509_set_pubkey(forged, key);
	X509_add_ext(forged, extension, -1);
	X509_EXTENSION_free(extension);
	assert_true(X509_sign(forged, signer, EVP_sha256()) > 0);
	return forged;
}

static void a_stolen_key_speaks_for_no_other_site(void **state)
{
	struct fixture *fixture = *state;
	char why[X509_WHY_SIZE];
	open_good(fixture, NOW);
	X509 *anchor = read_certificate(fixture->pem);
	EVP_PKEY *stolen = read_key(fixture->key), *key = x509_make_key(why);
	const struct {
		const char *alternative;
		int result;
	} cases[] = {
		{"DNS:live.example.org", X509_V_OK},
		{"DNS:bank.example.com", X509_V_ERR_PERMITTED_VIOLATION},
		{"IP:127.0.0.1", X509_V_OK},
		{"IP:192.0.2.1", X509_V_ERR_PERMITTED_VIOLATION},
		{"IP:2001:db8::1", X509_V_ERR_PERMITTED_VIOLATION},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		X509 *forged = forge(anchor, stolen, key, cases[i].alternative);
		assert_int_equal(verify(anchor, forged, 0, NULL, NULL), cases[i].result);
		X509_free(forged);
	}
	EVP_PKEY_free(stolen);
	EVP_PKEY_free(key);
	X509_free(anchor);
}

static void the_next_start_serves_the_same(void **state)
{
	struct fixture *fixture = *state;
	open_good(fixture, NOW);
	struct certificate_facts first = fixture->facts;
	assert_int_equal(strlen(first.sha256), CERTIFICATE_SHA256_SIZE - 1);
	open_good(fixture, NOW + 100 * DAY);
	assert_string_equal(fixture->why, "");
	assert_string_equal(fixture->facts.sha256, first.sha256);
	open_good(fixture, NOW - 1000 * DAY); /* a clock that was set wrong makes no new one */
	assert_string_equal(fixture->facts.sha256, first.sha256);
}

/* ---- when it is made anew ---- */

static void it_is_made_anew_thirty_days_before_its_end(void **state)
{
	struct fixture *fixture = *state;
	open_good(fixture, NOW);
	struct certificate_facts first = fixture->facts;
	open_good(fixture, first.ends_s - 30 * DAY);
	assert_string_equal(fixture->facts.sha256, first.sha256);
	open_good(fixture, first.ends_s - 30 * DAY + 1);
	assert_string_not_equal(fixture->facts.sha256, first.sha256);
	assert_contains(fixture->why, "30 days");
	assert_false(fixture->new_key);
	assert_pair(fixture);
}

static void it_is_made_anew_when_it_lacks_a_name(void **state)
{
	struct fixture *fixture = *state;
	open_good(fixture, NOW);
	struct certificate_facts first = fixture->facts;
	assert_int_equal(open_as(fixture, LISTEN, NULL, NOW), 0); /* one name more than needed */
	assert_string_equal(fixture->facts.sha256, first.sha256);
	assert_int_equal(open_as(fixture, LISTEN, "https://other.example.org", NOW), 0);
	assert_string_equal(fixture->why, "the old one lacked the name other.example.org");
	assert_int_equal(open_as(fixture, "[2001:db8::7]:8443", URL, NOW), 0);
	assert_string_equal(fixture->why, "the old one lacked the name live.example.org");
	assert_int_equal(open_as(fixture, "192.0.2.7:8443", URL, NOW), 0);
	assert_string_equal(fixture->why, "the old one lacked the name 192.0.2.7");
	assert_int_equal(open_as(fixture, "192.0.2.7:0", URL, NOW), 0);
	assert_string_equal(fixture->why, "");
	assert_pair(fixture);
}

static void passing_addresses_are_in_it_but_cost_no_new_one(void **state)
{
	(void)state;
	char why[X509_WHY_SIZE];
	struct host_names before = {0}, after = {0};
	host_names_add(&before, "192.0.2.7", false);
	host_names_add(&before, "2001:db8::7", true);
	host_names_add(&after, "192.0.2.7", false);
	host_names_add(&after, "2001:db8::8", true);
	EVP_PKEY *key = x509_make_key(why);
	X509 *certificate = x509_make(key, &before, NOW, why);
	assert_non_null(certificate);
	assert_int_equal(X509_check_ip_asc(certificate, "2001:db8::7", 0), 1);
	assert_null(x509_lacks(certificate, &after));
	after.list[1].passing = false;
	assert_string_equal(x509_lacks(certificate, &after), "2001:db8::8");
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* ---- crashes, full disks, other people's files ---- */

static void whatever_a_crash_leaves_is_put_in_order(void **state)
{
	struct fixture *fixture = *state;
	char key_new[128], pem_new[128], kept[128];
	snprintf(key_new, sizeof key_new, "%s.new", fixture->key);
	snprintf(pem_new, sizeof pem_new, "%s.new", fixture->pem);
	snprintf(kept, sizeof kept, "%s.kept", fixture->pem);

	/* in the middle of writing the key */
	write_text(key_new, "-----BEGIN PRIV", 0600);
	open_good(fixture, NOW);
	assert_pair(fixture);
	assert_int_equal(access(key_new, F_OK), -1);

	/* between key and certificate, and in the middle of writing the certificate */
	struct certificate_facts first = fixture->facts;
	assert_int_equal(rename(fixture->pem, kept), 0);
	write_text(pem_new, "-----BEGIN CERT", 0600);
	open_good(fixture, NOW);
	assert_string_equal(fixture->why, "there was a key without one");
	assert_false(fixture->new_key);
	assert_string_not_equal(fixture->facts.sha256, first.sha256);
	assert_pair(fixture);
	assert_int_equal(access(pem_new, F_OK), -1);

	/* the key was removed: both anew */
	assert_int_equal(unlink(fixture->key), 0);
	open_good(fixture, NOW);
	assert_true(fixture->new_key);
	assert_string_equal(fixture->why, "the old one belonged to another key");
	assert_pair(fixture);

	/* and with a crash after the new key: its certificate is still the first one */
	assert_int_equal(rename(kept, fixture->pem), 0);
	open_good(fixture, NOW);
	assert_false(fixture->new_key);
	assert_string_equal(fixture->why, "the old one belonged to another key");
	assert_pair(fixture);
}

static void a_full_disk_leaves_what_there_was(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit before, none;
	struct certificate_facts now;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){.rlim_cur = 10, .rlim_max = before.rlim_max};

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	int first = open_as(fixture, LISTEN, URL, NOW);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(first, -1);
	assert_contains(fixture->error, "certificate.key");
	assert_contains(fixture->error, "--state");
	assert_int_equal(access(fixture->key, F_OK), -1);

	open_good(fixture, NOW);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	int second = open_as(fixture, LISTEN, URL, NOW + 390 * DAY);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(second, -1);
	assert_contains(fixture->error, "cannot write");
	assert_contains(fixture->error, "certificate.pem");
	assert_true(certificate_read(fixture->pem, &now));
	assert_string_equal(now.sha256, fixture->facts.sha256);
	assert_pair(fixture);
}

static void a_folder_that_cannot_be_written_is_told(void **state)
{
	struct fixture *fixture = *state;
	char error[512] = "";
	struct own_certificate *own = NULL;
	write_text(fixture->pem, "", 0600); /* a file where the folder should be: root may write everywhere else */
	const struct own_certificate_options options = {.folder = fixture->pem, .listen = LISTEN, .now_s = NOW};
	assert_int_equal(own_certificate_open(&own, &options, error, sizeof error), -1);
	assert_contains(error, fixture->pem);
	assert_contains(error, "Not a directory");
}

static void a_key_that_others_may_read_is_refused(void **state)
{
	struct fixture *fixture = *state;
	open_good(fixture, NOW);
	assert_int_equal(chmod(fixture->key, 0640), 0);
	assert_int_equal(open_as(fixture, LISTEN, URL, NOW), -1);
	assert_contains(fixture->error, "can be read by others; run `chmod 600 ");
	assert_int_equal(chmod(fixture->key, 0400), 0); /* and this is as good as ours */
	open_good(fixture, NOW);
	assert_string_equal(fixture->why, "");
}

static void files_of_other_people_are_left_alone(void **state)
{
	struct fixture *fixture = *state;
	char why[X509_WHY_SIZE], *text;
	struct host_names names = {0};
	static const char broken[] = "-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----\n";

	/* a key that is broken, and one that is not P-256 */
	write_text(fixture->key, broken, 0600);
	assert_int_equal(open_as(fixture, LISTEN, URL, NOW), -1);
	assert_contains(fixture->error, "certificate.key is no P-256 key in PEM; remove it");
	assert_text_is(fixture->key, broken);
	EVP_PKEY *other = EVP_EC_gen("P-384");
	BIO *pem = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(pem, other, NULL, NULL, 0, NULL, NULL);
	BIO_write(pem, "", 1);
	BIO_get_mem_data(pem, &text);
	write_text(fixture->key, text, 0600);
	assert_int_equal(open_as(fixture, LISTEN, URL, NOW), -1);
	assert_contains(fixture->error, "no P-256 key");
	assert_text_is(fixture->key, text);
	BIO_free(pem);
	unlink(fixture->key);

	/* a certificate that is broken, and one that somebody else signed */
	open_good(fixture, NOW);
	write_text(fixture->pem, "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n", 0644);
	assert_int_equal(open_as(fixture, LISTEN, URL, NOW), -1);
	assert_contains(fixture->error, "certificate.pem is no self-signed certificate in PEM; remove it");
	host_names_add(&names, "live.example.org", false);
	EVP_PKEY *key = read_key(fixture->key);
	X509 *signed_by_another = x509_make(key, &names, NOW, why);
	X509_sign(signed_by_another, other, EVP_sha384());
	pem = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(pem, signed_by_another);
	BIO_write(pem, "", 1);
	BIO_get_mem_data(pem, &text);
	write_text(fixture->pem, text, 0644);
	assert_int_equal(open_as(fixture, LISTEN, URL, NOW), -1);
	assert_contains(fixture->error, "no self-signed certificate");
	assert_text_is(fixture->pem, text);
	BIO_free(pem);
	X509_free(signed_by_another);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

/* ---- names ---- */

static bool named(const struct host_names *names, const char *text)
{
	for (unsigned i = 0; i < names->count; i++) {
		if (strcmp(names->list[i].text, text) == 0)
			return true;
	}
	return false;
}

static void listening_everywhere_means_every_interface(void **state)
{
	(void)state;
	struct host_names four, six, one;
	struct ifaddrs *all;
	char text[256];
	unsigned seen = 0;
	host_names_find(&four, "0.0.0.0:8443", NULL);
	host_names_find(&six, "[::]:8443", NULL);
	host_names_find(&one, LISTEN, NULL);
	assert_int_equal(getifaddrs(&all), 0);
	for (struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET || !(i->ifa_flags & IFF_UP))
			continue;
		assert_int_equal(getnameinfo(i->ifa_addr, sizeof(struct sockaddr_in), text, sizeof text, NULL, 0, NI_NUMERICHOST),
				 0);
		assert_true(named(&four, text) && named(&six, text));
		assert_int_equal(named(&one, text), strcmp(text, "127.0.0.1") == 0);
		seen++;
	}
	freeifaddrs(all);
	assert_true(seen > 0);
	for (unsigned i = 0; i < four.count; i++)
		assert_false(four.list[i].passing);
	for (unsigned i = 0; i < six.count; i++)
		assert_null(strchr(six.list[i].text, '%'));
	assert_false(named(&four, "0.0.0.0") || named(&six, "::"));
}

/* What a link begins with is an address that the certificate has as well, and a browser knows. */
static void a_link_leads_to_an_address_that_there_is(void **state)
{
	(void)state;
	struct host_names names;
	char url[320];
	struct url reached;
	static const char *const as_they_are[] = {"https://live.example.org:8443", "http://127.0.0.1:8080", "https://[2001:db8::7]:443"};
	for (size_t i = 0; i < sizeof as_they_are / sizeof *as_they_are; i++) {
		host_names_reach(as_they_are[i], url, sizeof url);
		assert_string_equal(url, as_they_are[i]);
	}
	host_names_reach("http://[::]:8080", url, sizeof url);
	assert_string_equal(url, "http://localhost:8080");
	static const char *const everywhere[] = {"https://0.0.0.0:8443", "https://[::]:8443"};
	host_names_find(&names, "0.0.0.0:8443", NULL);
	for (size_t i = 0; i < 2; i++) {
		host_names_reach(everywhere[i], url, sizeof url);
		assert_null(url_split(url, &reached));
		assert_true(reached.secure && reached.at.port == 8443);
		assert_true(named(&names, reached.at.host));
		for (unsigned k = 0; k < names.count; k++) /* the outside, where there is one */
			assert_true(!names.list[k].address || strchr(names.list[k].text, ':') != NULL ||
				    strncmp(names.list[k].text, "127.", 4) == 0 || strcmp(reached.at.host, "localhost") != 0);
	}
}

static void names_stand_once_in_one_way_of_writing(void **state)
{
	(void)state;
	char longer[HOST_NAME_SIZE + 1] = "";
	struct host_names names = {0};
	static const char *const none[] = {"", "a b", "a,DNS:b", "-a", ".a", "fe80::1%lo", "a:b", "[::1]", "w\xc3\xb6rter"};
	host_names_add(&names, "Live.example.org", false);
	host_names_add(&names, "live.EXAMPLE.org", false);
	host_names_add(&names, "2001:DB8:0::07", false);
	host_names_add(&names, "2001:db8::7", true);
	assert_int_equal(names.count, 2);
	assert_string_equal(names.list[1].text, "2001:db8::7");
	assert_true(names.list[1].address && !names.list[1].passing && !names.list[0].address);
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		host_names_add(&names, none[i], false);
	memset(longer, 'a', sizeof longer - 1);
	host_names_add(&names, longer, false);
	assert_int_equal(names.count, 2);
}

static void as_many_and_as_long_names_as_there_can_be(void **state)
{
	(void)state;
	char why[X509_WHY_SIZE], text[HOST_NAME_SIZE];
	struct host_names names = {0};
	for (unsigned i = 0; i < HOST_NAMES_MAX + 3; i++) {
		memset(text, 'a', sizeof text - 1);
		for (size_t dot = 50; dot < sizeof text - 1; dot += 50)
			text[dot] = '.';
		snprintf(text + HOST_NAME_SIZE - 4, 4, "%03u", i + 100);
		host_names_add(&names, text, false);
	}
	assert_int_equal(names.count, HOST_NAMES_MAX);
	assert_int_equal(names.left_out, 3);
	EVP_PKEY *key = x509_make_key(why);
	X509 *certificate = x509_make(key, &names, NOW, why);
	assert_non_null(certificate);
	assert_null(x509_lacks(certificate, &names));
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* ---- what is told ---- */

/* What certificate_tell() logs at that time; the caller frees. */
static char *told(const char *path, const struct own_certificate *own, int64_t now_s, double *expires)
{
	char name[] = "/tmp/boothcast-told-XXXXXX", *all = calloc(1, 8192);
	int file = mkstemp(name), saved = dup(STDERR_FILENO);
	struct metrics *metrics = metrics_new();
	unlink(name);
	log_flush();
	dup2(file, STDERR_FILENO);
	certificate_tell(path, own, now_s, metrics);
	log_flush();
	dup2(saved, STDERR_FILENO);
	assert_true(pread(file, all, 8191, 0) > 0);
	*expires = *metrics_gauge(metrics, "boothcast_certificate_expires_seconds", "", NULL);
	metrics_free(metrics);
	close(file);
	close(saved);
	return all;
}

static void the_log_says_what_is_served_and_for_how_long(void **state)
{
	struct fixture *fixture = *state;
	struct own_certificate *own = NULL;
	double expires = 0;
	const struct own_certificate_options options = {.folder = fixture->folder, .listen = LISTEN, .now_s = NOW};
	assert_int_equal(own_certificate_open(&own, &options, fixture->error, sizeof fixture->error), 0);
	assert_true(certificate_read(own->path, &fixture->facts));

	char *first = told(own->path, own, NOW, &expires);
	assert_contains(first, " info certificate_made why=\"there was none\" key=new names=\"localhost 127.0.0.1 ::1 ");
	assert_contains(first, " info certificate kind=self-signed until=2026-04-20T23:59:59Z sha256=");
	assert_contains(first, fixture->facts.sha256);
	assert_contains(first, "browsers warn");
	assert_null(strstr(first, " warning "));
	assert_true(expires == (double)fixture->facts.ends_s);
	free(first);

	own->why[0] = '\0';
	own->left_out = 2;
	char *next = told(own->path, own, NOW, &expires);
	assert_null(strstr(next, "certificate_made"));
	free(next);
	own_certificate_free(own);
}

static void an_end_that_is_near_or_past_is_a_warning(void **state)
{
	struct fixture *fixture = *state;
	double expires = 0;
	open_good(fixture, NOW);
	const int64_t ends_s = fixture->facts.ends_s;
	const struct {
		int64_t now_s;
		const char *words; /* NULL: no warning */
	} cases[] = {
		{ends_s - 14 * DAY, NULL},
		{ends_s - 14 * DAY + 1, " warning certificate_ends_soon until=2026-04-20T23:59:59Z days=13\n"},
		{ends_s - 1, "days=0\n"},
		{ends_s, " warning certificate_ended until=2026-04-20T23:59:59Z "},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *log = told(fixture->pem, NULL, cases[i].now_s, &expires);
		assert_contains(log, " info certificate kind=named until=");
		assert_null(strstr(log, "browsers warn"));
		if (cases[i].words != NULL)
			assert_contains(log, cases[i].words);
		else
			assert_null(strstr(log, " warning "));
		free(log);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_start_makes_a_key_and_a_certificate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_is_valid_for_as_long_as_browsers_allow, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_trusts_it_finds_the_server_under_each_of_its_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stolen_key_speaks_for_no_other_site, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_next_start_serves_the_same, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_is_made_anew_thirty_days_before_its_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_is_made_anew_when_it_lacks_a_name, set_up, tear_down),
		cmocka_unit_test(passing_addresses_are_in_it_but_cost_no_new_one),
		cmocka_unit_test_setup_teardown(whatever_a_crash_leaves_is_put_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_what_there_was, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_written_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_key_that_others_may_read_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_of_other_people_are_left_alone, set_up, tear_down),
		cmocka_unit_test(listening_everywhere_means_every_interface),
		cmocka_unit_test(a_link_leads_to_an_address_that_there_is),
		cmocka_unit_test(names_stand_once_in_one_way_of_writing),
		cmocka_unit_test(as_many_and_as_long_names_as_there_can_be),
		cmocka_unit_test_setup_teardown(the_log_says_what_is_served_and_for_how_long, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_end_that_is_near_or_past_is_a_warning, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
