/* What the technician puts on channels: line-up tone, break music, an emergency with words; and what is told of the language on the
 * floor. Each rule by what a listener decodes, and by what everybody is told.
 */
#include "control/session.h"
#include "flow/scene.h"

#include <string.h>

#define TONE_HZ 1000
#define TONE_SIZE 0.126 /* -18 dBFS */
#define ES_HZ 2900

static void operate(const struct scene *scene, const char *fields)
{
	fake_say(scene->av, "{'type':'operate',%s}", fields);
	fake_expect_no_error(scene->av);
}

static double now(const struct scene *scene, unsigned channel, double hz)
{
	return fake_amplitude_now(fake_stream_of(scene->listener, channel), 10, hz);
}

static bool tone_on(const struct scene *scene, unsigned channel)
{
	double size = now(scene, channel, TONE_HZ);
	assert_true(size < 0.01 || (size > 0.9 * TONE_SIZE && size < 1.1 * TONE_SIZE));
	return size > 0.01;
}

static bool music_on(const struct scene *scene, unsigned channel)
{
	double size = now(scene, channel, MUSIC_HZ);
	assert_true(size < 0.01 || (size > 0.7 * MUSIC_SIZE && size < 1.5 * MUSIC_SIZE));
	return size > 0.01;
}

static const char *bed(const struct fake_conn *conn, unsigned channel)
{
	const char *word = json_string_value(json_object_get(scene_channel(conn, channel), "bed"));
	return word != NULL ? word : "";
}

static void expect_error(const struct scene *scene, const char *fields, const char *code)
{
	fake_say(scene->av, "{'type':'operate',%s}", fields);
	fake_expect_error(scene->av, code, "operate");
}

/* ---- line-up tone ---- */

static void tone_is_heard_instead_of_a_holder(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat french = scene_sit(&scene, "fr/1", FR_HZ);
	scene_mic(french, "on");
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, FR, FR_HZ) && scene_flag(scene_desk(french.conn, "fr/1"), "on_air"));
	operate(&scene, "'action':'line_up','channel':3,'on':true");
	world_seconds(scene.world, 1);
	assert_true(tone_on(&scene, FR));
	assert_false(scene_heard(&scene, FR, FR_HZ));
	assert_false(tone_on(&scene, EN) || tone_on(&scene, FLOOR));
	assert_int_equal(scene_label(&scene, FR), LABEL_SILENT);
	assert_string_equal(bed(scene.listener, FR), "line_up");
	assert_string_equal(bed(scene.av, FR), "line_up");
	assert_false(scene_flag(scene_desk(french.conn, "fr/1"), "on_air")); /* the server's truth */
	assert_string_equal(scene_word(scene_desk(french.conn, "fr/1"), "mic"), "on");
	operate(&scene, "'action':'line_up','channel':3,'on':false");
	world_seconds(scene.world, 1);
	assert_false(tone_on(&scene, FR));
	assert_true(scene_heard(&scene, FR, FR_HZ));
	assert_string_equal(bed(scene.listener, FR), "");
	scene_no_hole(&scene);
}

static void tone_on_all_is_on_the_floor_too(void **state)
{
	struct scene scene = scene_set(*state);
	operate(&scene, "'action':'line_up','channel':'all','on':true");
	world_seconds(scene.world, 1);
	for (unsigned channel = FLOOR; channel <= FR; channel++) {
		assert_true(tone_on(&scene, channel));
		assert_false(scene_heard(&scene, channel, FLOOR_HZ));
		assert_true(scene_flag(scene_channel(scene.av, channel), "line_up"));
	}
	assert_null(json_object_get(scene_channel(scene.listener, EN), "line_up")); /* a switch is for those who work here */
	operate(&scene, "'action':'line_up','channel':0,'on':false");
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, FLOOR, FLOOR_HZ) && tone_on(&scene, EN));
	operate(&scene, "'action':'line_up','channel':'all','on':false");
	world_seconds(scene.world, 1);
	for (unsigned channel = FLOOR; channel <= FR; channel++)
		assert_true(!tone_on(&scene, channel) && scene_heard(&scene, channel, FLOOR_HZ));
	scene_no_hole(&scene);
}

/* ---- break music ---- */

