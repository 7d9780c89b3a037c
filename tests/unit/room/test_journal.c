/* The event log: every event there and back, a conference replayed from its lines, and files that somebody has edited. */
#include "room/journal.h"
#include "room/replay.h"
#include "unit/room/hall.h"

#include <stdio.h>

static struct room_event there_and_back(const struct room_event *event)
{
	char line[JOURNAL_LINE_MAX];
	struct room_event back;
	struct journal_result result;
	size_t length = room_event_write(event, NULL, line, sizeof line);
	assert_int_equal(length, strlen(line));
	assert_ptr_equal(strchr(line, '\n'), line + length - 1);
	assert_int_equal(room_event_read(line, &back, &result), STATUS_OK);
	assert_false(result.known);
	return back;
}

static void every_event_there_and_back(void **state)
{
	(void)state;
	for (uint8_t type = 0; type < ROOM_EVENT_TYPES; type++)
		for (uint8_t value = 0; value < 2; value++) {
			struct room_event event = {.type = type,
						   .desk = 3,
						   .channel = 5,
						   .value = value,
						   .beat = UINT64_C(1) << 40},
					  back;
			strcpy(event.text, "zh-Hant-TW");
			back = there_and_back(&event);
			assert_int_equal(back.type, type);
			assert_int_equal(back.beat, event.beat);
			struct room_event again = there_and_back(&back); /* fields that the event does not have stay 0 */
			assert_memory_equal(&back, &again, sizeof back);
		}
}

static void what_a_line_looks_like(void **state)
{
	(void)state;
	char line[JOURNAL_LINE_MAX];
	struct room_event event = {.type = ROOM_MIC, .desk = 2, .value = MIC_COUGH, .beat = 812};
	struct journal_result result = {.known = true, .revision = 7, .plan = 0xabc}, back;
	room_event_write(&event, &result, line, sizeof line);
	assert_string_equal(
		line,
		"{\"beat\":812,\"event\":\"mic\",\"desk\":2,\"state\":\"cough\",\"revision\":7,\"plan\":\"0000000000000abc\"}\n");
	assert_int_equal(room_event_read(line, &event, &back), STATUS_OK);
	assert_true(back.known && back.revision == 7 && back.plan == 0xabc);
	assert_int_equal(room_event_write(&event, &result, line, strlen("{\"beat\":812,\"event\"")), 0);
}

static void a_room_there_and_back(void **state)
{
	(void)state;
	char line[JOURNAL_LINE_MAX];
	struct room room, back;
	hall_build(&room);
	assert_int_equal(room_add_channel(&room, 31, "ar", false, ROOM_INTERLOCK_TOGGLE), STATUS_OK);
	assert_int_equal(room_add_desk(&room, 0), STATUS_OK);
	room.frame_ms = 10;
	strcpy(room.floor_language, "fr-FR");
	strcpy(room.programme_language, "zh-CN");
	room.floor_mixed = true;
	assert_true(room_write(&room, "<Hall> \"1\"\n", line, sizeof line) > 0);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_int_equal(room_read(line, &back), STATUS_OK);
	assert_memory_equal(&room, &back, sizeof room);
}

