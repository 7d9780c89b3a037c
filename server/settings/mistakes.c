/* The list of mistakes of a settings file. Kept sorted by line while it grows, so that what shape.c and meaning.c find in
 * their own order is read from top to bottom. Two mistakes of one line keep the order in which they were found.
 */
#include "settings/mistakes.h"

#include "base/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_SIZE 1000

void mistakes_add(struct mistakes *mistakes, unsigned line, const char *format, ...)
{
	if (mistakes->count == MISTAKES_MAX) {
		mistakes->dropped++;
		return;
	}
	char words[WORDS_SIZE];
	va_list list;
	va_start(list, format);
	vsnprintf(words, sizeof(words), format, list);
	va_end(list);

	size_t at = mistakes->count;
	while (at > 0 && mistakes->list[at - 1].line > line)
		at--;
	memmove(&mistakes->list[at + 1], &mistakes->list[at], (mistakes->count - at) * sizeof(struct mistake));
	mistakes->list[at] = (struct mistake){line, check_alloc(strdup(words))};
	mistakes->count++;
}

void mistakes_write(const struct mistakes *mistakes, const char *file, struct text *out)
{
	for (size_t i = 0; i < mistakes->count; i++) {
		const struct mistake *mistake = &mistakes->list[i];
		if (mistake->line > 0)
			text_add(out, "%s:%u: %s\n", file, mistake->line, mistake->words);
		else
			text_add(out, "%s: %s\n", file, mistake->words);
	}
	if (mistakes->dropped > 0)
		text_add(out, "%s: and %zu more mistakes; put these right first\n", file, mistakes->dropped);
}

void mistakes_clear(struct mistakes *mistakes)
{
	for (size_t i = 0; i < mistakes->count; i++)
		free(mistakes->list[i].words);
	*mistakes = (struct mistakes){0};
}
