/* The walk over several parts, in slices: what comes while it is under way is sent before it ends, in whatever part. */
#include "fanout/walk.h"

#include "fanout/audience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define PARTS 3
#define READERS 200 /* of each part: a slice ends within the second, and within the third */

struct counting {
	struct reader reader; /* first */
	unsigned count;
};

static enum sent count_shared(struct reader *reader, const uint8_t *bytes, size_t size)
{
	(void)bytes;
	(void)size;
	((struct counting *)reader)->count++;
	return SENT;
}

static enum sent count_run(struct reader *reader, const struct run *run)
{
	((struct counting *)reader)->count += run->count;
	return SENT;
}

static const struct reader_ops counting_ops = {.send_shared = count_shared, .send_run = count_run};

struct channels {
	struct walk *walk;
	struct ring *ring[PARTS];
	struct part *part[PARTS];
	struct counting reader[PARTS][READERS];
	unsigned put[PARTS];
};

static int set_up(void **state)
{
	struct channels *channels = calloc(1, sizeof *channels);
	channels->walk = walk_new(&(struct walk_options){.loop = 0});
	for (unsigned p = 0; p < PARTS; p++) {
		channels->ring[p] = ring_new((uint16_t)(p + 1), 1, 20);
		channels->part[p] = part_new(channels->ring[p], channels->walk);
		for (unsigned i = 0; i < READERS; i++)
			part_enter(channels->part[p], &channels->reader[p][i].reader, &counting_ops, &(struct spot){0});
	}
	*state = channels;
	return 0;
}

static int tear_down(void **state)
{
	struct channels *channels = *state;
	for (unsigned p = 0; p < PARTS; p++) {
		for (unsigned i = 0; i < READERS; i++)
			part_leave(&channels->reader[p][i].reader);
		part_free(channels->part[p]);
		ring_free(channels->ring[p]);
	}
	walk_free(channels->walk);
	free(channels);
	return 0;
}

static void put(struct channels *channels, unsigned part)
{
	ring_put(channels->ring[part], channels->put[part]++, 0, LABEL_DIRECT, (const uint8_t *)"opus", 4, 1);
}

static bool slice(struct channels *channels)
{
	bool more = walk_run(channels->walk);
	walk_settle(channels->walk, 1);
	return more;
}

static void assert_all_sent(const struct channels *channels)
{
	for (unsigned p = 0; p < PARTS; p++) {
		for (unsigned i = 0; i < READERS; i++)
			assert_int_equal(channels->reader[p][i].count, channels->put[p]);
	}
}

/* The packets of a beat come from the encoders one after the other, and the walk begins with the first of them. */
static void what_comes_meanwhile_is_sent(void **state)
{
	struct channels *channels = *state;
	for (unsigned part = 0; part < PARTS; part++) {
		for (unsigned after = 1; after <= 3; after++) {
			unsigned slices = 0;
			bool more = true;
			for (unsigned p = 0; p < PARTS; p++)
				put(channels, p);
			while (more) {
				more = slice(channels);
				if (more && ++slices == after)
					put(channels, part);
				assert_true(slices < 10);
			}
			assert_all_sent(channels);
		}
	}
}

static void nothing_new_is_no_walk(void **state)
{
	struct channels *channels = *state;
	assert_false(slice(channels));
	put(channels, 1);
	assert_false(slice(channels)); /* one slice is enough */
	assert_all_sent(channels);
}

/* Those who leave may be all of the part that comes next. */
static void a_part_that_empties(void **state)
{
	struct channels *channels = *state;
	for (unsigned p = 0; p < PARTS; p++)
		put(channels, p);
	assert_true(slice(channels));
	for (unsigned i = 0; i < READERS; i++) {
		part_leave(&channels->reader[1][i].reader);
		channels->reader[1][i].count = channels->put[1];
	}
	while (slice(channels))
		;
	assert_all_sent(channels);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_comes_meanwhile_is_sent),
		TEST(nothing_new_is_no_walk),
		TEST(a_part_that_empties),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
