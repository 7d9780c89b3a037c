/* What a desk's key comes to when its link is counted in: the one place that says so, for the files of this folder. */
#ifndef ROOM_DESK_H
#define ROOM_DESK_H

#include "room/room.h"

/* The channel into which the desk speaks, or would. */
static inline uint8_t desk_channel(const struct room *room, unsigned desk)
{
	const struct room_desk *d = &room->desk[desk];
	return room->booth[d->booth].output[d->output];
}

/* The key, and the link over it (room/README.md, "Lost links"): late is as COUGH, lost or closed as OFF. Nobody there: OFF. */
static inline enum mic desk_mic(const struct room_desk *desk)
{
	if (!desk->seated || desk->link == LINK_DOWN || desk->link == LINK_LOST)
		return MIC_OFF;
	if (desk->link == LINK_LATE && desk->mic == MIC_ON)
		return MIC_COUGH;
	return (enum mic)desk->mic;
}

/* ON or COUGH: it wants its channel, and gets it unless the interlock says otherwise. A desk feeds one place at a time: not while it
 * speaks to the floor. */
static inline bool desk_wants(const struct room_desk *desk)
{
	return desk_mic(desk) != MIC_OFF && !desk->to_floor;
}

#endif
