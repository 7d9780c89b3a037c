/* The interpreter's desk, from the key to the listener's ear: labels on the very frame, who is heard where, what becomes of a seat
 * when its connection breaks. The floor is a tone of 440 Hz, interpreters are tones of their own. */
#include "flow/fake.h"

#include <string.h>

#define FLOOR_HZ 440
#define VOICE_HZ 1000
#define OTHER_HZ 1600
#define ZH 1
#define EN 2
#define FR 3

static const char *word(const json_t *message, const char *key)
{
	const char *value = json_string_value(json_object_get(message, key));
	assert_non_null(value);
	return value;
}

static long number(const json_t *message, const char *key)
{
	assert_true(json_is_integer(json_object_get(message, key)));
	return (long)json_integer_value(json_object_get(message, key));
}

/* json_is_true() looks at its argument twice, and what is read here moves on. */
static bool flag(const json_t *message, const char *key)
{
	const json_t *field = json_object_get(message, key);
	assert_true(json_is_boolean(field));
	return json_is_true(field);
}

/* A room at work: floor, a listener on every channel that matters, a technician who watches, an interpreter at zh-en/1. */
struct scene {
	struct world *world;
	struct fake_conn *listener, *av, *interpreter;
	struct fake_uplink *voice;
};

static struct scene set_scene(struct world *world)
{
	struct scene scene = {.world = world, .av = fake_join_as(world, ROLE_AV, NULL)};
	fake_publish(fake_join_as(world, ROLE_SPEAKER, NULL), "floor/main", FLOOR_HZ, false);
	scene.listener = fake_listener(world, ZH);
	fake_say(scene.listener, "{'type':'listen','channel':%d}", EN);
	fake_say(scene.listener, "{'type':'listen','channel':%d}", FR);
	scene.interpreter = fake_join_as(world, ROLE_INTERPRETER, "zh-en/1");
	scene.voice = fake_publish(scene.interpreter, "desk", VOICE_HZ, true);
	world_seconds(world, 1);
	return scene;
}

static void no_hole(struct scene *scene)
{
	fake_assert_perfect(scene->listener, ZH);
	fake_assert_perfect(scene->listener, EN);
	fake_assert_perfect(scene->listener, FR);
}

static enum label label_now(const struct scene *scene, unsigned channel)
{
	struct fake_stream *stream = fake_stream_of(scene->listener, channel);
	return stream->header[stream->count - 1].label;
}

/* Over the last 200 ms. */
static bool heard(const struct scene *scene, unsigned channel, double hz)
{
	double amplitude = fake_amplitude_now(fake_stream_of(scene->listener, channel), 10, hz);
	assert_true(amplitude > 0.15 || amplitude < 0.01); /* there or not: nothing half */
	return amplitude > 0.15;
}

/* The number of the first packet with a label, from packet `from` on. */
static uint32_t first_labelled(const struct scene *scene, unsigned channel, unsigned from, enum label label)
{
	struct fake_stream *stream = fake_stream_of(scene->listener, channel);
	for (unsigned i = from; i < stream->count; i++) {
		if (stream->header[i].label == label)
			return stream->header[i].seq;
	}
	fail();
	return 0;
}

/* What the newest state messages since the last look say of a channel or desk. */
static const json_t *told(struct fake_conn *conn, const char *list, const char *key, const json_t *value, long *seq)
{
	const json_t *message, *entry, *found = NULL;
	size_t i;
	while ((message = fake_next(conn, "state")) != NULL) {
		json_array_foreach(json_object_get(message, list), i, entry)
		{
			if (json_equal(json_object_get(entry, key), value)) {
				found = entry;
				*seq = number(message, "seq");
			}
		}
	}
	return found;
}

static const json_t *told_channel(struct fake_conn *conn, unsigned channel, long *seq)
{
	json_t *value = json_integer(channel);
	const json_t *found = told(conn, "channels", "number", value, seq);
	json_decref(value);
	return found;
}

static const json_t *told_desk(struct fake_conn *conn, const char *id)
{
	long seq;
	json_t *value = json_string(id);
	const json_t *found = told(conn, "desks", "id", value, &seq);
	json_decref(value);
	return found;
}

