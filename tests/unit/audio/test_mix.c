/* Fades and sums: exact at rest, on time, and never a step that the sound itself does not have. */
#include "audio/mix.h"
#include "boothcast/frame.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FRAME 960

static void ones(float *to, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = 1;
}

static void a_gain_of_one_adds_bit_by_bit(void **state)
{
	(void)state;
	float from[FRAME], to[FRAME] = {0};
	for (size_t i = 0; i < FRAME; i++)
		from[i] = sinf((float)i * 0.37f);
	struct fader linear = {.gain = 1, .target = 1}, power = {.gain = 1, .target = 1, .equal_power = true};
	mix_add(to, from, FRAME, &linear);
	assert_memory_equal(to, from, sizeof to);
	memset(to, 0, sizeof to);
	mix_add(to, from, FRAME, &power);
	assert_memory_equal(to, from, sizeof to);
}

static void silence_adds_nothing(void **state)
{
	(void)state;
	float from[FRAME], to[FRAME] = {0}, zero[FRAME] = {0};
	ones(from, FRAME);
	struct fader fader = {0};
	assert_true(fader_silent(&fader));
	mix_add(to, from, FRAME, &fader);
	assert_memory_equal(to, zero, sizeof to);
	fader_to(&fader, 1, 100);
	assert_false(fader_silent(&fader));
}

/* Arrives at the very sample, however the beats cut the way. */
static void fades_take_the_time_they_are_given(void **state)
{
	(void)state;
	static const size_t ways[] = {1, 2, 7, 480, 959, 960, 961, 1440, 14400, 144000};
	for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
		for (int arrive = 0; arrive < 2; arrive++) {
			struct fader fader = {.gain = arrive ? 0.3f : 0, .target = 0};
			if (arrive)
				fader_arrive(&fader, 1, ways[w]);
			else
				fader_to(&fader, 1, ways[w]);
			const float one[1] = {1};
			float before = fader.gain;
			for (size_t i = 1; i <= ways[w]; i++) {
				float out[1] = {0};
				mix_add(out, one, 1, &fader);
				assert_true(i < ways[w] ? out[0] < 1 && out[0] >= before : out[0] == 1);
				before = out[0];
			}
			assert_true(fader.step == 0 && fader.gain == 1);
		}
	}
}

static void half_a_way_takes_half_the_time(void **state)
{
	(void)state;
	float from[FRAME], to[FRAME] = {0};
	ones(from, FRAME);
	struct fader fader = {.gain = 0.5f, .target = 0.5f};
	fader_to(&fader, 0, 400);
	mix_add(to, from, FRAME, &fader);
	assert_true(to[197] > 0);
	assert_true(to[201] == 0);
	assert_true(fader_silent(&fader));
}

static void zero_samples_is_a_jump(void **state)
{
	(void)state;
	struct fader fader = {0};
	fader_to(&fader, 0.7f, 0);
	assert_true(fader.gain == 0.7f && fader.step == 0);
	fader_arrive(&fader, 0, 0);
	assert_true(fader_silent(&fader));
}

/* A fade that turns round half-way, over frame borders: no step larger than the sound's own and that of the gain. */
static void no_step_that_the_sound_does_not_have(void **state)
{
	(void)state;
	for (int equal_power = 0; equal_power < 2; equal_power++) {
		struct fader fader = {.equal_power = equal_power != 0};
		const float own = 0.9f * 2 * sinf((float)M_PI * 440 / RATE_HZ), of_gain = 0.9f * (float)M_PI_2 / 480;
		float before = 0;
		size_t at = 0;
		for (size_t beat = 0; beat < 40; beat++) {
			float from[FRAME], to[FRAME] = {0};
			for (size_t i = 0; i < FRAME; i++)
				from[i] = 0.9f * sinf(2 * (float)M_PI * 440 * (float)(at++ % 4800) / RATE_HZ);
			if (beat % 3 == 0)
				fader_to(&fader, beat % 2 == 0 ? 1 : 0, beat % 4 == 0 ? 480 : 4000);
			mix_add(to, from, FRAME, &fader);
			for (size_t i = 0; i < FRAME; i++) {
				assert_true(fabsf(to[i] - before) <= own + of_gain + 1e-5f);
				before = to[i];
			}
		}
	}
}

/* Two unlike voices of equal loudness cross in 40 ms: their power together stays within a tenth of a decibel. */
static void equal_power_keeps_the_power(void **state)
{
	(void)state;
	struct fader out = {.gain = 1, .target = 1, .equal_power = true}, in = {.equal_power = true};
	fader_to(&out, 0, 1920);
	fader_to(&in, 1, 1920);
	float one[1] = {1};
	for (size_t i = 0; i < 1920; i++) {
		float a[1] = {0}, b[1] = {0};
		mix_add(a, one, 1, &out);
		mix_add(b, one, 1, &in);
		assert_float_equal(a[0] * a[0] + b[0] * b[0], 1, 0.01);
	}
	assert_true(fader_silent(&out) && in.gain == 1);
}

/* Another curve in the middle of a way: what is heard goes on without a step. */
static void curve_changes_without_a_step(void **state)
{
	(void)state;
	float ones_[100], before[100] = {0}, after[1] = {0};
	ones(ones_, 100);
	for (int to_power = 0; to_power < 2; to_power++) {
		struct fader fader = {.equal_power = to_power == 0};
		fader_to(&fader, 1, 300);
		memset(before, 0, sizeof before);
		memset(after, 0, sizeof after);
		mix_add(before, ones_, 100, &fader);
		fader_curve(&fader, to_power == 1);
		fader_arrive(&fader, 0, 10000);
		mix_add(after, ones_, 1, &fader);
		assert_float_equal(after[0], before[99], 0.001);
	}
}

static void ceiling_holds_and_is_soft(void **state)
{
	(void)state;
	float before = 0;
	for (float x = 0; x < 10; x += 0.001f) {
		float pair[2] = {x, -x};
		mix_ceiling(pair, 2, 0.9f);
		assert_true(pair[0] == -pair[1] && pair[0] <= 0.9f);
		assert_true(pair[0] >= before && pair[0] - before <= 0.0011f);
		if (x < 0.71f)
			assert_true(pair[0] == x);
		before = pair[0];
	}
	float huge[2] = {INFINITY, -INFINITY};
	mix_ceiling(huge, 2, 0.9f);
	assert_true(huge[0] == 0.9f && huge[1] == -0.9f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gain_of_one_adds_bit_by_bit),
		cmocka_unit_test(silence_adds_nothing),
		cmocka_unit_test(fades_take_the_time_they_are_given),
		cmocka_unit_test(half_a_way_takes_half_the_time),
		cmocka_unit_test(zero_samples_is_a_jump),
		cmocka_unit_test(no_step_that_the_sound_does_not_have),
		cmocka_unit_test(equal_power_keeps_the_power),
		cmocka_unit_test(curve_changes_without_a_step),
		cmocka_unit_test(ceiling_holds_and_is_soft),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
