/* Walks the tree of nodes beside the schema that libcyaml loads by, so that the two can never disagree about a key. libcyaml
 * stops at its first error and names no remedy; this walk finds them all, with lines, and says what to write.
 *
 *   node (document.c) ----.
 *                          +--> key known? type right? within bounds? written as its format wants? --> mistakes
 *   schema + rule by path -'
 *
 * The depth is the schema's (a node with children where the schema has none is a mistake and is not entered). Called by
 * load.c; what only several keys together can tell is meaning.c.
 */
#include "settings/shape.h"

#include "base/check.h"
#include "base/text.h"
#include "settings/schema.h"
#include "settings/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longest list of words in a sentence: all keys of a room. */
#define WORDS_SIZE 256
/* What a format may say, bytes. */
#define WRONG_MAX 500

struct shape {
	struct document *document;
	struct mistakes *mistakes;
	char path[SCHEMA_PATH_SIZE];
};

static void check_value(struct shape *shape, const cyaml_schema_value_t *schema, const yaml_node_t *node);

/* Lengthens the path by `part`; the length before, for leave(). */
static size_t enter(struct shape *shape, const char *separator, const char *part)
{
	size_t length = strlen(shape->path);
	int written = snprintf(shape->path + length, sizeof(shape->path) - length, "%s%s", length > 0 ? separator : "", part);
	check(written >= 0 && (size_t)written < sizeof(shape->path) - length);
	return length;
}

static void leave(struct shape *shape, size_t length)
{
	shape->path[length] = '\0';
}

/* What the value at the path is called in a sentence: the rule's noun, else its key. */
static const char *noun(const struct shape *shape)
{
	const struct schema_rule *rule = schema_rule(shape->path);
	if (rule != NULL && rule->noun != NULL)
		return rule->noun;
	const char *dot = strrchr(shape->path, '.');
	return dot != NULL ? dot + 1 : shape->path;
}

/* "; write A, such as `EXAMPLE`" as far as the rule knows one. */
static const char *remedy(const struct shape *shape, const char *what, char *to, size_t size)
{
	const struct schema_rule *rule = schema_rule(shape->path);
	if (rule != NULL && rule->example != NULL)
		snprintf(to, size, "write %s, such as `%s`", what, rule->example);
	else
		snprintf(to, size, "write %s", what);
	return to;
}

static const char *kind(const yaml_node_t *node)
{
	switch (node->type) {
	case YAML_MAPPING_NODE: return "keys with values";
	case YAML_SEQUENCE_NODE: return "a list";
	default: return "a single value";
	}
}

/* True when the node is of the type; else says so. */
static bool expect(struct shape *shape, const yaml_node_t *node, yaml_node_type_t type, const char *what)
{
	char words[WORDS_SIZE];
	if (node_is_null(node))
		mistakes_add(shape->mistakes, node_line(node), "%s has no value; %s, or take the line out", noun(shape),
			     remedy(shape, what, words, sizeof(words)));
	else if (node->type != type)
		mistakes_add(shape->mistakes, node_line(node), "%s is %s; %s", noun(shape), kind(node),
			     remedy(shape, what, words, sizeof(words)));
	else
		return true;
	return false;
}

/* ---- mappings ---- */

static const cyaml_schema_field_t *find_field(const cyaml_schema_field_t *fields, const char *key)
{
	for (; fields->key != NULL; fields++)
		if (strcmp(fields->key, key) == 0)
			return fields;
	return NULL;
}

static void check_unknown(struct shape *shape, const cyaml_schema_field_t *fields, const yaml_node_t *key)
{
	struct suggestion suggestion = {.written = node_text(key)};
	char words[WORDS_SIZE] = "";
	for (; fields->key != NULL; fields++) {
		suggest_offer(&suggestion, fields->key);
		size_t length = strlen(words);
		snprintf(words + length, sizeof(words) - length, "%s%s", length > 0 ? ", " : "", fields->key);
	}
	if (suggestion.best != NULL)
		mistakes_add(shape->mistakes, node_line(key), "unknown key \"%s\" in %s; did you mean \"%s\"?", suggestion.written,
			     noun(shape), suggestion.best);
	else
		mistakes_add(shape->mistakes, node_line(key), "unknown key \"%s\" in %s; the keys here are %s", suggestion.written,
			     noun(shape), words);
}

