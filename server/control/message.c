/* Text messages: JSON in, a table of types, one handler each.
 *
 *   text --jansson--> object --type--> table: joined? may? --> handler --> status --> error message, when there is one
 */
#include "control/session.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct message_type {
	const char *type;
	unsigned verb; /* needed; 0: everybody */
	bool before_join;
	message_handler handler;
};

static const struct message_type types[] = {
	{"join", 0, true, join_message},
	{"ping", 0, true, ping_message},
	{"listen", VERB_LISTEN, false, listen_message},
	{"unlisten", VERB_LISTEN, false, unlisten_message},
	{"report", VERB_LISTEN, false, report_message},
	{"publish", VERB_PUBLISH, false, publish_message},
	{"unpublish", VERB_PUBLISH, false, unpublish_message},
	{"mic", VERB_MIC, false, mic_message},
	{"output", VERB_OUTPUT, false, output_message},
	{"input", VERB_INPUT, false, input_message},
	{"handover", VERB_HANDOVER, false, handover_message},
	{"true_floor", VERB_INPUT, false, true_floor_message},
	{"speak_to_floor", VERB_MIC, false, speak_to_floor_message},
	{"signal", VERB_SIGNAL, false, signal_message},
	{"chat", VERB_CHAT, false, chat_message},
	{"operate", VERB_OPERATE, false, operate_message},
};

static const struct message_type *find_type(const char *word)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcmp(types[i].type, word) == 0)
			return &types[i];
	}
	return NULL;
}

static enum status handle(struct session *session, const struct message_type *type, const json_t *message, char *sentence)
{
	if (session->hall == NULL && !type->before_join)
		return session->join != NULL ? admission_keeps(session, message, sentence) : STATUS_JOIN_FIRST;
	if ((session->verbs & type->verb) != type->verb)
		return STATUS_NOT_ALLOWED;
	return type->handler(session, message, sentence);
}

void session_handle(struct session *session, const char *bytes, size_t size)
{
	json_error_t error;
	char sentence[SENTENCE_SIZE] = "";
	json_t *message = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &error);
	const char *word = json_string_value(json_object_get(message, "type"));
	const struct message_type *type = word != NULL ? find_type(word) : NULL;
	enum status status;
	if (word == NULL) {
		if (message == NULL)
			snprintf(sentence, sizeof sentence, "The text is not JSON: %.*s.", (int)text_fit(error.text, 120),
				 error.text);
		status = STATUS_BAD_JSON;
	} else if (type == NULL) {
		status = session->hall == NULL ? STATUS_JOIN_FIRST : STATUS_UNKNOWN_TYPE;
		if (status == STATUS_UNKNOWN_TYPE)
			snprintf(sentence, sizeof sentence, "There is no message of type \"%.*s\".", QUOTE(word));
	} else {
		status = handle(session, type, message, sentence);
	}
	if (status != STATUS_OK)
		session_refuse(session, status, type != NULL ? type->type : "message", sentence);
	json_decref(message);
}

void session_message(struct session *session, const char *bytes, size_t size)
{
	uint64_t now_us = house_now_us(session->house);
	session->heard_us = now_us;
	if (allowance_take(&session->texts, TEXTS_PER_S_MAX, TEXTS_PER_S_MAX, now_us))
		session_handle(session, bytes, size);
	else
		session_refuse(session, STATUS_TOO_MANY, "message", "Too many messages; send at most 50 a second.");
}

enum status ping_message(struct session *session, const json_t *message, char *sentence)
{
	const json_t *t = json_object_get(message, "t");
	if (!json_is_number(t)) {
		snprintf(sentence, SENTENCE_SIZE, "\"t\" must be a number.");
		return STATUS_BAD_FIELD;
	}
	session_tell(session,
		     json_pack("{s:s,s:O,s:I}", "type", "pong", "t", t, "server_us", (json_int_t)house_now_us(session->house)));
	return STATUS_OK;
}

bool field_number(const json_t *message, const char *key, long min, long max, long *value, char *sentence)
{
	const json_t *field = json_object_get(message, key);
	json_int_t number = json_integer_value(field);
	if (!json_is_integer(field) || number < min || number > max) {
		if (max == LONG_MAX)
			snprintf(sentence, SENTENCE_SIZE, "\"%s\" must be a whole number of at least %ld.", key, min);
		else
			snprintf(sentence, SENTENCE_SIZE, "\"%s\" must be a whole number from %ld to %ld.", key, min, max);
		return false;
	}
	*value = (long)number;
	return true;
}

bool field_word(const json_t *message, const char *key, const char **value, char *sentence)
{
	*value = json_string_value(json_object_get(message, key));
	if (*value == NULL)
		snprintf(sentence, SENTENCE_SIZE, "\"%s\" must be a string.", key);
	return *value != NULL;
}

bool field_flag(const json_t *message, const char *key, bool *value, char *sentence)
{
	const json_t *field = json_object_get(message, key);
	*value = json_is_true(field);
	if (!json_is_boolean(field))
		snprintf(sentence, SENTENCE_SIZE, "\"%s\" must be true or false.", key);
	return json_is_boolean(field);
}
