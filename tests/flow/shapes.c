/* Shapes, see shapes.h. A type is read each time it is needed:
 *
 *   integer  number  boolean  string     a JSON value of that kind
 *   'word'                               this string
 *   Name  [T]  {T}                       an object of `objects`, a list, an object with any keys
 *   T|T                                  one of them
 */
#include "flow/shapes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TYPE_SIZE 256

static bool is_shape(const json_t *shapes, const json_t *shape, const json_t *object, const char *more);

/* The type between the first and the last character of `type`. */
static void inside(const char *type, char to[TYPE_SIZE])
{
	snprintf(to, TYPE_SIZE, "%.*s", (int)strlen(type) - 2, type + 1);
}

static bool is_list(const json_t *shapes, const char *type, const json_t *value);
static bool is_map(const json_t *shapes, const char *type, const json_t *value);

/* `type` has no | in it. */
static bool is_one(const json_t *shapes, const char *type, const json_t *value)
{
	char word[TYPE_SIZE];
	inside(type, word);
	switch (type[0]) {
	case '\'': return json_is_string(value) && strcmp(json_string_value(value), word) == 0;
	case '[': return is_list(shapes, word, value);
	case '{': return is_map(shapes, word, value);
	default: break;
	}
	if (strcmp(type, "integer") == 0)
		return json_is_integer(value);
	if (strcmp(type, "number") == 0)
		return json_is_number(value);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(value);
	if (strcmp(type, "string") == 0)
		return json_is_string(value);
	const json_t *shape = json_object_get(json_object_get(shapes, "objects"), type);
	if (shape == NULL)
		fail_msg("shapes.json has no object \"%s\"", type);
	return is_shape(shapes, shape, value, NULL);
}

static bool is_type(const json_t *shapes, const char *type, const json_t *value)
{
	char copy[TYPE_SIZE], *rest = NULL;
	snprintf(copy, sizeof copy, "%s", type);
	for (char *one = strtok_r(copy, "|", &rest); one != NULL; one = strtok_r(NULL, "|", &rest)) {
		if (is_one(shapes, one, value))
			return true;
	}
	return false;
}

static bool is_list(const json_t *shapes, const char *type, const json_t *value)
{
	size_t i;
	const json_t *entry;
	json_array_foreach(value, i, entry)
	{
		if (!is_type(shapes, type, entry))
			return false;
	}
	return json_is_array(value);
}

static bool is_map(const json_t *shapes, const char *type, const json_t *value)
{
	const char *key;
	json_t *entry;
	json_object_foreach((json_t *)(uintptr_t)value, key, entry)
	{
		if (!is_type(shapes, type, entry))
			return false;
	}
	return json_is_object(value);
}

/* The type of a field, and whether it may be missing; NULL when the shape has no such field. */
static const char *type_of(const json_t *shape, const char *key)
{
	char optional[TYPE_SIZE];
	snprintf(optional, sizeof optional, "%s?", key);
	const json_t *type = json_object_get(shape, key);
	return json_string_value(type != NULL ? type : json_object_get(shape, optional));
}

/* `more`: a field besides those of the shape, or NULL. */
static bool is_shape(const json_t *shapes, const json_t *shape, const json_t *object, const char *more)
{
	const char *key;
	json_t *field;
	json_object_foreach((json_t *)(uintptr_t)object, key, field)
	{
		const char *type = type_of(shape, key);
		if (more != NULL && strcmp(key, more) == 0)
			continue;
		if (type == NULL || !is_type(shapes, type, field)) {
			print_error("the field \"%s\" is not %s\n", key, type != NULL ? type : "named");
			return false;
		}
	}
	json_object_foreach((json_t *)(uintptr_t)shape, key, field)
	{
		if (key[strlen(key) - 1] != '?' && json_object_get(object, key) == NULL) {
			print_error("the field \"%s\" is missing\n", key);
			return false;
		}
	}
	return json_is_object(object);
}

void shapes_check_server(const json_t *shapes, const json_t *message)
{
	const char *type = json_string_value(json_object_get(message, "type"));
	const json_t *shape = json_object_get(json_object_get(shapes, "server"), type != NULL ? type : "");
	if (shape == NULL || !is_shape(shapes, shape, message, "type"))
		fail_msg("not as in shapes.json: %s", json_dumps(message, 0));
}
