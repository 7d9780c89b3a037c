/* The limiter: never above the ceiling, unchanged below it, and not a crackle. */
#include "audio/limiter.h"
#include "boothcast/frame.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define FRAME 960

static const float ceiling = 0.8912509f; /* -1 dBFS */

static float random_sample(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (float)(*seed >> 8) / 8388608.0f - 1;
}

static void below_the_ceiling_nothing_changes(void **state)
{
	(void)state;
	struct limiter *limiter = limiter_new(LIMITER_CEILING_DB);
	static float in[FRAME * 50], out[FRAME * 50];
	uint32_t seed = 1;
	for (size_t i = 0; i < FRAME * 50; i++)
		in[i] = out[i] = 0.89f * random_sample(&seed);
	for (size_t f = 0; f < 50; f++)
		limiter_run(limiter, out + f * FRAME, FRAME);
	for (size_t i = 0; i < LIMITER_DELAY_SAMPLES; i++)
		assert_true(out[i] == 0);
	assert_memory_equal(out + LIMITER_DELAY_SAMPLES, in, sizeof in - LIMITER_DELAY_SAMPLES * sizeof *in);
	assert_true(limiter_take_reduction_db(limiter) == 0);
	limiter_free(limiter);
}

/* 0 dBFS at once after silence: the first sample of it is held down already, and the gain was lowered without a step. */
static void burst_after_silence(void **state)
{
	(void)state;
	struct limiter *limiter = limiter_new(LIMITER_CEILING_DB);
	float frame[FRAME] = {0}, peak = 0;
	limiter_run(limiter, frame, FRAME);
	for (size_t f = 0; f < 50; f++) {
		for (size_t i = 0; i < FRAME; i++)
			frame[i] = cosf(2 * (float)M_PI * (float)i / 48);
		limiter_run(limiter, frame, FRAME);
		for (size_t i = 0; i < FRAME; i++) {
			assert_true(fabsf(frame[i]) <= ceiling);
			peak = fmaxf(peak, fabsf(frame[i]));
		}
	}
	assert_true(peak > ceiling * 0.99f); /* no lower than needed */
	assert_float_equal(limiter_take_reduction_db(limiter), -1, 0.01);
	assert_true(limiter_take_reduction_db(limiter) > -1.01f);
	limiter_free(limiter);
}

static void never_above_whatever_comes(void **state)
{
	(void)state;
	static const float ceilings_db[] = {0, -1, -6, -20};
	for (size_t c = 0; c < 4; c++) {
		struct limiter *limiter = limiter_new(ceilings_db[c]);
		const float most = powf(10, ceilings_db[c] / 20);
		uint32_t seed = 7;
		float frame[FRAME];
		for (size_t f = 0; f < 300; f++) {
			const size_t count = 1 + (seed >> 8) % FRAME;
			const float loud = powf(10, random_sample(&seed) * 2); /* -40 .. +40 dBFS */
			for (size_t i = 0; i < count; i++)
				frame[i] = random_sample(&seed) * ((seed >> 20) % 50 == 0 ? loud : 0.1f);
			limiter_run(limiter, frame, count);
			for (size_t i = 0; i < count; i++)
				assert_true(fabsf(frame[i]) <= most);
		}
		limiter_free(limiter);
	}
}

/* A quiet tone under a bang: it dips and returns without a step that it does not have, and is itself again within a second. */
static void the_gain_moves_smoothly_and_returns(void **state)
{
	(void)state;
	struct limiter *limiter = limiter_new(LIMITER_CEILING_DB);
	static float in[RATE_HZ * 2], out[RATE_HZ * 2];
	for (size_t i = 0; i < RATE_HZ * 2; i++)
		in[i] = 0.2f * sinf(2 * (float)M_PI * 200 * (float)i / RATE_HZ);
	in[RATE_HZ / 2] = 4;
	memcpy(out, in, sizeof in);
	for (size_t i = 0; i < RATE_HZ * 2; i += FRAME)
		limiter_run(limiter, out + i, FRAME);
	const size_t bang = RATE_HZ / 2 + LIMITER_DELAY_SAMPLES;
	const float own = 0.2f * 2 * (float)M_PI * 200 / RATE_HZ, of_gain = 0.2f / 128;
	for (size_t i = LIMITER_DELAY_SAMPLES + 1; i < RATE_HZ * 2; i++) {
		if (i != bang && i != bang + 1)
			assert_true(fabsf(out[i] - out[i - 1]) <= own + of_gain);
	}
	assert_true(fabsf(out[bang]) > 0.88f && out[bang] <= ceiling);
	assert_memory_equal(out + RATE_HZ * 3 / 2 + LIMITER_DELAY_SAMPLES, in + RATE_HZ * 3 / 2, 20000 * sizeof *in);
	limiter_free(limiter);
}

static void what_is_no_number_does_no_harm(void **state)
{
	(void)state;
	struct limiter *limiter = limiter_new(LIMITER_CEILING_DB);
	float frame[FRAME] = {0};
	frame[3] = NAN;
	frame[5] = INFINITY;
	frame[6] = -INFINITY;
	frame[700] = 0.5f;
	limiter_run(limiter, frame, FRAME);
	for (size_t i = 0; i < FRAME; i++)
		assert_true(frame[i] == (i == 700 + LIMITER_DELAY_SAMPLES ? 0.5f : 0));
	limiter_free(limiter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(below_the_ceiling_nothing_changes),
		cmocka_unit_test(burst_after_silence),
		cmocka_unit_test(never_above_whatever_comes),
		cmocka_unit_test(the_gain_moves_smoothly_and_returns),
		cmocka_unit_test(what_is_no_number_does_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