static void the_largest_room_fits(void **state)
{
	(void)state;
	char line[JOURNAL_LINE_MAX], name[LABEL_SIZE];
	struct room room, back;
	room_init(&room);
	memset(name, '"', sizeof name - 1); /* each becomes two bytes */
	name[sizeof name - 1] = '\0';
	for (uint8_t c = 1; c < CHANNELS_MAX; c++) {
		char tag[TAG_SIZE + 1], id[NAME_SIZE + 1];
		const uint8_t outputs[] = {c, c == 1 ? 2 : 1};
		snprintf(tag, sizeof tag, "aaaaaaaaaaaaa%02u", c);
		snprintf(id, sizeof id, "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"%02u", c);
		assert_int_equal(room_add_channel(&room, c, tag, false, ROOM_INTERLOCK_TOGGLE), STATUS_OK);
		if (c == 1)
			assert_int_equal(room_add_channel(&room, 2, "b", true, ROOM_INTERLOCK_NONE), STATUS_OK), c++;
		assert_int_equal(room_add_booth(&room, id, outputs, 2), STATUS_OK);
		assert_int_equal(room_add_desk(&room, room.booths - 1u), STATUS_OK);
		assert_int_equal(room_add_desk(&room, room.booths - 1u), STATUS_OK);
	}
	assert_true(room_write(&room, name, line, sizeof line) > 0);
	assert_int_equal(room_read(line, &back), STATUS_OK);
	assert_memory_equal(&room, &back, sizeof room);
}

/* A log in memory: what control/ does with every event that a room has taken. */
struct log {
	struct room room;
	char lines[64][1024];
	unsigned count;
};

static void log_do(struct log *log, enum room_event_type type, unsigned desk, unsigned channel, unsigned value)
{
	struct room_event event = {.type = (uint8_t)type,
				   .desk = (uint8_t)desk,
				   .channel = (uint8_t)channel,
				   .value = (uint8_t)value,
				   .beat = log->count * 50u};
	struct plan plan;
	assert_int_equal(room_apply(&log->room, &event), STATUS_OK);
	plan_make(&log->room, &plan);
	struct journal_result result = {.known = true, .revision = log->room.revision, .plan = plan_digest(&plan)};
	assert_true(room_event_write(&event, &result, log->lines[log->count++], sizeof log->lines[0]) > 0);
}

static void log_morning(struct log *log, bool mixed)
{
	memset(log, 0, sizeof *log);
	hall_build(&log->room);
	log->room.floor_mixed = mixed;
	assert_true(room_write(&log->room, "hall", log->lines[log->count++], sizeof log->lines[0]) > 0);
	log_do(log, ROOM_INPUT_LINK, MAIN, 0, LINK_UP);
	log_do(log, ROOM_INPUT_LINK, BACKUP, 0, LINK_UP);
	for (unsigned desk = ZHEN_1; desk <= FR_2; desk++) {
		log_do(log, ROOM_SEAT, desk, 0, 0);
		log_do(log, ROOM_DESK_LINK, desk, 0, LINK_UP);
	}
	log_do(log, ROOM_MIC, ZHEN_1, 0, MIC_ON);
	log_do(log, ROOM_INPUT, FR_1, 0, EN);
	log_do(log, ROOM_MIC, FR_1, 0, MIC_ON);
	log_do(log, ROOM_OUTPUT, ZHEN_1, 0, B);
	log_do(log, ROOM_SWITCH, FR_2, 0, FR_1);
	log_do(log, ROOM_INTERLOCK, 0, EN, ROOM_INTERLOCK_OVERRIDE);
	log_do(log, ROOM_FILL, 0, ES, 0);
	log_do(log, ROOM_EMERGENCY, PLAN_NO_SOURCE, 0, 1);
	log_do(log, ROOM_EMERGENCY, PLAN_NO_SOURCE, 0, 0);
	log_do(log, ROOM_MIC_CUT, FR_2, 0, 0);
}

static void expect_replays(bool mixed)
{
	struct log log;
	struct replay replay;
	struct plan plan;
	log_morning(&log, mixed);
	replay_init(&replay);
	for (unsigned i = 0; i < log.count; i++)
		assert_true(replay_line(&replay, log.lines[i]));
	assert_int_equal(replay.events, log.count - 1);
	assert_int_equal(replay.differences, 0);
	plan_make(&log.room, &plan);
	assert_memory_equal(&replay.room, &log.room, sizeof log.room);
	assert_memory_equal(&replay.plan, &plan, sizeof plan);
	assert_int_equal(plan.floor_also != 0, mixed);
}

static void a_replay_gives_the_same_routing(void **state)
{
	(void)state;
	expect_replays(false);
	expect_replays(true);
}

static void a_replay_finds_what_was_changed(void **state)
{
	(void)state;
	struct log log;
	struct replay replay;
	log_morning(&log, false);
	replay_init(&replay);
	for (unsigned i = 0; i < log.count; i++) /* line 12 is the first microphone: it is left out */
		if (i != 11)
			assert_true(replay_line(&replay, log.lines[i]));
	assert_true(replay.differences > 0);
	assert_int_equal(replay.first_different, 12);
	replay_init(&replay);
	assert_false(replay_line(&replay, log.lines[1])); /* no first line */
	assert_int_equal(replay.status, STATUS_UNKNOWN_TYPE);
	assert_true(replay_line(&replay, log.lines[0]));
	assert_false(replay_line(&replay, log.lines[11])); /* a key of a desk where nobody sits */
	assert_int_equal(replay.status, STATUS_NOT_ALLOWED);
	assert_int_equal(replay.differences, 1);
	assert_true(replay_line(&replay, log.lines[0])); /* a restart */
	assert_int_equal(replay.room.revision, 0);
}

/* Events are missing, said by the log or seen by a line that cannot be read: what follows is no difference, until the next first
 * line. */
static void a_replay_goes_on_behind_a_gap(void **state)
{
	(void)state;
	static const char *const faults[] = {"{\"gap\":1}\n", "{\"beat\":550,\"eve", "\n", "#$%&\n"};
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		struct log log;
		struct replay replay;
		log_morning(&log, false);
		replay_init(&replay);
		for (unsigned n = 0; n < log.count; n++) /* in place of line 12, the first microphone */
			replay_line(&replay, n == 11 ? faults[i] : log.lines[n]);
		assert_int_equal(replay.differences, 0);
		assert_int_equal(replay.gaps, i == 0);
		assert_int_equal(replay.missing, i == 0);
		assert_true(replay.unsure);
		for (unsigned n = 0; n < log.count; n++) /* a restart: compared again */
			assert_true(replay_line(&replay, log.lines[n]));
		assert_false(replay.unsure);
		assert_int_equal(replay.differences, 0);
		log.lines[4][0] = 'x';
		replay_line(&replay, log.lines[0]);
		for (unsigned n = 6; n < log.count; n++) /* two seats are missing, and nothing says so */
			replay_line(&replay, log.lines[n]);
		assert_true(replay.differences > 0);
	}
}

