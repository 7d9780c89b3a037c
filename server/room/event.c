/* The events of a room: one small function for each, found in a table. A function checks what it was given and turns one key, link
 * or switch; who holds what follows from that in one place (interlock.c), what is heard in another (plan.c).
 *
 *   event -> table[type].apply (on a copy) -> interlock_settle -> anything different? -> the room, revision + 1
 *
 * Because it works on a copy, an event that is refused has changed nothing. Called by control/ between two beats, and by replays.
 */
#include "room/room.h"

#include "room/desk.h"
#include "room/interlock.h"

#include <ctype.h>
#include <string.h>

static void press_mic(struct room_desk *desk, enum mic mic)
{
	desk->mic = (uint8_t)mic;
	desk->cut = false;
}

static void set_output(struct room_desk *desk, uint8_t output)
{
	if (desk->output == output)
		return;
	desk->output = output;
	desk->holds = desk->engaged = false; /* of the channel that it left; of the new one nothing is decided yet */
	desk->since = desk->asked = 0;
}

/* ---- the desk's keys ---- */

static enum status apply_seat(struct room *room, const struct room_event *event)
{
	struct room_desk *desk = &room->desk[event->desk];
	const struct room_booth *booth = &room->booth[desk->booth];
	press_mic(desk, MIC_OFF);
	desk->seated = true;
	desk->true_floor = false;
	desk->to_floor = false;
	desk->link = LINK_DOWN;
	set_output(desk, booth->output_now);
	desk->input = booth->input_now;
	return STATUS_OK;
}

static enum status apply_leave(struct room *room, const struct room_event *event)
{
	struct room_desk *desk = &room->desk[event->desk];
	press_mic(desk, MIC_OFF);
	desk->seated = false;
	desk->to_floor = false;
	desk->link = LINK_DOWN;
	return STATUS_OK;
}

static enum status apply_mic(struct room *room, const struct room_event *event)
{
	struct room_desk *desk = &room->desk[event->desk];
	if (event->value > MIC_COUGH)
		return STATUS_BAD_FIELD;
	if (event->value == MIC_OFF && desk->mic != MIC_OFF)
		desk->to_floor = false; /* whoever presses ON next speaks to the listeners, and not by mistake to the whole hall */
	press_mic(desk, (enum mic)event->value);
	return STATUS_OK;
}

/* Output and input belong to the booth. Who speaks for it: a desk that is ON or coughs, or any desk while none does. */
static bool leads(const struct room *room, unsigned desk)
{
	if (desk_wants(&room->desk[desk]))
		return true;
	for (unsigned i = 0; i < room->desks; i++)
		if (room->desk[i].booth == room->desk[desk].booth && desk_wants(&room->desk[i]))
			return false;
	return true;
}

/* The other desks of the booth whose key is OFF follow, so that the next who presses ON goes on where this one was. A desk that
 * presses while its partner speaks changes its own selection only: nobody is flipped by a partner. */
static bool follows(const struct room *room, unsigned leader, unsigned desk)
{
	return desk != leader && room->desk[desk].booth == room->desk[leader].booth && room->desk[desk].mic == MIC_OFF;
}

static enum status apply_output(struct room *room, const struct room_event *event)
{
	struct room_booth *booth = &room->booth[room->desk[event->desk].booth];
	if (event->value >= booth->outputs)
		return STATUS_BAD_FIELD;
	set_output(&room->desk[event->desk], event->value);
	if (!leads(room, event->desk))
		return STATUS_OK;
	booth->output_now = event->value;
	for (unsigned i = 0; i < room->desks; i++)
		if (follows(room, event->desk, i))
			set_output(&room->desk[i], event->value);
	return STATUS_OK;
}

static enum status apply_input(struct room *room, const struct room_event *event)
{
	struct room_desk *desk = &room->desk[event->desk];
	if (!room_has_channel(room, event->value))
		return STATUS_NO_CHANNEL;
	desk->input = event->value;
	if (!leads(room, event->desk))
		return STATUS_OK;
	room->booth[desk->booth].input_now = event->value;
	for (unsigned i = 0; i < room->desks; i++)
		if (follows(room, event->desk, i))
			room->desk[i].input = event->value;
	return STATUS_OK;
}

static enum status apply_true_floor(struct room *room, const struct room_event *event)
{
	if (event->value > 1)
		return STATUS_BAD_FIELD;
	room->desk[event->desk].true_floor = event->value != 0;
	return STATUS_OK;
}

static enum status apply_to_floor(struct room *room, const struct room_event *event)
{
	if (event->value > 1)
		return STATUS_BAD_FIELD;
	for (unsigned i = 0; event->value == 1 && i < room->desks; i++) {
		if (i == event->desk || !room->desk[i].to_floor)
			continue;
		if (desk_mic(&room->desk[i]) != MIC_OFF)
			return STATUS_TAKEN;
		room->desk[i].to_floor = false; /* it only was forgotten there */
	}
	room->desk[event->desk].to_floor = event->value != 0;
	return STATUS_OK;
}

