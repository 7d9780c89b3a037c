/* What only several keys together can tell: doubles, references, times in order. */
#ifndef SETTINGS_MEANING_H
#define SETTINGS_MEANING_H

#include "settings/document.h"
#include "settings/mistakes.h"

/* Adds a mistake for each contradiction. Walks whatever is there: a part of the wrong type is skipped, shape.c has named it. */
void meaning_check(struct document *document, struct mistakes *mistakes);

#endif
