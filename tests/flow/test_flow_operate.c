/* The technician: levels ten times a second, and every action of `operate` with what listeners hear of it. */
#include "flow/fake.h"

#include <math.h>
#include <string.h>

#define FLOOR_HZ 1000
#define VOICE_HZ 1600
#define EN 2
#define FR 3

static const char *word(const json_t *message, const char *key)
{
	const char *value = json_string_value(json_object_get(message, key));
	assert_non_null(value);
	return value;
}

static double decibels(const json_t *message, const char *key)
{
	assert_true(json_is_number(json_object_get(message, key)));
	return json_number_value(json_object_get(message, key));
}

struct scene {
	struct world *world;
	struct fake_conn *av, *listener, *interpreter;
};

static struct scene set_scene(struct world *world)
{
	struct scene scene = {.world = world, .av = fake_join_as(world, ROLE_AV, NULL), .listener = fake_listener(world, FR)};
	fake_publish(fake_join_as(world, ROLE_SPEAKER, NULL), "floor/main", FLOOR_HZ, false);
	scene.interpreter = fake_join_as(world, ROLE_INTERPRETER, "fr/1");
	fake_publish(scene.interpreter, "desk", VOICE_HZ, false);
	world_seconds(world, 1);
	return scene;
}

static bool heard(const struct scene *scene, double hz)
{
	return fake_amplitude_now(fake_stream_of(scene->listener, FR), 10, hz) > 0.15;
}

static enum label label_now(const struct scene *scene)
{
	struct fake_stream *stream = fake_stream_of(scene->listener, FR);
	return stream->header[stream->count - 1].label;
}

static const json_t *find(const json_t *list, const char *key, const char *value)
{
	size_t i;
	const json_t *entry;
	json_array_foreach(list, i, entry)
	{
		const json_t *field = json_object_get(entry, key);
		if (json_is_string(field) ? strcmp(json_string_value(field), value) == 0
					  : json_integer_value(field) == value[0] - '0')
			return entry;
	}
	fail_msg("no %s %s", key, value);
	return NULL;
}

static const json_t *last_levels(struct fake_conn *conn)
{
	const json_t *levels = NULL, *next;
	while ((next = fake_next(conn, "levels")) != NULL)
		levels = next;
	assert_non_null(levels);
	return levels;
}

static void levels_of_a_known_tone(void **state)
{
	struct scene scene = set_scene(*state);
	const json_t *levels = last_levels(scene.av);
	const double peak_db = 20 * log10(0.2), loudness = peak_db - 3;
	const json_t *floor = find(json_object_get(levels, "sources"), "source", "floor/main");
	assert_true(fabs(decibels(floor, "peak_db") - peak_db) < 0.3);
	assert_true(fabs(decibels(floor, "loudness") - loudness) < 0.3);
	assert_string_equal(word(floor, "link"), "up");
	assert_true(json_integer_value(json_object_get(floor, "received")) > 45);
	const json_t *backup = find(json_object_get(levels, "sources"), "source", "floor/backup");
	assert_true(decibels(backup, "peak_db") <= -99);
	assert_string_equal(word(backup, "link"), "down");
	assert_string_equal(word(find(json_object_get(levels, "sources"), "source", "desk/fr/1"), "link"), "up");
	assert_int_equal(json_array_size(json_object_get(levels, "sources")), 2 + 10);
	assert_int_equal(json_array_size(json_object_get(levels, "channels")), 7);
	const json_t *channel = find(json_object_get(levels, "channels"), "channel", "3");
	assert_true(fabs(decibels(channel, "peak_db") - peak_db) < 0.3);
	assert_true(fabs(decibels(channel, "loudness") - loudness) < 0.3);
	assert_int_equal(json_integer_value(json_object_get(channel, "listeners")), 1);
	assert_int_equal(
		json_integer_value(json_object_get(find(json_object_get(levels, "channels"), "channel", "2"), "listeners")), 0);
}

static void ten_a_second_to_those_who_monitor(void **state)
{
	struct scene scene = set_scene(*state);
	struct fake_conn *organiser = fake_join_as(scene.world, ROLE_ORGANISER, NULL),
			 *press = fake_join_as(scene.world, ROLE_PRESS, NULL);
	unsigned before = fake_count(scene.av, "levels");
	last_levels(scene.av);
	world_seconds(scene.world, 3);
	assert_int_equal(fake_count(scene.av, "levels") - before, 30);
	assert_int_equal(fake_count(organiser, "levels"), 30);
	assert_int_equal(fake_count(press, "levels"), 0);
	assert_int_equal(fake_count(scene.listener, "levels"), 0);
	assert_int_equal(fake_count(scene.interpreter, "levels"), 0);
	long last = 0;
	const json_t *levels;
	while ((levels = fake_next(scene.av, "levels")) != NULL) {
		long seq = (long)json_integer_value(json_object_get(levels, "seq"));
		assert_true(last == 0 || seq - last == 5);
		last = seq;
	}
}