static void forget_states(struct scene *scene)
{
	while (fake_next(scene->av, "state") != NULL)
		;
	while (fake_next(scene->listener, "state") != NULL)
		;
}

static void press(struct fake_conn *conn, const char *key, const char *field, const char *value)
{
	fake_say(conn, "{'type':'%s','%s':'%s'}", key, field, value);
}

/* ---- keys ---- */

static void on_and_off(void **state)
{
	struct scene scene = set_scene(*state);
	long seq;
	assert_true(heard(&scene, EN, FLOOR_HZ));
	assert_false(heard(&scene, EN, VOICE_HZ));
	forget_states(&scene);
	unsigned before = fake_stream_of(scene.listener, EN)->count;
	press(scene.interpreter, "mic", "state", "on");
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, EN, VOICE_HZ));
	assert_false(heard(&scene, EN, FLOOR_HZ));
	assert_true(heard(&scene, ZH, FLOOR_HZ)); /* nobody holds it */
	assert_false(heard(&scene, ZH, VOICE_HZ));
	uint32_t flipped = first_labelled(&scene, EN, before, LABEL_DIRECT);
	assert_in_range(flipped - fake_stream_of(scene.listener, EN)->header[before].seq, 0, 1); /* within two beats */
	const json_t *channel = told_channel(scene.listener, EN, &seq);
	assert_int_equal(seq, flipped);
	assert_string_equal(word(channel, "label"), "direct");
	assert_string_equal(word(channel, "state"), "held");
	assert_string_equal(word(channel, "carries"), "en-GB");
	assert_int_equal(number(channel, "depth"), 1);
	assert_int_equal(json_array_size(json_object_get(channel, "holders")), 0); /* nobody's name to the audience */
	const json_t *desk = told_desk(scene.av, "zh-en/1");
	assert_true(flag(desk, "on_air"));
	assert_string_equal(word(desk, "mic"), "on");
	before = fake_stream_of(scene.listener, EN)->count;
	press(scene.interpreter, "mic", "state", "off");
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, EN, FLOOR_HZ));
	assert_false(heard(&scene, EN, VOICE_HZ));
	flipped = first_labelled(&scene, EN, before, LABEL_ORIGINAL);
	channel = told_channel(scene.listener, EN, &seq);
	assert_int_equal(seq, flipped);
	assert_string_equal(word(channel, "label"), "original");
	assert_false(flag(told_desk(scene.av, "zh-en/1"), "on_air"));
	no_hole(&scene);
}

static void those_who_work_see_the_holder(void **state)
{
	struct scene scene = set_scene(*state);
	long seq;
	press(scene.interpreter, "mic", "state", "on");
	world_beats(scene.world, 5);
	const json_t *holders = json_object_get(told_channel(scene.av, EN, &seq), "holders");
	assert_int_equal(json_array_size(holders), 1);
	assert_string_equal(json_string_value(json_array_get(holders, 0)), "zh-en/1");
}

static void cough(void **state)
{
	struct scene scene = set_scene(*state);
	press(scene.interpreter, "mic", "state", "on");
	world_seconds(scene.world, 1);
	forget_states(&scene);
	press(scene.interpreter, "mic", "state", "cough");
	world_seconds(scene.world, 20);
	struct fake_stream *stream = fake_stream_of(scene.listener, EN);
	for (unsigned i = stream->count - 990; i < stream->count; i++) {
		assert_int_equal(stream->header[i].label, LABEL_DIRECT); /* not floor-filled */
		assert_true(stream->header[i].flags & WIRE_SILENCE);
	}
	assert_true(fake_amplitude(stream, stream->count - 990, 990, VOICE_HZ) < 0.0001);
	assert_true(fake_amplitude(stream, stream->count - 990, 990, FLOOR_HZ) < 0.0001);
	const json_t *desk = told_desk(scene.av, "zh-en/1");
	assert_false(flag(desk, "on_air")); /* the tally goes dark */
	assert_string_equal(word(desk, "mic"), "cough");
	press(scene.interpreter, "mic", "state", "on");
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, EN, VOICE_HZ));
	no_hole(&scene);
}

