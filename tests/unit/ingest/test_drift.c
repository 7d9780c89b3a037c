/* Ten minutes of a sender whose clock runs fast or slow: nothing is missing, nothing is thrown away, nothing clicks, and the
 * delay stays where it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/ingest/simulation.h"

#include <stdio.h>

#define MINUTES 10

struct outcome {
	double click, least_ms, most_ms, mean_ms;
	struct source_stats stats;
};

/* Runs for MINUTES; clicks and delays are judged after the first second. */
static void run(struct sim *sim, struct outcome *outcome)
{
	double memory[2] = {0, 0}, sum_ms = 0;
	unsigned beats = MINUTES * 60 * 48000 / sim->beat_samples, settled = 48000 / sim->beat_samples;
	*outcome = (struct outcome){.least_ms = 1e9};
	sim_open(sim);
	for (unsigned i = 0; i < beats; i++) {
		enum source_state state = sim_beat(sim);
		double click = sim_click(sim->frame.sample, sim->beat_samples, sim->tone_hz, memory);
		if (i < settled)
			continue;
		assert_int_equal(state, SOURCE_LIVE);
		source_stats(sim->source, &outcome->stats);
		outcome->click = fmax(outcome->click, click);
		outcome->least_ms = fmin(outcome->least_ms, outcome->stats.depth_ms);
		outcome->most_ms = fmax(outcome->most_ms, outcome->stats.depth_ms);
		sum_ms += outcome->stats.depth_ms;
	}
	outcome->mean_ms = sum_ms / (beats - settled);
	sim_close(sim);
	print_message("%+.0f ppm, frames of %u us: click %.1e, delay %.1f..%.1f ms, mean %.1f, clock seen as %+.0f ppm\n", sim->ppm,
		      sim->frame_us, outcome->click, outcome->least_ms, outcome->most_ms, outcome->mean_ms,
		      outcome->stats.drift_ppm);
}

static void drift_is_absorbed(double ppm, unsigned frame_us, unsigned rate_hz, unsigned beat_samples)
{
	struct sim sim = {.tone_hz = 500,
			  .tone_amplitude = 0.5,
			  .rate_hz = rate_hz,
			  .channels = 1,
			  .frame_us = frame_us,
			  .beat_samples = beat_samples,
			  .ppm = ppm,
			  .phase_us = 7300};
	struct outcome outcome;
	double beat_ms = beat_samples / 48.0;
	run(&sim, &outcome);
	assert_int_equal(outcome.stats.late, 0);
	assert_int_equal(outcome.stats.dropped_ms, 0);
	/* a step of 1e-3 of full scale would be a residual of 1e-3; 16-bit rounding and 300 ppm of pitch make 1.3e-4 */
	assert_true(outcome.click < 4e-4);
	assert_true(outcome.least_ms > beat_ms);
	assert_true(outcome.most_ms < beat_ms + 12);
	assert_true(outcome.mean_ms < beat_ms + 8);
	assert_true(fabs(outcome.stats.drift_ppm - ppm) < 30);
}

static void test_fast(void **state)
{
	(void)state;
	drift_is_absorbed(300, 20000, 48000, 960);
}

static void test_slow(void **state)
{
	(void)state;
	drift_is_absorbed(-300, 20000, 48000, 960);
}

static void test_no_drift(void **state)
{
	(void)state;
	drift_is_absorbed(0, 20000, 48000, 960);
}

static void test_other_frames(void **state)
{
	(void)state;
	drift_is_absorbed(300, 10000, 16000, 960);
	drift_is_absorbed(-300, 60000, 44100, 960);
	drift_is_absorbed(-300, 20000, 48000, 480);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fast),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_no_drift),
		cmocka_unit_test(test_other_frames),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
