/* Many sends at once: that each socket gets its bytes, once and in order, and that what a socket does not take comes back; by a
 * real io_uring and without it, and where a filter of the kernel forbids it, from the start or in the middle. */
#include "gateway/batch.h"

#include "base/check.h"
#include "base/text.h"
#include "gateway/uring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PEERS_MAX 300 /* more than one batch */
#define BIG (1024 * 1024)
#define PATIENCE_MS 10000

struct peer {
	int here, there; /* the two ends of a connection */
	unsigned unsent;
	size_t rest; /* bytes that were left of the newest */
	const uint8_t *rest_at;
	int error;
};

struct bench {
	struct metrics *metrics;
	struct batch *batch;
	struct peer peer[PEERS_MAX];
	unsigned peers;
};

/* A condition that also holds in a forked child, where cmocka's do not help. */
#define must(condition)                                                                             \
	do {                                                                                        \
		if (!(condition)) {                                                                 \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);             \
			abort();                                                                    \
		}                                                                                   \
	} while (0)

static void unsent(void *user, const uint8_t *rest, size_t size, int error)
{
	struct peer *peer = user;
	peer->unsent++;
	peer->rest = size;
	peer->rest_at = rest;
	peer->error = error;
}

static struct batch *try_open(struct bench *bench, enum delivery delivery, char *error, size_t size)
{
	bench->metrics = metrics_new();
	bench->batch = batch_open(
		&(struct batch_options){.delivery = delivery, .metrics = bench->metrics, .unsent = unsent}, error, size);
	return bench->batch;
}

static struct bench *open_bench(enum delivery delivery)
{
	char error[256] = "";
	struct bench *bench = check_alloc(calloc(1, sizeof *bench));
	if (try_open(bench, delivery, error, sizeof error) == NULL)
		fprintf(stderr, "%s\n", error);
	must(bench->batch != NULL);
	return bench;
}

static void close_bench(struct bench *bench)
{
	batch_close(bench->batch);
	metrics_free(bench->metrics);
	for (unsigned i = 0; i < bench->peers; i++) {
		close(bench->peer[i].here);
		close(bench->peer[i].there);
	}
	free(bench);
}

static double number(struct bench *bench, const char *name)
{
	struct text all;
	double value = -1;
	text_init(&all, 1 << 20);
	metrics_write(bench->metrics, &all);
	const char *line = strstr(all.at, name);
	while (line != NULL && line != all.at && line[-1] != '\n')
		line = strstr(line + 1, name);
	if (line != NULL)
		value = atof(line + strlen(name));
	text_free(&all);
	return value;
}

#define IS_DIRECT "boothcast_delivery_info{path=\"direct\"} "
#define IS_URING "boothcast_delivery_info{path=\"io_uring\"} "
#define CALLS "boothcast_delivery_calls_total "
#define PACKETS "boothcast_delivery_packets_total "
#define PARTIAL "boothcast_delivery_partial_total "