/* One event, so that listeners lose no frame: the partner goes OFF and this desk ON, where the partner was. */
static enum status apply_switch(struct room *room, const struct room_event *event)
{
	struct room_desk *to = &room->desk[event->desk];
	if (event->value >= room->desks || event->value == event->desk || room->desk[event->value].booth != to->booth)
		return STATUS_BAD_FIELD;
	if (to->link != LINK_UP)
		return STATUS_NOT_ALLOWED;
	struct room_desk *from = &room->desk[event->value];
	press_mic(from, MIC_OFF);
	press_mic(to, MIC_ON);
	from->to_floor = to->to_floor = false; /* what is handed over is the booth's channel */
	set_output(to, from->output);
	to->input = from->input;
	room->booth[to->booth].output_now = to->output;
	room->booth[to->booth].input_now = to->input;
	return STATUS_OK;
}

/* ---- links ---- */

static enum status apply_desk_link(struct room *room, const struct room_event *event)
{
	if (event->value > LINK_LOST)
		return STATUS_BAD_FIELD;
	room->desk[event->desk].link = event->value;
	return STATUS_OK;
}

static enum status apply_input_link(struct room *room, const struct room_event *event)
{
	if (event->desk >= room->inputs)
		return STATUS_NO_SOURCE;
	if (event->value > LINK_LOST)
		return STATUS_BAD_FIELD;
	room->input_link[event->desk] = event->value;
	return STATUS_OK;
}

/* ---- the operator ---- */

static enum status apply_choose_input(struct room *room, const struct room_event *event)
{
	if (event->value >= room->inputs)
		return STATUS_NO_SOURCE;
	room->input_chosen = event->value;
	return STATUS_OK;
}

static enum status apply_fill(struct room *room, const struct room_event *event)
{
	if (event->value > 1)
		return STATUS_BAD_FIELD;
	room->channel[event->channel].fill = event->value != 0;
	return STATUS_OK;
}

static enum status apply_interlock(struct room *room, const struct room_event *event)
{
	struct room_channel *channel = &room->channel[event->channel];
	if (event->value > ROOM_INTERLOCK_TOGGLE)
		return STATUS_BAD_FIELD;
	if (channel->interlock != event->value)
		memset(channel->taken_by, 0, sizeof channel->taken_by); /* old takings are of the old mode */
	channel->interlock = event->value;
	return STATUS_OK;
}

/* Letters, digits and hyphens, as tags are made of (RFC 5646, 2.1); "" takes the language back. */
static bool tag_ok(const char *text)
{
	size_t n = 0;
	while (n < TAG_SIZE && (isalnum((unsigned char)text[n]) || text[n] == '-'))
		n++;
	return n < TAG_SIZE && text[n] == '\0' && text[0] != '-';
}

static enum status set_tag(char tag[TAG_SIZE], const char *text)
{
	if (!tag_ok(text))
		return STATUS_BAD_FIELD;
	memset(tag, 0, TAG_SIZE);
	memcpy(tag, text, strlen(text));
	return STATUS_OK;
}

static enum status apply_floor_language(struct room *room, const struct room_event *event)
{
	return set_tag(room->floor_language, event->text);
}

static enum status apply_programme_language(struct room *room, const struct room_event *event)
{
	return set_tag(room->programme_language, event->text);
}

static enum status apply_line_up(struct room *room, const struct room_event *event)
{
	if (event->value > 1)
		return STATUS_BAD_FIELD;
	room->channel[event->channel].line_up = event->value != 0;
	return STATUS_OK;
}

static enum status apply_break_music(struct room *room, const struct room_event *event)
{
	if (event->value > 1)
		return STATUS_BAD_FIELD;
	room->channel[event->channel].music = event->value != 0;
	return STATUS_OK;
}

static bool is_source(const struct room *room, unsigned source)
{
	return source < room->inputs || (source >= INPUTS_MAX && source - INPUTS_MAX < room->desks);
}

static enum status apply_emergency(struct room *room, const struct room_event *event)
{
	if (event->value > 1)
		return STATUS_BAD_FIELD;
	if (event->value == 1 && event->desk != PLAN_NO_SOURCE && !is_source(room, event->desk))
		return STATUS_NO_SOURCE;
	room->emergency = event->value != 0;
	room->emergency_source = room->emergency ? event->desk : PLAN_NO_SOURCE;
	return STATUS_OK;
}

static enum status apply_mic_cut(struct room *room, const struct room_event *event)
{
	struct room_desk *desk = &room->desk[event->desk];
	if (desk->mic == MIC_OFF)
		return STATUS_OK;
	desk->mic = MIC_OFF;
	desk->to_floor = false;
	desk->cut = true;
	return STATUS_OK;
}

