/* Admission: how fast listeners are let in. To let one in (handshake, the whole room as text) costs as much as a hundred packets; when
 * thousands come back at once, as after a restart, those who hear already would pay for it.
 *
 *   join --the rate is not used up, nobody waits--> in
 *        \--> the queue --on each beat, as many as the rate lets--> in
 *        \--> the queue is too long: "too_many" with retry_after_ms, a time of its own for each, and closed with 1012
 *
 * Whoever brings a ticket for more than listening works here, and never waits.
 */
#ifndef CONTROL_ADMISSION_H
#define CONTROL_ADMISSION_H

#include "boothcast/status.h"

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct house;
struct session;

/* Of a house. */
struct admission {
	struct session *first, **last; /* who waits, in the order in which they came */
	unsigned waiting;
	uint64_t promised_us; /* the last time for which anybody was told to come back */
};

void admission_init(struct admission *admission);
/* A session asks to join. True when it is not its turn: the message is kept until then, or the session was told to come again. */
bool admission_defers(struct session *session, const json_t *message);
/* A session that waits says something already, without having heard that it is in: that is kept, and done when it is. At most
 * EARLY_MAX of them; more are STATUS_TOO_MANY, with a sentence. */
enum status admission_keeps(struct session *session, const json_t *message, char *sentence);
/* Lets in whose turn it is, by join_message(). For house_beat(), after the sound of the beat is on its way. */
void admission_beat(struct house *house);
/* The session ends, or is let in. */
void admission_forget(struct session *session);

#endif
