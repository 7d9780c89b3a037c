/* What a room remembers over a restart: its event log. Every event goes there; at the start the last state is read from it and taken up. */
#ifndef CONTROL_MEMORY_H
#define CONTROL_MEMORY_H

#include "control/house.h"

#define RETURN_S 30 /* a seat is kept so long for whoever sat there when the server ended */

/* Opens the log of a room in the folder `state`/journal, and brings the room to what it says was so: the operator's choices (but
 * line-up tone, which is a test), and who sat where; who was ON is in COUGH until a person presses again (room/README.md, "Lost links").
 * Trouble with the file is a line of the log, and the room goes on without a memory. */
void memory_open(struct hall *hall, const char *state, uint64_t now_us);
/* The room took an event: writes it. */
void memory_note(struct hall *hall, const struct room_event *event);
/* Frees the seats that nobody came back to, and tells what the log lost. Once a second. */
void memory_sweep(struct hall *hall, uint64_t now_us);
void memory_close(struct hall *hall);

#endif
