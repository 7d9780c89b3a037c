/* Who holds a channel that several desks want: room/README.md, "Interlock between booths", all four modes, home ranks, and the desks of
 * one booth. */
#include "room/view.h"
#include "unit/room/hall.h"

/* The booths fr, es and ru make English (their B) and are equals there; zh-en is at home in it. */
static void open_english(struct room *room, enum interlock mode)
{
	hall_open(room);
	hall_interlock(room, EN, mode);
	for (unsigned desk = FR_1; desk <= RU_2; desk++)
		hall_do(room, ROOM_OUTPUT, desk, B);
}

static void assert_engaged(const struct room *room, unsigned desk)
{
	assert_true(room->desk[desk].engaged);
	assert_false(room->desk[desk].holds);
}

static void two_booths_press_on_in_the_same_tick(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_FIRST);
	hall_mic(&room, ES_1, MIC_ON);
	hall_mic(&room, FR_1, MIC_ON);
	assert_heard(&room, EN, ES_1);
	assert_engaged(&room, FR_1);
	assert_false(room.desk[ES_1].engaged);
}

static void interlock_gives_to_who_waits(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_FIRST);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, RU_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON); /* pressing again does not get it there sooner */
	assert_heard(&room, EN, FR_1);
	hall_mic(&room, FR_1, MIC_COUGH);
	assert_voice(&room, EN, FR_1, true, LABEL_DIRECT);
	hall_mic(&room, FR_1, MIC_OFF);
	assert_heard(&room, EN, RU_1);
	assert_engaged(&room, ES_1);
	hall_mic(&room, RU_1, MIC_OFF);
	assert_heard(&room, EN, ES_1);
	hall_mic(&room, ES_1, MIC_OFF);
	assert_floor(&room, EN);
}

static void a_cough_does_not_pass_who_speaks(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_FIRST);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, RU_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON);
	hall_mic(&room, RU_1, MIC_COUGH);
	hall_mic(&room, FR_1, MIC_OFF);
	assert_heard(&room, EN, ES_1); /* although ru asked before */
}

static void flip_into_an_engaged_channel(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_FIRST);
	hall_mic(&room, FR_1, MIC_ON);
	hall_do(&room, ROOM_OUTPUT, ES_1, A);
	hall_mic(&room, ES_1, MIC_ON);
	assert_heard(&room, ES, ES_1);
	hall_do(&room, ROOM_OUTPUT, ES_1, B);
	assert_floor(&room, ES); /* it left its own at once */
	assert_engaged(&room, ES_1);
	assert_heard(&room, EN, FR_1);
	hall_do(&room, ROOM_OUTPUT, FR_1, A); /* the other flips away */
	assert_heard(&room, EN, ES_1);
	assert_heard(&room, FR, FR_1);
}

static void none_sums_all(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_NONE);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, ZHEN_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON);
	hall_mic(&room, ZHEN_1, MIC_COUGH);
	const struct plan_line *line = hall_line(&room, EN);
	assert_int_equal(line->voices, 3);
	assert_int_equal(line->voice[0].source, INPUTS_MAX + FR_1);
	assert_int_equal(line->voice[1].source, INPUTS_MAX + ZHEN_1);
	assert_true(line->voice[1].muted);
	assert_int_equal(line->voice[2].source, INPUTS_MAX + ES_1);
	hall_interlock(&room, EN, ROOM_INTERLOCK_FIRST); /* who was first stays */
	assert_heard(&room, EN, FR_1);
	assert_engaged(&room, ZHEN_1);
	hall_interlock(&room, EN, ROOM_INTERLOCK_NONE);
	assert_int_equal(hall_line(&room, EN)->voices, 3);
}

