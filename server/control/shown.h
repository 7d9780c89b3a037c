/* What is shown of a room: its state, its plan, and what only time brings (lamps, timers, notices), taken at one moment. Two of them are
 * compared to tell the difference. Plain data.
 */
#ifndef CONTROL_SHOWN_H
#define CONTROL_SHOWN_H

#include "room/floor_language.h"
#include "room/handover.h"
#include "room/room.h"
#include "room/view.h"

#define COUGH_LONG_MS    15000 /* listeners hear silence so long: the desk is told (room/README.md, "Numbers") */
#define UNINTERPRETED_MS 5000  /* nobody interprets so long: told (room/README.md, "Numbers") */

struct shown_booth {
	uint8_t state, ended;    /* enum handover_state, enum handover_end */
	uint8_t from, to;        /* desks or ROOM_NOBODY */
	uint8_t turn_desk, turn; /* desk or ROOM_NOBODY; enum turn */
	uint64_t ends_beat;      /* when the handover times out or happens; 0 while idle */
	uint64_t turn_since;     /* beat */
};

struct shown {
	struct room room;
	struct plan plan;
	struct floor_language floor_language;
	struct desk_view view[DESKS_MAX];
	bool cough_long[DESKS_MAX];
	bool uninterpreted[CHANNELS_MAX];
	struct shown_booth booth[BOOTHS_MAX];
};

/* Since when something has been so, by beat; 0 while it is not. */
struct shown_since {
	uint64_t cough[DESKS_MAX];
	uint64_t uninterpreted[CHANNELS_MAX];
};

/* Takes the picture. `since` goes on from one call to the next; zeroed at first. */
void shown_take(struct shown *shown, struct shown_since *since, const struct room *room, const struct plan *plan,
		const struct handover *handovers, uint64_t beat);

/* Whether what is told of it differs. `works`: to those who work here, who also see holders, keys and switches: a cough changes
 * nothing for the audience. */
bool shown_channel_differs(const struct shown *a, const struct shown *b, unsigned channel, bool works);
bool shown_floor_differs(const struct shown *a, const struct shown *b);
bool shown_desk_differs(const struct shown *a, const struct shown *b, unsigned desk);
bool shown_booth_differs(const struct shown *a, const struct shown *b, unsigned booth);

#endif
