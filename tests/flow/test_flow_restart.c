/* A restart of the server in mid-conference (room/README.md, "Lost links"): the house ends and another one is made on the same state
 * folder. Who sat where, and what the operator chose, is read from the event log; who was ON is in COUGH until a person presses.
 */
#include "flow/scene.h"

#include "boothcast/wire.h"
#include "control/memory.h"
#include "room/journal.h"
#include "room/replay.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int set_up(void **state)
{
	struct world *world = world_new(2);
	house_remember(world->house, world->state);
	*state = world;
	return 0;
}

static void come_up(struct world *world)
{
	world_come_up(world);
	world_beats(world, 3);
}

static void restart(struct world *world)
{
	world_go_down(world);
	come_up(world);
}

/* Floor, technician and listener are there again, as their pages would be within a second; those of before are gone. */
static struct scene scene_again(struct world *world)
{
	return scene_set(world);
}

static void journal_path(const struct world *world, char path[128])
{
	snprintf(path, 128, "%s/journal/hall.jsonl", world->state);
}

/* The whole log gives the same routing; returns its number of events. Only when the server is down: a thread writes. */
static uint64_t expect_replays(const struct world *world)
{
	char path[128], *line = malloc(JOURNAL_LINE_MAX);
	struct replay *replay = malloc(sizeof *replay);
	journal_path(world, path);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	replay_init(replay);
	while (fgets(line, JOURNAL_LINE_MAX, file) != NULL) {
		if (!replay_line(replay, line))
			fail_msg("line %u: %s: %s", (unsigned)replay->lines, status_word(replay->status), line);
	}
	assert_true(replay->begun);
	assert_int_equal(replay->differences, 0);
	uint64_t events = replay->events;
	fclose(file);
	free(replay);
	free(line);
	return events;
}

static bool seated(const struct scene *scene, const char *desk)
{
	return scene_flag(scene_desk(scene->av, desk), "seated");
}

static const char *mic(const struct scene *scene, const char *desk)
{
	return scene_word(scene_desk(scene->av, desk), "mic");
}

/* ---- */

static void seats_and_keys_come_back(void **state)
{
	struct world *world = *state;
	struct scene scene = scene_set(world);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ), two = scene_sit(&scene, "zh-en/2", TWO_HZ);
	scene_press(one.conn, "output", "to", "B");
	fake_say(one.conn, "{'type':'input','channel':%d}", FR);
	scene_mic(one, "on");
	world_seconds(world, 1);
	assert_true(scene_heard(&scene, ZH, ONE_HZ));
	world_go_down(world);
	const json_t *error = fake_next(one.conn, "error");
	assert_string_equal(scene_word(error, "code"), "restarting");
	assert_int_equal(scene_number(error, "retry_after_ms"), 1000);
	expect_replays(world);
	come_up(world);
	scene = scene_again(world);
	assert_true(seated(&scene, "zh-en/1") && seated(&scene, "zh-en/2"));
	assert_false(seated(&scene, "fr/1"));
	assert_string_equal(mic(&scene, "zh-en/1"), "cough");
	assert_string_equal(mic(&scene, "zh-en/2"), "off");
	assert_true(scene_heard(&scene, ZH, FLOOR_HZ)); /* nobody is there yet */
	one = scene_come_back(&scene, one, "zh-en/1", ONE_HZ);
	assert_int_equal(scene_number(fake_joined(one.conn), "desk"), 1);
	world_seconds(world, 1);
	assert_int_equal(scene_label(&scene, ZH), LABEL_DIRECT); /* held again, on the same output */
	assert_false(scene_heard(&scene, ZH, ONE_HZ));           /* but not heard: no hot microphone */
	assert_false(scene_heard(&scene, ZH, FLOOR_HZ));
	assert_string_equal(mic(&scene, "zh-en/1"), "cough");
	assert_int_equal(scene_number(scene_desk(scene.av, "zh-en/1"), "input"), FR);
	assert_string_equal(scene_word(scene_desk(scene.av, "zh-en/1"), "name"), "Test");
	scene_mic(one, "on");
	world_seconds(world, 1);
	assert_true(scene_heard(&scene, ZH, ONE_HZ));
	scene_come_back(&scene, two, "zh-en/2", TWO_HZ);
	world_seconds(world, 1);
	assert_string_equal(mic(&scene, "zh-en/2"), "off");
	scene_no_hole(&scene);
	world_go_down(world);
	expect_replays(world);
	come_up(world);
}

