/* Renditions: a listener who leaves the choice to the server is moved to the saver when its line is thin, and back, and misses nothing;
 * those who chose stay. What is heard is put together by media time from whatever stream it came on, and the seams are listened to.
 */
#include "control/move.h"
#include "flow/fake.h"

#include "base/check.h"
#include "fanout/transfer.h"

#include <stdlib.h>
#include <string.h>

#define CHANNEL 2
#define HZ 440
#define WINDOW 4800 /* 100 ms: a phase that jumps by a quarter of a turn in its middle costs a third of the amplitude */

/* What a connection heard of its channel, beat by beat. */
struct heard {
	uint32_t first, beats;
	unsigned *times; /* that a beat came, history aside */
	uint8_t *label;
	float *pcm; /* 960 samples a beat */
};

static void put_packet(struct heard *heard, const struct fake_stream *stream, unsigned i)
{
	const struct wire_down *header = &stream->header[i];
	unsigned beats = stream->samples / 960;
	if (header->flags & WIRE_HISTORY)
		return;
	for (unsigned k = 0; k < beats; k++) {
		uint32_t at = header->seq * beats + k - heard->first;
		if (at >= heard->beats)
			continue;
		heard->times[at]++;
		heard->label[at] = (uint8_t)header->label;
		memcpy(heard->pcm + (size_t)at * 960, stream->pcm + (size_t)i * stream->samples + (size_t)k * 960, 960 * sizeof(float));
	}
}

/* From beat `first` to the last whole packet of any length. */
static struct heard listen_back(const struct fake_conn *conn, uint32_t first)
{
	uint32_t end = (uint32_t)conn->world->beat / 3 * 3;
	struct heard heard = {.first = first, .beats = end - first};
	heard.times = check_alloc(calloc(heard.beats, sizeof *heard.times));
	heard.label = check_alloc(calloc(heard.beats, sizeof *heard.label));
	heard.pcm = check_alloc(calloc(heard.beats, 960 * sizeof *heard.pcm));
	for (unsigned s = 0; s < conn->streams; s++) {
		for (unsigned i = 0; i < conn->stream[s].count; i++)
			put_packet(&heard, &conn->stream[s], i);
	}
	return heard;
}

static void heard_free(struct heard *heard)
{
	free(heard->times);
	free(heard->label);
	free(heard->pcm);
}

/* Every beat once, and a tone without a seam from `from` (of the beats) on. */
static void assert_whole(const struct heard *heard, uint32_t from)
{
	for (uint32_t i = 0; i < heard->beats; i++)
		assert_int_equal(heard->times[i], 1);
	for (size_t at = (size_t)from * 960; at + WINDOW <= (size_t)heard->beats * 960; at += WINDOW / 4) {
		double amplitude = fake_amplitude_of(heard->pcm + at, WINDOW, HZ);
		if (amplitude < 0.17 || amplitude > 0.23)
			fail_msg("amplitude %.3f at beat %zu", amplitude, at / 960);
	}
}

/* No listener of the first room is on its way from one rendition to another. */
static void assert_nobody_moves(const struct world *world)
{
	for (const struct session *session = world->house->hall[0].first; session != NULL; session = session->next) {
		for (const struct listening *l = session->listenings; l != NULL; l = l->next)
			assert_null(l->listener->transfer);
	}
}

static void report(struct fake_conn *conn, unsigned concealed)
{
	fake_say(conn, "{'type':'report','channel':%d,'played':1,'buffer_ms':80,'late':0,'concealed':%u}", CHANNEL, concealed);
}

/* Seconds in each of which `missing` times 20 ms are missing. */
static void seconds(struct fake_conn *conn, unsigned count, unsigned missing, unsigned *concealed)
{
	for (unsigned i = 0; i < count; i++) {
		world_seconds(conn->world, 1);
		report(conn, *concealed += missing);
	}
}

static const char *rendition_told(struct fake_conn *conn)
{
	const json_t *listening = fake_next(conn, "listening");
	return listening == NULL ? "" : json_string_value(json_object_get(listening, "rendition"));
}

static struct fake_conn *listener_of(struct world *world, const char *room, const char *rendition)
{
	struct fake_conn *conn = fake_join(world, room, NULL);
	fake_say(conn, "{'type':'listen','channel':%d,'rendition':'%s','history':8}", CHANNEL, rendition);
	return conn;
}

static void tone_on(struct world *world)
{
	fake_publish(fake_join_as(world, ROLE_SPEAKER, NULL), "floor/main", HZ, false);
	world_seconds(world, 1);
}

static unsigned beats_of(const struct world *world)
{
	return (unsigned)world->beat;
}