static void music_waits_for_who_holds_the_channel(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat french = scene_sit(&scene, "fr/1", FR_HZ);
	scene_mic(french, "on");
	operate(&scene, "'action':'break_music','channel':'all','on':true");
	world_seconds(scene.world, 1);
	assert_true(music_on(&scene, ZH) && music_on(&scene, EN));
	assert_false(scene_heard(&scene, ZH, FLOOR_HZ));
	assert_true(scene_heard(&scene, FR, FR_HZ) && !music_on(&scene, FR));
	assert_true(scene_heard(&scene, FLOOR, FLOOR_HZ) && !music_on(&scene, FLOOR)); /* the floor only by its own number */
	assert_int_equal(scene_label(&scene, EN), LABEL_SILENT);
	assert_string_equal(bed(scene.listener, EN), "music");
	assert_string_equal(bed(scene.listener, FR), "");
	assert_true(scene_flag(scene_channel(scene.av, FR), "break_music")); /* it is on, and waits */
	scene_mic(french, "cough");
	world_seconds(scene.world, 1);
	assert_false(music_on(&scene, FR)); /* a cough holds */
	scene_mic(french, "off");
	world_seconds(scene.world, 1);
	assert_true(music_on(&scene, FR));
	scene_mic(french, "on");
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, FR, FR_HZ) && !music_on(&scene, FR));
	operate(&scene, "'action':'break_music','channel':'all','on':false");
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, EN, FLOOR_HZ) && !music_on(&scene, EN));
	scene_no_hole(&scene);
}

/* The floor's own channel is what booths hear. */
static void music_on_the_floor_is_heard_in_the_booths(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ);
	fake_say(one.conn, "{'type':'listen','channel':0}");
	operate(&scene, "'action':'break_music','channel':0,'on':true");
	world_seconds(scene.world, 1);
	assert_true(music_on(&scene, FLOOR) && !music_on(&scene, EN));
	assert_true(fake_amplitude_now(fake_stream_of(one.conn, FLOOR), 10, FLOOR_HZ) < 0.01);
	assert_true(fake_amplitude_now(fake_stream_of(one.conn, FLOOR), 10, MUSIC_HZ) > 0.7 * MUSIC_SIZE);
	assert_true(scene_heard(&scene, EN, FLOOR_HZ)); /* nobody put music there */
	assert_string_equal(scene_word(scene_desk(one.conn, "zh-en/1"), "quality"), "silent");
	operate(&scene, "'action':'break_music','channel':'all','on':false"); /* off is off everywhere */
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, FLOOR, FLOOR_HZ) && !music_on(&scene, FLOOR));
	assert_string_equal(scene_word(scene_desk(one.conn, "zh-en/1"), "quality"), "original");
	scene_no_hole(&scene);
}

static void an_emergency_outranks_both(void **state)
{
	struct scene scene = scene_set(*state);
	operate(&scene, "'action':'line_up','channel':2,'on':true");
	operate(&scene, "'action':'break_music','channel':3,'on':true");
	world_seconds(scene.world, 1);
	assert_true(tone_on(&scene, EN) && music_on(&scene, FR));
	unsigned before = fake_stream_of(scene.listener, FR)->count;
	operate(&scene, "'action':'emergency','on':true,'source':'floor/main'");
	world_seconds(scene.world, 1);
	for (unsigned channel = FLOOR; channel <= FR; channel++) {
		assert_int_equal(scene_label(&scene, channel), LABEL_EMERGENCY);
		assert_true(scene_heard(&scene, channel, FLOOR_HZ));
	}
	assert_true(now(&scene, EN, TONE_HZ) < 0.01 && now(&scene, FR, MUSIC_HZ) < 0.01);
	assert_true(fake_amplitude(fake_stream_of(scene.listener, FR), before + 4, 1, FLOOR_HZ) > 0.15); /* within 100 ms */
	operate(&scene, "'action':'emergency','on':false");
	world_seconds(scene.world, 1);
	assert_true(tone_on(&scene, EN) && music_on(&scene, FR));
	scene_no_hole(&scene);
}

static void what_cannot_be_is_refused(void **state)
{
	struct scene scene = scene_set(*state);
	static const char *const actions[] = {"line_up", "break_music"};
	char fields[100];
	for (unsigned i = 0; i < 2; i++) {
		static const struct {
			const char *fields, *code;
		} all[] = {
			{"'on':true", "bad_field"},
			{"'channel':9,'on':true", "no_channel"},
			{"'channel':-1,'on':true", "bad_field"},
			{"'channel':32,'on':true", "bad_field"},
			{"'channel':255,'on':true", "bad_field"},
			{"'channel':'some','on':true", "bad_field"},
			{"'channel':2", "bad_field"},
			{"'channel':'all','on':'yes'", "bad_field"},
		};
		for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
			snprintf(fields, sizeof fields, "'action':'%s',%s", actions[i], all[k].fields);
			expect_error(&scene, fields, all[k].code);
		}
		fake_say(scene.listener, "{'type':'operate','action':'%s','channel':2,'on':true}", actions[i]);
		fake_expect_error(scene.listener, "not_allowed", "operate");
	}
	world_seconds(scene.world, 1);
	for (unsigned channel = FLOOR; channel <= FR; channel++)
		assert_true(scene_heard(&scene, channel, FLOOR_HZ));
}

