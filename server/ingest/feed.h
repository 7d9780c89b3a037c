/* The put side of a source: what a publisher or a stream holds while it has the source.
 *
 *   sound at its own rate --feed_put--> resampler (rate, drift) --> the source's FIFO
 *
 * A source has at most one feed. An arrival is announced first (feed_arrived), then its sound is put: at once, or bit by bit when
 * the decoder is run later.
 */
#ifndef INGEST_FEED_H
#define INGEST_FEED_H

#include "boothcast/status.h"
#include "ingest/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct feed;

#define FEED_MARGIN_MS        5.0  /* what a packet may come later than the others: an uplink on a good net */
#define FEED_STREAM_MARGIN_MS 40.0 /* the same for HTTP, whose encoders send in bursts */

/* Takes the source for mono sound at `rate_hz`; `margin_ms` as in jitter.h. STATUS_TAKEN, STATUS_BAD_FORMAT (rate out of range).
 * The caller ends it with feed_close(). */
enum status feed_open(struct feed **out, struct source *source, unsigned rate_hz, double margin_ms);
/* Gives the source back; what waits in the FIFO is still played. */
void feed_close(struct feed *feed);

/* The rate is known only now (a header has come). Before any sound. STATUS_BAD_FORMAT: nothing changed. */
enum status feed_set_rate(struct feed *feed, unsigned rate_hz);

/* Sound has arrived, and `pending_ms` of older sound still waits with the caller, not yet put. Measures jitter. The first sound,
 * and the first after a silence, gets so much silence in front that it waits for the target. */
void feed_arrived(struct feed *feed, double pending_ms, uint64_t now_us);
/* Resamples and queues. When the FIFO is full its oldest half makes room, and is counted as dropped. Any count. */
void feed_put(struct feed *feed, const float *mono, size_t count);
/* What is put next does not continue what was put last: no click at the seam. */
void feed_join(struct feed *feed);
/* Queues up to `ms` of silence, as much as there is room for. */
void feed_put_silence(struct feed *feed, double ms);
/* How much sound was made up on the beat since the last arrival, for lack of this feed's. */
double feed_made_up_ms(const struct feed *feed);
/* Missing by the sender's own numbering. */
void feed_count_lost(struct feed *feed, unsigned frames);

/* For streams, which hold sound back. */
/* How much longer than the target everything waits that came in the last half second (in the last 4 s when it comes in pages of a
 * second): 0 unless it is too long for a slow correction. What the caller then skips of its pending sound it tells by
 * feed_skipped(). */
double feed_excess_ms(const struct feed *feed);
void feed_skipped(struct feed *feed, double ms);
/* Sound that waits in the FIFO. */
double feed_waiting_ms(const struct feed *feed);
double feed_target_ms(const struct feed *feed);
/* The reader of the body sets the pace, not the source's clock: nominal ratio, nothing is cut. Arrivals until now are forgotten. */
void feed_set_paced(struct feed *feed, bool paced);

/* For source.c: once each beat, before sound is taken. Cuts after a stall, corrects the ratio. */
void feed_beat(struct feed *feed);
/* The source's clock against the beat. */
double feed_clock_ppm(const struct feed *feed);
/* For source.c: the next arrival is like the first. */
void feed_start_over(struct feed *feed);

#endif
