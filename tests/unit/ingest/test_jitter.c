/* Networks that delay: how much delay the FIFO adds, how it comes back after a stall, what is heard of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/ingest/simulation.h"

#include "ingest/fifo.h"

#include <stdio.h>

static struct sim a_sim(void)
{
	return (struct sim){.tone_hz = 500,
			    .tone_amplitude = 0.5,
			    .rate_hz = 48000,
			    .channels = 1,
			    .frame_us = 20000,
			    .beat_samples = 960,
			    .phase_us = 3000,
			    .random = 1};
}

static struct source_stats stats_of(const struct sim *sim)
{
	struct source_stats stats;
	source_stats(sim->source, &stats);
	return stats;
}

static void test_calm_adds_one_packet_and_some(void **state)
{
	(void)state;
	for (uint64_t phase_us = 500; phase_us < 20000; phase_us += 2500) {
		struct sim sim = a_sim();
		sim.phase_us = phase_us;
		sim_open(&sim);
		sim_run_ms(&sim, 20000);
		struct source_stats stats = stats_of(&sim);
		assert_int_equal(stats.state, SOURCE_LIVE);
		assert_int_equal(stats.late, 0);
		assert_true(stats.depth_ms > 20 && stats.depth_ms < 28);
		sim_close(&sim);
	}
}

static void test_first_sound_waits_for_the_target(void **state)
{
	(void)state;
	struct sim sim = a_sim();
	sim_open(&sim);
	/* the frame is complete after 3 + 20 ms; it may be late by the margin; the second beat after must play it */
	assert_int_equal(sim_beat(&sim), SOURCE_EMPTY);
	assert_int_equal(stats_of(&sim).silent_ms, UINT64_MAX);
	assert_int_equal(sim_beat(&sim), SOURCE_EMPTY);
	assert_int_equal(sim_beat(&sim), SOURCE_LIVE);
	assert_int_equal(stats_of(&sim).silent_ms, 0);
	sim_close(&sim);
}

static uint64_t delayed_0_to_60_ms(struct sim *sim, uint64_t sent_us)
{
	(void)sent_us;
	/* one value for each frame, however often it is asked */
	uint32_t x = (uint32_t)(sim->frames_sent * 2654435761u);
	x ^= x >> 15;
	x *= 2246822519u;
	x ^= x >> 13;
	return x % 60001;
}

static void test_random_delays(void **state)
{
	(void)state;
	struct sim sim = a_sim();
	sim.delay_us = delayed_0_to_60_ms;
	sim_open(&sim);
	sim_run_ms(&sim, 10000);
	struct source_stats before = stats_of(&sim);
	sim_run_ms(&sim, 120000);
	struct source_stats after = stats_of(&sim);
	print_message("0..60 ms: late %lu at first, then %lu in 2 minutes; delay %.1f ms, target %.1f\n",
		      (unsigned long)before.late, (unsigned long)(after.late - before.late), after.depth_ms, after.target_ms);
	assert_true(before.late <= 8);
	assert_true(after.late - before.late <= 2);
	assert_int_equal(after.dropped_ms, before.dropped_ms);
	/* in order, the mean of the delays is near their maximum: all that is needed is 60 ms, a frame, the margin */
	assert_true(after.depth_ms < 60 + 20 + 30);
	sim_close(&sim);
}

static uint64_t stalled_300_ms_every_4_s(struct sim *sim, uint64_t sent_us)
{
	uint64_t in_period_us = (sent_us - SIM_START_US) % 4000000;
	(void)sim;
	return in_period_us > 3700000 ? 4000000 - in_period_us : 2000;
}

