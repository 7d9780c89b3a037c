/* Two interpreters in one booth, and what people who work in a room tell each other (room/README.md, "Handover within a booth"): the
 * microphone goes from hand to hand and the listener's stream just goes on. Measured in what a listener decodes, and in what
 * everybody is told.
 */
#include "flow/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 480 /* samples, 10 ms */

/* Both sit there, and desk 1 speaks into English. */
struct booth {
	struct scene scene;
	struct seat one, two;
};

static struct booth at_work(struct world *world)
{
	struct booth booth = {.scene = scene_set(world)};
	booth.one = scene_sit(&booth.scene, "zh-en/1", ONE_HZ);
	booth.two = scene_sit(&booth.scene, "zh-en/2", TWO_HZ);
	scene_mic(booth.one, "on");
	world_seconds(world, 1);
	assert_true(scene_heard(&booth.scene, EN, ONE_HZ));
	return booth;
}

static void beats(struct booth *booth, unsigned count)
{
	world_beats(booth->scene.world, count);
}

/* The place in English from which on something is looked at. */
static size_t mark(const struct booth *booth)
{
	return (size_t)fake_stream_of(booth->scene.listener, EN)->count * FRAME_SAMPLES_MAX;
}

/* From the mark on the two voices crossed: together never quieter, label and holder without a gap, and in the end it is desk 2
 * alone. */
static void expect_crossed(struct booth *booth, size_t from)
{
	struct fake_stream *stream = fake_stream_of(booth->scene.listener, EN);
	unsigned both = 0;
	world_seconds(booth->scene.world, 1);
	for (size_t at = from - FRAME_SAMPLES_MAX; at + PIECE <= from + 40 * FRAME_SAMPLES_MAX; at += PIECE) {
		double one = scene_amplitude(stream, at, PIECE, ONE_HZ), two = scene_amplitude(stream, at, PIECE, TWO_HZ);
		assert_in_range(1000 * sqrt(one * one + two * two), 850 * FULL, 1150 * FULL);
		both += one > 0.1 * FULL && two > 0.1 * FULL;
	}
	assert_in_range(both, 2, 5); /* 40 ms, and what they smear */
	for (size_t i = from / FRAME_SAMPLES_MAX; i < stream->count; i++) {
		assert_int_equal(stream->header[i].label, LABEL_DIRECT);
		assert_int_equal(stream->header[i].flags & WIRE_SILENCE, 0);
	}
	assert_true(scene_heard(&booth->scene, EN, TWO_HZ));
	assert_false(scene_heard(&booth->scene, EN, ONE_HZ));
	assert_false(scene_heard(&booth->scene, EN, FLOOR_HZ));
	scene_no_hole(&booth->scene);
}

static void expect_still_one(struct booth *booth)
{
	world_seconds(booth->scene.world, 1);
	assert_true(scene_heard(&booth->scene, EN, ONE_HZ));
	assert_false(scene_heard(&booth->scene, EN, TWO_HZ));
	scene_no_hole(&booth->scene);
}

static void expect_mics(const struct booth *booth, const char *one, const char *two)
{
	assert_string_equal(scene_word(scene_desk(booth->scene.av, "zh-en/1"), "mic"), one);
	assert_string_equal(scene_word(scene_desk(booth->scene.av, "zh-en/2"), "mic"), two);
}

/* ---- handover ---- */

static void offer_and_accept(void **state)
{
	struct booth booth = at_work(*state);
	scene_press(booth.one.conn, "output", "to", "B");
	scene_press(booth.one.conn, "output", "to", "A");
	scene_handover(booth.one, "offer");
	beats(&booth, 10);
	scene_expect_handover(booth.two.conn, "offered", "");
	const json_t *handover = json_object_get(scene_booth(booth.two.conn, "zh-en"), "handover");
	assert_string_equal(scene_word(handover, "from"), "zh-en/1");
	assert_in_range(scene_number(handover, "ends_us") - (long)world_now_us(), 59000000, 60000000);
	expect_still_one(&booth);
	size_t from = mark(&booth);
	scene_handover(booth.two, "accept");
	expect_crossed(&booth, from);
	expect_mics(&booth, "off", "on");
	scene_expect_handover(booth.one.conn, "idle", "switched");
	const json_t *turn = json_object_get(scene_booth(booth.one.conn, "zh-en"), "turn");
	assert_string_equal(scene_word(turn, "desk"), "zh-en/2");
	assert_string_equal(scene_word(turn, "colour"), "green");
	assert_true(scene_flag(scene_desk(booth.one.conn, "zh-en/2"), "on_air"));
	assert_false(scene_flag(scene_desk(booth.one.conn, "zh-en/1"), "on_air"));
	fake_expect_no_error(booth.one.conn);
	fake_expect_no_error(booth.two.conn);
}

