/* What bench concludes from its numbers: whether a step was good, who was at an end, how many come next, and the last sentence. */
#include "load/judge.h"
#include "load/vitals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Five seconds of so many, in which nothing was wrong, of a server elsewhere that tells of itself. */
static struct step step_of(unsigned listeners)
{
	return (struct step){.listeners = listeners, .listening = listeners, .late_ms = 100, .packets = listeners * UINT64_C(250), .seconds = 5,
			     .bytes = listeners * UINT64_C(25000), .known = true, .loops = 1, .server_cpu = 0.4, .own_cpu = 0.3};
}

static struct step late(struct step step)
{
	step.late = step.packets / 48;
	return step;
}

static void assert_judged(struct step step, enum fault fault, enum cause cause)
{
	assert_string_equal(judge_fault_word(judge_fault(&step)), judge_fault_word(fault));
	assert_string_equal(judge_cause_word(judge_cause(&step)), judge_cause_word(cause));
}

static void what_listeners_notice(void **state)
{
	(void)state;
	struct step step = step_of(1000);
	assert_judged(step, FAULT_NONE, CAUSE_NONE);
	step.late = 250; /* one in a thousand is borne, and so are a lost one in ten thousand and one listener of a thousand who pauses */
	step.lost = 25;
	step.paused = 1;
	assert_judged(step, FAULT_NONE, CAUSE_NONE);
	step.paused = 2;
	assert_judged(step, FAULT_PAUSED, CAUSE_NETWORK);
	step.late = 251;
	assert_judged(step, FAULT_LATE, CAUSE_NETWORK);
	step.doubled = 1;
	assert_judged(step, FAULT_LOST, CAUSE_NETWORK);
	step.closed = 1;
	assert_judged(step, FAULT_CLOSED, CAUSE_NETWORK);
	step.refused = 1;
	assert_judged(step, FAULT_REFUSED, CAUSE_UNKNOWN);
	struct step mute = {.listeners = 5, .listening = 5, .late_ms = 100};
	assert_judged(mute, FAULT_LOST, CAUSE_UNKNOWN);
}

static void who_was_at_an_end(void **state)
{
	(void)state;
	struct step step = late(step_of(1000));
	step.late_beats = 0.02;
	assert_judged(step, FAULT_LATE, CAUSE_STALL);
	step.own_lag_ms = 60;
	assert_judged(step, FAULT_LATE, CAUSE_OURSELVES);
	step.own_lag_ms = 0;
	step.own_cpu = 0.95;
	assert_judged(step, FAULT_LATE, CAUSE_OURSELVES);
	step.machine_busy = 0.99; /* of a machine that the server is not on */
	assert_judged(step, FAULT_LATE, CAUSE_OURSELVES);
	step.here = true;
	assert_judged(step, FAULT_LATE, CAUSE_SHARED);
	step.server_cpu = 0.97;
	assert_judged(step, FAULT_LATE, CAUSE_SERVER);
	step.loops = 4; /* it has three processors left */
	assert_judged(step, FAULT_LATE, CAUSE_SHARED);
	step.known = false;
	step.here = false;
	step.own_cpu = 0.1;
	assert_judged(step, FAULT_LATE, CAUSE_UNKNOWN);
}

static void who_turned_them_away(void **state)
{
	(void)state;
	struct step step = step_of(100);
	step.listening = 20;
	step.refused = 80;
	step.refused_files = 80;
	assert_judged(step, FAULT_REFUSED, CAUSE_FILES);
	step.refused_full = 80;
	assert_judged(step, FAULT_REFUSED, CAUSE_SETTING);
	assert_false(judge_doubts(FAULT_REFUSED)); /* nothing to try again */
	assert_true(judge_doubts(FAULT_LATE));
}

/* Searches a server that carries `limit`; returns how many steps that took. */
static unsigned climb(struct search *search, unsigned limit)
{
	unsigned steps = 0;
	for (unsigned next; (next = search_next(search)) > 0; steps++) {
		assert_in_range(next, 1, search->goal);
		assert_true(next > search->good && (search->bad == 0 || next < search->bad)); /* never twice the same */
		struct step step = next <= limit ? step_of(next) : late(step_of(next));
		search_take(search, &step);
	}
	return steps;
}

static void the_goal_is_reached_by_doubling(void **state)
{
	(void)state;
	struct search search = {.goal = 5000, .first = 100};
	assert_int_equal(climb(&search, 100000), 7); /* 100, 200 ... 3200, 5000 */
	assert_int_equal(search.good, 5000);
	search = (struct search){.goal = 30, .first = 100};
	assert_int_equal(climb(&search, 100000), 1);
	assert_int_equal(search.good, 30);
}

