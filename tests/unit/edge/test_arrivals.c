/* The waits of new sockets: what the hub is told of those that were taken, of one that is not, and of both from two threads. */
#include "edge/arrivals.h"

#include "base/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_taken_at_once(void **state)
{
	struct arrivals arrivals = {0};
	(void)state;
	assert_int_equal(arrivals_wait_us(&arrivals, 1000), 0);
	arrivals_sent(&arrivals, 2000);
	arrivals_taken(&arrivals, 2000, 2000);
	assert_int_equal(arrivals_wait_us(&arrivals, 9000), 0);
}

static void test_the_longest_since_the_last_question(void **state)
{
	struct arrivals arrivals = {0};
	static const unsigned waits[] = {300, 12000, 40};
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		arrivals_sent(&arrivals, 1000);
	for (unsigned i = 0; i < 3; i++)
		arrivals_taken(&arrivals, 1000, 1000 + waits[i]);
	assert_int_equal(arrivals_wait_us(&arrivals, 20000), 12000);
	assert_int_equal(arrivals_wait_us(&arrivals, 20000), 0);
	arrivals_sent(&arrivals, 30000);
	arrivals_taken(&arrivals, 30000, 30007);
	assert_int_equal(arrivals_wait_us(&arrivals, 31000), 7);
}

static void test_one_that_waits(void **state)
{
	struct arrivals arrivals = {0};
	(void)state;
	arrivals_sent(&arrivals, 1000);
	arrivals_sent(&arrivals, 4000);
	for (unsigned i = 1; i <= 3; i++)
		assert_int_equal(arrivals_wait_us(&arrivals, 1000 + i * 5000), i * 5000); /* longer at each question */
	arrivals_taken(&arrivals, 1000, 17000);
	assert_int_equal(arrivals_wait_us(&arrivals, 18000), 16000); /* the second is looked after from now on */
	assert_int_equal(arrivals_wait_us(&arrivals, 21000), 3000);
	arrivals_taken(&arrivals, 4000, 22000);
	assert_int_equal(arrivals_wait_us(&arrivals, 23000), 18000);
	assert_int_equal(arrivals_wait_us(&arrivals, 99000), 0);
}

/* Some always wait, none of them long: that is no loop that stands still. */
static void test_a_steady_flow_is_no_wait(void **state)
{
	struct arrivals arrivals = {0};
	(void)state;
	arrivals_sent(&arrivals, 0);
	for (uint64_t now_us = 1000; now_us < 1000000; now_us += 1000) {
		arrivals_sent(&arrivals, now_us);
		arrivals_taken(&arrivals, now_us - 1000, now_us);
		assert_true(arrivals_wait_us(&arrivals, now_us + 500) <= 2000);
	}
}

/* Their numbers come round after four thousand million. */
static void test_numbers_come_round(void **state)
{
	struct arrivals arrivals = {.sent = UINT32_MAX - 1, .watched = UINT32_MAX - 1, .taken = UINT32_MAX - 1};
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		arrivals_sent(&arrivals, 1000);
	assert_int_equal(arrivals_wait_us(&arrivals, 2000), 1000);
	for (unsigned i = 0; i < 4; i++)
		arrivals_taken(&arrivals, 1000, 1005);
	assert_int_equal(arrivals_wait_us(&arrivals, 9000), 5);
	assert_int_equal(arrivals_wait_us(&arrivals, 9999), 0);
}

#define MANY 100000

static void take_many(void *user)
{
	for (unsigned i = 0; i < MANY; i++)
		arrivals_taken(user, 0, i == MANY / 2 ? 5000 : 1);
}

/* The longest is told exactly once, whenever the hub asks. */
static void test_two_threads(void **state)
{
	struct arrivals arrivals = {.sent = MANY};
	unsigned longest = 0;
	(void)state;
	struct thread *thread = thread_new(take_many, &arrivals);
	while (atomic_load(&arrivals.taken) < MANY)
		longest += arrivals_wait_us(&arrivals, 0) == 5000;
	thread_join(thread);
	longest += arrivals_wait_us(&arrivals, 0) == 5000;
	assert_int_equal(longest, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken_at_once),      cmocka_unit_test(test_the_longest_since_the_last_question),
		cmocka_unit_test(test_one_that_waits),     cmocka_unit_test(test_a_steady_flow_is_no_wait),
		cmocka_unit_test(test_numbers_come_round), cmocka_unit_test(test_two_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