static void request_and_accept(void **state)
{
	struct booth booth = at_work(*state);
	scene_handover(booth.two, "request");
	beats(&booth, 10);
	scene_expect_handover(booth.one.conn, "requested", "");
	size_t from = mark(&booth);
	scene_handover(booth.one, "accept");
	expect_crossed(&booth, from);
	expect_mics(&booth, "off", "on");
	from = mark(&booth);
	scene_handover(booth.one, "request"); /* and back */
	scene_handover(booth.two, "accept");
	world_seconds(booth.scene.world, 1);
	expect_still_one(&booth);
	expect_mics(&booth, "on", "off");
}

/* Output and input belong to the booth: who takes over goes on where the other was. */
static void selections_survive(void **state)
{
	struct booth booth = at_work(*state);
	scene_press(booth.one.conn, "output", "to", "B");
	fake_say(booth.one.conn, "{'type':'input','channel':%d}", FR);
	scene_press(booth.two.conn, "output", "to", "A"); /* of its own, while the partner speaks */
	beats(&booth, 10);
	scene_handover(booth.one, "offer");
	scene_handover(booth.two, "accept");
	world_seconds(booth.scene.world, 1);
	assert_true(scene_heard(&booth.scene, ZH, TWO_HZ));
	assert_true(scene_heard(&booth.scene, EN, FLOOR_HZ));
	const json_t *desk = scene_desk(booth.scene.av, "zh-en/2");
	assert_string_equal(scene_word(desk, "output"), "B");
	assert_int_equal(scene_number(desk, "input"), FR);
	scene_no_hole(&booth.scene);
}

static void decline_and_cancel(void **state)
{
	struct booth booth = at_work(*state);
	const struct {
		struct seat first, second;
		const char *begin, *end, *ended;
	} all[] = {
		{booth.one, booth.two, "offer", "decline", "declined"},   {booth.one, booth.one, "offer", "cancel", "cancelled"},
		{booth.two, booth.one, "request", "decline", "declined"}, {booth.two, booth.two, "request", "cancel", "cancelled"},
		{booth.two, booth.two, "take", "cancel", "cancelled"},
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		scene_handover(all[i].first, all[i].begin);
		beats(&booth, 10);
		scene_handover(all[i].second, all[i].end);
		beats(&booth, 10);
		scene_expect_handover(booth.one.conn, "idle", all[i].ended);
		expect_still_one(&booth);
	}
	fake_expect_no_error(booth.one.conn);
	fake_expect_no_error(booth.two.conn);
	expect_mics(&booth, "on", "off");
}

static void nobody_answers(void **state)
{
	struct booth booth = at_work(*state);
	scene_handover(booth.one, "offer");
	world_seconds(booth.scene.world, 59);
	scene_expect_handover(booth.two.conn, "offered", "");
	world_seconds(booth.scene.world, 2);
	scene_expect_handover(booth.two.conn, "idle", "timed_out");
	scene_handover(booth.two, "accept"); /* too late */
	fake_expect_error(booth.two.conn, "not_allowed", "handover");
	expect_still_one(&booth);
}

static void take_warns_for_3_s(void **state)
{
	struct booth booth = at_work(*state);
	scene_handover(booth.two, "take");
	beats(&booth, 10);
	scene_expect_handover(booth.one.conn, "taking", "");
	const json_t *handover = json_object_get(scene_booth(booth.one.conn, "zh-en"), "handover");
	assert_string_equal(scene_word(handover, "to"), "zh-en/2");
	assert_in_range(scene_number(handover, "ends_us") - (long)world_now_us(), 2500000, 3000000);
	beats(&booth, 130); /* 2.8 s */
	assert_true(scene_heard(&booth.scene, EN, ONE_HZ));
	assert_false(scene_heard(&booth.scene, EN, TWO_HZ));
	size_t from = mark(&booth);
	expect_crossed(&booth, from);
	scene_expect_handover(booth.one.conn, "idle", "switched");
	expect_mics(&booth, "off", "on");
}

