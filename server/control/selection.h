/* What can be listened to: a channel, or a source by itself. How messages name it, who may hear it, and where it is read. */
#ifndef CONTROL_SELECTION_H
#define CONTROL_SELECTION_H

#include "channel/channel.h"
#include "control/session.h"

/* The selection that a message names by "channel" (a number) or "source" ("floor/guest", "desk/zh-en/1"). STATUS_BAD_FIELD,
 * STATUS_NO_SOURCE; STATUS_NOT_ALLOWED for a source when the session hears none at all. A channel need not be there. */
enum status selection_read(const struct session *session, const json_t *message, struct selection *selection, char *sentence);
/* The same from one value, as in "instead_of": a number is a channel, a string a source. `key` is for the sentence. */
enum status selection_read_value(const struct session *session, const json_t *value, const char *key, struct selection *selection,
				 char *sentence);
/* Sets "channel" or "source" of a message to the client. */
void selection_write(const struct session *session, struct selection selection, json_t *message);
bool selection_equal(struct selection a, struct selection b);

/* Whether the session may hear it: channels by its ticket; sources whoever monitors, and at a table the others' microphones.
 * STATUS_NO_CHANNEL, STATUS_NOT_ALLOWED. */
enum status selection_allowed(const struct session *session, struct selection selection, char *sentence);
/* Where it is read, for a session that joins now. A source has one rendition, whichever is asked for. NULL: TAPS_MAX other sources
 * of the room are listened to. */
struct audience *selection_audience(struct session *session, struct selection selection, enum rendition rendition);

#endif
