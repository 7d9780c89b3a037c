/* Every rate, mono and stereo, comes out at the right pitch and level; the highs are there; what folds back is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/ingest/simulation.h"

#include "ingest/rate.h"

#define HEARD 96000

/* Two seconds of a tone of 0.5 as they come out. Frames of 40 ms: a whole number of samples at every rate. */
static const float *hear(unsigned rate_hz, unsigned channels, double sent_hz)
{
	static float heard[HEARD];
	struct sim sim = {.tone_hz = sent_hz, .tone_amplitude = 0.5, .rate_hz = rate_hz, .channels = channels, .frame_us = 40000,
			  .beat_samples = 960, .phase_us = 5000};
	sim_open(&sim);
	sim_run_ms(&sim, 1000);
	for (size_t at = 0; at < HEARD; at += 960) {
		assert_int_equal(sim_beat(&sim), SOURCE_LIVE);
		memcpy(heard + at, sim.frame.sample, sizeof sim.frame.sample);
	}
	sim_close(&sim);
	return heard;
}

/* Level of what is heard at exactly `heard_hz` (within 0.3 Hz), against what was sent. */
static double pitch_db(unsigned rate_hz, unsigned channels, double sent_hz, double heard_hz)
{
	return 20 * log10(sim_amplitude(hear(rate_hz, channels, sent_hz), HEARD, heard_hz) / 0.5 + 1e-9);
}

/* Level of all that is heard, against what was sent. */
static double level_db(unsigned rate_hz, double sent_hz)
{
	const float *heard = hear(rate_hz, 1, sent_hz);
	double sum = 0;
	for (size_t i = 0; i < HEARD; i++)
		sum += heard[i] * heard[i];
	return 10 * log10(sum / HEARD / 0.125 + 1e-12);
}

static const unsigned rates_hz[] = {8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192000};

static void test_pitch_and_level(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rates_hz / sizeof *rates_hz; i++)
		for (unsigned channels = 1; channels <= 2; channels++) {
			/* the window of 2 s is 1 Hz wide: of a pitch 0.1 % off nothing would be found */
			double db = pitch_db(rates_hz[i], channels, 1000, 1000);
			if (fabs(db) >= 0.5)
				fail_msg("%u Hz, %u channels: %.2f dB", rates_hz[i], channels, db);
		}
}

static void test_highs(void **state)
{
	(void)state;
	for (double hz = 500; hz <= 15000; hz += 500) {
		double db = level_db(48000, hz);
		if (fabs(db) >= 1)
			fail_msg("%.0f Hz at 48 kHz: %.2f dB", hz, db);
	}
	assert_true(fabs(level_db(44100, 15000)) < 1);
	assert_true(fabs(level_db(96000, 15000)) < 1);
	assert_true(fabs(level_db(192000, 15000)) < 1);
}

static void test_nothing_folds_back(void **state)
{
	(void)state;
	assert_true(level_db(96000, 30000) < -60);
	assert_true(level_db(192000, 40000) < -60);
	assert_true(pitch_db(16000, 1, 3000, 13000) < -60);
}

static void test_ratio_changes_without_allocation_or_click(void **state)
{
	(void)state;
	/* crossing the nominal ratio in both directions, where the resampler's fraction would cancel; worst at whole ratios */
	for (size_t i = 0; i < sizeof rates_hz / sizeof *rates_hz; i++) {
		static float in[1920], out[4000];
		struct rate *rate = rate_new(rates_hz[i]);
		size_t piece = rates_hz[i] / 100;
		double memory[2] = {0, 0}, worst = 0, t = 0;
		for (int step = 0; step < 1000; step++) {
			if (step % 10 == 0)
				rate_set_ppm(rate, (double)((step / 10) % 21 - 10) * 3);
			for (size_t s = 0; s < piece; s++, t++)
				in[s] = 0.5f * (float)sin(2 * SIM_PI * 500 * t / rates_hz[i]);
			size_t used = piece;
			size_t made = rate_put(rate, in, &used, out, 4000);
			assert_int_equal(used, piece);
			double click = sim_click(out, made, 500, memory);
			if (step > 2)
				worst = fmax(worst, click);
		}
		rate_free(rate);
		if (worst >= 1e-4)
			fail_msg("%u Hz: %.1e", rates_hz[i], worst);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pitch_and_level),
		cmocka_unit_test(test_highs),
		cmocka_unit_test(test_nothing_folds_back),
		cmocka_unit_test(test_ratio_changes_without_allocation_or_click),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
