/* What desks hear and how far each channel is from the original: room/README.md, "Relay". */
#include "room/relay.h"
#include "room/view.h"
#include "unit/room/hall.h"

#include <stdio.h>

static struct desk_view view_of(const struct room *room, unsigned desk)
{
	struct plan plan;
	struct desk_view view[DESKS_MAX];
	plan_make(room, &plan);
	view_make(room, &plan, 0, view);
	return view[desk];
}

static void assert_hears(const struct room *room, unsigned desk, unsigned channel, enum label quality)
{
	struct desk_view view = view_of(room, desk);
	assert_int_equal(view.hears, channel);
	assert_int_equal(view.quality, quality);
	assert_false(view.relay_lost);
}

static void assert_relay_lost(const struct room *room, unsigned desk)
{
	struct desk_view view = view_of(room, desk);
	assert_true(view.relay_lost);
	assert_int_equal(view.hears, FLOOR);
	assert_int_equal(view.quality, LABEL_ORIGINAL);
}

static void speak(struct room *room, unsigned desk, unsigned input)
{
	hall_do(room, ROOM_INPUT, desk, input);
	hall_mic(room, desk, MIC_ON);
}

static void assert_depth(const struct room *room, unsigned channel, unsigned depth, enum label label)
{
	assert_int_equal(hall_line(room, channel)->depth, depth);
	assert_int_equal(hall_line(room, channel)->label, label);
}

static void depth_grows_with_each_booth(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	speak(&room, ZHEN_1, FLOOR);
	speak(&room, FR_1, EN);
	speak(&room, ES_1, FR);
	assert_depth(&room, FLOOR, 0, LABEL_ORIGINAL);
	assert_depth(&room, EN, 1, LABEL_DIRECT);
	assert_depth(&room, FR, 2, LABEL_RELAY);
	assert_depth(&room, ES, 3, LABEL_RELAY);
	assert_hears(&room, FR_1, EN, LABEL_DIRECT);
	assert_hears(&room, ES_1, FR, LABEL_RELAY);
	assert_hears(&room, ES_2, FR, LABEL_RELAY); /* the partner follows its booth */
}

static void preset_hears_the_floor_while_its_channel_is_floor_filled(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	speak(&room, FR_1, EN);
	assert_hears(&room, FR_1, FLOOR, LABEL_ORIGINAL);
	assert_depth(&room, FR, 1, LABEL_DIRECT);
	hall_mic(&room, ZHEN_1, MIC_ON);
	assert_hears(&room, FR_1, EN, LABEL_DIRECT);
	assert_depth(&room, FR, 2, LABEL_RELAY);
	assert_int_equal(hall_event(&room, ROOM_FILL, 0, EN, 0), STATUS_OK);
	hall_mic(&room, ZHEN_1, MIC_OFF);
	assert_hears(&room, FR_1, FLOOR, LABEL_ORIGINAL); /* also when listeners of that channel hear silence */
}

static void relay_source_flips_away(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	speak(&room, ZHEN_1, FLOOR);
	speak(&room, FR_1, EN);
	uint64_t revision = room.revision;
	hall_do(&room, ROOM_OUTPUT, ZHEN_1, B); /* English is spoken now */
	assert_int_equal(room.revision, revision + 1);
	assert_hears(&room, FR_1, FLOOR, LABEL_ORIGINAL);
	assert_depth(&room, FR, 1, LABEL_DIRECT);
	assert_depth(&room, ZH, 1, LABEL_DIRECT);
}

static void flip_creates_a_relay_loop(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	speak(&room, ZHEN_1, FR); /* en from fr */
	hall_do(&room, ROOM_OUTPUT, FR_1, B);
	hall_do(&room, ROOM_INPUT, FR_1, EN);
	hall_do(&room, ROOM_OUTPUT, FR_1, A);
	hall_mic(&room, FR_1, MIC_ON); /* fr from en */
	assert_relay_lost(&room, ZHEN_1);
	assert_relay_lost(&room, FR_1);
	assert_depth(&room, EN, 1, LABEL_DIRECT);
	assert_depth(&room, FR, 1, LABEL_DIRECT);
	hall_do(&room, ROOM_OUTPUT, ZHEN_1, B); /* en is free: the loop is gone */
	assert_hears(&room, ZHEN_1, FR, LABEL_DIRECT);
	assert_hears(&room, FR_1, FLOOR, LABEL_ORIGINAL);
	hall_do(&room, ROOM_OUTPUT, ZHEN_1, A); /* the flip makes it again */
	assert_relay_lost(&room, FR_1);
	hall_mic(&room, ZHEN_1, MIC_OFF);
	assert_hears(&room, FR_1, FLOOR, LABEL_ORIGINAL);
}