static void take_at_once_when_the_link_is_lost(void **state)
{
	struct booth booth = at_work(*state);
	booth.one.voice->on = false;
	beats(&booth, 125); /* 2.5 s */
	assert_string_equal(scene_word(scene_desk(booth.two.conn, "zh-en/1"), "link"), "lost");
	assert_true(scene_heard(&booth.scene, EN, FLOOR_HZ));
	scene_handover(booth.two, "take");
	beats(&booth, 25);
	assert_true(scene_heard(&booth.scene, EN, TWO_HZ));
	assert_false(scene_heard(&booth.scene, EN, FLOOR_HZ));
	booth.one.voice->on = true; /* comes back, and stays OFF */
	world_seconds(booth.scene.world, 2);
	assert_false(scene_heard(&booth.scene, EN, ONE_HZ));
	expect_mics(&booth, "off", "on");
	scene_no_hole(&booth.scene);
}

static void requester_leaves_during_a_handover(void **state)
{
	struct booth booth = at_work(*state);
	scene_handover(booth.two, "request");
	beats(&booth, 10);
	fake_drop(booth.two.conn);
	world_seconds(booth.scene.world, 3);
	scene_handover(booth.one, "accept"); /* to somebody who cannot be heard */
	fake_expect_error(booth.one.conn, "not_allowed", "handover");
	expect_still_one(&booth);
	world_seconds(booth.scene.world, 10);
	scene_expect_handover(booth.one.conn, "idle", "left");
	expect_still_one(&booth);
	booth.two = scene_sit(&booth.scene, "zh-en/2", TWO_HZ); /* and nothing is locked up */
	scene_handover(booth.one, "offer");
	size_t from = mark(&booth);
	scene_handover(booth.two, "accept");
	expect_crossed(&booth, from);
}

static void who_offers_leaves(void **state)
{
	struct booth booth = at_work(*state);
	scene_handover(booth.one, "offer");
	beats(&booth, 10);
	fake_drop(booth.one.conn);
	beats(&booth, 30);
	scene_handover(booth.two, "accept");
	world_seconds(booth.scene.world, 1);
	assert_true(scene_heard(&booth.scene, EN, TWO_HZ));
	world_seconds(booth.scene.world, 12);
	assert_true(scene_heard(&booth.scene, EN, TWO_HZ));
	assert_false(scene_flag(scene_desk(booth.scene.av, "zh-en/1"), "seated"));
	scene_no_hole(&booth.scene);
}

static void emergency_during_a_handover(void **state)
{
	struct booth booth = at_work(*state);
	scene_handover(booth.one, "offer");
	scene_handover(booth.two, "accept");
	fake_say(booth.scene.av, "{'type':'operate','action':'emergency','on':true}");
	beats(&booth, 10);
	for (unsigned channel = FLOOR; channel <= FR; channel++) {
		assert_int_equal(scene_label(&booth.scene, channel), LABEL_EMERGENCY);
		struct fake_stream *stream = fake_stream_of(booth.scene.listener, channel);
		assert_true(fake_amplitude_now(stream, 3, ONE_HZ) < 0.05 || fake_amplitude_now(stream, 3, TWO_HZ) < 0.01);
		assert_true(fake_amplitude_now(stream, 3, TWO_HZ) < 0.01); /* 1,000 Hz is in the signal */
	}
	expect_mics(&booth, "off", "on"); /* the keys go on by themselves */
	scene_handover(booth.one, "take");
	world_seconds(booth.scene.world, 4);
	assert_int_equal(scene_label(&booth.scene, EN), LABEL_EMERGENCY);
	fake_say(booth.scene.av, "{'type':'operate','action':'emergency','on':false}");
	expect_still_one(&booth);
}

/* ---- who may, and how often ---- */

