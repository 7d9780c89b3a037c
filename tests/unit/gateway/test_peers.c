/* The shares of client addresses: which addresses are one, what each may take, and what the table forgets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "boothcast/limits.h"
#include "gateway/peers.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define NOW_US 1700000000000000u
#define SECOND_US 1000000u

static const struct peer_limits none = {0};

static struct peer *find(struct peers *peers, const char *address)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = 1234};
	if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
		return peers_find(peers, (struct sockaddr *)&four);
	assert_int_equal(inet_pton(AF_INET6, address, &six.sin6_addr), 1);
	return peers_find(peers, (struct sockaddr *)&six);
}

static struct peer *find_number(struct peers *peers, uint32_t number)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000000 + number)};
	return peers_find(peers, (struct sockaddr *)&four);
}

static enum peer_verdict arrive(struct peers *peers, const char *address, uint64_t now_us)
{
	return peer_arrive(peers, find(peers, address), now_us);
}

static void test_which_addresses_are_one(void **state)
{
	static const struct {
		const char *a, *b;
		bool one;
	} pairs[] = {
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"192.0.2.1", "::192.0.2.1", false},
		{"2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true},
		{"2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"fe80::1", "fe80::2", false},
		{"fe80::1", "fe80::1", true},
		{"127.0.0.1", "::1", true},
		{"127.0.0.1", "::ffff:127.0.0.1", true},
		{"127.0.0.1", "127.0.0.2", false},
		{"::1", "::2", false},
		{"::2", "::3", true},
	};
	struct peers *peers = peers_new(&none);
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		if ((find(peers, pairs[i].a) == find(peers, pairs[i].b)) != pairs[i].one)
			fail_msg("%s and %s", pairs[i].a, pairs[i].b);
	}
	peers_free(peers);
}

static void test_connections_at_once(void **state)
{
	struct peers *peers = peers_new(&(struct peer_limits){.connections = 3});
	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(arrive(peers, "192.0.2.1", NOW_US), PEER_WELCOME);
	assert_int_equal(arrive(peers, "192.0.2.1", NOW_US), PEER_CONNECTIONS);
	assert_int_equal(arrive(peers, "192.0.2.1", NOW_US + 3600u * SECOND_US), PEER_CONNECTIONS);
	assert_int_equal(arrive(peers, "192.0.2.2", NOW_US), PEER_WELCOME);
	peer_settle(find(peers, "192.0.2.1"));
	assert_int_equal(arrive(peers, "192.0.2.1", NOW_US), PEER_CONNECTIONS);
	peer_leave(find(peers, "192.0.2.1"));
	assert_int_equal(arrive(peers, "192.0.2.1", NOW_US), PEER_WELCOME);
	assert_int_equal(arrive(peers, "192.0.2.1", NOW_US), PEER_CONNECTIONS);
	peer_arrive_anyway(find(peers, "192.0.2.1")); /* to be told so */
	peer_leave(find(peers, "192.0.2.1"));
	assert_int_equal(arrive(peers, "192.0.2.1", NOW_US), PEER_CONNECTIONS);
	peers_free(peers);
}

static void test_handshakes_at_once(void **state)
{
	struct peers *peers = peers_new(&(struct peer_limits){.handshakes = 2});
	(void)state;
	assert_int_equal(arrive(peers, "2001:db8::1", NOW_US), PEER_WELCOME);
	assert_int_equal(arrive(peers, "2001:db8::2", NOW_US), PEER_WELCOME);
	assert_int_equal(arrive(peers, "2001:db8::3", NOW_US), PEER_HANDSHAKES);
	assert_int_equal(arrive(peers, "2001:db8:1::", NOW_US), PEER_WELCOME);
	peer_settle(find(peers, "2001:db8::4"));
	assert_int_equal(arrive(peers, "2001:db8::3", NOW_US), PEER_WELCOME);
	assert_int_equal(arrive(peers, "2001:db8::3", NOW_US), PEER_HANDSHAKES);
	peers_free(peers);
}

/* What an address may take at once, and then in the long run. */
static void rate_holds(bool (*take)(struct peers *, uint64_t), struct peers *peers, unsigned per_s)
{
	uint64_t now_us = NOW_US;
	unsigned burst = 0;
	while (take(peers, now_us))
		burst++;
	assert_int_equal(burst, per_s * PEER_BURST_S);
	unsigned taken = 0;
	for (unsigned ms = 0; ms < 5000; ms++)
		taken += take(peers, now_us += 1000);
	assert_in_range(taken, 5 * per_s - 1, 5 * per_s);
	now_us += PEER_BURST_S * (uint64_t)SECOND_US;
	burst = 0;
	while (take(peers, now_us))
		burst++;
	assert_int_equal(burst, per_s * PEER_BURST_S);
}

static bool take_arrival(struct peers *peers, uint64_t now_us)
{
	struct peer *peer = find(peers, "192.0.2.1");
	enum peer_verdict verdict = peer_arrive(peers, peer, now_us);
	if (verdict == PEER_WELCOME) {
		peer_settle(peer);
		peer_leave(peer);
	} else {
		assert_int_equal(verdict, PEER_RATE);
	}
	return verdict == PEER_WELCOME;
}

static bool take_request(struct peers *peers, uint64_t now_us)
{
	return peer_may_ask(peers, find(peers, "192.0.2.1"), now_us);
}

