/* operate: what an AV technician does to a room. A table of actions; each becomes an event of the room. */
#include "control/session.h"

#include "base/log.h"
#include "control/emergency_text.h"
#include "control/memory.h"
#include "control/snapshot.h"
#include "settings/language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_CHANNELS 255 /* in an event that is not applied as it is: one for each channel is */

typedef enum status (*action_handler)(struct session *session, const json_t *message, struct room_event *event, char *sentence);

static enum status channel_field(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	long channel;
	if (!field_number(message, "channel", 1, CHANNELS_MAX - 1, &channel, sentence))
		return STATUS_BAD_FIELD;
	event->channel = (uint8_t)channel;
	return stage_channel(session->hall->stage, (unsigned)channel) != NULL ? STATUS_OK : STATUS_NO_CHANNEL;
}

static enum status flag_value(const json_t *message, struct room_event *event, char *sentence)
{
	bool on;
	if (!field_flag(message, "on", &on, sentence))
		return STATUS_BAD_FIELD;
	event->value = on;
	return STATUS_OK;
}

static enum status fill(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	event->type = ROOM_FILL;
	enum status status = channel_field(session, message, event, sentence);
	return status == STATUS_OK ? flag_value(message, event, sentence) : status;
}

static enum status interlock(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	static const char *const words[] = {"none", "interlock", "override", "toggle-override"};
	const char *mode;
	event->type = ROOM_INTERLOCK;
	enum status status = channel_field(session, message, event, sentence);
	if (status != STATUS_OK)
		return status;
	if (!field_word(message, "mode", &mode, sentence))
		return STATUS_BAD_FIELD;
	for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i], mode) == 0) {
			event->value = (uint8_t)i;
			return STATUS_OK;
		}
	}
	snprintf(sentence, SENTENCE_SIZE, "\"mode\" must be none, interlock, override or toggle-override.");
	return STATUS_BAD_FIELD;
}

static enum status floor_language(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	const char *language;
	(void)session;
	event->type = ROOM_FLOOR_LANGUAGE;
	if (!field_word(message, "language", &language, sentence))
		return STATUS_BAD_FIELD;
	if (language[0] != '\0' && !language_canonical(language, event->text)) {
		snprintf(sentence, SENTENCE_SIZE, "\"language\" must be a language tag such as zh-CN, or \"\" for not known.");
		return STATUS_BAD_FIELD;
	}
	return STATUS_OK;
}

static enum status mic_off(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	const char *desk;
	char name[NAME_SIZE * 2];
	event->type = ROOM_MIC_CUT;
	if (!field_word(message, "desk", &desk, sentence))
		return STATUS_BAD_FIELD;
	snprintf(name, sizeof name, "desk/%.*s", QUOTE(desk));
	int source = stage_find_source(session->hall->stage, name);
	if (source < INPUTS_MAX) {
		snprintf(sentence, SENTENCE_SIZE, "There is no desk \"%.*s\"; write booth and number, such as zh-en/1.",
			 QUOTE(desk));
		return STATUS_NO_DESK;
	}
	event->desk = (uint8_t)(source - INPUTS_MAX);
	return STATUS_OK;
}

/* Without a source, or while the chosen one is not heard, it is the tone. */
static enum status emergency_source(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	const char *source;
	if (json_object_get(message, "source") == NULL)
		return STATUS_OK;
	if (!field_word(message, "source", &source, sentence))
		return STATUS_BAD_FIELD;
	int index = stage_find_source(session->hall->stage, source);
	if (index < 0) {
		snprintf(sentence, SENTENCE_SIZE,
			 "There is no source \"%.*s\"; write one such as floor/main or desk/zh-en/1, or none for the tone.",
			 QUOTE(source));
		return STATUS_NO_SOURCE;
	}
	event->desk = (uint8_t)index;
	return STATUS_OK;
}

/* The words that go with it: those of the message, else those of the settings. */
static enum status emergency_words(struct session *session, const json_t *message, char *sentence)
{
	const json_t *given = json_object_get(message, "text");
	json_t *words = given != NULL ? emergency_text_check(given, sentence)
				      : snapshot_names(stage_settings(session->hall->stage)->emergency_text);
	if (words == NULL)
		return STATUS_BAD_FIELD;
	json_decref(session->hall->emergency_text);
	session->hall->emergency_text = words;
	session->hall->emergency_text_new = true;
	return STATUS_OK;
}

static enum status emergency(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	event->type = ROOM_EMERGENCY;
	event->desk = PLAN_NO_SOURCE;
	enum status status = flag_value(message, event, sentence);
	if (status == STATUS_OK && event->value != 0)
		status = emergency_source(session, message, event, sentence);
	if (status == STATUS_OK && event->value != 0)
		status = emergency_words(session, message, sentence);
	return status;
}

