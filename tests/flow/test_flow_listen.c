/* Listening: where it starts, that it never stops, how it switches, falls behind and goes on after a reconnection. */
#include "flow/fake.h"

#include <string.h>

static long number(const json_t *message, const char *key)
{
	const json_t *field = json_object_get(message, key);
	assert_true(json_is_integer(field));
	return (long)json_integer_value(field);
}

static const char *word(const json_t *message, const char *key)
{
	const char *value = json_string_value(json_object_get(message, key));
	assert_non_null(value);
	return value;
}

/* The place of the last message of a type among everything that came. */
static unsigned order_of(const struct fake_conn *conn, const char *type)
{
	unsigned order = 0;
	for (size_t i = 0; i < json_array_size(conn->inbox); i++) {
		if (strcmp(word(json_array_get(conn->inbox, i), "type"), type) == 0)
			order = conn->text_order[i];
	}
	return order;
}

static void listening_then_every_beat(void **state)
{
	struct world *world = *state;
	world_beats(world, 30);
	struct fake_conn *conn = fake_listener(world, 2);
	const json_t *listening = fake_next(conn, "listening");
	assert_int_equal(number(listening, "channel"), 2);
	assert_string_equal(word(listening, "rendition"), "standard");
	assert_int_equal(number(listening, "frame_ms"), 20);
	assert_int_equal(number(listening, "epoch"), 0x100);
	assert_int_equal(number(listening, "seq"), world->beat);
	assert_int_equal(number(listening, "server_us"), beat_due_us(20, world->beat));
	world_seconds(world, 10);
	struct fake_stream *stream = fake_stream_of(conn, 2);
	assert_int_equal(stream->count, 500);
	assert_int_equal(stream->header[0].seq, number(listening, "seq"));
	assert_int_equal(stream->header[0].epoch, 0x100);
	assert_true(stream->order[0] > order_of(conn, "listening"));
	assert_int_equal(conn->streams, 1);
	fake_assert_perfect(conn, 2);
}

/* Before the server's very first beat. */
static void listening_before_the_first_beat(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_listener(world, 1);
	long seq = number(fake_next(conn, "listening"), "seq");
	world_beats(world, 3);
	assert_int_equal(fake_stream_of(conn, 1)->header[0].seq, seq);
}

static void history_is_flagged_and_not_counted(void **state)
{
	struct world *world = *state;
	world_beats(world, 30);
	struct fake_conn *conn = fake_join(world, "hall", NULL);
	fake_say(conn, "{'type':'listen','channel':1,'history':8}");
	long seq = number(fake_next(conn, "listening"), "seq");
	world_beats(world, 10);
	struct fake_stream *stream = fake_stream_of(conn, 1);
	assert_int_equal(stream->count, 18);
	for (unsigned i = 0; i < 18; i++) {
		assert_int_equal(stream->header[i].flags & WIRE_HISTORY, i < 8 ? WIRE_HISTORY : 0);
		assert_int_equal(stream->header[i].seq, seq - 8 + i);
	}
	fake_say(conn, "{'type':'listen','channel':3,'history':100000}"); /* more than there is to get is no mistake */
	assert_int_equal(fake_stream_of(conn, 3)->history, HISTORY_MAX);
	fake_expect_no_error(conn);
}

/* On every beat exactly one packet of one of the two, whichever way; history aside. */
static void switching_leaves_no_hole(void **state)
{
	struct world *world = *state;
	world_beats(world, 30);
	struct fake_conn *conn = fake_listener(world, 1);
	fake_next(conn, "listening");
	unsigned now = 1;
	uint32_t first = (uint32_t)world->beat;
	for (unsigned i = 0; i < 20; i++) {
		world_beats(world, 1 + i % 7);
		unsigned next = 1 + (now + i) % 6;
		if (next == now)
			next = next % 6 + 1;
		fake_say(conn, "{'type':'listen','channel':%u,'instead_of':%u,'history':%u}", next, now, i % 9);
		const json_t *listening = fake_next(conn, "listening");
		assert_int_equal(number(listening, "channel"), next);
		assert_int_equal(number(listening, "seq"), world->beat);
		now = next;
	}
	world_beats(world, 5);
	uint32_t beats = (uint32_t)world->beat - first;
	unsigned got[200] = {0};
	for (unsigned s = 0; s < conn->streams; s++) {
		for (unsigned i = 0; i < conn->stream[s].count; i++) {
			const struct wire_down *header = &conn->stream[s].header[i];
			if ((header->flags & WIRE_HISTORY) == 0)
				got[header->seq - first]++;
		}
	}
	for (uint32_t i = 0; i < beats; i++)
		assert_int_equal(got[i], 1);
	fake_expect_no_error(conn);
}

