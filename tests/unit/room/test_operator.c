/* What the operator puts on channels (line-up tone, break music), and what is known of the language on the floor. */
#include "room/floor_language.h"
#include "room/view.h"
#include "unit/room/hall.h"

static void assert_made(const struct room *room, unsigned channel, enum plan_bed bed)
{
	const struct plan_line *line = hall_line(room, channel);
	assert_int_equal(line->bed, bed);
	assert_int_equal(line->label, LABEL_SILENT);
	assert_int_equal(line->voices, 0);
	assert_string_equal(line->language, "");
}

static struct desk_view view_of(const struct room *room, unsigned desk)
{
	struct plan plan;
	struct desk_view view[DESKS_MAX];
	plan_make(room, &plan);
	view_make(room, &plan, 1000, view);
	return view[desk];
}

/* ---- line-up tone ---- */

static void tone_replaces_what_is_there(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	assert_int_equal(hall_event(&room, ROOM_FILL, 0, ES, false), STATUS_OK);
	for (unsigned c = FLOOR; c <= ES; c++)
		hall_line_up(&room, c, true);
	for (unsigned c = FLOOR; c <= ES; c++)
		assert_made(&room, c, PLAN_BED_LINE_UP);
	assert_floor(&room, RU); /* one that has none */
	for (unsigned c = FLOOR; c <= ES; c++)
		hall_line_up(&room, c, false);
	assert_floor(&room, FLOOR);
	assert_floor(&room, EN);
	assert_heard(&room, FR, FR_1);
	assert_silent(&room, ES);
}

/* A holder goes on holding, and is not heard: the lamp is dark, and another booth still finds the channel engaged. */
static void tone_darkens_the_tally(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, ZHEN_1, MIC_ON);
	assert_true(view_of(&room, ZHEN_1).tally);
	hall_line_up(&room, EN, true);
	assert_false(view_of(&room, ZHEN_1).tally);
	assert_true(room.desk[ZHEN_1].holds);
	hall_do(&room, ROOM_OUTPUT, FR_1, B);
	hall_mic(&room, FR_1, MIC_ON);
	assert_true(room.desk[FR_1].engaged);
	hall_do(&room, ROOM_INPUT, RU_1, EN);
	assert_int_equal(view_of(&room, RU_1).hears, EN);
	assert_int_equal(view_of(&room, RU_1).quality, LABEL_SILENT); /* no relay to work from */
	hall_line_up(&room, EN, false);
	assert_true(view_of(&room, ZHEN_1).tally);
	assert_int_equal(view_of(&room, RU_1).quality, LABEL_DIRECT);
}

static void an_emergency_outranks_tone_and_music(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_line_up(&room, EN, true);
	hall_music(&room, FR, true);
	hall_do(&room, ROOM_EMERGENCY, PLAN_NO_SOURCE, 1);
	for (unsigned c = FLOOR; c <= IT; c++)
		assert_int_equal(hall_line(&room, c)->label, LABEL_EMERGENCY);
	hall_do(&room, ROOM_EMERGENCY, PLAN_NO_SOURCE, 0);
	assert_made(&room, EN, PLAN_BED_LINE_UP);
	assert_made(&room, FR, PLAN_BED_MUSIC);
}

/* ---- break music ---- */

static void music_fills_what_nobody_holds(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_COUGH);
	assert_int_equal(hall_event(&room, ROOM_FILL, 0, ES, false), STATUS_OK);
	for (unsigned c = ZH; c <= ES; c++)
		hall_music(&room, c, true);
	assert_made(&room, ZH, PLAN_BED_MUSIC);
	assert_made(&room, ES, PLAN_BED_MUSIC); /* the operator wants it, whatever else would not fill the channel */
	assert_voice(&room, FR, FR_1, true, LABEL_DIRECT);
	assert_floor(&room, FLOOR);
	assert_floor(&room, RU);
	hall_mic(&room, FR_1, MIC_OFF);
	assert_made(&room, FR, PLAN_BED_MUSIC);
	hall_do(&room, ROOM_INPUT_LINK, MAIN, LINK_DOWN);
	hall_do(&room, ROOM_INPUT_LINK, BACKUP, LINK_DOWN);
	assert_made(&room, ZH, PLAN_BED_MUSIC); /* it needs no floor */
	assert_silent(&room, RU);
}

