/* The time of day: it follows a clock that runs, is slewed or set a little, and takes no step. */
#include "base/wall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define START_S INT64_C(1742547600)

static uint64_t us(int64_t s)
{
	return (uint64_t)s * 1000000u;
}

static void follows_a_clock_that_runs(void **state)
{
	struct wall wall = {0};
	(void)state;
	for (int64_t s = 0; s < 100000; s += 7)
		assert_int_equal(wall_time_s(&wall, us(START_S + s), START_S + 3 + s), START_S + 3 + s);
	assert_int_equal(wall.step_s, 0);
}

static void follows_a_clock_that_is_slewed(void **state)
{
	struct wall wall = {0};
	(void)state;
	for (int64_t s = 0; s < 100000; s++) {
		int64_t machine_s = START_S + s + s / 50; /* two percent: more than any slew */
		assert_int_equal(wall_time_s(&wall, us(START_S + s), machine_s), machine_s);
	}
}

/* Any step of more than WALL_STEP_S, forwards or backwards, once or several times; and the way back. */
static void takes_no_step(void **state)
{
	static const int64_t steps_s[] = {31, 3600, 86400 * 365, -31, -7200, -86400 * 3650, INT64_C(30000) * 365 * 86400};
	(void)state;
	for (size_t i = 0; i < sizeof steps_s / sizeof *steps_s; i++) {
		struct wall wall = {0};
		assert_int_equal(wall_time_s(&wall, us(START_S), START_S), START_S);
		for (int64_t s = 1; s < 100; s++) {
			assert_int_equal(wall_time_s(&wall, us(START_S + s), START_S + s + steps_s[i]), START_S + s);
			assert_int_equal(wall.step_s, steps_s[i]);
		}
		assert_int_equal(wall_time_s(&wall, us(START_S + 100), START_S + 100 + 2 * steps_s[i]), START_S + 100);
		assert_int_equal(wall_time_s(&wall, us(START_S + 101), START_S + 102), START_S + 102);
		assert_int_equal(wall.step_s, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_a_clock_that_runs),
		cmocka_unit_test(follows_a_clock_that_is_slewed),
		cmocka_unit_test(takes_no_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
