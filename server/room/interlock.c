/* Who holds which channel. Called after every event; a channel's holders are decided from four things: who wants it (ON or COUGH
 * with a link), who held it until now, whose key was pressed just now, and the channel's mode.
 *
 *   wanted by nobody                   -> nobody
 *   NONE                               -> all who want it
 *   the booth that has it, wants it on -> keeps it, unless the desk that pressed just now may take it:
 *                                           INTERLOCK        a home desk from a desk that is not at home there
 *                                           OVERRIDE         the same, and an equal, unless it lost the channel to a booth
 *                                                            that still wants it: then it waits until that one lets go
 *                                           TOGGLE-OVERRIDE  the same, and an equal at any time
 *   free                               -> the first in line of those who want it
 *
 * Decisions:
 *  - The interlock stands between booths. Desks of one booth hold a channel together (a handover overlaps); `overlap` is noted.
 *  - Only a press of a key (ON, or an output while ON) takes a channel away; a link that comes back never does.
 *  - An engaged desk whose rival lets go gets the channel at once, without a second press. A hard-wired desk would refuse the press
 *    and keep its key dark; here a flip into an engaged channel must be carried out (the interpreter would speak the wrong
 *    language into the old one), so a key can be ON and engaged. Then "key ON = you may be heard" must hold, and whoever began to
 *    speak a second before the other booth let go loses nothing. Who waits sees ENGAGED, and may press OFF.
 *  - In line: ON before COUGH, home before the others, then the first who asked; under the override modes the last, so that the
 *    channel goes back the way it came.
 */
#include "room/interlock.h"

#include "room/desk.h"

#define ALL_BOOTHS 254

static bool in_channel(const struct room *room, unsigned desk, unsigned channel)
{
	return desk_channel(room, desk) == channel && desk_wants(&room->desk[desk]);
}

static bool booth_wants(const struct room *room, unsigned booth, unsigned channel)
{
	for (unsigned i = 0; i < room->desks; i++)
		if (room->desk[i].booth == booth && in_channel(room, i, channel))
			return true;
	return false;
}

static bool at_home(const struct room *room, unsigned booth, unsigned channel)
{
	return room->booth[booth].output[0] == channel;
}

/* The booth that had the channel and still wants it; of several (the mode was NONE) the one that was first. */
static unsigned keeper_of(const struct room *room, unsigned channel)
{
	const struct room_desk *first = NULL;
	for (unsigned i = 0; i < room->desks; i++) {
		const struct room_desk *d = &room->desk[i];
		if (!d->holds || desk_channel(room, i) != channel || !booth_wants(room, d->booth, channel))
			continue;
		if (first == NULL || d->since < first->since)
			first = d;
	}
	return first != NULL ? first->booth : ROOM_NOBODY;
}

static bool may_take(const struct room *room, unsigned channel, unsigned booth, unsigned keeper)
{
	const struct room_channel *c = &room->channel[channel];
	int rank = at_home(room, booth, channel) - at_home(room, keeper, channel);
	if (rank != 0 || c->interlock == ROOM_INTERLOCK_FIRST)
		return rank > 0;
	return c->interlock == ROOM_INTERLOCK_TOGGLE || c->taken_by[booth] == 0;
}

/* Whether desk a stands before desk b in the line for a free channel. */
static bool before(const struct room *room, unsigned a, unsigned b, unsigned channel)
{
	const struct room_desk *x = &room->desk[a], *y = &room->desk[b];
	if (desk_mic(x) != desk_mic(y))
		return desk_mic(x) == MIC_ON;
	bool x_home = at_home(room, x->booth, channel), y_home = at_home(room, y->booth, channel);
	if (x_home != y_home)
		return x_home;
	return room->channel[channel].interlock == ROOM_INTERLOCK_FIRST ? x->asked < y->asked : x->asked > y->asked;
}

