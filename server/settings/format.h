/* How strings of the settings file must be written: a check for each kind. Pure. */
#ifndef SETTINGS_FORMAT_H
#define SETTINGS_FORMAT_H

#include "base/text.h"

#include <stdbool.h>

/* Each returns true when the text is good; otherwise `wrong` says what is wrong; and what to write instead. */

/* Small letters, digits, - and _, beginning with a letter or digit: it stands in addresses and tickets. */
bool format_id(const char *text, struct text *wrong);
/* A language tag (BCP 47) of a language and region that exist. */
bool format_language(const char *text, struct text *wrong);
/* A day of the calendar and a time: YYYY-MM-DD HH:MM. So written, earlier is smaller (strcmp). */
bool format_time(const char *text, struct text *wrong);
/* A name of the time zone database, such as Asia/Shanghai. */
bool format_timezone(const char *text, struct text *wrong);
/* HOST:PORT with a host in numbers, or localhost. */
bool format_listen(const char *text, struct text *wrong);
/* An origin: http:// or https://, a host, perhaps a port, and nothing after it. */
bool format_origin(const char *text, struct text *wrong);

#endif
