/* Relay: what each desk hears, the loops that it must not make, and the depth of each channel.
 *
 * The channels are the nodes of a graph of at most 32; an edge c -> k stands for "a holder of c selected k, and somebody holds k".
 * A word of 32 bits is a set of channels, so the closure of the graph is 32 x 32 operations.
 *
 *   the floor      --> there is an auto-relay?  --> the pivot's channel; not at desks of the pivot itself, nor by true-floor key
 *   selected input --> nobody holds it?        --> the floor (a preset can stay selected all day)
 *                  --> it is the desk's own?   --> the floor, RELAY LOST
 *                  --> on a loop with its own? --> the floor, RELAY LOST; so for every member of the loop
 *                  --> else that channel
 *
 * Every edge of every loop goes, so what remains has no loop, and depth(c) = 1 + the greatest depth that a holder of c hears.
 * Called whenever a plan is made, which is on every change.
 */
#include "room/relay.h"

#include "room/desk.h"

#include <string.h>

#define BIT(channel) (UINT32_C(1) << (channel))

static void find_held(const struct room *room, struct relay *relay)
{
	for (unsigned i = 0; i < room->desks; i++)
		if (room->desk[i].holds)
			relay->held |= BIT(desk_channel(room, i));
}

static bool booth_holds(const struct room *room, unsigned booth, unsigned channel)
{
	for (unsigned i = 0; i < room->desks; i++)
		if (room->desk[i].booth == booth && room->desk[i].holds && desk_channel(room, i) == channel)
			return true;
	return false;
}

/* The channel that the desk selected, or that the auto-relay puts in the place of the floor. */
static uint8_t wish_of(const struct room *room, unsigned desk)
{
	const struct room_desk *d = &room->desk[desk];
	if (d->input != 0 || room->auto_relay == 0 || d->true_floor)
		return d->input;
	if (desk_channel(room, desk) == room->auto_relay || booth_holds(room, d->booth, room->auto_relay))
		return 0;
	return room->auto_relay;
}

/* reach[c]: all channels from which c is made, as selected, over any number of booths. */
static void find_reach(const struct room *room, const struct relay *relay, uint32_t reach[CHANNELS_MAX])
{
	memset(reach, 0, CHANNELS_MAX * sizeof reach[0]);
	for (unsigned i = 0; i < room->desks; i++)
		if (room->desk[i].holds)
			reach[desk_channel(room, i)] |= BIT(wish_of(room, i)) & relay->held;
	for (unsigned through = 0; through < room->channels; through++)
		for (unsigned c = 0; c < room->channels; c++)
			if (reach[c] & BIT(through))
				reach[c] |= reach[through];
}

static void find_hears(const struct room *room, const uint32_t reach[CHANNELS_MAX], struct relay *relay)
{
	for (unsigned i = 0; i < room->desks; i++) {
		const struct room_desk *d = &room->desk[i];
		uint8_t own = desk_channel(room, i), wish = wish_of(room, i);
		relay->lost[i] = wish == own || (d->holds && (relay->held & BIT(wish)) && (reach[wish] & BIT(own)));
		relay->hears[i] = relay->lost[i] || !(relay->held & BIT(wish)) ? 0 : wish;
	}
}

/* One round; false when nothing moved. */
static bool deepen(const struct room *room, struct relay *relay)
{
	bool moved = false;
	for (unsigned i = 0; i < room->desks; i++) {
		if (!room->desk[i].holds)
			continue;
		uint8_t *depth = &relay->depth[desk_channel(room, i)];
		uint8_t wanted = (uint8_t)(1 + relay->depth[relay->hears[i]]);
		if (wanted > *depth) {
			*depth = wanted;
			moved = true;
		}
	}
	return moved;
}

void relay_trace(const struct room *room, struct relay *relay)
{
	uint32_t reach[CHANNELS_MAX];
	memset(relay, 0, sizeof *relay);
	find_held(room, relay);
	find_reach(room, relay, reach);
	find_hears(room, reach, relay);
	while (deepen(room, relay))
		; /* ends: there is no loop, so after as many rounds as there are channels at the latest */
}

uint8_t relay_label(uint8_t depth)
{
	return depth == 0 ? LABEL_ORIGINAL : depth == 1 ? LABEL_DIRECT : LABEL_RELAY;
}
