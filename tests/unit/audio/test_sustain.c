/* The sustained limit: what must pass untouched, and what must come down. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "audio/sustain.h"
#include "boothcast/frame.h"

#include <math.h>
#include <string.h>

#define SECOND RATE_HZ

static float sound[4 * SECOND], before[4 * SECOND];

static void make_sine(float amplitude, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		sound[i] = amplitude * (float)sin(2 * M_PI * 1000 * (double)i / RATE_HZ);
}

static void run(size_t count)
{
	struct sustain sustain = {0};
	memcpy(before, sound, sizeof before);
	for (size_t i = 0; i < count; i += 960)
		sustain_run(&sustain, sound + i, 960);
}

static double rms_db(const float *samples, size_t from, size_t to)
{
	double sum = 0;
	for (size_t i = from; i < to; i++)
		sum += (double)samples[i] * (double)samples[i];
	return 10 * log10(sum / (double)(to - from) + 1e-20);
}

static void loud_speech_passes_bit_by_bit(void **state)
{
	(void)state;
	/* syllables: 150 ms at -6 dBFS peaks, 100 ms of pause: louder than any interpreter should be */
	memset(sound, 0, sizeof sound);
	for (size_t at = 0; at + 7200 < SECOND; at += 12000)
		make_sine(0.4f, at, at + 7200);
	run(SECOND);
	assert_memory_equal(sound, before, SECOND * sizeof *sound);
}

static void a_burst_of_a_moment_passes(void **state)
{
	(void)state;
	memset(sound, 0, sizeof sound);
	make_sine(0.9f, 4800, 4800 + 960); /* 20 ms after silence */
	run(SECOND);
	assert_memory_equal(sound, before, SECOND * sizeof *sound);
}

static void howl_is_brought_down(void **state)
{
	(void)state;
	memset(sound, 0, sizeof sound);
	for (size_t i = 0; i < 2 * SECOND; i++) /* feedback: it grows by 6 dB each 50 ms until the input clips */
		sound[i] = fminf(1.0f, 0.001f * powf(2, (float)i / 2400)) * (float)sin(2 * M_PI * 1000 * (double)i / RATE_HZ);
	run(2 * SECOND);
	/* full scale is reached after half a second; 150 ms later it has come down to the limit, and stays there */
	assert_true(rms_db(before, SECOND * 65 / 100, 2 * SECOND) > -3.2);
	assert_true(rms_db(sound, SECOND * 70 / 100, SECOND * 80 / 100) < SUSTAIN_LIMIT_DB + 1.5);
	assert_true(fabs(rms_db(sound, SECOND, 2 * SECOND) - SUSTAIN_LIMIT_DB) < 0.2);
}

static void the_gain_has_no_step(void **state)
{
	(void)state;
	memset(sound, 0, sizeof sound);
	make_sine(1.0f, 0, 2 * SECOND);
	run(2 * SECOND);
	double largest = 2 * sin(M_PI * 1000.0 / RATE_HZ); /* of the sine itself, from sample to sample */
	for (size_t i = 1; i < 2 * SECOND; i++)
		assert_true(fabs((double)(sound[i] - sound[i - 1])) <= largest * 1.02);
}

static void it_recovers_slowly(void **state)
{
	(void)state;
	memset(sound, 0, sizeof sound);
	make_sine(1.0f, 0, SECOND);
	make_sine(0.1f, SECOND, 4 * SECOND);
	run(4 * SECOND);
	assert_true(rms_db(sound, SECOND * 110 / 100, SECOND * 115 / 100) < rms_db(before, SECOND * 110 / 100, SECOND * 115 / 100) - 3);
	assert_memory_equal(sound + 3 * SECOND, before + 3 * SECOND, SECOND * sizeof *sound);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loud_speech_passes_bit_by_bit),
		cmocka_unit_test(a_burst_of_a_moment_passes),
		cmocka_unit_test(howl_is_brought_down),
		cmocka_unit_test(the_gain_has_no_step),
		cmocka_unit_test(it_recovers_slowly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
