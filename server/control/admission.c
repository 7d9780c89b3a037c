/* The queue of admission.h: a list through the sessions, so it needs no memory of its own and is bounded by the connections. */
#include "control/admission.h"

#include "control/session.h"

#include <string.h>

/* At 0.4 ms for each this is a fifth of a core while a herd comes, and 5,000 are back within ten seconds. */
#define JOINS_PER_S 500
/* At once, after a quiet time: delays a beat by 10 ms, which no jitter buffer hears. */
#define JOINS_BURST 25
/* Who would wait for longer is told when to come, and does not hold a connection meanwhile. Below JOIN_TIMEOUT_MS. */
#define WAIT_MAX_MS 3000

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
	session->join = json_deep_copy(message);
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
	*promised_us = (*promised_us > earliest_us ? *promised_us : earliest_us) + 1000000 / JOINS_PER_S;
	++*house->counts.errors[STATUS_TOO_MANY];
	session_tell(session, json_pack("{s:s,s:s,s:s,s:s,s:I}", "type", "error", "code", status_word(STATUS_TOO_MANY), "message",
					"Many are coming at this moment; you are let in soon.", "about", "connection",
					"retry_after_ms", (json_int_t)((*promised_us - now_us) / 1000)));
	session->conn->ops->close(session->conn, CLOSE_RESTARTING, status_word(STATUS_TOO_MANY));
}

bool admission_defers(struct session *session, const json_t *message)
{
	struct admission *admission = &session->house->admission;
	const char *ticket = json_string_value(json_object_get(message, "ticket"));
	if (ticket != NULL && ticket[0] != '\0')
		return false;
	if (admission->waiting == 0 && may_enter(session->house))
		return false;
	if (admission->waiting >= WAIT_MAX_MS * JOINS_PER_S / 1000)
		send_away(session);
	else
		keep(admission, session, message);
	return true;
}

static void enter(struct session *session)
{
	char sentence[SENTENCE_SIZE] = "";
	json_t *message = json_incref(session->join);
	admission_forget(session);
	enum status status = join_enter(session, message, sentence);
	if (status != STATUS_OK)
		session_refuse(session, status, "join", sentence);
	json_decref(message);
}

void admission_beat(struct house *house)
{
	while (house->admission.first != NULL && may_enter(house))
		enter(house->admission.first);
}
