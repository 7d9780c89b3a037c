/* Replaying an event log: the routing is computed again from the first line on, and compared with what the log says it was. */
#ifndef ROOM_REPLAY_H
#define ROOM_REPLAY_H

#include "boothcast/plan.h"
#include "room/room.h"

#include <stdbool.h>

struct replay {
	struct room room; /* after the last line */
	struct plan plan; /* what every channel carried then */
	bool begun;       /* the first line was read */
	uint64_t lines, events;
	uint64_t differences;     /* events whose result is another one than the log's */
	uint64_t first_different; /* number of the first such line, from 1; 0 none */
	uint64_t gaps, missing;   /* places where events are missing, and how many those were, as far as the log says */
	bool unsure;              /* events are missing since the last first line: what follows is not compared */
	enum status status;       /* why the last line could not be replayed */
};

/* Nothing read yet. */
void replay_init(struct replay *replay);
/* One more line. False when it cannot be replayed (status says why): the first line is no room, a later one no event, or the room
 * refuses it, which in a log of taken events is a difference too. The reader may go on: what follows is not compared until a
 * further first line, with which it begins anew because the server was restarted. A line {"gap":N} says that N events are missing.
 */
bool replay_line(struct replay *replay, const char *line);

#endif
