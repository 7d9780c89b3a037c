/* One listener, see member.h. The frames of RFC 6455 are written by hand: this side needs no more of it than a length, and a
 * thousand members must cost less than the server they measure. Two liberties of a test tool: the key of the handshake is always
 * the example of the RFC (so its answer is known), and the mask is zero (so a frame is made once for all).
 *
 * Called by swarm.c. Never blocks, and sends only while it joins: what it says then is short and fits in an empty socket.
 */
#include "load/member.h"
#include "load/frame.h"

#include "base/check.h"
#include "base/text.h"
#include "boothcast/wire.h"
#include "load/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455, 1.3 */
#define WAIT_MIN_MS 250u  /* both as in the pages (web/src/lib/backoff.ts) */
#define WAIT_MAX_MS 5000u
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

/* Takes the reference to `message`. False when it does not fit. */
static bool make_text(struct script_text *to, json_t *message)
{
	char text[sizeof to->bytes];
	size_t size = json_dumpb(message, text, sizeof text, JSON_COMPACT);
	json_decref(message);
	to->size = size > 0 && size <= sizeof text ? make_frame(to->bytes, sizeof to->bytes, OP_TEXT, text, size) : 0;
	return to->size > 0;
}

/* With the token of an earlier `joined`, or NULL. */
static bool make_join(struct script_text *to, const struct script *script, const char *token)
{
	json_t *join = json_pack("{s:s,s:s,s:s,s:s*}", "type", "join", "room", script->room, "name", "bench", "ticket", script->ticket);
	if (token != NULL)
		json_object_set_new(join, "resume", json_pack("{s:s}", "token", token));
	return make_text(to, join);
}

bool script_make(struct script *script, const struct script_options *o)
{
	check(o->channels >= 1 && o->channels <= CHANNELS_MAX);
	int size = snprintf(
		script->upgrade, sizeof script->upgrade,
		"GET /ws HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Protocol: " WIRE_SUBPROTOCOL "\r\n\r\n",
		o->host);
	script->upgrade_size = (size_t)size;
	script->room = o->room;
	script->ticket = o->ticket;
	bool good = script->upgrade_size < sizeof script->upgrade && make_join(&script->join, script, NULL);
	for (script->listens = 0; good && script->listens < o->channels; script->listens++)
		good = make_text(&script->listen[script->listens],
				 json_pack("{s:s,s:i,s:s,s:i}", "type", "listen", "channel", (int)o->channel[script->listens],
					   "rendition", o->rendition, "history", 0));
	return good;
}

void crowd_init(struct crowd *crowd)
{
	*crowd = (struct crowd){.shortest_us = INT64_MAX, .seed = 1};
}

/* ---- the ways out ---- */

static void stop_counting(struct member *member, struct crowd *crowd)
{
	if (member->state == MEMBER_LISTENING)
		crowd->tally.listening--;
	else if (member->state == MEMBER_AWAY)
		crowd->tally.away--;
	else if (member->state == MEMBER_GONE)
		crowd->tally.gone--;
}

/* Comes again as the pages do: not before it was told to, by chance up to WAIT_MIN_MS x 2^attempt (at most WAIT_MAX_MS) later. */
static void go_away(struct member *member, struct crowd *crowd, uint64_t retry_after_ms)
{
	uint64_t wait_ms = WAIT_MIN_MS << (member->attempt < 8 ? member->attempt : 8);
	if (wait_ms > WAIT_MAX_MS)
		wait_ms = WAIT_MAX_MS;
	member->attempt++;
	member->state = MEMBER_AWAY;
	member->heard_us = crowd->now_us + retry_after_ms * 1000 + (uint64_t)rand_r(&crowd->seed) % (wait_ms * 1000);
	crowd->tally.away++;
	crowd->tally.sent_away++;
}

static void go(struct member *member, struct crowd *crowd, const char *code, const char *why)
{
	if (member->state == MEMBER_GONE)
		return;
	crowd->tally.closed += member->state == MEMBER_LISTENING;
	stop_counting(member, crowd);
	member->state = MEMBER_GONE;
	if (crowd->tally.gone++ > 0)
		return;
	snprintf(crowd->tally.code, sizeof crowd->tally.code, "%s", code);
	text_copy(crowd->tally.reason, sizeof crowd->tally.reason, why); /* the server's words are anybody's */
}

void member_fail(struct member *member, struct crowd *crowd, const char *why)
{
	if (crowd->persistent && member->state < MEMBER_LISTENING)
		go_away(member, crowd, 0);
	else if (member->state != MEMBER_AWAY)
		go(member, crowd, "", why);
}

void member_leave(struct member *member, struct crowd *crowd)
{
	stop_counting(member, crowd);
	member->state = MEMBER_IDLE;
}

