/* mic, output, input: the keys of a desk. The key becomes an event of the room; what listeners hear follows from the plan, and the
 * answer is the `state` that everybody gets. */
#include "control/session.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

static enum status press(struct session *session, enum room_event_type type, unsigned value)
{
	if (session->desk < 0)
		return STATUS_NO_DESK;
	return stage_apply(session->hall->stage,
			   (struct room_event){.type = (uint8_t)type, .desk = (uint8_t)session->desk, .value = (uint8_t)value});
}

/* The desk where the session sits: a ticket may name the booth alone. */
static void log_key(const struct session *session, const char *key, const char *value)
{
	unsigned number = stage_room_next(session->hall->stage)->desk[session->desk].number;
	log_event(LOG_INFO, key, LOG_STRING("room", stage_settings(session->hall->stage)->id),
		  LOG_STRING("booth", session->ticket.booth), LOG_NUMBER("desk", number), LOG_STRING("to", value),
		  LOG_NUMBER("beat", stage_now(session->hall->stage)));
}

static enum status press_mic(struct session *session, unsigned value, const char *word)
{
	enum status status = press(session, ROOM_MIC, value);
	if (status == STATUS_OK)
		log_key(session, "mic", word);
	return status;
}

enum status mic_message(struct session *session, const json_t *message, char *sentence)
{
	static const char *const words[] = {[MIC_OFF] = "off", [MIC_ON] = "on", [MIC_COUGH] = "cough"};
	const char *state;
	if (!field_word(message, "state", &state, sentence))
		return STATUS_BAD_FIELD;
	for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i], state) == 0)
			return press_mic(session, i, state);
	}
	snprintf(sentence, SENTENCE_SIZE, "\"state\" must be \"on\", \"off\" or \"cough\".");
	return STATUS_BAD_FIELD;
}

enum status output_message(struct session *session, const json_t *message, char *sentence)
{
	const char *to;
	if (!field_word(message, "to", &to, sentence))
		return STATUS_BAD_FIELD;
	if (to[0] < 'A' || to[0] >= 'A' + OUTPUTS_MAX || to[1] != '\0') {
		snprintf(sentence, SENTENCE_SIZE, "\"to\" must be \"A\", \"B\" or \"C\".");
		return STATUS_BAD_FIELD;
	}
	enum status status = press(session, ROOM_OUTPUT, (unsigned)(to[0] - 'A'));
	if (status == STATUS_BAD_FIELD)
		snprintf(sentence, SENTENCE_SIZE, "Your booth has no output %s.", to);
	if (status == STATUS_OK)
		log_key(session, "output", to);
	return status;
}

enum status input_message(struct session *session, const json_t *message, char *sentence)
{
	long channel;
	if (!field_number(message, "channel", 0, CHANNELS_MAX - 1, &channel, sentence))
		return STATUS_BAD_FIELD;
	return press(session, ROOM_INPUT, (unsigned)channel);
}
