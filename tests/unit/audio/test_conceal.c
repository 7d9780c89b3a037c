/* Concealment: what is periodic goes on, what comes back does not click, and what stays away becomes silence in time. */
#include "audio/conceal.h"
#include "boothcast/frame.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define FRAME 960

/* A voice-like sound: a fundamental and falling harmonics. */
static float voice(double pitch_hz, size_t at)
{
	double sum = 0;
	for (int k = 1; k <= 12; k++)
		sum += sin(2 * M_PI * pitch_hz * k * (double)at / RATE_HZ + k * k) / k;
	return (float)(0.2 * sum);
}

static void put_voice(struct conceal *conceal, double pitch_hz, size_t *at, size_t frames)
{
	float frame[FRAME];
	for (size_t f = 0; f < frames; f++) {
		for (size_t i = 0; i < FRAME; i++)
			frame[i] = voice(pitch_hz, (*at)++);
		conceal_put(conceal, frame, FRAME);
	}
}

static float largest_step(const float *samples, size_t count, float before)
{
	float largest = 0;
	for (size_t i = 0; i < count; i++) {
		largest = fmaxf(largest, fabsf(samples[i] - before));
		before = samples[i];
	}
	return largest;
}

static void periodic_sound_goes_on(void **state)
{
	(void)state;
	static const double pitches[] = {85, 110.5, 150, 213.7, 300, 391};
	for (size_t p = 0; p < sizeof pitches / sizeof *pitches; p++) {
		struct conceal *conceal = conceal_new(RATE_HZ);
		size_t at = 0;
		put_voice(conceal, pitches[p], &at, 5);
		float made[FRAME], residual = 0, energy = 0;
		assert_int_equal(conceal_make(conceal, made, FRAME), CONCEAL_MADE);
		for (size_t i = 0; i < FRAME; i++) {
			const float real = voice(pitches[p], at++);
			residual += (real - made[i]) * (real - made[i]);
			energy += real * real;
		}
		print_message("pitch %.1f Hz: residual %.1f dB\n", pitches[p], 10 * log10(residual / energy));
		assert_true(residual < energy * 0.01f);
		conceal_free(conceal);
	}
}

static void joint_and_return_have_no_step(void **state)
{
	(void)state;
	struct conceal *conceal = conceal_new(RATE_HZ);
	size_t at = 0;
	float own = 0, before = voice(140, 0);
	for (size_t i = 1; i < RATE_HZ; i++) {
		own = fmaxf(own, fabsf(voice(140, i) - before));
		before = voice(140, i);
	}
	for (size_t gap = 1; gap <= 25; gap++) {
		put_voice(conceal, 140, &at, 4);
		before = voice(140, at - 1);
		float frame[FRAME];
		for (size_t f = 0; f < gap; f++, at += FRAME + 37) { /* what returns is out of phase */
			conceal_make(conceal, frame, FRAME);
			assert_true(largest_step(frame, FRAME, before) <= own * 1.1f);
			before = frame[FRAME - 1];
		}
		for (size_t i = 0; i < FRAME; i++)
			frame[i] = voice(140, at++);
		conceal_resume(conceal, frame, FRAME);
		assert_true(largest_step(frame, FRAME, before) <= own * 1.2f);
		assert_float_equal(frame[300], voice(140, at - FRAME + 300), 0); /* past the blend it is the real one */
		before = frame[FRAME - 1];
	}
	conceal_free(conceal);
}

/* A sound with no pitch leaves a step at the joint that must be smoothed away: a slope that never repeats. */
static void joint_of_unpitched_sound_is_smooth(void **state)
{
	(void)state;
	struct conceal *conceal = conceal_new(RATE_HZ);
	float frame[FRAME * 4];
	for (size_t i = 0; i < FRAME * 4; i++)
		frame[i] = (float)i / (FRAME * 8);
	conceal_put(conceal, frame, FRAME * 4);
	const float last = frame[FRAME * 4 - 1];
	conceal_make(conceal, frame, FRAME);
	assert_true(largest_step(frame, FRAME, last) < 0.01f);
	conceal_free(conceal);
}

