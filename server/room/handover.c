/* The state machine of handover.h. Every key is one small function, found in a table, as the events of a room are.
 *
 * What rivals got wrong is checked in one place, step(): a side that has left, a desk without a link and an answer that never comes
 * all bring IDLE, so nothing can lock up. A switch is only ever made to a desk that sits there with its link up at that very
 * moment.
 *
 * Decisions: a request that meets an offer (and the other way round) is an agreement; a take-over of a
 * desk that has gone OFF meanwhile happens at once, there is nobody to warn; TAKE pressed again does not start the 3 s anew, and a
 * second partner cannot take from the first.
 */
#include "room/handover.h"

#include "room/desk.h"

#include <string.h>

/* ---- who is who ---- */

static bool sits(const struct room *room, unsigned booth, unsigned desk)
{
	return desk < room->desks && room->desk[desk].booth == booth && room->desk[desk].seated;
}

static bool key_off(const struct room *room, unsigned desk)
{
	return room->desk[desk].mic == MIC_OFF;
}

static bool can_speak(const struct room *room, unsigned desk)
{
	return room->desk[desk].seated && room->desk[desk].link == LINK_UP;
}

static bool link_gone(const struct room *room, unsigned desk)
{
	return room->desk[desk].link == LINK_LOST || room->desk[desk].link == LINK_DOWN;
}

static bool speaks_before(const struct room_desk *a, const struct room_desk *b)
{
	if (desk_wants(a) != desk_wants(b))
		return desk_wants(a);
	return a->asked < b->asked;
}

unsigned handover_speaker(const struct room *room, unsigned booth)
{
	unsigned speaker = ROOM_NOBODY;
	for (unsigned i = 0; i < room->desks; i++) {
		if (!sits(room, booth, i) || key_off(room, i))
			continue;
		if (speaker == ROOM_NOBODY || speaks_before(&room->desk[i], &room->desk[speaker]))
			speaker = i;
	}
	return speaker;
}

static bool has_partner(const struct room *room, unsigned booth, unsigned desk)
{
	for (unsigned i = 0; i < room->desks; i++)
		if (i != desk && sits(room, booth, i))
			return true;
	return false;
}

/* ---- states ---- */

static void enter(struct handover *h, enum handover_state state, unsigned from, unsigned to, uint64_t beat)
{
	h->state = (uint8_t)state;
	h->from = (uint8_t)from;
	h->to = (uint8_t)to;
	h->agreed = false;
	h->since = beat;
	h->ended = HANDOVER_NOT_YET;
}

static void end(struct handover *h, enum handover_end how, uint64_t beat)
{
	enter(h, HANDOVER_IDLE, ROOM_NOBODY, ROOM_NOBODY, beat);
	h->ended = (uint8_t)how;
}

static enum status agree(struct handover *h, const struct room *room, unsigned to)
{
	if (!can_speak(room, to))
		return STATUS_NOT_ALLOWED;
	h->to = (uint8_t)to;
	h->agreed = true;
	return STATUS_OK;
}

void handover_init(struct handover *handover, unsigned booth)
{
	memset(handover, 0, sizeof *handover);
	handover->booth = (uint8_t)booth;
	handover->turn_desk = ROOM_NOBODY;
	end(handover, HANDOVER_NOT_YET, 0);
}

/* ---- keys ---- */

/* An offer stands, and this desk is not the one that made it. */
static bool offered_to(const struct handover *h, unsigned desk)
{
	return h->state == HANDOVER_OFFERED && desk != h->from;
}

static enum status press_offer(struct handover *h, const struct room *room, unsigned desk, uint64_t beat)
{
	if (key_off(room, desk) || !has_partner(room, h->booth, desk))
		return STATUS_NOT_ALLOWED;
	if (h->state == HANDOVER_IDLE)
		enter(h, HANDOVER_OFFERED, desk, ROOM_NOBODY, beat);
	else if (desk != h->from)
		return STATUS_TAKEN;
	else if (h->state != HANDOVER_OFFERED)
		return agree(h, room, h->to);
	return STATUS_OK;
}

static enum status press_request(struct handover *h, const struct room *room, unsigned desk, uint64_t beat)
{
	unsigned speaker = handover_speaker(room, h->booth);
	if (!key_off(room, desk))
		return STATUS_NOT_ALLOWED;
	if (offered_to(h, desk))
		return agree(h, room, desk);
	if (h->state != HANDOVER_IDLE)
		return h->to == desk ? STATUS_OK : STATUS_TAKEN;
	if (speaker == ROOM_NOBODY)
		return STATUS_NOT_ALLOWED;
	enter(h, HANDOVER_REQUESTED, speaker, desk, beat);
	return STATUS_OK;
}

static enum status press_accept(struct handover *h, const struct room *room, unsigned desk, uint64_t beat)
{
	(void)beat;
	if (offered_to(h, desk))
		return key_off(room, desk) ? agree(h, room, desk) : STATUS_NOT_ALLOWED;
	if ((h->state == HANDOVER_REQUESTED || h->state == HANDOVER_TAKING) && desk == h->from)
		return agree(h, room, h->to);
	return STATUS_NOT_ALLOWED;
}

static enum status press_decline(struct handover *h, const struct room *room, unsigned desk, uint64_t beat)
{
	(void)room;
	if (!offered_to(h, desk) && !(h->state == HANDOVER_REQUESTED && desk == h->from))
		return STATUS_NOT_ALLOWED;
	end(h, HANDOVER_DECLINED, beat);
	return STATUS_OK;
}

