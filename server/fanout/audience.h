/* The audience of one ring, as the hub sees it: how many hear it, on whatever loop, and where in the ring they begin.
 *
 *   hub:  ring, audience --+-- part of loop 0: reader, reader, ...
 *                          +-- part of loop 1: reader, ...
 *
 * Who hears is a hearing (hearing.h); its reader is in the part of the loop where its socket is. All functions belong to the hub's
 * thread, which alone writes the ring, so a place is found without asking anybody.
 */
#ifndef FANOUT_AUDIENCE_H
#define FANOUT_AUDIENCE_H

#include "fanout/part.h"
#include "fanout/ring.h"

#include <stdbool.h>
#include <stdint.h>

struct audience;

/* Of `ring`, which it takes over. Its owner lets go of it with audience_free(), when nobody hears it (audience_count()); memory and ring
 * go when the last loop has let go of it too. */
struct audience *audience_new(struct ring *ring);
void audience_free(struct audience *audience);
struct ring *audience_ring(struct audience *audience);
/* Those who hear it, by what was asked for so far. */
uint32_t audience_count(const struct audience *audience);
/* Packets delivered to anybody, and packets skipped by those who were moved on, as far as the loops have told. */
uint64_t audience_delivered(const struct audience *audience);
uint64_t audience_skipped(const struct audience *audience);

/* With up to `history` packets from before now; HISTORY_MAX and HISTORY_MAX_MS bound them. */
struct spot audience_now(const struct audience *audience, unsigned history);
/* The packet after `seq` as far as the ring still has it: whoever was here before misses nothing. */
struct spot audience_after(const struct audience *audience, uint32_t seq);
/* The packet `seq`, there or still to come, after up to `history` packets from before it. When the clock jumps over it, the
 * first one behind it. */
struct spot audience_at(const struct audience *audience, uint32_t seq, unsigned history);

/* For hearing.c. One more hears it on the walk's loop: gives the part there. */
struct part *audience_join(struct audience *audience, struct walk *walk);
/* One less hears it; its reader may still be in the part. */
void audience_leave(struct audience *audience);
/* The loop has let go of it. */
void audience_released(struct audience *audience);

#endif
