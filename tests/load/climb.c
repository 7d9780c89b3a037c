/* The climb: more and more listeners, until one step is bad or all are there.
 *
 *   search_next --> gather or shrink --> settle --> [ window: tally, vitals ] --> struct step --> judge --> search_take
 *       ^                                              |  in doubt: the same once more              |
 *       +----------------------------------------------+--------------------------------------------+
 *
 * Called by bench.c. What counts as bad, and why, is judge.c's; what a listener does is member.c's. This file only measures.
 */
#include "load/bench.h"
#include "load/judge.h"
#include "load/vitals.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_AGAIN_US 2000000 /* after an overload: the server has a backlog to work off */
#define DRAIN_US        200000  /* what came while the server was asked for its /metrics */
#define NEAR_US         20000   /* one clock: the first packet of all is not later than this after its beat */
#define ROOM_TO_ASK     2       /* connections that are given up to ask a full server why */

struct climb {
	const struct bench *bench;
	struct swarm *swarm;
	struct search search;
	struct step limit; /* the smallest step that was bad */
	bool limited;
	json_t *steps;
};

/* ---- one step ---- */

/* Whether server and listeners read one clock: on one machine, unless its time of day was set between their starts. */
static void choose_clock(struct climb *climb)
{
	int64_t shortest_us = swarm_shortest_us(climb->swarm);
	if (!climb->bench->here || shortest_us < 0 || shortest_us > NEAR_US)
		swarm_count_relative(climb->swarm);
}

static void bring(struct climb *climb, unsigned listeners)
{
	swarm_shrink(climb->swarm, listeners);
	swarm_gather(climb->swarm, listeners, climb->bench->ramp_per_s, BENCH_PATIENCE_US);
	swarm_hear(climb->swarm, climb->limited ? SETTLE_AGAIN_US : (uint64_t)(climb->bench->settle_s * 1e6));
	if (climb->search.good == 0)
		choose_clock(climb);
}

static void take_tally(struct step *step, const struct tally *tally)
{
	step->listening = tally->listening;
	step->closed = tally->closed;
	step->refused = step->listeners - tally->listening - tally->closed;
	step->paused = tally->paused;
	step->packets = tally->packets;
	step->bytes = tally->bytes;
	step->lost = tally->lost + tally->overdue;
	step->doubled = tally->doubled;
	step->late = delays_over(&tally->delays, UINT64_C(1000) * step->late_ms);
	step->delay_p50_ms = (double)delays_at_us(&tally->delays, 0.5) / 1e3;
	step->delay_p99_ms = (double)delays_at_us(&tally->delays, 0.99) / 1e3;
	step->longest_pause_ms = (double)tally->longest_pause_us / 1e3;
	text_print(step->reason, sizeof step->reason, "%s", tally->reason);
}

static void take_vitals(struct step *step, const struct vitals *a, const struct vitals *b)
{
	double seconds = (double)(b->at_us - a->at_us) / 1e6, processors_s = b->processors_s - a->processors_s;
	step->own_cpu = (b->own_cpu_s - a->own_cpu_s) / seconds;
	step->machine_busy = processors_s > 0 ? (b->busy_s - a->busy_s) / processors_s : 0;
	step->known = a->known && b->known && b->beats > a->beats;
	if (!step->known)
		return;
	step->server_cpu = (b->cpu_s - a->cpu_s) / seconds;
	step->loops = b->loops;
	step->late_beats = 1 - (b->punctual - a->punctual) / (b->beats - a->beats);
	step->beats_skipped = b->beats_skipped - a->beats_skipped;
	step->packets_skipped = b->packets_skipped - a->packets_skipped;
}

/* Why some were not let in: a server that is full answers nobody, so some leave first. They come again in the next step. */
static void ask_for_refusals(struct climb *climb, struct step *step, const struct vitals *came)
{
	struct vitals now;
	swarm_shrink(climb->swarm, step->listening > ROOM_TO_ASK ? step->listening - ROOM_TO_ASK : 0);
	swarm_hear(climb->swarm, DRAIN_US);
	vitals_read(&now, &climb->bench->target);
	step->refused_full = now.refused_full - came->refused_full;
	step->refused_files = now.refused_files - came->refused_files;
}

static void measure(struct climb *climb, struct step *step)
{
	struct vitals before, after;
	vitals_read(&before, &climb->bench->target);
	swarm_hear(climb->swarm, DRAIN_US);
	swarm_count_anew(climb->swarm);
	uint64_t began_us = clock_us();
	swarm_hear(climb->swarm, (uint64_t)(climb->bench->seconds * 1e6));
	step->seconds = (double)(clock_us() - began_us) / 1e6;
	take_tally(step, swarm_tally(climb->swarm));
	step->own_lag_ms = (double)swarm_lag_us(climb->swarm) / 1e3;
	vitals_read(&after, &climb->bench->target);
	take_vitals(step, &before, &after);
}

/* ---- telling ---- */

