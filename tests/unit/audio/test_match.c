/* Loudness matching of floor-fill: where the gain goes, how fast, and where it stops. */
#include "audio/match.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define BEAT_S 0.02f

/* `seconds` of an interpreter at one loudness, then of the floor at another; its peaks are 12 dB above. */
static float match_both(struct match *match, float reference, float floor, float seconds)
{
	for (float t = 0; t < seconds; t += BEAT_S)
		match_reference(match, reference, BEAT_S);
	float gain = 0;
	for (float t = 0; t < seconds; t += BEAT_S)
		gain = match_floor(match, floor, floor + 12, -1, BEAT_S);
	return gain;
}

static void the_floor_comes_to_the_interpreters(void **state)
{
	(void)state;
	static const struct {
		float reference, floor, gain;
	} cases[] = {
		{-23, -23, 0}, {-23, -27, 4}, {-23, -19, -4}, {-20, -40, MATCH_MAX_DB}, {-40, -20, -MATCH_MAX_DB},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct match match = {0};
		assert_float_equal(match_both(&match, cases[i].reference, cases[i].floor, 30), cases[i].gain, 0.05);
	}
}

static void the_gain_moves_slowly(void **state)
{
	(void)state;
	struct match match = {0};
	match_both(&match, -23, -26, 30);
	float before = match.gain_db;
	for (int beat = 0; beat < 3000; beat++) {
		const float floor = beat % 100 < 50 ? -45 : -5; /* somebody shouts and whispers */
		const float gain = match_floor(&match, floor, floor + 12, -1, BEAT_S);
		assert_true(fabsf(gain - before) <= MATCH_DB_PER_S * BEAT_S * 1.001f);
		assert_true(fabsf(gain) <= MATCH_MAX_DB);
		before = gain;
	}
}

static void pauses_move_nothing(void **state)
{
	(void)state;
	struct match match = {0};
	const float gain = match_both(&match, -23, -27, 30);
	for (int beat = 0; beat < 5000; beat++) {
		match_reference(&match, -70, BEAT_S);
		assert_true(match_floor(&match, -70, -60, -1, BEAT_S) == gain);
	}
	assert_float_equal(match_both(&match, -23, -27, 1), gain, 0.05); /* and the averages are as they were */
}

static void without_a_reference_the_floor_stays(void **state)
{
	(void)state;
	struct match match = {0};
	for (int beat = 0; beat < 1000; beat++)
		assert_true(match_floor(&match, -35, -20, -1, BEAT_S) == 0);
}

/* A floor of few and high peaks is not lifted into the limiter. */
static void peaks_stay_below_the_ceiling(void **state)
{
	(void)state;
	struct match match = {0};
	for (int beat = 0; beat < 2000; beat++)
		match_reference(&match, -20, BEAT_S);
	float gain = 0;
	for (int beat = 0; beat < 2000; beat++)
		gain = match_floor(&match, -30, -3, -1, BEAT_S);
	assert_float_equal(gain, 2, 0.05);
	for (int beat = 0; beat < 2000; beat++)
		gain = match_floor(&match, -30, 0.5f, -1, BEAT_S);
	assert_float_equal(gain, 0, 0.05); /* no room: not lifted, and not lowered below what the loudness asks for */
}

static void factors(void **state)
{
	(void)state;
	assert_float_equal(match_factor(0), 1, 0);
	assert_float_equal(match_factor(6), 1.9953, 1e-4);
	assert_float_equal(match_factor(-20), 0.1, 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_floor_comes_to_the_interpreters),
		cmocka_unit_test(the_gain_moves_slowly),
		cmocka_unit_test(pauses_move_nothing),
		cmocka_unit_test(without_a_reference_the_floor_stays),
		cmocka_unit_test(peaks_stay_below_the_ceiling),
		cmocka_unit_test(factors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
