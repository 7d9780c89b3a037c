/* Names and lookups in loaded settings: for start-up, commands and answers, never for the data plane. */
#include "settings/settings.h"

#include <stddef.h>
#include <string.h>

const char *settings_name(const struct settings_names *names, const char *language)
{
	if (names == NULL)
		return "";
	const struct {
		const char *language, *name;
	} all[] = {
		{"en", names->en}, {"zh", names->zh}, {"fr", names->fr}, {"es", names->es}, {"ru", names->ru}, {"ar", names->ar},
	};
	size_t count = sizeof(all) / sizeof(all[0]);
	/* zh-CN asks for zh */
	for (size_t i = 0; language != NULL && i < count; i++)
		if (all[i].name != NULL && strncasecmp(all[i].language, language, 2) == 0 &&
		    (language[2] == '\0' || language[2] == '-'))
			return all[i].name;
	for (size_t i = 0; i < count; i++)
		if (all[i].name != NULL)
			return all[i].name;
	return "";
}

bool settings_self_signed(const struct settings *settings)
{
	const char *certificate = settings->server.certificate;
	return certificate != NULL && strcmp(certificate, SETTINGS_SELF_SIGNED) == 0;
}

const struct settings_room *settings_find_room(const struct settings *settings, const char *id)
{
	for (unsigned i = 0; i < settings->rooms_count; i++)
		if (strcmp(settings->rooms[i].id, id) == 0)
			return &settings->rooms[i];
	return NULL;
}

const struct settings_booth *settings_find_booth(const struct settings_room *room, const char *id)
{
	for (unsigned i = 0; i < room->booths_count; i++)
		if (strcmp(room->booths[i].id, id) == 0)
			return &room->booths[i];
	return NULL;
}
