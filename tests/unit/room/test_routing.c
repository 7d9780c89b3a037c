/* Rules 1-6 of room/README.md, "Routing rules", and its cases that are routing: each test has the case's name. */
#include "unit/room/hall.h"

static void floor_fills_what_nobody_holds(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	for (unsigned c = FLOOR; c <= IT; c++)
		assert_floor(&room, c);
	assert_int_equal(hall_event(&room, ROOM_FILL, 0, FR, 0), STATUS_OK);
	assert_silent(&room, FR);
	assert_floor(&room, ES);
}

static void off_gives_the_channel_back_and_cough_does_not(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	assert_heard(&room, FR, FR_1);
	hall_mic(&room, FR_1, MIC_COUGH);
	assert_voice(&room, FR, FR_1, true, LABEL_DIRECT);
	hall_mic(&room, FR_1, MIC_ON);
	assert_heard(&room, FR, FR_1);
	hall_mic(&room, FR_1, MIC_OFF);
	assert_floor(&room, FR);
}

static void cough_for_20_s(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, FR_1, MIC_COUGH);
	for (uint64_t beat = 0; beat < room_beats(&room, 20000); beat++) /* other things go on meanwhile */
		hall_link(&room, ES_1, beat % 2 ? LINK_UP : LINK_LATE);
	assert_voice(&room, FR, FR_1, true, LABEL_DIRECT);
}

static void flip_a_to_b_while_speaking(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, ZHEN_1, MIC_ON);
	assert_heard(&room, EN, ZHEN_1);
	assert_floor(&room, ZH);
	uint64_t revision = room.revision;
	hall_do(&room, ROOM_OUTPUT, ZHEN_1, B);
	assert_int_equal(room.revision, revision + 1);
	hall_floor_language(&room, "en-GB");
	assert_heard(&room, ZH, ZHEN_1);
	assert_floor(&room, EN); /* a listener to English hears the English floor, and touched nothing */
	hall_do(&room, ROOM_OUTPUT, ZHEN_1, A);
	assert_heard(&room, EN, ZHEN_1);
	assert_floor(&room, ZH);
}

static void flip_in_cough_stays_muted(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, ZHEN_1, MIC_ON);
	hall_mic(&room, ZHEN_1, MIC_COUGH);
	hall_do(&room, ROOM_OUTPUT, ZHEN_1, B);
	assert_voice(&room, ZH, ZHEN_1, true, LABEL_DIRECT);
	assert_floor(&room, EN);
}

static void both_desks_off_mid_speech(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, FR_2, MIC_ON);
	const struct plan_line *line = hall_line(&room, FR);
	assert_int_equal(line->voices, 2);
	assert_int_equal(line->voice[0].source, INPUTS_MAX + FR_1);
	assert_int_equal(line->voice[1].source, INPUTS_MAX + FR_2);
	hall_mic(&room, FR_1, MIC_OFF);
	assert_heard(&room, FR, FR_2);
	hall_mic(&room, FR_2, MIC_OFF);
	assert_floor(&room, FR);
}

static void third_language_on_the_floor(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_floor_language(&room, "fr-FR");
	/* the French booth makes English; Chinese is made from that English */
	hall_do(&room, ROOM_OUTPUT, FR_1, B);
	hall_mic(&room, FR_1, MIC_ON);
	hall_do(&room, ROOM_OUTPUT, ZHEN_1, B);
	hall_do(&room, ROOM_INPUT, ZHEN_1, EN);
	hall_mic(&room, ZHEN_1, MIC_ON);
	assert_heard(&room, EN, FR_1);
	assert_voice(&room, ZH, ZHEN_1, false, LABEL_RELAY);
	assert_int_equal(hall_line(&room, ZH)->depth, 2);
	assert_floor(&room, FR);
	assert_string_equal(hall_line(&room, FR)->language, "fr-FR");
}

