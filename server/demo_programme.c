/* Moves the programme, see demo_programme.h. A time keeps its form and so its length: it is written where it stood.
 *
 * Called by server.c once, before the rooms are made. It adds to the written local times as they are: where clocks are changed in
 * between, a session of the demo is an hour off, and nobody minds.
 */
#include "demo_programme.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define BEGAN_S 600 /* so long ago: the first session is under way */
#define WRITTEN_SIZE sizeof "2025-03-21 09:00"

static bool earliest(const struct settings *settings, int64_t *first_s)
{
	bool found = false;
	for (unsigned r = 0; r < settings->rooms_count; r++) {
		const struct settings_room *room = &settings->rooms[r];
		for (unsigned i = 0; i < room->programme_count; i++) {
			int64_t starts_s;
			if (!settings_time_s(settings, room->programme[i].starts, &starts_s) || (found && starts_s >= *first_s))
				continue;
			*first_s = starts_s;
			found = true;
		}
	}
	return found;
}

static void move(char *written, int64_t by_s)
{
	struct tm local = {0};
	char moved[WRITTEN_SIZE];
	if (strlen(written) != WRITTEN_SIZE - 1 || strptime(written, "%Y-%m-%d %H:%M", &local) == NULL)
		return;
	time_t at = timegm(&local) + by_s;
	gmtime_r(&at, &local);
	if (strftime(moved, sizeof moved, "%Y-%m-%d %H:%M", &local) == sizeof moved - 1)
		memcpy(written, moved, sizeof moved);
}

void demo_programme_begin(struct settings *settings, int64_t now_s)
{
	int64_t first_s;
	if (!earliest(settings, &first_s))
		return;
	int64_t by_s = now_s - BEGAN_S - first_s;
	by_s -= by_s % 60;
	for (unsigned r = 0; r < settings->rooms_count; r++) {
		for (unsigned i = 0; i < settings->rooms[r].programme_count; i++) {
			move(settings->rooms[r].programme[i].starts, by_s);
			move(settings->rooms[r].programme[i].ends, by_s);
		}
	}
}
