/* The HTTP side of the gateway, over real sockets: answers, endless answers, pages, methods, bounds, and what only the door sees.
 */
#include "unit/gateway/rig.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define WEB "/tmp/boothcast-test-XXXXXX"

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static char *make_web(void)
{
	char path[512];
	char *folder = check_alloc(strdup(WEB));
	assert_non_null(mkdtemp(folder));
	put_file(folder, "index.html", "<h1>rooms</h1>");
	put_file(folder, "listen.html", "<h1>listen</h1>");
	put_file(folder, "booth.html", "<h1>booth</h1>");
	put_file(folder, "talk.html", "<h1>talk</h1>");
	put_file(folder, "app.webmanifest", "{}");
	put_file(folder, ".secret", "hidden");
	snprintf(path, sizeof path, "%s/assets", folder);
	mkdir(path, 0700);
	put_file(folder, "assets/app-12ab.js", "let plain");
	put_file(folder, "assets/app-12ab.js.gz", "compressed");
	put_file(folder, "assets/opus-9f.wasm", "wasm");
	snprintf(path, sizeof path, "%s/link.html", folder);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof path, "%s/out", folder);
	assert_int_equal(symlink("/etc", path), 0);
	return folder;
}

static void remove_web(char *folder)
{
	char command[512];
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
	free(folder);
}

static int set_up(void **state)
{
	struct rig *rig = check_alloc(malloc(sizeof *rig));
	char *web = make_web();
	rig_open_with(rig, (struct gateway_options){.web = web});
	remove_web(web); /* it is in memory now */
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	rig_close(*state);
	free(*state);
	return 0;
}

/* The answer to a request of its own begins and contains this. */
static void expect(struct rig *rig, const char *request, const char *begins, const char *contains)
{
	char *answer = rig_ask(rig, request);
	assert_answer(answer, begins);
	assert_contains(answer, contains);
	assert_contains(answer, "\r\ncontent-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'");
	assert_contains(answer, "\r\nx-content-type-options: nosniff\r\n");
	assert_contains(answer, "\r\nreferrer-policy: no-referrer\r\n");
	assert_contains(answer, "\r\npermissions-policy: microphone=(self)\r\n");
	assert_contains(answer, "\r\ncross-origin-opener-policy: same-origin\r\n");
	free(answer);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
#define HEAD(path) "HEAD " path " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"

/* ---- pages ---- */

static void test_pages(void **state)
{
	struct rig *rig = *state;
	expect(rig, GET("/"), "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n", "<h1>rooms</h1>");
	expect(rig, GET("/?lang=zh"), "HTTP/1.1 200 ", "<h1>rooms</h1>");
	expect(rig, GET("/index.html"), "HTTP/1.1 200 ", "Cache-Control: no-cache\r\n");
	expect(rig, GET("/r/hall"), "HTTP/1.1 200 ", "<h1>listen</h1>");
	expect(rig, GET("/booth"), "HTTP/1.1 200 ", "<h1>booth</h1>");
	expect(rig, GET("/talk"), "HTTP/1.1 200 ", "<h1>talk</h1>");
	expect(rig, GET("/app.webmanifest"), "HTTP/1.1 200 OK\r\nContent-Type: application/manifest+json\r\n", "{}");
	expect(rig, GET("/assets/opus-9f.wasm"), "HTTP/1.1 200 OK\r\nContent-Type: application/wasm\r\n",
	       "Cache-Control: public, max-age=31536000, immutable\r\n");
	assert_int_equal(rig->ex_opened, 0);
}

static void test_gzip_only_for_those_who_take_it(void **state)
{
	struct rig *rig = *state;
	expect(rig, GET("/assets/app-12ab.js"), "HTTP/1.1 200 ", "\r\n\r\nlet plain");
	expect(rig, "GET /assets/app-12ab.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: gzip;q=0\r\n\r\n",
	       "HTTP/1.1 200 ", "\r\n\r\nlet plain");
	expect(rig, "GET /assets/app-12ab.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: br, gzip\r\n\r\n",
	       "HTTP/1.1 200 ", "Content-Encoding: gzip\r\n");
	expect(rig, "GET /assets/app-12ab.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: br, gzip\r\n\r\n",
	       "HTTP/1.1 200 ", "Vary: Accept-Encoding\r\n");
	expect(rig, GET("/assets/app-12ab.js.gz"), "HTTP/1.1 404 ", "There is nothing at this address.");
}

static void test_no_path_leads_out(void **state)
{
	struct rig *rig = *state;
	static const char *const paths[] = {
		"/../etc/passwd",
		"/%2e%2e/etc/passwd",
		"/..%2fetc/passwd",
		"/assets/../../etc/passwd",
		"/assets/%2e%2e/%2e%2e/etc/passwd",
		"//etc/passwd",
		"/link.html",
		"/out/passwd",
		"/.secret",
		"/%2esecret",
		"/assets",
		"/assets/",
		"/r/",
		"/r/a/b",
		"/nothing.html",
		"/index.html%00.js",
		"/a%5c..%5cb",
		"/\\..\\etc",
		"/index.html/",
		"/r/..",
		"/%",
	};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		char request[256];
		snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", paths[i]);
		char *answer = rig_ask(rig, request);
		if (strncmp(answer, "HTTP/1.1 200 ", 13) == 0 && strstr(answer, "<h1>rooms") == NULL)
			fail_msg("%s was served: %s", paths[i], answer);
		assert_null(strstr(answer, "root:"));
		assert_null(strstr(answer, "hidden"));
		free(answer);
	}
}