static void floor_language_never_routes(void **state)
{
	(void)state;
	struct room room;
	struct plan before, after;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	plan_make(&room, &before);
	hall_floor_language(&room, "fr-FR");
	plan_make(&room, &after);
	for (unsigned c = FLOOR; c <= IT; c++)
		memset(before.line[c].language, 0, TAG_SIZE), memset(after.line[c].language, 0, TAG_SIZE);
	assert_memory_equal(&before, &after, sizeof before);
	assert_heard(&room, FR, FR_1);
}

static void joining_with_a_hot_microphone(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_do(&room, ROOM_LEAVE, FR_1, 0);
	assert_int_equal(hall_event(&room, ROOM_MIC, FR_1, 0, MIC_ON), STATUS_NOT_ALLOWED);
	assert_int_equal(hall_event(&room, ROOM_DESK_LINK, FR_1, 0, LINK_UP), STATUS_NOT_ALLOWED);
	hall_do(&room, ROOM_SEAT, FR_1, MIC_ON); /* what the page believes does not count */
	hall_link(&room, FR_1, LINK_UP);
	assert_int_equal(room.desk[FR_1].mic, MIC_OFF);
	assert_floor(&room, FR);
}

static void the_same_desk_in_two_tabs(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	hall_do(&room, ROOM_SEAT, FR_1, 0); /* the second tab has the seat now, with its microphone OFF and no sound yet */
	assert_floor(&room, FR);
	hall_mic(&room, FR_1, MIC_ON);
	assert_floor(&room, FR);
	hall_link(&room, FR_1, LINK_UP);
	assert_heard(&room, FR, FR_1);
}

static void emergency_covers_every_channel_and_ends(void **state)
{
	(void)state;
	struct room room;
	struct plan plan;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	hall_mic(&room, FR_2, MIC_ON); /* during a handover */
	hall_event(&room, ROOM_FILL, 0, ES, 0);
	hall_do(&room, ROOM_EMERGENCY, BACKUP, 1);
	plan_make(&room, &plan);
	assert_int_equal(plan.emergency_source, BACKUP);
	for (unsigned c = FLOOR; c <= IT; c++) {
		assert_int_equal(plan.line[c].bed, PLAN_BED_EMERGENCY);
		assert_int_equal(plan.line[c].label, LABEL_EMERGENCY);
		assert_int_equal(plan.line[c].voices, 0);
	}
	hall_mic(&room, FR_1, MIC_OFF); /* keys go on to count beneath it */
	hall_do(&room, ROOM_EMERGENCY, PLAN_NO_SOURCE, 0);
	assert_heard(&room, FR, FR_2);
	assert_silent(&room, ES);
	assert_floor(&room, FLOOR);
}

static void an_emergency_is_never_silent(void **state)
{
	(void)state;
	struct room room;
	struct plan plan;
	hall_open(&room);
	hall_do(&room, ROOM_EMERGENCY, BACKUP, 1);
	hall_do(&room, ROOM_INPUT_LINK, BACKUP, LINK_LOST);
	plan_make(&room, &plan);
	assert_int_equal(plan.emergency_source, PLAN_NO_SOURCE);
	hall_do(&room, ROOM_EMERGENCY, INPUTS_MAX + FR_1, 1); /* a desk, whose microphone is OFF */
	plan_make(&room, &plan);
	assert_int_equal(plan.emergency_source, PLAN_NO_SOURCE);
	hall_mic(&room, FR_1, MIC_ON);
	plan_make(&room, &plan);
	assert_int_equal(plan.emergency_source, INPUTS_MAX + FR_1);
	assert_true(plan_hears(&plan, FR_1)); /* by everybody: its lamp must say so */
	hall_mic(&room, FR_2, MIC_ON);
	plan_make(&room, &plan);
	assert_false(plan_hears(&plan, FR_2));
	hall_mic(&room, FR_1, MIC_COUGH);
	plan_make(&room, &plan);
	assert_int_equal(plan.emergency_source, PLAN_NO_SOURCE);
	assert_false(plan_hears(&plan, FR_1));
}