static void digests_tell_plans_apart(void **state)
{
	(void)state;
	struct room room;
	struct plan plan;
	hall_open(&room);
	plan_make(&room, &plan);
	uint64_t idle = plan_digest(&plan);
	hall_mic(&room, FR_1, MIC_ON);
	plan_make(&room, &plan);
	uint64_t on = plan_digest(&plan);
	hall_mic(&room, FR_1, MIC_COUGH);
	plan_make(&room, &plan);
	assert_int_not_equal(idle, on);
	assert_int_not_equal(on, plan_digest(&plan));
	hall_mic(&room, FR_1, MIC_OFF);
	plan_make(&room, &plan);
	assert_int_equal(idle, plan_digest(&plan));
}

static void lines_that_somebody_has_edited(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		enum status status;
	} wrong[] = {
		{"", STATUS_BAD_JSON},
		{"{", STATUS_BAD_JSON},
		{"[1]", STATUS_BAD_JSON},
		{"{\"beat\":1,\"beat\":2}", STATUS_BAD_JSON},
		{"{}", STATUS_UNKNOWN_TYPE},
		{"{\"beat\":1,\"event\":7}", STATUS_UNKNOWN_TYPE},
		{"{\"beat\":1,\"event\":\"sing\"}", STATUS_UNKNOWN_TYPE},
		{"{\"event\":\"seat\",\"desk\":1}", STATUS_BAD_FIELD},
		{"{\"beat\":-1,\"event\":\"seat\",\"desk\":1}", STATUS_BAD_FIELD},
		{"{\"beat\":1.5,\"event\":\"seat\",\"desk\":1}", STATUS_BAD_FIELD},
		{"{\"beat\":1,\"event\":\"seat\"}", STATUS_BAD_FIELD},
		{"{\"beat\":1,\"event\":\"seat\",\"desk\":256}", STATUS_BAD_FIELD},
		{"{\"beat\":1,\"event\":\"seat\",\"desk\":\"1\"}", STATUS_BAD_FIELD},
		{"{\"beat\":1,\"event\":\"mic\",\"desk\":1,\"state\":\"loud\"}", STATUS_BAD_FIELD},
		{"{\"beat\":1,\"event\":\"mic\",\"desk\":1,\"state\":1}", STATUS_BAD_FIELD},
		{"{\"beat\":1,\"event\":\"floor_language\"}", STATUS_BAD_FIELD},
		{"{\"beat\":1,\"event\":\"floor_language\",\"language\":\"a-tag-that-is-too-long\"}", STATUS_BAD_FIELD},
		{"{\"beat\":1,\"event\":\"seat\",\"desk\":1,\"revision\":1}", STATUS_BAD_FIELD},
		{"{\"beat\":1,\"event\":\"seat\",\"desk\":1,\"revision\":1,\"plan\":\"00000000000000zz\"}", STATUS_BAD_FIELD},
		{"{\"beat\":1,\"event\":\"seat\",\"desk\":1,\"revision\":-1,\"plan\":\"0000000000000000\"}", STATUS_BAD_FIELD},
	};
	struct room_event event;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_int_equal(room_event_read(wrong[i].line, &event, NULL), wrong[i].status);
	}
}

