/* A packet: the encoded sound of one or more beats, of one channel and rendition, ready for the wire.
 *
 * The bytes are laid out so that they go to every listener without a copy: room whose last bytes are the WebSocket's header, then
 * the 12 bytes of wire.h, then the Opus payload.
 *
 *   bytes:  | PACKET_HEADROOM    frame header | header, 12 | Opus payload ... |
 *                                ^ written once, with the packet: it is the same for everybody, and threads share it
 *
 * Several packets for one reader go as a run (fanout/run.h). Clients send with the same room: there the transport writes its own header
 * into it (libwebsockets' LWS_PRE).
 */
#ifndef BOOTHCAST_PACKET_H
#define BOOTHCAST_PACKET_H

#include "boothcast/limits.h"
#include "boothcast/wire.h"

#include <stddef.h>
#include <stdint.h>

#define PACKET_HEADROOM 16 /* at least LWS_PRE; gateway/ asserts it when it is compiled */

struct packet {
	uint32_t seq;       /* number of the packet, as in the header */
	uint16_t size;      /* header and payload, bytes */
	uint8_t flags;      /* as in the header */
	uint64_t encoded_us; /* when it came from the encoder */
	uint8_t bytes[PACKET_HEADROOM + WIRE_DOWN_HEADER + OPUS_PAYLOAD_MAX];
};

/* The message: header and payload, `size` bytes, PACKET_HEADROOM bytes before it. */
static inline uint8_t *packet_message(struct packet *packet)
{
	return packet->bytes + PACKET_HEADROOM;
}

/* The same of one that many share: nobody writes there. */
static inline const uint8_t *packet_shared(const struct packet *packet)
{
	return packet->bytes + PACKET_HEADROOM;
}

/* The Opus payload and its size in bytes. */
static inline const uint8_t *packet_payload(const struct packet *packet, size_t *size)
{
	*size = (size_t)packet->size - WIRE_DOWN_HEADER;
	return packet->bytes + PACKET_HEADROOM + WIRE_DOWN_HEADER;
}

#endif