static enum status apply_auto_relay(struct room *room, const struct room_event *event)
{
	if (!room_has_channel(room, event->value))
		return STATUS_NO_CHANNEL;
	room->auto_relay = event->value;
	return STATUS_OK;
}

/* ---- the server itself ---- */

/* Seats are kept: a person comes back by its link, with the seat token, or control/ lets it leave after a while. */
static enum status apply_restart(struct room *room, const struct room_event *event)
{
	(void)event;
	memset(room->input_link, LINK_DOWN, sizeof room->input_link);
	for (unsigned i = 0; i < room->desks; i++) {
		struct room_desk *desk = &room->desk[i];
		desk->link = LINK_DOWN;
		desk->to_floor = false;
		if (desk->mic == MIC_ON)
			desk->mic = MIC_COUGH;
	}
	return STATUS_OK;
}

/* ---- the table ---- */

enum about {
	ABOUT_ROOM,
	ABOUT_DESK,   /* there must be one of this index */
	ABOUT_SEATED, /* and somebody there */
	ABOUT_CHANNEL, /* there must be one, and not the floor */
	ABOUT_ANY_CHANNEL /* there must be one */
};

static const struct {
	enum about about;
	bool pressed; /* a key of the desk that can take a channel away from somebody */
	enum status (*apply)(struct room *room, const struct room_event *event);
} table[ROOM_EVENT_TYPES] = {
	[ROOM_SEAT] = {ABOUT_DESK, false, apply_seat},
	[ROOM_LEAVE] = {ABOUT_SEATED, false, apply_leave},
	[ROOM_MIC] = {ABOUT_SEATED, true, apply_mic},
	[ROOM_OUTPUT] = {ABOUT_SEATED, true, apply_output},
	[ROOM_INPUT] = {ABOUT_SEATED, false, apply_input},
	[ROOM_DESK_LINK] = {ABOUT_SEATED, false, apply_desk_link},
	[ROOM_INPUT_LINK] = {ABOUT_ROOM, false, apply_input_link},
	[ROOM_CHOOSE_INPUT] = {ABOUT_ROOM, false, apply_choose_input},
	[ROOM_FILL] = {ABOUT_CHANNEL, false, apply_fill},
	[ROOM_INTERLOCK] = {ABOUT_CHANNEL, false, apply_interlock},
	[ROOM_FLOOR_LANGUAGE] = {ABOUT_ROOM, false, apply_floor_language},
	[ROOM_EMERGENCY] = {ABOUT_ROOM, false, apply_emergency},
	[ROOM_MIC_CUT] = {ABOUT_SEATED, false, apply_mic_cut},
	[ROOM_SWITCH] = {ABOUT_SEATED, false, apply_switch},
	[ROOM_AUTO_RELAY] = {ABOUT_ROOM, false, apply_auto_relay},
	[ROOM_TRUE_FLOOR] = {ABOUT_SEATED, false, apply_true_floor},
	[ROOM_TO_FLOOR] = {ABOUT_SEATED, false, apply_to_floor},
	[ROOM_LINE_UP] = {ABOUT_ANY_CHANNEL, false, apply_line_up},
	[ROOM_BREAK_MUSIC] = {ABOUT_ANY_CHANNEL, false, apply_break_music},
	[ROOM_PROGRAMME_LANGUAGE] = {ABOUT_ROOM, false, apply_programme_language},
	[ROOM_RESTART] = {ABOUT_ROOM, false, apply_restart},
};

static enum status about_ok(const struct room *room, const struct room_event *event)
{
	enum about about = table[event->type].about;
	if ((about == ABOUT_DESK || about == ABOUT_SEATED) && event->desk >= room->desks)
		return STATUS_NO_DESK;
	if (about == ABOUT_SEATED && !room->desk[event->desk].seated)
		return STATUS_NOT_ALLOWED;
	if (about == ABOUT_CHANNEL && event->channel == 0)
		return STATUS_NO_CHANNEL;
	if ((about == ABOUT_CHANNEL || about == ABOUT_ANY_CHANNEL) && !room_has_channel(room, event->channel))
		return STATUS_NO_CHANNEL;
	return STATUS_OK;
}

enum status room_apply(struct room *room, const struct room_event *event)
{
	if (event->type >= ROOM_EVENT_TYPES)
		return STATUS_BAD_FIELD;
	enum status status = about_ok(room, event);
	if (status != STATUS_OK)
		return status;
	struct room next;
	memcpy(&next, room, sizeof next); /* padding too: it is compared below */
	status = table[event->type].apply(&next, event);
	if (status != STATUS_OK)
		return status;
	interlock_settle(&next, table[event->type].pressed ? event->desk : ROOM_NOBODY, event->beat);
	if (memcmp(&next, room, sizeof next) == 0)
		return STATUS_OK;
	next.revision++;
	memcpy(room, &next, sizeof next);
	return STATUS_OK;
}
