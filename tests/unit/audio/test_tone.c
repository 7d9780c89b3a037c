/* Tones: level, pitch, a soft start, and no seam, however the beats cut them. */
#include "audio/level.h"
#include "audio/tone.h"
#include "boothcast/frame.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static float sound[RATE_HZ * 2];

static float peak(size_t from, size_t to)
{
	float most = 0;
	for (size_t i = from; i < to; i++)
		most = fmaxf(most, fabsf(sound[i]));
	return most;
}

/* Power at one frequency over half a second of `sound`. */
static double power_at(double hz, size_t from, size_t count)
{
	double re = 0, im = 0;
	for (size_t i = 0; i < count; i++) {
		re += sound[from + i] * cos(2 * M_PI * hz * (double)i / RATE_HZ);
		im += sound[from + i] * sin(2 * M_PI * hz * (double)i / RATE_HZ);
	}
	return (re * re + im * im) / ((double)count * (double)count) * 4;
}

static void line_up_is_a_kilohertz_at_minus_18(void **state)
{
	(void)state;
	struct tone tone;
	tone_start(&tone, TONE_LINE_UP);
	tone_make(&tone, sound, RATE_HZ * 2);
	assert_float_equal(20 * log10f(peak(RATE_HZ, RATE_HZ * 2)), -18, 0.01);
	assert_float_equal(10 * log10(power_at(1000, RATE_HZ, 24000)), -18, 0.01);
	struct level *level = level_new();
	level_put(level, sound + RATE_HZ, RATE_HZ);
	assert_float_equal(level_loudness(level), -21, 0.1);
	level_free(level);
}

static void the_start_is_soft(void **state)
{
	(void)state;
	for (int kind = TONE_LINE_UP; kind <= TONE_ATTENTION; kind++) {
		struct tone tone;
		tone_start(&tone, (enum tone_kind)kind);
		tone_make(&tone, sound, RATE_HZ);
		const float full = peak(RATE_HZ / 4, RATE_HZ);
		assert_true(peak(0, 240) < 0.02f * full);  /* 5 ms */
		assert_true(peak(0, 1200) < 0.3f * full);  /* 25 ms */
		assert_true(peak(2400, 2448) > 0.9f * full);
	}
}

/* In pieces of any size it is the same sound; the change of the two tones has no larger step than the tones. */
static void no_seam_anywhere(void **state)
{
	(void)state;
	for (int kind = TONE_LINE_UP; kind <= TONE_ATTENTION; kind++) {
		struct tone whole, cut;
		tone_start(&whole, (enum tone_kind)kind);
		tone_start(&cut, (enum tone_kind)kind);
		tone_make(&whole, sound, RATE_HZ);
		float steepest = 0, piece[999];
		for (size_t at = 0, count = 1; at + count <= RATE_HZ; at += count, count = count % 997 + 1) {
			tone_make(&cut, piece, count);
			assert_memory_equal(piece, sound + at, count * sizeof *piece);
		}
		for (size_t i = 1; i < RATE_HZ; i++)
			steepest = fmaxf(steepest, fabsf(sound[i] - sound[i - 1]));
		const float loud = powf(10, (kind == TONE_LINE_UP ? TONE_LINE_UP_DB : TONE_ATTENTION_DB) / 20);
		assert_true(steepest < loud * 1.5f * 2 * (float)M_PI * 1000 / RATE_HZ);
	}
}

static void attention_has_two_tones_in_turn(void **state)
{
	(void)state;
	struct tone tone;
	tone_start(&tone, TONE_ATTENTION);
	tone_make(&tone, sound, RATE_HZ * 2);
	for (size_t turn = 1; turn < 8; turn++) {
		const double low = power_at(800, turn * 12000, 12000), high = power_at(1000, turn * 12000, 12000);
		assert_true(turn % 2 == 0 ? low > 100 * high : high > 100 * low);
	}
	assert_true(peak(0, RATE_HZ * 2) <= powf(10, TONE_ATTENTION_DB / 20));
}

/* After weeks of line-up tone the pitch is still that of the first second. */
static void phase_does_not_drift(void **state)
{
	(void)state;
	struct tone tone;
	tone_start(&tone, TONE_LINE_UP);
	tone.at = (uint64_t)RATE_HZ * 3600 * 24 * 60;
	tone_make(&tone, sound, 960);
	tone.at = RATE_HZ;
	tone_make(&tone, sound + 960, 960);
	assert_memory_equal(sound, sound + 960, 960 * sizeof *sound);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_up_is_a_kilohertz_at_minus_18),
		cmocka_unit_test(the_start_is_soft),
		cmocka_unit_test(no_seam_anywhere),
		cmocka_unit_test(attention_has_two_tones_in_turn),
		cmocka_unit_test(phase_does_not_drift),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
