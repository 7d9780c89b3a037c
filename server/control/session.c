/* The life of a session, see session.h. Only what belongs to coming, staying and going; messages are handled in files of their own.
 */
#include "control/session.h"

#include "base/check.h"
#include "base/log.h"
#include "control/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- telling ---- */

void session_tell(struct session *session, json_t *message)
{
	char *text = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
	json_decref(message);
	if (text == NULL)
		house_count_unwritten(session->house);
	else if (session->conn != NULL)
		session->conn->ops->send_text(session->conn, text, strlen(text));
	free(text);
}

void session_refuse(struct session *session, enum status status, const char *about, const char *sentence)
{
	uint64_t now_us = house_now_us(session->house);
	char said[SENTENCE_SIZE];
	++*session->house->counts.errors[status];
	if (session->conn == NULL)
		return;
	if (!allowance_take(&session->errors, ERRORS_PER_10S_MAX / 10.0, ERRORS_PER_10S_MAX, now_us)) {
		++*session->house->counts.errors[STATUS_TOO_MANY_ERRORS];
		status = STATUS_TOO_MANY_ERRORS;
		sentence = NULL;
	}
	if (sentence == NULL || sentence[0] == '\0')
		sentence = status_sentence(status);
	text_copy(said, sizeof said, sentence); /* whatever it quotes, it is UTF-8 now */
	session_tell(session,
		     json_pack("{s:s,s:s,s:s,s:s}", "type", "error", "code", status_word(status), "message", said, "about", about));
	if (status_close_code(status) != CLOSE_NONE)
		session->conn->ops->close(session->conn, status_close_code(status), status_word(status));
}

bool allowance_take(struct allowance *allowance, double rate, double burst, uint64_t now_us)
{
	double passed = (double)(now_us - allowance->at_us) / 1e6;
	allowance->level = allowance->level > passed * rate ? allowance->level - passed * rate : 0;
	allowance->at_us = now_us;
	if (allowance->level + 1 > burst)
		return false;
	allowance->level += 1;
	return true;
}

/* ---- lists ---- */

static void unlink_session(struct session *session)
{
	if (session->link == NULL)
		return;
	*session->link = session->next;
	if (session->next != NULL)
		session->next->link = session->link;
	session->next = NULL;
	session->link = NULL;
}

static void link_session(struct session *session, struct session **first)
{
	session->next = *first;
	session->link = first;
	if (*first != NULL)
		(*first)->link = &session->next;
	*first = session;
}

static struct session **named_list(struct hall *hall, const char *id)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * 16777619u;
	return &hall->named[hash % NAMED_LISTS];
}

static void link_name(struct session *session)
{
	struct session **list = named_list(session->hall, session->id);
	session->named_next = *list;
	session->named_link = list;
	if (*list != NULL)
		(*list)->named_link = &session->named_next;
	*list = session;
}

static void unlink_name(struct session *session)
{
	if (session->named_link == NULL)
		return;
	*session->named_link = session->named_next;
	if (session->named_next != NULL)
		session->named_next->named_link = session->named_link;
}

struct session *hall_find_session(struct hall *hall, const char *id)
{
	for (struct session *session = *named_list(hall, id); session != NULL; session = session->named_next) {
		if (strcmp(session->id, id) == 0)
			return session;
	}
	return NULL;
}

struct session *hall_find_desk(struct hall *hall, int desk)
{
	return desk >= 0 ? hall->desk[desk] : NULL;
}

/* ---- coming and going ---- */

void session_enter(struct session *session, struct hall *hall, bool keeps_seat)
{
	unlink_session(session);
	session->hall = hall;
	link_session(session, &hall->first);
	link_name(session);
	mover_start(&session->mover,
		    stage_settings(hall->stage)->rendition == SETTINGS_SAVER ? RENDITION_SAVER : RENDITION_STANDARD);
	if (session->desk < 0)
		return;
	hall->returning[session->desk] = false;
	hall->desk[session->desk] = session;
	if (!keeps_seat)
		check(stage_apply(hall->stage, (struct room_event){.type = ROOM_SEAT, .desk = (uint8_t)session->desk}) ==
		      STATUS_OK);
	hall->desks_entered |= UINT64_C(1) << session->desk;
}

void session_count_monitor(struct session *session)
{
	bool monitors = session->hall != NULL && session->conn != NULL && (session->verbs & VERB_MONITOR) != 0;
	if (monitors == (session->monitor_link != NULL))
		return;
	if (monitors) {
		session->next_monitor = session->hall->monitors;
		session->monitor_link = &session->hall->monitors;
		if (session->next_monitor != NULL)
			session->next_monitor->monitor_link = &session->next_monitor;
		session->hall->monitors = session;
	} else {
		*session->monitor_link = session->next_monitor;
		if (session->next_monitor != NULL)
			session->next_monitor->monitor_link = session->monitor_link;
		session->monitor_link = NULL;
	}
}

uint64_t session_heard_us(const struct session *session)
{
	return session->uplinks.heard_us > session->heard_us ? session->uplinks.heard_us : session->heard_us;
}