static void who_does_not_come_back_loses_the_seat(void **state)
{
	struct world *world = *state;
	struct scene scene = scene_set(world);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ);
	scene_sit(&scene, "zh-en/2", TWO_HZ);
	scene_mic(one, "on");
	restart(world);
	scene = scene_again(world);
	one = scene_come_back(&scene, one, "zh-en/1", ONE_HZ);
	world_seconds(world, RETURN_S - 3);
	assert_true(seated(&scene, "zh-en/1") && seated(&scene, "zh-en/2"));
	world_seconds(world, 4);
	assert_true(seated(&scene, "zh-en/1"));
	assert_false(seated(&scene, "zh-en/2"));
	scene_mic(one, "on");
	world_seconds(world, 1);
	assert_true(scene_heard(&scene, EN, ONE_HZ));
	scene_no_hole(&scene);
}

static struct fake_conn *come_back_anywhere(struct world *world, struct fake_conn *old, const struct fake_ticket *ticket)
{
	struct fake_conn *conn = fake_open(world);
	fake_say(conn, "{'type':'join','room':'hall','ticket':'%s','resume':{'token':'%s'}}", world_ticket(world, ticket),
		 scene_word(fake_joined(old), "resume"));
	assert_non_null(fake_joined(conn));
	return conn;
}

/* A ticket for any desk of the booth: the token says which it was, and a newcomer gets none that waits for somebody. */
static void tickets_for_a_booth_find_their_desks(void **state)
{
	struct world *world = *state;
	const struct fake_ticket any = {.room = "hall", .booth = "zh-en", .role = ROLE_INTERPRETER};
	struct fake_conn *first = fake_join(world, "hall", world_ticket(world, &any));
	struct fake_conn *second = fake_join(world, "hall", world_ticket(world, &any));
	assert_int_equal(scene_number(fake_joined(first), "desk"), 1);
	assert_int_equal(scene_number(fake_joined(second), "desk"), 2);
	restart(world);
	struct fake_conn *back = come_back_anywhere(world, second, &any); /* first to be back, and not at the first desk */
	assert_int_equal(scene_number(fake_joined(back), "desk"), 2);
	assert_string_equal(scene_word(fake_joined(back), "session"), scene_word(fake_joined(second), "session"));
	fake_drop(back);
	world_seconds(world, 12); /* desk 2 is free, desk 1 waits */
	restart(world);
	struct fake_conn *newcomer = fake_join(world, "hall", world_ticket(world, &any));
	assert_int_equal(scene_number(fake_joined(newcomer), "desk"), 2);
	back = come_back_anywhere(world, first, &any);
	assert_int_equal(scene_number(fake_joined(back), "desk"), 1);
	fake_expect_no_error(newcomer);
}

/* The token of desk 2 with a ticket for desk 1 is no way into desk 2. */
static void a_token_does_not_widen_a_ticket(void **state)
{
	struct world *world = *state;
	struct fake_conn *two = fake_join_as(world, ROLE_INTERPRETER, "zh-en/2");
	restart(world);
	const struct fake_ticket ticket = {.room = "hall", .booth = "zh-en", .role = ROLE_INTERPRETER, .desk = 1};
	struct fake_conn *one = come_back_anywhere(world, two, &ticket);
	assert_int_equal(scene_number(fake_joined(one), "desk"), 1);
}

/* Somebody else with the ticket of that desk need not wait: the microphone is OFF, as at every sitting down. */
static void another_person_at_a_kept_desk(void **state)
{
	struct world *world = *state;
	struct scene scene = scene_set(world);
	scene_mic(scene_sit(&scene, "zh-en/1", ONE_HZ), "on");
	restart(world);
	scene = scene_again(world);
	scene_sit(&scene, "zh-en/1", TWO_HZ);
	world_seconds(world, 1);
	assert_string_equal(mic(&scene, "zh-en/1"), "off");
	assert_true(scene_heard(&scene, EN, FLOOR_HZ));
	world_seconds(world, RETURN_S);
	assert_true(seated(&scene, "zh-en/1")); /* nothing is taken from who came meanwhile */
	scene_no_hole(&scene);
}

static void operate(const struct scene *scene, const char *fields)
{
	fake_say(scene->av, "{'type':'operate',%s}", fields);
}

