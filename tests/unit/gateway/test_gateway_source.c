/* Sources over real sockets: PUT in every framing and cut, SOURCE, Expect, what is refused, pauses, and ffmpeg itself. */
#include "unit/gateway/rig.h"

static int set_up(void **state)
{
	struct rig *rig = check_alloc(malloc(sizeof *rig));
	rig_open(rig);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	rig_close(*state);
	free(*state);
	return 0;
}

#define PUT_HEAD "PUT /ingest/hall/main HTTP/1.1\r\nHost: test\r\nContent-Type: audio/ogg\r\nAuthorization: Basic c291cmNlOnB3\r\n"
#define CHUNKS "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;name=value\r\n, world\r\n0\r\nTrailer: x\r\n\r\n"

static void test_put_with_length(void **state)
{
	struct rig *rig = *state;
	char *answer = rig_ask(rig, PUT_HEAD "Content-Length: 11\r\n\r\nhello world");
	assert_answer(answer, "HTTP/1.1 200 OK\r\n");
	assert_contains(answer, "content-security-policy: ");
	assert_contains(answer, "took 11 bytes");
	assert_string_equal(rig->body.at, "hello world");
	assert_string_equal(rig->method, "PUT");
	assert_string_equal(rig->path, "/ingest/hall/main");
	assert_string_equal(rig->type, "audio/ogg");
	assert_string_equal(rig->authorization, "Basic c291cmNlOnB3");
	assert_int_equal(rig->length, 11);
	assert_int_equal(rig->ex_closed, 1);
	assert_int_equal(rig->ex_ended, 1);
	free(answer);
	answer = rig_ask(rig, PUT_HEAD "Content-Length: 0\r\n\r\n");
	assert_contains(answer, "took 0 bytes");
	free(answer);
}

static void test_chunks_cut_at_every_byte(void **state)
{
	struct rig *rig = *state;
	static const char request[] = PUT_HEAD CHUNKS;
	for (size_t cut = 1; cut < sizeof request - 1; cut++) {
		int fd = rig_connect(rig);
		rig_send(rig, fd, request, cut);
		rig_turn(rig);
		rig_turn(rig);
		rig_send(rig, fd, request + cut, sizeof request - 1 - cut);
		char *answer = rig_receive_to_end(rig, fd);
		assert_answer(answer, "HTTP/1.1 200 OK\r\n");
		assert_contains(answer, "took 12 bytes");
		assert_string_equal(rig->body.at, "hello, world");
		free(answer);
		close(fd);
		assert_int_equal(rig->ex_closed, cut);
	}
}

static void test_bytes_one_by_one(void **state)
{
	struct rig *rig = *state;
	static const char request[] = PUT_HEAD CHUNKS;
	int fd = rig_connect(rig);
	for (size_t i = 0; i < sizeof request - 1; i++) {
		rig_send(rig, fd, request + i, 1);
		rig_turn(rig);
	}
	char *answer = rig_receive_to_end(rig, fd);
	assert_contains(answer, "took 12 bytes");
	free(answer);
	close(fd);
}

/* The gateway has answered a broken body itself, and whoever serves the exchange answers it before it hears so, as a look at tickets may:
 * the client gets the first answer alone. */
static void test_answer_behind_our_own(void **state)
{
	struct rig *rig = *state;
	static const char request[] = PUT_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nno number\r\n";
	char byte;
	int fd = rig_connect(rig);
	rig_send(rig, fd, request, sizeof request - 1);
	while (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
		rig_turn(rig);
	assert_int_equal(rig->ex_opened, 1);
	assert_int_equal(rig->ex_closed, 0); /* else it was no test of that */
	rig->ex->ops->answer(rig->ex, 401, "text/plain", "your ticket is over", 19, NULL);
	char *answer = rig_receive_to_end(rig, fd);
	assert_answer(answer, "HTTP/1.1 400 ");
	assert_null(strstr(answer, "your ticket is over"));
	free(answer);
	close(fd);
	rig_until(rig, rig->ex_closed == 1);
}

static void test_broken_chunks(void **state)
{
	struct rig *rig = *state;
	static const char *const bad[] = {"x\r\n",  "5\r\nhelloX", "5\nhello\r\n", "123456789\r\n",
					  "-1\r\n", "\r\n\r\n",    "5 \nhello"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char request[512];
		snprintf(request, sizeof request, PUT_HEAD "Transfer-Encoding: chunked\r\n\r\n%s", bad[i]);
		char *answer = rig_ask(rig, request);
		assert_answer(answer, "HTTP/1.1 400 ");
		free(answer);
		assert_int_equal(rig->ex_closed, i + 1);
		assert_int_equal(rig->ex_ended, 0);
	}
}

static void test_body_until_the_end(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd, PUT_HEAD "\r\n");
	/* the answer comes first: old clients wait for it */
	char *answer = rig_receive_answer(rig, fd, false);
	assert_answer(answer, "HTTP/1.1 200 OK\r\n");
	assert_null(strstr(answer, "Content-Length"));
	free(answer);
	rig_say(rig, fd, "some sound");
	shutdown(fd, SHUT_WR);
	rig_until(rig, rig->ex_closed == 1);
	assert_string_equal(rig->body.at, "some sound");
	assert_int_equal(rig->ex_ended, 1);
	answer = rig_receive_to_end(rig, fd);
	assert_string_equal(answer, "");
	free(answer);
	close(fd);
}

