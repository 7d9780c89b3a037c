/* What is spoken on the floor, and who says so (room/README.md, "Language of the floor"). For labels, lamps and alarms; never for
 * routing. */
#ifndef ROOM_FLOOR_LANGUAGE_H
#define ROOM_FLOOR_LANGUAGE_H

#include "room/relay.h"
#include "room/room.h"

/* The first of these that knows it is believed. */
enum floor_language_from {
	FLOOR_LANGUAGE_UNKNOWN,
	FLOOR_LANGUAGE_SET,       /* the operator said it */
	FLOOR_LANGUAGE_PROGRAMME, /* the session that is on, by the programme */
	FLOOR_LANGUAGE_CONCLUDED  /* by exclusion: it is the one that nobody interprets into */
};

struct floor_language {
	char tag[TAG_SIZE]; /* "" while unknown; the rest is zero */
	uint8_t from;       /* enum floor_language_from */
};

/* Writes all of `*language`. `relay` is the room's of now. */
void floor_language_of(const struct room *room, const struct relay *relay, struct floor_language *language);
/* What somebody said it is, operator or programme, "" when neither did: nobody is blamed for a conclusion. Borrowed from the room.
 */
const char *floor_language_told(const struct room *room);

#endif