static void a_loop_over_three_booths_and_one_who_hears_into_it(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	speak(&room, FR_1, ES);
	speak(&room, ES_1, RU);
	assert_depth(&room, FR, 2, LABEL_RELAY);
	speak(&room, RU_1, FR);
	speak(&room, IT_1, FR);
	assert_relay_lost(&room, FR_1);
	assert_relay_lost(&room, ES_1);
	assert_relay_lost(&room, RU_1);
	assert_hears(&room, IT_1, FR, LABEL_DIRECT); /* is no member */
	assert_depth(&room, IT, 2, LABEL_RELAY);
	hall_mic(&room, RU_1, MIC_OFF);
	assert_hears(&room, FR_1, ES, LABEL_DIRECT);
	assert_depth(&room, FR, 2, LABEL_RELAY);
}

static void own_output_is_never_the_input(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	speak(&room, FR_1, FR);
	assert_relay_lost(&room, FR_1);
	assert_relay_lost(&room, FR_2);
	assert_depth(&room, FR, 1, LABEL_DIRECT);
	hall_do(&room, ROOM_INPUT, FR_1, EN);
	assert_hears(&room, FR_1, FLOOR, LABEL_ORIGINAL);
	hall_do(&room, ROOM_OUTPUT, FR_1, B); /* the preset becomes the own output */
	assert_relay_lost(&room, FR_1);
}

static void a_muted_relay_is_still_a_relay(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	speak(&room, ZHEN_1, FLOOR);
	speak(&room, FR_1, EN);
	hall_mic(&room, ZHEN_1, MIC_COUGH);
	assert_hears(&room, FR_1, EN, LABEL_DIRECT); /* silence, as for every listener of that channel */
	assert_voice(&room, FR, FR_1, false, LABEL_RELAY);
}

static void the_longest_way_counts(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_interlock(&room, EN, ROOM_INTERLOCK_NONE);
	speak(&room, FR_1, FLOOR);
	speak(&room, ZHEN_1, FLOOR);
	hall_do(&room, ROOM_OUTPUT, RU_1, B);
	speak(&room, RU_1, FR); /* into en, from fr: together with zh-en, from the floor */
	assert_depth(&room, EN, 2, LABEL_RELAY);
	hall_mic(&room, RU_1, MIC_OFF);
	assert_depth(&room, EN, 1, LABEL_DIRECT);
}

static void who_is_engaged_makes_no_loop(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	speak(&room, ZHEN_1, FR); /* holds en, hears fr */
	hall_do(&room, ROOM_OUTPUT, ES_1, B);
	speak(&room, ES_1, RU); /* is engaged in en */
	speak(&room, FR_1, FLOOR);
	speak(&room, RU_1, EN);
	assert_true(room.desk[ES_1].engaged);
	assert_hears(&room, RU_1, EN, LABEL_RELAY);
	assert_hears(&room, ES_1, RU, LABEL_RELAY);
	assert_depth(&room, RU, 3, LABEL_RELAY);
}

static void no_floor_no_quality(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_do(&room, ROOM_INPUT_LINK, MAIN, LINK_DOWN);
	hall_do(&room, ROOM_INPUT_LINK, BACKUP, LINK_DOWN);
	assert_hears(&room, FR_1, FLOOR, LABEL_SILENT);
}