static void test_source(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd,
		"SOURCE /ingest/hall/main ICE/1.0\r\nAuthorization: Basic c291cmNlOnB3\r\nContent-Type: "
		"application/ogg\r\nice-name: x\r\n\r\n");
	char *answer = rig_receive_answer(rig, fd, false);
	assert_answer(answer, "HTTP/1.1 200 OK\r\n");
	free(answer);
	assert_string_equal(rig->method, "SOURCE");
	assert_string_equal(rig->type, "application/ogg");
	for (int i = 0; i < 50; i++)
		rig_say(rig, fd, "0123456789");
	rig_until(rig, rig->body.size == 500);
	close(fd);
	rig_until(rig, rig->ex_closed == 1);
	assert_int_equal(rig->ex_ended, 1);
}

static void test_expect(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd, PUT_HEAD "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n");
	char *answer = rig_receive_answer(rig, fd, false);
	assert_string_equal(answer, "HTTP/1.1 100 Continue\r\n\r\n");
	free(answer);
	rig_say(rig, fd, "opus");
	answer = rig_receive_to_end(rig, fd);
	assert_answer(answer, "HTTP/1.1 200 OK\r\n");
	assert_contains(answer, "took 4 bytes");
	free(answer);
	close(fd);
}

static void test_refused_by_the_handler(void **state)
{
	struct rig *rig = *state;
	static const char *const heads[] = {"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n", "\r\n",
					    "Content-Length: 100000\r\n\r\n"};
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		char request[512];
		char filler[4096];
		int fd = rig_connect(rig);
		snprintf(request, sizeof request, "PUT /ingest/hall/no HTTP/1.1\r\nHost: x\r\n%s", heads[i]);
		rig_say(rig, fd, request);
		/* the client goes on sending, and still gets its answer */
		memset(filler, 'f', sizeof filler);
		for (int k = 0; k < 20; k++)
			rig_send(rig, fd, filler, sizeof filler);
		shutdown(fd, SHUT_WR);
		char *answer = rig_receive_to_end(rig, fd);
		assert_answer(answer, "HTTP/1.1 401 Unauthorized\r\n");
		assert_contains(answer, "WWW-Authenticate: Basic realm=\"boothcast\"\r\n");
		assert_contains(answer, "\r\n\r\nno ticket");
		free(answer);
		close(fd);
		rig_until(rig, rig->ex_closed == i + 1);
	}
	assert_int_equal(rig->body.size, 0);
	assert_int_equal(rig->ex_ended, 0);
}

static void test_answer_in_the_middle(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd, PUT_HEAD "Content-Length: 100\r\n\r\n# not sound");
	rig_until(rig, rig->body.size == 11);
	rig->ex->ops->answer(rig->ex, 415, "text/plain", "send sound", 10, NULL);
	assert_int_equal(rig->ex_closed, 0);
	rig_say(rig, fd, "more text");
	shutdown(fd, SHUT_WR);
	char *answer = rig_receive_to_end(rig, fd);
	assert_answer(answer, "HTTP/1.1 415 Unsupported Media Type\r\n");
	assert_contains(answer, "send sound");
	assert_int_equal(rig->body.size, 11);
	assert_int_equal(rig->ex_closed, 1);
	free(answer);
	close(fd);
}