static void choices_of_the_operator_survive(void **state)
{
	struct world *world = *state;
	struct scene scene = scene_set(world);
	operate(&scene, "'action':'fill','channel':3,'on':false");
	operate(&scene, "'action':'interlock','channel':2,'mode':'toggle-override'");
	operate(&scene, "'action':'floor_language','language':'en-GB'");
	operate(&scene, "'action':'auto_relay','channel':2");
	operate(&scene, "'action':'input','input':'backup'");
	operate(&scene, "'action':'emergency','on':true");
	fake_expect_no_error(scene.av);
	world_beats(world, 5);
	restart(world);
	restart(world); /* twice: what was taken up is remembered too */
	scene = scene_again(world);
	const struct room *room = stage_room(house_find(world->house, "hall")->stage);
	assert_int_equal(room->channel[EN].interlock, ROOM_INTERLOCK_TOGGLE);
	assert_int_equal(room->input_chosen, 1);
	assert_int_equal(room->auto_relay, EN);
	assert_string_equal(scene_word(json_object_get(json_object_get(fake_joined(scene.av), "room"), "floor"), "language"),
			    "en-GB");
	for (unsigned channel = FLOOR; channel <= FR; channel++)
		assert_int_equal(scene_label(&scene, channel), LABEL_EMERGENCY);
	operate(&scene, "'action':'emergency','on':false");
	world_seconds(world, 1);
	assert_true(scene_heard(&scene, EN, FLOOR_HZ));
	assert_int_equal(scene_label(&scene, FR), LABEL_SILENT);
	assert_false(scene_heard(&scene, FR, FLOOR_HZ));
	scene_no_hole(&scene);
	world_go_down(world);
	expect_replays(world);
	come_up(world);
}

/* A break goes on after a restart, and so do the words of an emergency; line-up tone was a test, and must not come back over somebody who
 * speaks. */
static void music_and_words_come_back_and_tone_does_not(void **state)
{
	struct world *world = *state;
	struct scene scene = scene_set(world);
	operate(&scene, "'action':'break_music','channel':0,'on':true");
	operate(&scene, "'action':'break_music','channel':3,'on':true");
	operate(&scene, "'action':'line_up','channel':'all','on':true");
	operate(&scene, "'action':'emergency','on':true,'text':{'zh':'请离开','en':'Please leave'}");
	operate(&scene, "'action':'emergency','on':true,'text':{'en':'Please leave by the east doors'}");
	fake_expect_no_error(scene.av);
	world_beats(world, 5);
	restart(world);
	restart(world);
	scene = scene_again(world);
	const json_t *words = json_object_get(json_object_get(fake_joined(scene.av), "room"), "emergency_text");
	assert_string_equal(scene_word(words, "en"), "Please leave by the east doors");
	assert_int_equal(json_object_size(words), 1);
	operate(&scene, "'action':'emergency','on':false");
	world_seconds(world, 1);
	for (unsigned channel = FLOOR; channel <= FR; channel++) {
		double music = fake_amplitude_now(fake_stream_of(scene.listener, channel), 10, MUSIC_HZ);
		assert_int_equal(music > 0.7 * MUSIC_SIZE, channel == FLOOR || channel == FR);
		assert_true(fake_amplitude_now(fake_stream_of(scene.listener, channel), 10, 1000) < 0.01);
	}
	scene_no_hole(&scene);
	world_go_down(world);
	expect_replays(world);
	world->settings->rooms[0].break_music[0] = '\0'; /* the file is not in the settings any more: it is not missed */
	const struct music_shelf *shelf = world->music;
	world->music = NULL;
	come_up(world);
	world->music = (struct music_shelf *)(uintptr_t)shelf;
	scene = scene_again(world);
	assert_true(scene_heard(&scene, FR, FLOOR_HZ) && scene_heard(&scene, FLOOR, FLOOR_HZ));
	world_go_down(world);
	expect_replays(world);
	come_up(world);
}

/* The clock makes the language of a session an event of the room: a replay needs neither. */
static void the_programme_is_followed(void **state)
{
	struct world *world = *state;
	struct scene scene = scene_set(world);
	world_go_down(world);
	struct settings_session *session = &world->settings->rooms[0].programme[1]; /* in English; 09:20 on the next day, by the settings */
	memcpy(session->starts, "2025-03-20 09:20", strlen(session->starts)); /* which is when the tests begin */
	memcpy(session->ends, "2025-03-20 09:21", strlen(session->ends));
	come_up(world);
	scene = scene_again(world);
	const json_t *floor = json_object_get(json_object_get(fake_joined(scene.av), "room"), "floor");
	assert_string_equal(scene_word(floor, "language"), "en-GB");
	assert_string_equal(scene_word(floor, "from"), "programme");
	assert_string_equal(scene_word(scene_channel(scene.listener, ZH), "carries"), "en-GB");
	world_seconds(world, 62); /* the session is over */
	assert_string_equal(scene_word(scene_channel(scene.listener, ZH), "carries"), "zh-CN");
	world_go_down(world);
	expect_replays(world);
	come_up(world);
}