static void the_limit_is_found_to_a_tenth(void **state)
{
	(void)state;
	for (unsigned limit = 0; limit < 5000; limit += limit < 50 ? 1 : 37) {
		struct search search = {.goal = 5000, .first = 100};
		assert_in_range(climb(&search, limit), 1, 12);
		assert_true(search.good <= limit && search.bad > limit);
		assert_true(search.bad - search.good <= 1 + search.good / 10);
	}
}

/* A server that takes 777 and no more: the first refusal shows it. */
static void a_full_server_shows_its_limit(void **state)
{
	(void)state;
	struct search search = {.goal = 5000, .first = 100};
	unsigned steps = 0;
	for (unsigned next; (next = search_next(&search)) > 0; steps++) {
		struct step step = step_of(next);
		if (next > 777) {
			step.listening = 777;
			step.refused = next - 777;
		}
		search_take(&search, &step);
	}
	assert_int_equal(search.good, 777);
	assert_int_equal(steps, 5); /* 100, 200, 400, 800, 777 */
}

static void assert_says(unsigned good, const struct step *limit, const char *host, const char *sentence)
{
	char said[1024];
	struct search search = {.goal = 5000, .first = 100, .good = good, .bad = limit != NULL ? limit->listeners : 0};
	judge_say(said, sizeof said, &search, limit, host);
	assert_string_equal(said, sentence);
}

static void the_sentence(void **state)
{
	(void)state;
	struct step step = late(step_of(3800));
	assert_says(5000, NULL, NULL, "this machine carries 5000 listeners");
	assert_says(5000, NULL, "hall:8080", "the machine at hall:8080 carries 5000 listeners");
	step.server_cpu = 1;
	assert_says(3456, &step, NULL, "this machine carries about 3400 listeners: beyond that, 2.1 % of packets came more than 100 ms late "
				       "(the server's processor is full)");
	assert_says(0, &step, NULL, "this machine does not carry 3800 listeners: 2.1 % of packets came more than 100 ms late "
				    "(the server's processor is full)");
	step.server_cpu = 0.3;
	assert_says(3456, &step, "hall:8080", "the machine at hall:8080 carries about 3400 listeners: beyond that, 2.1 % of packets came more "
					      "than 100 ms late (the server kept its beat, so it is the network: 152.0 Mbit/s came through)");
	step.own_cpu = 1;
	assert_says(3456, &step, "hall:8080", "the machine at hall:8080 carries at least 3400 listeners: beyond that, 2.1 % of packets came "
					      "more than 100 ms late (this computer was at its end before the server was: run this from a "
					      "faster one, or from two)");
	step = step_of(800);
	step.listening = 777;
	step.refused = 23;
	step.refused_full = 23;
	assert_says(777, &step, NULL, "this machine carries 777 listeners: beyond that, the server turned away 23 of 800 "
				      "(its settings allow no more: server: {connections: ...})");
}

static void vitals_are_read_from_metrics(void **state)
{
	(void)state;
	struct vitals vitals = {0};
	vitals_of_metrics(&vitals, "");
	assert_false(vitals.known);
	vitals_of_metrics(&vitals, "# TYPE boothcast_beats_total counter\nboothcast_beats_total 500\nboothcast_beats_total_other 9\n"
				   "boothcast_beat_lateness_seconds_bucket{le=\"0.005\"} 498\n"
				   "boothcast_beat_lateness_seconds_bucket{le=\"0.01\"} 499\n"
				   "boothcast_packets_skipped_total{room=\"a\",channel=\"0\"} 3\n"
				   "boothcast_packets_skipped_total{room=\"b\",channel=\"0\"} 4\n"
				   "boothcast_refused_total{reason=\"full\"} 7\nboothcast_refused_total{reason=\"slow\"} 70\n"
				   "process_cpu_seconds_total 1.25");
	assert_true(vitals.known);
	assert_true(vitals.beats == 500 && vitals.punctual == 498 && vitals.packets_skipped == 7 && vitals.refused_full == 7);
	assert_true(vitals.cpu_s == 1.25 && vitals.loops == 1 && vitals.refused_files == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_listeners_notice),
		cmocka_unit_test(who_was_at_an_end),
		cmocka_unit_test(who_turned_them_away),
		cmocka_unit_test(the_goal_is_reached_by_doubling),
		cmocka_unit_test(the_limit_is_found_to_a_tenth),
		cmocka_unit_test(a_full_server_shows_its_limit),
		cmocka_unit_test(the_sentence),
		cmocka_unit_test(vitals_are_read_from_metrics),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
