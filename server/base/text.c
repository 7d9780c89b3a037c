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

/* The number of bytes that the first byte of a character announces; 0: it cannot be the first. */
static size_t announced(unsigned char first)
{
	if (first < 0x80)
		return first != 0;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Whether the second byte keeps the character in its range (RFC 3629, section 4). */
static bool second_fits(unsigned char first, unsigned char second)
{
	unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	return second >= low && second <= high;
}

size_t text_character(const char *at)
{
	const unsigned char *byte = (const unsigned char *)at;
	size_t size = announced(byte[0]);
	if (size > 1 && !second_fits(byte[0], byte[1]))
		return 0;
	for (size_t i = 2; i < size; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	}
	return size;
}

size_t text_fit(const char *from, size_t max)
{
	size_t fit = 0;
	while (from[fit] != '\0') {
		size_t size = text_character(from + fit);
		if (size == 0)
			size = 1; /* no character is cut by a cut beside a stray byte */
		if (fit + size > max)
			break;
		fit += size;
	}
	return fit;
}

/* Takes off the end what is the beginning of a character only. */
static void trim(char *at, size_t size)
{
	for (size_t back = 1; back <= 3 && back <= size; back++) {
		unsigned char byte = (unsigned char)at[size - back];
		if ((byte & 0xc0) == 0x80)
			continue;
		if (announced(byte) > back)
			at[size - back] = '\0';
		return;
	}
}

void text_print(char *to, size_t size, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	int whole = vsnprintf(to, size, format, list);
	va_end(list);
	check(size > 0 && whole >= 0);
	if ((size_t)whole >= size)
		trim(to, size - 1);
}

void text_copy(char *to, size_t size, const char *from)
{
	check(size > 0);
	size_t n = 0;
	while (from != NULL && *from != '\0') {
		size_t length = text_character(from);
		unsigned char first = (unsigned char)*from;
		bool wanted = length > 0 && first >= 0x20 && first != 0x7f;
		if (wanted && n + length + 1 > size)
			break;
		for (size_t i = 0; wanted && i < length; i++)
			to[n++] = from[i];
		from += length > 0 ? length : 1;
	}
	to[n] = '\0';
}