static void av_cuts_an_open_microphone(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	hall_do(&room, ROOM_MIC_CUT, FR_1, 0);
	assert_int_equal(room.desk[FR_1].mic, MIC_OFF);
	assert_true(room.desk[FR_1].cut);
	assert_floor(&room, FR);
	hall_mic(&room, FR_1, MIC_ON);
	assert_false(room.desk[FR_1].cut);
	assert_heard(&room, FR, FR_1);
}

static void a_listener_on_original_always_gets_the_floor(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	for (unsigned desk = 0; desk < HALL_DESKS; desk++) {
		hall_mic(&room, desk, MIC_ON);
		assert_floor(&room, FLOOR);
	}
	assert_int_equal(hall_event(&room, ROOM_FILL, 0, FLOOR, 0), STATUS_NO_CHANNEL);
}

static void lost_links_of_a_desk(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	hall_link(&room, FR_1, LINK_LATE);
	assert_voice(&room, FR, FR_1, true, LABEL_DIRECT);
	hall_link(&room, FR_1, LINK_UP);
	assert_heard(&room, FR, FR_1);
	hall_link(&room, FR_1, LINK_LATE);
	hall_link(&room, FR_1, LINK_LOST);
	assert_floor(&room, FR);
	assert_int_equal(room.desk[FR_1].mic, MIC_ON); /* the key is still down */
	hall_link(&room, FR_1, LINK_UP);
	assert_heard(&room, FR, FR_1);
	hall_link(&room, FR_1, LINK_DOWN);
	assert_floor(&room, FR);
}

static void a_restart_of_the_server(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	hall_do(&room, ROOM_RESTART, 0, 0);
	assert_silent(&room, FR); /* nothing has come back yet, not even the floor */
	hall_do(&room, ROOM_INPUT_LINK, MAIN, LINK_UP);
	assert_floor(&room, FR);
	hall_link(&room, FR_1, LINK_UP);
	assert_voice(&room, FR, FR_1, true, LABEL_DIRECT);
	hall_mic(&room, FR_1, MIC_ON);
	assert_heard(&room, FR, FR_1);
	hall_link(&room, ES_1, LINK_UP);
	assert_int_equal(room.desk[ES_1].mic, MIC_OFF);
}

static void leaving_gives_the_channel_back(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	hall_do(&room, ROOM_LEAVE, FR_1, 0);
	assert_floor(&room, FR);
	assert_int_equal(hall_event(&room, ROOM_LEAVE, FR_1, 0, 0), STATUS_NOT_ALLOWED);
}

static uint8_t floor_of(const struct room *room)
{
	struct plan plan;
	plan_make(room, &plan);
	return plan.floor_source;
}

static void floor_input_lost(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	assert_int_equal(floor_of(&room), MAIN);
	hall_do(&room, ROOM_INPUT_LINK, MAIN, LINK_LATE);
	assert_int_equal(floor_of(&room), MAIN);
	hall_do(&room, ROOM_INPUT_LINK, MAIN, LINK_LOST);
	assert_int_equal(floor_of(&room), BACKUP);
	assert_floor(&room, FR);
	hall_do(&room, ROOM_INPUT_LINK, BACKUP, LINK_LATE);
	assert_int_equal(floor_of(&room), PLAN_NO_SOURCE);
	assert_silent(&room, FLOOR);
	assert_silent(&room, FR);
	hall_do(&room, ROOM_INPUT_LINK, MAIN, LINK_UP);
	assert_int_equal(floor_of(&room), MAIN);
	hall_do(&room, ROOM_INPUT_LINK, BACKUP, LINK_UP);
	hall_do(&room, ROOM_CHOOSE_INPUT, 0, BACKUP);
	assert_int_equal(floor_of(&room), BACKUP);
}