static void more_voices_than_a_line_has(void **state)
{
	(void)state;
	struct room room;
	struct plan plan;
	struct desk_view view[DESKS_MAX];
	hall_open(&room);
	hall_interlock(&room, EN, ROOM_INTERLOCK_NONE);
	for (unsigned desk = FR_1; desk < HALL_DESKS; desk++) {
		hall_do(&room, ROOM_OUTPUT, desk, B);
		hall_mic(&room, desk, MIC_ON);
	}
	hall_mic(&room, ZHEN_1, MIC_ON);
	plan_make(&room, &plan);
	view_make(&room, &plan, 0, view);
	assert_int_equal(plan.line[EN].voices, PLAN_VOICES_MAX);
	assert_true(view[IT_2].tally);
	assert_false(view[ZHEN_1].tally); /* the last comer is not heard, and its lamp says so */
}

static void override_takes_and_gives_back(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_OVERRIDE);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON);
	assert_heard(&room, EN, ES_1);
	assert_engaged(&room, FR_1);
	hall_mic(&room, RU_1, MIC_ON);
	assert_heard(&room, EN, RU_1);
	hall_mic(&room, RU_1, MIC_OFF);
	assert_heard(&room, EN, ES_1); /* the way it came */
	hall_mic(&room, ES_1, MIC_OFF);
	assert_heard(&room, EN, FR_1);
}

static void displaced_desk_presses_again_override(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_OVERRIDE);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON);
	hall_mic(&room, FR_1, MIC_ON);
	assert_heard(&room, EN, ES_1);
	hall_mic(&room, FR_1, MIC_OFF);
	hall_mic(&room, FR_1, MIC_ON);
	assert_heard(&room, EN, ES_1);
	hall_mic(&room, FR_2, MIC_ON); /* nor can its partner */
	assert_heard(&room, EN, ES_1);
	hall_mic(&room, RU_1, MIC_ON); /* a third booth can; then es, displaced by ru, waits for ru */
	hall_mic(&room, ES_1, MIC_ON);
	assert_heard(&room, EN, RU_1);
	hall_mic(&room, ES_1, MIC_OFF); /* es let go: fr may take it from ru */
	hall_mic(&room, FR_1, MIC_ON);
	assert_true(room.desk[FR_1].holds);
	assert_engaged(&room, RU_1);
}

static void who_let_go_is_a_new_one_again(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_OVERRIDE);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON);
	hall_mic(&room, RU_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_COUGH);
	hall_mic(&room, RU_1, MIC_OFF);
	assert_heard(&room, EN, FR_1); /* es, from which it would come back, coughs */
	hall_mic(&room, FR_1, MIC_OFF);
	assert_voice(&room, EN, ES_1, true, LABEL_DIRECT);
	hall_mic(&room, FR_1, MIC_ON); /* that es took the channel from it is long past */
	assert_heard(&room, EN, FR_1);
}

static void another_mode_forgets_who_displaced_whom(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_OVERRIDE);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON);
	hall_interlock(&room, EN, ROOM_INTERLOCK_FIRST);
	hall_interlock(&room, EN, ROOM_INTERLOCK_OVERRIDE);
	assert_heard(&room, EN, ES_1);
	hall_mic(&room, FR_1, MIC_ON);
	assert_heard(&room, EN, FR_1);
}

static void displaced_desk_presses_again_toggle(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_TOGGLE);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON);
	assert_heard(&room, EN, ES_1);
	hall_mic(&room, FR_1, MIC_ON);
	assert_heard(&room, EN, FR_1);
	hall_mic(&room, ES_1, MIC_OFF);
	hall_mic(&room, ES_1, MIC_ON);
	assert_heard(&room, EN, ES_1);
	hall_mic(&room, ES_1, MIC_OFF);
	assert_heard(&room, EN, FR_1);
}

