/* The account of audience.h. A part is made for a loop when the first listener there comes, and stays: there are few loops.
 *
 * `count` is what the hub has asked for, `held` what a loop may still touch; between the two lies a call to the loop and its answer.
 * Called by channel/ (whether anybody listens), control/ (where somebody begins) and hearing.c.
 */
#include "fanout/audience.h"

#include "base/check.h"
#include "fanout/walk.h"

#include <stdlib.h>

struct audience {
	struct ring *ring;
	struct part *part[LOOPS_MAX]; /* NULL: nobody came there yet */
	uint32_t count, held;
	bool abandoned; /* its owner let go of it */
};

struct audience *audience_new(struct ring *ring)
{
	struct audience *audience = check_alloc(calloc(1, sizeof *audience));
	audience->ring = ring;
	return audience;
}

static void end(struct audience *audience)
{
	for (unsigned i = 0; i < LOOPS_MAX; i++)
		part_free(audience->part[i]);
	ring_free(audience->ring);
	free(audience);
}

void audience_free(struct audience *audience)
{
	if (audience == NULL)
		return;
	check(audience->count == 0);
	audience->abandoned = true;
	if (audience->held == 0)
		end(audience);
}

struct ring *audience_ring(struct audience *audience)
{
	return audience->ring;
}

uint32_t audience_count(const struct audience *audience)
{
	return audience->count;
}

uint64_t audience_delivered(const struct audience *audience)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < LOOPS_MAX; i++)
		sum += audience->part[i] != NULL ? part_delivered(audience->part[i]) : 0;
	return sum;
}

uint64_t audience_skipped(const struct audience *audience)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < LOOPS_MAX; i++)
		sum += audience->part[i] != NULL ? part_skipped(audience->part[i]) : 0;
	return sum;
}

/* ---- places ---- */

struct spot audience_at(const struct audience *audience, uint32_t seq, unsigned history)
{
	const struct ring *ring = audience->ring;
	unsigned most = (HISTORY_MAX_MS + ring_frame_ms(ring) - 1) / ring_frame_ms(ring);
	if (most > HISTORY_MAX)
		most = HISTORY_MAX;
	if (history > most)
		history = most;
	return (struct spot){
		.position = ring_after(ring, seq - history - 1), .live_seq = seq, .history = (uint8_t)history, .early = true};
}

struct spot audience_now(const struct audience *audience, unsigned history)
{
	uint32_t live_seq;
	if (ring_live_seq(audience->ring, &live_seq))
		return audience_at(audience, live_seq, history);
	return (struct spot){.position = ring_head(audience->ring)}; /* nothing is there, nor promised */
}

/* Whether the packet at a position, there or still to come, is the one after `seq`. */
static bool follows(const struct ring *ring, uint64_t position, uint32_t seq)
{
	uint32_t live_seq;
	const struct packet *first = ring_at(ring, position);
	if (first != NULL)
		return first->seq == seq + 1;
	return ring_live_seq(ring, &live_seq) && live_seq - (uint32_t)(ring_live(ring) - position) == seq + 1;
}

struct spot audience_after(const struct audience *audience, uint32_t seq)
{
	uint64_t position = ring_after(audience->ring, seq);
	return (struct spot){.position = position, .jumped = !follows(audience->ring, position, seq)};
}

/* ---- coming and going ---- */

struct part *audience_join(struct audience *audience, struct walk *walk)
{
	struct part **part = &audience->part[walk_loop(walk)];
	if (*part == NULL)
		*part = part_new(audience->ring, walk);
	audience->count++;
	audience->held++;
	return *part;
}

void audience_leave(struct audience *audience)
{
	check(audience->count > 0);
	audience->count--;
}

void audience_released(struct audience *audience)
{
	check(audience->held > audience->count);
	if (--audience->held == 0 && audience->abandoned)
		end(audience);
}
