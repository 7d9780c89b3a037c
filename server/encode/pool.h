/* Encoding beside the loop: jobs go to threads, packets come back to the loop's thread in the order of their beats.
 *
 *   beat --lane_submit--> job ring of a thread --> opus --> done ring --wake--> done() on the loop
 *
 * Every lane (one encoder) belongs to one thread, so its packets keep their order. Rings are single-producer single-consumer,
 * lock-free, and bounded (JOBS_MAX frames of each lane): when a thread is that late, the job is refused and counted, and the loop
 * never waits. With 0 threads a job is done inside lane_submit(), for tests with a fake clock. No allocation after the lanes are
 * open. All functions belong to the loop's thread. From inside `done` lanes may be opened and closed, but nothing is submitted.
 */
#ifndef ENCODE_POOL_H
#define ENCODE_POOL_H

#include "base/loop.h"
#include "encode/encoder.h"

#include <stdbool.h>
#include <stdint.h>

#define JOBS_MAX (BEATS_LATE_MAX + 7) /* packets of one lane under way: all beats of a stall that is caught up, and some more */
#define THREADS_MAX 8                 /* 1,000 channels and more at complexity 5: beyond that the loop is what is full */
#define LANES_MAX (ROOMS_MAX * (CHANNELS_MAX * 3 + TAPS_MAX)) /* every channel of every room in three renditions, every tap */

struct encode_pool;
struct lane;

/* What goes in with the sound and comes out with its packet, untouched. */
struct job_tag {
	uint32_t seq;
	uint8_t flags; /* enum wire_flag */
	uint8_t label; /* enum label */
};

/* On the loop's thread; `payload` is borrowed for the call. It took `encode_us`, and was there at `encoded_us`. */
typedef void (*encode_done)(void *user, const struct job_tag *tag, const uint8_t *payload, size_t size, uint32_t encode_us,
			    uint64_t encoded_us);

/* `threads` 0 .. THREADS_MAX; `loop` may be NULL when there are none. The caller ends it with pool_close(). */
struct encode_pool *pool_new(struct loop *loop, unsigned threads);
/* Ends the threads (waiting for the frames in their hands) and frees. All lanes must have been closed; asserted. */
void pool_close(struct encode_pool *pool);
/* From now on `arrived` is called after the packets that came back together, on the loop's thread: for whoever works better on many
 * at once. NULL: nobody any more. */
void pool_watch(struct encode_pool *pool, void (*arrived)(void *user), void *user);
/* Whether packets are still being encoded. */
bool pool_busy(const struct encode_pool *pool);
/* A lane with an encoder of its own; it goes to the thread with the fewest lanes. At most LANES_MAX are open; asserted. The caller
 * closes it with lane_close(). */
struct lane *pool_lane(struct encode_pool *pool, const struct encoder_options *options, encode_done done, void *user);
/* `done` is not called any more; jobs under way are thrown away. */
void lane_close(struct lane *lane);
/* Copies the sound of one packet, as many samples as its encoder takes. False when the thread is too far behind: the packet is lost
 * and counted. `restart` resets the encoder first; when its packet is refused, the next one brings it. */
bool lane_submit(struct lane *lane, const float *samples, const struct job_tag *tag, bool restart);
/* The delay of the lane's encoder in samples at 48 kHz: the pre-skip of an Ogg header. */
unsigned lane_delay_samples(const struct lane *lane);
/* Packets refused so far. */
uint64_t lane_refused(const struct lane *lane);

#endif
