/* Taps: hearing one source as it comes in, before it is the floor and beside it. Who may, what a shut microphone gives, switching
 * and resuming, and that a room where nobody taps pays nothing. The talk, where people hear each other so, is in test_flow_cases.c.
 */
#include "flow/scene.h"

#include <stdio.h>
#include <string.h>

#define BACKUP_HZ 700

static void tap(struct fake_conn *conn, const char *source)
{
	fake_say(conn, "{'type':'listen','source':'%s'}", source);
	fake_expect_no_error(conn);
}

/* A tone in the newest 200 ms of a source; like scene_heard() all or nothing. */
static bool heard(struct fake_conn *conn, const char *source, double hz)
{
	double amplitude = fake_amplitude_now(fake_stream_of_source(conn, source), 10, hz);
	if (amplitude > 0.05 * FULL && amplitude < 0.75 * FULL)
		fail_msg("%s has %g Hz half: %g", source, hz, amplitude);
	return amplitude >= 0.75 * FULL;
}

static enum label label(struct fake_conn *conn, const char *source)
{
	const struct fake_stream *stream = fake_stream_of_source(conn, source);
	return stream->header[stream->count - 1].label;
}

static void expect_unbroken(struct fake_conn *conn, const char *source)
{
	const struct fake_stream *stream = fake_stream_of_source(conn, source);
	assert_int_equal(stream->gaps, 0);
	assert_int_equal(stream->header[stream->count - 1].seq, conn->world->beat - 1);
	for (unsigned i = 0; i < stream->count; i++)
		assert_int_equal(stream->header[i].flags & WIRE_DISCONTINUITY, 0);
}

/* The technician listens into the spare microphone before it is needed, and nobody else hears of it. */
static void main_and_backup_before_it_is_the_floor(void **state)
{
	struct scene scene = scene_set(*state);
	fake_publish(fake_join_as(scene.world, ROLE_SPEAKER, NULL), "floor/backup", BACKUP_HZ, false);
	fake_say(scene.av, "{'type':'listen','source':'floor/backup','history':8}");
	const json_t *listening = fake_next(scene.av, "listening");
	assert_string_equal(scene_word(listening, "source"), "floor/backup");
	assert_string_equal(scene_word(listening, "rendition"), "standard");
	assert_null(json_object_get(listening, "channel"));
	assert_int_equal(scene_number(listening, "frame_ms"), 20);
	assert_int_equal(scene_number(listening, "epoch"), 0x100);
	assert_int_equal(scene_number(listening, "seq"), scene.world->beat);
	assert_int_equal(scene_number(listening, "server_us"), beat_due_us(20, scene.world->beat));
	tap(scene.av, "floor/main");
	fake_say(scene.av, "{'type':'listen','channel':0}");
	world_seconds(scene.world, 2);
	assert_int_equal(scene.av->streams, 3);
	assert_int_equal(fake_stream_of_source(scene.av, "floor/backup")->header[0].seq, scene_number(listening, "seq"));
	assert_true(heard(scene.av, "floor/backup", BACKUP_HZ) && !heard(scene.av, "floor/backup", FLOOR_HZ));
	assert_true(heard(scene.av, "floor/main", FLOOR_HZ) && !heard(scene.av, "floor/main", BACKUP_HZ));
	assert_false(scene_heard(&scene, FLOOR, BACKUP_HZ));
	scene.floor->on = false; /* the floor changes over, the taps stay what they are */
	world_seconds(scene.world, 3);
	assert_true(scene_heard(&scene, FLOOR, BACKUP_HZ));
	assert_int_equal(label(scene.av, "floor/main"), LABEL_SILENT);
	assert_int_equal(label(scene.av, "floor/backup"), LABEL_ORIGINAL);
	expect_unbroken(scene.av, "floor/main");
	expect_unbroken(scene.av, "floor/backup");
	scene_no_hole(&scene);
}