/* On channel 0 it takes the floor's own channel, which booths hear, and no other. */
static void music_on_the_floor_is_what_booths_hear(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_do(&room, ROOM_TO_FLOOR, FR_1, 1);
	hall_mic(&room, FR_1, MIC_ON);
	assert_int_equal(view_of(&room, RU_1).quality, LABEL_ORIGINAL);
	hall_music(&room, FLOOR, true);
	assert_made(&room, FLOOR, PLAN_BED_MUSIC);
	assert_int_equal(view_of(&room, RU_1).hears, FLOOR);
	assert_int_equal(view_of(&room, RU_1).quality, LABEL_SILENT);
	assert_floor(&room, EN);
	assert_true(view_of(&room, FR_1).tally); /* who speaks to the floor is heard on the floor-filled channels */
	for (unsigned c = ZH; c <= IT; c++)
		hall_music(&room, c, true);
	assert_false(view_of(&room, FR_1).tally);
}

static void tone_outranks_music(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_music(&room, EN, true);
	hall_line_up(&room, EN, true);
	assert_made(&room, EN, PLAN_BED_LINE_UP);
	hall_line_up(&room, EN, false);
	assert_made(&room, EN, PLAN_BED_MUSIC);
}

static void refused(void **state)
{
	(void)state;
	static const enum room_event_type types[] = {ROOM_LINE_UP, ROOM_BREAK_MUSIC};
	struct room room;
	hall_open(&room);
	uint64_t revision = room.revision;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(hall_event(&room, types[i], 0, IT + 1, 1), STATUS_NO_CHANNEL);
		assert_int_equal(hall_event(&room, types[i], 0, 255, 1), STATUS_NO_CHANNEL);
		assert_int_equal(hall_event(&room, types[i], 0, EN, 2), STATUS_BAD_FIELD);
		assert_int_equal(hall_event(&room, types[i], 0, EN, 0), STATUS_OK); /* it is off */
	}
	assert_int_equal(room.revision, revision);
}

/* ---- the language on the floor ---- */

static void assert_spoken(const struct room *room, const char *tag, enum floor_language_from from)
{
	struct relay relay;
	struct floor_language language;
	relay_trace(room, &relay);
	floor_language_of(room, &relay, &language);
	assert_string_equal(language.tag, tag);
	assert_int_equal(language.from, from);
	assert_string_equal(hall_line(room, FLOOR)->language, tag);
}

static void operator_then_programme_then_nobody(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_programme_language(&room, "en-GB");
	assert_spoken(&room, "zh-CN", FLOOR_LANGUAGE_SET);
	hall_floor_language(&room, "");
	assert_spoken(&room, "en-GB", FLOOR_LANGUAGE_PROGRAMME);
	hall_programme_language(&room, "");
	assert_spoken(&room, "", FLOOR_LANGUAGE_UNKNOWN);
}

