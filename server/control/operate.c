/* operate: what an AV technician does to a room. A table of actions; each becomes an event of the room. */
#include "control/session.h"

#include "base/log.h"
#include "settings/language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	snprintf(name, sizeof name, "desk/%.40s", desk);
	int source = stage_find_source(session->hall->stage, name);
	if (source < INPUTS_MAX) {
		snprintf(sentence, SENTENCE_SIZE, "There is no desk \"%.40s\"; write booth and number, such as zh-en/1.", desk);
		return STATUS_NO_DESK;
	}
	event->desk = (uint8_t)(source - INPUTS_MAX);
	return STATUS_OK;
}

static enum status emergency(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	(void)session;
	event->type = ROOM_EMERGENCY;
	event->desk = PLAN_NO_SOURCE;
	return flag_value(message, event, sentence);
}

static enum status choose_input(struct session *session, const json_t *message, struct room_event *event, char *sentence)
{
	const char *input;
	char name[NAME_SIZE * 2];
	event->type = ROOM_CHOOSE_INPUT;
	if (!field_word(message, "input", &input, sentence))
		return STATUS_BAD_FIELD;
	snprintf(name, sizeof name, "floor/%.40s", input);
	int source = stage_find_source(session->hall->stage, name);
	if (source < 0) {
		snprintf(sentence, SENTENCE_SIZE, "This room has no input \"%.40s\".", input);
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

static const struct {
	const char *action;
	action_handler handler;
} actions[] = {
	{"fill", fill},       {"interlock", interlock}, {"floor_language", floor_language},
	{"mic_off", mic_off}, {"emergency", emergency}, {"input", choose_input},
	{"auto_relay", auto_relay},
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

enum status operate_message(struct session *session, const json_t *message, char *sentence)
{
	const char *word;
	struct room_event event = {0};
	if (!field_word(message, "action", &word, sentence))
		return STATUS_BAD_FIELD;
	action_handler handler = find_action(word);
	if (handler == NULL) {
		snprintf(sentence, SENTENCE_SIZE, "There is no action \"%.40s\".", word);
		return STATUS_BAD_FIELD;
	}
	enum status status = handler(session, message, &event, sentence);
	if (status != STATUS_OK)
		return status;
	status = stage_apply(session->hall->stage, event);
	if (status == STATUS_OK)
		log_operated(session, message, word);
	return status;
}
