/* The table: a room whose floor is mixed, so that everybody with a microphone speaks and listens at once. Two people and an
 * interpreter between them, or a round of four. */
#ifndef CONTROL_TABLE_H
#define CONTROL_TABLE_H

#include "control/session.h"

/* True for a speaker in such a room. */
bool table_sits(const struct session *session);
/* Whether a floor input is this speaker's own microphone: the one that the ticket names, or one that the session publishes. */
bool table_owns(const struct session *session, unsigned input);
/* What `joined` says to a speaker at a table: {"input":"guest","channels":[1],"others":["floor/main"]}. The input is the ticket's,
 * or the first that nobody has (the first when all are taken); channels are the languages that it may hear, the floor only when the
 * ticket names it; others are the sources of those who sit opposite. The caller owns it. */
json_t *table_place(const struct session *session);

#endif
