/* Pages that no socket takes at once, plain and over TLS: to slow readers, to readers of nothing, and with more requests behind. */
#include "unit/gateway/rig.h"

#include <fcntl.h>
#include <sys/stat.h>

#define HUGE_SIZE (12u << 20) /* more than the kernel's largest send buffer takes */
#define GET_HUGE "GET /huge.txt HTTP/1.1\r\nHost: x\r\n\r\n"
#define GET_HELLO "GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n"

static void put_page(const char *folder, const char *name, off_t size)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

static void open_rig(struct rig *rig, bool secure)
{
	static const char *const others[] = {"index.html", "listen.html", "booth.html", "talk.html"};
	char folder[] = "/tmp/boothcast-page-XXXXXX", command[64], certificate[64], key[64];
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		put_page(folder, others[i], 1);
	put_page(folder, "huge.txt", HUGE_SIZE);
	struct gateway_options options = {.web = folder};
	if (secure) {
		rig_make_certificate(folder, certificate, key);
		options.certificate = certificate;
		options.key = key;
	}
	rig_open_with(rig, options);
	if (secure)
		rig->tls = SSL_CTX_new(TLS_client_method());
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static int set_up_plain(void **state)
{
	*state = check_alloc(malloc(sizeof(struct rig)));
	open_rig(*state, false);
	return 0;
}

static int set_up_secure(void **state)
{
	*state = check_alloc(malloc(sizeof(struct rig)));
	open_rig(*state, true);
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 0);
	rig_close(rig);
	free(rig);
	return 0;
}

/* The page's body. */
static void receive_huge(struct rig *rig, int fd)
{
	static char bytes[1 << 16];
	for (size_t left = HUGE_SIZE, n; left > 0; left -= n) {
		n = rig_receive(rig, fd, bytes, left < sizeof bytes ? left : sizeof bytes);
		if (n == 0)
			fail_msg("the connection ended with %zu bytes to come", left);
		assert_true(bytes[0] == 0 && bytes[n - 1] == 0);
	}
}

static void receive_head(struct rig *rig, int fd)
{
	char *head = rig_receive_answer(rig, fd, false);
	assert_answer(head, "HTTP/1.1 200 ");
	free(head);
}

static void receive_hello(struct rig *rig, int fd)
{
	char *answer = rig_receive_answer(rig, fd, true);
	assert_contains(answer, "\r\n\r\nhello");
	free(answer);
}

static void test_slow_reader(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd, GET_HUGE);
	receive_head(rig, fd);
	rig_settle(rig);
	receive_huge(rig, fd);
	/* and the connection goes on */
	rig_say(rig, fd, GET_HELLO);
	receive_hello(rig, fd);
	close(fd);
}

/* Requests that come with the one before, while its page waits for the socket, and just when the client has the last byte. */
static void test_requests_wait_for_the_end(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	rig_say(rig, fd, GET_HUGE GET_HELLO);
	receive_head(rig, fd);
	rig_say(rig, fd, GET_HUGE);
	rig_settle(rig);
	assert_int_equal(rig->ex_opened, 0);
	receive_huge(rig, fd);
	receive_hello(rig, fd);
	receive_head(rig, fd);
	receive_huge(rig, fd);
	rig_say(rig, fd, GET_HELLO);
	receive_hello(rig, fd);
	assert_int_equal(rig->ex_opened, 2);
	close(fd);
}

/* Who has said all that it will say still gets all of it. */
static void test_half_closed_reader(void **state)
{
	static const char *const last[] = {GET_HUGE, "GET /huge.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
					   "GET /huge.txt HTTP/1.0\r\n\r\n"};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
		int fd = rig_connect(rig);
		char byte;
		rig_say(rig, fd, last[i]);
		receive_head(rig, fd);
		shutdown(fd, SHUT_WR);
		rig_settle(rig);
		receive_huge(rig, fd);
		assert_int_equal(rig_receive(rig, fd, &byte, 1), 0);
		close(fd);
	}
}