static void booth_speaks_to_the_floor(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, ZHEN_1, MIC_ON);
	assert_heard(&room, EN, ZHEN_1);
	hall_do(&room, ROOM_TO_FLOOR, ZHEN_1, 1);
	assert_int_equal(floor_of(&room), INPUTS_MAX + ZHEN_1); /* the loudspeakers, and everybody who hears the original */
	assert_floor(&room, EN);				 /* one place at a time */
	assert_floor(&room, FR);
	assert_int_equal(hall_event(&room, ROOM_TO_FLOOR, FR_1, 0, 1), STATUS_TAKEN);
	hall_mic(&room, ZHEN_1, MIC_COUGH);
	assert_int_equal(floor_of(&room), MAIN);
	hall_mic(&room, ZHEN_1, MIC_ON);
	hall_do(&room, ROOM_TO_FLOOR, ZHEN_1, 0);
	assert_int_equal(floor_of(&room), MAIN);
	assert_heard(&room, EN, ZHEN_1);
	hall_do(&room, ROOM_TO_FLOOR, ZHEN_1, 1);
	hall_mic(&room, ZHEN_1, MIC_OFF); /* OFF ends it: the next ON is for the listeners, not for the hall */
	hall_mic(&room, ZHEN_1, MIC_ON);
	assert_int_equal(floor_of(&room), MAIN);
	assert_heard(&room, EN, ZHEN_1);
	hall_do(&room, ROOM_TO_FLOOR, FR_1, 1);
	hall_do(&room, ROOM_LEAVE, FR_1, 0);
	hall_do(&room, ROOM_TO_FLOOR, ZHEN_1, 1); /* who left keeps nobody from it */
}

static void thresholds_of_lost_links(void **state)
{
	(void)state;
	assert_int_equal(link_of(0, false), LINK_DOWN);
	assert_int_equal(link_of(5000, false), LINK_DOWN);
	assert_int_equal(link_of(0, true), LINK_UP);
	assert_int_equal(link_of(399, true), LINK_UP);
	assert_int_equal(link_of(400, true), LINK_LATE);
	assert_int_equal(link_of(1999, true), LINK_LATE);
	assert_int_equal(link_of(2000, true), LINK_LOST);
	assert_int_equal(link_of(UINT64_MAX, true), LINK_LOST);
}

static void output_and_input_belong_to_the_booth(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, ZHEN_1, MIC_ON);
	hall_do(&room, ROOM_OUTPUT, ZHEN_1, B);
	hall_do(&room, ROOM_INPUT, ZHEN_1, FR);
	assert_int_equal(room.desk[ZHEN_2].output, B); /* the partner follows, so that a handover goes on in the same channel */
	assert_int_equal(room.desk[ZHEN_2].input, FR);
	hall_do(&room, ROOM_OUTPUT, ZHEN_2, A); /* a passive desk chooses for itself: its partner is not flipped */
	assert_heard(&room, ZH, ZHEN_1);
	assert_int_equal(room.booth[0].output_now, B);
	hall_do(&room, ROOM_LEAVE, ZHEN_2, 0);
	hall_do(&room, ROOM_SEAT, ZHEN_2, 0);
	assert_int_equal(room.desk[ZHEN_2].output, B);
	assert_int_equal(room.desk[ZHEN_2].input, FR);
}

