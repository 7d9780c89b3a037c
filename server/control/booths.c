/* handover, true_floor, speak_to_floor: the keys of a desk that concern its booth or the floor. A switch that a handover comes to is an event
 * of the room like any other. */
#include "control/booths.h"

#include "base/log.h"
#include "control/session.h"
#include "control/snapshot.h"

#include <stdio.h>
#include <string.h>

void booths_begin(struct hall *hall)
{
	for (unsigned i = 0; i < stage_room(hall->stage)->booths; i++)
		handover_init(&hall->handover[i], i);
}

static void log_switched(const struct hall *hall, const struct room_event *event)
{
	char to[NAME_SIZE * 2], from[NAME_SIZE * 2];
	const struct room *room = stage_room_next(hall->stage);
	snapshot_desk_id(room, event->desk, to);
	snapshot_desk_id(room, event->value, from);
	log_event(LOG_INFO, "handed_over", LOG_STRING("room", stage_settings(hall->stage)->id), LOG_STRING("from", from), LOG_STRING("to", to),
		  LOG_NUMBER("beat", stage_now(hall->stage)));
}

void booths_step(struct hall *hall)
{
	const struct room *room = stage_room_next(hall->stage);
	for (unsigned i = 0; i < room->booths; i++) {
		struct room_event event = {0};
		if (!handover_step(&hall->handover[i], room, stage_now(hall->stage), &event))
			continue;
		if (stage_apply(hall->stage, event) == STATUS_OK)
			log_switched(hall, &event);
	}
}

static void say_why_not(enum status status, char *sentence)
{
	if (status == STATUS_NOT_ALLOWED)
		snprintf(sentence, SENTENCE_SIZE, "This is not possible now: somebody must speak, and the other desk must be there.");
	if (status == STATUS_TAKEN)
		snprintf(sentence, SENTENCE_SIZE, "Another desk's handover is under way; it ends within a minute.");
}

enum status handover_message(struct session *session, const json_t *message, char *sentence)
{
	static const char *const words[HANDOVER_ACTIONS] = {
		[HANDOVER_OFFER] = "offer",	[HANDOVER_REQUEST] = "request", [HANDOVER_ACCEPT] = "accept",
		[HANDOVER_DECLINE] = "decline", [HANDOVER_CANCEL] = "cancel",	[HANDOVER_TAKE] = "take",
	};
	const char *action;
	if (!field_word(message, "action", &action, sentence))
		return STATUS_BAD_FIELD;
	if (session->desk < 0)
		return STATUS_NO_DESK;
	const struct room *room = stage_room_next(session->hall->stage);
	struct handover *handover = &session->hall->handover[room->desk[session->desk].booth];
	for (unsigned i = 0; i < HANDOVER_ACTIONS; i++) {
		if (strcmp(words[i], action) != 0)
			continue;
		enum status status = handover_press(handover, room, (unsigned)session->desk, (enum handover_action)i,
						    stage_now(session->hall->stage));
		say_why_not(status, sentence);
		booths_step(session->hall);
		return status;
	}
	snprintf(sentence, SENTENCE_SIZE, "\"action\" must be offer, request, accept, decline, cancel or take.");
	return STATUS_BAD_FIELD;
}

static enum status flag_key(struct session *session, const json_t *message, enum room_event_type type, char *sentence)
{
	bool on;
	if (!field_flag(message, "on", &on, sentence))
		return STATUS_BAD_FIELD;
	if (session->desk < 0)
		return STATUS_NO_DESK;
	return stage_apply(session->hall->stage, (struct room_event){.type = (uint8_t)type, .desk = (uint8_t)session->desk, .value = on});
}

enum status true_floor_message(struct session *session, const json_t *message, char *sentence)
{
	return flag_key(session, message, ROOM_TRUE_FLOOR, sentence);
}

enum status speak_to_floor_message(struct session *session, const json_t *message, char *sentence)
{
	enum status status = flag_key(session, message, ROOM_TO_FLOOR, sentence);
	if (status == STATUS_TAKEN)
		snprintf(sentence, SENTENCE_SIZE, "Another desk speaks to the floor; try again when it has ended.");
	return status;
}