static void rooms_that_somebody_has_edited(void **state)
{
	(void)state;
#define HEAD "{\"log\":\"boothcast room v1\",\"name\":\"x\",\"frame_ms\":20,\"inputs\":1,\"floor_language\":\"\","
#define ONE "{\"number\":1,\"language\":\"en\",\"fill\":true,\"interlock\":\"none\"}"
	static const struct {
		const char *line;
		enum status status;
	} wrong[] = {
		{"null", STATUS_BAD_JSON},
		{"{\"log\":\"boothcast room v9\"}", STATUS_UNKNOWN_TYPE},
		{"{\"log\":\"boothcast room v1\"}", STATUS_BAD_FIELD},
		{HEAD "\"channels\":1,\"booths\":[],\"desks\":[]}", STATUS_BAD_FIELD},
		{HEAD "\"floor\":\"round\",\"channels\":[" ONE "],\"booths\":[],\"desks\":[]}", STATUS_BAD_FIELD},
		{HEAD "\"floor\":true,\"channels\":[" ONE "],\"booths\":[],\"desks\":[]}", STATUS_BAD_FIELD},
		{HEAD "\"floor\":\"switched\",\"channels\":[" ONE "],\"booths\":[],\"desks\":[]}", STATUS_OK},
		{HEAD "\"channels\":[" ONE "," ONE "],\"booths\":[],\"desks\":[]}", STATUS_TAKEN},
		{HEAD "\"channels\":[{\"number\":1}],\"booths\":[],\"desks\":[]}", STATUS_BAD_FIELD},
		{HEAD "\"channels\":[" ONE "],\"booths\":[{\"id\":\"b\",\"outputs\":[2]}],\"desks\":[]}", STATUS_NO_CHANNEL},
		{HEAD "\"channels\":[" ONE "],\"booths\":[{\"id\":\"b\",\"outputs\":[1,1,1,1]}],\"desks\":[]}", STATUS_BAD_FIELD},
		{HEAD "\"channels\":[" ONE "],\"booths\":[{\"id\":\"b\",\"outputs\":[1]}],\"desks\":[1]}", STATUS_BAD_FIELD},
		{HEAD "\"channels\":[" ONE "],\"booths\":[{\"id\":\"b\",\"outputs\":[1]}],\"desks\":[0,0,0,0,0]}", STATUS_TOO_MANY},
		{HEAD "\"channels\":[" ONE "],\"booths\":[{\"id\":\"b\",\"outputs\":[1]}],\"desks\":[0,0,0,0]}", STATUS_OK},
	};
	struct room room;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(room_read(wrong[i].line, &room), wrong[i].status);
	assert_false(room.floor_mixed); /* the last one is of a log from before there were mixed floors */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_there_and_back),      cmocka_unit_test(what_a_line_looks_like),
		cmocka_unit_test(a_room_there_and_back),           cmocka_unit_test(the_largest_room_fits),
		cmocka_unit_test(a_replay_gives_the_same_routing), cmocka_unit_test(a_replay_finds_what_was_changed),
		cmocka_unit_test(a_replay_goes_on_behind_a_gap),   cmocka_unit_test(digests_tell_plans_apart),
		cmocka_unit_test(lines_that_somebody_has_edited),  cmocka_unit_test(rooms_that_somebody_has_edited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