static void what_is_wrong_changes_nothing(void **state)
{
	(void)state;
	static const struct {
		uint8_t type, desk, channel, value;
		enum status status;
	} wrong[] = {
		{ROOM_EVENT_TYPES, 0, 1, 0, STATUS_BAD_FIELD},
		{255, 0, 1, 0, STATUS_BAD_FIELD},
		{ROOM_SEAT, HALL_DESKS, 0, 0, STATUS_NO_DESK},
		{ROOM_MIC, 255, 0, MIC_ON, STATUS_NO_DESK},
		{ROOM_MIC, FR_1, 0, 3, STATUS_BAD_FIELD},
		{ROOM_OUTPUT, FR_1, 0, 2, STATUS_BAD_FIELD},
		{ROOM_INPUT, FR_1, 0, 7, STATUS_NO_CHANNEL},
		{ROOM_INPUT, FR_1, 0, 255, STATUS_NO_CHANNEL},
		{ROOM_DESK_LINK, FR_1, 0, 4, STATUS_BAD_FIELD},
		{ROOM_INPUT_LINK, 2, 0, LINK_UP, STATUS_NO_SOURCE},
		{ROOM_INPUT_LINK, MAIN, 0, 9, STATUS_BAD_FIELD},
		{ROOM_CHOOSE_INPUT, 0, 0, 2, STATUS_NO_SOURCE},
		{ROOM_FILL, 0, 7, 0, STATUS_NO_CHANNEL},
		{ROOM_FILL, 0, 0, 0, STATUS_NO_CHANNEL},
		{ROOM_FILL, 0, 1, 2, STATUS_BAD_FIELD},
		{ROOM_INTERLOCK, 0, 1, 4, STATUS_BAD_FIELD},
		{ROOM_INTERLOCK, 0, 40, 0, STATUS_NO_CHANNEL},
		{ROOM_EMERGENCY, 2, 0, 1, STATUS_NO_SOURCE},
		{ROOM_EMERGENCY, INPUTS_MAX + HALL_DESKS, 0, 1, STATUS_NO_SOURCE},
		{ROOM_EMERGENCY, MAIN, 0, 2, STATUS_BAD_FIELD},
		{ROOM_MIC_CUT, 200, 0, 0, STATUS_NO_DESK},
	};
	struct room room, before;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	memcpy(&before, &room, sizeof room);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct room_event event = {
			.type = wrong[i].type, .desk = wrong[i].desk, .channel = wrong[i].channel, .value = wrong[i].value};
		assert_int_equal(room_apply(&room, &event), wrong[i].status);
		assert_memory_equal(&before, &room, sizeof room);
	}
	struct room_event event = {.type = ROOM_FLOOR_LANGUAGE};
	memset(event.text, 'a', sizeof event.text); /* no end mark */
	assert_int_equal(room_apply(&room, &event), STATUS_BAD_FIELD);
	strcpy(event.text, "<b>");
	assert_int_equal(room_apply(&room, &event), STATUS_BAD_FIELD);
	assert_memory_equal(&before, &room, sizeof room);
}

static void what_changes_nothing_has_no_revision(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	hall_mic(&room, FR_1, MIC_ON);
	uint64_t revision = room.revision;
	hall_mic(&room, FR_1, MIC_ON);
	hall_link(&room, FR_1, LINK_UP);
	hall_do(&room, ROOM_OUTPUT, FR_1, A);
	hall_do(&room, ROOM_MIC_CUT, ES_1, 0);
	hall_floor_language(&room, "zh-CN");
	assert_int_equal(room.revision, revision);
}

