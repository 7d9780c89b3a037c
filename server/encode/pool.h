/* Encoding beside the loop: jobs go to threads, packets come back to the loop's thread in the order of their beats.
 *
 *   beat --pool_submit--> job ring of a thread --> opus --> done ring --wake--> done() on the loop
 *
 * Every lane (one encoder) belongs to one thread, so its packets keep their order. Rings are single-producer single-consumer,
 * lock-free, and bounded (JOBS_MAX beats): when a thread is that late, the job is refused and counted, and the loop never waits.
 * With 0 threads a job is done inside pool_submit(), for tests with a fake clock. No allocation after the lanes are open.
 */
#ifndef ENCODE_POOL_H
#define ENCODE_POOL_H

#include "base/loop.h"
#include "encode/encoder.h"

#include <stdbool.h>
#include <stdint.h>

#define LANES_MAX (ROOMS_MAX * CHANNELS_MAX * 3) /* every channel of every room in three renditions */

struct encode_pool;
struct lane;

/* What goes in with a frame and comes out with its packet, untouched. */
struct job_tag {
	uint32_t seq;
	uint8_t flags;  /* enum wire_flag */
	uint8_t label;  /* enum label */
};

/* On the loop's thread; `payload` is borrowed for the call. */
typedef void (*encode_done)(void *user, const struct job_tag *tag, const uint8_t *payload, size_t size, uint32_t encode_us);

/* `threads` 0 .. 8. The caller ends it with pool_close(), after its lanes. */
struct encode_pool *pool_new(struct loop *loop, unsigned threads);
void pool_close(struct encode_pool *pool);
/* A lane with an encoder of its own; it goes to the thread with the fewest lanes. */
struct lane *pool_lane(struct encode_pool *pool, const struct encoder_options *options, encode_done done, void *user);
/* `done` is not called any more; jobs under way are thrown away. */
void lane_close(struct lane *lane);
/* Copies the frame. False when the thread is too far behind: the frame is lost and counted. `restart` resets the encoder first. */
bool lane_submit(struct lane *lane, const struct frame *frame, const struct job_tag *tag, bool restart);
/* Frames refused so far. */
uint64_t lane_refused(const struct lane *lane);

#endif
