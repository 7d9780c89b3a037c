/* Everything that is wrong in one file, gathered in one go and told in the order of its lines. */
#ifndef SETTINGS_MISTAKES_H
#define SETTINGS_MISTAKES_H

#include "base/text.h"

#include <stddef.h>

/* Nobody reads more of them at once; the rest is counted. */
#define MISTAKES_MAX 50

struct mistake {
	unsigned line; /* from 1; 0: about the file as a whole */
	char *words;
};

struct mistakes {
	struct mistake list[MISTAKES_MAX];
	size_t count;   /* those in the list */
	size_t dropped; /* those that found no place */
};

/* Starts as {0}. Words are cut at 1000 bytes. */
void mistakes_add(struct mistakes *mistakes, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* One line for each: `FILE:LINE: words`. */
void mistakes_write(const struct mistakes *mistakes, const char *file, struct text *out);
void mistakes_clear(struct mistakes *mistakes);

#endif