bool session_is_quiet(const struct session *session)
{
	return session->conn == NULL || house_now_us(session->house) - session_heard_us(session) > SEAT_QUIET_S * 1000000u;
}

void session_close_uplinks(struct session *session)
{
	while (session->uplinks.count > 0)
		uplinks_close(&session->uplinks, session->uplinks.open[0].stream);
}

bool session_sends(const struct session *session, int source)
{
	return uplinks_has(&session->uplinks, session_stream_of(source));
}

static void stop_listening(struct session *session)
{
	while (session->listenings != NULL)
		listen_stop(session, session->listenings);
}

void session_end(struct session *session)
{
	stop_listening(session);
	session_close_uplinks(session);
	if (session->desk >= 0 && session->hall != NULL && !session->house->restarting) { /* else the log keeps the seat for them */
		stage_apply(session->hall->stage, (struct room_event){.type = ROOM_LEAVE, .desk = (uint8_t)session->desk});
		log_event(LOG_INFO, "desk_left", LOG_STRING("room", stage_settings(session->hall->stage)->id),
			  LOG_STRING("session", session->id));
	}
	if (session->desk >= 0 && session->hall != NULL && session->hall->desk[session->desk] == session)
		session->hall->desk[session->desk] = NULL;
	unlink_session(session);
	unlink_name(session);
	admission_forget(session);
	if (session->conn != NULL) {
		session->conn->user = NULL;
		session->conn->uplinks = NULL;
	}
	session->conn = NULL;
	session_count_monitor(session);
	free(session);
}

static void *opened(void *host, struct conn *conn, const struct request *request)
{
	struct house *house = host;
	struct session *session = check_alloc(calloc(1, sizeof *session));
	session->house = house;
	session->conn = conn;
	session->desk = -1;
	session->opened_us = session->heard_us = house_now_us(house);
	link_session(session, &house->arriving);
	if (!origin_allowed(house->settings, request)) {
		log_event(LOG_WARNING, "origin_refused", LOG_STRING("origin", request->origin), LOG_STRING("peer", conn->peer));
		session_refuse(session, STATUS_BAD_ORIGIN, "connection", NULL);
	} else if (house->restarting) {
		session_refuse(session, STATUS_RESTARTING, "connection", NULL);
	}
	return session;
}

static bool worth_lingering(const struct session *session)
{
	if (session->hall == NULL || session->house->restarting)
		return false;
	return session->desk >= 0 || session->uplinks.count > 0;
}

static void closed(struct conn *conn)
{
	struct session *session = conn->user;
	if (session == NULL)
		return; /* it was replaced by a newer connection */
	session->conn = NULL;
	session_count_monitor(session);
	if (!worth_lingering(session)) {
		session_end(session);
		return;
	}
	stop_listening(session);
	session->lost_us = house_now_us(session->house);
	log_event(LOG_WARNING, "connection_lost", LOG_STRING("room", stage_settings(session->hall->stage)->id),
		  LOG_STRING("session", session->id), LOG_STRING("name", session->name));
}

static void refused(struct conn *conn, enum status status)
{
	struct session *session = conn->user;
	if (session == NULL)
		return;
	session->heard_us = house_now_us(session->house);
	if (session->hall == NULL)
		session_refuse(session, STATUS_JOIN_FIRST, "binary", NULL);
	else
		publish_refused(session, status);
}

static void text(struct conn *conn, const char *bytes, size_t size)
{
	struct session *session = conn->user;
	if (session != NULL)
		session_message(session, bytes, size);
}

const struct conn_handler house_conns = {
	.opened = opened,
	.text = text,
	.refused = refused,
	.closed = closed,
};

/* ---- time ---- */

static void sweep_arriving(struct house *house, uint64_t now_us)
{
	for (struct session *session = house->arriving, *next; session != NULL; session = next) {
		next = session->next;
		if (session->join == NULL && now_us - session->opened_us > JOIN_TIMEOUT_MS * 1000u && session->conn != NULL)
			session->conn->ops->close(session->conn, CLOSE_REFUSED, status_word(STATUS_JOIN_FIRST));
	}
}

/* True when the session is over. */
static bool sweep_session(struct session *session, uint64_t now_us)
{
	enum status status = house_ticket_still_good(session->house, &session->ticket);
	if (session->conn == NULL)
		return status != STATUS_OK || now_us - session->lost_us > LINGER_S * 1000000u;
	if (status != STATUS_OK)
		session_refuse(session, status, "ticket", status == STATUS_BAD_TICKET ? SENTENCE_REVOKED : NULL);
	return false;
}

void sessions_sweep(struct house *house, uint64_t now_us)
{
	sweep_arriving(house, now_us);
	for (unsigned i = 0; i < house->halls; i++) {
		memory_sweep(&house->hall[i], now_us);
		for (struct session *session = house->hall[i].first, *next; session != NULL; session = next) {
			next = session->next;
			if (sweep_session(session, now_us))
				session_end(session);
		}
	}
}
