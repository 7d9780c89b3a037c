/* The main hall of the demo event as a room, and words to press its keys with: for the tests of room/.
 *
 *   channels 1 zh  2 en  3 fr  4 es  5 ru  6 it; booths zh-en (A = en, B = zh), fr, es, ru, it (A = their own, B = en), two desks
 * each
 */
#ifndef TESTS_ROOM_HALL_H
#define TESTS_ROOM_HALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "room/room.h"

#include <string.h>

enum { FLOOR, ZH, EN, FR, ES, RU, IT };
enum { ZHEN_1, ZHEN_2, FR_1, FR_2, ES_1, ES_2, RU_1, RU_2, IT_1, IT_2, HALL_DESKS };
enum { A, B };
enum { MAIN, BACKUP };

static inline void hall_build(struct room *room)
{
	static const char *const language[] = {"", "zh-CN", "en-GB", "fr-FR", "es-ES", "ru-RU", "it-IT"};
	static const char *const booth[] = {"zh-en", "fr", "es", "ru", "it"};
	static const uint8_t outputs[][2] = {{EN, ZH}, {FR, EN}, {ES, EN}, {RU, EN}, {IT, EN}};
	room_init(room);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(room_add_input(room), STATUS_OK);
	for (unsigned c = ZH; c <= IT; c++)
		assert_int_equal(room_add_channel(room, c, language[c], true, ROOM_INTERLOCK_FIRST), STATUS_OK);
	for (unsigned b = 0; b < 5; b++) {
		assert_int_equal(room_add_booth(room, booth[b], outputs[b], 2), STATUS_OK);
		assert_int_equal(room_add_desk(room, b), STATUS_OK);
		assert_int_equal(room_add_desk(room, b), STATUS_OK);
	}
}

static inline enum status hall_event(struct room *room, enum room_event_type type, unsigned desk, unsigned channel, unsigned value)
{
	struct room_event event = {
		.type = (uint8_t)type, .desk = (uint8_t)desk, .channel = (uint8_t)channel, .value = (uint8_t)value};
	return room_apply(room, &event);
}

static inline void hall_do(struct room *room, enum room_event_type type, unsigned desk, unsigned value)
{
	assert_int_equal(hall_event(room, type, desk, 0, value), STATUS_OK);
}

static inline void hall_mic(struct room *room, unsigned desk, enum mic mic)
{
	hall_do(room, ROOM_MIC, desk, mic);
}

static inline void hall_link(struct room *room, unsigned desk, enum link link)
{
	hall_do(room, ROOM_DESK_LINK, desk, link);
}

static inline void hall_floor_language(struct room *room, const char *tag)
{
	struct room_event event = {.type = ROOM_FLOOR_LANGUAGE};
	strncpy(event.text, tag, sizeof event.text - 1);
	assert_int_equal(room_apply(room, &event), STATUS_OK);
}

static inline void hall_line_up(struct room *room, unsigned channel, bool on)
{
	assert_int_equal(hall_event(room, ROOM_LINE_UP, 0, channel, on), STATUS_OK);
}

static inline void hall_music(struct room *room, unsigned channel, bool on)
{
	assert_int_equal(hall_event(room, ROOM_BREAK_MUSIC, 0, channel, on), STATUS_OK);
}

static inline void hall_programme_language(struct room *room, const char *tag)
{
	struct room_event event = {.type = ROOM_PROGRAMME_LANGUAGE};
	strncpy(event.text, tag, sizeof event.text - 1);
	assert_int_equal(room_apply(room, &event), STATUS_OK);
}

static inline void hall_interlock(struct room *room, unsigned channel, enum interlock mode)
{
	assert_int_equal(hall_event(room, ROOM_INTERLOCK, 0, channel, mode), STATUS_OK);
}

/* The morning of a conference: both inputs are live, Chinese is on the floor, every desk has somebody and a link, all are OFF. */
static inline void hall_open(struct room *room)
{
	hall_build(room);
	hall_do(room, ROOM_INPUT_LINK, MAIN, LINK_UP);
	hall_do(room, ROOM_INPUT_LINK, BACKUP, LINK_UP);
	hall_floor_language(room, "zh-CN");
	for (unsigned desk = 0; desk < HALL_DESKS; desk++) {
		hall_do(room, ROOM_SEAT, desk, 0);
		hall_link(room, desk, LINK_UP);
	}
}

/* The line of one channel as it is now; good until the next call. */
static inline const struct plan_line *hall_line(const struct room *room, unsigned channel)
{
	static struct plan plan;
	plan_make(room, &plan);
	assert_true(channel < plan.channels);
	return &plan.line[channel];
}

static inline void assert_floor(const struct room *room, unsigned channel)
{
	const struct plan_line *line = hall_line(room, channel);
	assert_int_equal(line->bed, PLAN_BED_FLOOR);
	assert_int_equal(line->label, LABEL_ORIGINAL);
	assert_int_equal(line->voices, 0);
	assert_int_equal(line->depth, 0);
	assert_string_equal(line->language, room->floor_language);
}

static inline void assert_silent(const struct room *room, unsigned channel)
{
	const struct plan_line *line = hall_line(room, channel);
	assert_int_equal(line->bed, PLAN_BED_NONE);
	assert_int_equal(line->label, LABEL_SILENT);
	assert_int_equal(line->voices, 0);
	assert_string_equal(line->language, "");
}

/* One desk alone holds the channel. */
static inline void assert_voice(const struct room *room, unsigned channel, unsigned desk, bool muted, enum label label)
{
	const struct plan_line *line = hall_line(room, channel);
	assert_int_equal(line->bed, PLAN_BED_NONE);
	assert_int_equal(line->voices, 1);
	assert_int_equal(line->voice[0].source, INPUTS_MAX + desk);
	assert_int_equal(line->voice[0].muted, muted);
	assert_int_equal(line->label, label);
	assert_string_equal(line->language, room->channel[channel].language);
}

static inline void assert_heard(const struct room *room, unsigned channel, unsigned desk)
{
	assert_voice(room, channel, desk, false, LABEL_DIRECT);
}

#endif
