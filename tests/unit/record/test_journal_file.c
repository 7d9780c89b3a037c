/* The event log on disk: every line in its order, whatever the disk did before and does now. */
#include "record/journal_file.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static size_t torn; /* of the last open */

struct place {
	char folder[64], path[80];
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof *place);
	snprintf(place->folder, sizeof place->folder, "/tmp/boothcast-journal-XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof place->path, "%s/log", place->folder);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	unlink(place->path);
	assert_int_equal(rmdir(place->folder), 0);
	free(place);
	return 0;
}

static void write_file(const struct place *place, const char *text, size_t size)
{
	FILE *file = fopen(place->path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	fclose(file);
}

static void append(const struct place *place, const char *line)
{
	struct journal_file *file = journal_file_open(place->path, &torn);
	assert_non_null(file);
	assert_true(journal_file_put(file, line, strlen(line)));
	journal_file_close(file);
}

static void expect_file(const struct place *place, const char *text)
{
	char bytes[64];
	FILE *file = fopen(place->path, "r");
	size_t size = fread(bytes, 1, sizeof bytes - 1, file);
	fclose(file);
	bytes[size] = '\0';
	assert_string_equal(bytes, text);
}

/* Ten times the buffer, as fast as it goes: what was taken is there, in order, and what was refused is counted. */
static void all_lines_in_order(void **state)
{
	const struct place *place = *state;
	struct journal_file *file = journal_file_open(place->path, &torn);
	char line[64];
	unsigned long lost = 0, number, expected = 0;
	for (unsigned i = 0; i < 200000; i++) {
		size_t size = (size_t)snprintf(line, sizeof line, "%u\n", i);
		while (!journal_file_put(file, line, size))
			lost++;
	}
	assert_int_equal(journal_file_lost(file), lost);
	journal_file_close(file);
	FILE *written = fopen(place->path, "r");
	while (fgets(line, sizeof line, written) != NULL) {
		if (line[0] == '{') /* a put that found no place, and was tried again */
			continue;
		assert_int_equal(sscanf(line, "%lu", &number), 1);
		assert_int_equal(number, expected++);
	}
	assert_int_equal(expected, 200000);
	fclose(written);
}

static void goes_on_where_it_was(void **state)
{
	const struct place *place = *state;
	struct stat file;
	append(place, "one\n");
	append(place, "two\n");
	expect_file(place, "one\ntwo\n");
	assert_int_equal(stat(place->path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
}

static void torn_line_is_cut_off(void **state)
{
	const struct place *place = *state;
	write_file(place, "one\ntw", 6);
	append(place, "three\n");
	expect_file(place, "one\nthree\n");
	write_file(place, "on", 2);
	append(place, "two\n");
	expect_file(place, "two\n");
}

/* The last newline is far from the end, and where pieces are read from. */
static void long_torn_line(void **state)
{
	const struct place *place = *state;
	static char text[20000];
	struct stat file;
	for (size_t newline = 4000; newline < 4200; newline += 7) {
		memset(text, 'x', sizeof text);
		text[newline] = '\n';
		write_file(place, text, 4097 * 3);
		append(place, "end\n");
		assert_int_equal(stat(place->path, &file), 0);
		assert_int_equal(file.st_size, newline + 1 + 4);
	}
}

static void folder_that_is_not_there(void **state)
{
	(void)state;
	assert_null(journal_file_open("/tmp/boothcast-no-such-folder/log", &torn));
	journal_file_close(NULL);
}

static struct rlimit set_file_limit(rlim_t bytes)
{
	struct rlimit before, small;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = (struct rlimit){.rlim_cur = bytes, .rlim_max = before.rlim_max};
	setrlimit(RLIMIT_FSIZE, &small);
	return before;
}

static void wait_for_trouble(const struct journal_file *file, bool trouble)
{
	while ((journal_file_trouble(file) != 0) != trouble)
		usleep(1000);
}

/* The disk is full at any byte of a line, and has room again later: no line is lost, torn or doubled. */
static void full_disk_loses_nothing(void **state)
{
	const struct place *place = *state;
	for (rlim_t bytes = 0; bytes <= 24; bytes++) {
		unlink(place->path);
		struct journal_file *file = journal_file_open(place->path, &torn);
		struct rlimit before = set_file_limit(bytes);
		for (unsigned i = 0; i < 4; i++)
			assert_true(journal_file_put(file, i % 2 == 0 ? "0123456789\n" : "abc\n", i % 2 == 0 ? 11 : 4));
		wait_for_trouble(file, true);
		setrlimit(RLIMIT_FSIZE, &before);
		wait_for_trouble(file, false);
		assert_int_equal(journal_file_lost(file), 0);
		journal_file_close(file);
		expect_file(place, "0123456789\nabc\n0123456789\nabc\n");
	}
}

/* A disk that stays full until the end: what it took are whole lines, the rest is counted, and close() comes back. */
static void disk_that_stays_full(void **state)
{
	const struct place *place = *state;
	struct journal_file *file = journal_file_open(place->path, &torn);
	struct rlimit before = set_file_limit(16);
	for (unsigned i = 0; i < 3; i++)
		assert_true(journal_file_put(file, "0123456789\n", 11));
	wait_for_trouble(file, true);
	journal_file_close(file);
	setrlimit(RLIMIT_FSIZE, &before);
	expect_file(place, "0123456789\n");
	append(place, "again\n");
	assert_int_equal(torn, 0);
	expect_file(place, "0123456789\nagain\n");
}

/* More than fits while the disk is full: the file says how many lines are missing, where they are missing. */
static void missing_lines_are_said(void **state)
{
	const struct place *place = *state;
	struct journal_file *file = journal_file_open(place->path, &torn);
	struct rlimit before = set_file_limit(0);
	char line[64], last[64] = "";
	unsigned long long taken = 0, missing = 0, expected = 0;
	unsigned number = 0;
	while (missing < 10) {
		size_t size = (size_t)snprintf(line, sizeof line, "{\"event\":%u,\"filler\":\"..................\"}\n", number++);
		if (journal_file_put(file, line, size))
			taken++;
		else
			missing++;
	}
	assert_int_equal(journal_file_lost(file), missing);
	setrlimit(RLIMIT_FSIZE, &before);
	wait_for_trouble(file, false);
	while (!journal_file_put(file, "{\"event\":\"last\"}\n", 17))
		missing++;
	journal_file_close(file);
	FILE *written = fopen(place->path, "r");
	unsigned long long gap = 0, n;
	while (fgets(line, sizeof line, written) != NULL) {
		assert_non_null(strchr(line, '\n'));
		if (sscanf(line, "{\"gap\":%llu}", &n) == 1)
			gap += n;
		else if (sscanf(line, "{\"event\":%llu", &n) == 1)
			assert_int_equal(n, expected++);
		strcpy(last, line);
	}
	fclose(written);
	assert_int_equal(expected, taken);
	assert_int_equal(gap, missing);
	assert_string_equal(last, "{\"event\":\"last\"}\n");
}

static void other_files_are_refused(void **state)
{
	const struct place *place = *state;
	assert_int_equal(mkfifo(place->path, 0600), 0);
	assert_null(journal_file_open(place->path, &torn)); /* and does not hang */
	unlink(place->path);
	assert_int_equal(symlink("/dev/zero", place->path), 0);
	assert_null(journal_file_open(place->path, &torn));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(all_lines_in_order),   TEST(goes_on_where_it_was),     TEST(torn_line_is_cut_off),
		TEST(long_torn_line),       TEST(folder_that_is_not_there), TEST(full_disk_loses_nothing),
		TEST(disk_that_stays_full), TEST(missing_lines_are_said),   TEST(other_files_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