static void fades_to_silence_in_time(void **state)
{
	(void)state;
	struct conceal *conceal = conceal_new(RATE_HZ);
	size_t at = 0;
	put_voice(conceal, 120, &at, 4);
	float made[FRAME], peak_before = 2;
	for (size_t ms = 0; ms < 600; ms += 20) {
		const enum conceal_state got = conceal_make(conceal, made, FRAME);
		assert_int_equal(got, ms < CONCEAL_MS ? CONCEAL_MADE : ms < FADE_OUT_MS ? CONCEAL_FADING : CONCEAL_SILENT);
		float peak = 0;
		for (size_t i = 0; i < FRAME; i++)
			peak = fmaxf(peak, fabsf(made[i]));
		if (ms < CONCEAL_MS)
			assert_true(peak > 0.2f);
		else if (ms < FADE_OUT_MS)
			assert_true(peak < peak_before);
		else
			assert_true(peak == 0);
		if (ms >= CONCEAL_MS)
			peak_before = peak;
	}
	conceal_free(conceal);
}

static void nothing_heard_is_silence_and_fades_in(void **state)
{
	(void)state;
	struct conceal *conceal = conceal_new(RATE_HZ);
	float frame[FRAME];
	assert_int_equal(conceal_make(conceal, frame, FRAME), CONCEAL_SILENT);
	for (size_t i = 0; i < FRAME; i++)
		assert_true(frame[i] == 0);
	for (size_t i = 0; i < FRAME; i++)
		frame[i] = 1;
	conceal_resume(conceal, frame, FRAME);
	assert_true(frame[0] < 0.01f && frame[120] > 0.4f && frame[120] < 0.6f && frame[240] == 1);
	conceal_free(conceal);
}

static void resume_without_a_gap_changes_nothing(void **state)
{
	(void)state;
	struct conceal *conceal = conceal_new(RATE_HZ);
	size_t at = 0;
	put_voice(conceal, 120, &at, 4);
	float frame[FRAME], same[FRAME];
	for (size_t i = 0; i < FRAME; i++)
		frame[i] = same[i] = voice(99, i);
	conceal_resume(conceal, frame, FRAME);
	assert_memory_equal(frame, same, sizeof frame);
	conceal_free(conceal);
}

/* Every rate that a publisher may have, odd pieces, silence and full-scale noise: finite and bounded. */
static void any_rate_and_any_piece(void **state)
{
	(void)state;
	static const unsigned rates[] = {8000, 11025, 16000, 44100, 48000, 96000, 192000};
	unsigned random = 1;
	for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
		struct conceal *conceal = conceal_new(rates[r]);
		float piece[5000] = {0};
		conceal_put(conceal, piece, 5000);
		conceal_make(conceal, piece, 100);
		for (size_t i = 0; i < 5000; i++)
			piece[i] = (float)((random = random * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1;
		conceal_resume(conceal, piece, 5000);
		for (size_t turn = 1; turn < 400; turn += 13) {
			conceal_make(conceal, piece, turn);
			for (size_t i = 0; i < turn; i++)
				assert_true(fabsf(piece[i]) <= 1);
			conceal_resume(conceal, piece, turn);
			conceal_put(conceal, piece, 0);
		}
		conceal_free(conceal);
	}
	conceal_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(periodic_sound_goes_on),
		cmocka_unit_test(joint_and_return_have_no_step),
		cmocka_unit_test(joint_of_unpitched_sound_is_smooth),
		cmocka_unit_test(fades_to_silence_in_time),
		cmocka_unit_test(nothing_heard_is_silence_and_fades_in),
		cmocka_unit_test(resume_without_a_gap_changes_nothing),
		cmocka_unit_test(any_rate_and_any_piece),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