static unsigned first_in_line(const struct room *room, unsigned channel)
{
	unsigned first = ROOM_NOBODY;
	for (unsigned i = 0; i < room->desks; i++)
		if (in_channel(room, i, channel) && (first == ROOM_NOBODY || before(room, i, first, channel)))
			first = i;
	return first != ROOM_NOBODY ? room->desk[first].booth : ROOM_NOBODY;
}

/* A booth that lost the channel to another may take it again when that one has let go. */
static void forgive(struct room *room, unsigned channel)
{
	uint8_t *taken_by = room->channel[channel].taken_by;
	for (unsigned b = 0; b < room->booths; b++)
		if (taken_by[b] != 0 && !booth_wants(room, taken_by[b] - 1u, channel))
			taken_by[b] = 0;
}

static unsigned winner_of(struct room *room, unsigned channel, unsigned presser)
{
	struct room_channel *c = &room->channel[channel];
	if (c->interlock == ROOM_INTERLOCK_NONE)
		return ALL_BOOTHS;
	unsigned keeper = keeper_of(room, channel);
	if (keeper == ROOM_NOBODY)
		return first_in_line(room, channel);
	if (presser == ROOM_NOBODY || !in_channel(room, presser, channel) || desk_mic(&room->desk[presser]) != MIC_ON)
		return keeper;
	unsigned booth = room->desk[presser].booth;
	if (booth == keeper || !may_take(room, channel, booth, keeper))
		return keeper;
	c->taken_by[keeper] = (uint8_t)(booth + 1);
	return booth;
}

/* Who wants the channel from this event on stands last in the line of those who asked. */
static void queue(struct room *room, unsigned channel)
{
	for (unsigned i = 0; i < room->desks; i++)
		if (in_channel(room, i, channel) && room->desk[i].asked == 0)
			room->desk[i].asked = ++room->takes;
}

static void hold(struct room *room, struct room_desk *desk)
{
	if (!desk->holds)
		desk->since = desk->asked = ++room->takes;
	desk->holds = true;
	desk->engaged = false;
}

static void wait_for_it(struct room_desk *desk)
{
	desk->since = 0;
	desk->holds = false;
	desk->engaged = true;
}

static void settle_channel(struct room *room, unsigned channel, unsigned presser)
{
	forgive(room, channel);
	queue(room, channel);
	unsigned winner = winner_of(room, channel, presser);
	if (winner < BOOTHS_MAX)
		room->channel[channel].taken_by[winner] = 0;
	for (unsigned i = 0; i < room->desks; i++) {
		struct room_desk *d = &room->desk[i];
		if (!in_channel(room, i, channel))
			continue;
		if (winner == ALL_BOOTHS || d->booth == winner)
			hold(room, d);
		else
			wait_for_it(d);
	}
}

static void let_go(struct room_desk *desk)
{
	desk->since = desk->asked = 0;
	desk->holds = desk->engaged = false;
}

/* Two desks of the booth are heard in one channel. */
static bool overlaps(const struct room *room, unsigned booth)
{
	uint32_t heard = 0;
	for (unsigned i = 0; i < room->desks; i++) {
		const struct room_desk *d = &room->desk[i];
		if (d->booth != booth || !d->holds || desk_mic(d) != MIC_ON)
			continue;
		uint32_t bit = UINT32_C(1) << desk_channel(room, i);
		if (heard & bit)
			return true;
		heard |= bit;
	}
	return false;
}

static void note_overlap(struct room *room, unsigned booth, uint64_t beat)
{
	struct room_booth *b = &room->booth[booth];
	bool now = overlaps(room, booth);
	if (now != b->overlap)
		b->overlap_since = now ? beat : 0;
	b->overlap = now;
}

void interlock_settle(struct room *room, unsigned presser, uint64_t beat)
{
	for (unsigned c = 1; c < room->channels; c++)
		settle_channel(room, c, presser);
	for (unsigned i = 0; i < room->desks; i++)
		if (!desk_wants(&room->desk[i]))
			let_go(&room->desk[i]);
	for (unsigned b = 0; b < room->booths; b++)
		note_overlap(room, b, beat);
}
