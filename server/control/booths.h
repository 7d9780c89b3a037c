/* The handovers of a room's booths: kept here, decided in room/handover.h. */
#ifndef CONTROL_BOOTHS_H
#define CONTROL_BOOTHS_H

#include "control/house.h"

/* All idle. Once, when the room is made. */
void booths_begin(struct hall *hall);
/* What time and the room bring: ten times a second, and after a key. */
void booths_step(struct hall *hall);

#endif