static void keys_without_the_seat(void **state)
{
	struct booth booth = at_work(*state);
	struct fake_conn *listener = fake_join(booth.scene.world, "hall", NULL);
	static const struct {
		const char *message, *about;
		bool av_may;
	} all[] = {
		{"{'type':'handover','action':'take'}", "handover", false},
		{"{'type':'true_floor','on':true}", "true_floor", false},
		{"{'type':'speak_to_floor','on':true}", "speak_to_floor", false},
		{"{'type':'signal','what':'slow_down'}", "signal", false},
		{"{'type':'chat','to':'zh-en/1','text':'Hello'}", "chat", true},
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct fake_conn *others[] = {listener, booth.scene.speaker, booth.scene.av};
		for (unsigned k = 0; k < (all[i].av_may ? 2 : 3); k++) {
			fake_say(others[k], "%s", all[i].message);
			fake_expect_error(others[k], "not_allowed", all[i].about);
		}
	}
	struct seat french = scene_sit(&booth.scene, "fr/1", FR_HZ);
	scene_handover(french, "take"); /* of its own booth, where nobody speaks */
	fake_expect_error(french.conn, "not_allowed", "handover");
	scene_press(booth.two.conn, "handover", "action", "steal");
	fake_expect_error(booth.two.conn, "bad_field", "handover");
	world_seconds(booth.scene.world, 4);
	expect_still_one(&booth);
	assert_int_equal(fake_count(booth.one.conn, "chat"), 0);
}

/* Thousands of keys from both desks: every answer is bounded, and in the end the room is as the last keys say. */
static void take_over_storm(void **state)
{
	static const char *const actions[] = {"take", "offer", "request", "accept", "cancel", "decline"};
	struct booth booth = at_work(*state);
	struct seat seats[] = {booth.one, booth.two};
	for (unsigned i = 0; i < 12000; i++) {
		struct seat seat = seats[i * 7 / 3 % 2];
		if (seat.conn->closing)
			continue;
		if (i % 5 == 3)
			scene_mic(seat, i % 3 == 0 ? "on" : "off");
		else
			scene_handover(seat, actions[i * 13 % 6]);
		if (i % 10 == 9)
			world_beat(booth.scene.world);
	}
	for (unsigned s = 0; s < 2; s++)
		assert_true(fake_count(seats[s].conn, "error") < 50 + 24 * 5 + 2);
	assert_true(fake_count(booth.scene.listener, "state") <= 1300); /* one for each beat at most */
	scene_no_hole(&booth.scene);
	world_seconds(booth.scene.world, 15); /* who was thrown out has lost the seat */
	fake_say(booth.scene.av, "{'type':'operate','action':'mic_off','desk':'zh-en/1'}");
	fake_say(booth.scene.av, "{'type':'operate','action':'mic_off','desk':'zh-en/2'}");
	if (booth.one.conn->closed)
		booth.one = scene_sit(&booth.scene, "zh-en/1", ONE_HZ);
	scene_mic(booth.one, "on");
	world_seconds(booth.scene.world, 4);
	expect_still_one(&booth);
}

/* ---- signals and chat ---- */

static struct fake_conn *of_each_kind(struct booth *booth, unsigned which)
{
	struct fake_conn *all[] = {booth->one.conn, booth->two.conn, booth->scene.av, booth->scene.speaker, booth->scene.listener};
	return all[which];
}

static void expect_counts(struct booth *booth, struct seat french, const char *type, const unsigned counts[6])
{
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(fake_count(of_each_kind(booth, i), type), counts[i]);
	assert_int_equal(fake_count(french.conn, type), counts[5]);
}

static void slow_down_names_nobody(void **state)
{
	struct booth booth = at_work(*state);
	struct seat french = scene_sit(&booth.scene, "fr/1", FR_HZ);
	scene_press(booth.two.conn, "signal", "what", "slow_down");
	expect_counts(&booth, french, "signal", (const unsigned[]){0, 0, 1, 1, 0, 0});
	struct fake_conn *told[] = {booth.scene.av, booth.scene.speaker};
	for (unsigned i = 0; i < 2; i++) {
		const json_t *signal = fake_next(told[i], "signal");
		assert_string_equal(scene_word(signal, "what"), "slow_down");
		char *whole = json_dumps(signal, 0);
		assert_null(strstr(whole, "zh-en"));
		assert_null(strstr(whole, "Test"));
		free(whole);
	}
	scene_press(booth.two.conn, "signal", "what", "technician");
	expect_counts(&booth, french, "signal", (const unsigned[]){0, 0, 2, 1, 0, 0});
	const json_t *call = fake_next(booth.scene.av, "signal");
	assert_string_equal(scene_word(call, "what"), "technician");
	assert_string_equal(scene_word(call, "from"), "zh-en/2");
	scene_press(booth.two.conn, "signal", "what", "fire");
	fake_expect_error(booth.two.conn, "bad_field", "signal");
	for (unsigned i = 0; i < 20; i++)
		scene_press(booth.two.conn, "signal", "what", "slow_down");
	fake_expect_error(booth.two.conn, "too_many", "signal");
	assert_true(fake_count(booth.scene.speaker, "signal") <= 6);
}

