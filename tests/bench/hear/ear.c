/* What all listeners do alike, see ear.h.
 *
 *   bytes --head of HTTP--> [ WebSocket frames --messages--> | ----------> ] dialect --numbers of beats--> tally
 *
 * The frames of RFC 6455 are read by hand: this side needs no more of them than a length, and a thousand ears must cost less than
 * the server they measure. Two liberties of a measuring tool: the key of the handshake is always the example of the RFC, and the
 * mask is zero.
 *
 * Called by hall.c and by the dialects. Never blocks, and sends only while it joins and to answer a ping: what it says is short and
 * fits in an empty socket.
 */
#include "bench/hear/ear.h"
#include "load/frame.h"

#include "base/check.h"
#include "boothcast/frame.h"
#include "boothcast/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455, 1.3 */
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define SAY_MAX 1024

enum { OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

void rest_keep(struct rest *rest, const uint8_t *bytes, size_t size)
{
	uint8_t *kept = size > 0 ? memcpy(check_alloc(malloc(size)), bytes, size) : NULL; /* they may lie in the old ones */
	free(rest->bytes);
	rest->bytes = kept;
	rest->size = (uint32_t)size;
}

void ear_fail(struct ear *ear, struct crowd *crowd, const char *why)
{
	if (ear->state == EAR_GONE)
		return;
	if (ear->state == EAR_LISTENING)
		crowd->tally.listening--;
	ear->state = EAR_GONE;
	if (crowd->tally.gone++ == 0)
		snprintf(crowd->tally.reason, sizeof crowd->tally.reason, "%s", why);
}

/* ---- speaking ---- */

static void put(struct ear *ear, struct crowd *crowd, const void *bytes, size_t size)
{
	if (cord_send(&ear->cord, bytes, size) != (ssize_t)size)
		ear_fail(ear, crowd, "a message could not be sent at once");
}

/* A frame with a mask of zero. */
static void put_frame(struct ear *ear, struct crowd *crowd, unsigned opcode, const void *payload, size_t size)
{
	uint8_t frame[8 + SAY_MAX] = {(uint8_t)(0x80 | opcode), (uint8_t)(0x80 | (size < 126 ? size : 126))};
	size_t header = size < 126 ? 6 : 8;
	check(size <= SAY_MAX);
	if (size >= 126) {
		frame[2] = (uint8_t)(size >> 8);
		frame[3] = (uint8_t)size;
	}
	memcpy(frame + header, payload, size);
	put(ear, crowd, frame, header + size);
}

void ear_say(struct ear *ear, struct crowd *crowd, bool text, const char *bytes, size_t size)
{
	put_frame(ear, crowd, text ? OP_TEXT : OP_BINARY, bytes, size);
}

void ear_connected(struct ear *ear, struct crowd *crowd)
{
	const struct dialect *d = crowd->dialect;
	char request[768], *end = request;
	size_t room = sizeof request;
	end += snprintf(end, room, "GET %s HTTP/1.1\r\nHost: %s\r\n", d->path, crowd->host);
	if (d->message != NULL)
		end += snprintf(end, room - (size_t)(end - request),
				"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n");
	if (d->subprotocol != NULL)
		end += snprintf(end, room - (size_t)(end - request), "Sec-WebSocket-Protocol: %s\r\n", d->subprotocol);
	end += snprintf(end, room - (size_t)(end - request), "\r\n");
	ear->state = EAR_ASKED;
	put(ear, crowd, request, (size_t)(end - request));
}

/* ---- hearing ---- */

void ear_listens(struct ear *ear, struct crowd *crowd)
{
	if (ear->state != EAR_JOINING)
		return;
	ear->state = EAR_LISTENING;
	crowd->tally.listening++;
}

/* How long ago the beat was due whose number has these 32 last bits. */
static uint64_t age_us(const struct ear *ear, uint64_t now_us, uint32_t seq)
{
	uint64_t newest = beat_at(ear->frame_ms, now_us);
	int64_t beat = (int64_t)newest - wire_seq_distance((uint32_t)newest, seq);
	uint64_t due_us = beat_due_us(ear->frame_ms, (uint64_t)beat);
	return now_us > due_us ? now_us - due_us : 0;
}

void ear_heard(struct ear *ear, struct crowd *crowd, uint32_t seq, size_t bytes)
{
	int32_t step = ear->started ? wire_seq_distance(seq, ear->last_seq) : 1;
	crowd->tally.packets++;
	crowd->tally.bytes += bytes;
	if (step <= 0) {
		crowd->tally.doubled++;
		return;
	}
	crowd->tally.lost += (uint64_t)step - 1;
	ear->started = true;
	ear->last_seq = seq;
	delays_add(&crowd->tally.delays, age_us(ear, crowd->now_us, seq));
}

/* ---- taking apart ---- */

static void say_refused(struct ear *ear, struct crowd *crowd, const uint8_t *head, size_t size)
{
	char why[sizeof crowd->tally.reason];
	const uint8_t *end = memchr(head, '\r', size);
	snprintf(why, sizeof why, "refused: %.*s", end != NULL ? (int)(end - head) : 0, (const char *)head);
	ear_fail(ear, crowd, why);
}

static size_t take_head(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	const uint8_t *end = memmem(bytes, size, "\r\n\r\n", 4);
	if (end == NULL)
		return 0;
	size_t used = (size_t)(end - bytes) + 4;
	bool websocket = crowd->dialect->message != NULL;
	bool good = used > 12 && memcmp(bytes + 9, websocket ? "101" : "200", 3) == 0 &&
		    (!websocket || memmem(bytes, used, ACCEPT, strlen(ACCEPT)) != NULL);
	if (good) {
		ear->state = EAR_JOINING;
		crowd->dialect->admitted(ear, crowd);
	} else {
		say_refused(ear, crowd, bytes, used);
	}
	return used;
}

static void say_closed(struct ear *ear, struct crowd *crowd, const uint8_t *payload, size_t size)
{
	char why[sizeof crowd->tally.reason];
	snprintf(why, sizeof why, "closed by the server with %u %.*s", size >= 2 ? payload[0] << 8 | payload[1] : 1005,
		 size > 2 ? (int)size - 2 : 0, (const char *)payload + 2);
	ear_fail(ear, crowd, why);
}

static void take_frame(struct ear *ear, struct crowd *crowd, unsigned opcode, const uint8_t *payload, size_t size)
{
	if (opcode <= OP_BINARY)
		crowd->dialect->message(ear, crowd, payload, size);
	else if (opcode == OP_PING && size <= 125)
		put_frame(ear, crowd, OP_PONG, payload, size);
	else if (opcode == OP_CLOSE)
		say_closed(ear, crowd, payload, size);
}

static size_t take_frames(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	size_t used = 0;
	while (ear->state != EAR_GONE) {
		uint64_t payload;
		size_t header = frame_header(bytes + used, size - used, &payload);
		if (header == 0 || payload > size - used - header)
			break;
		take_frame(ear, crowd, bytes[used] & 15, bytes + used + header, (size_t)payload);
		used += header + (size_t)payload;
	}
	return used;
}

size_t ear_take(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	const struct dialect *d = crowd->dialect;
	size_t used = ear->state == EAR_ASKED ? take_head(ear, crowd, bytes, size) : 0;
	if (ear->state == EAR_JOINING || ear->state == EAR_LISTENING)
		used += (d->message != NULL ? take_frames : d->stream)(ear, crowd, bytes + used, size - used);
	return used;
}