/* OFF and COUGH reach no output, the technician's neither (room/README.md, "Invariants"). */
static void a_desk_is_heard_while_it_is_on(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ), two = scene_sit(&scene, "zh-en/2", TWO_HZ);
	tap(scene.av, "desk/zh-en/1");
	tap(scene.av, "desk/zh-en/2");
	world_seconds(scene.world, 1);
	assert_false(heard(scene.av, "desk/zh-en/1", ONE_HZ));
	assert_int_equal(label(scene.av, "desk/zh-en/1"), LABEL_SILENT);
	scene_mic(one, "on");
	world_seconds(scene.world, 1);
	assert_true(heard(scene.av, "desk/zh-en/1", ONE_HZ));
	assert_int_equal(label(scene.av, "desk/zh-en/1"), LABEL_ORIGINAL);
	assert_false(heard(scene.av, "desk/zh-en/2", ONE_HZ) || heard(scene.av, "desk/zh-en/2", TWO_HZ));
	scene_mic(one, "cough");
	scene_mic(two, "on");
	world_beats(scene.world, 15);
	assert_false(heard(scene.av, "desk/zh-en/1", ONE_HZ));
	assert_true(heard(scene.av, "desk/zh-en/2", TWO_HZ));
	scene_mic(one, "on");
	fake_say(scene.av, "{'type':'operate','action':'mic_off','desk':'zh-en/2'}");
	world_beats(scene.world, 15);
	assert_true(heard(scene.av, "desk/zh-en/1", ONE_HZ));
	assert_false(heard(scene.av, "desk/zh-en/2", TWO_HZ));
	scene_mic(one, "off");
	world_beats(scene.world, 15);
	assert_false(heard(scene.av, "desk/zh-en/1", ONE_HZ));
	expect_unbroken(scene.av, "desk/zh-en/1");
}

static void publishers_come_and_go(void **state)
{
	struct scene scene = scene_set(*state);
	tap(scene.av, "floor/main");
	tap(scene.av, "floor/backup"); /* nobody has ever sent anything there */
	world_seconds(scene.world, 1);
	assert_int_equal(label(scene.av, "floor/backup"), LABEL_SILENT);
	fake_drop(scene.speaker);
	world_seconds(scene.world, 1);
	assert_int_equal(label(scene.av, "floor/main"), LABEL_SILENT);
	fake_publish(fake_join_as(scene.world, ROLE_SPEAKER, NULL), "floor/main", BACKUP_HZ, true);
	world_seconds(scene.world, 2);
	assert_int_equal(label(scene.av, "floor/main"), LABEL_ORIGINAL);
	assert_true(heard(scene.av, "floor/main", BACKUP_HZ) && !heard(scene.av, "floor/main", FLOOR_HZ));
	expect_unbroken(scene.av, "floor/main");
	expect_unbroken(scene.av, "floor/backup");
}

/* ---- what it costs ---- */

/* Frames encoded in the hall so far, by the metrics. */
static unsigned long encoded(struct world *world)
{
	static const char name[] = "boothcast_encode_seconds_count{room=\"hall\"} ";
	unsigned long count = 0;
	struct fake_exchange *ex = fake_request(world, "GET", "/metrics", NULL, NULL);
	const char *at = strstr(ex->body.at, name);
	assert_non_null(at);
	assert_int_equal(sscanf(at + sizeof name - 1, "%lu", &count), 1);
	fake_hang_up(ex);
	return count;
}

static unsigned long encoded_each_beat(struct world *world)
{
	unsigned long before = encoded(world);
	world_beats(world, 10);
	return (encoded(world) - before) / 10;
}