/* A two-way booth turns round: both channels change with the same frame. */
static void flip(void **state)
{
	struct scene scene = set_scene(*state);
	long seq_en, seq_zh;
	press(scene.interpreter, "mic", "state", "on");
	world_seconds(scene.world, 1);
	forget_states(&scene);
	for (unsigned round = 0; round < 4; round++) {
		bool to_zh = round % 2 == 0;
		unsigned before = fake_stream_of(scene.listener, EN)->count;
		press(scene.interpreter, "output", "to", to_zh ? "B" : "A");
		world_seconds(scene.world, 1);
		assert_true(heard(&scene, to_zh ? ZH : EN, VOICE_HZ));
		assert_false(heard(&scene, to_zh ? ZH : EN, FLOOR_HZ));
		assert_true(heard(&scene, to_zh ? EN : ZH, FLOOR_HZ));
		assert_false(heard(&scene, to_zh ? EN : ZH, VOICE_HZ));
		uint32_t en = first_labelled(&scene, EN, before, to_zh ? LABEL_ORIGINAL : LABEL_DIRECT);
		assert_int_equal(en, first_labelled(&scene, ZH, before, to_zh ? LABEL_DIRECT : LABEL_ORIGINAL));
		size_t read = scene.listener->read;
		assert_non_null(told_channel(scene.listener, EN, &seq_en));
		scene.listener->read = read;
		assert_non_null(told_channel(scene.listener, ZH, &seq_zh));
		assert_int_equal(seq_en, en);
		assert_int_equal(seq_zh, en);
	}
	no_hole(&scene);
}

static void keys_without_a_seat(void **state)
{
	struct scene scene = set_scene(*state);
	struct fake_conn *others[] = {fake_join(scene.world, "hall", NULL), fake_join_as(scene.world, ROLE_SPEAKER, NULL),
				      scene.av};
	for (unsigned i = 0; i < 3; i++) {
		press(others[i], "mic", "state", "on");
		fake_expect_error(others[i], "not_allowed", "mic");
		press(others[i], "output", "to", "B");
		fake_expect_error(others[i], "not_allowed", "output");
		fake_say(others[i], "{'type':'input','channel':1}");
		fake_expect_error(others[i], "not_allowed", "input");
	}
}

static void wrong_keys(void **state)
{
	struct scene scene = set_scene(*state);
	static const struct {
		const char *message, *code, *about;
	} all[] = {
		{"{'type':'mic'}", "bad_field", "mic"},
		{"{'type':'mic','state':'loud'}", "bad_field", "mic"},
		{"{'type':'mic','state':1}", "bad_field", "mic"},
		{"{'type':'output'}", "bad_field", "output"},
		{"{'type':'output','to':'C'}", "bad_field", "output"},
		{"{'type':'output','to':'D'}", "bad_field", "output"},
		{"{'type':'output','to':''}", "bad_field", "output"},
		{"{'type':'output','to':'AB'}", "bad_field", "output"},
		{"{'type':'input'}", "bad_field", "input"},
		{"{'type':'input','channel':32}", "bad_field", "input"},
		{"{'type':'input','channel':9}", "no_channel", "input"},
	};
	forget_states(&scene);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		fake_say(scene.interpreter, "%s", all[i].message);
		fake_expect_error(scene.interpreter, all[i].code, all[i].about);
	}
	world_beats(scene.world, 10);
	assert_null(fake_next(scene.av, "state")); /* nothing happened */
	no_hole(&scene);
}

static void input_is_shown(void **state)
{
	struct scene scene = set_scene(*state);
	forget_states(&scene);
	fake_say(scene.interpreter, "{'type':'input','channel':%d}", FR);
	world_beats(scene.world, 5);
	assert_int_equal(number(told_desk(scene.interpreter, "zh-en/1"), "input"), FR);
	assert_null(fake_next(scene.listener, "state")); /* not the audience's business */
}