/* All booths but the one of the language that is spoken work from the floor. */
static void concluded_by_exclusion(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_floor_language(&room, "");
	hall_mic(&room, ZHEN_1, MIC_ON);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, ES_1, MIC_ON);
	hall_mic(&room, RU_1, MIC_ON);
	assert_spoken(&room, "", FLOOR_LANGUAGE_UNKNOWN); /* Chinese or Italian */
	hall_mic(&room, IT_1, MIC_ON);
	assert_spoken(&room, "zh-CN", FLOOR_LANGUAGE_CONCLUDED);
	assert_string_equal(hall_line(&room, ZH)->language, "zh-CN"); /* what is floor-filled is labelled so */
	hall_mic(&room, FR_1, MIC_COUGH);
	assert_spoken(&room, "zh-CN", FLOOR_LANGUAGE_CONCLUDED); /* it is held still */
	hall_do(&room, ROOM_INPUT, RU_1, EN);
	assert_spoken(&room, "", FLOOR_LANGUAGE_UNKNOWN); /* Russian is made from English: it says nothing of the floor */
	hall_do(&room, ROOM_INPUT, RU_1, FLOOR);
	hall_do(&room, ROOM_OUTPUT, ZHEN_1, B);
	assert_spoken(&room, "en-GB", FLOOR_LANGUAGE_CONCLUDED); /* the two-way booth has flipped */
	hall_do(&room, ROOM_OUTPUT, IT_1, B);
	assert_spoken(&room, "it-IT", FLOOR_LANGUAGE_CONCLUDED);
	hall_programme_language(&room, "ru-RU");
	assert_spoken(&room, "ru-RU", FLOOR_LANGUAGE_PROGRAMME);
}

static void all_held_concludes_nothing(void **state)
{
	(void)state;
	struct room room;
	room_init(&room);
	room_add_input(&room);
	hall_do(&room, ROOM_INPUT_LINK, MAIN, LINK_UP);
	room_add_channel(&room, 1, "en-GB", true, ROOM_INTERLOCK_FIRST);
	assert_spoken(&room, "", FLOOR_LANGUAGE_UNKNOWN); /* one language alone */
	room_add_channel(&room, 2, "fr-FR", true, ROOM_INTERLOCK_FIRST);
	room_add_booth(&room, "en", (const uint8_t[]){1}, 1);
	room_add_booth(&room, "fr", (const uint8_t[]){2}, 1);
	room_add_desk(&room, 0);
	room_add_desk(&room, 1);
	assert_spoken(&room, "", FLOOR_LANGUAGE_UNKNOWN);
	for (unsigned desk = 0; desk < 2; desk++) {
		hall_do(&room, ROOM_SEAT, desk, 0);
		hall_link(&room, desk, LINK_UP);
	}
	hall_mic(&room, 0, MIC_ON);
	assert_spoken(&room, "fr-FR", FLOOR_LANGUAGE_CONCLUDED);
	hall_mic(&room, 1, MIC_ON);
	assert_spoken(&room, "", FLOOR_LANGUAGE_UNKNOWN); /* a third language */
}

/* A wrong guess must not blame an interpreter. */
static void wrong_direction_by_what_was_told(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_floor_language(&room, "");
	for (unsigned desk = ZHEN_1; desk <= IT_1; desk += 2)
		hall_mic(&room, desk, MIC_ON);
	assert_spoken(&room, "zh-CN", FLOOR_LANGUAGE_CONCLUDED);
	for (unsigned desk = ZHEN_1; desk <= IT_1; desk++)
		assert_false(view_of(&room, desk).wrong_direction);
	hall_programme_language(&room, "en-US");
	assert_true(view_of(&room, ZHEN_1).wrong_direction);
	assert_false(view_of(&room, FR_1).wrong_direction);
	hall_floor_language(&room, "fr-CA"); /* the operator knows better */
	assert_false(view_of(&room, ZHEN_1).wrong_direction);
	assert_true(view_of(&room, FR_1).wrong_direction);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tone_replaces_what_is_there),
		cmocka_unit_test(tone_darkens_the_tally),
		cmocka_unit_test(an_emergency_outranks_tone_and_music),
		cmocka_unit_test(music_fills_what_nobody_holds),
		cmocka_unit_test(music_on_the_floor_is_what_booths_hear),
		cmocka_unit_test(tone_outranks_music),
		cmocka_unit_test(refused),
		cmocka_unit_test(operator_then_programme_then_nobody),
		cmocka_unit_test(concluded_by_exclusion),
		cmocka_unit_test(all_held_concludes_nothing),
		cmocka_unit_test(wrong_direction_by_what_was_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