static void nobody_listens_nothing_is_encoded(void **state)
{
	struct scene scene = scene_set(*state);
	unsigned long channels = encoded_each_beat(scene.world);
	assert_int_equal(channels, 4); /* those of the scene that somebody listens to */
	tap(scene.av, "floor/main");
	tap(scene.av, "floor/backup");
	struct fake_conn *organiser = fake_join_as(scene.world, ROLE_ORGANISER, NULL);
	tap(organiser, "floor/main"); /* two listeners, one encoder */
	world_beats(scene.world, 1);
	assert_int_equal(encoded_each_beat(scene.world), channels + 2);
	fake_say(scene.av, "{'type':'unlisten','source':'floor/main'}");
	fake_say(scene.av, "{'type':'unlisten','source':'floor/backup'}");
	fake_drop(organiser);
	world_seconds(scene.world, 11);
	assert_int_equal(encoded_each_beat(scene.world), channels);
	tap(scene.av, "floor/main");
	world_seconds(scene.world, 1);
	assert_true(heard(scene.av, "floor/main", FLOOR_HZ));
	fake_expect_no_error(scene.av);
}

/* ---- who may ---- */

static void expect_not_allowed(struct fake_conn *conn)
{
	static const char *const names[] = {"floor/main", "floor/nothing", "desk/zh-en/1"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		fake_say(conn, "{'type':'listen','source':'%s'}", names[i]);
		fake_expect_error(conn, "not_allowed", "listen"); /* whether it is there or not */
	}
}

static void only_those_who_monitor(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ);
	scene_mic(one, "on");
	expect_not_allowed(scene.listener);
	expect_not_allowed(scene.speaker); /* the hall's floor is no table */
	expect_not_allowed(one.conn);
	expect_not_allowed(fake_join_as(scene.world, ROLE_PRESS, NULL));
	struct fake_conn *organiser = fake_join_as(scene.world, ROLE_ORGANISER, NULL);
	tap(organiser, "desk/zh-en/1");
	world_seconds(scene.world, 1);
	assert_true(heard(organiser, "desk/zh-en/1", ONE_HZ));
	assert_null(json_object_get(fake_joined(scene.speaker), "talk"));
}

static void bad_taps(void **state)
{
	struct scene scene = scene_set(*state);
	static const struct {
		const char *message, *code, *about;
	} all[] = {
		{"{'type':'listen','source':'floor/nothing'}", "no_source", "listen"},
		{"{'type':'listen','source':'main'}", "no_source", "listen"},
		{"{'type':'listen','source':''}", "no_source", "listen"},
		{"{'type':'listen','source':0}", "bad_field", "listen"},
		{"{'type':'listen','source':'floor/main','channel':1}", "bad_field", "listen"},
		{"{'type':'listen','source':'floor/main','history':-1}", "bad_field", "listen"},
		{"{'type':'listen','source':'floor/main','instead_of':'floor/nothing'}", "no_source", "listen"},
		{"{'type':'listen','source':'floor/main','instead_of':'floor/main'}", "not_listening", "listen"},
		{"{'type':'unlisten','source':'floor/main'}", "not_listening", "unlisten"},
		{"{'type':'unlisten','source':'desk'}", "no_source", "unlisten"},
		{"{'type':'report','source':'floor/main','late':-1,'concealed':0}", "bad_field", "report"},
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		fake_say(scene.av, "%s", all[i].message);
		fake_expect_error(scene.av, all[i].code, all[i].about);
	}
	assert_int_equal(fake_count(scene.av, "listening"), 0);
	tap(scene.av, "floor/main");
	fake_say(scene.av, "{'type':'report','source':'floor/main','late':3,'concealed':2}");
	fake_expect_no_error(scene.av);
	struct hall *hall = house_find(scene.world->house, "hall");
	assert_int_equal(hall->late[0], 0); /* a source is no channel */
	assert_int_equal(*scene.world->house->counts.late, 3);
}

/* ---- switching, falling behind, coming back ---- */

