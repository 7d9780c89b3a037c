/* From the state of a room to what every channel carries: the formula of room/README.md, "Routing rules".
 *
 *   emergency                -> the emergency source on every channel, the floor's own too
 *   line-up tone             -> the tone and nothing else, whoever holds the channel: a test before the event
 *   holders                  -> one voice for each, muted while it coughs; DIRECT or RELAY by depth
 *   channel 0, or no holders -> break music if it is on, else the floor (fill on, and there is one), else silence
 *                               the floor: one input, the next one its spare; or every input with sound (floor_mixed)
 *
 * Called on every change, by control/ and by replays. It only reads: who holds what was decided when the event came (interlock.c).
 */
#include "room/room.h"

#include "room/desk.h"
#include "room/floor_language.h"
#include "room/relay.h"

#include <string.h>

/* An input that is late stays the floor: it fades out by itself, and mostly comes back. */
static bool input_usable(uint8_t link)
{
	return link == LINK_UP || link == LINK_LATE;
}

/* The desk that speaks to the floor and is ON now: it is the floor for everybody, on the loudspeakers and in the ears. */
static uint8_t floor_desk(const struct room *room)
{
	for (unsigned i = 0; i < room->desks; i++)
		if (room->desk[i].to_floor && desk_mic(&room->desk[i]) == MIC_ON)
			return (uint8_t)(INPUTS_MAX + i);
	return PLAN_NO_SOURCE;
}

static uint8_t floor_input(const struct room *room)
{
	if (room->input_chosen < room->inputs && input_usable(room->input_link[room->input_chosen]))
		return room->input_chosen;
	for (uint8_t i = 0; i < room->inputs; i++)
		if (room->input_link[i] == LINK_UP)
			return i;
	return PLAN_NO_SOURCE;
}

static void make_floor(const struct room *room, struct plan *plan)
{
	uint8_t desk = floor_desk(room);
	plan->floor_source = desk != PLAN_NO_SOURCE ? desk : floor_input(room);
}

/* Everybody at the table is heard, and a desk that speaks to the floor sits down with them. The first one is the floor's source. */
static void make_mixed_floor(const struct room *room, struct plan *plan)
{
	plan->floor_source = floor_desk(room);
	for (uint8_t i = 0; i < room->inputs; i++) {
		if (!input_usable(room->input_link[i]))
			continue;
		if (plan->floor_source == PLAN_NO_SOURCE)
			plan->floor_source = i;
		else
			plan->floor_also |= (uint8_t)(1u << i);
	}
}

/* The operator's choice while it can be heard, else the tone: an emergency is never silent. A desk's microphone must be ON. */
static uint8_t emergency_source(const struct room *room)
{
	uint8_t source = room->emergency_source;
	if (!room->emergency || source == PLAN_NO_SOURCE)
		return PLAN_NO_SOURCE;
	bool heard =
		source < INPUTS_MAX ? input_usable(room->input_link[source]) : desk_mic(&room->desk[source - INPUTS_MAX]) == MIC_ON;
	return heard ? source : PLAN_NO_SOURCE;
}

static void carry_emergency(struct plan_line *line)
{
	line->bed = PLAN_BED_EMERGENCY;
	line->label = LABEL_EMERGENCY;
}

/* The frame header has no word for either: to a client that knows labels only they are what is there instead of speech. */
static void carry_made(enum plan_bed bed, struct plan_line *line)
{
	line->bed = (uint8_t)bed;
	line->label = LABEL_SILENT;
}

static void carry_floor(const struct room *room, const struct relay *relay, struct plan_line *line)
{
	struct floor_language language;
	floor_language_of(room, relay, &language);
	line->bed = PLAN_BED_FLOOR;
	line->label = LABEL_ORIGINAL;
	memcpy(line->language, language.tag, sizeof line->language);
}

/* Adds a voice at its place: who took the channel first comes first. Beyond PLAN_VOICES_MAX the last comers are not heard. */
static void add_voice(const struct room *room, unsigned desk, struct plan_line *line)
{
	const struct room_desk *d = &room->desk[desk];
	unsigned at = 0;
	while (at < line->voices && room->desk[line->voice[at].source - INPUTS_MAX].since < d->since)
		at++;
	if (at == PLAN_VOICES_MAX)
		return;
	if (line->voices < PLAN_VOICES_MAX)
		line->voices++;
	memmove(&line->voice[at + 1], &line->voice[at], (line->voices - 1u - at) * sizeof line->voice[0]);
	line->voice[at] = (struct plan_voice){
		.source = (uint8_t)(INPUTS_MAX + desk),
		.booth = d->booth,
		.muted = desk_mic(d) != MIC_ON,
	};
}

static void carry_voices(const struct room *room, unsigned channel, uint8_t depth, struct plan_line *line)
{
	for (unsigned i = 0; i < room->desks; i++)
		if (room->desk[i].holds && desk_channel(room, i) == channel)
			add_voice(room, i, line);
	line->depth = depth;
	line->label = relay_label(depth);
	memcpy(line->language, room->channel[channel].language, sizeof line->language);
}

static void make_line(const struct room *room, unsigned channel, const struct relay *relay, struct plan *plan)
{
	struct plan_line *line = &plan->line[channel];
	if (room->emergency)
		carry_emergency(line);
	else if (room->channel[channel].line_up)
		carry_made(PLAN_BED_LINE_UP, line);
	else if (relay->held & (UINT32_C(1) << channel))
		carry_voices(room, channel, relay->depth[channel], line);
	else if (room->channel[channel].music)
		carry_made(PLAN_BED_MUSIC, line);
	else if (room->channel[channel].fill && plan->floor_source != PLAN_NO_SOURCE)
		carry_floor(room, relay, line);
	else
		line->label = LABEL_SILENT;
}

void plan_make(const struct room *room, struct plan *plan)
{
	struct relay relay;
	memset(plan, 0, sizeof *plan);
	relay_trace(room, &relay);
	plan->channels = room->channels;
	if (room->floor_mixed)
		make_mixed_floor(room, plan);
	else
		make_floor(room, plan);
	plan->emergency_source = emergency_source(room);
	for (unsigned c = 0; c < room->channels; c++)
		if (room_has_channel(room, c))
			make_line(room, c, &relay, plan);
}

static bool line_hears(const struct plan *plan, const struct plan_line *line, uint8_t source)
{
	if (line->bed == PLAN_BED_FLOOR && plan->floor_source == source)
		return true;
	if (line->bed == PLAN_BED_EMERGENCY && plan->emergency_source == source)
		return true;
	for (unsigned i = 0; i < line->voices; i++)
		if (line->voice[i].source == source)
			return !line->voice[i].muted;
	return false;
}

bool plan_hears(const struct plan *plan, unsigned desk)
{
	for (unsigned c = 0; c < plan->channels; c++)
		if (line_hears(plan, &plan->line[c], (uint8_t)(INPUTS_MAX + desk)))
			return true;
	return false;
}
