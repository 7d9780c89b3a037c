/* The epoch grows with every start, whatever stands in its file's place, and whatever the disk and the clock do. */
#include "epoch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOON_S INT64_C(1742551200) /* 21 March 2025 */

struct place {
	char folder[64], path[96], warning[4200];
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof *place);
	snprintf(place->folder, sizeof place->folder, "/tmp/boothcast-epoch-XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof place->path, "%s/epoch", place->folder);
	*state = place;
	return 0;
}

static void run(const char *format, const struct place *place)
{
	char command[300];
	snprintf(command, sizeof command, "p='%s'; d='%s'; %s", place->path, place->folder, format);
	assert_int_equal(system(command), 0);
}

static int tear_down(void **state)
{
	run("rm -rf \"$d\"", *state);
	free(*state);
	return 0;
}

static uint32_t next(struct place *place, int64_t wall_s, int expected)
{
	uint32_t epoch = 0;
	assert_int_equal(epoch_next(place->folder, wall_s, &epoch, place->warning, sizeof place->warning), expected);
	return epoch;
}

static void grows_with_every_start(void **state)
{
	uint32_t last = next(*state, NOON_S, 0);
	assert_true(last > 0 && (last & 0xff) == 0);
	for (unsigned i = 0; i < 50; i++) {
		uint32_t epoch = next(*state, NOON_S - (int64_t)i * 3600, 0); /* also when the clock goes back */
		assert_true(epoch > last);
		last = epoch;
	}
}

/* What stands in the file's place is no counter: it goes on by the clock, and does not hang. */
static void survives_any_file(void **state)
{
	static const char *const spoilers[] = {"rm -f $p; : > $p",
					       "head -c 5000 /dev/urandom > $p",
					       "echo minus > $p",
					       "echo 99999999999 > $p",
					       "rm -f $p; mkfifo $p",
					       "rm -f $p; ln -s /dev/zero $p",
					       "rm -f $p; mkdir $p; : > $p/x"};
	uint32_t last = 0;
	for (size_t i = 0; i < sizeof spoilers / sizeof *spoilers; i++) {
		struct place *place = *state;
		uint32_t epoch = 0;
		run(spoilers[i], place);
		epoch_next(place->folder, NOON_S + (int64_t)i * 60, &epoch, place->warning, sizeof place->warning);
		assert_true(epoch > last);
		last = epoch;
		run("rm -rf $p", place);
	}
}

/* A file system without room: the number is written in place; without even a file it goes on by the minutes, and says so. */
static void grows_on_a_full_disk(void **state)
{
	struct place *place = *state;
	if (geteuid() != 0 || system("unshare -m true 2>/dev/null") != 0) {
		print_message("skipped: a file system of our own needs root and namespaces\n");
		skip();
	}
	char command[400];
	snprintf(command, sizeof command, "'%s' '%s'", TEST_BUILD "/tests/test_epoch", place->folder);
	char whole[600];
	snprintf(whole, sizeof whole, "unshare -m sh -c \"mount -t tmpfs -o size=64k none '%s' && %s\"", place->folder, command);
	assert_int_equal(system(whole), 0);
}

/* In the namespace: the folder is a file system of 64 KiB. */
static int on_a_small_disk(const char *folder)
{
	char warning[4200], command[300];
	uint32_t first = 0, second = 0, third = 0, fourth = 0;
	snprintf(command, sizeof command, "head -c 1000000 /dev/zero > '%s/filler' 2>/dev/null; true", folder);
	if (epoch_next(folder, NOON_S, &first, warning, sizeof warning) != 0 || system(command) != 0)
		return 1;
	if (epoch_next(folder, NOON_S, &second, warning, sizeof warning) != 0 || second <= first)
		return 2;
	snprintf(command, sizeof command, "rm '%s/epoch'; head -c 1000000 /dev/zero >> '%s/filler' 2>/dev/null; true", folder,
		 folder);
	if (system(command) != 0 || epoch_next(folder, NOON_S + 120, &third, warning, sizeof warning) == 0 || third <= second)
		return 3;
	return strstr(warning, "make room") == NULL || epoch_next(folder, NOON_S + 180, &fourth, warning, sizeof warning) == 0 ||
	       fourth <= third;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return on_a_small_disk(argv[1]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(grows_with_every_start, set_up, tear_down),
		cmocka_unit_test_setup_teardown(survives_any_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(grows_on_a_full_disk, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