/* Channel to source, source to source, source to channel: on every beat one packet of one of them, history aside. */
static void switching_leaves_no_hole(void **state)
{
	static const char *const ways[] = {"'source':'floor/main','instead_of':1", "'source':'floor/backup','instead_of':'floor/main'",
					   "'channel':2,'instead_of':'floor/backup'", "'channel':1,'instead_of':2"};
	struct scene scene = scene_set(*state);
	struct fake_conn *conn = scene.av;
	fake_say(conn, "{'type':'listen','channel':1}");
	uint32_t first = (uint32_t)scene.world->beat;
	for (unsigned i = 0; i < 24; i++) {
		world_beats(scene.world, 1 + i % 7);
		fake_say(conn, "{'type':'listen',%s,'history':%u}", ways[i % 4], i % 9);
	}
	world_beats(scene.world, 5);
	fake_expect_no_error(conn);
	uint32_t beats = (uint32_t)scene.world->beat - first;
	unsigned got[300] = {0};
	for (unsigned s = 0; s < conn->streams; s++) {
		for (unsigned i = 0; i < conn->stream[s].count; i++) {
			const struct wire_down *header = &conn->stream[s].header[i];
			if ((header->flags & WIRE_HISTORY) == 0)
				got[header->seq - first]++;
		}
	}
	for (uint32_t i = 0; i < beats; i++)
		assert_int_equal(got[i], 1);
}

static void a_slow_one_is_told_which(void **state)
{
	struct scene scene = scene_set(*state);
	tap(scene.av, "floor/main");
	world_beats(scene.world, 10);
	fake_set_full(scene.av, true);
	world_beats(scene.world, 150);
	fake_set_full(scene.av, false);
	const json_t *error = fake_next(scene.av, "error");
	assert_string_equal(scene_word(error, "code"), "skipped");
	assert_string_equal(scene_word(error, "source"), "floor/main");
	assert_null(json_object_get(error, "channel"));
	assert_int_equal(scene_number(error, "skipped_ms"), 149 * 20);
}

static struct fake_conn *come_back(struct scene *scene, struct fake_conn *old, uint32_t seq)
{
	struct fake_conn *conn = fake_open(scene->world);
	fake_say(conn,
		 "{'type':'join','room':'hall','ticket':'%s','resume':{'token':'%s','listens':["
		 "{'source':'floor/main','seq':%u},{'channel':1,'seq':%u}]}}",
		 world_ticket(scene->world, &(struct fake_ticket){.room = "hall", .role = ROLE_AV}),
		 scene_word(fake_joined(old), "resume"), seq, seq);
	fake_expect_no_error(conn);
	assert_int_equal(fake_count(conn, "listening"), 2);
	return conn;
}

static void resumed_where_it_was(void **state)
{
	struct scene scene = scene_set(*state);
	tap(scene.av, "floor/main");
	world_beats(scene.world, 50);
	uint32_t last = (uint32_t)scene.world->beat - 1;
	fake_drop(scene.av);
	world_beats(scene.world, 50); /* a second away: the tap lingers */
	struct fake_conn *conn = come_back(&scene, scene.av, last);
	world_beats(scene.world, 10);
	const struct fake_stream *stream = fake_stream_of_source(conn, "floor/main");
	assert_int_equal(stream->header[0].seq, last + 1);
	assert_int_equal(stream->count, 60);
	expect_unbroken(conn, "floor/main");
	fake_drop(conn);
	world_seconds(scene.world, 15); /* too long: it starts at now, and says that something is missing */
	last = (uint32_t)scene.world->beat;
	conn = come_back(&scene, conn, last - 15 * 50);
	world_beats(scene.world, 10);
	stream = fake_stream_of_source(conn, "floor/main");
	assert_int_equal(stream->header[0].seq, last);
	assert_int_equal(stream->header[0].flags & WIRE_DISCONTINUITY, WIRE_DISCONTINUITY);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(main_and_backup_before_it_is_the_floor),
		TEST(a_desk_is_heard_while_it_is_on),
		TEST(publishers_come_and_go),
		TEST(nobody_listens_nothing_is_encoded),
		TEST(only_those_who_monitor),
		TEST(bad_taps),
		TEST(switching_leaves_no_hole),
		TEST(a_slow_one_is_told_which),
		TEST(resumed_where_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
