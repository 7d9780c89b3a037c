/* A run: packets that wait for one reader, one behind the other in one piece, so that they cost one send.
 *
 *   ring   [ p | p | p | p ]          who is up to date gets a packet as it lies there; who is not, a run:
 *   run    | header p | header p | header p |          each with its WebSocket's header, and flags of its own
 *
 * So whoever joins gets its history by one send, and a loop that has more listeners than it can serve within a beat serves them by
 * fewer sends, a little later, instead of falling behind for good.
 */
#ifndef FANOUT_RUN_H
#define FANOUT_RUN_H

#include "boothcast/conn.h"
#include "boothcast/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One segment of TCP: what a slow socket does not take of a run is kept for it, and is sound from the past. */
#define RUN_BYTES 1400

_Static_assert(RUN_BYTES <= CONN_RUN_MAX, "a socket takes a run");
_Static_assert(RUN_BYTES >= 4 + WIRE_DOWN_HEADER + OPUS_PAYLOAD_MAX, "the longest packet is a run");

struct run {
	unsigned count; /* packets */
	size_t size;    /* bytes */
	uint8_t bytes[RUN_BYTES];
};

/* Adds a copy of the packet, with these flags besides its own. False when it does not fit any more. */
bool run_add(struct run *run, const struct packet *packet, uint8_t flags);
/* The first packet's message, without the WebSocket's header; not that of an empty run. */
const uint8_t *run_first(const struct run *run, size_t *size);

#endif