static void interlock_engages_the_second_booth(void **state)
{
	struct scene scene = set_scene(*state);
	struct fake_conn *french = fake_join_as(scene.world, ROLE_INTERPRETER, "fr/1");
	fake_publish(french, "desk", OTHER_HZ, false);
	press(scene.interpreter, "mic", "state", "on");
	press(french, "output", "to", "B"); /* also English */
	world_seconds(scene.world, 1);
	press(french, "mic", "state", "on");
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, EN, VOICE_HZ));
	assert_false(heard(&scene, EN, OTHER_HZ));
	const json_t *desk = told_desk(french, "fr/1");
	assert_true(flag(desk, "engaged"));
	assert_false(flag(desk, "on_air"));
	press(scene.interpreter, "mic", "state", "off");
	world_seconds(scene.world, 1);
	assert_false(heard(&scene, EN, VOICE_HZ));
	no_hole(&scene);
}

static void on_without_sound_leaves_the_floor(void **state)
{
	struct scene scene = set_scene(*state);
	struct fake_conn *french = fake_join_as(scene.world, ROLE_INTERPRETER, "fr/1");
	press(french, "mic", "state", "on");
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, FR, FLOOR_HZ));
	assert_int_equal(label_now(&scene, FR), LABEL_ORIGINAL);
	fake_publish(french, "desk", OTHER_HZ, false);
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, FR, OTHER_HZ));
	assert_int_equal(label_now(&scene, FR), LABEL_DIRECT);
	no_hole(&scene);
}

/* ---- seats ---- */

static const char *ticket_of(struct world *world)
{
	return world_ticket(world, &(struct fake_ticket){.room = "hall", .booth = "zh-en", .role = ROLE_INTERPRETER, .desk = 1});
}

/* The same page again, with its token. */
static struct fake_conn *come_back(const struct scene *scene, struct fake_conn *old)
{
	struct fake_conn *conn = fake_open(scene->world);
	fake_say(conn, "{'type':'join','room':'hall','ticket':'%s','name':'Test','resume':{'token':'%s'}}", ticket_of(scene->world),
		 word(fake_joined(old), "resume"));
	assert_non_null(fake_joined(conn));
	return conn;
}

static void second_person_at_a_desk(void **state)
{
	struct scene scene = set_scene(*state);
	press(scene.interpreter, "mic", "state", "on");
	world_seconds(scene.world, 1);
	struct fake_conn *second = fake_open(scene.world);
	fake_say(second, "{'type':'join','room':'hall','ticket':'%s'}", ticket_of(scene.world));
	fake_expect_error(second, "taken", "join");
	assert_false(second->closing);
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, EN, VOICE_HZ));
	fake_expect_no_error(scene.interpreter);
	fake_drop(second);
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, EN, VOICE_HZ)); /* its leaving takes nothing along */
	no_hole(&scene);
}

static void back_within_a_second(void **state)
{
	struct scene scene = set_scene(*state);
	press(scene.interpreter, "mic", "state", "on");
	world_seconds(scene.world, 1);
	fake_drop(scene.interpreter);
	world_beats(scene.world, 40);
	assert_int_equal(label_now(&scene, EN), LABEL_DIRECT); /* as COUGH: the channel is kept */
	assert_false(heard(&scene, EN, FLOOR_HZ));
	struct fake_conn *back = come_back(&scene, scene.interpreter);
	assert_string_equal(word(fake_joined(back), "session"), word(fake_joined(scene.interpreter), "session"));
	fake_publish(back, "desk", VOICE_HZ, true);
	world_beats(scene.world, 25);
	assert_true(heard(&scene, EN, VOICE_HZ)); /* without a key */
	no_hole(&scene);
}

static void back_after_three_seconds(void **state)
{
	struct scene scene = set_scene(*state);
	press(scene.interpreter, "mic", "state", "on");
	world_seconds(scene.world, 1);
	fake_drop(scene.interpreter);
	world_seconds(scene.world, 3);
	assert_true(heard(&scene, EN, FLOOR_HZ)); /* as OFF */
	assert_int_equal(label_now(&scene, EN), LABEL_ORIGINAL);
	struct fake_conn *back = come_back(&scene, scene.interpreter);
	assert_string_equal(word(fake_joined(back), "session"), word(fake_joined(scene.interpreter), "session"));
	fake_publish(back, "desk", VOICE_HZ, true);
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, EN, FLOOR_HZ)); /* no hot microphone */
	assert_string_equal(word(told_desk(scene.av, "zh-en/1"), "mic"), "off");
	press(back, "mic", "state", "on");
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, EN, VOICE_HZ));
	no_hole(&scene);
}

