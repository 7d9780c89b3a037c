/* Selections, see selection.h. Called by listen.c for each message that names one, never on the beat.
 *
 *   "channel": 2            --> a channel: those on the ticket
 *   "source": "floor/guest" --> a source:  av, organiser: all of the room; a person at a table: the others' microphones
 */
#include "control/selection.h"

#include "control/table.h"

#include <stdio.h>
#include <string.h>

/* Whether there is any source that the session may hear. */
static bool hears_sources(const struct session *session)
{
	return (session->verbs & VERB_MONITOR) != 0 || table_sits(session);
}

static enum status read_source(const struct session *session, const char *name, struct selection *selection, char *sentence)
{
	if (!hears_sources(session)) {
		snprintf(sentence, SENTENCE_SIZE,
			 "Only the technician, and people at a talk, hear a source by itself; listen to a channel.");
		return STATUS_NOT_ALLOWED;
	}
	int source = stage_find_source(session->hall->stage, name);
	if (source < 0) {
		snprintf(sentence, SENTENCE_SIZE,
			 "This room has no source \"%.*s\"; write floor/ and an input, or desk/, booth, / and number.",
			 QUOTE(name));
		return STATUS_NO_SOURCE;
	}
	*selection = (struct selection){.is_source = true, .number = (uint8_t)source};
	return STATUS_OK;
}

enum status selection_read(const struct session *session, const json_t *message, struct selection *selection, char *sentence)
{
	long channel;
	const char *name;
	bool both = json_object_get(message, "source") != NULL && json_object_get(message, "channel") != NULL;
	if (both) {
		snprintf(sentence, SENTENCE_SIZE, "Name a \"channel\" or a \"source\", not both.");
		return STATUS_BAD_FIELD;
	}
	if (json_object_get(message, "source") != NULL)
		return field_word(message, "source", &name, sentence) ? read_source(session, name, selection, sentence)
								      : STATUS_BAD_FIELD;
	if (!field_number(message, "channel", 0, CHANNELS_MAX - 1, &channel, sentence))
		return STATUS_BAD_FIELD;
	*selection = (struct selection){.number = (uint8_t)channel};
	return STATUS_OK;
}

enum status selection_read_value(const struct session *session, const json_t *value, const char *key, struct selection *selection,
				 char *sentence)
{
	if (json_is_string(value))
		return read_source(session, json_string_value(value), selection, sentence);
	if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) >= CHANNELS_MAX) {
		snprintf(sentence, SENTENCE_SIZE, "\"%s\" must be the number of a channel or the name of a source.", key);
		return STATUS_BAD_FIELD;
	}
	*selection = (struct selection){.number = (uint8_t)json_integer_value(value)};
	return STATUS_OK;
}

void selection_write(const struct session *session, struct selection selection, json_t *message)
{
	if (selection.is_source)
		json_object_set_new(message, "source",
				    json_string(source_name(stage_source(session->hall->stage, selection.number))));
	else
		json_object_set_new(message, "channel", json_integer(selection.number));
}

bool selection_equal(struct selection a, struct selection b)
{
	return a.is_source == b.is_source && a.number == b.number;
}

static enum status may_hear_source(const struct session *session, unsigned source, char *sentence)
{
	if (session->verbs & VERB_MONITOR)
		return STATUS_OK;
	if (source < INPUTS_MAX && !table_owns(session, source))
		return STATUS_OK;
	snprintf(sentence, SENTENCE_SIZE,
		 source < INPUTS_MAX ? "That is your own microphone; you hear the others'."
				     : "An interpreter is heard on a channel; listen to that.");
	return STATUS_NOT_ALLOWED;
}

static enum status may_hear_channel(const struct session *session, unsigned channel, char *sentence)
{
	if (stage_channel(session->hall->stage, channel) == NULL) {
		snprintf(sentence, SENTENCE_SIZE, "This room has no channel %u.", channel);
		return STATUS_NO_CHANNEL;
	}
	if (!role_hears(&session->ticket, channel)) {
		snprintf(sentence, SENTENCE_SIZE, "Your ticket is not for channel %u.", channel);
		return STATUS_NOT_ALLOWED;
	}
	return STATUS_OK;
}

enum status selection_allowed(const struct session *session, struct selection selection, char *sentence)
{
	return selection.is_source ? may_hear_source(session, selection.number, sentence)
				   : may_hear_channel(session, selection.number, sentence);
}

struct audience *selection_audience(struct session *session, struct selection selection, enum rendition rendition)
{
	struct stage *stage = session->hall->stage;
	return selection.is_source ? stage_tap(stage, selection.number)
				   : channel_open(stage_channel(stage, selection.number), rendition);
}