static void home_language_outranks(void **state)
{
	(void)state;
	static const enum interlock modes[] = {ROOM_INTERLOCK_FIRST, ROOM_INTERLOCK_OVERRIDE, ROOM_INTERLOCK_TOGGLE};
	for (unsigned i = 0; i < 3; i++) {
		struct room room;
		open_english(&room, modes[i]);
		hall_mic(&room, FR_1, MIC_ON);
		hall_mic(&room, ZHEN_1, MIC_ON);
		assert_heard(&room, EN, ZHEN_1);
		assert_engaged(&room, FR_1);
		hall_mic(&room, FR_1, MIC_ON);
		hall_mic(&room, ES_1, MIC_ON);
		assert_heard(&room, EN, ZHEN_1);
		hall_mic(&room, ZHEN_1, MIC_OFF);
		assert_heard(&room, EN, modes[i] == ROOM_INTERLOCK_FIRST ? FR_1 : ES_1);
	}
}

static void only_a_press_takes_a_channel_away(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_FIRST);
	hall_mic(&room, ZHEN_1, MIC_ON);
	hall_link(&room, ZHEN_1, LINK_LOST);
	hall_mic(&room, FR_1, MIC_ON);
	hall_link(&room, ZHEN_1, LINK_UP); /* at home, but somebody speaks there now */
	assert_heard(&room, EN, FR_1);
	assert_engaged(&room, ZHEN_1);
	hall_mic(&room, ZHEN_1, MIC_COUGH);
	assert_heard(&room, EN, FR_1);
	hall_mic(&room, ZHEN_1, MIC_ON);
	assert_heard(&room, EN, ZHEN_1);
}

static void sitting_down_again_takes_nothing(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, ZHEN_1, MIC_ON);
	hall_do(&room, ROOM_OUTPUT, ZHEN_2, B);
	hall_mic(&room, ZHEN_2, MIC_ON); /* the booth is in both languages */
	hall_link(&room, ZHEN_1, LINK_LOST);
	hall_do(&room, ROOM_OUTPUT, FR_1, B);
	hall_mic(&room, FR_1, MIC_ON);
	hall_link(&room, ZHEN_1, LINK_UP);
	hall_do(&room, ROOM_SEAT, ZHEN_2, 0); /* back to the booth's output: what it held was another channel */
	assert_heard(&room, EN, FR_1);
	assert_engaged(&room, ZHEN_1);
}

static void a_late_link_keeps_the_channel(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_FIRST);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON);
	hall_link(&room, FR_1, LINK_LATE);
	assert_voice(&room, EN, FR_1, true, LABEL_DIRECT);
	hall_link(&room, FR_1, LINK_LOST);
	assert_heard(&room, EN, ES_1);
}

static void a_booth_keeps_its_channel_over_a_handover(void **state)
{
	(void)state;
	struct room room;
	open_english(&room, ROOM_INTERLOCK_FIRST);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON);
	hall_mic(&room, FR_2, MIC_ON); /* asked after es, but its booth has the channel */
	assert_int_equal(hall_line(&room, EN)->voices, 2);
	hall_mic(&room, FR_1, MIC_OFF);
	assert_heard(&room, EN, FR_2);
	assert_engaged(&room, ES_1);
}

static void both_desks_on_for_longer_than_2_s(void **state)
{
	(void)state;
	struct room room;
	struct plan plan;
	struct desk_view view[DESKS_MAX];
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	struct room_event on = {.type = ROOM_MIC, .desk = FR_2, .value = MIC_ON, .beat = 1000};
	assert_int_equal(room_apply(&room, &on), STATUS_OK);
	plan_make(&room, &plan);
	view_make(&room, &plan, 1100, view); /* 2 s, in beats of 20 ms */
	assert_false(view[FR_1].overlap);
	view_make(&room, &plan, 1101, view);
	assert_true(view[FR_1].overlap);
	assert_true(view[FR_2].overlap);
	assert_false(view[ES_1].overlap);
	hall_mic(&room, FR_1, MIC_COUGH);
	view_make(&room, &plan, 1101, view);
	assert_false(view[FR_2].overlap);
	room.frame_ms = 10;
	assert_int_equal(room_beats(&room, OVERLAP_MS), 200);
}

