/* What holds where the file says nothing, and the one form of what can be written in several. */
#ifndef SETTINGS_DEFAULTS_H
#define SETTINGS_DEFAULTS_H

#include "settings/document.h"
#include "settings/settings.h"

/* Desks of a booth: two interpreters take turns. */
#define DESKS_PER_BOOTH_DEFAULT 2

/* Completes settings that libcyaml loaded from the text of `document`. `path` is the file's, for relative paths in it. */
void defaults_fill(struct settings *settings, struct document *document, const char *path);

#endif
