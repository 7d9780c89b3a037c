/* The picture of a room, see shown.h. Called on every change and ten times a second; pure. */
#include "control/shown.h"

#include <string.h>
#include <strings.h>

/* True when something has been so for longer than `ms`. */
static bool lasts(const struct room *room, uint64_t *since, bool so, uint64_t ms, uint64_t beat)
{
	if (!so)
		*since = 0;
	else if (*since == 0)
		*since = beat;
	return so && beat - *since >= room_beats(room, ms);
}

static bool same_language(const char *a, const char *b)
{
	size_t n = strcspn(a, "-");
	return n > 0 && n == strcspn(b, "-") && strncasecmp(a, b, n) == 0;
}

static bool somebody_interprets_into(const struct room *room, unsigned channel)
{
	for (unsigned i = 0; i < room->desks; i++) {
		const struct room_booth *booth = &room->booth[room->desk[i].booth];
		for (unsigned k = 0; k < booth->outputs; k++) {
			if (room->desk[i].seated && booth->output[k] == channel)
				return true;
		}
	}
	return false;
}

/* The floor speaks another language, people sit there who could interpret, and listeners get the original, or silence where it is not
 * filled in. */
static bool lacks_interpretation(const struct room *room, const struct plan *plan, const char *spoken, unsigned channel)
{
	const struct plan_line *line = &plan->line[channel];
	bool nobody = line->voices == 0 && (line->bed == PLAN_BED_FLOOR || line->bed == PLAN_BED_NONE);
	return channel > 0 && nobody && plan->floor_source != PLAN_NO_SOURCE && spoken[0] != '\0' &&
	       !same_language(spoken, room->channel[channel].language) && somebody_interprets_into(room, channel);
}

static void show_booth(struct shown_booth *booth, const struct handover *handover, const struct room *room, uint64_t beat)
{
	booth->state = handover->state;
	booth->ended = handover->ended;
	booth->from = handover->from;
	booth->to = handover->to;
	booth->turn_desk = handover->turn_desk;
	booth->turn_since = handover->turn_since;
	booth->turn = (uint8_t)handover_turn(handover, room, beat);
	if (handover->state != HANDOVER_IDLE) /* the same number at every call: the time that is left shrinks as the beat grows */
		booth->ends_beat = handover->since + room_beats(room, handover->state == HANDOVER_TAKING ? HANDOVER_WARNING_MS : HANDOVER_TIMEOUT_MS);
}

void shown_take(struct shown *shown, struct shown_since *since, const struct room *room, const struct plan *plan,
		const struct handover *handovers, uint64_t beat)
{
	struct relay relay;
	memset(shown, 0, sizeof *shown);
	shown->room = *room;
	shown->plan = *plan;
	relay_trace(room, &relay);
	floor_language_of(room, &relay, &shown->floor_language);
	view_make(room, plan, beat, shown->view);
	for (unsigned i = 0; i < room->desks; i++)
		shown->cough_long[i] = lasts(room, &since->cough[i], room->desk[i].mic == MIC_COUGH, COUGH_LONG_MS, beat);
	for (unsigned c = 0; c < plan->channels; c++)
		shown->uninterpreted[c] =
			lasts(room, &since->uninterpreted[c], lacks_interpretation(room, plan, shown->floor_language.tag, c),
			      UNINTERPRETED_MS, beat);
	for (unsigned i = 0; i < room->booths; i++)
		show_booth(&shown->booth[i], &handovers[i], room, beat);
}

static bool language_differs(const struct shown *a, const struct shown *b)
{
	return memcmp(&a->floor_language, &b->floor_language, sizeof a->floor_language) != 0;
}

/* What listeners hear, in words: who speaks, and with which key, is not among it. */
static bool sound_differs(const struct plan_line *a, const struct plan_line *b)
{
	return a->label != b->label || a->bed != b->bed || a->depth != b->depth || (a->voices > 0) != (b->voices > 0) ||
	       strcmp(a->language, b->language) != 0;
}

static bool floor_differs(const struct plan *a, const struct plan *b)
{
	return a->floor_source != b->floor_source || a->floor_also != b->floor_also;
}

static bool switches_differ(const struct room_channel *a, const struct room_channel *b)
{
	return a->line_up != b->line_up || a->music != b->music;
}

bool shown_channel_differs(const struct shown *a, const struct shown *b, unsigned channel, bool works)
{
	const struct plan_line *line_a = &a->plan.line[channel], *line_b = &b->plan.line[channel];
	const struct room_channel *room_a = &a->room.channel[channel], *room_b = &b->room.channel[channel];
	if (works && (memcmp(line_a, line_b, sizeof *line_a) != 0 || switches_differ(room_a, room_b)))
		return true;
	if (works && line_a->bed == PLAN_BED_FLOOR && floor_differs(&a->plan, &b->plan))
		return true;
	return sound_differs(line_a, line_b) || room_a->fill != room_b->fill || room_a->interlock != room_b->interlock ||
	       a->uninterpreted[channel] != b->uninterpreted[channel] || (channel == 0 && language_differs(a, b));
}

bool shown_floor_differs(const struct shown *a, const struct shown *b)
{
	return memcmp(a->room.input_link, b->room.input_link, sizeof a->room.input_link) != 0 ||
	       language_differs(a, b) || floor_differs(&a->plan, &b->plan);
}

bool shown_desk_differs(const struct shown *a, const struct shown *b, unsigned desk)
{
	return memcmp(&a->room.desk[desk], &b->room.desk[desk], sizeof a->room.desk[desk]) != 0 ||
	       memcmp(&a->view[desk], &b->view[desk], sizeof a->view[desk]) != 0 || a->cough_long[desk] != b->cough_long[desk];
}

bool shown_booth_differs(const struct shown *a, const struct shown *b, unsigned booth)
{
	return memcmp(&a->booth[booth], &b->booth[booth], sizeof a->booth[booth]) != 0;
}
