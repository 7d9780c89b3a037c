/* The measure of jitter.h.
 *
 *   plan      when each piece of sound will be played, as due time of the next beat minus sound played so far
 *   lateness  plan - delay, at each arrival; its maximum per bucket is remembered
 *   excess    (plan now - greatest lateness) - target
 *
 * When a beat finds nothing and makes sound up, the plan grows by a beat; when sound is cut, it shrinks: lateness does not change,
 * and the excess is right at once. Beats come late when the machine is busy but never early, so the schedule follows the earliest.
 * Called by source.c (beats) and feed.c (arrivals). It decides nothing: source.c does. */
#include "ingest/jitter.h"

#include <math.h>
#include <stddef.h>

#define BEAT_LATE_MAX_MS    600.0  /* beats that come later were skipped and not caught up (BEATS_LATE_MAX): a new schedule */
#define MARGIN_MAX_MS       200.0  /* more delay than this is worse than a gap now and then */
#define MARGIN_STEP_MS      10.0   /* when it ran dry */
#define MARGIN_DECAY_MS     60000.0 /* time constant of the way back */
#define DELAY_SMOOTH_MS     400.0  /* time constant: a mean of about the last second */
#define QUICK_BUCKETS       3      /* the newest, which is being filled, and two whole ones */
#define NOTHING             (-INFINITY)

void jitter_init(struct jitter *jitter, double beat_ms)
{
	*jitter = (struct jitter){.beat_ms = beat_ms};
	jitter_restart(jitter, 0);
}

void jitter_forget(struct jitter *jitter)
{
	for (size_t i = 0; i < JITTER_BUCKETS; i++)
		jitter->latest[i] = NOTHING;
}

void jitter_restart(struct jitter *jitter, double margin_ms)
{
	jitter->margin_ms = jitter->margin_min_ms = margin_ms;
	jitter->newest_ms = jitter->delay_ms = 0;
	jitter_forget(jitter);
}

static void move_to_bucket(struct jitter *jitter, uint64_t now_us)
{
	uint64_t bucket = now_us / (JITTER_BUCKET_MS * 1000);
	if (bucket <= jitter->bucket)
		return;
	if (bucket - jitter->bucket > JITTER_BUCKETS)
		jitter->bucket = bucket - JITTER_BUCKETS;
	while (jitter->bucket < bucket)
		jitter->latest[++jitter->bucket % JITTER_BUCKETS] = NOTHING;
}

void jitter_beat(struct jitter *jitter, uint64_t now_us)
{
	double now_ms = (double)now_us / 1000;
	double before_ms = jitter->due_ms;
	move_to_bucket(jitter, now_us);
	if (!jitter->ticking || now_ms < jitter->due_ms || now_ms > jitter->due_ms + BEAT_LATE_MAX_MS) {
		jitter->due_ms = now_ms;
		jitter->ticking = true;
	}
	jitter->due_ms += jitter->beat_ms;
	jitter->plan_ms += jitter->due_ms - before_ms;
	jitter->delay_ms += (jitter->newest_ms - jitter->delay_ms) * (jitter->beat_ms / DELAY_SMOOTH_MS);
	jitter->margin_ms -= (jitter->margin_ms - jitter->margin_min_ms) * (jitter->beat_ms / MARGIN_DECAY_MS);
}

void jitter_played(struct jitter *jitter, double ms)
{
	jitter->plan_ms -= ms;
}

double jitter_delay_ms(const struct jitter *jitter, double waiting_ms, uint64_t now_us)
{
	return jitter->ticking ? waiting_ms + jitter->due_ms - (double)now_us / 1000 : waiting_ms;
}

void jitter_arrived(struct jitter *jitter, double delay_ms, uint64_t now_us)
{
	if (!jitter->ticking)
		return; /* without a schedule there is no lateness */
	move_to_bucket(jitter, now_us);
	double *latest = &jitter->latest[jitter->bucket % JITTER_BUCKETS];
	*latest = fmax(*latest, jitter->plan_ms - delay_ms);
	if (jitter->newest_ms == 0)
		jitter->delay_ms = delay_ms;
	jitter->newest_ms = delay_ms;
}

void jitter_ran_dry(struct jitter *jitter)
{
	jitter->margin_ms = fmin(jitter->margin_ms + MARGIN_STEP_MS, MARGIN_MAX_MS);
}

double jitter_target_ms(const struct jitter *jitter)
{
	return jitter->beat_ms + jitter->margin_ms;
}

double jitter_excess_ms(const struct jitter *jitter)
{
	double latest = NOTHING;
	for (size_t i = 0; i < JITTER_BUCKETS; i++)
		latest = fmax(latest, jitter->latest[i]);
	return latest == NOTHING ? 0 : jitter->plan_ms - latest - jitter_target_ms(jitter);
}

double jitter_quick_excess_ms(const struct jitter *jitter)
{
	double latest = NOTHING;
	for (uint64_t i = 0; i < QUICK_BUCKETS; i++) {
		double one = jitter->latest[(jitter->bucket - i) % JITTER_BUCKETS];
		if (one == NOTHING && i > 0)
			return jitter_excess_ms(jitter);
		latest = fmax(latest, one);
	}
	return jitter->plan_ms - latest - jitter_target_ms(jitter);
}

void jitter_forget_old(struct jitter *jitter)
{
	for (uint64_t i = QUICK_BUCKETS; i < JITTER_BUCKETS; i++)
		jitter->latest[(jitter->bucket - i) % JITTER_BUCKETS] = NOTHING;
}