static void test_stalls(void **state)
{
	(void)state;
	struct sim sim = a_sim();
	sim.delay_us = stalled_300_ms_every_4_s;
	sim_open(&sim);
	sim_run_ms(&sim, 3600);
	double calm_ms = stats_of(&sim).depth_ms;
	/* the stall: made up, fading, then live again with the burst */
	sim_run_ms(&sim, 200);
	assert_int_equal(stats_of(&sim).state, SOURCE_CONCEALED);
	sim_run_ms(&sim, 160);
	assert_int_equal(stats_of(&sim).state, SOURCE_FADING);
	sim_run_ms(&sim, 80);
	assert_int_equal(stats_of(&sim).state, SOURCE_LIVE);
	/* a second later the delay is back, plus what the margin has learnt */
	sim_run_ms(&sim, 2000);
	struct source_stats stats = stats_of(&sim);
	print_message("stall of 300 ms: delay %.1f before, %.1f two seconds after, %lu ms dropped\n", calm_ms, stats.depth_ms,
		      (unsigned long)stats.dropped_ms);
	assert_true(stats.dropped_ms >= 200 && stats.dropped_ms <= 300);
	assert_true(stats.depth_ms < calm_ms + 60);
	/* and it learns, within bounds */
	sim_run_ms(&sim, 120000);
	stats = stats_of(&sim);
	print_message("after 2 minutes of stalls: target %.1f\n", stats.target_ms);
	assert_true(stats.target_ms > 40 && stats.target_ms <= 220);
	sim_close(&sim);
}

static uint64_t stalled_once(struct sim *sim, uint64_t sent_us)
{
	uint64_t since_us = sent_us - SIM_START_US;
	(void)sim;
	return since_us > 3000000 && since_us < 3300000 ? 3300000 - since_us : 2000;
}

static void test_margin_is_forgotten(void **state)
{
	(void)state;
	struct sim sim = a_sim();
	sim.delay_us = stalled_once;
	sim_open(&sim);
	sim_run_ms(&sim, 5000);
	assert_true(stats_of(&sim).target_ms > 33);
	sim_run_ms(&sim, 180000);
	struct source_stats stats = stats_of(&sim);
	assert_true(stats.target_ms < 26);
	assert_true(stats.depth_ms < 28);
	sim_close(&sim);
}

static void test_cut_does_not_click(void **state)
{
	(void)state;
	struct sim sim = a_sim();
	double memory[2] = {0, 0}, worst = 0;
	sim.delay_us = stalled_once;
	sim_open(&sim);
	sim_run_ms(&sim, 3400);
	while (stats_of(&sim).dropped_ms == 0) {
		sim_beat(&sim);
		assert_true(sim.now_us < SIM_START_US + 6000000);
	}
	for (int i = 0; i < 60; i++) {
		double click = sim_click(sim.frame.sample, 960, 500, memory);
		if (i > 0)
			worst = fmax(worst, click);
		sim_beat(&sim);
	}
	/* cut anywhere without a fade, a tone of 0.5 would jump by up to 1; the fade and the best place leave its 200th */
	print_message("worst residual around the cut %.1e\n", worst);
	assert_true(worst < 5e-3);
	sim_close(&sim);
}

static uint64_t gone_after_2_s(struct sim *sim, uint64_t sent_us)
{
	(void)sim;
	return sent_us > SIM_START_US + 2000000 ? 100000000 : 0;
}

static void test_silent_ms_is_exact(void **state)
{
	(void)state;
	struct sim sim = a_sim();
	sim.delay_us = gone_after_2_s;
	sim_open(&sim);
	sim_run_ms(&sim, 2000);
	assert_int_equal(stats_of(&sim).silent_ms, 0);
	while (sim_beat(&sim) == SOURCE_LIVE)
		;
	uint64_t first = stats_of(&sim).silent_ms;
	assert_true(first <= 20);
	for (uint64_t beats = 1; beats <= 200; beats++) {
		enum source_state taken = sim_beat(&sim);
		uint64_t silent_ms = stats_of(&sim).silent_ms;
		assert_int_equal(silent_ms, first + beats * 20);
		/* the state is that of the frame's beginning: by room/README.md, "Lost links" */
		uint64_t began_ms = silent_ms - 20;
		assert_int_equal(taken, began_ms < 60 ? SOURCE_CONCEALED : began_ms < 400 ? SOURCE_FADING : SOURCE_EMPTY);
	}
	sim_close(&sim);
}

