/* One listener, see member.h. The frames of RFC 6455 are written by hand: this side needs no more of it than a length, and a
 * thousand members must cost less than the server they measure. Two liberties of a test tool: the key of the handshake is always
 * the example of the RFC (so its answer is known), and the mask is zero (so a frame is made once for all).
 *
 * Called by swarm.c. Never blocks, and sends only while it joins: what it says then is short and fits in an empty socket.
 */
#include "load/member.h"

#include "boothcast/wire.h"
#include "load/link.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define KEY "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455, 1.3 */
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum { OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

/* A frame with a mask of zero; at most 65535 bytes. Returns its size, 0 when it does not fit. */
static size_t make_frame(uint8_t *to, size_t room, unsigned opcode, const char *payload, size_t size)
{
	size_t header = size < 126 ? 6 : 8;
	if (size > UINT16_MAX || header + size > room)
		return 0;
	memset(to, 0, header);
	to[0] = (uint8_t)(0x80 | opcode);
	to[1] = (uint8_t)(0x80 | (size < 126 ? size : 126));
	if (size >= 126) {
		to[2] = (uint8_t)(size >> 8);
		to[3] = (uint8_t)size;
	}
	memcpy(to + header, payload, size);
	return header + size;
}

/* Takes the reference to `message`. */
static size_t make_text(uint8_t *to, size_t room, json_t *message)
{
	char text[2048];
	size_t size = json_dumpb(message, text, sizeof text, JSON_COMPACT);
	json_decref(message);
	return size > 0 && size <= sizeof text ? make_frame(to, room, OP_TEXT, text, size) : 0;
}

bool script_make(struct script *script, const struct script_options *o)
{
	int size = snprintf(
		script->upgrade, sizeof script->upgrade,
		"GET /ws HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Protocol: " WIRE_SUBPROTOCOL "\r\n\r\n",
		o->host);
	json_t *join = json_pack("{s:s,s:s,s:s,s:s*}", "type", "join", "room", o->room, "name", "load", "ticket", o->ticket);
	json_t *listen = json_pack("{s:s,s:i,s:s,s:i}", "type", "listen", "channel", (int)o->channel, "rendition", o->rendition,
				   "history", 0);
	script->upgrade_size = (size_t)size;
	script->join_size = make_text(script->join, sizeof script->join, join);
	script->listen_size = make_text(script->listen, sizeof script->listen, listen);
	return script->upgrade_size < sizeof script->upgrade && script->join_size > 0 && script->listen_size > 0;
}

void member_fail(struct member *member, struct crowd *crowd, const char *why)
{
	if (member->state == MEMBER_GONE)
		return;
	if (member->state == MEMBER_LISTENING)
		crowd->tally.listening--;
	member->state = MEMBER_GONE;
	if (crowd->tally.gone++ == 0)
		snprintf(crowd->tally.reason, sizeof crowd->tally.reason, "%s", why);
}

/* Sends and goes on to the next state. */
static void say(struct member *member, struct crowd *crowd, const void *bytes, size_t size, enum member_state next)
{
	if (link_send(member, bytes, size) != (ssize_t)size)
		member_fail(member, crowd, "a message could not be sent at once");
	else
		member->state = next;
}

void member_connected(struct member *member, struct crowd *crowd)
{
	say(member, crowd, crowd->script.upgrade, crowd->script.upgrade_size, MEMBER_UPGRADING);
}

/* ---- the handshake ---- */

static void refuse_upgrade(struct member *member, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	char why[sizeof crowd->tally.reason];
	const uint8_t *end = memchr(bytes, '\r', size);
	snprintf(why, sizeof why, "no WebSocket: %.*s", end != NULL ? (int)(end - bytes) : 0, (const char *)bytes);
	member_fail(member, crowd, why);
}

static size_t take_upgrade(struct member *member, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	const uint8_t *end = memmem(bytes, size, "\r\n\r\n", 4);
	if (end == NULL)
		return 0;
	size_t used = (size_t)(end - bytes) + 4;
	if (used < 13 || memcmp(bytes, "HTTP/1.1 101 ", 13) != 0 || memmem(bytes, used, ACCEPT, strlen(ACCEPT)) == NULL)
		refuse_upgrade(member, crowd, bytes, used);
	else
		say(member, crowd, crowd->script.join, crowd->script.join_size, MEMBER_JOINING);
	return used;
}

/* ---- texts ---- */

static void refused(struct member *member, struct crowd *crowd, const json_t *message)
{
	char why[sizeof crowd->tally.reason];
	const char *code = json_string_value(json_object_get(message, "code"));
	const char *sentence = json_string_value(json_object_get(message, "message"));
	snprintf(why, sizeof why, "%s: %s", code != NULL ? code : "error", sentence != NULL ? sentence : "");
	member_fail(member, crowd, why);
}

static void begin(struct member *member, struct crowd *crowd, const json_t *message)
{
	member->frame_ms = (uint8_t)json_integer_value(json_object_get(message, "frame_ms"));
	member->base_seq = (uint32_t)json_integer_value(json_object_get(message, "seq"));
	member->base_us = (uint64_t)json_integer_value(json_object_get(message, "server_us"));
	member->last_seq = member->base_seq - 1;
	member->state = MEMBER_LISTENING;
	crowd->tally.listening++;
}

static void take_answer(struct member *member, struct crowd *crowd, const uint8_t *text, size_t size)
{
	json_t *message = json_loadb((const char *)text, size, 0, NULL);
	const char *type = json_string_value(json_object_get(message, "type"));
	if (type == NULL)
		member_fail(member, crowd, "a text message that is not the protocol's");
	else if (strcmp(type, "error") == 0)
		refused(member, crowd, message);
	else if (strcmp(type, "joined") == 0 && member->state == MEMBER_JOINING)
		say(member, crowd, crowd->script.listen, crowd->script.listen_size, MEMBER_ASKING);
	else if (strcmp(type, "listening") == 0 && member->state == MEMBER_ASKING)
		begin(member, crowd, message);
	json_decref(message);
}

static void take_text(struct member *member, struct crowd *crowd, const uint8_t *text, size_t size)
{
	if (member->state != MEMBER_LISTENING) {
		take_answer(member, crowd, text, size);
		return;
	}
	crowd->tally.texts++;
	if (memmem(text, size, "\"error\"", 7) != NULL)
		crowd->tally.errors++;
}

/* ---- sound ---- */

static void take_packet(struct member *member, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	struct wire_down header;
	if (!wire_get_down(bytes, size, &header) || member->state != MEMBER_LISTENING) {
		member_fail(member, crowd, "a binary message that is not the protocol's");
		return;
	}
	int32_t step = wire_seq_distance(header.seq, member->last_seq);
	crowd->tally.packets++;
	crowd->tally.bytes += size;
	if (step <= 0) {
		crowd->tally.doubled++;
		return;
	}
	crowd->tally.lost += (uint64_t)step - 1;
	member->last_seq = header.seq;
	int64_t frames = wire_seq_distance(header.seq, member->base_seq);
	int64_t delay_us = (int64_t)(crowd->now_us - member->base_us) - frames * member->frame_ms * 1000;
	delays_add(&crowd->tally.delays, delay_us > 0 ? (uint64_t)delay_us : 0);
}

/* ---- frames ---- */

static void take_frame(struct member *member, struct crowd *crowd, unsigned opcode, const uint8_t *payload, size_t size)
{
	uint8_t pong[125 + 6];
	char why[sizeof crowd->tally.reason];
	switch (opcode) {
	case OP_BINARY: take_packet(member, crowd, payload, size); break;
	case OP_TEXT: take_text(member, crowd, payload, size); break;
	case OP_PING:
		say(member, crowd, pong, make_frame(pong, sizeof pong, OP_PONG, (const char *)payload, size), member->state);
		break;
	case OP_CLOSE:
		snprintf(why, sizeof why, "closed by the server with %u %.*s", size >= 2 ? payload[0] << 8 | payload[1] : 1005,
			 size > 2 ? (int)size - 2 : 0, (const char *)payload + 2);
		member_fail(member, crowd, why);
		break;
	default: break;
	}
}

/* The size of a frame's header, and that of its payload; 0 when the header is not whole. */
static size_t frame_header(const uint8_t *bytes, size_t size, uint64_t *payload)
{
	size_t header = size < 2 || bytes[1] < 126 ? 2 : bytes[1] == 126 ? 4 : 10;
	if (size < header)
		return 0;
	*payload = header == 2 ? bytes[1] : 0;
	for (size_t i = 2; i < header; i++)
		*payload = *payload << 8 | bytes[i];
	return header;
}

size_t member_take(struct member *member, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	size_t used = 0, header;
	uint64_t payload;
	if (member->state == MEMBER_UPGRADING)
		used = take_upgrade(member, crowd, bytes, size);
	while (member->state > MEMBER_UPGRADING && member->state != MEMBER_GONE) {
		header = frame_header(bytes + used, size - used, &payload);
		if (header == 0 || payload > size - used - header)
			break;
		take_frame(member, crowd, bytes[used] & 15, bytes + used + header, (size_t)payload);
		used += header + (size_t)payload;
	}
	return used;
}
