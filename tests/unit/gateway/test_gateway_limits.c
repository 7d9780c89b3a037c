/* Who is let in, and what those hear who are not: an answer, as long as not too many wait for one. Clients come from 127.0.0.2 and
 * up, because 127.0.0.1 has no limits. */
#include "unit/gateway/rig.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
#define KEEP(path) "GET " path " HTTP/1.1\r\nHost: test\r\n\r\n"
#define PUT "PUT /ingest/hall/main HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello"

static struct rig *open_with(struct gateway_options options)
{
	struct rig *rig = check_alloc(malloc(sizeof *rig));
	rig_open_with(rig, options);
	rig->from = 2;
	return rig;
}

/* Everybody has left, and nothing is counted any more: the gateway asserts that when it is closed. */
static void close_rig(struct rig *rig)
{
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 0);
	rig_close(rig);
	free(rig);
}

static void answered(struct rig *rig, const char *request, const char *begins, const char *header)
{
	char *answer = rig_ask(rig, request);
	assert_answer(answer, begins);
	assert_contains(answer, header);
	free(answer);
}

/* A WebSocket that is opened only to hear why not. */
static void refused_websocket(struct rig *rig)
{
	struct rig_message *message = check_alloc(malloc(sizeof *message));
	unsigned opened = rig->opened;
	int fd = rig_connect(rig);
	rig_say(rig, fd, RIG_HANDSHAKE);
	char *answer = rig_receive_answer(rig, fd, false);
	assert_answer(answer, "HTTP/1.1 101 ");
	free(answer);
	rig_next(rig, fd, message);
	assert_int_equal(message->first, FIN | OP_TEXT);
	assert_contains((char *)message->bytes, "\"type\":\"error\",\"code\":\"too_many\"");
	rig_next(rig, fd, message);
	assert_close(message, 1012);
	close(fd);
	free(message);
	assert_int_equal(rig->opened, opened);
}

static void refused_all(struct rig *rig, const char *metric)
{
	double before = rig_metric(rig, metric);
	answered(rig, GET("/"), "HTTP/1.1 503 ", "Retry-After: 5\r\n");
	answered(rig, KEEP("/api/hello"), "HTTP/1.1 503 ", "Connection: close\r\n");
	answered(rig, PUT, "HTTP/1.1 503 ", "Retry-After: 5\r\n");
	refused_websocket(rig);
	assert_true(rig_metric(rig, metric) == before + 4);
	assert_int_equal(rig->ex_opened, 0);
}

static void test_a_full_server_says_so(void **state)
{
	(void)state;
	struct rig *rig = open_with((struct gateway_options){.connections_max = 2});
	int a = rig_ws(rig), b = rig_ws(rig);
	refused_all(rig, "boothcast_refused_total{reason=\"full\"}");
	rig->from = 0; /* a proxy has no place either */
	refused_all(rig, "boothcast_refused_total{reason=\"full\"}");
	close(a);
	rig_until(rig, rig->closed == 1);
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 1);
	a = rig_ws(rig);
	close(a);
	close(b);
	close_rig(rig);
}

static void test_a_full_server_says_so_over_tls(void **state)
{
	char folder[] = "/tmp/boothcast-limits-XXXXXX", command[64], certificate[64], key[64];
	(void)state;
	assert_non_null(mkdtemp(folder));
	rig_make_certificate(folder, certificate, key);
	struct rig *rig = open_with((struct gateway_options){.connections_max = 1, .certificate = certificate, .key = key});
	rig->tls = SSL_CTX_new(TLS_client_method());
	int in = rig_ws(rig);
	refused_all(rig, "boothcast_refused_total{reason=\"full\"}");
	close(in);
	close_rig(rig);
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

/* More than can be told: some hear it, the others are closed, and there are never more than that. */
static void test_refusals_are_bounded(void **state)
{
	enum { OVER = REFUSALS_AT_ONCE + 40 };
	(void)state;
	struct rig *rig = open_with((struct gateway_options){.connections_max = 1});
	int in = rig_ws(rig), fd[OVER];
	unsigned told = 0;
	for (int i = 0; i < OVER; i++)
		fd[i] = rig_connect(rig); /* silent: they stay until they are told, or give way */
	rig_until(rig, rig_metric(rig, "boothcast_refused_total{reason=\"full\"}") >= OVER);
	assert_in_range(rig_metric(rig, "boothcast_connections"), 1, 1 + REFUSALS_AT_ONCE);
	for (int i = 0; i < OVER; i++) {
		send(fd[i], GET("/"), strlen(GET("/")), MSG_NOSIGNAL);
		char *answer = rig_receive_to_end(rig, fd[i]);
		told += strncmp(answer, "HTTP/1.1 503 ", 13) == 0;
		assert_true(answer[0] == '\0' || strncmp(answer, "HTTP/1.1 503 ", 13) == 0);
		free(answer);
		close(fd[i]);
	}
	assert_in_range(told, 1, REFUSALS_AT_ONCE);
	assert_int_equal(rig->closed, 0);
	close(in);
	close_rig(rig);
}

static void test_connections_of_an_address(void **state)
{
	(void)state;
	struct rig *rig = open_with((struct gateway_options){.limits = {.connections = 2}});
	int a = rig_ws(rig), b = rig_ws(rig);
	refused_all(rig, "boothcast_refused_total{reason=\"address_connections\"}");
	rig->from = 3;
	int other = rig_ws(rig);
	rig->from = 0;
	int local[10];
	for (int i = 0; i < 10; i++)
		local[i] = rig_ws(rig);
	rig->from = 2;
	unsigned closed = rig->closed;
	close(a);
	rig_until(rig, rig->closed == closed + 1);
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 12);
	a = rig_ws(rig);
	refused_websocket(rig);
	close(a);
	close(b);
	close(other);
	for (int i = 0; i < 10; i++)
		close(local[i]);
	close_rig(rig);
}