/* Each message has the peak since the one before; the first one not that of an hour ago. */
static void peaks_are_of_now(void **state)
{
	struct world *world = *state;
	struct fake_uplink *uplink = fake_publish(fake_join_as(world, ROLE_SPEAKER, NULL), "floor/main", FLOOR_HZ, false);
	uplink->size = 0.5f;
	world_seconds(world, 2);
	uplink->size = 0.05f;
	world_seconds(world, 1);
	struct fake_conn *av = fake_join_as(world, ROLE_AV, NULL);
	world_beats(world, 5);
	const json_t *levels = fake_next(av, "levels");
	assert_true(decibels(find(json_object_get(levels, "sources"), "source", "floor/main"), "peak_db") < -25);
	assert_true(decibels(find(json_object_get(levels, "channels"), "channel", "3"), "peak_db") < -25);
}

static void fill(void **state)
{
	struct scene scene = set_scene(*state);
	fake_say(scene.av, "{'type':'operate','action':'fill','channel':3,'on':false}");
	world_seconds(scene.world, 1);
	assert_false(heard(&scene, FLOOR_HZ));
	assert_int_equal(label_now(&scene), LABEL_SILENT);
	fake_say(scene.av, "{'type':'operate','action':'fill','channel':3,'on':true}");
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, FLOOR_HZ));
	assert_int_equal(label_now(&scene), LABEL_ORIGINAL);
	fake_expect_no_error(scene.av);
	fake_assert_perfect(scene.listener, FR);
}

static void floor_language(void **state)
{
	struct scene scene = set_scene(*state);
	while (fake_next(scene.listener, "state") != NULL)
		;
	fake_say(scene.av, "{'type':'operate','action':'floor_language','language':'en-gb'}");
	world_beats(scene.world, 3);
	const json_t *changed = fake_next(scene.listener, "state");
	assert_string_equal(word(json_object_get(changed, "floor"), "language"), "en-GB");
	assert_string_equal(word(find(json_object_get(changed, "channels"), "number", "3"), "carries"), "en-GB");
	assert_true(heard(&scene, FLOOR_HZ)); /* for labels, never for routing */
	fake_expect_no_error(scene.av);
}

static void mic_off(void **state)
{
	struct scene scene = set_scene(*state);
	fake_say(scene.interpreter, "{'type':'mic','state':'on'}");
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, VOICE_HZ));
	while (fake_next(scene.interpreter, "state") != NULL)
		;
	fake_say(scene.av, "{'type':'operate','action':'mic_off','desk':'fr/1'}");
	world_seconds(scene.world, 1);
	assert_false(heard(&scene, VOICE_HZ));
	assert_true(heard(&scene, FLOOR_HZ));
	const json_t *desk = find(json_object_get(fake_next(scene.interpreter, "state"), "desks"), "id", "fr/1");
	assert_string_equal(word(desk, "mic"), "off");
	fake_say(scene.interpreter, "{'type':'mic','state':'on'}"); /* a person presses again */
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, VOICE_HZ));
	fake_assert_perfect(scene.listener, FR);
}

static void emergency(void **state)
{
	struct scene scene = set_scene(*state);
	fake_say(scene.interpreter, "{'type':'mic','state':'on'}");
	world_seconds(scene.world, 1);
	while (fake_next(scene.listener, "state") != NULL)
		;
	unsigned before = fake_stream_of(scene.listener, FR)->count;
	fake_say(scene.av, "{'type':'operate','action':'emergency','on':true}");
	world_seconds(scene.world, 2);
	struct fake_stream *stream = fake_stream_of(scene.listener, FR);
	const json_t *changed = fake_next(scene.listener, "state");
	assert_true(json_is_true(json_object_get(changed, "emergency")));
	assert_int_equal(json_array_size(json_object_get(changed, "channels")), 7); /* every channel, the floor too */
	assert_int_equal(stream->header[before + 1].label, LABEL_EMERGENCY);
	/* Within 100 ms it is loud, and the voice is gone. */
	assert_true(fake_amplitude(stream, before + 4, 1, 800) + fake_amplitude(stream, before + 4, 1, 1000) > 0.15);
	assert_true(fake_amplitude(stream, before + 5, 80, VOICE_HZ) < 0.02);
	fake_say(scene.av, "{'type':'operate','action':'emergency','on':false}");
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, VOICE_HZ)); /* back to what was */
	changed = fake_next(scene.listener, "state");
	assert_true(json_is_false(json_object_get(changed, "emergency")));
	fake_assert_perfect(scene.listener, FR);
}

