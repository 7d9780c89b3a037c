/* The settings file as a tree of YAML nodes that know their lines: libyaml's document, made safe to walk.
 *
 * A document that was opened without mistakes has one root, no aliases (so it is a tree, and as large as the text), and no
 * key twice in one mapping. Nodes are borrowed until document_close().
 */
#ifndef SETTINGS_DOCUMENT_H
#define SETTINGS_DOCUMENT_H

#include "settings/mistakes.h"

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

struct document {
	yaml_document_t yaml;
	yaml_node_t *root;
};

/* Reads the text. False when it is no YAML, empty, or has aliases; the mistakes say where. A key that stands twice is a
 * mistake too, but the document can be walked: true. The caller closes it in either case. */
bool document_open(struct document *document, const char *bytes, size_t size, struct mistakes *mistakes);
void document_close(struct document *document);

unsigned node_line(const yaml_node_t *node);
/* The text of a scalar; NULL when the node is NULL or no scalar. */
const char *node_text(const yaml_node_t *node);
/* True for a plain scalar without a value: nothing, ~ or null. */
bool node_is_null(const yaml_node_t *node);
/* The value of a key; NULL when the node is NULL, no mapping, or has no such key. */
yaml_node_t *node_get(struct document *document, const yaml_node_t *mapping, const char *key);
/* How many entries a list has; 0 when the node is NULL or no list. */
size_t node_count(const yaml_node_t *sequence);
/* The entry; `i` is below node_count(). */
yaml_node_t *node_at(struct document *document, const yaml_node_t *sequence, size_t i);

#endif
