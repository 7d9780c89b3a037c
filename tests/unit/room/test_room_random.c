/* The invariants of room/README.md over random sequences of events: after every step the room and its plan are checked against
 * definitions that are written here a second time, the slow and obvious way. The seed is printed; TEST_SEED=... runs the same
 * again, TEST_STEPS=... longer.
 */
#include "room/relay.h"
#include "room/view.h"
#include "unit/room/hall.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define STEPS_DEFAULT 1200000u

static uint64_t number_from(const char *name, uint64_t fallback)
{
	const char *text = getenv(name);
	return text != NULL ? strtoull(text, NULL, 0) : fallback;
}

/* xorshift64*: the same numbers on every machine. */
static uint32_t draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)(*state * UINT64_C(2685821657736338717) >> 32);
}

static uint32_t below(uint64_t *state, uint32_t bound)
{
	return (uint32_t)((uint64_t)draw(state) * bound >> 32);
}

/* Mostly keys and links of desks, now and then what the operator does, seldom nonsense. */
static uint8_t random_type(uint64_t *seed)
{
	static const uint8_t often[] = {ROOM_MIC,   ROOM_MIC,       ROOM_MIC,       ROOM_MIC,  ROOM_OUTPUT, ROOM_OUTPUT, ROOM_INPUT,
					ROOM_INPUT, ROOM_DESK_LINK, ROOM_DESK_LINK, ROOM_SEAT, ROOM_LEAVE,  ROOM_SWITCH};
	if (below(seed, 8) > 0)
		return often[below(seed, sizeof often)];
	return (uint8_t)below(seed, ROOM_EVENT_TYPES);
}

static uint8_t random_value(uint64_t *seed, uint8_t type)
{
	if (below(seed, 100) == 0)
		return (uint8_t)draw(seed);
	switch (type) {
	case ROOM_MIC: return below(seed, 2) ? MIC_ON : (uint8_t)below(seed, 3);
	case ROOM_DESK_LINK:
	case ROOM_INPUT_LINK: return below(seed, 2) ? LINK_UP : (uint8_t)below(seed, 4);
	case ROOM_AUTO_RELAY:
	case ROOM_INPUT: return (uint8_t)below(seed, IT + 1);
	case ROOM_SWITCH: return (uint8_t)below(seed, HALL_DESKS);
	case ROOM_INTERLOCK: return (uint8_t)below(seed, 4);
	case ROOM_LINE_UP: return below(seed, 3) == 0;
	case ROOM_EMERGENCY: return below(seed, 4) == 0;
	default: return (uint8_t)below(seed, 2);
	}
}

static struct room_event random_event(uint64_t *seed, uint64_t beat)
{
	static const char *const tags[] = {"", "zh-CN", "en-US", "fr", "-x", "ru-RU"};
	struct room_event event = {.type = random_type(seed), .beat = beat};
	event.value = random_value(seed, event.type);
	event.desk =
		(uint8_t)below(seed, event.type == ROOM_INPUT_LINK || event.type == ROOM_EMERGENCY ? INPUTS_MAX : HALL_DESKS + 1);
	event.channel = (uint8_t)below(seed, IT + 2);
	strcpy(event.text, tags[below(seed, 6)]);
	return event;
}

/* ---- the definitions, a second time ---- */

static unsigned channel_of(const struct room *room, unsigned desk)
{
	return room->booth[room->desk[desk].booth].output[room->desk[desk].output];
}

static bool audible(const struct room_desk *d)
{
	return d->seated && d->mic == MIC_ON && d->link == LINK_UP;
}

static bool wants(const struct room_desk *d)
{
	return d->seated && d->mic != MIC_OFF && !d->to_floor && (d->link == LINK_UP || d->link == LINK_LATE);
}

