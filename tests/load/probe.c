/* The first listener, see probe.h:
 *
 *   reach --> TLS --> WebSocket --> join --> listen --> leave
 *     |        |          |           |         |
 *     +--------+----------+-----------+---------+--> a sentence: what is wrong, and what to do about it
 *
 * Called by bench.c before a measurement. It is the one that looks at the certificate; the others believe it.
 */
#include "load/probe.h"

#include "load/line.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES (1024 * 1024) /* as in swarm.c */

#define HOW_TO_GET "Make one where the server's settings are:\n" \
		   "  boothcast ticket --config FILE --state DIR --room %s --role listener\nand hand it on with --ticket."

struct probing {
	const struct probe_options *options;
	struct line line;
	struct crowd crowd;
	uint8_t *buffer;
	size_t filled;
};

static void read_room(void *user, const json_t *joined)
{
	struct probe_room *room = user;
	const json_t *channels = json_object_get(json_object_get(joined, "room"), "channels"), *one;
	size_t i;
	json_array_foreach(channels, i, one) {
		json_int_t number = json_integer_value(json_object_get(one, "number"));
		if (room->channels < CHANNELS_MAX)
			room->channel[room->channels++] = (unsigned)number;
	}
}

/* ---- what is wrong ---- */

/* " Its rooms are a, b." */
static void add_rooms(const struct target *target, char *to, size_t size)
{
	struct text body;
	const json_t *one;
	size_t i, used = strlen(to);
	text_init(&body, 1024 * 1024);
	json_t *json = line_get(target, "/api/rooms", &body) ? json_loads(body.at, 0, NULL) : NULL;
	json_array_foreach(json_object_get(json, "rooms"), i, one) {
		const char *id = json_string_value(json_object_get(one, "id"));
		if (id != NULL)
			text_print(to + used, size - used, "%s%s", i == 0 ? " Its rooms are: " : ", ", id);
		used = strlen(to);
	}
	json_decref(json);
	text_free(&body);
}

static void explain_line(const struct probing *probing, enum line_result result, int why, char *to, size_t size)
{
	const char *host = probing->options->target->host;
	if (result == LINE_DISTRUSTED)
		text_print(to, size, "The certificate of %s is not trusted here: %s. If it is your own, say so with --insecure.", host,
			 link_distrust(&probing->line.member));
	else if (result == LINE_NO_TLS)
		text_print(to, size, "What is at %s does not speak TLS. If the server has no certificate, write http://%s.", host, host);
	else if (why == ECONNREFUSED)
		text_print(to, size, "Nobody is at %s. Does the server run, and is this the port it said it listens on?", host);
	else if (why == ETIMEDOUT)
		text_print(to, size, "%s does not answer. Is the address right, and no firewall between?", host);
	else
		text_print(to, size, "%s cannot be reached: %s.", host, strerror(why));
}

static void explain_refusal(const struct probing *probing, char *to, size_t size)
{
	const struct probe_options *o = probing->options;
	const char *code = probing->crowd.tally.code, *reason = probing->crowd.tally.reason;
	if (strcmp(code, "ticket_needed") == 0 && o->ticket == NULL)
		text_print(to, size, "The room %s is closed: it takes nobody without a ticket. " HOW_TO_GET, o->room, o->room);
	else if (strstr(code, "ticket") != NULL)
		text_print(to, size, "The ticket is not taken: %s " HOW_TO_GET, reason, o->room);
	else if (strcmp(code, "no_room") == 0) {
		text_print(to, size, "There is no room %s at %s.", o->room, o->target->host);
		add_rooms(o->target, to, size);
	} else
		text_print(to, size, "%s lets no listener in: %s", o->target->host, reason);
}

/* Whoever hung up on plain words may have waited for others. */
static bool speaks_tls(const struct target *target)
{
	struct target secured = *target;
	struct line line;
	secured.secure = true;
	bool speaks = line_open(&line, &secured, false) == LINE_OPEN;
	line_close(&line);
	return speaks;
}

static void explain_member(const struct probing *probing, char *to, size_t size)
{
	const struct target *target = probing->options->target;
	const struct tally *tally = &probing->crowd.tally;
	if (probing->line.member.state == MEMBER_AWAY)
		text_print(to, size, "%s has a crowd at its door, and asks to come later. Try again when it is quiet.", target->host);
	else if (tally->code[0] != '\0')
		explain_refusal(probing, to, size);
	else if (strncmp(tally->reason, "no WebSocket: ", 14) == 0)
		text_print(to, size, "What answers at %s is no Boothcast server: it says %s.", target->host, tally->reason + 14);
	else if (!target->secure && speaks_tls(target))
		text_print(to, size, "The server at %s speaks TLS. Write https://%s.", target->host, target->host);
	else
		text_print(to, size, "%s takes no listener: %s. Is it a Boothcast server, and not full?", target->host, tally->reason);
}

/* ---- coming in ---- */

static void take(struct probing *probing, size_t got)
{
	struct member *member = &probing->line.member;
	probing->filled += got;
	probing->crowd.now_us = clock_us();
	size_t used = member_take(member, &probing->crowd, probing->buffer, probing->filled);
	probing->filled -= used;
	memmove(probing->buffer, probing->buffer + used, probing->filled);
}

static bool enter(struct probing *probing)
{
	struct member *member = &probing->line.member;
	member_connected(member, &probing->crowd);
	while (member->state < MEMBER_LISTENING) {
		ssize_t got = line_receive(&probing->line, probing->buffer + probing->filled, BUFFER_BYTES - probing->filled);
		if (got > 0)
			take(probing, (size_t)got);
		else
			member_fail(member, &probing->crowd, got == 0 ? "it ended the connection" : strerror(errno));
	}
	return member->state == MEMBER_LISTENING;
}

bool probe(const struct probe_options *options, struct probe_room *room, char *error, size_t size)
{
	struct probing probing = {.options = options};
	struct script_options script = {options->target->host, options->room, options->rendition, options->ticket, &options->channel, 1};
	crowd_init(&probing.crowd);
	probing.crowd.joined = read_room;
	probing.crowd.user = room;
	*room = (struct probe_room){0};
	if (!script_make(&probing.crowd.script, &script)) {
		snprintf(error, size, "The name of the room, of the server, or the ticket is too long.");
		return false;
	}
	probing.buffer = check_alloc(malloc(BUFFER_BYTES));
	enum line_result result = line_open(&probing.line, options->target, !options->insecure);
	bool entered = result == LINE_OPEN && enter(&probing);
	if (result != LINE_OPEN)
		explain_line(&probing, result, errno, error, size);
	else if (!entered)
		explain_member(&probing, error, size);
	line_close(&probing.line);
	free(probing.buffer);
	return entered;
}
