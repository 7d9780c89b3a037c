/* The packet ring, see ring.h. A power of two of slots, so a position finds its slot by a mask; the slots are allocated once.
 *
 *   writer (hub)   slot[head] = packet, then head + 1 (release)
 *   readers        head (acquire), then slot[position]; they write nothing
 *
 * There are more slots than are held: a reader that was given the oldest packet just before it was let go has those to be late.
 * Only `head` and what never changes is looked at by readers; the rest of the account is the writer's. */
#include "fanout/ring.h"

#include "base/check.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct ring {
	struct packet *slot;
	_Atomic uint64_t head; /* packets written so far */
	uint64_t first;        /* packets before this position were let go */
	uint64_t live;         /* packets before this position, there or to come, were promised as history */
	uint32_t next_seq;     /* of the head, when `known` */
	bool known;
	uint64_t mask;     /* slots - 1 */
	uint64_t held_max; /* RING_MS in packets */
	uint32_t epoch;
	uint16_t stream;
	uint16_t frame_ms;
};

struct ring *ring_new(uint16_t stream, uint32_t epoch, unsigned frame_ms)
{
	check(frame_ms == 10 || frame_ms == 20 || frame_ms == LONG_PACKET_MS);
	struct ring *ring = check_alloc(calloc(1, sizeof *ring));
	uint64_t slots = 1;
	ring->held_max = RING_MS / frame_ms;
	while (slots < ring->held_max + RING_LEAD_MS / frame_ms)
		slots *= 2;
	ring->slot = check_alloc(calloc(slots, sizeof *ring->slot));
	ring->mask = slots - 1;
	ring->epoch = epoch;
	ring->stream = stream;
	ring->frame_ms = (uint16_t)frame_ms;
	return ring;
}

void ring_free(struct ring *ring)
{
	if (ring == NULL)
		return;
	free(ring->slot);
	free(ring);
}

/* The writer's own look at what it wrote. */
static uint64_t head_of(const struct ring *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_relaxed);
}

void ring_put(struct ring *ring, uint32_t seq, uint8_t flags, enum label label, const uint8_t *payload, size_t size,
	      uint64_t now_us)
{
	check(size > 0 && size <= OPUS_PAYLOAD_MAX);
	uint64_t head = head_of(ring);
	if (head != ring->first && seq != ring->next_seq)
		flags |= WIRE_DISCONTINUITY;
	struct packet *packet = &ring->slot[head & ring->mask];
	struct wire_down header = {.flags = flags, .label = label, .stream = ring->stream, .epoch = ring->epoch, .seq = seq};
	packet->seq = seq;
	packet->flags = flags;
	packet->size = (uint16_t)(WIRE_DOWN_HEADER + size);
	packet->encoded_us = now_us;
	wire_put_down(packet_message(packet), &header);
	memcpy(packet_message(packet) + WIRE_DOWN_HEADER, payload, size);
	wire_put_frame(packet_message(packet), packet->size, WIRE_FRAME_BINARY);
	ring->next_seq = seq + 1;
	ring->known = true;
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

void ring_promise(struct ring *ring, uint32_t seq, unsigned count)
{
	check(!ring->known);
	ring->live = head_of(ring) + count;
	ring->next_seq = seq;
	ring->known = true;
}

void ring_forget(struct ring *ring)
{
	ring->first = head_of(ring);
	ring->known = false;
}

uint64_t ring_head(const struct ring *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_acquire);
}

const struct packet *ring_at(const struct ring *ring, uint64_t position)
{
	uint64_t head = ring_head(ring);
	if (position >= head || head - position > ring->held_max)
		return NULL;
	return &ring->slot[position & ring->mask];
}

bool ring_kept(const struct ring *ring, uint64_t position)
{
	atomic_thread_fence(memory_order_acquire); /* what was read before is not read later */
	/* while the head is h the writer may be in the slot of h, which is that of h - slots */
	return head_of(ring) - position <= ring->mask;
}

uint64_t ring_tail(const struct ring *ring)
{
	uint64_t head = head_of(ring), held = head - ring->first;
	return head - (held < ring->held_max ? held : ring->held_max);
}

uint64_t ring_after(const struct ring *ring, uint32_t seq)
{
	uint64_t position = head_of(ring);
	while (position > ring_tail(ring) && wire_seq_distance(ring->slot[(position - 1) & ring->mask].seq, seq) > 0)
		position--;
	return position;
}

uint16_t ring_stream(const struct ring *ring)
{
	return ring->stream;
}

uint32_t ring_epoch(const struct ring *ring)
{
	return ring->epoch;
}

unsigned ring_frame_ms(const struct ring *ring)
{
	return ring->frame_ms;
}

uint64_t ring_live(const struct ring *ring)
{
	return head_of(ring) > ring->live ? head_of(ring) : ring->live;
}

bool ring_live_seq(const struct ring *ring, uint32_t *seq)
{
	*seq = ring->next_seq + (uint32_t)(ring_live(ring) - head_of(ring));
	return ring->known;
}
