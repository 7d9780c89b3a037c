/* The golden vectors of include/boothcast/vectors/, for the tests that run them: JSON files and their hexadecimal strings.
 * Whatever cannot be read fails the test.
 */
#ifndef UNIT_VECTORS_H
#define UNIT_VECTORS_H

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A file such as "headers.json"; the caller owns it. */
static inline json_t *vectors_load(const char *name)
{
	char path[512];
	json_error_t error;
	snprintf(path, sizeof path, "%s/include/boothcast/vectors/%s", TEST_ROOT, name);
	json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (file == NULL)
		fail_msg("%s:%d: %s", path, error.line, error.text);
	return file;
}

/* A list of the file, which must not be empty. Borrowed. */
static inline json_t *vectors_list(const json_t *file, const char *key)
{
	json_t *list = json_object_get(file, key);
	assert_true(json_array_size(list) > 0);
	return list;
}

/* A field, which must be a string. Borrowed. */
static inline const char *vectors_word(const json_t *vector, const char *key)
{
	const char *word = json_string_value(json_object_get(vector, key));
	if (word == NULL)
		fail_msg("no \"%s\" in %s", key, json_dumps(vector, 0));
	return word;
}

/* A field, which must be a whole number. */
static inline int64_t vectors_number(const json_t *vector, const char *key)
{
	const json_t *field = json_object_get(vector, key);
	if (!json_is_integer(field))
		fail_msg("no \"%s\" in %s", key, json_dumps(vector, 0));
	return json_integer_value(field);
}

/* The bytes of a string of hexadecimal digits; returns their number. `to` holds `max`. */
static inline size_t vectors_bytes(const char *hex, uint8_t *to, size_t max)
{
	size_t size = strlen(hex) / 2;
	assert_true(strlen(hex) % 2 == 0 && size <= max);
	for (size_t i = 0; i < size; i++) {
		unsigned byte;
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		to[i] = (uint8_t)byte;
	}
	return size;
}

#endif
