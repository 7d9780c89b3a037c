/* Events as JSON lines and back, by one table that names each event, its fields, and the words of its value. jansson does the JSON.
 *
 *   struct room_event --fields of table[type]--> {"beat":..,"event":NAME,..} --same fields--> struct room_event
 *
 * What is read comes from a file that anybody may have edited: everything is checked, nothing asserted. Called at key presses and
 * by replays, so it may allocate (jansson does). It never opens a file.
 */
#include "room/journal.h"

#include "base/check.h"
#include "room/fields.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	const char *desk; /* name of the field `desk`; NULL: the event has none */
	bool channel, text;
	const char *value;        /* name of the field `value`; NULL: the event has none */
	const char *const *words; /* of the value; NULL: a number */
} table[ROOM_EVENT_TYPES] = {
	[ROOM_SEAT] = {"seat", "desk", false, false, NULL, NULL},
	[ROOM_LEAVE] = {"leave", "desk", false, false, NULL, NULL},
	[ROOM_MIC] = {"mic", "desk", false, false, "state", fields_mics},
	[ROOM_OUTPUT] = {"output", "desk", false, false, "to", NULL},
	[ROOM_INPUT] = {"input", "desk", false, false, "hears", NULL},
	[ROOM_DESK_LINK] = {"desk_link", "desk", false, false, "state", fields_links},
	[ROOM_INPUT_LINK] = {"input_link", "input", false, false, "state", fields_links},
	[ROOM_CHOOSE_INPUT] = {"choose_input", NULL, false, false, "input", NULL},
	[ROOM_FILL] = {"fill", NULL, true, false, "on", NULL},
	[ROOM_INTERLOCK] = {"interlock", NULL, true, false, "mode", fields_interlocks},
	[ROOM_FLOOR_LANGUAGE] = {"floor_language", NULL, false, true, NULL, NULL},
	[ROOM_EMERGENCY] = {"emergency", "source", false, false, "on", NULL},
	[ROOM_MIC_CUT] = {"mic_cut", "desk", false, false, NULL, NULL},
	[ROOM_SWITCH] = {"switch", "desk", false, false, "from", NULL},
	[ROOM_AUTO_RELAY] = {"auto_relay", NULL, false, false, "from", NULL},
	[ROOM_TRUE_FLOOR] = {"true_floor", "desk", false, false, "on", NULL},
	[ROOM_TO_FLOOR] = {"to_floor", "desk", false, false, "on", NULL},
	[ROOM_LINE_UP] = {"line_up", NULL, true, false, "on", NULL},
	[ROOM_BREAK_MUSIC] = {"break_music", NULL, true, false, "on", NULL},
	[ROOM_PROGRAMME_LANGUAGE] = {"programme_language", NULL, false, true, NULL, NULL},
	[ROOM_RESTART] = {"restart", NULL, false, false, NULL, NULL},
};

/* ---- the digest ---- */

static uint64_t digest(uint64_t so_far, const void *bytes, size_t size)
{
	for (const uint8_t *b = bytes; size-- > 0; b++)
		so_far = (so_far ^ *b) * UINT64_C(0x100000001b3);
	return so_far;
}

uint64_t plan_digest(const struct plan *plan)
{
	const uint8_t head[] = {plan->channels, plan->floor_source, plan->emergency_source};
	uint64_t d = digest(UINT64_C(0xcbf29ce484222325), head, sizeof head);
	if (plan->floor_also != 0) /* logs from before there were mixed floors keep their digests */
		d = digest(d, &plan->floor_also, 1);
	for (unsigned c = 0; c < plan->channels; c++) {
		const struct plan_line *line = &plan->line[c];
		const uint8_t what[] = {line->label, line->bed, line->voices, line->depth};
		d = digest(d, what, sizeof what);
		for (unsigned i = 0; i < line->voices; i++)
			d = digest(d, (const uint8_t[]){line->voice[i].source, line->voice[i].muted}, 2);
		d = digest(d, line->language, strlen(line->language) + 1);
	}
	return d;
}

/* ---- writing ---- */

