/* What is said in an emergency besides the sound: words by language, as an operator sends them and as the pages get them. */
#ifndef CONTROL_EMERGENCY_TEXT_H
#define CONTROL_EMERGENCY_TEXT_H

#include <jansson.h>

/* {"zh":"...","en":"..."} with the languages of the pages, or one string, whose language nobody knows ("und" then). Returns a new
 * reference to an object, {} for NULL or nothing said; NULL with a sentence (SENTENCE_SIZE bytes) when it is neither, has another
 * language, or is longer than EMERGENCY_TEXT_SIZE. `sentence` may be NULL. Control characters are left out. */
json_t *emergency_text_check(const json_t *given, char *sentence);

#endif