static void check_present(struct shape *shape, const cyaml_schema_field_t *fields, const yaml_node_t *mapping)
{
	for (; fields->key != NULL; fields++) {
		if ((fields->value.flags & CYAML_FLAG_OPTIONAL) || node_get(shape->document, mapping, fields->key) != NULL)
			continue;
		const char *where = noun(shape);
		size_t length = enter(shape, ".", fields->key);
		const struct schema_rule *rule = schema_rule(shape->path);
		check(rule != NULL && rule->example != NULL);
		leave(shape, length);
		mistakes_add(shape->mistakes, node_line(mapping), "%s has no \"%s\"; add it, such as `%s`", where, fields->key,
			     rule->example);
	}
}

static void check_mapping(struct shape *shape, const cyaml_schema_value_t *schema, const yaml_node_t *node)
{
	const cyaml_schema_field_t *fields = schema->mapping.fields;
	char words[WORDS_SIZE];
	if (!expect(shape, node, YAML_MAPPING_NODE, "keys with values"))
		return;
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start, *end = node->data.mapping.pairs.top;
	if (pair == end)
		mistakes_add(shape->mistakes, node_line(node), "%s is empty; %s", noun(shape),
			     remedy(shape, "at least one key", words, sizeof(words)));
	else
		check_present(shape, fields, node);
	for (; pair < end; pair++) {
		const yaml_node_t *key = yaml_document_get_node(&shape->document->yaml, pair->key);
		const yaml_node_t *value = yaml_document_get_node(&shape->document->yaml, pair->value);
		if (node_text(key) == NULL)
			continue; /* document.c has said so */
		const cyaml_schema_field_t *field = find_field(fields, node_text(key));
		if (field == NULL) {
			check_unknown(shape, fields, key);
			continue;
		}
		size_t length = enter(shape, ".", field->key);
		check_value(shape, &field->value, value);
		leave(shape, length);
	}
}

/* ---- lists ---- */

static void check_sequence(struct shape *shape, const cyaml_schema_value_t *schema, const yaml_node_t *node)
{
	char words[WORDS_SIZE];
	if (!expect(shape, node, YAML_SEQUENCE_NODE, "a list"))
		return;
	size_t count = node_count(node);
	if (count < schema->sequence.min)
		mistakes_add(shape->mistakes, node_line(node), "%s is empty; %s", noun(shape),
			     remedy(shape, "at least one entry", words, sizeof(words)));
	if (count > schema->sequence.max)
		mistakes_add(shape->mistakes, node_line(node), "%s has %zu entries; at most %u fit, take some out", noun(shape),
			     count, schema->sequence.max);
	for (size_t i = 0; i < count; i++) {
		size_t length = enter(shape, "", "[]");
		check_value(shape, schema->sequence.entry, node_at(shape->document, node, i));
		leave(shape, length);
	}
}

/* ---- single values ---- */

/* True for a whole number as people write it: no sign, no leading zero, no more digits than any bound has. */
static bool is_number(const char *text)
{
	size_t length = strlen(text);
	if (length == 0 || length > 9 || (text[0] == '0' && length > 1))
		return false;
	return strspn(text, "0123456789") == length;
}

