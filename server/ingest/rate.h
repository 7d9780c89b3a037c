/* From a source's rate to 48 kHz, with the drift of its clock taken out in the same step. Wraps speexdsp's resampler. */
#ifndef INGEST_RATE_H
#define INGEST_RATE_H

#include <stddef.h>

#define RATE_IN_MIN_HZ 8000   /* of what is taken from outside */
#define RATE_IN_MAX_HZ 192000
#define RATE_MIN_HZ    4000   /* of what can be resampled: a clip at half its speed */
#define RATE_MAX_HZ    384000
#define RATE_PPM_MAX   2900 /* within it the filter's length stays the same for every rate, so that nothing clicks or allocates */

struct rate;

/* For mono sound at `rate_hz`, RATE_MIN_HZ .. RATE_MAX_HZ, asserted. The caller frees with rate_free(). */
struct rate *rate_new(unsigned rate_hz);
void rate_free(struct rate *rate);
/* Plays faster (positive) or slower than the nominal ratio, up to RATE_PPM_MAX. Not for every packet: it recomputes tables. */
void rate_set_ppm(struct rate *rate, double ppm);
/* Takes in some of `*count` samples, sets `*count` to how many, and writes up to `room` samples at 48 kHz; returns how many. Goes
 * on until either is used up. */
size_t rate_put(struct rate *rate, const float *samples, size_t *count, float *to, size_t room);
/* Sound that stays inside, in milliseconds: what went in so long ago comes out now. */
double rate_latency_ms(const struct rate *rate);

#endif