static void thin_line_and_back(void **state)
{
	struct world *world = *state;
	unsigned concealed = 0;
	tone_on(world);
	struct fake_conn *conn = listener_of(world, "hall", "auto");
	uint32_t first = beats_of(world);
	assert_string_equal(rendition_told(conn), "standard");
	seconds(conn, 5, 0, &concealed);
	seconds(conn, MOVER_BAD_S, 10, &concealed);
	const json_t *listening = fake_next(conn, "listening");
	assert_non_null(listening);
	assert_string_equal(json_string_value(json_object_get(listening, "rendition")), "saver");
	assert_int_equal(json_integer_value(json_object_get(listening, "frame_ms")), 60);
	uint32_t seq = (uint32_t)json_integer_value(json_object_get(listening, "seq"));
	assert_int_equal(json_integer_value(json_object_get(listening, "server_us")), beat_due_us(60, seq));
	assert_in_range(seq * 3 - beats_of(world), MOVE_NOTICE_MS / 20, MOVE_NOTICE_MS / 20 + 3); /* room is made first */
	seconds(conn, 5, 0, &concealed);
	struct fake_stream *saver = fake_stream_of(conn, CHANNEL);
	assert_int_equal(saver->samples, PACKET_SAMPLES_MAX);
	assert_int_equal(saver->history, 3); /* so that the decoder is ready */
	assert_int_equal(saver->header[0].seq, seq - 3);
	assert_int_equal(saver->header[3].seq, seq);

	seconds(conn, MOVER_PATIENCE_S, 0, &concealed);
	assert_string_equal(rendition_told(conn), "standard");
	seconds(conn, 5, 0, &concealed);
	assert_string_equal(rendition_told(conn), "");
	struct heard heard = listen_back(conn, first);
	assert_whole(&heard, 20);
	heard_free(&heard);
	assert_nobody_moves(world);
	fake_expect_no_error(conn);
}

/* Who asked for a rendition has it, whatever the line; a seldom stall moves nobody. */
static void who_chose_stays(void **state)
{
	struct world *world = *state;
	static const char *const words[] = {"standard", "high", "saver"};
	for (unsigned i = 0; i < 3; i++) {
		unsigned concealed = 0;
		struct fake_conn *conn = listener_of(world, "hall", words[i]);
		assert_string_equal(rendition_told(conn), words[i]);
		seconds(conn, 8, 20, &concealed);
		seconds(conn, 2, 0, &concealed);
		assert_string_equal(rendition_told(conn), "");
		fake_drop(conn);
	}
	unsigned concealed = 0;
	struct fake_conn *conn = listener_of(world, "hall", "auto");
	fake_next(conn, "listening");
	for (unsigned i = 0; i < 6; i++) {
		seconds(conn, 1, 50, &concealed);
		seconds(conn, MOVER_WINDOW_S, 0, &concealed);
	}
	assert_string_equal(rendition_told(conn), "");
}

/* Everything that a connection hears goes by one line; what it switches to begins where the line is. */
static void a_line_is_one(void **state)
{
	struct world *world = *state;
	unsigned concealed = 0;
	struct fake_conn *conn = listener_of(world, "hall", "auto");
	fake_say(conn, "{'type':'listen','channel':0,'rendition':'auto'}");
	fake_say(conn, "{'type':'listen','channel':3}");
	conn->read = json_array_size(conn->inbox);
	seconds(conn, MOVER_BAD_S, 10, &concealed);
	assert_string_equal(rendition_told(conn), "saver");
	assert_string_equal(rendition_told(conn), "saver");
	assert_string_equal(rendition_told(conn), ""); /* channel 3 was asked for as it is */
	fake_say(conn, "{'type':'listen','channel':4,'rendition':'auto','instead_of':%d,'history':8}", CHANNEL); /* in the middle of it */
	assert_string_equal(rendition_told(conn), "saver");
	world_seconds(world, 5);
	assert_int_equal(fake_stream_of(conn, 4)->history, 3);
	assert_int_equal(fake_stream_of(conn, 4)->gaps, 0);
	assert_int_equal(fake_stream_of(conn, 0)->gaps, 0);
	fake_assert_perfect(conn, 3);
	assert_nobody_moves(world);
}

/* The line breaks, during a move or after it: what comes back is what was there. */
static void resumed_as_it_was(void **state)
{
	struct world *world = *state;
	unsigned concealed = 0;
	tone_on(world);
	struct fake_conn *conn = listener_of(world, "hall", "auto");
	fake_next(conn, "listening");
	seconds(conn, MOVER_BAD_S, 10, &concealed);
	world_beats(world, 20);
	fake_drop(conn); /* while it moves */
	assert_nobody_moves(world);

	conn = listener_of(world, "hall", "saver");
	world_seconds(world, 2);
	struct fake_stream *saver = fake_stream_of(conn, CHANNEL);
	uint32_t last = saver->header[saver->count - 1].seq;
	fake_drop(conn);
	world_beats(world, 50);
	conn = fake_open(world);
	fake_say(conn, "{'type':'join','room':'hall','resume':{'listens':[{'channel':%d,'rendition':'saver','auto':true,'seq':%u}]}}", CHANNEL,
		 last);
	assert_string_equal(rendition_told(conn), "saver");
	world_seconds(world, 1);
	assert_int_equal(fake_stream_of(conn, CHANNEL)->header[0].seq, last + 1);
	assert_int_equal(fake_stream_of(conn, CHANNEL)->gaps, 0);
	concealed = 0;
	seconds(conn, MOVER_PATIENCE_S + 2, 0, &concealed);
	assert_string_equal(rendition_told(conn), "standard"); /* the server may move it, as before */
}