static void unlisten_stops(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_listener(world, 1);
	world_beats(world, 5);
	fake_say(conn, "{'type':'unlisten','channel':1}");
	world_beats(world, 20);
	assert_int_equal(fake_stream_of(conn, 1)->count, 5);
	fake_say(conn, "{'type':'unlisten','channel':1}");
	fake_expect_error(conn, "not_listening", "unlisten");
	fake_say(conn, "{'type':'listen','channel':2,'instead_of':1}");
	fake_expect_error(conn, "not_listening", "listen");
	assert_int_equal(fake_count(conn, "listening"), 1);
}

static void listening_twice_is_once(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_listener(world, 1);
	world_beats(world, 5);
	fake_say(conn, "{'type':'listen','channel':1}");
	fake_say(conn, "{'type':'listen','channel':1,'instead_of':1}");
	world_beats(world, 5);
	assert_int_equal(fake_stream_of(conn, 1)->count, 10);
	fake_assert_perfect(conn, 1);
}

static void several_channels_at_once(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_listener(world, 0);
	for (unsigned c = 1; c <= 6; c++)
		fake_say(conn, "{'type':'listen','channel':%u}", c);
	world_beats(world, 50);
	assert_int_equal(conn->streams, 7);
	for (unsigned c = 0; c <= 6; c++) {
		assert_int_equal(fake_stream_of(conn, c)->count, 50);
		fake_assert_perfect(conn, c);
	}
}

/* The high rendition runs only while somebody hears it: its first number must be right all the same, also the second time. */
static void high_rendition(void **state)
{
	struct world *world = *state;
	world_beats(world, 30);
	for (unsigned round = 0; round < 2; round++) {
		struct fake_conn *conn = fake_join(world, "hall", NULL);
		fake_say(conn, "{'type':'listen','channel':0,'rendition':'high','history':8}");
		const json_t *listening = fake_next(conn, "listening");
		assert_string_equal(word(listening, "rendition"), "high");
		long seq = number(listening, "seq");
		world_beats(world, 20);
		struct fake_stream *stream = fake_stream_of(conn, 0);
		assert_int_equal(stream->count, 28);
		assert_int_equal(stream->history, 8); /* made when it was asked for */
		assert_int_equal(stream->header[8].seq, seq);
		fake_assert_perfect(conn, 0);
		fake_drop(conn);
		world_seconds(world, 15);
	}
}

static void bad_listens(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_join(world, "hall", NULL);
	static const struct {
		const char *message, *code;
	} all[] = {
		{"{'type':'listen'}", "bad_field"},
		{"{'type':'listen','channel':'2'}", "bad_field"},
		{"{'type':'listen','channel':-1}", "bad_field"},
		{"{'type':'listen','channel':32}", "bad_field"},
		{"{'type':'listen','channel':4294967297}", "bad_field"},
		{"{'type':'listen','channel':7}", "no_channel"},
		{"{'type':'listen','channel':1,'rendition':'ultra'}", "bad_field"},
		{"{'type':'listen','channel':1,'rendition':3}", "bad_field"},
		{"{'type':'listen','channel':1,'history':-1}", "bad_field"},
		{"{'type':'listen','channel':1,'instead_of':[]}", "bad_field"},
		{"{'type':'listen','channel':1,'instead_of':32}", "bad_field"},
		{"{'type':'listen','channel':1,'instead_of':'floor/main'}", "not_allowed"},
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		fake_say(conn, "%s", all[i].message);
		fake_expect_error(conn, all[i].code, "listen");
	}
	world_beats(world, 3);
	assert_int_equal(conn->streams, 0);
	assert_false(conn->closing);
}

static void ticket_with_channels(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_join(
		world, "hall",
		world_ticket(world, &(struct fake_ticket){.room = "hall", .role = ROLE_LISTENER, .channels = 1 << 0 | 1 << 3}));
	fake_say(conn, "{'type':'listen','channel':1}");
	fake_expect_error(conn, "not_allowed", "listen");
	fake_say(conn, "{'type':'listen','channel':3}");
	fake_say(conn, "{'type':'listen','channel':2,'instead_of':3}");
	fake_expect_error(conn, "not_allowed", "listen");
	world_beats(world, 5);
	fake_assert_unbroken(conn, 3); /* what was refused changed nothing */
}

