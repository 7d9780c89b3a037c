/* What a desk's lamps and display show, besides its own keys: the truth of the server, computed with the plan. */
#ifndef ROOM_VIEW_H
#define ROOM_VIEW_H

#include "room/room.h"

#define OVERLAP_MS 2000 /* both desks of a booth may be ON this long (room/README.md, "Handover within a booth") */

struct desk_view {
	bool tally;      /* listeners hear this microphone now */
	uint8_t holder;  /* the desk that took this desk's channel first, itself perhaps; ROOM_NOBODY while it is floor-filled */
	uint8_t hears;   /* channel number, 0 the floor: what its feed carries */
	uint8_t quality; /* enum label of that feed: original, direct, relay; silent when there is no floor */
	bool auto_relay; /* what it hears is the auto-relay, in the place of the floor */
	bool relay_lost; /* RELAY LOST: the selected channel is made from this desk's own */
	bool overlap;    /* flashes: two desks of the booth are ON in one channel for more than OVERLAP_MS */
	bool wrong_direction; /* WRONG DIRECTION: ON into the language that operator or programme say is on the floor (rule 5) */
};

/* Writes view[0 .. room->desks-1]. `plan` is the room's plan of now. */
void view_make(const struct room *room, const struct plan *plan, uint64_t beat, struct desk_view view[DESKS_MAX]);

#endif
