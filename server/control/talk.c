/* signal and chat: what people who work in a room tell each other. Nothing is kept; a text is plain text, shown as such.
 *
 *   slow_down   -> speakers and AV, without saying who asked
 *   technician  -> AV, with the desk
 *   chat        -> the desks of one booth, or AV; from AV one desk. The sender gets it too, so that a page shows what was really
 * sent.
 */
#include "control/session.h"
#include "control/snapshot.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNALS_PER_10S 5 /* a key that is hammered says no more than one that is pressed */
#define CHATS_PER_10S 20
#define CHAT_SIZE (500 * 4 + 1) /* 500 characters of UTF-8, with the end mark */

static void own_id(const struct session *session, char id[NAME_SIZE * 2])
{
	if (session->desk >= 0)
		snapshot_desk_id(stage_room(session->hall->stage), (unsigned)session->desk, id);
	else
		snprintf(id, NAME_SIZE * 2, "%s", role_word(session->role));
}

static void send_signal(struct session *from, const char *what, const char *id, bool (*to)(const struct session *session))
{
	json_int_t now_us = (json_int_t)house_now_us(from->house);
	for (struct session *session = from->hall->first; session != NULL; session = session->next) {
		if (session->conn != NULL && to(session))
			session_tell(session,
				     json_pack("{s:s,s:s,s:s,s:I}", "type", "signal", "what", what, "from", id, "at_us", now_us));
	}
}

static bool is_av(const struct session *session)
{
	return (session->verbs & VERB_OPERATE) != 0;
}

static bool speaks_or_is_av(const struct session *session)
{
	return session->role == ROLE_SPEAKER || is_av(session);
}

enum status signal_message(struct session *session, const json_t *message, char *sentence)
{
	const char *what;
	char id[NAME_SIZE * 2];
	if (!field_word(message, "what", &what, sentence))
		return STATUS_BAD_FIELD;
	bool slow_down = strcmp(what, "slow_down") == 0;
	if (!slow_down && strcmp(what, "technician") != 0) {
		snprintf(sentence, SENTENCE_SIZE, "\"what\" must be slow_down or technician.");
		return STATUS_BAD_FIELD;
	}
	if (!allowance_take(&session->signals, SIGNALS_PER_10S / 10.0, SIGNALS_PER_10S, house_now_us(session->house)))
		return STATUS_TOO_MANY;
	own_id(session, id);
	send_signal(session, what, slow_down ? "" : id, slow_down ? speaks_or_is_av : is_av);
	log_event(slow_down ? LOG_INFO : LOG_WARNING, "signal", LOG_STRING("room", stage_settings(session->hall->stage)->id),
		  LOG_STRING("what", what), LOG_STRING("from", slow_down ? "" : id));
	return STATUS_OK;
}

/* ---- chat ---- */

static bool same_booth(const struct session *a, const struct session *b)
{
	const struct room *room = stage_room(a->hall->stage);
	return a->desk >= 0 && b->desk >= 0 && room->desk[a->desk].booth == room->desk[b->desk].booth;
}

static bool is_desk(const struct session *session, const char *id)
{
	char own[NAME_SIZE * 2];
	if (session->desk < 0)
		return false;
	snapshot_desk_id(stage_room(session->hall->stage), (unsigned)session->desk, own);
	return strcmp(own, id) == 0;
}

static bool gets_chat(const struct session *from, const struct session *session, const char *to)
{
	if (session == from)
		return true;
	if (strcmp(to, "booth") == 0)
		return same_booth(from, session);
	if (strcmp(to, "av") == 0)
		return is_av(session);
	return is_desk(session, to) || is_av(session);
}

/* Where a session may write to: a desk to its booth and to AV, AV to a desk. */
static bool may_chat_to(const struct session *session, const char *to)
{
	if (session->desk >= 0)
		return strcmp(to, "booth") == 0 || strcmp(to, "av") == 0;
	char name[NAME_SIZE * 2];
	snprintf(name, sizeof name, "desk/%.*s", QUOTE(to));
	return stage_find_source(session->hall->stage, name) >= 0;
}

enum status chat_message(struct session *session, const json_t *message, char *sentence)
{
	const char *to, *given;
	char text[CHAT_SIZE], id[NAME_SIZE * 2];
	if (!field_word(message, "to", &to, sentence) || !field_word(message, "text", &given, sentence))
		return STATUS_BAD_FIELD;
	if (!may_chat_to(session, to)) {
		snprintf(sentence, SENTENCE_SIZE, "\"to\" must be %s.",
			 session->desk >= 0 ? "booth or av" : "a desk, such as zh-en/1");
		return STATUS_BAD_FIELD;
	}
	text_copy(text, sizeof text, given);
	if (text[0] == '\0') {
		snprintf(sentence, SENTENCE_SIZE, "\"text\" is empty.");
		return STATUS_BAD_FIELD;
	}
	if (!allowance_take(&session->chats, CHATS_PER_10S / 10.0, CHATS_PER_10S, house_now_us(session->house)))
		return STATUS_TOO_MANY;
	own_id(session, id);
	json_int_t now_us = (json_int_t)house_now_us(session->house);
	for (struct session *other = session->hall->first; other != NULL; other = other->next) {
		if (other->conn != NULL && gets_chat(session, other, to))
			session_tell(other, json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "type", "chat", "from", id, "name",
						      session->name, "to", to, "text", text, "at_us", now_us));
	}
	return STATUS_OK;
}