/* The room "talks" names no file in its settings: the refusal says what to write. */
static void without_a_file_there_is_no_music(void **state)
{
	struct world *world = *state;
	const struct fake_ticket ticket = {.room = "talks", .role = ROLE_AV};
	struct fake_conn *av = fake_join(world, "talks", world_ticket(world, &ticket)), *hall = fake_join_as(world, ROLE_AV, NULL);
	assert_true(json_is_false(json_object_get(json_object_get(fake_joined(av), "room"), "break_music")));
	assert_true(json_is_true(json_object_get(json_object_get(fake_joined(hall), "room"), "break_music")));
	fake_say(av, "{'type':'operate','action':'break_music','channel':'all','on':true}");
	const json_t *error = fake_next(av, "error");
	assert_string_equal(scene_word(error, "code"), "no_music");
	assert_non_null(strstr(scene_word(error, "message"), "break_music: FILE"));
	fake_say(av, "{'type':'operate','action':'break_music','channel':'all','on':false}"); /* which it is */
	fake_expect_no_error(av);
}

/* ---- an emergency with words ---- */

static const json_t *emergency_text_of(struct fake_conn *conn)
{
	const json_t *message = NULL, *found = NULL;
	for (size_t i = json_array_size(conn->inbox); i-- > 0 && found == NULL;) {
		message = json_array_get(conn->inbox, i);
		if (json_object_get(message, "room") != NULL)
			message = json_object_get(message, "room");
		found = json_object_get(message, "emergency_text");
	}
	assert_non_null(found);
	return found;
}

static void an_emergency_has_words(void **state)
{
	struct scene scene = scene_set(*state);
	assert_int_equal(json_object_size(emergency_text_of(scene.listener)), 0);
	operate(&scene, "'action':'emergency','on':true,'text':{'zh':'请离开','en':'Please leave'}");
	world_beats(scene.world, 3);
	assert_string_equal(scene_word(emergency_text_of(scene.listener), "en"), "Please leave");
	assert_string_equal(scene_word(emergency_text_of(scene.speaker), "zh"), "请离开");
	struct fake_conn *late = fake_listener(scene.world, EN);
	assert_string_equal(scene_word(emergency_text_of(late), "en"), "Please leave");
	unsigned told = fake_count(scene.listener, "state");
	operate(&scene, "'action':'emergency','on':true,'text':'All clear soon'"); /* other words, the same emergency */
	world_beats(scene.world, 10);
	assert_int_equal(fake_count(scene.listener, "state"), told + 1);
	assert_string_equal(scene_word(emergency_text_of(scene.listener), "und"), "All clear soon");
	operate(&scene, "'action':'emergency','on':false");
	world_beats(scene.world, 3);
	assert_int_equal(json_object_size(emergency_text_of(scene.listener)), 0);
	operate(&scene, "'action':'emergency','on':true"); /* without words: those of the settings */
	world_beats(scene.world, 3);
	assert_non_null(strstr(scene_word(emergency_text_of(scene.listener), "en"), "nearest exit"));
	operate(&scene, "'action':'emergency','on':true,'text':{}"); /* none */
	world_beats(scene.world, 10);
	assert_int_equal(json_object_size(emergency_text_of(scene.listener)), 0);
	expect_error(&scene, "'action':'emergency','on':true,'text':7", "bad_field");
	expect_error(&scene, "'action':'emergency','on':true,'text':{'de':'Raus'}", "bad_field");
	expect_error(&scene, "'action':'emergency','on':true,'source':'floor/cellar'", "no_source");
	expect_error(&scene, "'action':'emergency','on':true,'source':7", "bad_field");
}

/* The tone of the emergency is heard whenever the chosen source is not. */
static void an_emergency_falls_back_to_the_tone(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat spanish = scene_sit(&scene, "es/1", ES_HZ);
	operate(&scene, "'action':'emergency','on':true,'source':'desk/es/1'");
	world_seconds(scene.world, 2);
	assert_true(now(&scene, EN, 800) + now(&scene, EN, 1000) > 0.1); /* the microphone is OFF */
	scene_mic(spanish, "on");
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, EN, ES_HZ) && scene_heard(&scene, FLOOR, ES_HZ));
	assert_true(now(&scene, EN, 800) + now(&scene, EN, 1000) < 0.02);
	spanish.voice->on = false;
	world_seconds(scene.world, 4);
	assert_true(now(&scene, EN, 800) + now(&scene, EN, 1000) > 0.1);
	spanish.voice->on = true;
	world_seconds(scene.world, 2);
	assert_true(scene_heard(&scene, EN, ES_HZ));
	scene_no_hole(&scene);
}