static enum status choose_input(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	const char *input;
	char name[NAME_SIZE * 2];
	event->type = ROOM_CHOOSE_INPUT;
	if (!field_word(message, "input", &input, sentence))
		return STATUS_BAD_FIELD;
	snprintf(name, sizeof name, "floor/%.*s", QUOTE(input));
	int source = stage_find_source(session->hall->stage, name);
	if (source < 0) {
		snprintf(sentence, SENTENCE_SIZE, "This room has no input \"%.*s\".", QUOTE(input));
		return STATUS_NO_SOURCE;
	}
	event->value = (uint8_t)source;
	return STATUS_OK;
}

static enum status auto_relay(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	long channel;
	(void)session;
	event->type = ROOM_AUTO_RELAY;
	if (!field_number(message, "channel", 0, CHANNELS_MAX - 1, &channel, sentence))
		return STATUS_BAD_FIELD;
	event->value = (uint8_t)channel;
	return STATUS_OK;
}

/* A channel's number, the floor's 0 too, or "all". */
static enum status channel_or_all(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	long channel;
	const json_t *given = json_object_get(message, "channel");
	event->channel = ALL_CHANNELS;
	if (json_is_string(given) && strcmp(json_string_value(given), "all") == 0)
		return STATUS_OK;
	if (!field_number(message, "channel", 0, CHANNELS_MAX - 1, &channel, sentence)) {
		snprintf(sentence, SENTENCE_SIZE, "\"channel\" must be the number of a channel, 0 for the floor, or \"all\".");
		return STATUS_BAD_FIELD;
	}
	event->channel = (uint8_t)channel;
	return stage_channel(session->hall->stage, (unsigned)channel) != NULL ? STATUS_OK : STATUS_NO_CHANNEL;
}

static enum status line_up(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	event->type = ROOM_LINE_UP;
	enum status status = channel_or_all(session, message, event, sentence);
	return status == STATUS_OK ? flag_value(message, event, sentence) : status;
}

static enum status break_music(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	event->type = ROOM_BREAK_MUSIC;
	enum status status = channel_or_all(session, message, event, sentence);
	if (status == STATUS_OK)
		status = flag_value(message, event, sentence);
	if (status != STATUS_OK || event->value == 0 || stage_has_music(session->hall->stage))
		return status;
	snprintf(sentence, SENTENCE_SIZE,
		 "This room has no break music: write break_music: FILE.wav under event or under the room in the settings, "
		 "and restart.");
	return STATUS_NO_MUSIC;
}

static const struct {
	const char *action;
	action_handler handler;
} actions[] = {
	{"fill", fill},
	{"interlock", interlock},
	{"floor_language", floor_language},
	{"mic_off", mic_off},
	{"emergency", emergency},
	{"input", choose_input},
	{"auto_relay", auto_relay},
	{"line_up", line_up},
	{"break_music", break_music},
};

static action_handler find_action(const char *word)
{
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		if (strcmp(actions[i].action, word) == 0)
			return actions[i].handler;
	}
	return NULL;
}

static void log_operated(const struct session *session, const json_t *message, const char *action)
{
	char *whole = json_dumps(message, JSON_COMPACT);
	log_event(LOG_WARNING, "operated", LOG_STRING("room", stage_settings(session->hall->stage)->id),
		  LOG_STRING("action", action), LOG_STRING("by", session->name), LOG_STRING("session", session->id),
		  LOG_STRING("message", whole));
	free(whole);
}

static enum status apply(struct hall *hall, struct room_event event)
{
	uint64_t revision = stage_room_next(hall->stage)->revision;
	enum status status = stage_apply(hall->stage, event);
	if (event.type == ROOM_EMERGENCY && status == STATUS_OK && stage_room_next(hall->stage)->revision == revision)
		memory_note(hall, &event); /* other words: nothing for the room, and something for the log */
	return status;
}

/* Line-up tone is put on every channel, break music on every language: the floor keeps its sound unless it is named. Off is off
 * everywhere. */
static enum status apply_to_all(struct hall *hall, struct room_event event)
{
	unsigned first = event.type == ROOM_BREAK_MUSIC && event.value != 0 ? 1 : 0;
	enum status status = STATUS_OK;
	for (unsigned c = first; c < CHANNELS_MAX && status == STATUS_OK; c++) {
		event.channel = (uint8_t)c;
		if (stage_channel(hall->stage, c) != NULL)
			status = stage_apply(hall->stage, event);
	}
	return status;
}

enum status operate_message(struct session *session, const json_t *message, char *sentence)
{
	const char *word;
	struct room_event event = {0};
	if (!field_word(message, "action", &word, sentence))
		return STATUS_BAD_FIELD;
	action_handler handler = find_action(word);
	if (handler == NULL) {
		snprintf(sentence, SENTENCE_SIZE, "There is no action \"%.*s\".", QUOTE(word));
		return STATUS_BAD_FIELD;
	}
	enum status status = handler(session, message, &event, sentence);
	if (status != STATUS_OK)
		return status;
	status = event.channel == ALL_CHANNELS ? apply_to_all(session->hall, event) : apply(session->hall, event);
	if (status == STATUS_OK)
		log_operated(session, message, word);
	return status;
}
