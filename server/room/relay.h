/* What each desk hears, and how far each channel is from the original (room/README.md, "Relay"). For plan.c and view.c. */
#ifndef ROOM_RELAY_H
#define ROOM_RELAY_H

#include "room/room.h"

struct relay {
	uint32_t held;               /* bit c: channel c has a holder */
	uint8_t depth[CHANNELS_MAX]; /* 0 floor or floor-filled, 1 made from the floor, 2 and more made from another channel */
	uint8_t hears[DESKS_MAX];    /* channel number, 0 the floor */
	bool lost[DESKS_MAX];        /* RELAY LOST: the desk selected a channel that is made from its own, and hears the floor */
};

/* Writes all of `*relay`. No desk hears what it makes itself, over however many booths. */
void relay_trace(const struct room *room, struct relay *relay);
/* enum label that belongs to a depth: original, direct, relay. */
uint8_t relay_label(uint8_t depth);

#endif
