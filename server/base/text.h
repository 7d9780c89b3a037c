/* Text that grows up to a bound: answers, metrics, log lines. After the bound it stays as it is and `cut` is set. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *at;        /* ends with 0; owned */
	size_t size;     /* bytes, without the end mark */
	size_t capacity; /* bytes allocated */
	size_t max;      /* `size` never gets over this */
	bool cut;        /* something did not fit */
};

/* An empty text of at most `max` bytes. Ended with text_free(). */
void text_init(struct text *text, size_t max);
void text_free(struct text *text);
void text_clear(struct text *text);
/* Adds like printf. */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const char *bytes, size_t size);

/* The length of the UTF-8 character at `at`, 1 to 4 bytes; 0 when no valid one begins there: a stray or missing byte, an overlong
 * form, a surrogate, a value above U+10FFFF (RFC 3629, section 4), or the end of the string. `at` ends with 0. */
size_t text_character(const char *at);
/* How many bytes of a string fit into `max` without cutting a character; the whole string when it is that short. This function,
 * text_print() and text_copy() are the only ones that cut text: for printf, "%.*s" with (int)text_fit(s, max). Never reads behind the
 * end mark. */
size_t text_fit(const char *from, size_t max);
/* Prints into a field like snprintf: at most `size` bytes with the end mark, and what does not fit is cut between two characters. For
 * sentences with outside text in them, such as a path; the text itself stays as it is. */
void text_print(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Copies a string of people's words into a field: at most `size` bytes with the end mark, cut between two characters. Control
 * characters and bytes that are not UTF-8 are left out, so the result is always valid UTF-8. `from` may be NULL (copied as ""). */
void text_copy(char *to, size_t size, const char *from);

#endif