static json_t *step_json(const struct step *s)
{
	json_t *json = json_pack(
		"{s:i,s:i,s:i,s:i,s:i,s:I,s:I,s:I,s:I,s:f,s:f,s:f,s:f,s:f,s:s,s:s}", "listeners", (int)s->listeners, "listening",
		(int)s->listening, "refused", (int)s->refused, "closed", (int)s->closed, "paused", (int)s->paused, "packets",
		(json_int_t)s->packets, "lost", (json_int_t)s->lost, "doubled", (json_int_t)s->doubled, "late", (json_int_t)s->late,
		"delay_p50_ms", s->delay_p50_ms, "delay_p99_ms", s->delay_p99_ms, "longest_pause_ms", s->longest_pause_ms, "own_cpu",
		s->own_cpu, "own_lag_ms", s->own_lag_ms, "fault", judge_fault_word(judge_fault(s)), "cause",
		judge_cause_word(judge_cause(s)));
	if (s->known)
		json_object_set_new(json, "server", json_pack("{s:f,s:f,s:f,s:f,s:f}", "cpu", s->server_cpu, "loops", s->loops,
							      "late_beats", s->late_beats, "beats_skipped", s->beats_skipped,
							      "packets_skipped", s->packets_skipped));
	return json;
}

static void tell_head(const struct bench *bench)
{
	if (bench->json)
		return;
	printf("%u listeners at %s, room %s, %u channel%s, each step for %g s\n\n", bench->listeners, bench->target.host,
	       bench->swarm.room, bench->swarm.channels, bench->swarm.channels == 1 ? "" : "s", bench->seconds);
	puts("listeners  delay p50        p99     late     lost  longest pause  server  this program");
}

static void tell_step(struct climb *climb, const struct step *s, bool again)
{
	char server[16] = "?";
	double percent = s->packets > 0 ? 100.0 / (double)s->packets : 0;
	json_array_append_new(climb->steps, step_json(s));
	if (climb->bench->json)
		return;
	if (s->known)
		snprintf(server, sizeof server, "%.0f %%", s->server_cpu * 100);
	printf("%9u %7.1f ms %7.1f ms %6.2f %% %6.2f %% %11.0f ms %7s %11.0f %%", s->listening, s->delay_p50_ms, s->delay_p99_ms,
	       (double)s->late * percent, (double)(s->lost + s->doubled) * percent, s->longest_pause_ms, server, s->own_cpu * 100);
	if (s->refused > 0)
		printf("  %u turned away", s->refused);
	if (s->closed > 0)
		printf("  %u cut off", s->closed);
	puts(again ? "  once more" : judge_fault(s) != FAULT_NONE ? "  too many" : "");
	fflush(stdout);
}

static int tell_end(struct climb *climb)
{
	const struct bench *bench = climb->bench;
	const struct search *search = &climb->search;
	const struct step *limit = climb->limited ? &climb->limit : NULL;
	char sentence[1024];
	judge_say(sentence, sizeof sentence, search, limit, bench->here ? NULL : bench->target.host);
	if (bench->json)
		bench_print(json_pack("{s:i,s:i,s:b,s:s,s:s,s:s,s:O}", "listeners", (int)bench->listeners, "carries", (int)search->good,
				      "reached", limit == NULL, "fault", judge_fault_word(limit ? judge_fault(limit) : FAULT_NONE), "cause",
				      judge_cause_word(limit ? judge_cause(limit) : CAUSE_NONE), "sentence", sentence, "steps",
				      climb->steps));
	else
		printf("\n%s\n", sentence);
	return limit == NULL ? 0 : 1;
}

/* ---- the way up ---- */

/* A step of so many, with a second chance when a passing disturbance may have spoiled it. */
static void take_step(struct climb *climb, unsigned listeners, struct step *step)
{
	struct vitals came;
	vitals_read(&came, &climb->bench->target);
	bring(climb, listeners);
	for (int attempt = 0; attempt < 2; attempt++) {
		*step = (struct step){.listeners = listeners, .here = climb->bench->here, .late_ms = climb->bench->late_ms};
		measure(climb, step);
		if (step->refused > 0)
			ask_for_refusals(climb, step, &came);
		bool again = attempt == 0 && judge_doubts(judge_fault(step));
		tell_step(climb, step, again);
		if (!again)
			return;
		swarm_hear(climb->swarm, SETTLE_AGAIN_US);
	}
}

static void climb_up(struct climb *climb)
{
	struct step step;
	for (unsigned listeners; (listeners = search_next(&climb->search)) > 0;) {
		take_step(climb, listeners, &step);
		search_take(&climb->search, &step);
		if (judge_fault(&step) == FAULT_NONE)
			continue;
		climb->limit = step;
		climb->limited = true;
	}
}

int climb_run(const struct bench *bench)
{
	struct climb climb = {.bench = bench, .search = {.goal = bench->listeners, .first = bench->first}, .steps = json_array()};
	climb.swarm = bench_swarm(bench, bench->listeners, false, JUDGE_PAUSE(bench->late_ms) * 1000);
	int code = 2;
	if (climb.swarm != NULL) {
		tell_head(bench);
		climb_up(&climb);
		code = tell_end(&climb);
		swarm_free(climb.swarm);
	}
	json_decref(climb.steps);
	return code;
}