static void check_number(struct shape *shape, const yaml_node_t *node)
{
	const struct schema_rule *rule = schema_rule(shape->path);
	const char *text = node_text(node);
	char range[64];

	check(rule != NULL && rule->example != NULL && rule->max > 0);
	if (rule->step > 0)
		snprintf(range, sizeof(range), "%u or %u", rule->min, rule->max);
	else
		snprintf(range, sizeof(range), "a whole number from %u to %u", rule->min, rule->max);

	bool quoted = node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (quoted || !is_number(text)) {
		mistakes_add(shape->mistakes, node_line(node), "%s: \"%s\" is %s; write %s, such as `%s`", noun(shape), text,
			     quoted && is_number(text) ? "text because of its quotes" : "no whole number", range, rule->example);
		return;
	}
	unsigned long value = strtoul(text, NULL, 10);
	if (value < rule->min || value > rule->max || (rule->step > 0 && (value - rule->min) % rule->step != 0))
		mistakes_add(shape->mistakes, node_line(node), "%s: %lu is out of range; write %s", noun(shape), value, range);
}

static void check_bool(struct shape *shape, const yaml_node_t *node)
{
	const char *text = node_text(node);
	if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || (strcmp(text, "true") != 0 && strcmp(text, "false") != 0))
		mistakes_add(shape->mistakes, node_line(node), "%s: \"%s\" is neither yes nor no; write true or false", noun(shape),
			     text);
}

static void check_word(struct shape *shape, const cyaml_schema_value_t *schema, const yaml_node_t *node)
{
	struct suggestion suggestion = {.written = node_text(node)};
	char words[WORDS_SIZE] = "";
	uint32_t count = schema->enumeration.count;
	for (uint32_t i = 0; i < count; i++) {
		const char *word = schema->enumeration.strings[i].str;
		if (strcmp(word, suggestion.written) == 0)
			return;
		suggest_offer(&suggestion, word);
		size_t length = strlen(words);
		snprintf(words + length, sizeof(words) - length, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", word);
	}
	if (suggestion.best != NULL)
		mistakes_add(shape->mistakes, node_line(node), "%s: \"%s\" is not known; did you mean \"%s\"? It can be %s",
			     noun(shape), suggestion.written, suggestion.best, words);
	else
		mistakes_add(shape->mistakes, node_line(node), "%s: \"%s\" is not known; write %s", noun(shape), suggestion.written,
			     words);
}

static void check_string(struct shape *shape, const cyaml_schema_value_t *schema, const yaml_node_t *node)
{
	const struct schema_rule *rule = schema_rule(shape->path);
	size_t size = strlen(node_text(node));
	char words[WORDS_SIZE];
	if (size < schema->string.min) {
		mistakes_add(shape->mistakes, node_line(node), "%s is empty; %s", noun(shape),
			     remedy(shape, "something", words, sizeof(words)));
		return;
	}
	if (size > schema->string.max) {
		mistakes_add(shape->mistakes, node_line(node), "%s has %zu bytes; at most %u fit, shorten it", noun(shape), size,
			     schema->string.max);
		return;
	}
	if (rule == NULL || rule->format == NULL)
		return;
	struct text wrong;
	text_init(&wrong, WRONG_MAX);
	if (!rule->format(node_text(node), &wrong))
		mistakes_add(shape->mistakes, node_line(node), "%s: %s", noun(shape), wrong.at);
	text_free(&wrong);
}

static void check_value(struct shape *shape, const cyaml_schema_value_t *schema, const yaml_node_t *node)
{
	switch (schema->type) {
	case CYAML_MAPPING: check_mapping(shape, schema, node); return;
	case CYAML_SEQUENCE: check_sequence(shape, schema, node); return;
	default: break;
	}
	if (!expect(shape, node, YAML_SCALAR_NODE, "a single value"))
		return;
	switch (schema->type) {
	case CYAML_UINT: check_number(shape, node); return;
	case CYAML_BOOL: check_bool(shape, node); return;
	case CYAML_ENUM: check_word(shape, schema, node); return;
	case CYAML_STRING: check_string(shape, schema, node); return;
	default: check(!"a type that the schema uses");
	}
}

void shape_check(struct document *document, struct mistakes *mistakes)
{
	struct shape shape = {.document = document, .mistakes = mistakes};
	check_value(&shape, &schema_file, document->root);
}
