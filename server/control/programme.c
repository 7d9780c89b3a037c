/* The programme of a room by the clock, see programme.h. house.c asks once a second, and makes an event of the room of each change,
 * so that the log has it and a replay needs neither clock nor settings. */
#include "control/programme.h"

#include <stddef.h>

void programme_begin(struct programme *programme, const struct settings *settings, const struct settings_room *room)
{
	programme->room = room;
	for (unsigned i = 0; i < room->programme_count; i++) {
		settings_time_s(settings, room->programme[i].starts, &programme->session[i].starts_s);
		settings_time_s(settings, room->programme[i].ends, &programme->session[i].ends_s);
	}
}

const char *programme_language(const struct programme *programme, int64_t now_s)
{
	const struct settings_room *room = programme->room;
	int on = -1;
	for (unsigned i = 0; i < room->programme_count; i++) {
		if (now_s < programme->session[i].starts_s || now_s >= programme->session[i].ends_s)
			continue;
		if (on < 0 || programme->session[i].starts_s >= programme->session[on].starts_s)
			on = (int)i;
	}
	const char *language = on >= 0 ? room->programme[on].language : room->floor_language;
	return language != NULL ? language : "";
}