static void auto_relay_takes_the_place_of_the_floor(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	hall_do(&room, ROOM_AUTO_RELAY, 0, EN);
	assert_hears(&room, FR_1, FLOOR, LABEL_ORIGINAL); /* the pivot does not speak yet */
	hall_mic(&room, ZHEN_1, MIC_ON);
	assert_hears(&room, FR_1, EN, LABEL_DIRECT);
	assert_hears(&room, ES_2, EN, LABEL_DIRECT);
	assert_true(view_of(&room, FR_1).auto_relay);
	assert_depth(&room, FR, 2, LABEL_RELAY);
	assert_hears(&room, ZHEN_1, FLOOR, LABEL_ORIGINAL); /* the relaying booth keeps the true floor */
	assert_hears(&room, ZHEN_2, FLOOR, LABEL_ORIGINAL);
	assert_depth(&room, EN, 1, LABEL_DIRECT);
	hall_do(&room, ROOM_TRUE_FLOOR, FR_1, 1);
	assert_hears(&room, FR_1, FLOOR, LABEL_ORIGINAL);
	assert_hears(&room, FR_2, EN, LABEL_DIRECT);
	hall_do(&room, ROOM_TRUE_FLOOR, FR_1, 0);
	hall_do(&room, ROOM_AUTO_RELAY, 0, ES); /* at most one */
	assert_hears(&room, FR_1, FLOOR, LABEL_ORIGINAL);
	hall_do(&room, ROOM_AUTO_RELAY, 0, FLOOR);
	assert_int_equal(hall_event(&room, ROOM_AUTO_RELAY, 0, 0, 9), STATUS_NO_CHANNEL);
	assert_int_equal(hall_event(&room, ROOM_TRUE_FLOOR, FR_1, 0, 2), STATUS_BAD_FIELD);
}

static void auto_relay_makes_no_loop(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	speak(&room, ZHEN_1, FR); /* the pivot itself works from French */
	hall_do(&room, ROOM_AUTO_RELAY, 0, EN);
	speak(&room, FR_1, FLOOR);
	assert_relay_lost(&room, FR_1);
	assert_relay_lost(&room, ZHEN_1);
	hall_do(&room, ROOM_TRUE_FLOOR, FR_1, 1);
	assert_hears(&room, ZHEN_1, FR, LABEL_DIRECT);
	hall_do(&room, ROOM_OUTPUT, ES_1, B); /* a desk whose own channel it is hears the floor, and has lost nothing */
	assert_hears(&room, ES_1, FLOOR, LABEL_ORIGINAL);
}

/* A chain of all 31 channels, and the same closed to a ring. */
static void as_many_as_there_can_be(void **state)
{
	(void)state;
	struct room room;
	room_init(&room);
	for (uint8_t c = 1; c < CHANNELS_MAX; c++) {
		char name[NAME_SIZE];
		snprintf(name, sizeof name, "x%u", c);
		assert_int_equal(room_add_channel(&room, c, name, true, ROOM_INTERLOCK_FIRST), STATUS_OK);
		assert_int_equal(room_add_booth(&room, name, &c, 1), STATUS_OK);
		assert_int_equal(room_add_desk(&room, c - 1u), STATUS_OK);
	}
	for (unsigned desk = 0; desk < room.desks; desk++) {
		hall_do(&room, ROOM_SEAT, desk, 0);
		hall_link(&room, desk, LINK_UP);
		speak(&room, desk, desk); /* channel desk + 1 is made from channel desk */
	}
	assert_int_equal(hall_line(&room, 31)->depth, 31);
	hall_do(&room, ROOM_INPUT, 0, 31);
	for (unsigned c = 1; c < CHANNELS_MAX; c++)
		assert_int_equal(hall_line(&room, c)->depth, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth_grows_with_each_booth),
		cmocka_unit_test(preset_hears_the_floor_while_its_channel_is_floor_filled),
		cmocka_unit_test(relay_source_flips_away),
		cmocka_unit_test(flip_creates_a_relay_loop),
		cmocka_unit_test(a_loop_over_three_booths_and_one_who_hears_into_it),
		cmocka_unit_test(own_output_is_never_the_input),
		cmocka_unit_test(a_muted_relay_is_still_a_relay),
		cmocka_unit_test(the_longest_way_counts),
		cmocka_unit_test(who_is_engaged_makes_no_loop),
		cmocka_unit_test(no_floor_no_quality),
		cmocka_unit_test(auto_relay_takes_the_place_of_the_floor),
		cmocka_unit_test(auto_relay_makes_no_loop),
		cmocka_unit_test(as_many_as_there_can_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
