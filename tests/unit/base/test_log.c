/* The log: one line for each event, whatever is in the values. Standard error is a pipe here, and what comes out of it is compared.
 */
#include "base/log.h"

#include "base/text.h"

#include <fcntl.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct capture {
	int saved, file;
	char *text;
};

static int set_up(void **state)
{
	struct capture *capture = calloc(1, sizeof *capture);
	char path[] = "/tmp/boothcast-log-XXXXXX";
	capture->file = mkstemp(path);
	assert_true(capture->file >= 0);
	unlink(path);
	capture->saved = dup(STDERR_FILENO);
	dup2(capture->file, STDERR_FILENO);
	*state = capture;
	return 0;
}

/* What was logged so far. */
static const char *logged(struct capture *capture)
{
	log_flush();
	dup2(capture->saved, STDERR_FILENO); /* so that a failure is seen */
	off_t size = lseek(capture->file, 0, SEEK_END);
	free(capture->text);
	capture->text = calloc(1, (size_t)size + 1);
	assert_int_equal(pread(capture->file, capture->text, (size_t)size, 0), size);
	return capture->text;
}

static int tear_down(void **state)
{
	struct capture *capture = *state;
	log_flush();
	log_set_level(LOG_INFO);
	dup2(capture->saved, STDERR_FILENO);
	close(capture->saved);
	close(capture->file);
	free(capture->text);
	free(capture);
	return 0;
}

static void matches(const char *text, const char *pattern)
{
	regex_t regex;
	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&regex, text, 0, NULL, 0) != 0)
		fail_msg("\"%s\" does not match %s", text, pattern);
	regfree(&regex);
}

static void one_line_with_fields(void **state)
{
	log_event(LOG_INFO, "mic", LOG_STRING("room", "hall"), LOG_STRING("desk", "zh-en/1"), LOG_NUMBER("beat", 123),
		  LOG_NUMBER("ms", 1.5));
	matches(logged(*state),
		"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z info mic room=hall desk=zh-en/1 beat=123 "
		"ms=1\\.500\n$");
}