static void slow_one_is_moved_on_and_told(void **state)
{
	struct world *world = *state;
	struct fake_conn *slow = fake_listener(world, 1), *good = fake_listener(world, 1);
	world_beats(world, 10);
	fake_set_full(slow, true);
	world_beats(world, 50);
	fake_set_full(slow, false); /* a second is made up for, nothing lost */
	world_beats(world, 5);
	fake_assert_perfect(slow, 1);
	fake_set_full(slow, true);
	world_beats(world, 150);
	fake_set_full(slow, false);
	const json_t *error = fake_next(slow, "error");
	assert_string_equal(word(error, "code"), "skipped");
	assert_string_equal(word(error, "about"), "listen");
	assert_int_equal(number(error, "channel"), 1);
	assert_int_equal(number(error, "skipped_ms"), 149 * 20);
	struct fake_stream *stream = fake_stream_of(slow, 1);
	const struct wire_down *newest = &stream->header[stream->count - 1];
	assert_int_equal(newest->seq, world->beat - 1);
	assert_int_equal(newest->flags & WIRE_DISCONTINUITY, WIRE_DISCONTINUITY);
	assert_int_equal(stream->gaps, 1);
	world_beats(world, 50);
	assert_int_equal(stream->gaps, 1);
	fake_assert_perfect(good, 1);
	fake_set_full(slow, true);
	world_seconds(world, 11);
	assert_true(slow->closed);
	assert_int_equal(slow->code, CLOSE_TOO_SLOW);
	fake_assert_perfect(good, 1);
}

/* The connection breaks; the page comes back with what it heard last. */
static void resumed_listener_misses_nothing(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_listener(world, 2);
	char token[TICKET_SIZE];
	snprintf(token, sizeof token, "%s", word(fake_joined(conn), "resume"));
	world_beats(world, 100);
	uint32_t last = fake_stream_of(conn, 2)->header[99].seq;
	fake_drop(conn);
	world_beats(world, 75); /* 1.5 s away */
	conn = fake_open(world);
	fake_say(conn, "{'type':'join','room':'hall','resume':{'token':'%s','listens':[{'channel':2,'seq':%u}]}}", token, last);
	assert_non_null(fake_joined(conn));
	const json_t *listening = fake_next(conn, "listening");
	assert_int_equal(number(listening, "seq"), last + 1);
	assert_int_equal(number(listening, "server_us"), beat_due_us(20, last + 1));
	world_beats(world, 20);
	struct fake_stream *stream = fake_stream_of(conn, 2);
	assert_int_equal(stream->count, 95);
	assert_int_equal(stream->header[0].seq, last + 1);
	assert_int_equal(stream->history, 0);
	fake_assert_perfect(conn, 2);
}

static void resumed_too_late_starts_at_what_is_held(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_listener(world, 2);
	fake_listener(world, 2); /* who stays, so that packets are made */
	world_beats(world, 20);
	uint32_t last = fake_stream_of(conn, 2)->header[19].seq;
	fake_drop(conn);
	world_seconds(world, 30);
	conn = fake_open(world);
	fake_say(conn, "{'type':'join','room':'hall','resume':{'listens':[{'channel':2,'seq':%u},{'channel':40,'seq':1}]}}", last);
	fake_expect_error(conn, "bad_field", "join");
	conn->read = 0;
	long seq = number(fake_next(conn, "listening"), "seq");
	struct fake_stream *stream = fake_stream_of(conn, 2);
	assert_int_equal(stream->count, RING_MS / 20);
	assert_int_equal(stream->header[0].seq, seq);
	assert_int_equal(stream->header[0].flags & WIRE_DISCONTINUITY, WIRE_DISCONTINUITY);
	assert_int_equal(stream->gaps, 0);
	assert_int_equal(stream->header[stream->count - 1].seq, world->beat - 1);
}

/* Nobody listened meanwhile: what the server still has is what history is made of. */
static void resumed_when_nobody_was_left(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_listener(world, 2);
	world_beats(world, 20);
	uint32_t last = fake_stream_of(conn, 2)->header[19].seq;
	fake_drop(conn);
	world_seconds(world, 30);
	conn = fake_open(world);
	fake_say(conn, "{'type':'join','room':'hall','resume':{'listens':[{'channel':2,'seq':%u}]}}", last);
	const json_t *listening = fake_next(conn, "listening");
	struct fake_stream *stream = fake_stream_of(conn, 2);
	assert_int_equal(stream->count, HISTORY_MAX);
	assert_int_equal(stream->header[0].seq, number(listening, "seq"));
	assert_int_equal(number(listening, "server_us"), beat_due_us(20, stream->header[0].seq));
	assert_int_equal(stream->header[0].flags & WIRE_DISCONTINUITY, WIRE_DISCONTINUITY);
	assert_int_equal(stream->history, 0); /* it was asked for */
	world_beats(world, 20);
	assert_int_equal(stream->gaps, 0);
	assert_int_equal(stream->header[stream->count - 1].seq, world->beat - 1);
}