static void put_value(json_t *object, const struct room_event *event)
{
	const char *const *words = table[event->type].words;
	if (words == NULL)
		fields_put(object, table[event->type].value, json_integer(event->value));
	else
		fields_put(object, table[event->type].value, json_string(words[event->value]));
}

static void put_result(json_t *object, const struct journal_result *result)
{
	char hex[17];
	snprintf(hex, sizeof hex, "%016" PRIx64, result->plan);
	fields_put(object, "revision", json_integer((json_int_t)result->revision));
	fields_put(object, "plan", json_string(hex));
}

/* Whether the value has a word; a number always has. */
static bool has_word(const struct room_event *event)
{
	const char *const *words = table[event->type].words;
	for (unsigned i = 0; words != NULL && i <= event->value; i++)
		if (words[i] == NULL)
			return false;
	return true;
}

size_t room_event_write(const struct room_event *event, const struct journal_result *result, char *line, size_t size)
{
	check(event->type < ROOM_EVENT_TYPES && has_word(event)); /* room_apply() refuses all others before they get here */
	json_t *object = json_object();
	fields_put(object, "beat", json_integer((json_int_t)event->beat));
	fields_put(object, "event", json_string(table[event->type].name));
	if (table[event->type].desk != NULL)
		fields_put(object, table[event->type].desk, json_integer(event->desk));
	if (table[event->type].channel)
		fields_put(object, "channel", json_integer(event->channel));
	if (table[event->type].value != NULL)
		put_value(object, event);
	if (table[event->type].text)
		fields_put(object, "language", json_string(event->text));
	if (result != NULL && result->known)
		put_result(object, result);
	return fields_line(object, line, size);
}

/* ---- reading ---- */

static bool get_value(const json_t *object, struct room_event *event)
{
	const char *key = table[event->type].value;
	const char *const *words = table[event->type].words;
	return words == NULL ? fields_byte(object, key, &event->value) : fields_word(object, key, words, &event->value);
}

static bool get_result(const json_t *object, struct journal_result *result)
{
	const json_t *revision = json_object_get(object, "revision");
	const char *plan = json_string_value(json_object_get(object, "plan"));
	result->known = revision != NULL || plan != NULL;
	if (!result->known)
		return true;
	json_int_t number = fields_integer(revision, INT64_MAX);
	if (number < 0 || plan == NULL || strlen(plan) != 16 || strspn(plan, "0123456789abcdef") != 16)
		return false;
	result->revision = (uint64_t)number;
	result->plan = strtoull(plan, NULL, 16);
	return true;
}

static bool get_fields(const json_t *object, struct room_event *event)
{
	json_int_t beat = fields_integer(json_object_get(object, "beat"), INT64_MAX);
	bool good = beat >= 0;
	event->beat = good ? (uint64_t)beat : 0;
	if (table[event->type].desk != NULL)
		good = fields_byte(object, table[event->type].desk, &event->desk) && good;
	if (table[event->type].channel)
		good = fields_byte(object, "channel", &event->channel) && good;
	if (table[event->type].value != NULL)
		good = get_value(object, event) && good;
	if (table[event->type].text)
		good = fields_text(object, "language", event->text) && good;
	return good;
}

static int find_type(const json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "event"));
	for (int i = 0; name != NULL && i < ROOM_EVENT_TYPES; i++)
		if (strcmp(table[i].name, name) == 0)
			return i;
	return -1;
}

enum status room_event_read(const char *line, struct room_event *event, struct journal_result *result)
{
	struct journal_result ignored;
	memset(event, 0, sizeof *event);
	json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	enum status status = STATUS_OK;
	int type = find_type(object);
	event->type = type < 0 ? 0 : (uint8_t)type;
	if (!json_is_object(object))
		status = STATUS_BAD_JSON;
	else if (type < 0)
		status = STATUS_UNKNOWN_TYPE;
	else if (!get_fields(object, event) || !get_result(object, result != NULL ? result : &ignored))
		status = STATUS_BAD_FIELD;
	json_decref(object);
	return status;
}