static void building_is_checked(void **state)
{
	(void)state;
	struct room room;
	const uint8_t twice[] = {EN, EN}, none[] = {EN, 9}, floor[] = {FLOOR}, good[] = {EN, ZH, FR};
	hall_build(&room);
	assert_int_equal(room_add_channel(&room, 0, "de-DE", true, ROOM_INTERLOCK_FIRST), STATUS_BAD_FIELD);
	assert_int_equal(room_add_channel(&room, CHANNELS_MAX, "de-DE", true, ROOM_INTERLOCK_FIRST), STATUS_BAD_FIELD);
	assert_int_equal(room_add_channel(&room, 9, "", true, ROOM_INTERLOCK_FIRST), STATUS_BAD_FIELD);
	assert_int_equal(room_add_channel(&room, 9, "a-tag-that-is-too-long", true, ROOM_INTERLOCK_FIRST), STATUS_BAD_FIELD);
	assert_int_equal(room_add_channel(&room, ZH, "de-DE", true, ROOM_INTERLOCK_FIRST), STATUS_TAKEN);
	assert_int_equal(room_add_channel(&room, 9, "ZH-cn", true, ROOM_INTERLOCK_FIRST), STATUS_TAKEN);
	assert_int_equal(room_add_booth(&room, "x", twice, 2), STATUS_BAD_FIELD);
	assert_int_equal(room_add_booth(&room, "x", none, 2), STATUS_NO_CHANNEL);
	assert_int_equal(room_add_booth(&room, "x", floor, 1), STATUS_NO_CHANNEL);
	assert_int_equal(room_add_booth(&room, "x", good, 0), STATUS_BAD_FIELD);
	assert_int_equal(room_add_booth(&room, "fr", good, 3), STATUS_TAKEN);
	assert_int_equal(room_add_booth(&room, "", good, 3), STATUS_BAD_FIELD);
	assert_int_equal(room_add_desk(&room, 5), STATUS_BAD_FIELD);
	assert_int_equal(room_add_desk(&room, 4), STATUS_OK);
	assert_int_equal(room_add_desk(&room, 4), STATUS_OK);
	assert_int_equal(room_add_desk(&room, 4), STATUS_TOO_MANY);
	assert_int_equal(room_find_desk(&room, "it", 4), HALL_DESKS + 1);
	assert_int_equal(room_find_desk(&room, "it", 5), -1);
	assert_int_equal(room_find_desk(&room, "none", 1), -1);
	assert_int_equal(room_find_channel(&room, "EN-gb"), EN);
	assert_int_equal(room_find_channel(&room, ""), -1);
	assert_int_equal(room_add_input(&room), STATUS_OK);
	assert_int_equal(room_add_input(&room), STATUS_OK);
	assert_int_equal(room_add_input(&room), STATUS_TOO_MANY);
}

static void a_number_between_channels_is_no_channel(void **state)
{
	(void)state;
	struct room room;
	struct plan plan;
	const struct plan_line empty = {0};
	hall_open(&room);
	assert_int_equal(room_add_channel(&room, 31, "ar", false, ROOM_INTERLOCK_NONE), STATUS_OK);
	plan_make(&room, &plan);
	assert_int_equal(plan.channels, 32);
	assert_false(room_has_channel(&room, 17));
	assert_memory_equal(&plan.line[17], &empty, sizeof empty);
	assert_int_equal(hall_event(&room, ROOM_INPUT, FR_1, 0, 17), STATUS_NO_CHANNEL);
	hall_do(&room, ROOM_EMERGENCY, PLAN_NO_SOURCE, 1);
	plan_make(&room, &plan);
	assert_int_equal(plan.line[31].bed, PLAN_BED_EMERGENCY);
}

/* A talk or a round table: whoever has sound is the floor, beside all others, and none is another's spare. */
static void mixed_floor(void **state)
{
	(void)state;
	struct room room;
	struct plan plan;
	hall_build(&room);
	room.floor_mixed = true;
	assert_silent(&room, FLOOR);
	hall_do(&room, ROOM_INPUT_LINK, BACKUP, LINK_UP);
	plan_make(&room, &plan);
	assert_int_equal(plan.floor_source, BACKUP);
	assert_int_equal(plan.floor_also, 0);
	hall_do(&room, ROOM_INPUT_LINK, MAIN, LINK_UP);
	hall_do(&room, ROOM_CHOOSE_INPUT, 0, BACKUP); /* there is nothing to choose */
	plan_make(&room, &plan);
	assert_true(plan_floor_has(&plan, MAIN) && plan_floor_has(&plan, BACKUP));
	assert_false(plan_floor_has(&plan, 2));
	for (unsigned c = FLOOR; c <= IT; c++)
		assert_floor(&room, c);
	hall_do(&room, ROOM_INPUT_LINK, MAIN, LINK_LATE); /* fades by itself, and mostly comes back */
	plan_make(&room, &plan);
	assert_true(plan_floor_has(&plan, MAIN));
	hall_do(&room, ROOM_INPUT_LINK, MAIN, LINK_LOST);
	plan_make(&room, &plan);
	assert_false(plan_floor_has(&plan, MAIN));
	assert_floor(&room, EN); /* the floor is there as long as anybody is */
	hall_do(&room, ROOM_INPUT_LINK, BACKUP, LINK_DOWN);
	assert_silent(&room, FLOOR);
	assert_silent(&room, EN);
}

