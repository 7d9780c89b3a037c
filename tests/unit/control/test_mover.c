/* The mover on lines of all kinds, each a string with a letter a second: '.' a good second, 'x' a bad one, ' ' nobody said anything. */
#include "control/mover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define START_US 5000000000u

struct line {
	struct mover mover;
	uint64_t now_us;
	unsigned moves;
};

static struct line begin(enum rendition home)
{
	struct line line = {.now_us = START_US};
	mover_start(&line.mover, home);
	return line;
}

/* One second; two reports in each, as of a channel and its bed. */
static void second(struct line *line, char kind)
{
	line->now_us += 1000000;
	if (kind == ' ')
		return;
	for (unsigned i = 0; i < 2; i++) {
		mover_note(&line->mover, kind == 'x' ? MOVER_BAD_MS / 2 : 0, line->now_us + i * 1000);
		line->moves += mover_decide(&line->mover, line->now_us + i * 1000);
	}
}

static void seconds(struct line *line, const char *kinds)
{
	for (; *kinds != '\0'; kinds++)
		second(line, *kinds);
}

static void good(struct line *line, unsigned count)
{
	while (count-- > 0)
		second(line, '.');
}

/* How many good seconds it takes until it moves. */
static unsigned good_until_moved(struct line *line)
{
	unsigned count = 0, moves = line->moves;
	while (line->moves == moves) {
		second(line, '.');
		assert_true(++count < 3000);
	}
	return count;
}

static void what_is_thin(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		bool thin;
	} lines[] = {
		{"..........", false},
		{"xxx", true},
		{"x.x.x", true},
		{"x...x....x", true},
		{"x....x.....x", false},             /* three in twelve */
		{"xx...........xx.........xx", false}, /* a stall now and then */
		{"xx      x", true},
		{"xx               x", false},
		{"......xx.x", true},
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct line line = begin(RENDITION_STANDARD);
		seconds(&line, lines[i].line);
		assert_int_equal(line.mover.now == RENDITION_SAVER, lines[i].thin);
		assert_int_equal(line.moves, lines[i].thin);
	}
}

/* What is missing adds up within a second, and not over its border. */
static void little_is_nothing(void **state)
{
	(void)state;
	struct line line = begin(RENDITION_STANDARD);
	for (unsigned i = 0; i < 100; i++) {
		line.now_us += 1000000;
		mover_note(&line.mover, MOVER_BAD_MS - 1, line.now_us);
		assert_false(mover_decide(&line.mover, line.now_us));
	}
}

static void the_way_back(void **state)
{
	(void)state;
	struct line line = begin(RENDITION_STANDARD);
	seconds(&line, "xxx");
	assert_int_equal(good_until_moved(&line), MOVER_PATIENCE_S);
	assert_int_equal(line.mover.now, RENDITION_STANDARD);
	seconds(&line, "....................................xxx"); /* it did not hold for a minute */
	assert_int_equal(line.mover.now, RENDITION_SAVER);
	assert_int_equal(good_until_moved(&line), 2 * MOVER_PATIENCE_S);
	seconds(&line, "............xxx");
	assert_int_equal(good_until_moved(&line), 4 * MOVER_PATIENCE_S);
	good(&line, 4 * MOVER_PATIENCE_S); /* it held: what was before is forgotten */
	seconds(&line, "xxx");
	assert_int_equal(good_until_moved(&line), MOVER_PATIENCE_S);
	for (unsigned i = 0; i < 10; i++) {
		seconds(&line, "............xxx");
		assert_in_range(good_until_moved(&line), MOVER_PATIENCE_S, MOVER_PATIENCE_MAX_S);
	}
}

/* Trouble on the saver too: the patience begins anew with each bad second. */
static void no_way_back_while_it_is_bad(void **state)
{
	(void)state;
	struct line line = begin(RENDITION_STANDARD);
	seconds(&line, "xxx");
	for (unsigned i = 0; i < 10; i++) {
		good(&line, MOVER_PATIENCE_S - 2);
		second(&line, 'x');
	}
	assert_int_equal(line.moves, 1);
	assert_int_equal(good_until_moved(&line), MOVER_PATIENCE_S);
}

static void rest_between_moves(void **state)
{
	(void)state;
	struct line line = begin(RENDITION_STANDARD);
	seconds(&line, "xxx");
	good_until_moved(&line);
	unsigned moves = line.moves;
	for (unsigned i = 0; i < MOVER_REST_S - 1; i++) {
		second(&line, 'x');
		assert_int_equal(line.moves, moves);
	}
	second(&line, 'x');
	assert_int_equal(line.moves, moves + 1);
}

static void home_is_the_saver(void **state)
{
	(void)state;
	struct line line = begin(RENDITION_SAVER);
	assert_int_equal(line.mover.now, RENDITION_SAVER);
	seconds(&line, "xxxxxxxxxx");
	good(&line, 5 * MOVER_PATIENCE_S);
	assert_int_equal(line.moves, 0);
}

static void resumed(void **state)
{
	(void)state;
	struct line line = begin(RENDITION_STANDARD);
	mover_resume(&line.mover, RENDITION_HIGH, line.now_us);
	assert_int_equal(line.mover.now, RENDITION_STANDARD);
	mover_resume(&line.mover, RENDITION_SAVER, line.now_us);
	assert_int_equal(line.mover.now, RENDITION_SAVER);
	good(&line, 30);
	mover_resume(&line.mover, RENDITION_SAVER, line.now_us); /* a second channel of the same line */
	assert_int_equal(good_until_moved(&line), MOVER_PATIENCE_S - 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_thin),       cmocka_unit_test(little_is_nothing), cmocka_unit_test(the_way_back),
		cmocka_unit_test(no_way_back_while_it_is_bad), cmocka_unit_test(rest_between_moves),
		cmocka_unit_test(home_is_the_saver),  cmocka_unit_test(resumed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