static void test_bad_heads(void **state)
{
	struct rig *rig = *state;
	static const struct {
		const char *request, *begins;
	} bad[] = {
		{PUT_HEAD "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400 "},
		{PUT_HEAD "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 400 "},
		{PUT_HEAD "Content-Length: -5\r\n\r\n", "HTTP/1.1 400 "},
		{PUT_HEAD "Content-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 400 "},
		{PUT_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 400 "},
		{PUT_HEAD "no colon\r\n\r\n", "HTTP/1.1 400 "},
		{PUT_HEAD "Name : value\r\n\r\n", "HTTP/1.1 400 "},
		{PUT_HEAD " folded: value\r\n\r\n", "HTTP/1.1 400 "},
		{"PUT /ingest/hall/../main HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
		{"PUT /ingest/hall/%2e%2e/main HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
		{"PUT /ingest/%00 HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
		{"PUT /ingest/hall/main HTTP/3.0\r\n\r\n", "HTTP/1.1 505 "},
		{"PUT /ingest\r\n\r\n", "HTTP/1.1 400 "},
		{"PUT /ingest HTTP/1.1\r\n\r\n", "HTTP/1.1 405 "},
		{"SOURCE /api/rooms HTTP/1.0\r\n\r\n", "HTTP/1.1 405 "},
		{"SOURCE /live/hall/1.opus ICE/1.0\r\n\r\n", "HTTP/1.1 405 "},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *answer = rig_ask(rig, bad[i].request);
		assert_answer(answer, bad[i].begins);
		assert_contains(answer, "x-content-type-options: nosniff\r\n");
		free(answer);
	}
	char *request = check_alloc(malloc(20000));
	char *filler = check_alloc(malloc(9001));
	memset(filler, 'a', 9000);
	filler[9000] = '\0';
	snprintf(request, 20000, PUT_HEAD "X: %s\r\n\r\n", filler);
	char *answer = rig_ask(rig, request);
	assert_answer(answer, "HTTP/1.1 431 ");
	free(answer);
	free(filler);
	free(request);
	assert_int_equal(rig->ex_opened, 0);
}

static void test_client_vanishes(void **state)
{
	struct rig *rig = *state;
	static const char *const requests[] = {PUT_HEAD "Content-Length: 100\r\n\r\nabc",
					       PUT_HEAD "Transfer-Encoding: chunked\r\n\r\nff\r\nabc"};
	struct linger reset = {1, 0};
	for (unsigned i = 0; i < 4; i++) {
		int fd = rig_connect(rig);
		rig_say(rig, fd, requests[i & 1]);
		rig_until(rig, rig->ex_opened == i + 1 && rig->body.size == 3);
		if (i >= 2)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		close(fd);
		rig_until(rig, rig->ex_closed == i + 1);
	}
	assert_int_equal(rig->ex_ended, 0);
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 0);
}

static void test_pause(void **state)
{
	struct rig *rig = *state;
	static char sound[400000];
	size_t sent = 0;
	for (size_t i = 0; i < sizeof sound; i++)
		sound[i] = (char)('a' + i % 23);
	int fd = rig_connect(rig);
	rig->pause_after = 50000;
	rig_say(rig, fd, PUT_HEAD "Content-Length: 400000\r\n\r\n");
	for (unsigned rounds = 0; sent < sizeof sound && rounds < 100000; rounds++) {
		ssize_t n = send(fd, sound + sent, sizeof sound - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
		rig_turn(rig);
		if (rig->pauses == 1) {
			size_t held = rig->body.size;
			rig_settle(rig);
			assert_int_equal(rig->body.size, held);
			rig->pauses++;
			rig->ex->ops->pause(rig->ex, false);
			assert_int_equal(rig->body.size, held); /* nothing from inside the operation */
		}
	}
	char *answer = rig_receive_to_end(rig, fd);
	assert_contains(answer, "took 400000 bytes");
	assert_int_equal(rig->pauses, 2);
	assert_memory_equal(rig->body.at, sound, sizeof sound);
	free(answer);
	close(fd);
}

/* The next request of a kept connection is the library's: the same handler, the same framing. */
static void test_put_over_the_library(void **state)
{
	struct rig *rig = *state;
	static const char *const requests[] = {PUT_HEAD CHUNKS, PUT_HEAD "Content-Length: 12\r\n\r\nhello, world",
					       PUT_HEAD "Expect: 100-continue\r\nContent-Length: 12\r\n\r\nhello, world"};
	for (unsigned i = 0; i < 6; i++) {
		int fd = rig_connect(rig);
		rig_say(rig, fd, "GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n");
		free(rig_receive_answer(rig, fd, true));
		const char *request = requests[i % 3];
		if (i < 3) {
			rig_say(rig, fd, request);
		} else {
			for (const char *c = request; *c != '\0'; c++) {
				rig_send(rig, fd, c, 1);
				rig_turn(rig);
			}
		}
		char *answer = rig_receive_to_end(rig, fd);
		assert_answer(answer, i % 3 == 2 ? "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK" : "HTTP/1.1 200 OK");
		assert_contains(answer, "took 12 bytes");
		assert_string_equal(rig->body.at, "hello, world");
		free(answer);
		close(fd);
		rig_until(rig, rig->ex_closed == rig->ex_opened);
	}
	int fd = rig_connect(rig);
	rig_say(rig, fd, "GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n");
	free(rig_receive_answer(rig, fd, true));
	rig_say(rig, fd, PUT_HEAD "Transfer-Encoding: chunked\r\n\r\nx");
	char *answer = rig_receive_to_end(rig, fd);
	assert_answer(answer, "HTTP/1.1 400 ");
	free(answer);
	close(fd);
}

static void test_pause_over_the_library(void **state)
{
	struct rig *rig = *state;
	static char sound[100000];
	size_t sent = 0;
	for (size_t i = 0; i < sizeof sound; i++)
		sound[i] = (char)('a' + i % 23);
	int fd = rig_connect(rig);
	rig_say(rig, fd, "GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n");
	free(rig_receive_answer(rig, fd, true));
	rig->pause_after = 20000;
	rig_say(rig, fd, PUT_HEAD "Content-Length: 100000\r\n\r\n");
	for (unsigned rounds = 0; sent < sizeof sound && rounds < 100000; rounds++) {
		ssize_t n =
			send(fd, sound + sent, sizeof sound - sent < 997 ? sizeof sound - sent : 997, MSG_DONTWAIT | MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
		rig_turn(rig);
		if (rig->pauses == 1) {
			size_t held = rig->body.size;
			rig_settle(rig);
			assert_int_equal(rig->body.size, held);
			rig->pauses++;
			rig->ex->ops->pause(rig->ex, false);
		}
	}
	char *answer = rig_receive_to_end(rig, fd);
	assert_contains(answer, "took 100000 bytes");
	assert_int_equal(rig->pauses, 2);
	assert_memory_equal(rig->body.at, sound, sizeof sound);
	free(answer);
	close(fd);
}

/* ---- ffmpeg ---- */

static void publish(struct rig *rig, const char *options, const char *scheme)
{
	char command[512];
	unsigned before = rig->ex_closed;
	if (system("command -v ffmpeg >/dev/null 2>&1") != 0)
		skip();
	snprintf(command, sizeof command,
		 "exec ffmpeg -nostdin -re -loglevel error -f lavfi -i sine -t 1 -c:a libopus -content_type application/ogg %s -f "
		 "ogg "
		 "%s127.0.0.1:%u/ingest/hall/main",
		 options, scheme, rig->port);
	assert_int_equal(rig_run_beside(rig, command), 0);
	rig_until(rig, rig->ex_closed == before + 1);
	assert_int_equal(rig->ex_ended, before + 1);
	assert_memory_equal(rig->body.at, "OggS", 4);
	assert_true(rig->body.size > 2000);
}

static void test_ffmpeg_icecast(void **state)
{
	struct rig *rig = *state;
	publish(rig, "", "icecast://source:pw@");
	assert_string_equal(rig->method, "PUT");
	assert_string_equal(rig->authorization, "Basic c291cmNlOnB3");
	assert_string_equal(rig->type, "application/ogg");
}

static void test_ffmpeg_icecast_legacy(void **state)
{
	struct rig *rig = *state;
	/* in real time: as it never reads its answer, its kernel ends by a reset, which takes the last bytes with it */
	publish(rig, "-legacy_icecast 1", "icecast://source:pw@");
	assert_string_equal(rig->method, "SOURCE");
	assert_string_equal(rig->authorization, "Basic c291cmNlOnB3");
}

static void test_ffmpeg_chunked_put(void **state)
{
	struct rig *rig = *state;
	publish(rig, "-method PUT -chunked_post 1", "http://source:pw@");
	assert_string_equal(rig->method, "PUT");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(test_put_with_length),
		T(test_chunks_cut_at_every_byte),
		T(test_bytes_one_by_one),
		T(test_answer_behind_our_own),
		T(test_broken_chunks),
		T(test_body_until_the_end),
		T(test_source),
		T(test_expect),
		T(test_refused_by_the_handler),
		T(test_answer_in_the_middle),
		T(test_bad_heads),
		T(test_client_vanishes),
		T(test_pause),
		T(test_put_over_the_library),
		T(test_pause_over_the_library),
		T(test_ffmpeg_icecast),
		T(test_ffmpeg_icecast_legacy),
		T(test_ffmpeg_chunked_put),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
