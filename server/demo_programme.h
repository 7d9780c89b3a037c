/* The demo's programme: that of the settings, moved so that the event began a moment ago. Whoever tries it sees what is on now. */
#ifndef SERVER_DEMO_PROGRAMME_H
#define SERVER_DEMO_PROGRAMME_H

#include "settings/settings.h"

#include <stdint.h>

/* Writes the moved times into the settings, before anybody reads them. `now_s` are seconds since 1970. */
void demo_programme_begin(struct settings *settings, int64_t now_s);

#endif