/* What the operator did not touch is what the settings say today. */
static void edited_settings_hold(void **state)
{
	struct world *world = *state;
	struct scene scene = scene_set(world);
	operate(&scene, "'action':'fill','channel':3,'on':false");
	world_beats(world, 5);
	world_go_down(world);
	struct settings_channel *english = &world->settings->rooms[0].channels[EN - 1];
	assert_int_equal(english->number, EN);
	english->fill = false;
	come_up(world);
	scene = scene_again(world);
	assert_int_equal(scene_label(&scene, EN), LABEL_SILENT);
	assert_int_equal(scene_label(&scene, FR), LABEL_SILENT);
	assert_int_equal(scene_label(&scene, ZH), LABEL_ORIGINAL);
}

/* Partners of whom each had selected something else keep it, and the booth has what its speaker had. */
static void partners_keep_their_own_selections(void **state)
{
	struct world *world = *state;
	struct scene scene = scene_set(world);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ), two = scene_sit(&scene, "zh-en/2", TWO_HZ);
	scene_mic(one, "on");
	scene_press(two.conn, "output", "to", "B");
	fake_say(two.conn, "{'type':'input','channel':%d}", FR);
	scene_mic(one, "off"); /* both are OFF: a press would make the other follow */
	world_beats(world, 5);
	restart(world);
	scene = scene_again(world);
	assert_string_equal(scene_word(scene_desk(scene.av, "zh-en/1"), "output"), "A");
	assert_string_equal(scene_word(scene_desk(scene.av, "zh-en/2"), "output"), "B");
	assert_int_equal(scene_number(scene_desk(scene.av, "zh-en/1"), "input"), 0);
	assert_int_equal(scene_number(scene_desk(scene.av, "zh-en/2"), "input"), FR);
	assert_int_equal(stage_room(house_find(world->house, "hall")->stage)->booth[0].output_now, 0);
}

/* A power cut in the middle of a line: that key is lost, nothing else; and the log is sound again from there on. */
static void torn_last_line(void **state)
{
	char path[128];
	struct stat file;
	struct world *world = *state;
	struct scene scene = scene_set(world);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ);
	scene_mic(one, "on");
	world_beats(world, 5);
	scene_press(one.conn, "output", "to", "B");
	world_beats(world, 5);
	world_go_down(world);
	journal_path(world, path);
	for (unsigned round = 0; round < 3; round++) {
		assert_int_equal(stat(path, &file), 0);
		assert_int_equal(file.st_mode & 0777, 0600);
		assert_int_equal(truncate(path, file.st_size - 20), 0);
		come_up(world);
		scene = scene_again(world);
		assert_true(seated(&scene, "zh-en/1"));
		assert_string_equal(mic(&scene, "zh-en/1"), "cough");
		operate(&scene,
			round % 2 == 0 ? "'action':'fill','channel':3,'on':false" : "'action':'fill','channel':3,'on':true");
		world_beats(world, 5);
		world_go_down(world);
		expect_replays(world);
	}
	assert_true(truncate(path, 30) == 0); /* not even a first line is whole */
	come_up(world);
	scene = scene_again(world);
	assert_false(seated(&scene, "zh-en/1"));
	world_go_down(world);
	assert_true(expect_replays(world) > 0);
	come_up(world);
}

