/* An output: one encoder, the ring that keeps its packets, and everybody who reads them. What channels and taps give sound to.
 *
 *   frame --> encode lane --(threads)--> ring --> audience
 *
 * It is encoded while somebody listens and OUTPUT_LINGER_MS longer, because people switch back and forth; then it stops, and starts
 * with a fresh encoder and an empty ring when somebody comes again.
 */
#ifndef CHANNEL_OUTPUT_H
#define CHANNEL_OUTPUT_H

#include "base/metrics.h"
#include "encode/pool.h"
#include "fanout/audience.h"

#define OUTPUT_LINGER_MS 10000

struct output;

struct output_options {
	unsigned frame_samples; /* 480 or 960 */
	uint32_t epoch;
	uint16_t stream;  /* its number in binary headers */
	unsigned bitrate; /* bit/s */
	unsigned complexity;
	bool always; /* encoded also while nobody listens, so that history is there */
	struct encode_pool *pool;
	struct histogram *encode_seconds; /* may be NULL */
};

/* The caller frees with output_free(), when its audience is empty and before the pool closes. */
struct output *output_new(const struct output_options *options);
void output_free(struct output *output);
/* One beat's frame, copied when it is encoded at all. The packet reaches the ring and the audience a little later, on the loop's
 * thread, in the order of the beats. */
void output_beat(struct output *output, const struct frame *frame, const struct job_tag *tag);
/* False when nobody has listened for so long that the last beat was not encoded. */
bool output_running(const struct output *output);
struct audience *output_audience(struct output *output);
/* Frames that no encoder took: each is a hole that listeners conceal. */
uint64_t output_refused(const struct output *output);
/* Samples at 48 kHz that the encoder delays: an Ogg header's pre-skip. */
unsigned output_delay_samples(const struct output *output);

#endif