static void test_without_pages(void **state)
{
	struct rig *rig = check_alloc(malloc(sizeof *rig));
	(void)state;
	rig_open_with(rig, (struct gateway_options){.web = "/nonexistent/folder"});
	expect(rig, GET("/"), "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n", "running without its pages");
	expect(rig, GET("/booth"), "HTTP/1.1 200 ", "running without its pages");
	expect(rig, GET("/app.js"), "HTTP/1.1 404 ", "There is nothing at this address.");
	rig_close(rig);
	free(rig);
}

static void test_folder_too_large(void **state)
{
	struct rig *rig = check_alloc(calloc(1, sizeof *rig));
	struct gateway *gateway = NULL;
	char error[512] = "", path[512];
	char *web = make_web();
	(void)state;
	snprintf(path, sizeof path, "%s/huge.bin", web);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(ftruncate(fd, 40 << 20), 0);
	close(fd);
	rig->loop = loop_new();
	rig->metrics = metrics_new();
	struct gateway_options options = {
		.listen = "127.0.0.1:0", .web = web, .conns = &rig_conns, .exchanges = &rig_exchanges, .metrics = rig->metrics};
	assert_int_equal(gateway_open(&gateway, rig->loop, &options, error, sizeof error), -1);
	assert_contains(error, "huge.bin");
	loop_free(rig->loop);
	metrics_free(rig->metrics);
	free(rig);
	remove_web(web);
}

/* ---- answers ---- */

static void test_answer(void **state)
{
	struct rig *rig = *state;
	expect(rig, GET("/api/hello"),
	       "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nCache-Control: no-store\r\n", "\r\n\r\nhello");
	assert_string_equal(rig->method, "GET");
	assert_string_equal(rig->path, "/api/hello");
	assert_int_equal(rig->ex_opened, 1);
	assert_int_equal(rig->ex_closed, 1);
	assert_true(rig_metric(rig, "boothcast_http_requests_total{code=\"2xx\"}") == 1);
	assert_true(rig_metric(rig, "boothcast_bytes_sent_total") > 100);
	assert_true(gateway_bytes_sent(rig->gateway) > 100);
}

static void test_head_has_no_body(void **state)
{
	struct rig *rig = *state;
	static const char *const paths[] = {"/api/hello", "/index.html", "/live/hall/1.opus", "/nothing"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		char request[128];
		snprintf(request, sizeof request, "HEAD %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", paths[i]);
		char *answer = rig_ask(rig, request);
		assert_answer(answer, i == 3 ? "HTTP/1.1 404 " : "HTTP/1.1 200 ");
		const char *end = strstr(answer, "\r\n\r\n");
		assert_non_null(end);
		assert_int_equal(end[4], 0);
		free(answer);
	}
	expect(rig, HEAD("/api/hello"), "HTTP/1.1 200 ", "Content-Length: 5\r\n");
}

