/* Meters against values that can be worked out by hand (EBU Tech 3341 for the loudness of a sine). */
#include "audio/level.h"
#include "boothcast/frame.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define FRAME 960

static void put_sine(struct level *level, float db, size_t frames)
{
	float frame[FRAME];
	for (size_t i = 0; i < FRAME; i++)
		frame[i] = powf(10, db / 20) * sinf(2 * (float)M_PI * (float)i / 48);
	for (size_t f = 0; f < frames; f++)
		level_put(level, frame, FRAME);
}

static void known_sines(void **state)
{
	(void)state;
	static const float dbs[] = {0, -20, -26, -40};
	for (size_t i = 0; i < sizeof dbs / sizeof *dbs; i++) {
		struct level *level = level_new();
		put_sine(level, dbs[i], 50);
		assert_float_equal(level_take_peak_db(level), dbs[i], 0.02);
		assert_float_equal(level_loudness(level), dbs[i] - 3.01f, 0.1);
		level_free(level);
	}
}

static void peak_is_since_the_last_look(void **state)
{
	(void)state;
	struct level *level = level_new();
	assert_true(level_take_peak_db(level) == LEVEL_FLOOR_DB);
	float click[FRAME] = {0};
	click[500] = -0.5f;
	level_put(level, click, FRAME);
	put_sine(level, -40, 3);
	assert_float_equal(level_take_peak_db(level), -6.02, 0.01);
	assert_true(level_take_peak_db(level) == LEVEL_FLOOR_DB);
	put_sine(level, -40, 1);
	assert_float_equal(level_take_peak_db(level), -40, 0.02);
	level_free(level);
}

static void silence_is_the_floor(void **state)
{
	(void)state;
	struct level *level = level_new();
	assert_true(level_loudness(level) == LEVEL_FLOOR_DB);
	put_sine(level, -20, 50);
	level_put(level, NULL, 480);
	assert_float_equal(level_loudness(level), -23.1, 0.2); /* 10 ms of 400 */
	level_put(level, NULL, 40000);
	assert_true(level_loudness(level) == LEVEL_FLOOR_DB);
	level_free(level);
	level_free(NULL);
}

/* The window is 400 ms: 200 ms after the end half of the power is left. */
static void loudness_is_momentary(void **state)
{
	(void)state;
	struct level *level = level_new();
	put_sine(level, -20, 50);
	level_put(level, NULL, 9600);
	assert_float_equal(level_loudness(level), -26.0, 0.2);
	level_free(level);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_sines),
		cmocka_unit_test(peak_is_since_the_last_look),
		cmocka_unit_test(silence_is_the_floor),
		cmocka_unit_test(loudness_is_momentary),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