static void test_rates(void **state)
{
	static const unsigned rates[] = {1, 2, 50, 500, 1000};
	(void)state;
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		struct peers *peers = peers_new(&(struct peer_limits){.handshakes_per_s = rates[i], .requests_per_s = rates[i]});
		rate_holds(take_arrival, peers, rates[i]);
		rate_holds(take_request, peers, rates[i]);
		assert_true(peer_may_ask(peers, find(peers, "192.0.2.2"), NOW_US));
		peers_free(peers);
	}
}

static void test_no_limit_for_none_and_for_this_machine(void **state)
{
	static const char *const local[] = {"127.0.0.1", "::1", "::ffff:127.0.0.1"};
	struct peers *unlimited = peers_new(&none), *limited = peers_new(&(struct peer_limits){1, 1, 1, 1});
	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(arrive(unlimited, "192.0.2.1", NOW_US), PEER_WELCOME);
		assert_true(peer_may_ask(unlimited, find(unlimited, "192.0.2.1"), NOW_US));
		assert_int_equal(arrive(limited, local[i % 3], NOW_US), PEER_WELCOME);
		assert_true(peer_may_ask(limited, find(limited, local[i % 3]), NOW_US));
	}
	assert_int_equal(arrive(limited, "127.0.0.2", NOW_US), PEER_WELCOME);
	assert_int_equal(arrive(limited, "127.0.0.2", NOW_US), PEER_CONNECTIONS);
	peers_free(unlimited);
	peers_free(limited);
}

/* The clock steps back, or the numbers are as large as they get: no address is shut out, or let in, for good. */
static void test_a_clock_that_goes_back(void **state)
{
	struct peers *peers = peers_new(&(struct peer_limits){.requests_per_s = 10});
	struct peer *peer = find(peers, "192.0.2.1");
	(void)state;
	for (unsigned i = 0; i < 10 * PEER_BURST_S; i++)
		assert_true(peer_may_ask(peers, peer, NOW_US));
	assert_false(peer_may_ask(peers, peer, NOW_US - 1));
	assert_true(peer_may_ask(peers, peer, NOW_US + 100000));
	peers_free(peers);
}

/* Far more addresses than the table has room for: those with connections stay, whatever comes, and nobody is shut out. */
static void test_a_full_table(void **state)
{
	struct peers *peers = peers_new(&(struct peer_limits){.connections = 1, .requests_per_s = 1});
	(void)state;
	for (uint32_t i = 0; i < CONNECTIONS_MAX; i++)
		assert_int_equal(peer_arrive(peers, find_number(peers, i), NOW_US), PEER_WELCOME);
	for (uint32_t i = 0; i < 3 * PEERS_MAX; i++) {
		struct peer *peer = find_number(peers, 1000000 + i);
		assert_int_equal(peer_arrive(peers, peer, NOW_US), PEER_WELCOME);
		peer_settle(peer);
		peer_leave(peer);
	}
	assert_int_equal(peers_count(peers), PEERS_MAX);
	for (uint32_t i = 0; i < CONNECTIONS_MAX; i++)
		assert_int_equal(peer_arrive(peers, find_number(peers, i), NOW_US), PEER_CONNECTIONS);
	for (uint32_t i = 0; i < CONNECTIONS_MAX; i += 2)
		peer_leave(find_number(peers, i));
	for (uint32_t i = 0; i < CONNECTIONS_MAX; i++)
		assert_int_equal(peer_arrive(peers, find_number(peers, i), NOW_US), i % 2 == 0 ? PEER_WELCOME : PEER_CONNECTIONS);
	peers_free(peers);
}

/* What an address did in this second is not forgotten while its place is not needed. */
static void test_an_address_that_comes_back(void **state)
{
	struct peers *peers = peers_new(&(struct peer_limits){.handshakes_per_s = 1});
	(void)state;
	for (int i = 0; i < PEER_BURST_S; i++)
		assert_true(take_arrival(peers, NOW_US));
	assert_false(take_arrival(peers, NOW_US));
	for (uint32_t i = 0; i < PEERS_MAX / 2; i++)
		find_number(peers, i);
	assert_false(take_arrival(peers, NOW_US));
	for (uint32_t i = 0; i < PEERS_MAX; i++)
		find_number(peers, i);
	assert_true(take_arrival(peers, NOW_US));
	peers_free(peers);
}

enum { THREADS = 4, EACH = 20000 };

struct many {
	struct peers *peers;
	struct peer *peer;
	unsigned taken;
};

static void *ask(void *user)
{
	struct many *many = user;
	for (unsigned i = 0; i < EACH; i++)
		many->taken += peer_may_ask(many->peers, many->peer, NOW_US);
	return NULL;
}

/* Requests of one address on several loops have one share. */
static void test_threads_share(void **state)
{
	struct peers *peers = peers_new(&(struct peer_limits){.requests_per_s = 1000});
	struct many many[THREADS];
	pthread_t thread[THREADS];
	unsigned taken = 0;
	(void)state;
	for (int i = 0; i < THREADS; i++) {
		many[i] = (struct many){peers, find(peers, "192.0.2.1"), 0};
		assert_int_equal(pthread_create(&thread[i], NULL, ask, &many[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		taken += many[i].taken;
	}
	assert_int_equal(taken, 1000 * PEER_BURST_S);
	peers_free(peers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which_addresses_are_one),
		cmocka_unit_test(test_connections_at_once),
		cmocka_unit_test(test_handshakes_at_once),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_no_limit_for_none_and_for_this_machine),
		cmocka_unit_test(test_a_clock_that_goes_back),
		cmocka_unit_test(test_a_full_table),
		cmocka_unit_test(test_an_address_that_comes_back),
		cmocka_unit_test(test_threads_share),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