/* OFF or COUGH is never an unmuted voice; a voice is a holder, and on no second line. */
static void check_voices(const struct room *room, const struct plan *plan, const struct plan_line *line, unsigned times[DESKS_MAX])
{
	uint64_t since = 0;
	for (unsigned i = 0; i < line->voices; i++) {
		unsigned desk = line->voice[i].source - INPUTS_MAX;
		assert_true(desk < room->desks);
		assert_int_equal(++times[desk], 1);
		assert_true(room->desk[desk].holds);
		assert_ptr_equal(&plan->line[channel_of(room, desk)], line);
		assert_int_equal(line->voice[i].muted, !audible(&room->desk[desk]));
		assert_true(room->desk[desk].since > since);
		since = room->desk[desk].since;
	}
}

/* How many desks away from the floor a channel is made; 0 nobody makes it. */
static unsigned way_to_floor(const struct room *room, const struct relay *relay, unsigned channel)
{
	unsigned longest = 0;
	for (unsigned i = 0; i < room->desks; i++) {
		if (!room->desk[i].holds || channel_of(room, i) != channel)
			continue;
		unsigned way = 1 + (relay->hears[i] != 0 ? way_to_floor(room, relay, relay->hears[i]) : 0);
		longest = way > longest ? way : longest;
	}
	return longest;
}

/* The operator's word, else the programme's, else the one language that is left over when all others are made from the floor. */
static const char *spoken(const struct room *room)
{
	struct relay relay;
	unsigned free = 0, at = 0;
	if (room->floor_language[0] != '\0')
		return room->floor_language;
	if (room->programme_language[0] != '\0')
		return room->programme_language;
	relay_trace(room, &relay);
	for (unsigned c = ZH; c <= IT; c++) {
		unsigned way = way_to_floor(room, &relay, c);
		if (way > 1)
			return "";
		if (way == 0) {
			free++;
			at = c;
		}
	}
	return free == 1 ? room->channel[at].language : "";
}

/* One line for every channel, which carries one of six things. */
static void check_line(const struct room *room, const struct plan *plan, unsigned c)
{
	const struct plan_line *line = &plan->line[c];
	bool wanted = false;
	for (unsigned i = 0; i < room->desks; i++)
		wanted |= channel_of(room, i) == c && wants(&room->desk[i]);
	if (room->emergency) {
		assert_true(line->bed == PLAN_BED_EMERGENCY && line->label == LABEL_EMERGENCY && line->voices == 0);
	} else if (room->channel[c].line_up) {
		assert_true(line->bed == PLAN_BED_LINE_UP && line->label == LABEL_SILENT && line->voices == 0 && line->depth == 0);
		assert_string_equal(line->language, "");
	} else if (wanted) {
		assert_true(line->bed == PLAN_BED_NONE && line->voices > 0 && line->depth > 0);
		assert_int_equal(line->label, line->depth == 1 ? LABEL_DIRECT : LABEL_RELAY);
		assert_string_equal(line->language, room->channel[c].language);
	} else if (room->channel[c].music) {
		assert_true(line->bed == PLAN_BED_MUSIC && line->label == LABEL_SILENT && line->voices == 0 && line->depth == 0);
		assert_string_equal(line->language, "");
	} else if (room->channel[c].fill && plan->floor_source != PLAN_NO_SOURCE) {
		assert_true(line->bed == PLAN_BED_FLOOR && line->label == LABEL_ORIGINAL && line->voices == 0 && line->depth == 0);
		assert_string_equal(line->language, spoken(room));
	} else {
		assert_true(line->bed == PLAN_BED_NONE && line->label == LABEL_SILENT && line->voices == 0 && line->depth == 0);
	}
}

static bool usable(const struct room *room, unsigned input)
{
	return room->input_link[input] == LINK_UP || room->input_link[input] == LINK_LATE;
}

/* Where the floor is mixed it has every input with sound and no other; elsewhere one source at most. */
static void check_mixed(const struct room *room, const struct plan *plan)
{
	if (!room->floor_mixed) {
		assert_int_equal(plan->floor_also, 0);
		return;
	}
	assert_int_equal(plan->floor_also >> room->inputs, 0);
	for (unsigned i = 0; i < INPUTS_MAX; i++)
		assert_int_equal(plan_floor_has(plan, i), i < room->inputs && usable(room, i));
	if (plan->floor_source < INPUTS_MAX)
		assert_int_equal(plan->floor_also >> plan->floor_source & 1, 0);
}