static void test_keep_alive(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	for (int i = 0; i < 5; i++) {
		rig_say(rig, fd,
			i & 1 ? "GET /assets/app-12ab.js HTTP/1.1\r\nHost: x\r\n\r\n"
			      : "GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n");
		char *answer = rig_receive_answer(rig, fd, true);
		assert_answer(answer, "HTTP/1.1 200 ");
		assert_contains(answer, "Connection: keep-alive\r\n");
		free(answer);
	}
	rig_say(rig, fd, "GET /api/hello HTTP/1.0\r\n\r\n");
	char *answer = rig_receive_to_end(rig, fd);
	assert_contains(answer, "Connection: close\r\n");
	free(answer);
	close(fd);
	assert_int_equal(rig->ex_opened, 4);
	assert_int_equal(rig->ex_closed, 4);
}

static void test_pipelined(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd,
		"GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\nGET /index.html HTTP/1.1\r\nHost: x\r\n\r\nGET /api/hello "
		"HTTP/1.1\r\nHost: x\r\n\r\n");
	for (int i = 0; i < 3; i++) {
		char *answer = rig_receive_answer(rig, fd, true);
		assert_contains(answer, i == 1 ? "\r\n\r\n<h1>rooms</h1>" : "\r\n\r\nhello");
		free(answer);
	}
	close(fd);
}

/* The request that was opened last is answered, and this is the body of what comes. */
static void answer_now(struct rig *rig, int fd, unsigned opened, const char *words)
{
	rig_until(rig, rig->ex_opened == opened);
	rig->ex->ops->answer(rig->ex, 200, "text/plain", words, strlen(words), NULL);
	char *answer = rig_receive_answer(rig, fd, true);
	assert_answer(answer, "HTTP/1.1 200 ");
	assert_string_equal(strstr(answer, "\r\n\r\n") + 4, words);
	free(answer);
}

/* As from a loop other than the handler's: the next request is not looked at before the one before has its answer. */
static void test_pipelined_and_answered_later(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd,
		"GET /api/wait HTTP/1.1\r\nHost: x\r\n\r\nGET /api/wait HTTP/1.1\r\nHost: x\r\n\r\nGET /index.html "
		"HTTP/1.1\r\nHost: x\r\n\r\n" GET("/api/wait"));
	rig_until(rig, rig->ex_opened == 1);
	rig_settle(rig);
	assert_int_equal(rig->ex_opened, 1);
	answer_now(rig, fd, 1, "first");
	answer_now(rig, fd, 2, "second");
	char *page = rig_receive_answer(rig, fd, true);
	assert_contains(page, "\r\n\r\n<h1>rooms</h1>");
	answer_now(rig, fd, 3, "last");
	char byte;
	assert_int_equal(rig_receive(rig, fd, &byte, 1), 0);
	assert_int_equal(rig->ex_closed, 3);
	free(page);
	close(fd);
}

/* A client whose segments and window are so small that the server's socket does not take much at once either. */
static int narrow_client(struct rig *rig)
{
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(rig->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), segment = 1000, window = 4096;
	assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&where, sizeof where), 0);
	return fd;
}

/* Longer than the socket takes at once, with a request behind it. */
#define LONG_ANSWER (512 * 1024) /* much more than a socket holds; a narrow client reads it in a moment */

static void test_pipelined_and_answered_at_length(void **state)
{
	struct rig *rig = *state;
	int fd = narrow_client(rig);
	char *big = check_alloc(malloc(LONG_ANSWER));
	memset(big, 'b', LONG_ANSWER);
	rig_say(rig, fd, "GET /api/wait HTTP/1.1\r\nHost: x\r\n\r\nGET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n");
	rig_until(rig, rig->ex_opened == 1);
	rig->ex->ops->answer(rig->ex, 200, "text/plain", big, LONG_ANSWER, NULL);
	free(big);
	rig_settle(rig);
	assert_int_equal(rig->ex_closed, 0); /* else it was no test of that */
	char *first = rig_receive_answer(rig, fd, true), *second = rig_receive_answer(rig, fd, true);
	assert_int_equal(strspn(strstr(first, "\r\n\r\n") + 4, "b"), LONG_ANSWER);
	assert_contains(second, "\r\n\r\nhello");
	free(first);
	free(second);
	close(fd);
}

