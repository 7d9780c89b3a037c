/* The nodes of a file against the schema and its rules: keys, types, bounds, formats. */
#ifndef SETTINGS_SHAPE_H
#define SETTINGS_SHAPE_H

#include "settings/document.h"
#include "settings/mistakes.h"

/* Adds a mistake for everything that libcyaml would refuse, and for what its schema cannot say. */
void shape_check(struct document *document, struct mistakes *mistakes);

#endif