static void values_cannot_forge_a_line(void **state)
{
	log_event(LOG_WARNING, "joined", LOG_STRING("name", "A \"B\" \\ \n2025-01-01T00:00:00.000Z info x \x1b[2J"),
		  LOG_STRING("empty", ""), LOG_STRING("none", NULL), LOG_STRING("zh", "李雷"));
	const char *text = logged(*state);
	matches(text, " warning joined name=\"A \\\\\"B\\\\\" \\\\\\\\ \\\\x0a2025-01-01T00:00:00\\.000Z info x \\\\x1b\\[2J\" "
		      "empty=\"\" "
		      "none=\"\" zh=\"李雷\"\n$");
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void lower_levels_are_left_out(void **state)
{
	log_set_level(LOG_WARNING);
	log_event(LOG_INFO, "a", LOG_NUMBER("n", 1));
	log_event(LOG_ERROR, "b", LOG_NUMBER("n", 2));
	matches(logged(*state), "^[^\n]* error b n=2\n$");
}

static void long_value_is_cut_and_ends_its_line(void **state)
{
	char *value = calloc(1, 100001);
	memset(value, 'x', 100000);
	log_event(LOG_INFO, "long", LOG_STRING("value", value), LOG_STRING("peer", "192.0.2.1"));
	log_event(LOG_INFO, "next", LOG_NUMBER("n", 1));
	free(value);
	const char *text = logged(*state);
	matches(text, "^[^\n]* info long value=\"x+\\\\\\.\\.\\.\" peer=192\\.0\\.2\\.1\n[^\n]* info next n=1\n$");
	assert_int_equal(strspn(strchr(text, '"') + 1, "x"), 512 - 6);
}

/* More fields than a line holds: those that have no place are left out whole. */
static void long_line_is_cut_between_fields(void **state)
{
	char value[601];
	struct log_field fields[6];
	memset(value, 'x', 600);
	value[600] = '\0';
	for (int i = 0; i < 6; i++)
		fields[i] = LOG_STRING("value", value);
	log_fields(LOG_INFO, "wide", fields, 6);
	const char *text = logged(*state);
	matches(text, "^[^\n]* info wide( value=\"x+\\\\\\.\\.\\.\"){4}\n$");
	assert_true(strlen(text) <= 2048);
}

/* The value of the only field, as its bytes were before they were written. */
static size_t read_back(const char *line, char *to)
{
	const char *at = strstr(line, " value=");
	size_t n = 0;
	assert_non_null(at);
	at += strlen(" value=");
	if (*at != '"') {
		n = strcspn(at, "\n");
		memcpy(to, at, n);
		return n;
	}
	for (at++; *at != '"';) {
		unsigned byte;
		assert_true(*at != '\0' && *at != '\n');
		if (*at == '\\' && at[1] == 'x') {
			assert_int_equal(sscanf(at + 2, "%2x", &byte), 1);
			to[n++] = (char)byte;
			at += 4;
		} else {
			at += *at == '\\';
			to[n++] = *at++;
		}
	}
	assert_string_equal(at, "\"\n"); /* nothing behind it */
	return n;
}

/* No byte in the log is anything but a printable character of UTF-8 or the end of a line; and the value comes out as it went in. */
static void comes_back(struct capture *capture, const char *value)
{
	char back[4096];
	assert_int_equal(ftruncate(capture->file, 0), 0);
	lseek(capture->file, 0, SEEK_SET);
	log_event(LOG_INFO, "said", LOG_STRING("value", value));
	log_flush();
	const char *line = logged(capture);
	dup2(capture->file, STDERR_FILENO);
	for (const char *at = line; *at != '\0';) {
		static const char *const raw[] = {"\u00ad", "\u061c", "\u180e", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2028",
						  "\u2029", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2060", "\u2066", "\u2067",
						  "\u2068", "\u2069", "\u206f", "\ufeff", "\U000e0001", "\U000e007f"};
		size_t size = text_character(at);
		assert_true(size > 0);
		assert_true((unsigned char)*at >= 0x20 || strcmp(at, "\n") == 0);
		assert_true(*at != 0x7f && !((unsigned char)at[0] == 0xc2 && (unsigned char)at[1] < 0xa0));
		for (size_t i = 0; i < sizeof raw / sizeof *raw; i++)
			assert_true(strncmp(at, raw[i], strlen(raw[i])) != 0);
		at += size;
	}
	size_t n = read_back(line, back);
	if (n != strlen(value) || memcmp(back, value, n) != 0)
		fail_msg("%s came back as %.*s", line, (int)n, back);
}

static void what_is_hidden_is_escaped(void **state)
{
	static const char *const values[] = {
		"", "plain", "two words", "\\", "\"", "\\x41", "\\...", "李雷 😀 é", "\x01\x1f\t\r\n", "\x7f", "a\xc2\x85""b\xc2\x9b", /* C1 */
		"\u202eabc\u202c", "\u2066x\u2069", "\u200e\u200f\u061c", "line\u2028paragraph\u2029", "\ufeffmark", "zero\u200bwidth",
		"join\u200der", "soft\u00adhyphen", "tag\U000e0041",
		/* not UTF-8: overlong, surrogates, truncated, stray, above U+10FFFF */
		"\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80\xed\xb0\x80", "\xe6\x9d", "\xf0\x9f\x98", "\xbf", "\xff\xfe", "\xf4\x90\x80\x80",
	};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		comes_back(*state, values[i]);
}

static void any_bytes_come_back(void **state)
{
	unsigned seed = 1;
	for (int i = 0; i < 3000; i++) {
		char value[100]; /* four bytes for each fit */
		size_t size = (size_t)rand_r(&seed) % sizeof value;
		for (size_t j = 0; j < size; j++) {
			static const char often[] = "\"\\x\xe2\x80\xae\xc2\x85\xed";
			int dice = rand_r(&seed);
			value[j] = dice % 3 == 0 ? often[dice / 3 % (sizeof often - 1)] : (char)(dice / 3 % 255 + 1);
		}
		value[size > 0 ? size - 1 : 0] = '\0';
		comes_back(*state, value);
	}
}

/* Wherever a value is cut, it is between two characters. */
static void cuts_are_between_characters(void **state)
{
	struct capture *capture = *state;
	char value[1200];
	for (size_t lead = 0; lead < 24; lead++) {
		memset(value, 'a', lead);
		for (size_t i = lead; i + 8 < sizeof value; i += 7)
			memcpy(value + i, "李😀", 8);
		assert_int_equal(ftruncate(capture->file, 0), 0);
		lseek(capture->file, 0, SEEK_SET);
		log_event(LOG_INFO, "said", LOG_STRING("value", value), LOG_NUMBER("behind", 1));
		const char *line = logged(capture);
		dup2(capture->file, STDERR_FILENO);
		for (const char *at = line; *at != '\0'; at += text_character(at))
			assert_true(text_character(at) > 0);
		matches(line, "(李|😀)\\\\\\.\\.\\.\" behind=1\n$");
	}
}

/* More lines than the buffer holds: none is lost, none torn. */
static void many_lines_between_two_flushes(void **state)
{
	for (unsigned i = 0; i < 5000; i++)
		log_event(LOG_INFO, "line", LOG_NUMBER("n", i), LOG_STRING("filler", "0123456789012345678901234567890123456789"));
	const char *at = logged(*state);
	for (unsigned i = 0; i < 5000; i++) {
		char expected[40];
		snprintf(expected, sizeof expected, " info line n=%u filler=", i);
		const char *end = strchr(at, '\n');
		assert_non_null(end);
		const char *found = strstr(at, expected);
		assert_true(found != NULL && found < end);
		at = end + 1;
	}
	assert_int_equal(*at, '\0');
}

/* A full disk: what was lost is said when lines get through again. */
static void lost_lines_are_counted(void **state)
{
	struct capture *capture = *state;
	int full = open("/dev/full", O_WRONLY);
	dup2(full, STDERR_FILENO);
	for (unsigned i = 0; i < 3; i++)
		log_event(LOG_INFO, "lost", LOG_NUMBER("n", i));
	log_flush();
	log_flush();
	dup2(capture->file, STDERR_FILENO);
	close(full);
	log_event(LOG_INFO, "next", LOG_NUMBER("n", 3));
	log_event(LOG_INFO, "next", LOG_NUMBER("n", 4));
	matches(logged(capture), "^[^\n]* warning log_lines_lost lines=3\n[^\n]* info next n=3\n[^\n]* info next n=4\n$");
}

/* A pipe that nobody reads: logging goes on without waiting; the lines that were kept come when somebody does, and what was lost is said. */
static void slow_reader_is_not_waited_for(void **state)
{
	struct capture *capture = *state;
	static char bytes[1 << 20];
	int ends[2];
	size_t size = 0;
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	alarm(60); /* in vain: a write that waits never returns */
	for (unsigned i = 0; i < 5000; i++)
		log_event(LOG_INFO, "line", LOG_NUMBER("n", i), LOG_STRING("filler", "0123456789012345678901234567890123456789"));
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	for (unsigned round = 0; round < 100; round++) {
		ssize_t n;
		while ((n = read(ends[0], bytes + size, sizeof bytes - 1 - size)) > 0)
			size += (size_t)n;
		log_flush();
	}
	log_event(LOG_INFO, "next", LOG_NUMBER("n", 1));
	log_flush();
	ssize_t n = read(ends[0], bytes + size, sizeof bytes - 1 - size);
	alarm(0);
	dup2(capture->saved, STDERR_FILENO);
	close(ends[0]);
	close(ends[1]);
	assert_true(n > 0);
	bytes[size + (size_t)n] = '\0';
	matches(bytes, "^([^\n]* info line n=[0-9]+ filler=[0-9]+\n)+[^\n]* warning log_lines_lost lines=[0-9]+\n[^\n]* info next n=1\n$");
	unsigned lost = 0, kept = 0;
	sscanf(strstr(bytes, "lines="), "lines=%u", &lost);
	for (const char *at = bytes; (at = strstr(at, " info line ")) != NULL; at++)
		kept++;
	assert_int_equal(kept + lost, 5000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(one_line_with_fields),           TEST(values_cannot_forge_a_line),
		TEST(lower_levels_are_left_out),      TEST(long_value_is_cut_and_ends_its_line),
		TEST(many_lines_between_two_flushes), TEST(lost_lines_are_counted),
		TEST(slow_reader_is_not_waited_for),  TEST(long_line_is_cut_between_fields),
		TEST(what_is_hidden_is_escaped),      TEST(any_bytes_come_back),
		TEST(cuts_are_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