static void chat_reaches_the_right_people(void **state)
{
	static const char markup[] = "<img src=x onerror=alert(1)> & <b>tempo</b> 你好";
	struct booth booth = at_work(*state);
	struct seat french = scene_sit(&booth.scene, "fr/1", FR_HZ);
	fake_say(booth.one.conn, "{'type':'chat','to':'booth','text':'%s'}", markup);
	expect_counts(&booth, french, "chat", (const unsigned[]){1, 1, 0, 0, 0, 0});
	const json_t *chat = fake_next(booth.two.conn, "chat");
	assert_string_equal(scene_word(chat, "text"), markup); /* plain text, as it was typed */
	assert_string_equal(scene_word(chat, "from"), "zh-en/1");
	assert_string_equal(scene_word(chat, "to"), "booth");
	scene_press(booth.one.conn, "chat", "to", "av");
	fake_expect_error(booth.one.conn, "bad_field", "chat"); /* no text */
	fake_say(booth.one.conn, "{'type':'chat','to':'av','text':'No sound'}");
	expect_counts(&booth, french, "chat", (const unsigned[]){2, 1, 1, 0, 0, 0});
	fake_say(booth.scene.av, "{'type':'chat','to':'fr/1','text':'On my way'}");
	expect_counts(&booth, french, "chat", (const unsigned[]){2, 1, 2, 0, 0, 1});
	fake_say(booth.one.conn, "{'type':'chat','to':'fr/1','text':'Not my booth'}");
	fake_expect_error(booth.one.conn, "bad_field", "chat");
	fake_say(booth.scene.av, "{'type':'chat','to':'booth','text':'Nobody'}");
	fake_expect_error(booth.scene.av, "bad_field", "chat");
	fake_say(booth.one.conn, "{'type':'chat','to':'booth','text':'\\n\\t'}"); /* nothing that is shown */
	fake_expect_error(booth.one.conn, "bad_field", "chat");
	for (unsigned i = 0; i < 40; i++)
		fake_say(booth.two.conn, "{'type':'chat','to':'booth','text':'flood'}");
	fake_expect_error(booth.two.conn, "too_many", "chat");
	assert_in_range(fake_count(booth.one.conn, "chat"), 20, 24);
	expect_still_one(&booth);
}

/* The longest that the gateway lets through (longer closes with 1009): cut at a character's border, and plain text. */
static void very_long_name(void **state)
{
	struct world *world = *state;
	struct scene scene = scene_set(world);
	const char *ticket =
		world_ticket(world, &(struct fake_ticket){.room = "hall", .booth = "zh-en", .role = ROLE_INTERPRETER, .desk = 1});
	char message[TEXT_MAX + 1], name[PERSON_SIZE * 60];
	struct fake_conn *conn = fake_open(world);
	size_t at = (size_t)snprintf(message, sizeof message, "{\"type\":\"join\",\"room\":\"hall\",\"ticket\":\"%s\",\"name\":\"",
				     ticket),
	       begin = at;
	while (at + 12 < 3900) {
		memcpy(message + at, at == begin ? "<b>" : "同", 3);
		memcpy(name + at - begin, message + at, 3);
		at += 3;
	}
	strcpy(message + at, "\"}");
	fake_say_raw(conn, message);
	assert_non_null(fake_joined(conn));
	world_beats(world, 10);
	const char *shown = scene_word(scene_desk(scene.av, "zh-en/1"), "name");
	assert_in_range(strlen(shown), PERSON_SIZE - 4, PERSON_SIZE - 1);
	assert_int_equal(strlen(shown) % 3, 0); /* whole characters: JSON would not have parsed otherwise */
	assert_memory_equal(shown, name, strlen(shown));
	world_seconds(world, 1);
	scene_no_hole(&scene);
}

