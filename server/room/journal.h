/* The event log of a room (room/README.md, "Invariants": a replay gives the same routing): one JSON object per line.
 *
 *   {"log":"boothcast room v1","name":"hall","frame_ms":20,"inputs":2,"floor":"switched","channels":[...],...}  first: as built
 *   {"beat":812,"event":"mic","desk":2,"state":"on","revision":7,"plan":"9f2c41d07be3a655"}  then: what happened, and the result
 *
 * Pure: text in memory. Who opens, writes and rotates the file stands above. A room has a file of its own. Read with replay.h.
 */
#ifndef ROOM_JOURNAL_H
#define ROOM_JOURNAL_H

#include "boothcast/plan.h"
#include "room/room.h"

#include <stddef.h>

#define JOURNAL_LINE_MAX 16384 /* the first line of the largest room is about half as long */

/* What the routing had come to after an event. */
struct journal_result {
	bool known; /* the line says it */
	uint64_t revision;
	uint64_t plan; /* plan_digest() */
};

/* A number that tells two plans apart: FNV-1a over what they say, not over how this machine lays them out. No protection against
 * malice. */
uint64_t plan_digest(const struct plan *plan);

/* Each writes a line with its newline and end mark, and returns its length; 0 when `size` is too small (JOURNAL_LINE_MAX always is
 * enough). */

/* The first line: the room as built, before any event. `name` is for people. */
size_t room_write(const struct room *room, const char *name, char *line, size_t size);
/* An event that room_apply() has taken. `result` may be NULL. */
size_t room_event_write(const struct room_event *event, const struct journal_result *result, char *line, size_t size);

/* Each reads a line, with or without its newline. STATUS_BAD_JSON, STATUS_BAD_FIELD (missing, of the wrong type, out of range). */

/* A first line; also the errors of the builders in room.h, and STATUS_UNKNOWN_TYPE: not a log of this version. */
enum status room_read(const char *line, struct room *room);
/* An event; STATUS_UNKNOWN_TYPE: no such event. Whether the room takes it, room_apply() says. `result` may be NULL. */
enum status room_event_read(const char *line, struct room_event *event, struct journal_result *result);

#endif