static void test_big_answer(void **state)
{
	struct rig *rig = *state;
	char *answer = rig_ask(rig, GET("/api/big"));
	const char *body = strstr(answer, "\r\n\r\n") + 4;
	assert_int_equal(strlen(body), HTTP_ANSWER_MAX);
	assert_int_equal(strspn(body, "b"), HTTP_ANSWER_MAX);
	free(answer);
	assert_int_equal(rig->ex_closed, 1);
}

static void test_answer_later(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd, "GET /api/wait HTTP/1.1\r\nHost: x\r\n\r\n");
	rig_until(rig, rig->ex_opened == 1);
	rig->ex->ops->answer(rig->ex, 503, "application/json", "{}", 2, "Retry-After: 3\r\n");
	assert_int_equal(rig->ex_closed, 0);
	char *answer = rig_receive_answer(rig, fd, true);
	assert_answer(answer, "HTTP/1.1 503 Service Unavailable\r\n");
	assert_contains(answer, "Retry-After: 3\r\n");
	rig_until(rig, rig->ex_closed == 1);
	free(answer);
	close(fd);
}

/* Who has said all that it will say may still be listening. */
static void test_answer_to_a_half_closed_client(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd, "GET /api/wait HTTP/1.1\r\nHost: x\r\n\r\n");
	rig_until(rig, rig->ex_opened == 1);
	shutdown(fd, SHUT_WR);
	rig_settle(rig);
	answer_now(rig, fd, 1, "for whoever listens");
	char byte;
	assert_int_equal(rig_receive(rig, fd, &byte, 1), 0);
	close(fd);
}

static void test_client_leaves_before_the_answer(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd, "GET /api/wait HTTP/1.1\r\nHost: x\r\n\r\n");
	rig_until(rig, rig->ex_opened == 1);
	close(fd);
	rig_until(rig, rig->ex_closed == 1);
}

/* ---- endless answers ---- */

static enum sent send_piece(struct rig *rig, const char *words)
{
	uint8_t piece[PACKET_HEADROOM + 4096];
	memset(piece, 'x', sizeof piece);
	memcpy(piece + PACKET_HEADROOM, words, strlen(words));
	return rig->ex->ops->send(rig->ex, piece + PACKET_HEADROOM, strlen(words) < 4 ? 4096 : strlen(words));
}

static void test_endless_answer(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd, "GET /live/hall/2.opus HTTP/1.1\r\nHost: x\r\n\r\n");
	rig_until(rig, rig->ex_writable == 1);
	char *head = rig_receive_answer(rig, fd, false);
	assert_answer(head, "HTTP/1.1 200 OK\r\nContent-Type: audio/ogg\r\nCache-Control: no-store\r\nConnection: close\r\n");
	assert_null(strstr(head, "Content-Length"));
	assert_null(strstr(head, "Transfer-Encoding"));
	assert_null(strstr(head, "Access-Control"));
	assert_int_equal(send_piece(rig, "OggS one"), SENT);
	assert_int_equal(send_piece(rig, "OggS two"), SENT);
	rig->ex->ops->end(rig->ex);
	assert_int_equal(send_piece(rig, "OggS three"), SENT_GONE);
	assert_int_equal(rig->ex_closed, 0);
	char *rest = rig_receive_to_end(rig, fd);
	assert_string_equal(rest, "OggS oneOggS two");
	rig_until(rig, rig->ex_closed == 1);
	assert_int_equal(rig->ex_writable, 1);
	free(head);
	free(rest);
	close(fd);
}

static void test_endless_answer_to_a_full_socket(void **state)
{
	struct rig *rig = *state;
	int size = 4096;
	size_t sent = 0, got = 0;
	static char bytes[65536];
	int fd = rig_connect(rig);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	rig_say(rig, fd, GET("/live/hall/2.opus"));
	rig_until(rig, rig->ex_writable == 1);
	free(rig_receive_answer(rig, fd, false));
	while (send_piece(rig, "") == SENT)
		sent += 4096;
	assert_true(sent < 512 * 1024);
	assert_int_equal(send_piece(rig, ""), SENT_FULL);
	rig_settle(rig);
	assert_int_equal(rig->ex_writable, 1);
	while (got < sent)
		got += rig_receive(rig, fd, bytes, sizeof bytes);
	assert_int_equal(got, sent);
	rig_until(rig, rig->ex_writable == 2);
	rig_settle(rig);
	assert_int_equal(rig->ex_writable, 2);
	assert_int_equal(send_piece(rig, ""), SENT);
	close(fd);
	while (send_piece(rig, "") == SENT)
		rig_turn(rig);
	rig_until(rig, rig->ex_closed == 1);
}