/* ---- the language on the floor ---- */

static void expect_floor(const struct scene *scene, const char *language, const char *from)
{
	const json_t *floor = NULL;
	for (size_t i = json_array_size(scene->listener->inbox); i-- > 0 && floor == NULL;) {
		const json_t *message = json_array_get(scene->listener->inbox, i), *room = json_object_get(message, "room");
		floor = json_object_get(room != NULL ? room : message, "floor");
	}
	assert_string_equal(scene_word(floor, "language"), language);
	assert_string_equal(scene_word(floor, "from"), from);
}

static void who_says_what_is_spoken(void **state)
{
	struct scene scene = scene_set(*state);
	expect_floor(&scene, "zh-CN", "programme"); /* what the settings say while no session is on */
	operate(&scene, "'action':'floor_language','language':'en-GB'");
	world_beats(scene.world, 3);
	expect_floor(&scene, "en-GB", "set");
	operate(&scene, "'action':'floor_language','language':''");
	world_beats(scene.world, 3);
	expect_floor(&scene, "zh-CN", "programme");
}

/* ---- what is told to whom ---- */

/* A cough is a key of those who work here: it changes nothing that an audience is told. */
static void a_cough_is_not_told_to_the_audience(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat french = scene_sit(&scene, "fr/1", FR_HZ), two = scene_sit(&scene, "fr/2", TWO_HZ);
	scene_mic(french, "on");
	world_seconds(scene.world, 1);
	unsigned listener = fake_count(scene.listener, "state"), speaker = fake_count(scene.speaker, "state"),
		 av = fake_count(scene.av, "state");
	for (unsigned i = 0; i < 3; i++) {
		scene_mic(french, "cough");
		world_beats(scene.world, 10);
		scene_mic(french, "on");
		world_beats(scene.world, 10);
	}
	scene_mic(two, "on"); /* a handover by the keys: the same channel, the same label */
	world_beats(scene.world, 10);
	scene_mic(french, "off");
	world_beats(scene.world, 10);
	assert_int_equal(fake_count(scene.listener, "state"), listener);
	assert_int_equal(fake_count(scene.speaker, "state"), speaker);
	assert_true(fake_count(scene.av, "state") >= av + 8);
	assert_true(scene_heard(&scene, FR, TWO_HZ));
	scene_mic(two, "off");
	world_beats(scene.world, 10);
	assert_int_equal(fake_count(scene.listener, "state"), listener + 1);
	scene_no_hole(&scene);
}

static unsigned monitors_of(const struct hall *hall)
{
	unsigned count = 0;
	for (const struct session *session = hall->monitors; session != NULL; session = session->next_monitor)
		count++;
	return count;
}

/* Those who monitor are counted, however they come and go. */
static void monitors_are_counted(void **state)
{
	struct world *world = *state;
	struct hall *hall = house_find(world->house, "hall");
	assert_int_equal(monitors_of(hall), 0);
	struct fake_conn *av = fake_join_as(world, ROLE_AV, NULL), *organiser = fake_join_as(world, ROLE_ORGANISER, NULL);
	fake_join_as(world, ROLE_INTERPRETER, "fr/1");
	fake_listener(world, EN);
	assert_int_equal(monitors_of(hall), 2);
	struct fake_conn *again = fake_open(world);
	const struct fake_ticket ticket = {.room = "hall", .role = ROLE_AV};
	fake_say(again, "{'type':'join','room':'hall','ticket':'%s','resume':{'token':'%s'}}", world_ticket(world, &ticket),
		 scene_word(fake_joined(av), "resume")); /* the same session on another connection */
	assert_int_equal(monitors_of(hall), 2);
	fake_drop(organiser);
	world_settle(world);
	assert_int_equal(monitors_of(hall), 1);
	fake_drop(again);
	world_settle(world);
	assert_int_equal(monitors_of(hall), 0);
	world_seconds(world, 1);
	struct fake_conn *later = fake_join_as(world, ROLE_AV, NULL);
	world_seconds(world, 1);
	assert_int_equal(fake_count(later, "levels"), 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(tone_is_heard_instead_of_a_holder),
		TEST(tone_on_all_is_on_the_floor_too),
		TEST(music_waits_for_who_holds_the_channel),
		TEST(music_on_the_floor_is_heard_in_the_booths),
		TEST(an_emergency_outranks_both),
		TEST(what_cannot_be_is_refused),
		TEST(without_a_file_there_is_no_music),
		TEST(an_emergency_has_words),
		TEST(an_emergency_falls_back_to_the_tone),
		TEST(who_says_what_is_spoken),
		TEST(a_cough_is_not_told_to_the_audience),
		TEST(monitors_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