static enum status press_cancel(struct handover *h, const struct room *room, unsigned desk, uint64_t beat)
{
	(void)room;
	if (h->state == HANDOVER_IDLE || desk != (h->state == HANDOVER_OFFERED ? h->from : h->to))
		return STATUS_NOT_ALLOWED;
	end(h, HANDOVER_CANCELLED, beat);
	return STATUS_OK;
}

static enum status press_take(struct handover *h, const struct room *room, unsigned desk, uint64_t beat)
{
	unsigned speaker = handover_speaker(room, h->booth);
	if (offered_to(h, desk) && key_off(room, desk))
		return agree(h, room, desk);
	if (!key_off(room, desk) || speaker == ROOM_NOBODY || !can_speak(room, desk))
		return STATUS_NOT_ALLOWED;
	if (h->state == HANDOVER_TAKING)
		return h->to == desk ? STATUS_OK : STATUS_TAKEN;
	enter(h, HANDOVER_TAKING, speaker, desk, beat);
	return STATUS_OK;
}

static enum status (*const press[HANDOVER_ACTIONS])(struct handover *h, const struct room *room, unsigned desk, uint64_t beat) = {
	[HANDOVER_OFFER] = press_offer,     [HANDOVER_REQUEST] = press_request, [HANDOVER_ACCEPT] = press_accept,
	[HANDOVER_DECLINE] = press_decline, [HANDOVER_CANCEL] = press_cancel,   [HANDOVER_TAKE] = press_take,
};

enum status handover_press(struct handover *handover, const struct room *room, unsigned desk, enum handover_action action,
			   uint64_t beat)
{
	if ((unsigned)action >= HANDOVER_ACTIONS)
		return STATUS_BAD_FIELD;
	if (desk >= room->desks || room->desk[desk].booth != handover->booth)
		return STATUS_NO_DESK;
	if (!room->desk[desk].seated)
		return STATUS_NOT_ALLOWED;
	return press[action](handover, room, desk, beat);
}

/* ---- time ---- */

static uint64_t limit_ms(const struct handover *h)
{
	return h->state == HANDOVER_TAKING ? HANDOVER_WARNING_MS : HANDOVER_TIMEOUT_MS;
}

static bool expired(const struct handover *h, const struct room *room, uint64_t beat)
{
	return beat >= h->since + room_beats(room, limit_ms(h));
}

static bool somebody_left(const struct handover *h, const struct room *room)
{
	if (!sits(room, h->booth, h->from) || !has_partner(room, h->booth, h->from))
		return true;
	return h->to != ROOM_NOBODY && !sits(room, h->booth, h->to);
}

/* The partner went ON: both keys are down, or the offer's maker has gone OFF after it. */
static bool done_by_keys(const struct handover *h, const struct room *room)
{
	if (h->to != ROOM_NOBODY)
		return !key_off(room, h->to);
	return key_off(room, h->from) && handover_speaker(room, h->booth) != ROOM_NOBODY;
}

static bool take_is_due(const struct handover *h, const struct room *room, uint64_t beat)
{
	return expired(h, room, beat) || key_off(room, h->from) || link_gone(room, h->from);
}

static bool make_switch(struct handover *h, const struct room *room, uint64_t beat, struct room_event *event)
{
	if (!can_speak(room, h->to)) {
		end(h, HANDOVER_LEFT, beat);
		return false;
	}
	*event = (struct room_event){.type = ROOM_SWITCH, .desk = h->to, .value = h->from, .beat = beat};
	end(h, HANDOVER_SWITCHED, beat);
	return true;
}

static void follow_turn(struct handover *h, const struct room *room, uint64_t beat)
{
	unsigned speaker = handover_speaker(room, h->booth);
	if (speaker == ROOM_NOBODY || speaker == h->turn_desk)
		return;
	h->turn_desk = (uint8_t)speaker;
	h->turn_since = beat;
}

bool handover_step(struct handover *handover, const struct room *room, uint64_t beat, struct room_event *event)
{
	struct handover *h = handover;
	follow_turn(h, room, beat);
	if (h->state == HANDOVER_IDLE)
		return false;
	if (somebody_left(h, room))
		end(h, HANDOVER_LEFT, beat);
	else if (done_by_keys(h, room))
		end(h, HANDOVER_BY_KEYS, beat);
	else if (h->agreed || (h->state == HANDOVER_TAKING && take_is_due(h, room, beat)))
		return make_switch(h, room, beat, event);
	else if (expired(h, room, beat))
		end(h, HANDOVER_TIMED_OUT, beat);
	return false;
}

uint64_t handover_left_ms(const struct handover *handover, const struct room *room, uint64_t beat)
{
	if (handover->state == HANDOVER_IDLE || expired(handover, room, beat))
		return 0;
	return (handover->since + room_beats(room, limit_ms(handover)) - beat) * room->frame_ms;
}

enum turn handover_turn(const struct handover *handover, const struct room *room, uint64_t beat)
{
	if (handover->turn_desk == ROOM_NOBODY)
		return TURN_NONE;
	uint64_t lasted = beat - handover->turn_since;
	if (lasted >= room_beats(room, TURN_RED_MS))
		return TURN_RED;
	return lasted >= room_beats(room, TURN_AMBER_MS) ? TURN_AMBER : TURN_GREEN;
}