static void test_half_closed_listener_does_not_spin(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd, GET("/live/hall/2.opus"));
	rig_until(rig, rig->ex_writable == 1);
	shutdown(fd, SHUT_WR);
	rig_until(rig, rig->ex_closed == 1);
	close(fd);
}

static void test_talking_over_an_endless_answer_ends_it(void **state)
{
	struct rig *rig = *state;
	static const char *const more[] = {"x", "GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n"};
	for (unsigned i = 0; i < 2; i++) {
		int fd = rig_connect(rig);
		rig_say(rig, fd, GET("/live/hall/2.opus"));
		rig_until(rig, rig->ex_writable == i + 1);
		rig_say(rig, fd, more[i]);
		rig_until(rig, rig->ex_closed == i + 1);
		assert_int_equal(rig->ex_opened, i + 1);
		close(fd);
	}
}

/* ---- what is refused ---- */

static void test_methods(void **state)
{
	struct rig *rig = *state;
	expect(rig, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
	expect(rig, "POST /api/rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
	expect(rig, "POST /api/rooms HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
	expect(rig, "DELETE /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
	expect(rig, "OPTIONS /api/rooms HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
	expect(rig, "GET /ingest/hall/main HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 ", "Allow: PUT, SOURCE\r\n");
	expect(rig, "PUT /api/rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
	expect(rig, "PUT /ingestion HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
	assert_int_equal(rig->ex_opened, 0);
	free(rig_ask(rig, "CONNECT test:80 HTTP/1.1\r\nHost: x\r\n\r\n"));
	free(rig_ask(rig, "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"));
	free(rig_ask(rig, "hello\r\n\r\n"));
	free(rig_ask(rig, "\r\n\r\n"));
	free(rig_ask(rig, "\x16\x03\x01\x02 a TLS hello on a plain port\r\n\r\n"));
	assert_int_equal(rig->ex_opened, 0);
}

static void test_too_long(void **state)
{
	struct rig *rig = *state;
	char *request = check_alloc(malloc(20000));
	char *filler = check_alloc(malloc(10001));
	memset(filler, 'a', 10000);
	filler[10000] = '\0';
	snprintf(request, 20000, "GET /api/%.300s HTTP/1.1\r\nHost: x\r\n\r\n", filler);
	expect(rig, request, "HTTP/1.1 414 ", "too long");
	snprintf(request, 20000, "GET /api/x?q=%.300s HTTP/1.1\r\nHost: x\r\n\r\n", filler);
	expect(rig, request, "HTTP/1.1 414 ", "too long");
	snprintf(request, 20000, "GET /api/hello HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %.2100s\r\n\r\n", filler);
	expect(rig, request, "HTTP/1.1 431 ", "too long");
	assert_int_equal(rig->ex_opened, 0);
	snprintf(request, 20000, "GET /api/hello HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %.1990s\r\nConnection: close\r\n\r\n",
		 filler);
	expect(rig, request, "HTTP/1.1 200 ", "hello");
	assert_int_equal(strlen(rig->authorization), 1997);
	/* beyond the whole head's bound the library hangs up */
	snprintf(request, 20000, "GET /api/hello HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n\r\n", filler);
	free(rig_ask(rig, request));
	assert_int_equal(rig->ex_opened, 1);
	free(filler);
	free(request);
}

static void test_two_lengths_are_refused(void **state)
{
	expect(*state, "GET /api/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
	       "HTTP/1.1 400 ", "not good HTTP");
	expect(*state, "GET /api/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 3x\r\n\r\n", "HTTP/1.1 400 ", "not good HTTP");
}

static void test_only_one_expectation_is_known(void **state)
{
	expect(*state, "GET /api/hello HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\nConnection: close\r\n\r\n", "HTTP/1.1 417 ", "100-continue");
	expect(*state, "GET /api/hello HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 ", "hello");
}

/* ---- the door ---- */

static void test_slow_heads_are_cut_off(void **state)
{
	struct rig *rig = *state;
	int silent = rig_connect(rig), slow = rig_connect(rig), source = rig_connect(rig), half = rig_connect(rig);
	char byte;
	rig_say(rig, slow, "GET / HT");
	rig_say(rig, source, "PUT /ingest/hall/main HT");
	rig_say(rig, half, "PU");
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 4);
	assert_int_equal(rig_receive(rig, silent, &byte, 1), 0);
	assert_int_equal(rig_receive(rig, slow, &byte, 1), 0);
	assert_int_equal(rig_receive(rig, source, &byte, 1), 0);
	assert_int_equal(rig_receive(rig, half, &byte, 1), 0);
	close(silent);
	close(slow);
	close(source);
	close(half);
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 0);
	assert_true(rig_metric(rig, "boothcast_refused_total{reason=\"slow\"}") >= 3);
}

static void test_first_bytes_one_by_one(void **state)
{
	struct rig *rig = *state;
	static const char *const requests[] = {"PUT /api/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "S", "SOURCES",
					       "PUT /ing"};
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		int fd = rig_connect(rig);
		for (const char *c = requests[i]; *c != '\0'; c++) {
			rig_send(rig, fd, c, 1);
			rig_turn(rig);
		}
		shutdown(fd, SHUT_WR);
		char *answer = rig_receive_to_end(rig, fd);
		if (i == 0)
			assert_answer(answer, "HTTP/1.1 405 ");
		else if (i == 2) /* the library's own words, with our headers */
			assert_contains(answer, "content-security-policy: default-src 'none'");
		else
			assert_string_equal(answer, "");
		free(answer);
		close(fd);
	}
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 0);
}

static void test_connections_max(void **state)
{
	struct rig *rig = check_alloc(malloc(sizeof *rig));
	(void)state;
	rig_open_with(rig, (struct gateway_options){.connections_max = 3});
	int a = rig_ws(rig), b = rig_ws(rig), c = rig_ws(rig);
	char *answer = rig_ask(rig, GET("/"));
	assert_answer(answer, "HTTP/1.1 503 ");
	free(answer);
	assert_true(rig_metric(rig, "boothcast_refused_total{reason=\"full\"}") == 1);
	close(a);
	rig_until(rig, rig->closed == 1);
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 2);
	a = rig_ws(rig);
	close(a);
	close(b);
	close(c);
	rig_close(rig);
	free(rig);
}

/* Who says nothing gives way to who comes later, the longest silent first; who is in stays in. */
static void test_silence_gives_way_when_it_is_full(void **state)
{
	struct rig *rig = check_alloc(malloc(sizeof *rig));
	char byte;
	(void)state;
	rig_open_with(rig, (struct gateway_options){.connections_max = 3});
	int in = rig_ws(rig), first = rig_connect(rig);
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 2);
	int second = rig_connect(rig);
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 3);
	int person = rig_ws(rig);
	assert_int_equal(rig_receive(rig, first, &byte, 1), 0);
	assert_true(rig_metric(rig, "boothcast_refused_total{reason=\"full\"}") == 1);
	int another = rig_ws(rig);
	assert_int_equal(rig_receive(rig, second, &byte, 1), 0);
	char *answer = rig_ask(rig, GET("/")); /* now all who are here have spoken */
	assert_answer(answer, "HTTP/1.1 503 ");
	free(answer);
	assert_true(rig_metric(rig, "boothcast_refused_total{reason=\"full\"}") == 3);
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 3);
	assert_int_equal(rig->closed, 0);
	int all[] = {in, first, second, person, another};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		close(all[i]);
	rig_close(rig);
	free(rig);
}

