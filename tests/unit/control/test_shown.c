/* The picture of a room: what only time brings comes at its beat and not before, and a difference is found exactly where one is. */
#include "control/shown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ZH = 1, EN, FR };

/* Two booths: zh-en with two desks, fr with one. */
struct hall_of_two {
	struct room room;
	struct plan plan;
	struct handover handover[BOOTHS_MAX];
	struct shown_since since;
	struct shown shown, before;
};

static void apply(struct hall_of_two *hall, struct room_event event)
{
	assert_int_equal(room_apply(&hall->room, &event), STATUS_OK);
	plan_make(&hall->room, &hall->plan);
}

static void set_up_hall(struct hall_of_two *hall, uint16_t frame_ms)
{
	memset(hall, 0, sizeof *hall);
	room_init(&hall->room);
	hall->room.frame_ms = frame_ms;
	room_add_input(&hall->room);
	room_add_channel(&hall->room, ZH, "zh-CN", true, ROOM_INTERLOCK_FIRST);
	room_add_channel(&hall->room, EN, "en-GB", true, ROOM_INTERLOCK_FIRST);
	room_add_channel(&hall->room, FR, "fr-FR", true, ROOM_INTERLOCK_FIRST);
	room_add_booth(&hall->room, "zh-en", (const uint8_t[]){EN, ZH}, 2);
	room_add_booth(&hall->room, "fr", (const uint8_t[]){FR}, 1);
	room_add_desk(&hall->room, 0);
	room_add_desk(&hall->room, 0);
	room_add_desk(&hall->room, 1);
	handover_init(&hall->handover[0], 0);
	handover_init(&hall->handover[1], 1);
	for (uint8_t i = 0; i < 2; i++) {
		apply(hall, (struct room_event){.type = ROOM_SEAT, .desk = i});
		apply(hall, (struct room_event){.type = ROOM_DESK_LINK, .desk = i, .value = LINK_UP});
	}
	apply(hall, (struct room_event){.type = ROOM_INPUT_LINK, .value = LINK_UP});
	apply(hall, (struct room_event){.type = ROOM_FLOOR_LANGUAGE, .text = "zh"});
}

static void look(struct hall_of_two *hall, uint64_t beat)
{
	memcpy(&hall->before, &hall->shown, sizeof hall->shown);
	shown_take(&hall->shown, &hall->since, &hall->room, &hall->plan, hall->handover, beat);
}

static void press(struct hall_of_two *hall, uint8_t desk, enum mic mic)
{
	apply(hall, (struct room_event){.type = ROOM_MIC, .desk = desk, .value = (uint8_t)mic});
}

static void long_cough(void **state)
{
	(void)state;
	static struct hall_of_two hall;
	for (uint16_t frame_ms = 10; frame_ms <= 20; frame_ms += 10) {
		uint64_t at = 1000, beats = COUGH_LONG_MS / frame_ms;
		set_up_hall(&hall, frame_ms);
		press(&hall, 0, MIC_COUGH);
		look(&hall, at);
		look(&hall, at + beats - 1);
		assert_false(hall.shown.cough_long[0]);
		look(&hall, at + beats);
		assert_true(hall.shown.cough_long[0] && !hall.shown.cough_long[1]);
		assert_true(shown_desk_differs(&hall.shown, &hall.before, 0));
		assert_false(shown_desk_differs(&hall.shown, &hall.before, 1));
		press(&hall, 0, MIC_ON);
		look(&hall, at + beats + 1);
		assert_false(hall.shown.cough_long[0]);
		press(&hall, 0, MIC_COUGH); /* a new one counts from its own beginning */
		look(&hall, at + beats + 2);
		look(&hall, at + 2 * beats);
		assert_false(hall.shown.cough_long[0]);
	}
}

static void look_for_10_s(struct hall_of_two *hall)
{
	look(hall, 5000);
	look(hall, 5000 + 10 * 50);
}

