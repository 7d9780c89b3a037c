/* How late a source's sound comes, and how long it should therefore wait. Numbers only: no sound, no clock of its own.
 *
 *   delay    how long a piece of sound waits from its arrival until the beat reaches it. As long as it is at least one beat for
 *            every piece, no beat finds too little (proof: when a beat at time t runs short, the missing sample is due within
 *            one beat from t and arrives after t).
 *   target   one beat and the margin; the least delay of the last seconds should be there
 *   margin   starts small, grows when the source ran dry, decays slowly
 *
 * Delays are remembered as lateness against the plan of playing, so that the memory stays right when sound is made up or cut.
 */
#ifndef INGEST_JITTER_H
#define INGEST_JITTER_H

#include <stdbool.h>
#include <stdint.h>

#define JITTER_BUCKETS    16  /* the memory: 4 s in pieces of JITTER_BUCKET_MS */
#define JITTER_BUCKET_MS  250

struct jitter {
	double beat_ms;
	/* the plan of playing */
	bool ticking;          /* a beat has been seen */
	double due_ms;         /* when the next beat should come */
	double plan_ms;        /* grows with each beat, shrinks with each piece played: plan - lateness = delay */
	/* lateness of arrivals: the largest of each bucket */
	double latest[JITTER_BUCKETS];
	uint64_t bucket;       /* number of the newest, time / JITTER_BUCKET_MS */
	/* what follows */
	double margin_ms, margin_min_ms;
	/* for the statistics */
	double newest_ms;      /* delay of the newest arrival */
	double delay_ms;       /* the same, smoothed over about a second */
};

/* `beat_ms` 10 or 20. */
void jitter_init(struct jitter *jitter, double beat_ms);
/* Forgets what arrived: somebody else publishes, or after a long silence. The margin starts at `margin_ms` and never goes below. */
void jitter_restart(struct jitter *jitter, double margin_ms);
/* Forgets arrivals but keeps the margin. */
void jitter_forget(struct jitter *jitter);
/* A beat comes: the schedule moves on by one beat. */
void jitter_beat(struct jitter *jitter, uint64_t now_us);
/* So much of the waiting sound was played or thrown away. */
void jitter_played(struct jitter *jitter, double ms);
/* The delay that sound arriving now will have behind `waiting_ms` of other sound. */
double jitter_delay_ms(const struct jitter *jitter, double waiting_ms, uint64_t now_us);
/* Sound arrives, with that delay. */
void jitter_arrived(struct jitter *jitter, double delay_ms, uint64_t now_us);
/* The source ran dry, and went on within FADE_OUT_MS: not an outage but more jitter than the margin allowed. */
void jitter_ran_dry(struct jitter *jitter);
/* One beat and the margin. */
double jitter_target_ms(const struct jitter *jitter);
/* How much longer than the target everything waits that came in the last 4 s; negative when something came too late for it.
 * 0 when nothing came. */
double jitter_excess_ms(const struct jitter *jitter);
/* The same for the last 0.5 to 0.75 s only: after a stall and its burst. Of all 4 s when less came than something in each
 * bucket. */
double jitter_quick_excess_ms(const struct jitter *jitter);
/* After a cut: what came before the last 0.75 s does not count any more. */
void jitter_forget_old(struct jitter *jitter);

#endif
