/* join: the first message. Who comes, into which room, with which ticket, and as whom they were here before.
 *
 *   ticket --verify--> role --+--> seat of a desk --> joined (the whole room) --> what was heard goes on
 *   resume --verify--> session'
 */
#include "control/session.h"
#include "control/snapshot.h"
#include "control/table.h"

#include "base/check.h"
#include "base/log.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESUME_VALID_S (12 * 3600) /* a day's session; whoever comes later starts anew */

/* The desk that a ticket names; for a ticket of the whole booth the first one that is free and waits for nobody, or else its first
 * one. */
static int find_desk(struct hall *hall, const struct ticket *ticket)
{
	const struct room *room = stage_room_next(hall->stage);
	if (ticket->desk > 0)
		return room_find_desk(room, ticket->booth, ticket->desk);
	for (unsigned number = 1; number <= DESKS_PER_BOOTH_MAX; number++) {
		int desk = room_find_desk(room, ticket->booth, number);
		if (desk >= 0 && hall_find_desk(hall, desk) == NULL && !hall->returning[desk])
			return desk;
	}
	return room_find_desk(room, ticket->booth, 1);
}

/* Role, verbs and desk by the ticket, or those of a listener of an open room. */
static enum status admit(struct session *session, struct hall *hall, const char *ticket, char *sentence)
{
	const struct settings_room *room = stage_settings(hall->stage);
	session->role = ROLE_LISTENER;
	session->ticket = (struct ticket){0}; /* also that of an attempt before */
	session->desk = -1;
	if (ticket == NULL || ticket[0] == '\0')
		return room->access == ACCESS_CLOSED ? STATUS_TICKET_NEEDED : STATUS_OK;
	enum status status = ticket_verify(session->house->keys, ticket, house_wall_s(session->house), &session->ticket);
	if (status != STATUS_OK)
		return status;
	if (house_ticket_still_good(session->house, &session->ticket) != STATUS_OK) {
		snprintf(sentence, SENTENCE_SIZE, SENTENCE_REVOKED);
		return STATUS_BAD_TICKET;
	}
	if (strcmp(session->ticket.room, room->id) != 0) {
		snprintf(sentence, SENTENCE_SIZE, "The ticket is for the room %s, not for %s.", session->ticket.room, room->id);
		return STATUS_TICKET_NEEDED;
	}
	session->role = session->ticket.role;
	if (session->role != ROLE_INTERPRETER)
		return STATUS_OK;
	session->desk = find_desk(hall, &session->ticket);
	return session->desk >= 0 ? STATUS_OK : STATUS_NO_DESK;
}

/* Closes the older connection of a session that has a newer one. */
static void drop_connection(struct session *session)
{
	if (session->conn == NULL)
		return;
	struct conn *old = session->conn;
	session_refuse(session, STATUS_DISPLACED, "join", NULL);
	old->user = NULL;
	old->uplinks = NULL;
	session->conn = NULL;
	session_count_monitor(session);
}

/* Frees a desk from somebody who is not really there any more. */
static enum status claim_seat(struct session *session, struct hall *hall, char *sentence)
{
	struct session *holder = hall_find_desk(hall, session->desk);
	if (holder == NULL)
		return STATUS_OK;
	if (!session_is_quiet(holder)) {
		snprintf(sentence, SENTENCE_SIZE,
			 "This desk is taken by %s, who goes on. Ask them to leave it, or take another desk.",
			 holder->name[0] != '\0' ? holder->name : "somebody");
		return STATUS_TAKEN;
	}
	drop_connection(holder);
	session_end(holder);
	return STATUS_OK;
}

/* Reads a resume token of this room. A token that is none, or too old, is a new arrival. */
static bool read_token(const struct session *session, const struct hall *hall, const char *token, struct resume *resume)
{
	return token != NULL && resume_verify(session->house->keys, token, house_wall_s(session->house), resume) == STATUS_OK &&
	       strcmp(resume->ticket.room, stage_settings(hall->stage)->id) == 0 && resume->ticket.role == session->role &&
	       strcmp(resume->ticket.booth, session->ticket.booth) == 0;
}

/* The session that the token names, when it is still here and sits at the same desk. */
static struct session *find_resumed(struct session *session, struct hall *hall, const struct resume *resume)
{
	struct session *old = hall_find_session(hall, resume->session);
	return old != NULL && (session->ticket.desk == 0 || old->desk == session->desk) ? old : NULL;
}

/* Whether the token is for a seat that is kept since before a restart; then the session has that desk. */
static bool returns_to_seat(struct session *session, struct hall *hall, const struct resume *resume)
{
	int desk = room_find_desk(stage_room_next(hall->stage), resume->ticket.booth, resume->ticket.desk);
	bool may = session->ticket.desk == 0 || session->ticket.desk == resume->ticket.desk;
	if (session->desk < 0 || desk < 0 || !may || !hall->returning[desk])
		return false;
	session->desk = desk;
	return true;
}

/* The connection of `session` becomes that of the older `old`, with its seat and its uplinks; `session` is gone. */
static struct session *take_back(struct session *session, struct session *old)
{
	struct conn *conn = session->conn;
	bool was_away_long =
		house_now_us(session->house) - session_heard_us(old) > LINK_LOST_MS * 1000u; /* its socket may have died later */
	drop_connection(old);
	while (old->listenings != NULL)
		listen_stop(old, old->listenings);
	old->conn = conn;
	old->ticket = session->ticket;
	old->heard_us = house_now_us(session->house);
	conn->user = old;
	session->conn = NULL;
	session_end(session);
	if (old->desk >= 0 && was_away_long) /* nobody comes back with a hot microphone */
		stage_apply(old->hall->stage, (struct room_event){.type = ROOM_MIC, .desk = (uint8_t)old->desk, .value = MIC_OFF});
	if (old->desk >= 0)
		old->hall->desks_entered |= UINT64_C(1) << old->desk; /* perhaps under another name */
	return old;
}