static void check_plan(const struct room *room, const struct plan *plan)
{
	unsigned times[DESKS_MAX] = {0};
	assert_int_equal(plan->channels, IT + 1);
	for (unsigned c = FLOOR; c <= IT; c++) {
		check_line(room, plan, c);
		check_voices(room, plan, &plan->line[c], times);
	}
	if (plan->floor_source < INPUTS_MAX)
		assert_true(usable(room, plan->floor_source));
	check_mixed(room, plan);
}

static void check_holders(const struct room *room)
{
	for (unsigned i = 0; i < room->desks; i++) {
		const struct room_desk *d = &room->desk[i];
		assert_int_equal(d->holds || d->engaged, wants(d));
		assert_false(d->holds && d->engaged);
		assert_int_equal(d->since != 0, d->holds);
		assert_int_equal(d->asked != 0, wants(d));
		if (!d->holds)
			continue;
		for (unsigned k = 0; k < i; k++)
			if (room->desk[k].holds && channel_of(room, k) == channel_of(room, i))
				assert_true(room->channel[channel_of(room, i)].interlock == ROOM_INTERLOCK_NONE ||
					    room->desk[k].booth == d->booth);
	}
}

static bool booth_has(const struct room *room, unsigned booth, unsigned channel, bool (*what)(const struct room_desk *))
{
	for (unsigned i = 0; i < room->desks; i++)
		if (room->desk[i].booth == booth && channel_of(room, i) == channel && what(&room->desk[i]))
			return true;
	return false;
}

static bool holds(const struct room_desk *d)
{
	return d->holds;
}

/* A booth that goes on wanting its channel loses it only to another desk's key, which does not rank below it. */
static void check_taking(const struct room *before, const struct room *after, const struct room_event *event)
{
	for (unsigned c = ZH; c <= IT; c++)
		for (unsigned b = 0; b < after->booths; b++) {
			if (!booth_has(before, b, c, holds) || !booth_has(after, b, c, wants) || booth_has(after, b, c, holds))
				continue;
			if (event->type == ROOM_INTERLOCK)
				continue;
			assert_true(event->type == ROOM_MIC || event->type == ROOM_OUTPUT);
			unsigned taker = after->desk[event->desk].booth;
			assert_true(taker != b && booth_has(after, taker, c, holds));
			assert_true(after->booth[taker].output[0] == c || after->booth[b].output[0] != c);
		}
}

/* Follows what holders really hear until the floor; true when the way does not end. */
static bool endless(const struct room *room, const struct relay *relay, unsigned channel, unsigned steps)
{
	if (channel == 0)
		return false;
	if (steps == 0)
		return true;
	for (unsigned i = 0; i < room->desks; i++)
		if (room->desk[i].holds && channel_of(room, i) == channel && endless(room, relay, relay->hears[i], steps - 1))
			return true;
	return false;
}

static void check_relay(const struct room *room, const struct relay *relay)
{
	for (unsigned c = ZH; c <= IT; c++)
		assert_false(endless(room, relay, c, IT));
	for (unsigned i = 0; i < room->desks; i++) {
		const struct room_desk *d = &room->desk[i];
		assert_int_not_equal(relay->hears[i], channel_of(room, i));
		assert_true(relay->hears[i] == 0 || relay->hears[i] == d->input ||
			    (d->input == 0 && relay->hears[i] == room->auto_relay));
		assert_false(relay->lost[i] && relay->hears[i] != 0);
		if (d->holds)
			assert_true(relay->depth[channel_of(room, i)] > relay->depth[relay->hears[i]]);
		if (d->input != 0 && booth_has(room, 0, d->input, holds) && d->input != channel_of(room, i) && !d->holds)
			assert_int_equal(relay->hears[i], d->input);
	}
}

