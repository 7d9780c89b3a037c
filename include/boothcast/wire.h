/* The binary headers of protocol v1, both directions, and the order of sequence numbers.
 *
 * Pure byte work, shared by the server, the command line's clients, the load generator and the tests.
 * Source: PROTOCOL.md, "Binary messages"; its golden vectors are vectors/headers.json.
 */
#ifndef BOOTHCAST_WIRE_H
#define BOOTHCAST_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_SUBPROTOCOL "boothcast.v1"
#define WIRE_VERSION 1
#define WIRE_DOWN_HEADER 12 /* bytes before the Opus packet, server to client */
#define WIRE_UP_HEADER 16   /* bytes before the sound, client to server */

enum wire_flag {
	WIRE_DISCONTINUITY = 1 << 0,  /* the sequence jumped */
	WIRE_SOURCE_CHANGED = 1 << 1, /* what the channel carries changed with this frame */
	WIRE_SILENCE = 1 << 2,
	WIRE_HISTORY = 1 << 3, /* older than now: sent at a switch, no part of the jitter statistics */
	WIRE_LABEL_SHIFT = 4   /* bits 4-6: enum label */
};

/* What a listener hears in this very frame. The numbers are the wire's. A packet of several beats says what holds in the last of
 * them, and WIRE_SOURCE_CHANGED when anything changed within it: so a change is never shown late, and less than a packet early. */
enum label { LABEL_SILENT = 0, LABEL_ORIGINAL = 1, LABEL_DIRECT = 2, LABEL_RELAY = 3, LABEL_EMERGENCY = 4 };

struct wire_down {
	uint8_t flags; /* enum wire_flag, without the label */
	enum label label;
	uint16_t stream;
	uint32_t epoch;
	uint32_t
		seq; /* how many packets of this stream's length the media clock has had before: of 20 ms, the number of the beat */
};

struct wire_up {
	uint8_t flags;
	uint16_t stream;
	uint32_t seq;
	uint64_t captured_us; /* on the server's clock; 0 = unknown */
};

/* Writes WIRE_DOWN_HEADER bytes. */
static inline void wire_put_down(uint8_t *to, const struct wire_down *h)
{
	to[0] = WIRE_VERSION;
	to[1] = (uint8_t)((h->flags & 0x0f) | ((unsigned)h->label << WIRE_LABEL_SHIFT));
	to[2] = (uint8_t)(h->stream >> 8);
	to[3] = (uint8_t)h->stream;
	for (int i = 0; i < 4; i++) {
		to[4 + i] = (uint8_t)(h->epoch >> (24 - 8 * i));
		to[8 + i] = (uint8_t)(h->seq >> (24 - 8 * i));
	}
}

#define WIRE_FRAME_BINARY 0x82 /* a whole binary message, unmasked, as a server sends it (RFC 6455, 5.2) */
#define WIRE_FRAME_TEXT 0x81   /* the same for a text message */
#define WIRE_FRAME_SHORT 125   /* a size that stands in the second byte; longer ones follow it in two bytes */

/* Bytes of the WebSocket's header before a message of `size` bytes (RFC 6455, 5.2); up to 65,535. */
static inline size_t wire_frame_header(size_t size)
{
	return size <= WIRE_FRAME_SHORT ? 2 : 4;
}

/* Writes that header right in front of the message; `kind` is WIRE_FRAME_BINARY or WIRE_FRAME_TEXT. */
static inline void wire_put_frame(uint8_t *message, size_t size, uint8_t kind)
{
	uint8_t *frame = message - wire_frame_header(size);
	frame[0] = kind;
	if (size <= WIRE_FRAME_SHORT) {
		frame[1] = (uint8_t)size;
		return;
	}
	frame[1] = WIRE_FRAME_SHORT + 1;
	frame[2] = (uint8_t)(size >> 8);
	frame[3] = (uint8_t)size;
}

/* Reads a header; false when `size` is too short or the version is another. */
static inline bool wire_get_down(const uint8_t *from, size_t size, struct wire_down *h)
{
	if (size < WIRE_DOWN_HEADER || from[0] != WIRE_VERSION)
		return false;
	h->flags = from[1] & 0x0f;
	h->label = (enum label)((from[1] >> WIRE_LABEL_SHIFT) & 7);
	h->stream = (uint16_t)(from[2] << 8 | from[3]);
	h->epoch = h->seq = 0;
	for (int i = 0; i < 4; i++) {
		h->epoch = h->epoch << 8 | from[4 + i];
		h->seq = h->seq << 8 | from[8 + i];
	}
	return true;
}

/* Writes WIRE_UP_HEADER bytes. */
static inline void wire_put_up(uint8_t *to, const struct wire_up *h)
{
	to[0] = WIRE_VERSION;
	to[1] = h->flags;
	to[2] = (uint8_t)(h->stream >> 8);
	to[3] = (uint8_t)h->stream;
	for (int i = 0; i < 4; i++)
		to[4 + i] = (uint8_t)(h->seq >> (24 - 8 * i));
	for (int i = 0; i < 8; i++)
		to[8 + i] = (uint8_t)(h->captured_us >> (56 - 8 * i));
}

/* Reads a header; false when `size` is too short or the version is another. */
static inline bool wire_get_up(const uint8_t *from, size_t size, struct wire_up *h)
{
	if (size < WIRE_UP_HEADER || from[0] != WIRE_VERSION)
		return false;
	h->flags = from[1];
	h->stream = (uint16_t)(from[2] << 8 | from[3]);
	h->seq = 0;
	h->captured_us = 0;
	for (int i = 0; i < 4; i++)
		h->seq = h->seq << 8 | from[4 + i];
	for (int i = 0; i < 8; i++)
		h->captured_us = h->captured_us << 8 | from[8 + i];
	return true;
}

/* How far `a` is after `b` on the circle of 32-bit numbers; negative when before (RFC 1982). */
static inline int32_t wire_seq_distance(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* The word of the JSON messages: "silent", "original", "direct", "relay", "emergency". */
static inline const char *label_word(enum label label)
{
	switch (label) {
	case LABEL_SILENT: return "silent";
	case LABEL_ORIGINAL: return "original";
	case LABEL_DIRECT: return "direct";
	case LABEL_RELAY: return "relay";
	case LABEL_EMERGENCY: return "emergency";
	}
	return "silent";
}

#endif