/* The socket did not die, only nothing came through it: the same rule. */
static void back_after_a_silent_connection(void **state)
{
	struct scene scene = set_scene(*state);
	press(scene.interpreter, "mic", "state", "on");
	world_seconds(scene.world, 1);
	scene.voice->on = false;
	world_seconds(scene.world, 3);
	struct fake_conn *back = come_back(&scene, scene.interpreter);
	fake_expect_error(scene.interpreter, "displaced", "join");
	fake_expect_closed(scene.world, scene.interpreter, CLOSE_REFUSED);
	fake_publish(back, "desk", VOICE_HZ, true);
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, EN, FLOOR_HZ));
	no_hole(&scene);
}

static void seat_is_free_after_ten_seconds(void **state)
{
	struct scene scene = set_scene(*state);
	press(scene.interpreter, "mic", "state", "on");
	world_seconds(scene.world, 1);
	fake_drop(scene.interpreter);
	world_seconds(scene.world, 9);
	assert_true(flag(told_desk(scene.av, "zh-en/1"), "seated"));
	world_seconds(scene.world, 3);
	assert_false(flag(told_desk(scene.av, "zh-en/1"), "seated"));
	struct fake_conn *back = come_back(&scene, scene.interpreter); /* too late for what it had, not for the desk */
	assert_int_equal(number(fake_joined(back), "desk"), 1);
	world_beats(scene.world, 5);
	assert_string_equal(word(told_desk(scene.av, "zh-en/1"), "mic"), "off");
	no_hole(&scene);
}

static void next_person_need_not_wait(void **state)
{
	struct scene scene = set_scene(*state);
	press(scene.interpreter, "mic", "state", "on");
	fake_drop(scene.interpreter);
	world_beats(scene.world, 10);
	struct fake_conn *next = fake_join(scene.world, "hall", ticket_of(scene.world)); /* no token: another person */
	fake_publish(next, "desk", OTHER_HZ, true);
	world_seconds(scene.world, 1);
	assert_true(heard(&scene, EN, FLOOR_HZ)); /* mic OFF always at sitting down */
	assert_false(heard(&scene, EN, OTHER_HZ));
	no_hole(&scene);
}

static void quiet_seat_can_be_taken(void **state)
{
	struct scene scene = set_scene(*state);
	scene.voice->on = false;
	world_seconds(scene.world, 6);
	struct fake_conn *next = fake_join(scene.world, "hall", ticket_of(scene.world));
	fake_expect_error(scene.interpreter, "displaced", "join");
	fake_expect_closed(scene.world, scene.interpreter, CLOSE_REFUSED);
	world_beats(scene.world, 5);
	press(next, "mic", "state", "on");
	fake_expect_no_error(next);
	no_hole(&scene);
}

/* A token is of no use to somebody else. */
static void token_of_another_role(void **state)
{
	struct scene scene = set_scene(*state);
	struct fake_conn *thief = fake_open(scene.world);
	fake_say(thief, "{'type':'join','room':'hall','resume':{'token':'%s'}}", word(fake_joined(scene.interpreter), "resume"));
	assert_string_equal(word(fake_joined(thief), "role"), "listener");
	assert_string_not_equal(word(fake_joined(thief), "session"), word(fake_joined(scene.interpreter), "session"));
	fake_say(thief, "{'type':'mic','state':'on'}");
	fake_expect_error(thief, "not_allowed", "mic");
	world_beats(scene.world, 5);
	fake_expect_no_error(scene.interpreter);
	assert_false(scene.interpreter->closing);
}

/* ---- what is told ---- */

