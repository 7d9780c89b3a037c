/* A session: one connection and what it may do, hears and sends.
 *
 *   arriving --join--> in a hall --connection lost--> lingering (those with a seat or an uplink) --> gone
 *                          ^-----------resume---------------'
 */
#ifndef CONTROL_SESSION_H
#define CONTROL_SESSION_H

#include "base/text.h"
#include "control/house.h"
#include "control/mover.h"
#include "control/role.h"
#include "fanout/listener.h"
#include "ingest/uplinks.h"

#include <jansson.h>

#define SESSION_ID_SIZE 24
#define SENTENCE_SIZE 200
#define QUOTED_MAX 40 /* bytes of a client's word that an error message quotes */
/* The two arguments of "%.*s" that quote a client's word. */
#define QUOTE(word) (int)text_fit((word), QUOTED_MAX), (word)
#define SENTENCE_REVOKED "The ticket was revoked; ask the organiser for a new link."
#define LINGER_S 10    /* a seat whose connection broke is kept so long for the same session */
#define SEAT_QUIET_S 5 /* a connection that said nothing for so long does not keep its seat or its input from the next one */

/* What is listened to (selection.h): a channel, or a source by itself. */
struct selection {
	bool is_source;
	uint8_t number; /* of the channel; of the source its index (plan.h) */
};

/* One selection that a session hears. */
struct listening {
	struct listener *listener;
	struct session *session;
	struct listening *next;
	struct selection what;
	uint8_t rendition;        /* that it gets, or goes over to */
	bool automatic;           /* the server may move it to another rendition */
	uint32_t late, concealed; /* by its last report: packets, and 20 ms of sound, since it began to listen */
	uint64_t reported_us;     /* when that came, or when it began to listen */
};

struct session {
	struct session *next, **link; /* in the house's or the hall's list */
	struct house *house;
	struct conn *conn; /* NULL while it lingers */
	struct hall *hall; /* NULL until it joined */
	char id[SESSION_ID_SIZE];
	struct session *named_next, **named_link; /* in the hall's list by id */
	enum role role;
	unsigned verbs;
	struct ticket ticket; /* all zero for a listener of an open room */
	char name[PERSON_SIZE];
	int desk;           /* index in the room, -1 */
	struct mover mover; /* of what is automatic */
	struct listening *listenings;
	unsigned listening_count;
	struct uplinks uplinks;                 /* what it sends, by source; the connection points here */
	uint64_t flood_since_us, flood_last_us; /* it sent too fast from then to then */
	struct allowance texts, errors, floods, signals, chats;
	uint64_t opened_us, heard_us, lost_us;
	json_t *join; /* while it waits to be let in (admission.h): its first message, and texts behind it, as a list; else NULL */
	struct session *next_waiting, **waiting_link;
	struct session *next_monitor, **monitor_link; /* in the hall's list of those who are told levels; NULL: not in it */
};

/* ---- telling ---- */

/* Sends a JSON object and takes it over (its reference is given up). NULL, which a constructor returns when memory is short or a
 * string is not UTF-8, and an object that cannot be written: the message is not sent, counted and logged. */
void session_tell(struct session *session, json_t *message);
/* Tells an error, counts it, and closes where the status says so. `sentence` may be NULL. */
void session_refuse(struct session *session, enum status status, const char *about, const char *sentence);

/* ---- coming and going ---- */