/* Far more than come in at once: each of them gets in. */
static void test_a_herd_comes_in_in_lots(void **state)
{
	struct rig *rig = *state;
	static const char request[] = GET("/api/hello");
	static int fd[400];
	for (size_t i = 0; i < 400; i++) {
		fd[i] = rig_connect(rig);
		assert_true(send(fd[i], request, strlen(request), 0) == (ssize_t)strlen(request)); /* the loop does not turn meanwhile */
	}
	for (size_t i = 0; i < 400; i++) {
		char *answer = rig_receive_to_end(rig, fd[i]);
		assert_answer(answer, "HTTP/1.1 200 ");
		free(answer);
		close(fd[i]);
	}
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 0);
	assert_true(rig_metric(rig, "boothcast_refused_total{reason=\"full\"}") == 0);
}

/* Other loops, played: they serve here, and say how long those that arrived had to wait. */
struct elsewhere {
	struct rig rig;
	unsigned arrived;
	unsigned lots, lot[4096]; /* how many came in each */
	uint64_t wait_us;
};

static void arrived_elsewhere(void *user, struct accepted *accepted)
{
	struct elsewhere *elsewhere = user;
	elsewhere->arrived++;
	gateway_promise(elsewhere->rig.gateway);
	gateway_adopt(elsewhere->rig.gateway, accepted);
}

