/* What may stand in a settings file: the schema that libcyaml loads by, and a table of rules beside it.
 *
 * The schema (schema.c) knows keys, types, whether a key may be absent, and how long lists and strings may be. libcyaml's
 * schema has no place for bounds of numbers, formats of strings and examples: those are the rules.
 */
#ifndef SETTINGS_SCHEMA_H
#define SETTINGS_SCHEMA_H

#include "base/text.h"

#include <cyaml/cyaml.h>
#include <stdbool.h>

/* Longest path of a key, such as rooms[].channels[].interlock, with the end mark. */
#define SCHEMA_PATH_SIZE 96

/* True when the text is good. Otherwise false, and `wrong` says what is wrong and what to write instead. */
typedef bool format_check(const char *text, struct text *wrong);

struct schema_rule {
	const char *path;        /* as above; [] stands for every entry of a list; "" is the whole file */
	const char *noun;        /* what it is called in a sentence; NULL: by its key */
	const char *example;     /* how it is written; NULL when there is nothing to say */
	unsigned min, max, step; /* of a number; step 0: every number between */
	format_check *format;    /* of a string; NULL: anything */
};

/* The whole file; loads a `struct settings *`. */
extern const cyaml_schema_value_t schema_file;

/* The rule of a path, or NULL. */
const struct schema_rule *schema_rule(const char *path);

#endif