/* Sends and goes on to the next state. */
static void say(struct member *member, struct crowd *crowd, const void *bytes, size_t size, enum member_state next)
{
	if (cord_send(&member->cord, bytes, size) != (ssize_t)size)
		member_fail(member, crowd, "a message could not be sent at once");
	else
		member->state = next;
}

void member_begin(struct member *member, struct crowd *crowd)
{
	stop_counting(member, crowd);
	member->state = MEMBER_CONNECTING;
	member->paused = false;
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
	text_print(why, sizeof why, "no WebSocket: %.*s", end != NULL ? (int)(end - bytes) : 0, (const char *)bytes);
	member_fail(member, crowd, why);
}

static void join(struct member *member, struct crowd *crowd)
{
	struct script_text with_token;
	const struct script_text *text = &crowd->script.join;
	if (member->token != NULL && make_join(&with_token, &crowd->script, member->token))
		text = &with_token;
	say(member, crowd, text->bytes, text->size, MEMBER_JOINING);
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
		join(member, crowd);
	return used;
}

/* ---- texts ---- */

/* An error before it listens: it is told to come later, or it is not wanted at all. */
static void refused(struct member *member, struct crowd *crowd, const json_t *message)
{
	const json_t *retry_after_ms = json_object_get(message, "retry_after_ms");
	const char *code = json_string_value(json_object_get(message, "code"));
	const char *sentence = json_string_value(json_object_get(message, "message"));
	if (json_is_integer(retry_after_ms) && json_integer_value(retry_after_ms) >= 0)
		go_away(member, crowd, (uint64_t)json_integer_value(retry_after_ms));
	else if (crowd->persistent && code != NULL && strcmp(code, "too_many") == 0)
		go_away(member, crowd, 0); /* the server is full: a page tries on */
	else
		go(member, crowd, code != NULL ? code : "error", sentence != NULL ? sentence : "");
}

static void keep_token(struct member *member, const json_t *message)
{
	const char *token = json_string_value(json_object_get(message, "resume"));
	free(member->token);
	member->token = token != NULL ? check_alloc(strdup(token)) : NULL;
}

static void ask(struct member *member, struct crowd *crowd, const json_t *message)
{
	const struct script_text *listen = &crowd->script.listen[member->listen];
	if (crowd->persistent)
		keep_token(member, message);
	if (crowd->joined != NULL)
		crowd->joined(crowd->user, message);
	say(member, crowd, listen->bytes, listen->size, MEMBER_ASKING);
}

static void begin(struct member *member, struct crowd *crowd, const json_t *message)
{
	member->frame_ms = (uint8_t)json_integer_value(json_object_get(message, "frame_ms"));
	member->base_seq = (uint32_t)json_integer_value(json_object_get(message, "seq"));
	member->base_us = (uint64_t)json_integer_value(json_object_get(message, "server_us"));
	member->last_seq = member->base_seq - 1;
	member->heard_us = crowd->now_us;
	member->attempt = 0;
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
		ask(member, crowd, message);
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

static void count_delay(struct crowd *crowd, int64_t delay_us)
{
	if (delay_us < crowd->shortest_us)
		crowd->shortest_us = delay_us;
	if (crowd->relative)
		delay_us -= crowd->shortest_us;
	delays_add(&crowd->tally.delays, delay_us > 0 ? (uint64_t)delay_us : 0);
}

static void count_pause(struct member *member, struct crowd *crowd)
{
	uint64_t pause_us = crowd->now_us - member->heard_us;
	member->heard_us = crowd->now_us;
	if (pause_us > crowd->tally.longest_pause_us)
		crowd->tally.longest_pause_us = pause_us;
	if (crowd->pause_us > 0 && pause_us > crowd->pause_us && !member->paused) {
		member->paused = true;
		crowd->tally.paused++;
	}
}

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
	count_delay(crowd, (int64_t)(crowd->now_us - member->base_us) - frames * member->frame_ms * 1000);
	count_pause(member, crowd);
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
		text_print(why, sizeof why, "closed by the server with %u %.*s", size >= 2 ? payload[0] << 8 | payload[1] : 1005,
			 size > 2 ? (int)size - 2 : 0, (const char *)payload + 2);
		member_fail(member, crowd, why);
		break;
	default: break;
	}
}

size_t member_take(struct member *member, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	size_t used = 0, header;
	uint64_t payload;
	if (member->state == MEMBER_UPGRADING)
		used = take_upgrade(member, crowd, bytes, size);
	while (member->state > MEMBER_UPGRADING && member->state < MEMBER_AWAY) {
		header = frame_header(bytes + used, size - used, &payload);
		if (header == 0 || payload > size - used - header)
			break;
		take_frame(member, crowd, bytes[used] & 15, bytes + used + header, (size_t)payload);
		used += header + (size_t)payload;
	}
	return used;
}