static void uninterpreted_where_somebody_could(void **state)
{
	(void)state;
	static struct hall_of_two hall;
	set_up_hall(&hall, 20);
	look(&hall, 5000);
	look(&hall, 5000 + 249);
	assert_false(hall.shown.uninterpreted[EN]);
	look(&hall, 5000 + 250);
	assert_true(hall.shown.uninterpreted[EN]);
	assert_true(shown_channel_differs(&hall.shown, &hall.before, EN, true));
	assert_false(shown_channel_differs(&hall.shown, &hall.before, FR, true));
	assert_false(hall.shown.uninterpreted[0]);  /* the original is the original */
	assert_false(hall.shown.uninterpreted[ZH]); /* spoken on the floor */
	assert_false(hall.shown.uninterpreted[FR]); /* nobody sits there */
	press(&hall, 0, MIC_COUGH);                 /* held: somebody takes care of it */
	look(&hall, 5000 + 251);
	assert_false(hall.shown.uninterpreted[EN]);
}

static void uninterpreted_needs_a_floor_with_a_language(void **state)
{
	(void)state;
	static struct hall_of_two hall;
	static const struct {
		struct room_event event;
		bool lacks;
	} all[] = {
		{{.type = ROOM_FLOOR_LANGUAGE, .text = ""}, false},
		{{.type = ROOM_FLOOR_LANGUAGE, .text = "en-US"}, false},
		{{.type = ROOM_INPUT_LINK, .value = LINK_LOST}, false}, /* nothing is said */
		{{.type = ROOM_EMERGENCY, .desk = PLAN_NO_SOURCE, .value = 1}, false},
		{{.type = ROOM_FILL, .channel = EN, .value = 0}, true}, /* silence instead of the floor */
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		set_up_hall(&hall, 20);
		apply(&hall, all[i].event);
		look_for_10_s(&hall);
		assert_int_equal(hall.shown.uninterpreted[EN], all[i].lacks);
	}
}

static void handover_is_shown(void **state)
{
	(void)state;
	static struct hall_of_two hall;
	set_up_hall(&hall, 20);
	press(&hall, 0, MIC_ON);
	look(&hall, 5000);
	assert_int_equal(hall.shown.booth[0].ends_beat, 0);
	assert_int_equal(handover_press(&hall.handover[0], &hall.room, 0, HANDOVER_OFFER, 5000), STATUS_OK);
	look(&hall, 5000);
	assert_int_equal(hall.shown.booth[0].state, HANDOVER_OFFERED);
	assert_int_equal(hall.shown.booth[0].ends_beat, 5000 + HANDOVER_TIMEOUT_MS / 20);
	assert_true(shown_booth_differs(&hall.shown, &hall.before, 0));
	assert_false(shown_booth_differs(&hall.shown, &hall.before, 1));
	look(&hall, 5500); /* ten seconds on: the same picture, so nobody is told anything */
	assert_false(shown_booth_differs(&hall.shown, &hall.before, 0));
	assert_int_equal(handover_press(&hall.handover[0], &hall.room, 1, HANDOVER_TAKE, 5500), STATUS_OK);
	assert_true(hall.handover[0].agreed);
}

static void only_what_changed_differs(void **state)
{
	(void)state;
	static struct hall_of_two hall;
	set_up_hall(&hall, 20);
	look(&hall, 5000);
	press(&hall, 0, MIC_ON);
	look(&hall, 5001);
	assert_true(shown_channel_differs(&hall.shown, &hall.before, EN, true));
	assert_false(shown_channel_differs(&hall.shown, &hall.before, ZH, true));
	assert_true(shown_desk_differs(&hall.shown, &hall.before, 0));
	assert_true(shown_desk_differs(&hall.shown, &hall.before, 1)); /* who holds its channel */
	assert_false(shown_desk_differs(&hall.shown, &hall.before, 2));
	assert_false(shown_floor_differs(&hall.shown, &hall.before));
	apply(&hall, (struct room_event){.type = ROOM_INPUT_LINK, .value = LINK_LATE});
	look(&hall, 5002);
	assert_true(shown_floor_differs(&hall.shown, &hall.before));
	assert_false(shown_channel_differs(&hall.shown, &hall.before, EN, true));
	look(&hall, 5003);
	assert_false(shown_floor_differs(&hall.shown, &hall.before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_cough),
		cmocka_unit_test(uninterpreted_where_somebody_could),
		cmocka_unit_test(uninterpreted_needs_a_floor_with_a_language),
		cmocka_unit_test(handover_is_shown),
		cmocka_unit_test(only_what_changed_differs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