/* In the room whose people walk about the saver is what "auto" means. */
static void home_of_the_room(void **state)
{
	(void)state;
	struct world *world = world_new(3);
	unsigned concealed = 0;
	struct fake_conn *conn = listener_of(world, "visit", "auto"), *chose = listener_of(world, "visit", "standard");
	assert_string_equal(rendition_told(conn), "saver");
	assert_string_equal(rendition_told(chose), "standard");
	seconds(conn, MOVER_PATIENCE_S * 2, 0, &concealed);
	assert_string_equal(rendition_told(conn), "");
	fake_assert_perfect(chose, CHANNEL);
	world_free(world);
}

/* A socket that is full in the middle of a move: first what is left of the old stream, then the new one, all of it. */
static void full_during_the_move(void **state)
{
	struct world *world = *state;
	unsigned concealed = 0;
	tone_on(world);
	struct fake_conn *conn = listener_of(world, "hall", "auto");
	uint32_t first = beats_of(world);
	fake_next(conn, "listening");
	seconds(conn, MOVER_BAD_S, 10, &concealed);
	world_beats(world, MOVE_NOTICE_MS / 20 - 10);
	fake_set_full(conn, true);
	world_beats(world, 40);
	fake_set_full(conn, false);
	world_beats(world, 40);
	struct heard heard = listen_back(conn, first);
	assert_whole(&heard, 20);
	heard_free(&heard);
	struct fake_stream *saver = fake_stream_of(conn, CHANNEL), *standard = &conn->stream[0];
	assert_true(standard->order[standard->count - 1] < saver->order[saver->history]);
	fake_expect_no_error(conn);
}

/* The label of a long packet is that of its last beat: a change is never shown late, and less than a packet early. */
static void label_of_a_long_packet(void **state)
{
	struct world *world = *state;
	tone_on(world);
	struct fake_conn *saver = listener_of(world, "hall", "saver"), *standard = listener_of(world, "hall", "standard");
	struct fake_conn *desk = fake_join_as(world, ROLE_INTERPRETER, "zh-en/1");
	uint32_t first = beats_of(world) / 3 * 3 + 3;
	fake_publish(desk, "desk", 1000, false);
	for (unsigned i = 0; i < 9; i++) {
		world_beats(world, 16 + i);
		fake_say(desk, "{'type':'mic','state':'%s'}", i % 2 == 0 ? "on" : "off");
	}
	world_beats(world, 30);
	struct heard true_labels = listen_back(standard, first), shown = listen_back(saver, first);
	unsigned changes = 0;
	for (uint32_t i = 0; i < shown.beats; i++) {
		assert_int_equal(shown.label[i], true_labels.label[i / 3 * 3 + 2]);
		changes += i > 0 && true_labels.label[i] != true_labels.label[i - 1];
	}
	assert_true(changes >= 6);
	struct fake_stream *stream = fake_stream_of(saver, CHANNEL);
	for (unsigned i = 4; i < stream->count; i++) {
		if (stream->header[i].label != stream->header[i - 1].label)
			assert_int_equal(stream->header[i].flags & WIRE_SOURCE_CHANGED, WIRE_SOURCE_CHANGED);
	}
	heard_free(&true_labels);
	heard_free(&shown);
}

/* Many with lines of all kinds at once: everybody hears every beat once, whenever they are moved. */
static void many_at_once(void **state)
{
	enum { PEOPLE = 12 };
	struct world *world = *state;
	struct fake_conn *conn[PEOPLE];
	unsigned concealed[PEOPLE] = {0}, moved = 0;
	uint32_t first[PEOPLE];
	static const char *const words[] = {"auto", "standard", "auto", "saver", "auto", "high"};
	tone_on(world);
	for (unsigned i = 0; i < PEOPLE; i++) {
		conn[i] = listener_of(world, "hall", words[i % 6]);
		world_beats(world, 7);
		first[i] = (beats_of(world) + 2) / 3 * 3;
	}
	for (unsigned second = 0; second < 100; second++) {
		world_seconds(world, 1);
		for (unsigned i = 0; i < PEOPLE; i++) {
			bool bad = second % (20 + 5 * i) < i; /* the later they came the worse their lines */
			report(conn[i], concealed[i] += bad ? 5 : 0);
		}
	}
	world_seconds(world, 5);
	for (unsigned i = 0; i < PEOPLE; i++) {
		struct heard heard = listen_back(conn[i], first[i]);
		assert_whole(&heard, 20);
		heard_free(&heard);
		assert_true(words[i % 6][0] == 'a' || fake_count(conn[i], "listening") == 1);
		moved += fake_count(conn[i], "listening") - 1;
		fake_expect_no_error(conn[i]);
	}
	assert_true(moved >= 6);
	assert_nobody_moves(world);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(thin_line_and_back),
		TEST(who_chose_stays),
		TEST(a_line_is_one),
		TEST(resumed_as_it_was),
		TEST(full_during_the_move),
		TEST(label_of_a_long_packet),
		TEST(many_at_once),
		cmocka_unit_test(home_of_the_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
