/* The ring of one channel and rendition: the last RING_MS of packets, written once, read by anybody.
 *
 *   ring_put -->  [ p | p | p | p | p | p | p ]     positions are 64-bit and never repeat
 *                   ^tail               ^head = the next to be written
 *
 * The writer overwrites the oldest. A reader keeps a position of its own and asks ring_at(); NULL says that it was overtaken (or is
 * up to date). Readers share nothing and the ring knows none of them.
 *
 * One thread writes, any thread reads. A packet is written whole, the WebSocket's header in front of it, before the head that takes it in
 * is published (release; a reader's look at the head acquires), and nobody changes it afterwards. What keeps the writer away from a slot
 * that is being read is distance: ring_at() gives nothing that is further behind than RING_MS, and there are slots for RING_LEAD_MS
 * more, so a reader has so long to send what it was given. (part.h serves nobody who is further behind than LAG_MAX_MS, but for one who
 * comes back, so nearly all have RING_MS - LAG_MAX_MS more.)
 */
#ifndef FANOUT_RING_H
#define FANOUT_RING_H

#include "boothcast/packet.h"

#include <stdbool.h>
#include <stdint.h>

struct ring;

#define RING_LEAD_MS 1000 /* a packet that was given out stays as it is for so long at least: a batch of sends takes some ms of it */

_Static_assert(LAG_MAX_MS <= RING_MS, "who may still be served is still held");

/* ---- any thread ---- */

/* The position of the next packet to be written. */
uint64_t ring_head(const struct ring *ring);
/* The packet at a position, which stays as it is for RING_LEAD_MS; NULL when it is no longer or not yet there. */
const struct packet *ring_at(const struct ring *ring, uint64_t position);

uint16_t ring_stream(const struct ring *ring);
uint32_t ring_epoch(const struct ring *ring);
unsigned ring_frame_ms(const struct ring *ring);

/* ---- the writer's thread ---- */

/* `stream` and `epoch` go in every header; `frame_ms` of a packet: 10, 20 or LONG_PACKET_MS. The caller frees with ring_free(). */
struct ring *ring_new(uint16_t stream, uint32_t epoch, unsigned frame_ms);
void ring_free(struct ring *ring);

/* `count` packets from before now are being made, the first of them `seq`: they will be the next. For an output that has just
 * started; they count as history for whoever joins before they are there. */
void ring_promise(struct ring *ring, uint32_t seq, unsigned count);

/* Writes the next packet: at most OPUS_PAYLOAD_MAX bytes of `payload`, copied. `flags` and `label` as in the header; the flag for a
 * jump in `seq` is added here. `now_us` is when that happens, for whoever measures how long it takes to the sockets. */
void ring_put(struct ring *ring, uint32_t seq, uint8_t flags, enum label label, const uint8_t *payload, size_t size, uint64_t now_us);

/* Lets go of everything that is held: the next packet is the first. For a rendition that stops, whose sound would be stale when
 * somebody comes again. */
void ring_forget(struct ring *ring);

/* The position of the oldest packet that is still there. */
uint64_t ring_tail(const struct ring *ring);
/* The oldest position still held whose packet is after `seq`; the head when there is none. */
uint64_t ring_after(const struct ring *ring, uint32_t seq);

/* The first position that is not older than now: the head, or the one after what is promised. */
uint64_t ring_live(const struct ring *ring);
/* The number that the packet there will have, when the clock does not jump; false when nothing was written nor promised yet. */
bool ring_live_seq(const struct ring *ring, uint32_t *seq);

#endif
