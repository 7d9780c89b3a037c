/* Fields of the event log's JSON lines, for journal.c and journal_room.c only: jansson does not leave this folder. */
#ifndef ROOM_FIELDS_H
#define ROOM_FIELDS_H

#include "boothcast/limits.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words for values, by the number of the enum, ended by NULL. */
extern const char *const fields_mics[];
extern const char *const fields_links[];
extern const char *const fields_floors[];
extern const char *const fields_interlocks[];

/* Sets a field; takes `value` over. */
void fields_put(json_t *object, const char *key, json_t *value);
/* The object as one line with newline and end mark; frees it. Returns the length, 0 when `size` is too small. */
size_t fields_line(json_t *object, char *line, size_t size);

/* An integer of 0 .. max, or -1. `value` may be NULL, as everywhere below. */
json_int_t fields_integer(const json_t *value, json_int_t max);
/* A field that is an integer of 0 .. 255. Writes 0 when it is not. */
bool fields_byte(const json_t *object, const char *key, uint8_t *to);
/* A field that is one of the words; gives its number, 0 when it is none. */
bool fields_word(const json_t *object, const char *key, const char *const *words, uint8_t *to);
/* A field that is a string with room in `to`, which was zeroed. */
bool fields_text(const json_t *object, const char *key, char to[TAG_SIZE]);

#endif
