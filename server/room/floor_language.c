/* The language of the floor: told by a person, told by the programme, or concluded.
 *
 *   operator --else--> programme --else--> exclusion --else--> not known
 *
 * Exclusion: of the room's languages all but one are held, each by desks that hear the floor itself. Interpreters leave out the
 * language that is spoken, so it is the one that is left. A conclusion serves labels and notices only; WRONG DIRECTION goes by what
 * was told, because a wrong guess would blame an interpreter who is right. In a two-way booth the guess could not even be seen to
 * be wrong: the key that is pressed makes it.
 *
 * Pure; called by plan.c, view.c and control/ on every change.
 */
#include "room/floor_language.h"

#include <string.h>

#define LANGUAGES_MIN 2 /* in a room of one language "all the others are held" is always true, and says nothing */

const char *floor_language_told(const struct room *room)
{
	return room->floor_language[0] != '\0' ? room->floor_language : room->programme_language;
}

/* The one channel that nobody holds while all others are made from the floor; 0 when there is no such channel. */
static unsigned left_out(const struct room *room, const struct relay *relay)
{
	unsigned languages = 0, alone = 0;
	for (unsigned c = 1; c < room->channels; c++) {
		if (!room_has_channel(room, c))
			continue;
		languages++;
		if ((relay->held & (UINT32_C(1) << c)) != 0 && relay->depth[c] == 1)
			continue;
		if ((relay->held & (UINT32_C(1) << c)) != 0 || alone != 0)
			return 0;
		alone = c;
	}
	return languages >= LANGUAGES_MIN ? alone : 0;
}

void floor_language_of(const struct room *room, const struct relay *relay, struct floor_language *language)
{
	const char *told = floor_language_told(room);
	unsigned concluded = told[0] == '\0' ? left_out(room, relay) : 0;
	memset(language, 0, sizeof *language);
	if (told[0] != '\0')
		language->from = told == room->floor_language ? FLOOR_LANGUAGE_SET : FLOOR_LANGUAGE_PROGRAMME;
	else if (concluded != 0)
		language->from = FLOOR_LANGUAGE_CONCLUDED;
	memcpy(language->tag, concluded != 0 ? room->channel[concluded].language : told, sizeof language->tag);
}