static void choose_input(void **state)
{
	struct scene scene = set_scene(*state);
	fake_publish(fake_join_as(scene.world, ROLE_SPEAKER, NULL), "floor/backup", 2000, false);
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, FLOOR_HZ));
	fake_say(scene.av, "{'type':'operate','action':'input','input':'backup'}");
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, 2000));
	assert_false(heard(&scene, FLOOR_HZ));
	fake_say(scene.av, "{'type':'operate','action':'input','input':'main'}");
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, FLOOR_HZ));
	fake_assert_perfect(scene.listener, FR);
}

static void interlock_override(void **state)
{
	struct scene scene = set_scene(*state);
	struct fake_conn *other = fake_join_as(scene.world, ROLE_INTERPRETER, "es/1"), *listener = fake_listener(scene.world, EN);
	fake_publish(other, "desk", 2000, false);
	fake_say(scene.interpreter, "{'type':'output','to':'B'}");
	fake_say(other, "{'type':'output','to':'B'}");
	world_seconds(scene.world, 1);
	fake_say(scene.av, "{'type':'operate','action':'interlock','channel':2,'mode':'override'}");
	fake_say(scene.interpreter, "{'type':'mic','state':'on'}");
	world_seconds(scene.world, 1);
	fake_say(other, "{'type':'mic','state':'on'}");
	world_seconds(scene.world, 1);
	assert_true(fake_amplitude_now(fake_stream_of(listener, EN), 10, 2000) > 0.15); /* the new one takes */
	assert_true(fake_amplitude_now(fake_stream_of(listener, EN), 10, VOICE_HZ) < 0.01);
	fake_say(other, "{'type':'mic','state':'off'}");
	world_seconds(scene.world, 1);
	assert_true(fake_amplitude_now(fake_stream_of(listener, EN), 10, VOICE_HZ) > 0.15); /* the displaced one returns */
	fake_assert_perfect(listener, EN);
}

static void refusals(void **state)
{
	struct scene scene = set_scene(*state);
	static const struct {
		const char *message, *code;
	} all[] = {
		{"{'type':'operate'}", "bad_field"},
		{"{'type':'operate','action':'explode'}", "bad_field"},
		{"{'type':'operate','action':'fill'}", "bad_field"},
		{"{'type':'operate','action':'fill','channel':0,'on':true}", "bad_field"},
		{"{'type':'operate','action':'fill','channel':9,'on':true}", "no_channel"},
		{"{'type':'operate','action':'fill','channel':3}", "bad_field"},
		{"{'type':'operate','action':'fill','channel':3,'on':1}", "bad_field"},
		{"{'type':'operate','action':'interlock','channel':3,'mode':'war'}", "bad_field"},
		{"{'type':'operate','action':'interlock','channel':3}", "bad_field"},
		{"{'type':'operate','action':'floor_language','language':'not a tag'}", "bad_field"},
		{"{'type':'operate','action':'floor_language'}", "bad_field"},
		{"{'type':'operate','action':'mic_off','desk':'de/1'}", "no_desk"},
		{"{'type':'operate','action':'mic_off','desk':'fr/9'}", "no_desk"},
		{"{'type':'operate','action':'mic_off'}", "bad_field"},
		{"{'type':'operate','action':'emergency'}", "bad_field"},
		{"{'type':'operate','action':'input','input':'cellar'}", "no_source"},
	};
	world_beats(scene.world, 5);
	while (fake_next(scene.listener, "state") != NULL)
		;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		fake_say(scene.av, "%s", all[i].message);
		fake_expect_error(scene.av, all[i].code, "operate");
	}
	fake_say(scene.av, "{'type':'operate','action':'mic_off','desk':'fr/2'}"); /* nobody sits there */
	fake_expect_error(scene.av, "not_allowed", "operate");
	struct fake_conn *others[] = {scene.listener, scene.interpreter, fake_join_as(scene.world, ROLE_ORGANISER, NULL),
				      fake_join_as(scene.world, ROLE_SPEAKER, NULL), fake_join_as(scene.world, ROLE_PRESS, NULL)};
	for (unsigned i = 0; i < 5; i++) {
		fake_say(others[i], "{'type':'operate','action':'emergency','on':true}");
		fake_expect_error(others[i], "not_allowed", "operate");
	}
	world_seconds(scene.world, 1);
	scene.listener->read = 0;
	assert_true(heard(&scene, FLOOR_HZ));
	assert_int_equal(label_now(&scene), LABEL_ORIGINAL);
	fake_assert_unbroken(scene.listener, FR);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(levels_of_a_known_tone),
		TEST(ten_a_second_to_those_who_monitor),
		TEST(peaks_are_of_now),
		TEST(fill),
		TEST(floor_language),
		TEST(mic_off),
		TEST(emergency),
		TEST(choose_input),
		TEST(interlock_override),
		TEST(refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