/* A page comes back before the server has seen its old connection die: the old one goes. */
static void resumed_while_the_old_one_hangs(void **state)
{
	struct world *world = *state;
	struct fake_conn *old = fake_listener(world, 1);
	world_beats(world, 10);
	fake_set_full(old, true);
	struct fake_conn *conn = fake_open(world);
	fake_say(conn, "{'type':'join','room':'hall','resume':{'token':'%s','listens':[{'channel':1,'seq':%u}]}}",
		 word(fake_joined(old), "resume"), (unsigned)world->beat - 1);
	assert_string_equal(word(fake_joined(conn), "session"), word(fake_joined(old), "session"));
	fake_expect_error(old, "displaced", "join");
	fake_expect_closed(world, old, CLOSE_REFUSED);
	world_beats(world, 20);
	assert_int_equal(fake_stream_of(conn, 1)->count, 20);
	fake_assert_perfect(conn, 1);
}

/* A gap of the media clock (a stall too long to catch up) is a gap in the numbers, flagged, for everybody the same. */
static void skipped_beats_are_a_gap(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_listener(world, 1);
	world_beats(world, 10);
	world->beat += 60;
	world_beats(world, 10);
	struct fake_stream *stream = fake_stream_of(conn, 1);
	assert_int_equal(stream->count, 20);
	assert_int_equal(stream->gaps, 1);
	assert_int_equal(stream->header[10].flags & WIRE_DISCONTINUITY, WIRE_DISCONTINUITY);
	assert_int_equal(stream->header[11].flags & WIRE_DISCONTINUITY, 0);
}

static void reports_are_counted_once(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_listener(world, 2), *other = fake_listener(world, 2);
	fake_say(conn, "{'type':'report','channel':2,'played':50,'buffer_ms':80,'late':3,'concealed':2}");
	fake_say(conn, "{'type':'report','channel':2,'played':100,'buffer_ms':80,'late':5,'concealed':2}");
	fake_say(other, "{'type':'report','channel':2,'played':100,'buffer_ms':80,'late':10,'concealed':0}");
	fake_say(conn,
		 "{'type':'report','channel':3,'played':1,'buffer_ms':1,'late':1,'concealed':1}"); /* crossed its own unlisten */
	fake_expect_no_error(conn);
	struct hall *hall = house_find(world->house, "hall");
	assert_int_equal(hall->late[2], 15);
	assert_int_equal(hall->concealed[2], 2);
	assert_int_equal(*world->house->counts.reports, 3);
	fake_say(conn, "{'type':'report','channel':2,'late':-5,'concealed':0}");
	fake_expect_error(conn, "bad_field", "report");
	fake_say(conn, "{'type':'report','channel':2,'late':9999999999,'concealed':0}");
	fake_expect_error(conn, "bad_field", "report");
	assert_int_equal(hall->late[2], 15);
}

/* Nobody missed more sound than there was, whatever they say. */
static void a_report_is_no_larger_than_its_time(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_listener(world, 2);
	struct hall *hall = house_find(world->house, "hall");
	world_seconds(world, 2);
	fake_say(conn, "{'type':'report','channel':2,'late':90000000,'concealed':90000000}");
	fake_expect_no_error(conn);
	assert_in_range(hall->late[2], 2 * 50, (2 + 1 + RING_MS / 1000) * 50);
	assert_int_equal(hall->concealed[2], hall->late[2]);
	world_seconds(world, 2);
	uint64_t before = hall->concealed[2];
	fake_say(conn, "{'type':'report','channel':2,'late':90000000,'concealed':90000007}");
	assert_int_equal(hall->concealed[2], before + 7);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(listening_then_every_beat),
		TEST(listening_before_the_first_beat),
		TEST(history_is_flagged_and_not_counted),
		TEST(switching_leaves_no_hole),
		TEST(unlisten_stops),
		TEST(listening_twice_is_once),
		TEST(several_channels_at_once),
		TEST(high_rendition),
		TEST(bad_listens),
		TEST(ticket_with_channels),
		TEST(slow_one_is_moved_on_and_told),
		TEST(resumed_listener_misses_nothing),
		TEST(resumed_too_late_starts_at_what_is_held),
		TEST(resumed_when_nobody_was_left),
		TEST(resumed_while_the_old_one_hangs),
		TEST(skipped_beats_are_a_gap),
		TEST(reports_are_counted_once),
		TEST(a_report_is_no_larger_than_its_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
