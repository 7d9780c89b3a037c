/* The lamps of the desks. The tally comes from the plan itself, not from the key: what is no unmuted voice on a line is dark,
 * whatever the reason (cough, a link, the interlock, the operator, an emergency, a ninth voice). Called by control/ after every
 * change, and once a second for what only time brings (overlap). It never changes anything.
 */
#include "room/view.h"

#include "room/desk.h"
#include "room/floor_language.h"
#include "room/relay.h"

#include <string.h>
#include <strings.h>

static uint8_t holder_of(const struct room *room, unsigned channel)
{
	unsigned first = ROOM_NOBODY;
	for (unsigned i = 0; i < room->desks; i++) {
		if (!room->desk[i].holds || desk_channel(room, i) != channel)
			continue;
		if (first == ROOM_NOBODY || room->desk[i].since < room->desk[first].since)
			first = i;
	}
	return (uint8_t)first;
}

/* Whether two tags name one language, whatever the region: an interpreter into en-GB is superfluous when en-US is on the floor. */
static bool same_language(const char *a, const char *b)
{
	size_t n = strcspn(a, "-");
	return n > 0 && n == strcspn(b, "-") && strncasecmp(a, b, n) == 0;
}

static bool overlap_too_long(const struct room *room, const struct room_booth *booth, uint64_t beat)
{
	return booth->overlap && beat > booth->overlap_since && beat - booth->overlap_since > room_beats(room, OVERLAP_MS);
}

static uint8_t quality_of(const struct plan *plan, const struct relay *relay, unsigned heard)
{
	uint8_t bed = plan->line[heard].bed;
	if (bed == PLAN_BED_LINE_UP || bed == PLAN_BED_MUSIC || (heard == 0 && plan->floor_source == PLAN_NO_SOURCE))
		return LABEL_SILENT;
	return relay_label(relay->depth[heard]);
}

static void view_desk(const struct room *room, const struct plan *plan, uint64_t beat, unsigned desk, struct desk_view *view)
{
	const struct room_desk *d = &room->desk[desk];
	const struct room_booth *booth = &room->booth[d->booth];
	uint8_t channel = desk_channel(room, desk);
	bool on = desk_mic(d) == MIC_ON;
	view->tally = plan_hears(plan, desk);
	view->holder = holder_of(room, channel);
	view->overlap = on && d->holds && overlap_too_long(room, booth, beat);
	view->wrong_direction =
		on && !d->to_floor && same_language(floor_language_told(room), room->channel[channel].language);
}

void view_make(const struct room *room, const struct plan *plan, uint64_t beat, struct desk_view view[DESKS_MAX])
{
	struct relay relay;
	relay_trace(room, &relay);
	memset(view, 0, room->desks * sizeof view[0]);
	for (unsigned i = 0; i < room->desks; i++) {
		view_desk(room, plan, beat, i, &view[i]);
		view[i].hears = relay.hears[i];
		view[i].auto_relay = room->desk[i].input == 0 && relay.hears[i] != 0;
		view[i].relay_lost = relay.lost[i];
		view[i].quality = quality_of(plan, &relay, relay.hears[i]);
	}
}
