/* The programme by the clock, and the words of an emergency. */
#include "control/emergency_text.h"
#include "control/programme.h"
#include "control/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NINE 1742518800 /* 2025-03-21 09:00 in Shanghai */
#define HOUR 3600

static char shanghai[] = "Asia/Shanghai", zh[] = "zh-CN", en[] = "en-GB", fr[] = "fr-FR";
static char at_9[] = "2025-03-21 09:00", at_10[] = "2025-03-21 10:00", at_11[] = "2025-03-21 11:00", at_12[] = "2025-03-21 12:00",
	    at_14[] = "2025-03-21 14:00", at_15[] = "2025-03-21 15:00";

static void the_language_of_the_session_that_is_on(void **state)
{
	(void)state;
	struct settings_session sessions[] = {
		{.starts = at_9, .ends = at_10, .language = zh},
		{.starts = at_10, .ends = at_12, .language = en},
		{.starts = at_11, .ends = at_12}, /* inside the one before: nobody knows what is spoken */
		{.starts = at_14, .ends = at_15, .language = fr},
	};
	struct settings_room room = {.programme = sessions, .programme_count = 4, .floor_language = en};
	struct settings settings = {.event.timezone = shanghai, .rooms = &room, .rooms_count = 1};
	struct programme programme;
	programme_begin(&programme, &settings, &room);
	static const struct {
		int64_t at_s;
		const char *language;
	} all[] = {
		{0, "en-GB"}, {NINE - 1, "en-GB"}, {NINE, "zh-CN"}, {NINE + HOUR - 1, "zh-CN"}, {NINE + HOUR, "en-GB"}, {NINE + 2 * HOUR, ""},
		{NINE + 3 * HOUR, "en-GB"}, {NINE + 5 * HOUR, "fr-FR"}, {NINE + 6 * HOUR, "en-GB"},
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		assert_string_equal(programme_language(&programme, all[i].at_s), all[i].language);
	room.floor_language = NULL;
	assert_string_equal(programme_language(&programme, 0), "");
	room.programme_count = 0;
	assert_string_equal(programme_language(&programme, NINE), "");
}

static json_t *json(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	assert_non_null(value);
	return value;
}

static void expect_words(const char *given, const char *expected)
{
	char sentence[SENTENCE_SIZE] = "";
	json_t *from = given != NULL ? json(given) : NULL, *wanted = json(expected), *words = emergency_text_check(from, sentence);
	if (words == NULL)
		fail_msg("%s", sentence);
	assert_true(json_equal(words, wanted));
	json_decref(words);
	json_decref(wanted);
	json_decref(from);
}

static void expect_refused(const char *given, const char *why)
{
	char sentence[SENTENCE_SIZE] = "";
	json_t *from = json(given);
	assert_null(emergency_text_check(from, sentence));
	assert_null(emergency_text_check(from, NULL));
	if (strstr(sentence, why) == NULL)
		fail_msg("said: %s", sentence);
	json_decref(from);
}

static void words_of_an_emergency(void **state)
{
	(void)state;
	char text[EMERGENCY_TEXT_SIZE + 100];
	expect_words(NULL, "{}");
	expect_words("{}", "{}");
	expect_words("\"\"", "{}");
	expect_words("\"Leave\"", "{\"und\":\"Leave\"}");
	expect_words("{\"zh\":\"离开\",\"en\":\"Leave\",\"fr\":\"\"}", "{\"zh\":\"离开\",\"en\":\"Leave\"}");
	expect_words("{\"en\":\"<b>Leave</b>\\nnow\\u0007\"}", "{\"en\":\"<b>Leave</b>now\"}");
	expect_refused("7", "string");
	expect_refused("[\"Leave\"]", "string");
	expect_refused("{\"en\":7}", "string");
	expect_refused("{\"de\":\"Raus\"}", "zh, en, fr, es, ru or ar");
	memset(text, 'x', sizeof text);
	text[0] = '"';
	strcpy(text + EMERGENCY_TEXT_SIZE, "\""); /* 399 letters */
	json_t *longest = json(text), *words = emergency_text_check(longest, NULL);
	assert_int_equal(json_string_length(json_object_get(words, "und")), EMERGENCY_TEXT_SIZE - 1);
	json_decref(words);
	json_decref(longest);
	strcpy(text + EMERGENCY_TEXT_SIZE, "x\"");
	expect_refused(text, "too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_language_of_the_session_that_is_on),
		cmocka_unit_test(words_of_an_emergency),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
