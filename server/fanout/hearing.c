/* The two halves of hearing.h, and the calls between them. Called by the kinds of hearings; outlet_* by whoever has the sockets.
 */
#include "fanout/hearing.h"

#include "base/check.h"
#include "fanout/broadcast.h"

#include <stddef.h>

#define CALL_EARLY 1
#define CALL_JUMPED 2

void hearing_put_spot(struct call *call, struct spot spot)
{
	call->a = (spot.early ? CALL_EARLY : 0) | (spot.jumped ? CALL_JUMPED : 0);
	call->b = spot.position;
	call->c = (uint64_t)spot.history << 32 | spot.live_seq;
}

struct spot hearing_spot(const struct call *call)
{
	return (struct spot){.position = call->b,
			     .live_seq = (uint32_t)call->c,
			     .history = (uint8_t)(call->c >> 32),
			     .early = (call->a & CALL_EARLY) != 0,
			     .jumped = (call->a & CALL_JUMPED) != 0};
}

/* ---- loop ---- */

static bool is_open(const struct outlet *outlet)
{
	return outlet->conn != NULL || outlet->exchange != NULL;
}

void hearing_link(struct hearing *hearing)
{
	hearing->next = hearing->outlet->first;
	hearing->link = &hearing->outlet->first;
	if (hearing->next != NULL)
		hearing->next->link = &hearing->next;
	hearing->outlet->first = hearing;
}

static void enter(const struct call *call)
{
	struct hearing *hearing = call->to;
	struct spot spot = hearing_spot(call);
	hearing_link(hearing);
	hearing->conn = hearing->outlet->conn;
	if (is_open(hearing->outlet))
		part_enter(call->what, &hearing->reader, hearing->ops->reader, &spot);
}

static void leave(const struct call *call)
{
	struct hearing *hearing = call->to;
	hearing->ops->release(hearing);
	hearing_let_go(hearing);
}

void outlet_writable(struct outlet *outlet)
{
	membership_writable(outlet);
	for (struct hearing *hearing = outlet->first; hearing != NULL; hearing = hearing->next) {
		if (hearing->ops->writable != NULL)
			hearing->ops->writable(hearing);
		else
			reader_writable(&hearing->reader);
	}
	walk_end_over(outlet->walk);
}

void outlet_closed(struct outlet *outlet)
{
	membership_end(outlet);
	outlet->conn = NULL;
	outlet->exchange = NULL;
	for (struct hearing *hearing = outlet->first, *next; hearing != NULL; hearing = next) {
		next = hearing->next; /* a transfer ends with this, and only it: it stands before its listener */
		hearing->ops->release(hearing);
	}
}

/* ---- hub ---- */

static void left(const struct call *call)
{
	struct hearing *hearing = call->to;
	if (!hearing->ended)
		audience_leave(hearing->audience);
	audience_released(hearing->audience);
	hearing->ops->free(hearing);
}

void hearing_let_go(struct hearing *hearing)
{
	*hearing->link = hearing->next;
	if (hearing->next != NULL)
		hearing->next->link = hearing->link;
	post_call(walk_events(hearing->outlet->walk), &(struct call){.run = left, .to = hearing});
}

void hearing_begin(struct hearing *hearing, const struct hearing_ops *ops, struct outlet *outlet, struct audience *audience,
		   struct spot spot)
{
	check(outlet != NULL);
	hearing->ops = ops;
	hearing->outlet = outlet;
	hearing->audience = audience;
	struct call call = {.run = enter, .to = hearing, .what = audience_join(audience, outlet->walk)};
	hearing_put_spot(&call, spot);
	post_call(walk_orders(outlet->walk), &call);
}

void hearing_end(struct hearing *hearing)
{
	hearing->ended = true;
	audience_leave(hearing->audience);
	post_call(walk_orders(hearing->outlet->walk), &(struct call){.run = leave, .to = hearing});
}