static void name_session(struct session *session)
{
	unsigned char random[15];
	randombytes_buf(random, sizeof random);
	sodium_bin2base64(session->id, sizeof session->id, random, sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static json_t *can_list(unsigned verbs)
{
	json_t *can = json_array();
	for (unsigned i = 0; i < VERB_COUNT; i++) {
		if (verbs & (1u << i))
			json_array_append_new(can, json_string(verb_word(i)));
	}
	return can;
}

static int desk_number(const struct session *session)
{
	return session->desk >= 0 ? stage_room_next(session->hall->stage)->desk[session->desk].number : 0;
}

static void welcome(struct session *session)
{
	char token[TICKET_SIZE];
	struct resume resume = {.ticket = session->ticket};
	text_copy(resume.session, sizeof resume.session, session->id);
	text_copy(resume.ticket.room, sizeof resume.ticket.room, stage_settings(session->hall->stage)->id);
	resume.ticket.role = session->role;
	resume.ticket.desk = (uint8_t)desk_number(session);
	resume.ticket.exp = house_wall_s(session->house) + RESUME_VALID_S;
	resume_issue(session->house->keys, &resume, token);
	json_t *message = json_pack("{s:s,s:s,s:s,s:o,s:s,s:i,s:I,s:o,s:s}", "type", "joined", "session", session->id, "role",
				    role_word(session->role), "can", can_list(session->verbs), "booth", session->ticket.booth,
				    "desk", desk_number(session), "server_us", (json_int_t)house_now_us(session->house), "room",
				    snapshot_room(session->house, session->hall, role_works(session->role)), "resume", token);
	if (table_sits(session))
		json_object_set_new(message, "talk", table_place(session));
	session_tell(session, message);
	broadcast_join(session->hall->broadcast[role_works(session->role)], session->conn->outlet);
}

static void log_joined(const struct session *session, bool resumed)
{
	if (session->role == ROLE_LISTENER)
		return; /* thousands; they are a number in /metrics */
	log_event(LOG_INFO, resumed ? "resumed" : "joined", LOG_STRING("room", stage_settings(session->hall->stage)->id),
		  LOG_STRING("role", role_word(session->role)), LOG_STRING("session", session->id),
		  LOG_STRING("name", session->name), LOG_STRING("booth", session->ticket.booth),
		  LOG_NUMBER("desk", desk_number(session)), LOG_STRING("peer", session->conn->peer));
}

/* Goes on as whom the token names, or begins anew. `*session` may become another one: the older, with the new connection. */
static enum status enter_or_resume(struct session **session, struct hall *hall, const char *token, bool *resumed, char *sentence)
{
	struct resume resume;
	bool known = read_token(*session, hall, token, &resume);
	struct session *old = known ? find_resumed(*session, hall, &resume) : NULL;
	if (old != NULL) {
		*session = take_back(*session, old);
		*resumed = true;
		return STATUS_OK;
	}
	bool returns = known && returns_to_seat(*session, hall, &resume);
	enum status status = claim_seat(*session, hall, sentence);
	if (status != STATUS_OK)
		return status;
	if (known && hall_find_session(hall, resume.session) == NULL)
		text_copy((*session)->id, sizeof(*session)->id, resume.session);
	else
		name_session(*session);
	session_enter(*session, hall, returns);
	*resumed = known;
	return STATUS_OK;
}

enum status join_message(struct session *session, const json_t *message, char *sentence)
{
	if (session->hall != NULL || session->join != NULL)
		return STATUS_JOINED_ALREADY;
	return admission_defers(session, message) ? STATUS_OK : join_enter(session, message, sentence);
}

enum status join_enter(struct session *session, const json_t *message, char *sentence)
{
	const char *room, *ticket = json_string_value(json_object_get(message, "ticket"));
	const json_t *resume = json_object_get(message, "resume");
	bool resumed;
	if (!field_word(message, "room", &room, sentence))
		return STATUS_BAD_FIELD;
	struct hall *hall = house_find(session->house, room);
	if (hall == NULL)
		return STATUS_NO_ROOM;
	enum status status = admit(session, hall, ticket, sentence);
	if (status == STATUS_OK)
		status = enter_or_resume(&session, hall, json_string_value(json_object_get(resume, "token")), &resumed, sentence);
	if (status != STATUS_OK) {
		session->desk = -1;
		++*session->house->counts.refusals;
		log_event(LOG_WARNING, "join_refused", LOG_STRING("room", room), LOG_STRING("why", status_word(status)),
			  LOG_STRING("peer", session->conn->peer));
		return status;
	}
	session->verbs = role_verbs(session->role);
	session->conn->uplinks = &session->uplinks;
	session_count_monitor(session);
	text_copy(session->name, sizeof session->name, json_string_value(json_object_get(message, "name")));
	++*session->house->counts.joins;
	log_joined(session, resumed);
	welcome(session);
	publish_keep_allowed(session);
	listen_resume(session, json_object_get(resume, "listens"));
	return STATUS_OK;
}
