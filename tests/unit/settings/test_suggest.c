/* Edit distance and what is near enough to be suggested. */
#include "settings/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void distances(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		unsigned distance;
	} cases[] = {
		{"", "", 0},           {"", "abc", 3},           {"abc", "", 3},         {"label", "label", 0},
		{"lable", "label", 1}, {"labl", "label", 1},     {"laabel", "label", 1}, {"lapel", "label", 1},
		{"Label", "LABEL", 0}, {"kitten", "sitting", 3}, {"abcd", "badc", 2},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(suggest_distance(cases[i].a, cases[i].b), cases[i].distance);
		assert_int_equal(suggest_distance(cases[i].b, cases[i].a), cases[i].distance);
	}
}

static void long_words_are_compared_up_to_the_bound(void **state)
{
	(void)state;
	char a[200], b[200];
	memset(a, 'a', sizeof(a) - 1);
	memset(b, 'a', sizeof(b) - 1);
	a[199] = b[199] = '\0';
	b[SUGGEST_WORD_MAX] = 'b';
	assert_int_equal(suggest_distance(a, b), 0);
	b[SUGGEST_WORD_MAX - 1] = 'b';
	assert_int_equal(suggest_distance(a, b), 1);
}

static void the_nearest_is_suggested_and_nothing_far(void **state)
{
	(void)state;
	struct suggestion near = {.written = "bitrate_hihg"}, far = {.written = "colour"}, brief = {.written = "id"};
	static const char *const keys[] = {"bitrate", "bitrate_high", "key", "en"};
	for (size_t i = 0; i < 4; i++) {
		suggest_offer(&near, keys[i]);
		suggest_offer(&far, keys[i]);
		suggest_offer(&brief, keys[i]);
	}
	assert_string_equal(near.best, "bitrate_high");
	assert_null(far.best);
	assert_null(brief.best);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(long_words_are_compared_up_to_the_bound),
		cmocka_unit_test(the_nearest_is_suggested_and_nothing_far),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
