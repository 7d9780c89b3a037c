/* The gateway behind TLS: handshakes by openssl's own client, what is refused, a full socket, and ffmpeg as a source. */
#include "unit/gateway/rig.h"

#include <fcntl.h>
#include <openssl/crypto.h>

struct tls {
	struct rig rig;
	char folder[64], certificate[64], key[64];
};

static int shell(const char *format, ...)
{
	char command[1024];
	va_list list;
	va_start(list, format);
	vsnprintf(command, sizeof command, format, list);
	va_end(list);
	return system(command);
}

static int set_up(void **state)
{
	struct tls *tls = check_alloc(calloc(1, sizeof *tls));
	strcpy(tls->folder, "/tmp/boothcast-tls-XXXXXX");
	assert_non_null(mkdtemp(tls->folder));
	rig_make_certificate(tls->folder, tls->certificate, tls->key);
	rig_open_with(&tls->rig, (struct gateway_options){.certificate = tls->certificate, .key = tls->key});
	*state = tls;
	return 0;
}

static int tear_down(void **state)
{
	struct tls *tls = *state;
	rig_close(&tls->rig);
	shell("rm -rf '%s'", tls->folder);
	free(tls);
	return 0;
}

/* Runs openssl's client with `input` (a format of printf(1)); its output, which the caller frees. */
static char *client(struct tls *tls, const char *input, const char *options)
{
	char command[2048];
	static char out[65536];
	snprintf(command, sizeof command, "printf '%s' | timeout 20 openssl s_client -connect 127.0.0.1:%u %s >'%s/out' 2>&1",
		 input, tls->rig.port, options, tls->folder);
	rig_run_beside(&tls->rig, command);
	snprintf(command, sizeof command, "%s/out", tls->folder);
	FILE *file = fopen(command, "r");
	assert_non_null(file);
	size_t n = fread(out, 1, sizeof out - 1, file);
	fclose(file);
	for (size_t i = 0; i < n; i++)
		out[i] = out[i] == '\0' ? ' ' : out[i];
	out[n] = '\0';
	return out;
}

static void test_get(void **state)
{
	struct tls *tls = *state;
	const char *out =
		client(tls, "GET /api/hello HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n", "-quiet -alpn h2,http/1.1");
	assert_contains(out, "HTTP/1.1 200 OK\r\n");
	assert_contains(out, "\r\n\r\nhello");
	assert_int_equal(strncmp(gateway_url(tls->rig.gateway), "https://127.0.0.1:", 18), 0);
	assert_int_equal(tls->rig.ex_closed, 1);
}

static void test_cipher_and_protocol(void **state)
{
	struct tls *tls = *state;
	const char *close = "GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n";
	const char *out =
		client(tls, close, "-ign_eof -alpn h2,http/1.1 -ciphersuites TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256");
	assert_contains(out, "TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256");
	assert_contains(out, "ALPN protocol: http/1.1");
	out = client(tls, close, "-ign_eof -tls1_2");
	assert_contains(out, "TLSv1.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256");
	out = client(tls, close, "-ign_eof -tls1_1 -cipher ALL:@SECLEVEL=0");
	assert_contains(out, "Cipher is (NONE)");
}

static void test_websocket(void **state)
{
	struct tls *tls = *state;
	tls->rig.greeting = "welcome";
	/* the handshake, "hi", and a close frame, all masked with zeros */
	const char *out = client(tls,
				 "GET /ws HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: "
				 "Upgrade\\r\\nSec-WebSocket-Version: 13\\r\\n"
				 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Protocol: boothcast.v1\\r\\n\\r\\n"
				 "\\201\\202\\0\\0\\0\\0hi\\210\\202\\0\\0\\0\\0\\003\\350",
				 "-quiet");
	assert_contains(out, "HTTP/1.1 101 ");
	assert_contains(out, "welcome");
	rig_until(&tls->rig, tls->rig.closed == 1);
	assert_string_equal(tls->rig.texts.at, "[hi]");
	assert_true(tls->rig.opened == 1);
}