/* Somebody who takes nothing costs nothing, and may leave. */
static void test_nobody_takes_it(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig);
	unsigned rounds = 0;
	rig_say(rig, fd, GET_HUGE);
	receive_head(rig, fd);
	rig_settle(rig);
	for (uint64_t end_us = clock_us() + 300000; clock_us() < end_us; rounds++)
		loop_run_wait(rig->loop);
	assert_true(rounds < 30);
	assert_true(rig_metric(rig, "boothcast_bytes_sent_total") < HUGE_SIZE); /* else it was no test of that */
	close(fd);
}

/* What the client does while its requests are under way. */
enum trick { NOTHING, SAYS_NO_MORE, IS_URGENT, TRICKS };

/* The library would serve the body of a request that it had already, head and all, from memory that it has freed. So those that
 * come before the answer to the one in front of them are refused, whatever is in the way of counting what came. */
static void refuse_early(struct rig *rig, const char *front, const char *request, unsigned count, enum trick trick)
{
	char both[1024];
	unsigned opened = rig->ex_opened;
	int fd = rig_connect(rig);
	int size = snprintf(both, sizeof both, "%s%s", front, request);
	assert_int_equal(rig_put(rig, fd, both, (size_t)size), size);
	while (count-- > 0)
		rig_turn(rig);
	if (trick == SAYS_NO_MORE)
		shutdown(fd, SHUT_WR);
	if (trick == IS_URGENT) {
		send(fd, "urgent", 6, MSG_OOB);
		send(fd, "and more", 8, 0);
	}
	receive_hello(rig, fd);
	char *answer = rig_receive_answer(rig, fd, true);
	assert_answer(answer, "HTTP/1.1 400 ");
	assert_int_equal(rig->ex_opened, opened + 1);
	free(answer);
	close(fd);
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 0);
}

static void test_body_that_comes_early(void **state)
{
	static const char *const requests[] = {
		"PUT /ingest/hall/main HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nbytes",
		"PUT /ingest/hall/main HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbytes\r\n0\r\n\r\n",
		"PUT /ingest/hall/main HTTP/1.1\r\nHost: x\r\n\r\nbytes",
		"GET /api/wait HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nbytes",
		"GET /huge.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nbytes",
		"GET /huge.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 5 or more\r\n\r\nbytes",
	};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		refuse_early(rig, GET_HELLO, requests[i], 0, NOTHING);
		for (unsigned turns = 0; turns < 6; turns++) {
			for (enum trick trick = SAYS_NO_MORE; trick < TRICKS && rig->tls == NULL; trick++)
				refuse_early(rig, GET_HELLO, requests[i], turns, trick);
		}
	}
}

static void test_body_on_a_kept_connection(void **state)
{
	enum { BODY = 20000 };
	static const char head[] = "PUT /ingest/hall/main HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n";
	struct rig *rig = *state;
	static char request[sizeof head - 1 + BODY];
	int fd = rig_connect(rig);
	memcpy(request, head, sizeof head - 1);
	memset(request + sizeof head - 1, 'b', BODY);
	rig_say(rig, fd, GET_HELLO);
	receive_hello(rig, fd);
	rig_say(rig, fd, GET_HUGE);
	receive_head(rig, fd);
	receive_huge(rig, fd);
	rig_send(rig, fd, request, sizeof request);
	char *answer = rig_receive_answer(rig, fd, true);
	assert_contains(answer, "took 20000 bytes");
	assert_int_equal(strspn(rig->body.at, "b"), BODY);
	free(answer);
	close(fd);
}

#define PLAIN(test) cmocka_unit_test_setup_teardown(test, set_up_plain, tear_down)
#define BOTH(test) PLAIN(test), cmocka_unit_test_setup_teardown(test, set_up_secure, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_slow_reader),
		BOTH(test_requests_wait_for_the_end),
		BOTH(test_nobody_takes_it),
		BOTH(test_body_that_comes_early),
		BOTH(test_body_on_a_kept_connection),
		PLAIN(test_half_closed_reader), /* TLS ends both halves at once */
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