/* A line in the middle was spoilt: what comes after it counts all the same. */
static void spoilt_line_in_the_middle(void **state)
{
	char path[128];
	struct world *world = *state;
	struct scene scene = scene_set(world);
	operate(&scene, "'action':'fill','channel':2,'on':false");
	operate(&scene, "'action':'fill','channel':3,'on':false");
	world_beats(world, 5);
	world_go_down(world);
	journal_path(world, path);
	FILE *file = fopen(path, "r+");
	char line[JOURNAL_LINE_MAX];
	long at = 0;
	while (fgets(line, sizeof line, file) != NULL && strstr(line, "\"event\":\"fill\"") == NULL)
		at = ftell(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_true(fputs("#$%&", file) >= 0);
	fclose(file);
	come_up(world);
	scene = scene_again(world);
	assert_int_equal(scene_label(&scene, EN), LABEL_ORIGINAL);
	assert_int_equal(scene_label(&scene, FR), LABEL_SILENT);
}

static void another_shape_starts_fresh(void **state)
{
	struct world *world = *state;
	struct scene scene = scene_set(world);
	scene_mic(scene_sit(&scene, "zh-en/1", ONE_HZ), "on");
	operate(&scene, "'action':'fill','channel':3,'on':false");
	world_beats(world, 5);
	world_go_down(world);
	uint8_t *desks = &world->settings->rooms[0].booths[0].desks, before = *desks;
	*desks = 3;
	come_up(world);
	scene = scene_again(world);
	assert_false(seated(&scene, "zh-en/1"));
	assert_int_equal(scene_label(&scene, FR), LABEL_ORIGINAL);
	world_go_down(world);
	expect_replays(world);
	*desks = before;
	come_up(world);
}

/* A folder that cannot be written is no reason not to hold the conference. */
static void without_a_log(void **state)
{
	char folder[128];
	struct world *world = world_new(1);
	*state = world;
	snprintf(folder, sizeof folder, "%s/file", world->state);
	FILE *file = fopen(folder, "w");
	fclose(file);
	house_remember(world->house, folder);
	struct scene scene = scene_set(world);
	scene_mic(scene_sit(&scene, "zh-en/1", ONE_HZ), "on");
	world_seconds(world, 1);
	assert_true(scene_heard(&scene, EN, ONE_HZ));
	scene_no_hole(&scene);
}

/* Hours of keys from everybody, over five runs: the log gives the same routing. */
static void the_log_replays(void **state)
{
	static const char *const messages[] = {
		"{'type':'mic','state':'on'}",          "{'type':'mic','state':'cough'}",
		"{'type':'mic','state':'off'}",         "{'type':'output','to':'A'}",
		"{'type':'output','to':'B'}",           "{'type':'input','channel':2}",
		"{'type':'true_floor','on':true}",      "{'type':'speak_to_floor','on':true}",
		"{'type':'speak_to_floor','on':false}", "{'type':'handover','action':'take'}",
		"{'type':'handover','action':'offer'}", "{'type':'handover','action':'accept'}",
	};
	static const char *const desks[] = {"zh-en/1", "zh-en/2", "fr/1", "es/1"};
	struct world *world = *state;
	uint32_t random = 7;
	for (unsigned run = 0; run < 5; run++) {
		struct fake_conn *av = fake_join_as(world, ROLE_AV, NULL), *desk[4];
		struct fake_uplink *voice[4];
		for (unsigned i = 0; i < 4; i++) {
			desk[i] = fake_join_as(world, ROLE_INTERPRETER, desks[i]);
			voice[i] = fake_publish(desk[i], "desk", ONE_HZ, false);
		}
		for (unsigned i = 0; i < 400; i++) {
			random = random * 1664525 + 1013904223;
			unsigned who = random >> 30, what = (random >> 16) % 13;
			if (what < 12)
				fake_say(desk[who], "%s", messages[what]);
			else
				voice[who]->on = !voice[who]->on;
			if (i % 40 == 39)
				fake_say(av, "{'type':'operate','action':'interlock','channel':2,'mode':'%s'}",
					 i % 80 == 79 ? "override" : "none");
			world_beats(world, i % 3);
		}
		world_go_down(world);
		assert_true(expect_replays(world) > 100 * (run + 1));
		come_up(world);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(seats_and_keys_come_back),
		TEST(who_does_not_come_back_loses_the_seat),
		TEST(tickets_for_a_booth_find_their_desks),
		TEST(a_token_does_not_widen_a_ticket),
		TEST(another_person_at_a_kept_desk),
		TEST(choices_of_the_operator_survive),
		TEST(music_and_words_come_back_and_tone_does_not),
		TEST(the_programme_is_followed),
		TEST(edited_settings_hold),
		TEST(partners_keep_their_own_selections),
		TEST(torn_last_line),
		TEST(spoilt_line_in_the_middle),
		TEST(another_shape_starts_fresh),
		cmocka_unit_test_teardown(without_a_log, world_tear_down),
		TEST(the_log_replays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
