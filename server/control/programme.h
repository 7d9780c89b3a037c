/* What the programme of a room says of the language on the floor at a time (room/README.md, "Language of the floor"). Pure. */
#ifndef CONTROL_PROGRAMME_H
#define CONTROL_PROGRAMME_H

#include "settings/settings.h"

#include <stdint.h>

struct programme {
	const struct settings_room *room;
	struct {
		int64_t starts_s, ends_s; /* seconds since 1970 */
	} session[PROGRAMME_MAX];         /* in the order of the settings */
};

/* Reads the times of a room's sessions, once: time zones cost. The settings are borrowed. */
void programme_begin(struct programme *programme, const struct settings *settings, const struct settings_room *room);
/* The language of the session that is on; of several at once the last that began. "" when it names none (nobody knows what is
 * spoken). While no session is on: what the room's settings say is spoken at first, or "". Never NULL. */
const char *programme_language(const struct programme *programme, int64_t now_s);

#endif