static void two_languages_of_one_booth_at_once(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_floor_language(&room, "fr-FR");
	hall_mic(&room, ZHEN_1, MIC_ON);
	hall_do(&room, ROOM_OUTPUT, ZHEN_2, B); /* its partner speaks, so this is its own selection */
	hall_mic(&room, ZHEN_2, MIC_ON);
	assert_heard(&room, EN, ZHEN_1);
	assert_heard(&room, ZH, ZHEN_2);
	assert_false(room.booth[0].overlap);
}

static void the_tally_is_the_truth(void **state)
{
	(void)state;
	struct room room;
	struct plan plan;
	struct desk_view view[DESKS_MAX];
	open_english(&room, ROOM_INTERLOCK_FIRST);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON);
	plan_make(&room, &plan);
	view_make(&room, &plan, 0, view);
	assert_true(view[FR_1].tally);
	assert_false(view[ES_1].tally);
	assert_int_equal(view[ES_1].holder, FR_1); /* "engaged, by" */
	assert_int_equal(view[IT_1].holder, ROOM_NOBODY);
	hall_link(&room, FR_1, LINK_LATE);
	plan_make(&room, &plan);
	view_make(&room, &plan, 0, view);
	assert_false(view[FR_1].tally);
	hall_link(&room, FR_1, LINK_UP);
	hall_do(&room, ROOM_EMERGENCY, PLAN_NO_SOURCE, 1);
	plan_make(&room, &plan);
	view_make(&room, &plan, 0, view);
	assert_false(view[FR_1].tally);
}

static bool wrong_direction(const struct room *room, unsigned desk)
{
	struct plan plan;
	struct desk_view view[DESKS_MAX];
	plan_make(room, &plan);
	view_make(room, &plan, 0, view);
	return view[desk].wrong_direction;
}

static void wrong_direction_is_told_and_never_routes(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room); /* Chinese is on the floor */
	hall_mic(&room, ZHEN_1, MIC_ON);
	assert_false(wrong_direction(&room, ZHEN_1));
	hall_do(&room, ROOM_OUTPUT, ZHEN_1, B);
	assert_true(wrong_direction(&room, ZHEN_1));
	assert_heard(&room, ZH, ZHEN_1);
	hall_floor_language(&room, "zh-Hant-TW");
	assert_true(wrong_direction(&room, ZHEN_1));
	hall_floor_language(&room, "");
	assert_false(wrong_direction(&room, ZHEN_1));
	hall_floor_language(&room, "z");
	assert_false(wrong_direction(&room, ZHEN_1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_booths_press_on_in_the_same_tick),
		cmocka_unit_test(interlock_gives_to_who_waits),
		cmocka_unit_test(a_cough_does_not_pass_who_speaks),
		cmocka_unit_test(flip_into_an_engaged_channel),
		cmocka_unit_test(none_sums_all),
		cmocka_unit_test(more_voices_than_a_line_has),
		cmocka_unit_test(override_takes_and_gives_back),
		cmocka_unit_test(displaced_desk_presses_again_override),
		cmocka_unit_test(who_let_go_is_a_new_one_again),
		cmocka_unit_test(another_mode_forgets_who_displaced_whom),
		cmocka_unit_test(displaced_desk_presses_again_toggle),
		cmocka_unit_test(home_language_outranks),
		cmocka_unit_test(only_a_press_takes_a_channel_away),
		cmocka_unit_test(sitting_down_again_takes_nothing),
		cmocka_unit_test(a_late_link_keeps_the_channel),
		cmocka_unit_test(a_booth_keeps_its_channel_over_a_handover),
		cmocka_unit_test(both_desks_on_for_longer_than_2_s),
		cmocka_unit_test(two_languages_of_one_booth_at_once),
		cmocka_unit_test(the_tally_is_the_truth),
		cmocka_unit_test(wrong_direction_is_told_and_never_routes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
