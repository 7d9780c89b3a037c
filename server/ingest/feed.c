/* The put side of a source, and the one place that acts on what jitter.h measured:
 *
 *   excess within some ms       --> the ratio, once a second: clock drift, and slow draining of what a short gap left over
 *   more than CUT_MS, all of the last half second (a stall and the burst after it) --> cut out of the FIFO at once
 *   FIFO full                   --> its half is cut out
 *
 * Called by publisher.c and the streams with sound, and by source.c on the beat. It never sees a message or a container. */
#include "ingest/feed.h"

#include "base/check.h"
#include "ingest/drift.h"
#include "ingest/rate.h"
#include "ingest/source_inside.h"

#include <math.h>
#include <stdlib.h>

#define CUT_MS  40.0 /* below it the ratio is quick enough, and nothing is lost */
#define PIECE   512  /* samples that come out of one piece of 10 ms */

struct feed {
	struct source *source;
	struct rate *rate;       /* owned */
	struct drift drift;
	size_t piece;            /* samples of 10 ms at the feed's rate */
	double since_update_ms;  /* of the ratio */
	bool started;            /* something came since the last silence */
	bool paced;
};

enum status feed_open(struct feed **out, struct source *source, unsigned rate_hz, double margin_ms)
{
	if (rate_hz < RATE_IN_MIN_HZ || rate_hz > RATE_IN_MAX_HZ)
		return STATUS_BAD_FORMAT;
	if (source->feed != NULL)
		return STATUS_TAKEN;
	struct feed *feed = check_alloc(calloc(1, sizeof *feed));
	feed->source = source;
	feed->rate = rate_new(rate_hz);
	feed->piece = rate_hz / 100;
	jitter_restart(&source->jitter, margin_ms);
	source->feed = feed;
	*out = feed;
	return STATUS_OK;
}

enum status feed_set_rate(struct feed *feed, unsigned rate_hz)
{
	if (rate_hz < RATE_IN_MIN_HZ || rate_hz > RATE_IN_MAX_HZ)
		return STATUS_BAD_FORMAT;
	rate_free(feed->rate);
	feed->rate = rate_new(rate_hz);
	feed->piece = rate_hz / 100;
	return STATUS_OK;
}

void feed_close(struct feed *feed)
{
	check(feed->source->feed == feed);
	feed->source->feed = NULL;
	rate_free(feed->rate);
	free(feed);
}

double feed_waiting_ms(const struct feed *feed)
{
	return (double)feed->source->fifo.count / SAMPLES_PER_MS;
}

double feed_target_ms(const struct feed *feed)
{
	return jitter_target_ms(&feed->source->jitter);
}

void feed_put_silence(struct feed *feed, double ms)
{
	struct fifo *fifo = &feed->source->fifo;
	size_t count = (size_t)lround(fmax(ms, 0) * SAMPLES_PER_MS);
	fifo_put(fifo, NULL, count < fifo_room(fifo) ? count : fifo_room(fifo));
}

/* The first arrival: silence in front, so that it waits for the target from the beginning. */
static void start(struct feed *feed, double delay_ms)
{
	jitter_forget(&feed->source->jitter);
	feed_join(feed);
	feed_put_silence(feed, feed_target_ms(feed) - delay_ms + rate_latency_ms(feed->rate));
	feed->started = true;
}

void feed_arrived(struct feed *feed, double pending_ms, uint64_t now_us)
{
	struct jitter *jitter = &feed->source->jitter;
	if (!feed->started)
		start(feed, jitter_delay_ms(jitter, feed_waiting_ms(feed) + pending_ms, now_us));
	jitter_arrived(jitter, jitter_delay_ms(jitter, feed_waiting_ms(feed) + pending_ms, now_us), now_us);
	feed->source->received++;
	feed->source->made_up_samples = 0;
}

static void cut(struct feed *feed, size_t samples)
{
	struct source *source = feed->source;
	size_t gone = fifo_cut(&source->fifo, samples);
	jitter_played(&source->jitter, (double)gone / SAMPLES_PER_MS);
	jitter_forget_old(&source->jitter);
	source->dropped_samples += gone;
}

void feed_put(struct feed *feed, const float *mono, size_t count)
{
	float out[PIECE];
	struct fifo *fifo = &feed->source->fifo;
	while (count > 0) {
		size_t used = count < feed->piece ? count : feed->piece;
		size_t made = rate_put(feed->rate, mono, &used, out, PIECE);
		if (fifo_room(fifo) < made)
			cut(feed, fifo->capacity / 2);
		fifo_put(fifo, out, made);
		mono += used;
		count -= used;
	}
}

void feed_join(struct feed *feed)
{
	fifo_join(&feed->source->fifo);
}

double feed_made_up_ms(const struct feed *feed)
{
	return (double)feed->source->made_up_samples / SAMPLES_PER_MS;
}

void feed_count_lost(struct feed *feed, unsigned frames)
{
	feed->source->lost += frames;
	feed->source->gap_explained = true;
}

double feed_excess_ms(const struct feed *feed)
{
	double excess_ms = feed->paced ? 0 : jitter_quick_excess_ms(&feed->source->jitter);
	return excess_ms > CUT_MS ? excess_ms : 0;
}

void feed_skipped(struct feed *feed, double ms)
{
	jitter_played(&feed->source->jitter, ms);
	jitter_forget_old(&feed->source->jitter);
	feed->source->dropped_samples += (uint64_t)lround(ms * SAMPLES_PER_MS);
}

void feed_set_paced(struct feed *feed, bool paced)
{
	feed->paced = paced;
	feed->drift = (struct drift){0};
	rate_set_ppm(feed->rate, 0);
	jitter_forget(&feed->source->jitter);
}

/* Cuts what is too much, as far as the coming beat's frame and a splice stay. */
static void cut_excess(struct feed *feed)
{
	const struct source *source = feed->source;
	size_t keep = source->frame_samples + FIFO_FADE;
	size_t excess = (size_t)lround(feed_excess_ms(feed) * SAMPLES_PER_MS);
	if (excess > 0 && source->fifo.count > keep)
		cut(feed, excess < source->fifo.count - keep ? excess : source->fifo.count - keep);
}

void feed_beat(struct feed *feed)
{
	if (!feed->started || feed->paced)
		return;
	cut_excess(feed);
	feed->since_update_ms += feed->source->jitter.beat_ms;
	if (feed->since_update_ms >= DRIFT_PERIOD_MS) {
		feed->since_update_ms = 0;
		rate_set_ppm(feed->rate, drift_update(&feed->drift, jitter_excess_ms(&feed->source->jitter)));
	}
}

double feed_clock_ppm(const struct feed *feed)
{
	return feed->drift.clock_ppm;
}

void feed_start_over(struct feed *feed)
{
	feed->started = false;
}