static void revisions_grow_by_one(const struct fake_conn *conn)
{
	long revision = -1;
	uint32_t seq = 0;
	size_t i;
	const json_t *message;
	json_array_foreach(conn->inbox, i, message)
	{
		if (strcmp(word(message, "type"), "joined") == 0) {
			revision = number(json_object_get(message, "room"), "revision");
		} else if (strcmp(word(message, "type"), "state") == 0) {
			assert_int_equal(number(message, "revision"), ++revision);
			assert_true((uint32_t)number(message, "seq") > seq);
			seq = (uint32_t)number(message, "seq");
		}
	}
	assert_true(revision > 5);
}

static void states_are_complete(void **state)
{
	struct scene scene = set_scene(*state);
	struct fake_conn *late = NULL;
	for (unsigned i = 0; i < 30; i++) {
		press(scene.interpreter, "mic", "state", i % 3 == 0 ? "off" : i % 3 == 1 ? "on" : "cough");
		if (i % 4 == 0)
			press(scene.interpreter, "output", "to", i % 8 == 0 ? "B" : "A");
		world_beats(scene.world, i % 5);
		if (i == 10)
			late = fake_join_as(scene.world, ROLE_ORGANISER, NULL);
	}
	world_beats(scene.world, 5);
	revisions_grow_by_one(scene.listener);
	revisions_grow_by_one(scene.av);
	revisions_grow_by_one(scene.interpreter);
	revisions_grow_by_one(late);
}

/* Whoever joins at any moment and applies every state has the room that a newcomer is given. */
static void states_lead_to_the_snapshot(void **state)
{
	struct scene scene = set_scene(*state);
	json_t *room = json_deep_copy(json_object_get(fake_joined(scene.av), "room"));
	for (unsigned i = 0; i < 40; i++) {
		press(scene.interpreter, "mic", "state", i % 3 == 0 ? "off" : i % 3 == 1 ? "on" : "cough");
		if (i % 4 == 0)
			press(scene.interpreter, "output", "to", i % 8 == 0 ? "B" : "A");
		if (i == 25)
			fake_drop(scene.interpreter), scene.interpreter = come_back(&scene, scene.interpreter);
		world_beats(scene.world, i % 5);
	}
	world_beats(scene.world, 150);
	const json_t *message, *entry, *old;
	size_t i, k;
	scene.av->read = 0;
	while ((message = fake_next(scene.av, "state")) != NULL) {
		static const char *const lists[][2] = {{"channels", "number"}, {"booths", "id"}, {"desks", "id"}};
		for (unsigned l = 0; l < 3; l++) {
			json_array_foreach(json_object_get(message, lists[l][0]), i, entry)
			{
				json_array_foreach(json_object_get(room, lists[l][0]), k, old)
				{
					if (json_equal(json_object_get(old, lists[l][1]), json_object_get(entry, lists[l][1])))
						json_object_update((json_t *)(uintptr_t)old, (json_t *)(uintptr_t)entry);
				}
			}
		}
		if (json_object_get(message, "floor") != NULL)
			json_object_set(room, "floor", json_object_get(message, "floor"));
		json_object_set(room, "revision", json_object_get(message, "revision"));
	}
	const json_t *fresh = json_object_get(fake_joined(fake_join_as(scene.world, ROLE_AV, NULL)), "room");
	if (!json_equal(room, fresh))
		fail_msg("%s\n%s", json_dumps(room, 0), json_dumps(fresh, 0));
	json_decref(room);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(on_and_off),
		TEST(those_who_work_see_the_holder),
		TEST(cough),
		TEST(flip),
		TEST(keys_without_a_seat),
		TEST(wrong_keys),
		TEST(input_is_shown),
		TEST(interlock_engages_the_second_booth),
		TEST(on_without_sound_leaves_the_floor),
		TEST(second_person_at_a_desk),
		TEST(back_within_a_second),
		TEST(back_after_three_seconds),
		TEST(back_after_a_silent_connection),
		TEST(seat_is_free_after_ten_seconds),
		TEST(next_person_need_not_wait),
		TEST(quiet_seat_can_be_taken),
		TEST(token_of_another_role),
		TEST(states_are_complete),
		TEST(states_lead_to_the_snapshot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
