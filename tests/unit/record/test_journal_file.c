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
	struct journal_file *file = journal_file_open(place->path);
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
	struct journal_file *file = journal_file_open(place->path);
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
	while (fscanf(written, "%lu\n", &number) == 1)
		assert_int_equal(number, expected++);
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
	assert_null(journal_file_open("/tmp/boothcast-no-such-folder/log"));
	journal_file_close(NULL);
}

/* The disk is full: lost and counted, nothing waits, and close() comes back. */
static void full_disk(void **state)
{
	const struct place *place = *state;
	struct rlimit before, small;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = (struct rlimit){.rlim_cur = 10, .rlim_max = before.rlim_max};
	struct journal_file *file = journal_file_open(place->path);
	setrlimit(RLIMIT_FSIZE, &small);
	for (unsigned i = 0; i < 5; i++)
		assert_true(journal_file_put(file, "0123456789\n", 11));
	while (journal_file_lost(file) == 0)
		usleep(1000);
	journal_file_close(file);
	setrlimit(RLIMIT_FSIZE, &before);
	append(place, "again\n");
	expect_file(place, "again\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(all_lines_in_order), TEST(goes_on_where_it_was),     TEST(torn_line_is_cut_off),
		TEST(long_torn_line),     TEST(folder_that_is_not_there), TEST(full_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
