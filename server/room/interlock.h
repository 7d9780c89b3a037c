/* Which of the desks that want a channel hold it (room/README.md, "Interlock between booths"). For event.c. */
#ifndef ROOM_INTERLOCK_H
#define ROOM_INTERLOCK_H

#include "room/room.h"

/* Brings holds, engaged, since, asked and overlap of all desks into line with keys and links. `presser` is the desk whose key was
 * pressed with this event, or ROOM_NOBODY: only a press takes a channel away from somebody. `beat` is the time of the event. */
void interlock_settle(struct room *room, unsigned presser, uint64_t beat);

#endif
