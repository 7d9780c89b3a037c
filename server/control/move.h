/* Moving a listener from one rendition of its channel to another, where the mover (mover.h) says so.
 *
 *   report --> mover --> move_session: {"type":"listening", ...} about a moment MOVE_NOTICE_MS ahead
 *   beats                              old stream up to there, new stream from there (fanout/transfer.h)
 *
 * The moment is a beat at which packets of every length begin, so no beat comes twice and none is missing.
 */
#ifndef CONTROL_MOVE_H
#define CONTROL_MOVE_H

#include "control/session.h"

/* A player makes room for longer packets before they come: it plays a little slower. In so long it has 36 of the 40 ms, unheard; on
 * a line that is worth a move it has had to wait for sound before and has them all. */
#define MOVE_NOTICE_MS 1000

/* Moves everything automatic that the session hears to the rendition of its mover. */
void move_session(struct session *session);

#endif
