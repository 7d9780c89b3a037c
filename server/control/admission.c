/* The queue of admission.h: a list through the sessions, so it needs no memory of its own and is bounded by the connections. */
#include "control/admission.h"

#include "control/session.h"

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* At 0.4 ms for each this is a fifth of a core while a herd comes, and 5,000 are back within ten seconds. */
#define JOINS_PER_S 500
/* At once, after a quiet time: delays a beat by 10 ms, which no jitter buffer hears. */
#define JOINS_BURST 25
/* Who would wait for longer is told when to come, and does not hold a connection meanwhile. Below JOIN_TIMEOUT_MS. */
#define WAIT_MAX_MS 3000
/* What a client says behind its join without waiting: to listen with both ears, twice as much, and of the queue 24 MB at most. */
#define EARLY_MAX 4
/* By then as many as the server holds have been let in. Promises beyond it were made to a flood, which will not come back in peace:
 * an honest listener who came in the middle of it must not stay away for minutes. */
#define AWAY_MAX_MS (CONNECTIONS_MAX / JOINS_PER_S * 1000)

void admission_init(struct admission *admission)
{
	*admission = (struct admission){.last = &admission->first};
}

static bool may_enter(struct house *house)
{
	return allowance_take(&house->joins, JOINS_PER_S, JOINS_BURST, house_now_us(house));
}

static void keep(struct admission *admission, struct session *session, const json_t *message)
{
	session->join = json_pack("[o]", json_deep_copy(message));
	session->waiting_link = admission->last;
	*admission->last = session;
	admission->last = &session->next_waiting;
	admission->waiting++;
}

void admission_forget(struct session *session)
{
	struct admission *admission = &session->house->admission;
	if (session->join == NULL)
		return;
	*session->waiting_link = session->next_waiting;
	if (session->next_waiting != NULL)
		session->next_waiting->waiting_link = session->waiting_link;
	else
		admission->last = session->waiting_link;
	admission->waiting--;
	json_decref(session->join);
	session->join = NULL;
	session->next_waiting = NULL;
}

/* Each gets a time of its own, so that those who were sent away do not come back as a herd. */
static void send_away(struct session *session)
{
	struct house *house = session->house;
	uint64_t now_us = house_now_us(house), earliest_us = now_us + WAIT_MAX_MS * 1000;
	uint64_t *promised_us = &house->admission.promised_us;
	if (*promised_us < earliest_us || *promised_us - now_us > AWAY_MAX_MS * 1000)
		*promised_us = earliest_us;
	*promised_us += 1000000 / JOINS_PER_S;
	++*house->counts.errors[STATUS_TOO_MANY];
	session_tell(session, json_pack("{s:s,s:s,s:s,s:s,s:I}", "type", "error", "code", status_word(STATUS_TOO_MANY), "message",
					"Many are coming at this moment; you are let in soon.", "about", "connection",
					"retry_after_ms", (json_int_t)((*promised_us - now_us) / 1000)));
	session->conn->ops->close(session->conn, CLOSE_RESTARTING, status_word(STATUS_TOO_MANY));
}

/* Somebody with no ticket, or with a good one that is for listening alone: a closed room has thousands of those. A bad one is
 * refused at once, and does not stand in the queue. */
static bool is_audience(struct house *house, const char *text)
{
	struct ticket ticket;
	if (text == NULL || text[0] == '\0')
		return true;
	return ticket_verify(house->keys, text, house_wall_s(house), &ticket) == STATUS_OK &&
	       role_verbs(ticket.role) == VERB_LISTEN;
}

bool admission_defers(struct session *session, const json_t *message)
{
	struct admission *admission = &session->house->admission;
	if (!is_audience(session->house, json_string_value(json_object_get(message, "ticket"))))
		return false;
	if (admission->waiting == 0 && may_enter(session->house))
		return false;
	if (admission->waiting >= WAIT_MAX_MS * JOINS_PER_S / 1000)
		send_away(session);
	else
		keep(admission, session, message);
	return true;
}

enum status admission_keeps(struct session *session, const json_t *message, char *sentence)
{
	if (json_array_size(session->join) > EARLY_MAX) {
		snprintf(sentence, SENTENCE_SIZE, "Many are coming at this moment; wait until you have joined.");
		return STATUS_TOO_MANY;
	}
	char *text = json_dumps(message, JSON_COMPACT); /* takes less memory than what it says */
	if (text == NULL || json_array_append_new(session->join, json_string(text)) != 0) {
		free(text);
		return STATUS_TOO_MANY;
	}
	free(text);
	return STATUS_OK;
}

static void enter(struct session *session)
{
	char sentence[SENTENCE_SIZE] = "";
	struct conn *conn = session->conn;
	json_t *messages = json_incref(session->join);
	admission_forget(session);
	enum status status = join_enter(session, json_array_get(messages, 0), sentence);
	if (status != STATUS_OK)
		session_refuse(session, status, "join", sentence);
	for (size_t i = 1; i < json_array_size(messages); i++) {
		const json_t *text = json_array_get(messages, i);
		struct session *now = conn->user; /* who came back is the one from before */
		if (now != NULL)
			session_handle(now, json_string_value(text), json_string_length(text));
	}
	json_decref(messages);
}

void admission_beat(struct house *house)
{
	while (house->admission.first != NULL && may_enter(house))
		enter(house->admission.first);
}
