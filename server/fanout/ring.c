/* The packet ring, see ring.h. A power of two of slots, so a position finds its slot by a mask; the slots are allocated once. */
#include "fanout/ring.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

struct ring {
	struct packet *slot;
	uint64_t head;     /* packets written so far */
	uint64_t first;    /* packets before this position were let go */
	uint64_t live;     /* packets before this position, there or to come, were promised as history */
	uint32_t next_seq; /* of the head, when `known` */
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
	while (slots < ring->held_max)
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

void ring_put(struct ring *ring, uint32_t seq, uint8_t flags, enum label label, const uint8_t *payload, size_t size)
{
	check(size > 0 && size <= OPUS_PAYLOAD_MAX);
	if (ring->head != ring->first && seq != ring->next_seq)
		flags |= WIRE_DISCONTINUITY;
	struct packet *packet = &ring->slot[ring->head & ring->mask];
	struct wire_down header = {.flags = flags, .label = label, .stream = ring->stream, .epoch = ring->epoch, .seq = seq};
	packet->seq = seq;
	packet->flags = flags;
	packet->size = (uint16_t)(WIRE_DOWN_HEADER + size);
	wire_put_down(packet_message(packet), &header);
	memcpy(packet_message(packet) + WIRE_DOWN_HEADER, payload, size);
	ring->head++;
	ring->next_seq = seq + 1;
	ring->known = true;
}

void ring_promise(struct ring *ring, uint32_t seq, unsigned count)
{
	check(!ring->known);
	ring->live = ring->head + count;
	ring->next_seq = seq;
	ring->known = true;
}

void ring_forget(struct ring *ring)
{
	ring->first = ring->head;
	ring->known = false;
}

uint64_t ring_head(const struct ring *ring)
{
	return ring->head;
}

uint64_t ring_tail(const struct ring *ring)
{
	uint64_t held = ring->head - ring->first;
	return ring->head - (held < ring->held_max ? held : ring->held_max);
}

struct packet *ring_at(struct ring *ring, uint64_t position)
{
	if (position >= ring->head || position < ring_tail(ring))
		return NULL;
	return &ring->slot[position & ring->mask];
}

uint64_t ring_after(const struct ring *ring, uint32_t seq)
{
	uint64_t position = ring->head;
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
	return ring->head > ring->live ? ring->head : ring->live;
}

bool ring_live_seq(const struct ring *ring, uint32_t *seq)
{
	*seq = ring->next_seq + (uint32_t)(ring_live(ring) - ring->head);
	return ring->known;
}