static unsigned connections_elsewhere(void *user)
{
	return gateway_connections(((struct elsewhere *)user)->rig.gateway);
}

/* Asked behind each lot. */
static uint64_t wait_elsewhere(void *user)
{
	struct elsewhere *elsewhere = user;
	assert_true(elsewhere->lots < sizeof elsewhere->lot / sizeof *elsewhere->lot);
	elsewhere->lot[elsewhere->lots++] = elsewhere->arrived;
	elsewhere->arrived = 0;
	return elsewhere->wait_us;
}

/* Comes with `count` others, and has its answer: the loop does not turn before all are here. */
static void come_together(struct rig *rig, unsigned count)
{
	static const char request[] = GET("/api/hello");
	int fd[64];
	assert_true(count <= 64);
	for (unsigned i = 0; i < count; i++) {
		fd[i] = rig_connect(rig);
		assert_true(send(fd[i], request, strlen(request), 0) == (ssize_t)strlen(request));
	}
	for (unsigned i = 0; i < count; i++) {
		char *answer = rig_receive_to_end(rig, fd[i]);
		assert_answer(answer, "HTTP/1.1 200 ");
		free(answer);
		close(fd[i]);
	}
}

/* The loop of the door has nothing to do, the one on which they are served has. (Should this one be late too, the lots are no larger.) */
static void test_lots_are_as_the_busiest_loop_can_take(void **state)
{
	struct elsewhere elsewhere;
	const struct gateway_spread spread = {arrived_elsewhere, connections_elsewhere, wait_elsewhere, &elsewhere};
	(void)state;
	memset(&elsewhere, 0, sizeof elsewhere);
	rig_open_with(&elsewhere.rig, (struct gateway_options){.spread = &spread});
	elsewhere.wait_us = 11000;
	come_together(&elsewhere.rig, 40);
	for (unsigned i = 1, most = 8 / 2; i < elsewhere.lots; i++, most = most > 1 ? most / 2 : 1) {
		if (elsewhere.lot[i] > most)
			fail_msg("lot %u was of %u", i, elsewhere.lot[i]);
	}
	elsewhere.wait_us = 9000;
	for (unsigned i = elsewhere.lots, most = 1; most <= 8;) { /* more than before anything was known */
		come_together(&elsewhere.rig, 60);
		for (; i < elsewhere.lots; i++)
			most = elsewhere.lot[i] > most ? elsewhere.lot[i] : most;
	}
	rig_close(&elsewhere.rig);
}

static void test_out_of_descriptors(void **state)
{
	struct rig *rig = *state;
	struct rlimit before, few;
	char said[2][13] = {"", ""};
	free(rig_ask(rig, GET("/api/hello")));
	int first = rig_connect(rig), second = rig_connect(rig);
	int lowest = dup(first);
	close(lowest);
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = (rlim_t)lowest; /* every number below is taken */
	setrlimit(RLIMIT_NOFILE, &few);
	rig_receive(rig, first, said[0], 12);
	rig_receive(rig, second, said[1], 12);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_string_equal(said[0], "HTTP/1.1 503");
	assert_string_equal(said[1], "HTTP/1.1 503");
	assert_true(rig_metric(rig, "boothcast_refused_total{reason=\"descriptors\"}") == 2);
	close(first);
	close(second);
	expect(rig, GET("/api/hello"), "HTTP/1.1 200 ", "hello");
}

