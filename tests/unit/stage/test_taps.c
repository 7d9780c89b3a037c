/* Which sources are tapped: made by their first listener, at most TAPS_MAX, ended when nobody has listened for a while. What a tap
 * sounds like is in unit/channel/test_tap.c.
 */
#include "stage/taps.h"

#include "unit/fanout/ears.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct ear {
	struct hearing hearing; /* first */
	struct wire_down last;
	unsigned count;
};

static enum sent ear_hears(struct reader *reader, const uint8_t *bytes, size_t size)
{
	struct ear *ear = (struct ear *)reader;
	assert_true(wire_get_down(bytes, size, &ear->last));
	ear->count++;
	return SENT;
}

struct rig {
	struct encode_pool *pool;
	struct taps taps;
	struct mixer_sound sound;
	struct room room;
	float tone[FRAME_SAMPLES_MAX];
	uint64_t beat;
	struct ears ears;
	struct ear ear[SOURCES_MAX];
};

static int set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof *rig);
	rig->pool = pool_new(NULL, 0);
	rig->taps.output =
		(struct output_options){.frame_samples = 960, .packet_samples = 960, .stream = 2000, .bitrate = 32000, .pool = rig->pool};
	room_init(&rig->room);
	for (unsigned i = 0; i < SOURCES_MAX; i++)
		rig->sound.sample[i] = rig->tone;
	ears_open(&rig->ears, ear_hears);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;
	for (unsigned i = 0; i < SOURCES_MAX; i++)
		ears_leave(&rig->ear[i].hearing);
	taps_close(&rig->taps);
	ears_close(&rig->ears);
	pool_close(rig->pool);
	free(rig);
	return 0;
}

static void beats(struct rig *rig, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		taps_beat(&rig->taps, &rig->sound, &rig->room, &rig->room, rig->beat++);
		ears_deliver(&rig->ears);
	}
}

static bool listen(struct rig *rig, unsigned source)
{
	struct audience *audience = taps_open(&rig->taps, source);
	if (audience != NULL)
		ears_join(&rig->ears, &rig->ear[source].hearing, audience, 0);
	return audience != NULL;
}

static void each_source_has_a_stream_of_its_own(void **state)
{
	struct rig *rig = *state;
	beats(rig, 5); /* of nothing */
	assert_true(listen(rig, 0) && listen(rig, 1) && listen(rig, INPUTS_MAX + 3));
	assert_ptr_equal(taps_open(&rig->taps, 1), rig->ear[1].hearing.audience);
	beats(rig, 10);
	assert_int_equal(rig->ear[0].count, 10);
	assert_int_equal(rig->ear[0].last.stream, 2000);
	assert_int_equal(rig->ear[1].last.stream, 2001);
	assert_int_equal(rig->ear[1].last.label, LABEL_ORIGINAL);
	assert_int_equal(rig->ear[INPUTS_MAX + 3].last.stream, 2003 + INPUTS_MAX);
	assert_int_equal(rig->ear[INPUTS_MAX + 3].last.label, LABEL_SILENT); /* a desk where nobody sits */
}

static void the_bound_is_on_what_is_listened_to(void **state)
{
	struct rig *rig = *state;
	for (unsigned i = 0; i < TAPS_MAX; i++)
		assert_true(listen(rig, i));
	beats(rig, 2);
	assert_false(listen(rig, TAPS_MAX));
	assert_non_null(taps_open(&rig->taps, TAPS_MAX - 1)); /* one that is open takes further listeners */
	ears_leave(&rig->ear[3].hearing); /* it lingers, and makes room */
	assert_true(listen(rig, TAPS_MAX));
	assert_false(listen(rig, 3));
	beats(rig, 2);
	for (unsigned i = 0; i <= TAPS_MAX; i++)
		assert_int_equal(rig->ear[i].count, i == 3 ? 2 : i == TAPS_MAX ? 2 : 4);
}

static void a_tap_ends_when_nobody_listens(void **state)
{
	struct rig *rig = *state;
	listen(rig, 0);
	listen(rig, 1);
	assert_non_null(taps_open(&rig->taps, 2)); /* whoever asked never joined: as if they had left at once */
	beats(rig, 1);
	assert_int_equal(rig->taps.count, 3);
	ears_leave(&rig->ear[0].hearing);
	beats(rig, OUTPUT_LINGER_MS / 20 - 1);
	assert_int_equal(rig->taps.count, 2);
	beats(rig, 1);
	assert_int_equal(rig->taps.count, 1);
	unsigned count = rig->ear[1].count;
	beats(rig, 10);
	assert_int_equal(rig->ear[1].count, count + 10); /* the other goes on */
	assert_true(listen(rig, 0));
	beats(rig, 1);
	assert_int_equal(rig->ear[0].last.seq, rig->beat - 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(each_source_has_a_stream_of_its_own),
		TEST(the_bound_is_on_what_is_listened_to),
		TEST(a_tap_ends_when_nobody_listens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