/* An interpreter who speaks to the table takes nobody's microphone away. */
static void booth_speaks_to_a_mixed_floor(void **state)
{
	(void)state;
	struct room room;
	struct plan plan;
	hall_open(&room);
	room.floor_mixed = true;
	hall_do(&room, ROOM_TO_FLOOR, ZHEN_1, 1);
	hall_mic(&room, ZHEN_1, MIC_ON);
	plan_make(&room, &plan);
	assert_int_equal(plan.floor_source, INPUTS_MAX + ZHEN_1);
	assert_true(plan_floor_has(&plan, MAIN) && plan_floor_has(&plan, BACKUP));
	assert_true(plan_hears(&plan, ZHEN_1));
	hall_mic(&room, ZHEN_1, MIC_COUGH);
	plan_make(&room, &plan);
	assert_int_equal(plan.floor_source, MAIN);
	assert_false(plan_hears(&plan, ZHEN_1));
}

/* Only what may be heard is open: the key ON, somebody there, and the link up. */
static void an_open_microphone(void **state)
{
	(void)state;
	struct room room;
	hall_open(&room);
	assert_false(room_mic_open(&room, FR_1));
	hall_mic(&room, FR_1, MIC_ON);
	assert_true(room_mic_open(&room, FR_1));
	hall_mic(&room, ZHEN_1, MIC_ON);
	hall_do(&room, ROOM_OUTPUT, FR_1, B); /* engaged: no channel carries it, and it is open */
	assert_true(room.desk[FR_1].engaged && room_mic_open(&room, FR_1));
	hall_mic(&room, FR_1, MIC_COUGH);
	assert_false(room_mic_open(&room, FR_1));
	hall_mic(&room, FR_1, MIC_ON);
	hall_link(&room, FR_1, LINK_LATE);
	assert_false(room_mic_open(&room, FR_1));
	hall_link(&room, FR_1, LINK_UP);
	hall_do(&room, ROOM_MIC_CUT, FR_1, 0);
	assert_false(room_mic_open(&room, FR_1));
	hall_do(&room, ROOM_LEAVE, ZHEN_1, 0);
	assert_false(room_mic_open(&room, ZHEN_1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floor_fills_what_nobody_holds),
		cmocka_unit_test(off_gives_the_channel_back_and_cough_does_not),
		cmocka_unit_test(cough_for_20_s),
		cmocka_unit_test(flip_a_to_b_while_speaking),
		cmocka_unit_test(flip_in_cough_stays_muted),
		cmocka_unit_test(both_desks_off_mid_speech),
		cmocka_unit_test(third_language_on_the_floor),
		cmocka_unit_test(floor_language_never_routes),
		cmocka_unit_test(joining_with_a_hot_microphone),
		cmocka_unit_test(the_same_desk_in_two_tabs),
		cmocka_unit_test(emergency_covers_every_channel_and_ends),
		cmocka_unit_test(an_emergency_is_never_silent),
		cmocka_unit_test(av_cuts_an_open_microphone),
		cmocka_unit_test(a_listener_on_original_always_gets_the_floor),
		cmocka_unit_test(lost_links_of_a_desk),
		cmocka_unit_test(a_restart_of_the_server),
		cmocka_unit_test(leaving_gives_the_channel_back),
		cmocka_unit_test(floor_input_lost),
		cmocka_unit_test(booth_speaks_to_the_floor),
		cmocka_unit_test(mixed_floor),
		cmocka_unit_test(booth_speaks_to_a_mixed_floor),
		cmocka_unit_test(an_open_microphone),
		cmocka_unit_test(thresholds_of_lost_links),
		cmocka_unit_test(output_and_input_belong_to_the_booth),
		cmocka_unit_test(what_is_wrong_changes_nothing),
		cmocka_unit_test(what_changes_nothing_has_no_revision),
		cmocka_unit_test(building_is_checked),
		cmocka_unit_test(a_number_between_channels_is_no_channel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
