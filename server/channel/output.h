/* An output: one encoder, the ring that keeps its packets, and everybody who reads them. What channels and taps give sound to.
 *
 *   past --packets of its length--> encode lane --(threads)--> ring --> audience
 *
 * It is encoded while somebody listens and OUTPUT_LINGER_MS longer, because people switch back and forth; then it stops, and its
 * ring is emptied. Whoever comes first afterwards finds history all the same: a fresh encoder makes it of the frames that past.h
 * still has, a millisecond of work. So a channel that nobody listens to costs its mix and nothing more: 8 us a beat instead of 43
 * (tests/bench).
 */
#ifndef CHANNEL_OUTPUT_H
#define CHANNEL_OUTPUT_H

#include "base/metrics.h"
#include "channel/past.h"
#include "encode/pool.h"
#include "fanout/audience.h"

#define OUTPUT_LINGER_MS 10000

struct output;

struct output_options {
	unsigned frame_samples;  /* of a beat: 480 or 960 */
	unsigned packet_samples; /* of a packet: the same, or PACKET_SAMPLES_MAX */
	uint32_t epoch;
	uint16_t stream;  /* its number in binary headers */
	unsigned bitrate; /* bit/s */
	unsigned complexity;
	struct encode_pool *pool;
	struct histogram *encode_seconds; /* may be NULL */
};

/* The caller frees with output_free(), when its audience is empty and before the pool closes. */
struct output *output_new(const struct output_options *options);
void output_free(struct output *output);
/* One beat, whose frame is the newest of `past`. When it completes a packet that is wanted, that reaches the ring and the audience
 * a little later, on the loop's thread, in the order of the beats. A packet that lacks a beat (the clock jumped) is left out. */
void output_beat(struct output *output, const struct past *past);
/* Its audience, for somebody who joins it now: it is encoded from now on, and history is there or on its way. Never on the beat. */
struct audience *output_open(struct output *output, const struct past *past);
/* Whether it is encoded: somebody listens, or did a moment ago. */
bool output_running(const struct output *output);
/* To look at; nobody joins without output_open(). */
struct audience *output_audience(struct output *output);
/* Packets that no encoder took: each is a hole that listeners conceal. */
uint64_t output_refused(const struct output *output);
/* Samples at 48 kHz that the encoder delays: an Ogg header's pre-skip. */
unsigned output_delay_samples(const struct output *output);

#endif
