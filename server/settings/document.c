/* libyaml's document behind a few questions. libcyaml keeps no lines once it has loaded, so every check runs on these nodes,
 * and libcyaml loads only what they have found good.
 *
 *   bytes --events--> aliases, tags, second document? --document--> tree --> keys twice?
 *
 * The first pass over the events exists because an alias (`*name`) could make the tree endless, or exponentially large.
 * Called by load.c; knows nothing of the schema.
 */
#include "settings/document.h"

#include "base/check.h"

#include <string.h>

/* True when the line (from 1) is indented with a tab somewhere. */
static bool tab_indented(const char *bytes, size_t size, unsigned line)
{
	const char *at = bytes, *end = bytes + size;
	while (line > 1 && at < end)
		line -= *at++ == '\n';
	while (at < end && *at == ' ')
		at++;
	return at < end && *at == '\t';
}

static void add_syntax(struct mistakes *mistakes, const yaml_parser_t *parser, const char *bytes, size_t size)
{
	unsigned line = (unsigned)parser->problem_mark.line + 1;
	const char *problem = parser->problem != NULL ? parser->problem : "it cannot be read";
	const char *context = parser->context != NULL ? parser->context : "";

	if (parser->error == YAML_READER_ERROR) {
		/* the reader counts bytes, not lines */
		line = 1;
		for (size_t i = 0; i < parser->problem_offset && i < size; i++)
			line += bytes[i] == '\n';
		mistakes_add(mistakes, line, "this is no text in UTF-8 (%s); save the file as UTF-8", problem);
	} else if (tab_indented(bytes, size, line)) {
		mistakes_add(mistakes, line,
			     "there is a tab before the text, which YAML does not take for indentation; write spaces");
	} else {
		mistakes_add(mistakes, line,
			     "this is no YAML: %s%s%s; look at indentation, colons and quotes here and in the lines above", problem,
			     context[0] ? " " : "", context);
	}
}

/* The name of what a settings file does not need, or NULL. */
static const char *unwanted(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_ALIAS_EVENT: return "an alias (*)";
	case YAML_SCALAR_EVENT: return event->data.scalar.anchor ? "an anchor (&)" : event->data.scalar.tag ? "a tag (!)" : NULL;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor ? "an anchor (&)" : event->data.sequence_start.tag ? "a tag (!)" : NULL;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor ? "an anchor (&)" : event->data.mapping_start.tag ? "a tag (!)" : NULL;
	default: return NULL;
	}
}

/* False when the text is no YAML at all. */
static bool scan_events(const char *bytes, size_t size, struct mistakes *mistakes)
{
	yaml_parser_t parser;
	yaml_event_t event;
	unsigned documents = 0;
	bool more = true;

	check(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
	while (more) {
		if (!yaml_parser_parse(&parser, &event)) {
			add_syntax(mistakes, &parser, bytes, size);
			break;
		}
		unsigned line = (unsigned)event.start_mark.line + 1;
		if (unwanted(&event) != NULL)
			mistakes_add(mistakes, line, "%s is not understood here; write the value itself", unwanted(&event));
		if (event.type == YAML_DOCUMENT_START_EVENT && ++documents == 2)
			mistakes_add(mistakes, line,
				     "a second document starts here; one file has one event: take out this line (---)");
		more = event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return mistakes->count == 0;
}

static yaml_node_t *node_by_index(struct document *document, int index)
{
	yaml_node_t *node = yaml_document_get_node(&document->yaml, index);
	check(node != NULL);
	return node;
}

/* A key that stands twice: the second would win or lose in silence. */
static void check_keys(struct document *document, const yaml_node_t *mapping, struct mistakes *mistakes)
{
	const yaml_node_pair_t *first = mapping->data.mapping.pairs.start, *end = mapping->data.mapping.pairs.top;
	for (const yaml_node_pair_t *pair = first; pair < end; pair++) {
		const yaml_node_t *key = node_by_index(document, pair->key);
		const char *name = node_text(key);
		if (name == NULL) {
			mistakes_add(mistakes, node_line(key), "a key is one word; write `key: value`");
			continue;
		}
		for (const yaml_node_pair_t *earlier = first; earlier < pair; earlier++) {
			const yaml_node_t *other = node_by_index(document, earlier->key);
			if (node_text(other) == NULL || strcmp(node_text(other), name) != 0)
				continue;
			mistakes_add(mistakes, node_line(key), "\"%s\" stands in line %u already; keep one of the two", name,
				     node_line(other));
			break;
		}
	}
}

bool document_open(struct document *document, const char *bytes, size_t size, struct mistakes *mistakes)
{
	*document = (struct document){0};
	if (!scan_events(bytes, size, mistakes))
		return false;

	yaml_parser_t parser;
	check(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
	bool loaded = yaml_parser_load(&parser, &document->yaml);
	if (!loaded)
		add_syntax(mistakes, &parser, bytes, size);
	yaml_parser_delete(&parser);
	if (!loaded)
		return false;

	document->root = yaml_document_get_root_node(&document->yaml);
	if (document->root == NULL) {
		mistakes_add(mistakes, 1, "the file is empty; write at least event and rooms (config/minimal.yaml is a start)");
		return false;
	}
	for (yaml_node_t *node = document->yaml.nodes.start; node < document->yaml.nodes.top; node++)
		if (node->type == YAML_MAPPING_NODE)
			check_keys(document, node, mistakes);
	return true;
}

void document_close(struct document *document)
{
	yaml_document_delete(&document->yaml);
	*document = (struct document){0};
}

unsigned node_line(const yaml_node_t *node)
{
	return (unsigned)node->start_mark.line + 1;
}

const char *node_text(const yaml_node_t *node)
{
	return node != NULL && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

bool node_is_null(const yaml_node_t *node)
{
	const char *text = node_text(node);
	return text != NULL && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (text[0] == '\0' || strcmp(text, "~") == 0 || strcasecmp(text, "null") == 0);
}

yaml_node_t *node_get(struct document *document, const yaml_node_t *mapping, const char *key)
{
	if (mapping == NULL || mapping->type != YAML_MAPPING_NODE)
		return NULL;
	for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top; pair++) {
		const char *name = node_text(node_by_index(document, pair->key));
		if (name != NULL && strcmp(name, key) == 0)
			return node_by_index(document, pair->value);
	}
	return NULL;
}

size_t node_count(const yaml_node_t *sequence)
{
	if (sequence == NULL || sequence->type != YAML_SEQUENCE_NODE)
		return 0;
	return (size_t)(sequence->data.sequence.items.top - sequence->data.sequence.items.start);
}

yaml_node_t *node_at(struct document *document, const yaml_node_t *sequence, size_t i)
{
	check(i < node_count(sequence));
	return node_by_index(document, sequence->data.sequence.items.start[i]);
}