/* A connection over TCP, so that all is as it is in service. */
static struct peer *connect_peer(struct bench *bench)
{
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof where;
	int one = 1, door = socket(AF_INET, SOCK_STREAM, 0);
	struct peer *peer = &bench->peer[bench->peers++];
	must(door >= 0 && bind(door, (struct sockaddr *)&where, size) == 0 && listen(door, 1) == 0);
	must(getsockname(door, (struct sockaddr *)&where, &size) == 0);
	peer->there = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(connect(peer->there, (struct sockaddr *)&where, size) == 0);
	peer->here = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	must(peer->here >= 0 && setsockopt(peer->here, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
	close(door);
	return peer;
}

static void connect_peers(struct bench *bench, unsigned count)
{
	while (bench->peers < count)
		connect_peer(bench);
}

/* Reads `size` bytes; fewer only when no more come. */
static size_t hear(struct peer *peer, uint8_t *to, size_t size)
{
	struct pollfd ready = {.fd = peer->there, .events = POLLIN};
	size_t heard = 0;
	while (heard < size && poll(&ready, 1, PATIENCE_MS) == 1) {
		ssize_t n = recv(peer->there, to + heard, size - heard, 0);
		if (n <= 0)
			break;
		heard += (size_t)n;
	}
	return heard;
}

/* That nothing is there, now. */
static void must_hear_nothing(struct peer *peer)
{
	uint8_t byte;
	must(recv(peer->there, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
}

static uint32_t put(struct bench *bench, struct peer *peer, const void *bytes, size_t size)
{
	batch_count(bench->batch, 1);
	return batch_put(bench->batch, peer->here, bytes, (uint32_t)size, peer);
}

static void must_hear(struct peer *peer, const char *words)
{
	uint8_t heard[64];
	size_t size = hear(peer, heard, strlen(words));
	must(size == strlen(words) && memcmp(heard, words, size) == 0);
	must_hear_nothing(peer);
}

/* ---- on both paths ---- */

static void everybody_gets_it(struct bench *bench)
{
	connect_peers(bench, PEERS_MAX);
	for (unsigned round = 0; round < 3; round++) {
		batch_begin(bench->batch);
		for (unsigned i = 0; i < PEERS_MAX; i++)
			put(bench, &bench->peer[i], "a packet", 8);
		batch_end(bench->batch);
		for (unsigned i = 0; i < PEERS_MAX; i++)
			must_hear(&bench->peer[i], "a packet");
	}
	must(number(bench, PACKETS) == 3 * PEERS_MAX);
	must(number(bench, PARTIAL) == 0);
}

/* A socket that takes a part, and then nothing, among others that take all: the parts make the whole. */
static void short_and_refused(struct bench *bench)
{
	uint8_t *big = check_alloc(malloc(BIG)), *heard = check_alloc(malloc(BIG));
	for (unsigned i = 0; i < BIG; i++)
		big[i] = (uint8_t)(i * 7 + i / 256);
	connect_peers(bench, 3);
	struct peer *before = &bench->peer[0], *full = &bench->peer[1], *after = &bench->peer[2];
	int small = 16384;
	must(setsockopt(full->here, SOL_SOCKET, SO_SNDBUF, &small, sizeof small) == 0);
	batch_begin(bench->batch);
	put(bench, before, "one", 3);
	put(bench, full, big, BIG);
	put(bench, after, "two", 3);
	batch_end(bench->batch);
	must(full->unsent == 1 && full->error == 0 && full->rest > 0 && full->rest < BIG);
	must(full->rest_at + full->rest == big + BIG);
	size_t sent = BIG - full->rest;
	for (unsigned refusals = 0; refusals < 1;) { /* the peer's kernel may still take some */
		const uint8_t *from = big + sent;
		batch_begin(bench->batch);
		put(bench, full, from, BIG - sent);
		batch_end(bench->batch);
		must(full->error == 0);
		refusals += full->rest == BIG - sent;
		sent = BIG - full->rest;
	}
	must(hear(full, heard, sent) == sent && memcmp(heard, big, sent) == 0);
	must_hear(before, "one");
	must_hear(after, "two");
	must(before->unsent == 0 && after->unsent == 0);
	free(big);
	free(heard);
}

static void closed_peer(struct bench *bench)
{
	struct linger reset = {1, 0};
	connect_peers(bench, 3);
	struct peer *gone = &bench->peer[1];
	must(setsockopt(gone->there, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
	close(gone->there);
	gone->there = -1;
	for (int i = 0; i < 2; i++) { /* the second has EPIPE, and the process no signal */
		batch_begin(bench->batch);
		for (unsigned k = 0; k < 3; k++)
			put(bench, &bench->peer[k], "more", 4);
		batch_end(bench->batch);
	}
	must(gone->unsent == 2 && gone->rest == 4 && (gone->error == EPIPE || gone->error == ECONNRESET));
	must_hear(&bench->peer[0], "moremore");
	must_hear(&bench->peer[2], "moremore");
}

static void not_a_socket(struct bench *bench)
{
	connect_peers(bench, 1);
	struct peer none = {.here = -1};
	batch_begin(bench->batch);
	put(bench, &none, "words", 5);
	put(bench, &bench->peer[0], "words", 5);
	batch_end(bench->batch);
	must(none.unsent == 1 && none.error == EBADF && none.rest == 5);
	must_hear(&bench->peer[0], "words");
}

/* Outside of begin and end nothing waits for anything. */
static void at_once_when_not_open(struct bench *bench)
{
	connect_peers(bench, 1);
	uint32_t round = put(bench, &bench->peer[0], "now", 3);
	must(!batch_holds(bench->batch, round));
	must_hear(&bench->peer[0], "now");
	batch_begin(bench->batch);
	batch_end(bench->batch);
	must(number(bench, CALLS) == 1);
}

static void (*const scenes[])(struct bench *) = {everybody_gets_it, short_and_refused, closed_peer, not_a_socket,
						 at_once_when_not_open};

#define SCENES (sizeof scenes / sizeof *scenes)

static void directly(void **state)
{
	(void)state;
	for (size_t i = 0; i < SCENES; i++) {
		struct bench *bench = open_bench(DELIVERY_DIRECT);
		scenes[i](bench);
		must(number(bench, IS_DIRECT) == 1 && number(bench, IS_URING) == 0);
		must(number(bench, CALLS) == number(bench, PACKETS));
		close_bench(bench);
	}
}

/* Whether this machine has io_uring for us; where it is forbidden, its tests are skipped. */
static bool has_uring(void)
{
	struct bench bench;
	char error[256];
	bool has = try_open(&bench, DELIVERY_BATCH, error, sizeof error) != NULL;
	if (has)
		batch_close(bench.batch);
	else
		print_message("%s\n", error);
	metrics_free(bench.metrics);
	return has;
}

static void in_batches(void **state)
{
	(void)state;
	if (!has_uring())
		skip();
	for (size_t i = 0; i < SCENES; i++) {
		struct bench *bench = open_bench(DELIVERY_AUTO);
		scenes[i](bench);
		must(number(bench, IS_DIRECT) == 0 && number(bench, IS_URING) == 1);
		close_bench(bench);
	}
}

/* ---- what a batch is ---- */

static void few_calls(void **state)
{
	(void)state;
	if (!has_uring())
		skip();
	struct bench *bench = open_bench(DELIVERY_BATCH);
	everybody_gets_it(bench);
	must(number(bench, CALLS) == 3 * 2); /* 300 are more than fit in one */
	close_bench(bench);
}

static void held_until_it_is_settled(void **state)
{
	(void)state;
	if (!has_uring())
		skip();
	struct bench *bench = open_bench(DELIVERY_BATCH);
	connect_peers(bench, 2);
	batch_begin(bench->batch);
	must(!batch_holds(bench->batch, 0));
	uint32_t round = put(bench, &bench->peer[0], "first", 5);
	must(batch_holds(bench->batch, round));
	must_hear_nothing(&bench->peer[0]);
	batch_settle(bench->batch);
	must(!batch_holds(bench->batch, round));
	must_hear(&bench->peer[0], "first");
	uint32_t next = put(bench, &bench->peer[1], "second", 6);
	must(next != round && batch_holds(bench->batch, next) && !batch_holds(bench->batch, round));
	must_hear_nothing(&bench->peer[1]);
	batch_end(bench->batch);
	must(!batch_holds(bench->batch, next));
	must_hear(&bench->peer[1], "second");
	close_bench(bench);
}

/* ---- where it is forbidden ---- */

/* From now on the kernel answers one system call with an error. */
static void forbid(unsigned call, unsigned error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/* Runs a scene in a process of its own, which a filter does not leave. */
static void in_a_child(void (*scene)(void))
{
	int status = -1;
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		scene();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void works_without(void)
{
	char error[256] = "";
	struct bench *bench = open_bench(DELIVERY_AUTO), refused;
	everybody_gets_it(bench);
	must(number(bench, IS_DIRECT) == 1 && number(bench, IS_URING) == 0);
	must(number(bench, CALLS) == 3 * PEERS_MAX);
	close_bench(bench);
	must(try_open(&refused, DELIVERY_BATCH, error, sizeof error) == NULL);
	must(strstr(error, "io_uring") != NULL);
	metrics_free(refused.metrics);
}

static void without_set_up(void)
{
	forbid(SYS_io_uring_setup, EPERM);
	works_without();
}

static void without_kernel(void)
{
	forbid(SYS_io_uring_setup, ENOSYS);
	works_without();
}

static void without_memory(void)
{
	forbid(SYS_io_uring_setup, ENOMEM);
	works_without();
}

static void without_enter(void)
{
	forbid(SYS_io_uring_enter, EPERM);
	works_without();
}

static void forbidden(void **state)
{
	(void)state;
	in_a_child(without_set_up);
	in_a_child(without_kernel);
	in_a_child(without_memory);
	in_a_child(without_enter);
}

/* The ring breaks while packets are gathered: they go out all the same, once each. */
static void breaks_in_service(void)
{
	struct bench *bench = open_bench(DELIVERY_BATCH);
	connect_peers(bench, PEERS_MAX);
	batch_begin(bench->batch);
	for (unsigned i = 0; i < PEERS_MAX; i++) {
		if (i == 270)
			forbid(SYS_io_uring_enter, EAGAIN); /* the first 256 are out, the others gathered or to come */
		put(bench, &bench->peer[i], "once", 4);
	}
	batch_end(bench->batch);
	for (unsigned i = 0; i < PEERS_MAX; i++) {
		must_hear(&bench->peer[i], "once");
		must(bench->peer[i].unsent == 0);
	}
	must(number(bench, IS_DIRECT) == 1 && number(bench, IS_URING) == 0);
	for (unsigned i = 0; i < PEERS_MAX; i++)
		put(bench, &bench->peer[i], "again", 5);
	for (unsigned i = 0; i < PEERS_MAX; i++)
		must_hear(&bench->peer[i], "again");
	close_bench(bench);
}

static void broken_in_service(void **state)
{
	(void)state;
	if (!has_uring())
		skip();
	in_a_child(breaks_in_service);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directly),
		cmocka_unit_test(in_batches),
		cmocka_unit_test(few_calls),
		cmocka_unit_test(held_until_it_is_settled),
		cmocka_unit_test(forbidden),
		cmocka_unit_test(broken_in_service),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
