/* Replaying an event log: lines in, the room and its plan out. The caller reads the file and says what came of it. */
#include "room/replay.h"

#include "room/journal.h"

#include <stdio.h>
#include <string.h>

void replay_init(struct replay *replay)
{
	memset(replay, 0, sizeof *replay);
	room_init(&replay->room);
	plan_make(&replay->room, &replay->plan);
}

static void differ(struct replay *replay)
{
	if (replay->unsure)
		return;
	if (replay->differences++ == 0)
		replay->first_different = replay->lines;
}

static enum status begin(struct replay *replay, const char *line)
{
	struct room room;
	enum status status = room_read(line, &room);
	if (status != STATUS_OK)
		return status;
	memcpy(&replay->room, &room, sizeof room);
	plan_make(&replay->room, &replay->plan);
	replay->begun = true;
	replay->unsure = false;
	return STATUS_OK;
}

static enum status next(struct replay *replay, const char *line)
{
	struct room_event event;
	struct journal_result result;
	enum status status = room_event_read(line, &event, &result);
	if (status != STATUS_OK)
		return status;
	status = room_apply(&replay->room, &event);
	if (status != STATUS_OK) {
		differ(replay);
		return status;
	}
	replay->events++;
	plan_make(&replay->room, &replay->plan);
	if (result.known && (result.revision != replay->room.revision || result.plan != plan_digest(&replay->plan)))
		differ(replay);
	return STATUS_OK;
}

/* A line that says how many events are missing here. */
static bool is_gap(const char *line, unsigned long long *missing)
{
	return sscanf(line, "{\"gap\":%llu}", missing) == 1;
}

bool replay_line(struct replay *replay, const char *line)
{
	unsigned long long missing;
	replay->lines++;
	if (replay->begun && is_gap(line, &missing)) {
		replay->gaps++;
		replay->missing += missing;
		replay->unsure = true;
		replay->status = STATUS_OK;
		return true;
	}
	replay->status = begin(replay, line);
	if (replay->status == STATUS_UNKNOWN_TYPE && replay->begun)
		replay->status = next(replay, line);
	replay->unsure = replay->unsure || replay->status != STATUS_OK;
	return replay->status == STATUS_OK;
}