/* ---- the floor ---- */

static void booth_speaks_to_the_floor(void **state)
{
	struct booth booth = at_work(*state);
	struct seat french = scene_sit(&booth.scene, "fr/1", FR_HZ);
	fake_say(french.conn, "{'type':'speak_to_floor','on':true}");
	world_seconds(booth.scene.world, 1);
	assert_true(scene_heard(&booth.scene, FLOOR, FLOOR_HZ)); /* the microphone is OFF */
	scene_mic(french, "on");
	world_seconds(booth.scene.world, 1);
	for (unsigned channel = FLOOR; channel <= FR; channel++) {
		assert_int_equal(scene_heard(&booth.scene, channel, FR_HZ), channel != EN); /* which is interpreted */
		assert_false(scene_heard(&booth.scene, channel, FLOOR_HZ));
	}
	assert_true(scene_heard(&booth.scene, EN, ONE_HZ));
	assert_true(scene_flag(scene_desk(french.conn, "fr/1"), "on_air"));
	assert_true(scene_flag(scene_desk(booth.scene.av, "fr/1"), "to_floor"));
	fake_say(booth.two.conn, "{'type':'speak_to_floor','on':true}");
	fake_expect_error(booth.two.conn, "taken", "speak_to_floor");
	scene_mic(french, "cough");
	world_seconds(booth.scene.world, 1);
	assert_true(scene_heard(&booth.scene, FLOOR, FLOOR_HZ));
	assert_false(scene_heard(&booth.scene, FLOOR, FR_HZ));
	scene_mic(french, "on");
	fake_say(french.conn, "{'type':'speak_to_floor','on':false}");
	world_seconds(booth.scene.world, 1);
	assert_true(scene_heard(&booth.scene, FLOOR, FLOOR_HZ));
	assert_false(scene_heard(&booth.scene, FLOOR, FR_HZ));
	assert_true(scene_heard(&booth.scene, FR, FR_HZ)); /* into its own channel now */
	scene_no_hole(&booth.scene);
}

/* A key that was forgotten locks nobody out, and what is handed over is the channel. */
static void forgotten_key_to_the_floor(void **state)
{
	struct booth booth = at_work(*state);
	struct seat french = scene_sit(&booth.scene, "fr/1", FR_HZ);
	fake_say(booth.two.conn, "{'type':'speak_to_floor','on':true}");
	scene_handover(booth.two, "request");
	scene_handover(booth.one, "accept");
	world_seconds(booth.scene.world, 1);
	assert_true(scene_heard(&booth.scene, EN, TWO_HZ));
	assert_true(scene_heard(&booth.scene, FLOOR, FLOOR_HZ));
	fake_say(booth.one.conn, "{'type':'speak_to_floor','on':true}"); /* and goes for a coffee, the microphone OFF */
	fake_say(french.conn, "{'type':'speak_to_floor','on':true}");
	scene_mic(french, "on");
	world_seconds(booth.scene.world, 1);
	fake_expect_no_error(french.conn);
	assert_true(scene_heard(&booth.scene, FLOOR, FR_HZ));
	assert_false(scene_flag(scene_desk(booth.scene.av, "zh-en/1"), "to_floor"));
	fake_say(booth.scene.av, "{'type':'operate','action':'mic_off','desk':'fr/1'}"); /* AV wins, here too */
	scene_mic(french, "on");
	world_seconds(booth.scene.world, 1);
	assert_true(scene_heard(&booth.scene, FLOOR, FLOOR_HZ));
	assert_true(scene_heard(&booth.scene, FR, FR_HZ));
	scene_no_hole(&booth.scene);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(offer_and_accept),
		TEST(request_and_accept),
		TEST(selections_survive),
		TEST(decline_and_cancel),
		TEST(nobody_answers),
		TEST(take_warns_for_3_s),
		TEST(take_at_once_when_the_link_is_lost),
		TEST(requester_leaves_during_a_handover),
		TEST(who_offers_leaves),
		TEST(emergency_during_a_handover),
		TEST(keys_without_the_seat),
		TEST(take_over_storm),
		TEST(slow_down_names_nobody),
		TEST(chat_reaches_the_right_people),
		TEST(very_long_name),
		TEST(booth_speaks_to_the_floor),
		TEST(forgotten_key_to_the_floor),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