static void test_goes_on_after_an_outage(void **state)
{
	(void)state;
	struct sim sim = a_sim();
	sim_open(&sim);
	sim_run_ms(&sim, 2000);
	/* three seconds without beats' worth of sound: the frames are sent after it */
	for (int i = 0; i < 150; i++) {
		source_take(sim.source, &sim.frame, sim.now_us);
		sim.now_us += 20000;
	}
	assert_true(stats_of(&sim).silent_ms > 2900);
	sim_run_ms(&sim, 3000);
	struct source_stats stats = stats_of(&sim);
	assert_int_equal(stats.state, SOURCE_LIVE);
	assert_true(stats.depth_ms < 60);
	assert_true(stats.dropped_ms > 2500);
	sim_close(&sim);
}

static void test_late_beats(void **state)
{
	(void)state;
	struct sim sim = a_sim();
	struct frame frame;
	sim_open(&sim);
	/* the loop is busy: each beat comes 0 to 15 ms late, but the schedule stands */
	for (int i = 0; i < 500; i++) {
		uint64_t late_us = (uint64_t)(sim_random(&sim) * 15000);
		sim_deliver(&sim, sim.now_us + late_us);
		enum source_state taken = source_take(sim.source, &frame, sim.now_us + late_us);
		sim.now_us += 20000;
		assert_true(i < 3 || taken == SOURCE_LIVE);
	}
	assert_true(stats_of(&sim).depth_ms < 30);
	/* it hangs for 400 ms: then the beats are caught up at once, before the sockets are read */
	uint64_t woken_us = sim.now_us + 400000;
	for (int i = 0; i < 20; i++, sim.now_us += 20000)
		source_take(sim.source, &frame, woken_us);
	sim_run_ms(&sim, 2000);
	struct source_stats stats = stats_of(&sim);
	print_message("after a hang of 400 ms: delay %.1f, dropped %lu ms\n", stats.depth_ms, (unsigned long)stats.dropped_ms);
	assert_int_equal(stats.state, SOURCE_LIVE);
	assert_true(stats.depth_ms < 60);
	sim_close(&sim);
}

static void test_fifo_cut(void **state)
{
	(void)state;
	struct fifo fifo;
	float out[4800];
	fifo_init(&fifo, 9600);
	/* noise, a quiet place of 20 ms, noise, a quiet place, noise: what is cut must lie between the quiet places */
	for (int i = 0; i < 4800; i++) {
		bool quiet = (i > 960 && i < 1920) || (i > 2880 && i < 3840);
		out[i] = quiet ? 0 : (float)((i * 7919) % 200 - 100) / 100;
	}
	fifo_put(&fifo, out, 4800);
	assert_int_equal(fifo_cut(&fifo, 1920), 1920);
	assert_int_equal(fifo.count, 2880);
	float left[2880];
	assert_int_equal(fifo_take(&fifo, left, 2880), 2880);
	for (int i = 0; i <= 960; i++)
		assert_true(left[i] == out[i]);
	for (int i = 1920; i < 2880; i++)
		assert_true(left[i] == out[i + 1920]);
	assert_int_equal(fifo_cut(&fifo, 100), 0);
	fifo_free(&fifo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calm_adds_one_packet_and_some),
		cmocka_unit_test(test_first_sound_waits_for_the_target),
		cmocka_unit_test(test_random_delays),
		cmocka_unit_test(test_stalls),
		cmocka_unit_test(test_margin_is_forgotten),
		cmocka_unit_test(test_cut_does_not_click),
		cmocka_unit_test(test_silent_ms_is_exact),
		cmocka_unit_test(test_goes_on_after_an_outage),
		cmocka_unit_test(test_late_beats),
		cmocka_unit_test(test_fifo_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
