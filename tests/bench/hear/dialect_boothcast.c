/* Boothcast's protocol, which the bare loops speak as well: join a room, listen to a channel; then each message is a packet behind
 * its 12 bytes. The first of both texts are made for each ear, since ears sit in several rooms and channels; nobody measures then.
 * */
#include "bench/hear/ear.h"

#include "boothcast/wire.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Takes the reference to `message`. */
static void say(struct ear *ear, struct crowd *crowd, json_t *message)
{
	char text[1024];
	size_t size = json_dumpb(message, text, sizeof text, JSON_COMPACT);
	json_decref(message);
	if (size > 0 && size <= sizeof text)
		ear_say(ear, crowd, true, text, size);
	else
		ear_fail(ear, crowd, "what is to be said is too long");
}

static void admitted(struct ear *ear, struct crowd *crowd)
{
	char room[32];
	snprintf(room, sizeof room, "hall%u", ear->room + 1u);
	say(ear, crowd, json_pack("{s:s,s:s,s:s}", "type", "join", "room", room, "name", "bench"));
}

static void joined(struct ear *ear, struct crowd *crowd)
{
	say(ear, crowd,
	    json_pack("{s:s,s:i,s:s,s:i}", "type", "listen", "channel", (int)ear->channel, "rendition", crowd->rendition, "history", 0));
}

static void refused(struct ear *ear, struct crowd *crowd, json_t *message)
{
	char why[sizeof crowd->tally.reason];
	const char *code = json_string_value(json_object_get(message, "code"));
	const char *sentence = json_string_value(json_object_get(message, "message"));
	snprintf(why, sizeof why, "%s: %s", code != NULL ? code : "error", sentence != NULL ? sentence : "");
	ear_fail(ear, crowd, why);
}

static void take_text(struct ear *ear, struct crowd *crowd, const uint8_t *text, size_t size)
{
	json_t *message = json_loadb((const char *)text, size, 0, NULL);
	const char *type = json_string_value(json_object_get(message, "type"));
	if (type == NULL) {
		ear_fail(ear, crowd, "a text message that is not the protocol's");
	} else if (strcmp(type, "error") == 0) {
		refused(ear, crowd, message);
	} else if (strcmp(type, "joined") == 0) {
		joined(ear, crowd);
	} else if (strcmp(type, "listening") == 0) {
		ear->frame_ms = (uint8_t)json_integer_value(json_object_get(message, "frame_ms"));
		ear_listens(ear, crowd);
	}
	json_decref(message);
}

/* A packet begins with the version, and a text with a brace. */
static void message(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	struct wire_down header;
	if (wire_get_down(bytes, size, &header))
		ear_heard(ear, crowd, header.seq, size);
	else if (ear->state == EAR_JOINING)
		take_text(ear, crowd, bytes, size);
}

const struct dialect dialect_boothcast = {
	.name = "boothcast", .path = "/ws", .subprotocol = WIRE_SUBPROTOCOL, .admitted = admitted, .message = message};