/* Enters the hall's list, takes a desk's seat; `keeps_seat`: it is still there from before a restart, as it was. */
void session_enter(struct session *session, struct hall *hall, bool keeps_seat);
/* Gives back everything: listenings, uplinks, the seat. Frees. The connection, if any, must have been closed by the caller. */
void session_end(struct session *session);
void session_close_uplinks(struct session *session);
/* The stream of a source's uplink in binary headers, by its index (plan.h). */
static inline uint16_t session_stream_of(int source)
{
	return (uint16_t)(1 + source);
}
/* Whether it sends the source of an index. */
bool session_sends(const struct session *session, int source);
/* When it said or sent something last. */
uint64_t session_heard_us(const struct session *session);
/* The connection broke, or said nothing for SEAT_QUIET_S: pages send a ping more often than that. */
bool session_is_quiet(const struct session *session);
/* Puts it in the hall's list of monitors, or takes it out. Whenever its connection or its verbs changed. */
void session_count_monitor(struct session *session);
/* Looks at what time has ended: arrivals, tickets, lingering seats. For house_beat(), once a second. */
void sessions_sweep(struct house *house, uint64_t now_us);
/* The session that sits at a desk; NULL when it is free. */
struct session *hall_find_desk(struct hall *hall, int desk);
struct session *hall_find_session(struct hall *hall, const char *id);
/* Takes one from an allowance of `rate` a second with a reserve of `burst`; false when it is used up. */
bool allowance_take(struct allowance *allowance, double rate, double burst, uint64_t now_us);

/* ---- messages, by file ---- */

/* What a handler says: STATUS_OK, or a refusal with a sentence of its own in `sentence` (SENTENCE_SIZE bytes, "" for the usual
 * one). */
typedef enum status (*message_handler)(struct session *session, const json_t *message, char *sentence);

enum status join_message(struct session *session, const json_t *message, char *sentence);
/* The same when it is the session's turn; `session` may be gone afterwards. */
enum status join_enter(struct session *session, const json_t *message, char *sentence);
enum status listen_message(struct session *session, const json_t *message, char *sentence);
enum status unlisten_message(struct session *session, const json_t *message, char *sentence);
enum status publish_message(struct session *session, const json_t *message, char *sentence);
enum status unpublish_message(struct session *session, const json_t *message, char *sentence);
enum status mic_message(struct session *session, const json_t *message, char *sentence);
enum status output_message(struct session *session, const json_t *message, char *sentence);
enum status input_message(struct session *session, const json_t *message, char *sentence);
enum status handover_message(struct session *session, const json_t *message, char *sentence);
enum status true_floor_message(struct session *session, const json_t *message, char *sentence);
enum status speak_to_floor_message(struct session *session, const json_t *message, char *sentence);
enum status signal_message(struct session *session, const json_t *message, char *sentence);
enum status chat_message(struct session *session, const json_t *message, char *sentence);
enum status operate_message(struct session *session, const json_t *message, char *sentence);
enum status report_message(struct session *session, const json_t *message, char *sentence);
enum status ping_message(struct session *session, const json_t *message, char *sentence);

/* Starts the listenings that a resumed session asks for again. */
void listen_resume(struct session *session, const json_t *listens);
void listen_stop(struct session *session, struct listening *listening);
/* Tells what `ring` sends from now on; `next_seq` is that of the first packet which is not history. */
void listen_tell(const struct listening *listening, struct ring *ring, uint32_t next_seq);
/* The session publishes a source from now on: nobody hears their own voice, so it stops to listen to that, and is told. */
void listen_drop_own(struct session *session, int source);
/* A text message that has been counted already: one that was kept while its session waited to be let in. */
void session_handle(struct session *session, const char *bytes, size_t size);
/* A text message. */
void session_message(struct session *session, const char *bytes, size_t size);
/* Takes a source back from a session that is quiet: it does not keep it from the next one. */
void publish_free_quiet(struct hall *hall, int source);
/* The session has another ticket: closes the uplinks that this one does not allow, and tells the client. */
void publish_keep_allowed(struct session *session);
/* A binary message was not taken, see uplinks_put(). */
void publish_refused(struct session *session, enum status status);

/* Whether a WebSocket may come from the page that opened it: the same host, one of the settings, or no page at all. */
bool origin_allowed(const struct settings *settings, const struct request *request);

/* Fields of messages. Each returns false with a sentence when the field is missing or of another kind. */
bool field_number(const json_t *message, const char *key, long min, long max, long *value, char *sentence);
bool field_word(const json_t *message, const char *key, const char **value, char *sentence);
bool field_flag(const json_t *message, const char *key, bool *value, char *sentence);

#endif