/* Who has not asked for anything: also by half a request, and a source's. */
static void test_handshakes_of_an_address(void **state)
{
	static const char *const beginnings[] = {"", "GET / HT", "PUT /ingest/hall/main HTTP/1.1\r\n"};
	(void)state;
	for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
		struct rig *rig = open_with((struct gateway_options){.limits = {.handshakes = 2}});
		int open[5];
		for (int j = 0; j < 5; j++)
			open[j] = rig_ws(rig); /* these have asked */
		int a = rig_connect(rig), b = rig_connect(rig);
		rig_say(rig, a, beginnings[i]);
		rig_say(rig, b, beginnings[i]);
		rig_until(rig, rig_metric(rig, "boothcast_connections") == 7);
		refused_all(rig, "boothcast_refused_total{reason=\"address_handshakes\"}");
		rig->from = 3;
		close(rig_ws(rig));
		rig->from = 2;
		close(a);
		rig_until(rig, rig_metric(rig, "boothcast_connections") == 6);
		close(rig_ws(rig));
		close(b);
		for (int j = 0; j < 5; j++)
			close(open[j]);
		close_rig(rig);
	}
}

static void test_rate_of_new_connections(void **state)
{
	(void)state;
	struct rig *rig = open_with((struct gateway_options){.limits = {.handshakes_per_s = 1}});
	unsigned served = 0;
	for (bool in = true; in; served += in) {
		char *answer = rig_ask(rig, GET("/api/hello"));
		in = strncmp(answer, "HTTP/1.1 200 ", 13) == 0;
		free(answer);
		assert_true(served < 1000);
	}
	assert_in_range(served, PEER_BURST_S, 999); /* on a slow machine a second passes and lets in one more */
	assert_true(rig_metric(rig, "boothcast_refused_total{reason=\"address_rate\"}") == 1);
	rig->from = 3;
	answered(rig, GET("/api/hello"), "HTTP/1.1 200 ", "hello");
	rig->from = 0;
	for (int i = 0; i < 3 * PEER_BURST_S; i++)
		answered(rig, GET("/api/hello"), "HTTP/1.1 200 ", "hello");
	close_rig(rig);
}

/* Asks on one connection until it is too much. Returns how often that was. */
static unsigned ask_until_refused(struct rig *rig)
{
	int fd = rig_connect(rig);
	for (unsigned asked = 1;; asked++) {
		rig_say(rig, fd, KEEP("/api/hello"));
		char *answer = rig_receive_answer(rig, fd, true);
		bool served = strncmp(answer, "HTTP/1.1 200 ", 13) == 0;
		if (!served) {
			char byte;
			assert_answer(answer, "HTTP/1.1 429 ");
			assert_contains(answer, "Retry-After: 1\r\n");
			assert_contains(answer, "Connection: close\r\n");
			assert_int_equal(rig_receive(rig, fd, &byte, 1), 0);
		}
		free(answer);
		if (!served) {
			close(fd);
			return asked;
		}
		assert_true(asked < 1000);
	}
}

static void test_rate_of_requests(void **state)
{
	(void)state;
	struct rig *rig = open_with((struct gateway_options){.limits = {.requests_per_s = 1}});
	assert_in_range(ask_until_refused(rig), PEER_BURST_S + 1, 999);
	assert_true(rig_metric(rig, "boothcast_refused_total{reason=\"address_requests\"}") == 1);
	unsigned asked = rig->ex_opened;
	/* on a slow machine a second passes now and then: until each has heard it */
	static const char *const requests[] = {GET("/"), PUT, RIG_HANDSHAKE};
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		for (unsigned tries = 0;; tries++) {
			int fd = rig_connect(rig);
			rig_say(rig, fd, requests[i]);
			char *answer = rig_receive_answer(rig, fd, false);
			bool refused = strncmp(answer, "HTTP/1.1 429 ", 13) == 0;
			assert_true(tries < 100);
			free(answer);
			close(fd);
			if (refused)
				break;
		}
	}
	rig->from = 3;
	close(rig_ws(rig));
	rig->from = 0;
	for (int i = 0; i < 3 * PEER_BURST_S; i++)
		answered(rig, GET("/api/hello"), "HTTP/1.1 200 ", "hello");
	assert_true(rig->ex_opened >= asked + 3 * PEER_BURST_S);
	close_rig(rig);
}

/* Somebody who is refused and never asks is cut off as anybody else who is silent. */
static void test_a_silent_refused_one_is_cut_off(void **state)
{
	(void)state;
	struct rig *rig = open_with((struct gateway_options){.connections_max = 1});
	int in = rig_ws(rig), silent = rig_connect(rig);
	char byte;
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 2);
	assert_int_equal(rig_receive(rig, silent, &byte, 1), 0);
	close(silent);
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 1);
	close(in);
	close_rig(rig);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_full_server_says_so),    cmocka_unit_test(test_a_full_server_says_so_over_tls),
		cmocka_unit_test(test_refusals_are_bounded),     cmocka_unit_test(test_connections_of_an_address),
		cmocka_unit_test(test_handshakes_of_an_address), cmocka_unit_test(test_rate_of_new_connections),
		cmocka_unit_test(test_rate_of_requests),         cmocka_unit_test(test_a_silent_refused_one_is_cut_off),
	};
	signal(SIGPIPE, SIG_IGN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
