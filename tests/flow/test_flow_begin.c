/* Where listening begins: `listening.seq` is the number of the first packet that is no history, whenever somebody comes, whatever
 * was encoded until then, and whoever leaves meanwhile.
 */
#include "flow/fake.h"

#define PHASES 3 /* beats of a long packet */
#define TIMES 6  /* channels in which nobody has listened yet, two for each phase */

static const struct {
	const char *rendition;
	unsigned beats; /* of a packet */
} renditions[] = {{"standard", 1}, {"high", 1}, {"saver", 3}};

/* Listens to a rendition of a channel; the number that was told. */
static uint32_t begin(struct fake_conn *conn, unsigned channel, unsigned rendition, unsigned history)
{
	fake_say(conn, "{'type':'listen','channel':%u,'rendition':'%s','history':%u}", channel, renditions[rendition].rendition,
		 history);
	const json_t *listening = fake_next(conn, "listening");
	assert_non_null(listening);
	uint32_t seq = (uint32_t)json_integer_value(json_object_get(listening, "seq"));
	unsigned frame_ms = (unsigned)json_integer_value(json_object_get(listening, "frame_ms"));
	assert_int_equal(frame_ms, renditions[rendition].beats * FAKE_FRAME_MS);
	assert_int_equal(json_integer_value(json_object_get(listening, "server_us")) % (frame_ms * 1000), 0);
	return seq;
}

/* History without a gap, then the number that was told, and so on. */
static void assert_begins(struct fake_conn *conn, unsigned channel, uint32_t seq, unsigned rendition)
{
	struct fake_stream *stream = fake_stream_of(conn, channel);
	assert_non_null(stream);
	assert_true(stream->count > stream->history);
	for (unsigned i = 0; i < stream->count; i++) {
		uint32_t expected = seq - stream->history + i;
		if (stream->header[i].seq != expected ||
		    (stream->header[i].flags & WIRE_HISTORY) != (i < stream->history ? WIRE_HISTORY : 0))
			fail_msg("%s, told %u: packet %u is %u, after %u of history", renditions[rendition].rendition, seq, i,
				 stream->header[i].seq, stream->history);
	}
}

/* One for each rendition begins, and hears some packets. `after` beats; 0: before the first. */
static void begin_all(struct world *world, unsigned channel, unsigned history, unsigned after)
{
	struct fake_conn *conn[3];
	uint32_t seq[3];
	world_beats(world, after);
	for (unsigned r = 0; r < 3; r++) {
		conn[r] = fake_join(world, "hall", NULL);
		seq[r] = begin(conn[r], channel, r, history);
		if (after == 0)
			assert_int_equal(seq[r], (world->beat + renditions[r].beats - 1) / renditions[r].beats);
	}
	world_beats(world, 12);
	for (unsigned r = 0; r < 3; r++) {
		assert_begins(conn[r], channel, seq[r], r);
		fake_drop(conn[r]);
	}
}

/* The clock begins some beats after the house was built, because the sockets come between. The packet under way lacks its beginning
 * in two phases of three. */
static void in_the_first_moments(void **state)
{
	(void)state;
	for (unsigned time = 0; time < 4 * PHASES; time++) {
		struct world *world = world_new(1);
		world->beat += time % PHASES;
		house_await(world->house, world->beat);
		begin_all(world, 2, time & 1 ? 8 : 0, time / PHASES);
		world_free(world);
	}
}

/* So it does when the clock has jumped over some beats. */
static void after_a_jump(void **state)
{
	struct world *world = *state;
	for (unsigned time = 0; time < TIMES; time++) {
		world_beats(world, 20);
		world->beat += 60 - world->beat % PHASES + time % PHASES;
		begin_all(world, 1 + time, time < PHASES ? 0 : 8, 1 + time / PHASES);
	}
}

/* `stays` beats after another began, which leaves right before or right behind. */
static void while_another_leaves(struct world *world, unsigned rendition, unsigned history, unsigned stays, bool before)
{
	struct fake_conn *other = fake_join(world, "hall", NULL), *conn = fake_join(world, "hall", NULL);
	begin(other, 2, rendition, 8 - history);
	world_beats(world, stays);
	if (before)
		fake_drop(other);
	uint32_t seq = begin(conn, 2, rendition, history);
	if (!before)
		fake_drop(other);
	world_beats(world, 7);
	assert_begins(conn, 2, seq, rendition);
	fake_drop(conn);
}

/* At every phase of a long packet; the rendition has just been started by the other, or by this one, or has run ever since. */
static void while_others_come_and_go(void **state)
{
	struct world *world = *state;
	for (unsigned time = 0; time < 4 * PHASES; time++) {
		for (unsigned i = 0; i < 12; i++)
			while_another_leaves(world, i % 3, i & 4 ? 8 : 0, time % 5, i & 8);
		world_beats(world, 1 + (time % 4 == 3) * OUTPUT_LINGER_MS / FAKE_FRAME_MS); /* then all of them stop */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_the_first_moments),
		cmocka_unit_test_setup_teardown(after_a_jump, world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(while_others_come_and_go, world_set_up, world_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
