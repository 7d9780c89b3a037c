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

/* Copies a string of people's words into a field: at most `size` bytes with the end mark, cut on a UTF-8 border,
 * control characters left out. `from` may be NULL (copied as ""). */
void text_copy(char *to, size_t size, const char *from);

#endif