static void test_full_socket(void **state)
{
	struct tls *tls = *state;
	struct rig *rig = &tls->rig;
	char command[1024];
	uint8_t packet[PACKET_HEADROOM + 1200] = {0};
	snprintf(command, sizeof command,
		 "(printf 'GET /ws HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: "
		 "Upgrade\\r\\nSec-WebSocket-Version: 13\\r\\n"
		 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Protocol: boothcast.v1\\r\\n\\r\\n'; sleep 30) | "
		 "exec openssl s_client -quiet -connect 127.0.0.1:%u >/dev/null 2>&1",
		 rig->port);
	char *argv[] = {(char *)"sh", (char *)"-c", command, NULL};
	pid_t pid;
	posix_spawnattr_t group;
	posix_spawnattr_init(&group);
	posix_spawnattr_setflags(&group, POSIX_SPAWN_SETPGROUP);
	assert_int_equal(posix_spawnp(&pid, "sh", NULL, &group, argv, environ), 0);
	posix_spawnattr_destroy(&group);
	rig_until(rig, rig->opened == 1);
	rig_settle(rig);
	kill(-pid, SIGSTOP);
	unsigned sent = 0, before;
	do { /* until the peer's kernel takes nothing more either */
		before = rig->writable;
		while (rig_give(rig->conn, packet + PACKET_HEADROOM, 1200) == SENT)
			assert_true(++sent < 100000);
		rig_settle(rig);
	} while (rig->writable != before);
	rig->conn->ops->send_text(rig->conn, "waits", 5);
	rig_settle(rig);
	assert_int_equal(rig->writable, before);
	kill(-pid, SIGCONT);
	rig_until(rig, rig->writable == before + 1);
	assert_int_equal(rig_give(rig->conn, packet + PACKET_HEADROOM, 1200), SENT);
	rig_settle(rig);
	assert_int_equal(rig->writable, before + 1);
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	rig_until(rig, rig->closed == 1);
}

static void test_plain_on_a_tls_port(void **state)
{
	struct tls *tls = *state;
	char *answer = rig_ask(&tls->rig, "GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_null(strstr(answer, "hello"));
	free(answer);
	assert_int_equal(tls->rig.ex_opened, 0);
}

static void test_slow_handshake_is_cut_off(void **state)
{
	struct tls *tls = *state;
	char byte;
	int fd = rig_connect(&tls->rig);
	rig_send(&tls->rig, fd, "\x16\x03\x01\x02", 4);
	assert_int_equal(rig_receive(&tls->rig, fd, &byte, 1), 0);
	close(fd);
	rig_until(&tls->rig, rig_metric(&tls->rig, "boothcast_connections") == 0);
}

static void test_put_in_chunks(void **state)
{
	struct tls *tls = *state;
	const char *out = client(tls,
				 "PUT /ingest/hall/main HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: "
				 "chunked\\r\\n\\r\\n5\\r\\nhello\\r\\n0\\r\\n\\r\\n",
				 "-quiet");
	assert_contains(out, "HTTP/1.1 200 OK\r\n");
	assert_contains(out, "took 5 bytes");
	assert_string_equal(tls->rig.body.at, "hello");
}

static void publish(struct rig *rig, const char *options, const char *scheme)
{
	char command[512];
	if (system("command -v ffmpeg >/dev/null 2>&1") != 0)
		skip();
	snprintf(command, sizeof command,
		 "exec ffmpeg -nostdin -loglevel error -f lavfi -i sine -t 1 -c:a libopus -content_type audio/ogg %s -f ogg "
		 "%s://source:pw@127.0.0.1:%u/ingest/hall/main",
		 options, scheme, rig->port);
	assert_int_equal(rig_run_beside(rig, command), 0);
	rig_until(rig, rig->ex_closed == 1);
	assert_int_equal(rig->ex_ended, 1);
	assert_memory_equal(rig->body.at, "OggS", 4);
	assert_true(rig->body.size > 2000);
}

static void test_ffmpeg_chunked_put(void **state)
{
	publish(&((struct tls *)*state)->rig, "-method PUT -chunked_post 1", "https");
}

static void test_ffmpeg_icecast(void **state)
{
	publish(&((struct tls *)*state)->rig, "-tls 1", "icecast");
}

static void count_made(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long number, void *made)
{
	(void)parent, (void)pointer, (void)data, (void)index, (void)number;
	++((int *)made)[0];
}

static void count_freed(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long number, void *made)
{
	(void)parent, (void)pointer, (void)data, (void)index, (void)number;
	++((int *)made)[1];
}

/* The library finds what it made for a first context by a number that it replaces with the second. */
static void test_loops_leave_nothing(void **state)
{
	const struct tls *tls = *state;
	int made[2] = {0, 0};
	struct rig rig[3];
	int index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, made, count_made, NULL, count_freed);
	for (int i = 0; i < 3; i++)
		rig_open_with(&rig[i], (struct gateway_options){.certificate = tls->certificate, .key = tls->key});
	for (int i = 0; i < 3; i++)
		rig_close(&rig[i]);
	CRYPTO_free_ex_index(CRYPTO_EX_INDEX_SSL_CTX, index);
	assert_true(made[0] >= 3);
	assert_int_equal(made[1], made[0]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(test_get),
		T(test_cipher_and_protocol),
		T(test_websocket),
		T(test_full_socket),
		T(test_plain_on_a_tls_port),
		T(test_slow_handshake_is_cut_off),
		T(test_put_in_chunks),
		T(test_ffmpeg_chunked_put),
		T(test_ffmpeg_icecast),
		T(test_loops_leave_nothing),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
