/* What ICU knows of languages and time zones. Pure; ICU's types stay in language.c. */
#ifndef SETTINGS_LANGUAGE_H
#define SETTINGS_LANGUAGE_H

#include "boothcast/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes a language tag as BCP 47 wants it (zh-cn becomes zh-CN). False when it is none, when its language or region does not
 * exist (ISO 639, ISO 3166, UN M.49), or when it does not fit TAG_SIZE; then `canonical` is "". */
bool language_canonical(const char *tag, char canonical[TAG_SIZE]);
/* What somebody may have meant who wrote cn-ZH, en_GB, jp or french. False when there is no guess. */
bool language_suggest(const char *written, char canonical[TAG_SIZE]);
/* The language's name in itself, as it begins a line: zh-CN gives 中文, fr-FR Français. With `region` the region too, for
 * channels that would look alike: English (United Kingdom). `tag` is canonical. */
void language_label(const char *tag, bool region, char label[LABEL_SIZE]);
/* Seconds since 1970 of a wall clock in a time zone (NULL: this machine's). An hour that a change of clocks leaves out is the one
 * after it; one that it repeats is the later one (ICU's rules). */
int64_t language_time_s(const char *zone, int year, int month, int day, int hour, int minute);
/* True when the time zone exists. Otherwise `better` has the nearest name, or "". */
bool language_timezone(const char *name, char *better, size_t size);

#endif
