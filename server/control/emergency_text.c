/* The words of an emergency, see emergency_text.h. Checked once when they come, from an operator or from the event log; after that
 * they are passed on as they are. */
#include "control/emergency_text.h"

#include "base/text.h"
#include "control/session.h"

#include <stdio.h>
#include <string.h>

static bool refuse(char *sentence, const char *why)
{
	if (sentence != NULL)
		snprintf(sentence, SENTENCE_SIZE, "%s", why);
	return false;
}

/* The languages of the pages, and the one that is not known. */
static bool language_ok(const char *language)
{
	static const char *const known[] = {"zh", "en", "fr", "es", "ru", "ar", "und"};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcmp(known[i], language) == 0)
			return true;
	}
	return false;
}

static bool add(json_t *words, const char *language, const json_t *given, char *sentence)
{
	char text[EMERGENCY_TEXT_SIZE];
	if (!language_ok(language))
		return refuse(sentence, "\"text\" is given by language: zh, en, fr, es, ru or ar; or as one string for all.");
	if (!json_is_string(given))
		return refuse(sentence, "\"text\" must be a string, or an object with a string for each language.");
	if (json_string_length(given) >= EMERGENCY_TEXT_SIZE)
		return refuse(sentence, "\"text\" is too long; at most 399 bytes of UTF-8 for each language.");
	text_copy(text, sizeof text, json_string_value(given));
	if (text[0] != '\0')
		json_object_set_new(words, language, json_string(text));
	return true;
}

json_t *emergency_text_check(const json_t *given, char *sentence)
{
	json_t *words = json_object();
	const char *language;
	const json_t *text;
	bool good = true;
	if (json_is_object(given)) {
		json_object_foreach((json_t *)(uintptr_t)given, language, text) good = good && add(words, language, text, sentence);
	} else if (given != NULL) {
		good = add(words, "und", given, sentence);
	}
	if (good)
		return words;
	json_decref(words);
	return NULL;
}
