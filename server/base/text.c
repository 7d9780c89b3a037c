/* Bounded text, see text.h. Grows by doubling; never past `max`. */
#include "base/text.h"

#include "base/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_init(struct text *text, size_t max)
{
	*text = (struct text){.max = max, .capacity = max < 255 ? max + 1 : 256};
	text->at = check_alloc(malloc(text->capacity));
	text->at[0] = '\0';
}

void text_free(struct text *text)
{
	free(text->at);
	*text = (struct text){0};
}

void text_clear(struct text *text)
{
	text->size = 0;
	text->cut = false;
	text->at[0] = '\0';
}

/* Room for `more` bytes and the end mark; false when that would pass the bound. */
static bool reserve(struct text *text, size_t more)
{
	if (more > text->max - text->size) {
		text->cut = true;
		return false;
	}
	size_t needed = text->size + more + 1;
	if (needed <= text->capacity)
		return true;
	size_t capacity = text->capacity;
	while (capacity < needed)
		capacity *= 2;
	text->at = check_alloc(realloc(text->at, capacity));
	text->capacity = capacity;
	return true;
}

void text_add(struct text *text, const char *format, ...)
{
	va_list list, again;
	va_start(list, format);
	va_copy(again, list);
	int size = vsnprintf(NULL, 0, format, list);
	va_end(list);
	check(size >= 0);
	if (reserve(text, (size_t)size)) {
		vsnprintf(text->at + text->size, (size_t)size + 1, format, again);
		text->size += (size_t)size;
	}
	va_end(again);
}

void text_add_bytes(struct text *text, const char *bytes, size_t size)
{
	if (!reserve(text, size))
		return;
	memcpy(text->at + text->size, bytes, size);
	text->size += size;
	text->at[text->size] = '\0';
}

void text_copy(char *to, size_t size, const char *from)
{
	check(size > 0);
	size_t n = 0;
	for (; from != NULL && *from != '\0'; from++) {
		unsigned char c = (unsigned char)*from;
		if (c < 0x20 || c == 0x7f)
			continue;
		if (n + 1 == size) {
			/* the character that did not fit takes its own first bytes with it */
			while (n > 0 && (c & 0xc0) == 0x80 && ((unsigned char)to[n - 1] & 0xc0) == 0x80)
				n--;
			if (n > 0 && (c & 0xc0) == 0x80)
				n--;
			break;
		}
		to[n++] = (char)c;
	}
	to[n] = '\0';
}