/* Speaks to the floor, and some channel carries the floor. */
static bool is_the_floor(const struct room *room, const struct plan *plan, unsigned desk)
{
	bool carried = false;
	for (unsigned c = 0; c < plan->channels; c++)
		carried |= plan->line[c].bed == PLAN_BED_FLOOR;
	return carried && room->desk[desk].to_floor && audible(&room->desk[desk]);
}

static void check_floor_desk(const struct room *room, const struct plan *plan)
{
	unsigned speakers = 0;
	for (unsigned i = 0; i < room->desks; i++) {
		speakers += room->desk[i].to_floor;
		if (room->desk[i].to_floor && audible(&room->desk[i]))
			assert_int_equal(plan->floor_source, INPUTS_MAX + i);
	}
	assert_true(speakers <= 1);
}

static void check_lamps(const struct room *room, const struct plan *plan, uint64_t beat)
{
	struct desk_view view[DESKS_MAX];
	view_make(room, plan, beat, view);
	for (unsigned i = 0; i < room->desks; i++) {
		bool voice = room->desk[i].holds && audible(&room->desk[i]) && !room->channel[channel_of(room, i)].line_up;
		bool should = is_the_floor(room, plan, i) || (!room->emergency && voice);
		if (plan->line[channel_of(room, i)].voices < PLAN_VOICES_MAX)
			assert_int_equal(view[i].tally, should);
		else
			assert_true(should || !view[i].tally);
	}
}

static void check_step(const struct room *before, const struct room *after, const struct room_event *event, enum status status)
{
	struct plan plan;
	struct relay relay;
	if (status != STATUS_OK)
		assert_memory_equal(before, after, sizeof *before);
	bool same = memcmp(before, after, sizeof *before) == 0;
	assert_int_equal(after->revision, before->revision + (same ? 0 : 1));
	plan_make(after, &plan);
	relay_trace(after, &relay);
	check_holders(after);
	check_taking(before, after, event);
	check_plan(after, &plan);
	check_relay(after, &relay);
	check_lamps(after, &plan, event->beat);
	check_floor_desk(after, &plan);
}

static void build(struct room *room, bool mixed)
{
	hall_build(room);
	room->floor_mixed = mixed;
}

static void invariants(bool mixed, uint64_t steps_default)
{
	const uint64_t first = number_from("TEST_SEED", (uint64_t)time(NULL) | 1), steps = number_from("TEST_STEPS", steps_default);
	uint64_t seed = first;
	struct room room, before, again;
	struct plan plan, plan_again;
	uint64_t refused = 0;
	printf("TEST_SEED=%llu TEST_STEPS=%llu\n", (unsigned long long)first, (unsigned long long)steps);
	fflush(stdout);
	build(&room, mixed);
	for (uint64_t i = 0; i < steps; i++) {
		struct room_event event = random_event(&seed, i);
		memcpy(&before, &room, sizeof room);
		enum status status = room_apply(&room, &event);
		refused += status != STATUS_OK;
		check_step(&before, &room, &event, status);
	}
	assert_true(refused > 0 && room.revision > steps / 4); /* the sequence was neither all good nor all idle */
	build(&again, mixed);
	seed = first;
	for (uint64_t i = 0; i < steps; i++) {
		struct room_event event = random_event(&seed, i);
		room_apply(&again, &event);
	}
	assert_memory_equal(&room, &again, sizeof room);
	plan_make(&room, &plan);
	plan_make(&again, &plan_again);
	assert_memory_equal(&plan, &plan_again, sizeof plan);
}

static void invariants_hold_and_replay_gives_the_same(void **state)
{
	(void)state;
	invariants(false, STEPS_DEFAULT);
}

static void they_hold_where_the_floor_is_mixed(void **state)
{
	(void)state;
	invariants(true, STEPS_DEFAULT / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(invariants_hold_and_replay_gives_the_same),
		cmocka_unit_test(they_hold_where_the_floor_is_mixed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
