/* Bounded text, and people's words cut where a character ends. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void grows_up_to_its_bound(void **state)
{
	(void)state;
	struct text text;
	text_init(&text, 1000);
	assert_string_equal(text.at, "");
	for (unsigned i = 0; i < 100; i++)
		text_add(&text, "%04u,%s.", i, "abc");
	assert_int_equal(text.size, 900);
	assert_false(text.cut);
	assert_true(strncmp(text.at + 9 * 57, "0057,abc.", 9) == 0);
	text_add_bytes(&text, "x", 1);
	for (unsigned i = 0; i < 11; i++)
		text_add(&text, "123456789");
	assert_int_equal(text.size, 1000);
	assert_false(text.cut);
	text_add(&text, "y");
	assert_true(text.cut);
	assert_int_equal(text.size, 1000); /* as it was: nothing half */
	assert_int_equal(strlen(text.at), 1000);
	text_clear(&text);
	assert_false(text.cut);
	text_add(&text, "%s", "again");
	assert_string_equal(text.at, "again");
	text_free(&text);
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
	(void)state;
	struct text text;
	text_init(&text, 10);
	text_add(&text, "12345678");
	text_add_bytes(&text, "abc", 3);
	assert_string_equal(text.at, "12345678");
	assert_true(text.cut);
	text_free(&text);
	text_init(&text, 0);
	text_add(&text, "a");
	assert_string_equal(text.at, "");
	assert_true(text.cut);
	text_free(&text);
}

static void bytes_may_be_anything(void **state)
{
	(void)state;
	struct text text;
	const char bytes[] = {'a', 0, 'b', 0};
	text_init(&text, 100000);
	for (unsigned i = 0; i < 1000; i++)
		text_add_bytes(&text, bytes, sizeof bytes);
	assert_int_equal(text.size, 4000);
	assert_memory_equal(text.at + 3996, bytes, sizeof bytes);
	assert_int_equal(text.at[4000], 0);
	text_free(&text);
}

static void copies(const char *from, size_t size, const char *expected)
{
	char *to = malloc(size); /* as large as said: the sanitizer sees a byte too much */
	memset(to, 'x', size);
	text_copy(to, size, from);
	assert_string_equal(to, expected);
	free(to);
}

static void words_are_cut_between_characters(void **state)
{
	(void)state;
	copies("Anna", 8, "Anna");
	copies("Anna", 5, "Anna");
	copies("Anna", 4, "Ann");
	copies("Anna", 1, "");
	copies(NULL, 4, "");
	copies("李雷", 7, "李雷");
	copies("李雷", 6, "李");
	copies("李雷", 5, "李");
	copies("李雷", 4, "李");
	copies("李雷", 3, "");
	copies("aé", 3, "a");
	copies("a😀b", 6, "a😀");
	copies("a😀b", 5, "a");
	copies("aéb", 4, "aé");
	copies("line\nbreak\x1b[31m\x7f", 40, "linebreak[31m");
}

static void bytes_that_are_no_utf8_are_left_out(void **state)
{
	(void)state;
	copies("a\xff"
	       "b",
	       8, "ab");
	copies("a\xc3", 8, "a"); /* cut off */
	copies("\xc0\xaf"
	       "x",
	       8, "x"); /* overlong */
	copies("\xe0\x80\x80"
	       "x",
	       8, "x");
	copies("\xed\xa0\x80"
	       "x",
	       8, "x"); /* a surrogate */
	copies("\xf4\x90\x80\x80"
	       "x",
	       8, "x"); /* above U+10FFFF */
	copies("\x80\xbf"
	       "x",
	       8, "x");
}

/* Every cut of a text of characters of every length is a prefix of whole characters, and the longest one. */
static void fits_are_whole_characters(void **state)
{
	(void)state;
	const char text[] = "aé李😀b\xffz";
	for (size_t max = 0; max < sizeof text + 2; max++) {
		size_t fit = text_fit(text, max), next = fit;
		assert_true(fit <= max && fit <= strlen(text));
		size_t at = 0;
		while (at < fit)
			at += text_character(text + at) > 0 ? text_character(text + at) : 1;
		assert_int_equal(at, fit);
		if (text[fit] != '\0') {
			next += text_character(text + fit) > 0 ? text_character(text + fit) : 1;
			assert_true(next > max);
		}
	}
}

/* Whatever the size of the field, it gets the longest beginning of whole characters. */
static void printing_cuts_between_characters(void **state)
{
	(void)state;
	const char whole[] = "cannot read /é/李/😀/z: gone";
	for (size_t size = 1; size < sizeof whole + 3; size++) {
		char *to = malloc(size);
		text_print(to, size, "cannot read %s: %s", "/é/李/😀/z", "gone");
		assert_int_equal(strlen(to), text_fit(whole, size - 1));
		assert_memory_equal(to, whole, strlen(to));
		free(to);
	}
	char to[4];
	text_print(to, sizeof to, "ab%s", "\xbf\xbf\xbf\xbf"); /* bytes that belong to no character */
	assert_int_equal(strlen(to), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_up_to_its_bound),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole),
		cmocka_unit_test(bytes_may_be_anything),
		cmocka_unit_test(words_are_cut_between_characters),
		cmocka_unit_test(bytes_that_are_no_utf8_are_left_out),
		cmocka_unit_test(fits_are_whole_characters),
		cmocka_unit_test(printing_cuts_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