static void test_stop_listening(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(rig->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int stays = rig_ws(rig);
	gateway_stop_listening(rig->gateway);
	gateway_stop_listening(rig->gateway);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&where, sizeof where), -1);
	close(fd);
	rig_frame(rig, stays, FIN | OP_TEXT, "here", 4);
	rig_until(rig, rig->text_size == 4);
	close(stays);
}

/* ---- addresses ---- */

static int try_open(const char *listen, char *error, size_t size, char *url)
{
	struct loop *loop = loop_new();
	struct metrics *metrics = metrics_new();
	struct gateway *gateway = NULL;
	struct gateway_options options = {.listen = listen, .conns = &rig_conns, .exchanges = &rig_exchanges, .metrics = metrics};
	int result = gateway_open(&gateway, loop, &options, error, size);
	if (result == 0) {
		if (url != NULL)
			strcpy(url, gateway_url(gateway));
		gateway_close(gateway, CLOSE_NORMAL, "");
	}
	loop_free(loop);
	metrics_free(metrics);
	return result;
}

static void test_addresses(void **state)
{
	struct rig *rig = *state;
	char error[512] = "", url[200], taken[64];
	assert_int_equal(strncmp(gateway_url(rig->gateway), "http://127.0.0.1:", 17), 0);
	assert_int_equal(try_open("0.0.0.0:0", error, sizeof error, url), 0);
	assert_int_equal(strncmp(url, "http://0.0.0.0:", 15), 0);
	assert_int_equal(try_open("localhost:0", error, sizeof error, NULL), 0);
	if (try_open("[::1]:0", error, sizeof error, url) == 0)
		assert_int_equal(strncmp(url, "http://[::1]:", 13), 0);
	if (try_open("[::]:0", error, sizeof error, url) == 0)
		assert_int_equal(strncmp(url, "http://[::]:", 12), 0);
	snprintf(taken, sizeof taken, "127.0.0.1:%u", rig->port);
	assert_int_equal(try_open(taken, error, sizeof error, NULL), -1);
	assert_contains(error, "another program has this port");
	assert_int_equal(try_open("198.51.100.7:0", error, sizeof error, NULL), -1);
	assert_contains(error, "no such address");
	static const char *const bad[] = {
		"8080", "host", ":8080", "127.0.0.1:", "::1:80", "[::1:80", "127.0.0.1:http", "no.such.host.invalid:1"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(try_open(bad[i], error, sizeof error, NULL), -1);
		assert_contains(error, bad[i]);
	}
}

static void test_binds_that_address_alone(void **state)
{
	struct rig *rig = *state;
	/* another loopback address on the same port is free, and nobody answers there */
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(rig->port)};
	where.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&where, sizeof where), -1);
	assert_int_equal(errno, ECONNREFUSED);
	close(fd);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(test_pages),
		T(test_gzip_only_for_those_who_take_it),
		T(test_no_path_leads_out),
		cmocka_unit_test(test_without_pages),
		cmocka_unit_test(test_folder_too_large),
		T(test_answer),
		T(test_head_has_no_body),
		T(test_keep_alive),
		T(test_pipelined),
		T(test_pipelined_and_answered_later),
		T(test_pipelined_and_answered_at_length),
		T(test_big_answer),
		T(test_answer_later),
		T(test_answer_to_a_half_closed_client),
		T(test_client_leaves_before_the_answer),
		T(test_endless_answer),
		T(test_endless_answer_to_a_full_socket),
		T(test_half_closed_listener_does_not_spin),
		T(test_talking_over_an_endless_answer_ends_it),
		T(test_methods),
		T(test_too_long),
		T(test_two_lengths_are_refused),
		T(test_only_one_expectation_is_known),
		T(test_slow_heads_are_cut_off),
		T(test_first_bytes_one_by_one),
		cmocka_unit_test(test_connections_max),
		cmocka_unit_test(test_silence_gives_way_when_it_is_full),
		T(test_a_herd_comes_in_in_lots),
		cmocka_unit_test(test_lots_are_as_the_busiest_loop_can_take),
		T(test_out_of_descriptors),
		T(test_stop_listening),
		T(test_addresses),
		T(test_binds_that_address_alone),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
