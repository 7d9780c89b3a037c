/* The fields of JSON lines, as fields.h says: jansson with the checks that both kinds of line need. Reading checks, writing
 * asserts, because what is written was made here, and what is read comes from a file.
 */
#include "room/fields.h"

#include "base/check.h"

#include <string.h>

#define NUMBER_MAX 255 /* fields of an event are bytes */

/* NULL-terminated, by the number of the enum. */
const char *const fields_mics[] = {"off", "on", "cough", NULL};
const char *const fields_links[] = {"down", "up", "late", "lost", NULL};
const char *const fields_floors[] = {"switched", "mixed", NULL};
const char *const fields_interlocks[] = {"none", "interlock", "override", "toggle-override", NULL};

size_t fields_line(json_t *object, char *line, size_t size)
{
	check(object != NULL);
	size_t length = json_dumpb(object, line, size, JSON_COMPACT);
	json_decref(object);
	if (length == 0 || length + 2 > size)
		return 0;
	line[length] = '\n';
	line[length + 1] = '\0';
	return length + 1;
}

void fields_put(json_t *object, const char *key, json_t *value)
{
	check(json_object_set_new(object, key, value) == 0);
}

json_int_t fields_integer(const json_t *value, json_int_t max)
{
	json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;
	return number >= 0 && number <= max ? number : -1;
}

bool fields_byte(const json_t *object, const char *key, uint8_t *to)
{
	json_int_t number = fields_integer(json_object_get(object, key), NUMBER_MAX);
	*to = number < 0 ? 0 : (uint8_t)number;
	return number >= 0;
}

static int find_word(const char *const *words, const char *word)
{
	for (int i = 0; word != NULL && words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

bool fields_word(const json_t *object, const char *key, const char *const *words, uint8_t *to)
{
	int number = find_word(words, json_string_value(json_object_get(object, key)));
	*to = number < 0 ? 0 : (uint8_t)number;
	return number >= 0;
}

bool fields_text(const json_t *object, const char *key, char to[TAG_SIZE])
{
	const char *text = json_string_value(json_object_get(object, key));
	if (text == NULL || strlen(text) >= TAG_SIZE)
		return false;
	memcpy(to, text, strlen(text));
	return true;
}
