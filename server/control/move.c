/* Moves, see move.h. A move lives from the announcement until the old ring has given its last packet; those under way are in a list
 * of the hall, which is looked through on each beat, so nothing asks the other listeners whether they move. Called by listen.c and
 * session.c.
 */
#include "control/move.h"

#include "base/check.h"
#include "fanout/transfer.h"

#include <stdlib.h>

struct move {
	struct transfer transfer;
	struct listening *listening;
	struct move *next, **link; /* in the hall's list */
};

static void link_move(struct move *move, struct move **first)
{
	move->next = *first;
	move->link = first;
	if (*first != NULL)
		(*first)->link = &move->next;
	*first = move;
}

static void unlink_move(struct move *move)
{
	*move->link = move->next;
	if (move->next != NULL)
		move->next->link = move->link;
}

void move_stop(struct listening *listening)
{
	struct move *move = listening->move;
	if (move == NULL)
		return;
	transfer_end(&move->transfer);
	unlink_move(move);
	listening->move = NULL;
	free(move);
}

void move_writable(struct listening *listening)
{
	if (listening->move != NULL)
		transfer_writable(&listening->move->transfer);
}

/* The first beat after the notice at which a long packet begins. */
static uint64_t choose_moment(const struct session *session)
{
	unsigned frame_ms = session->house->settings->sound.frame_ms, beats = LONG_PACKET_MS / frame_ms;
	uint64_t earliest = stage_now(session->hall->stage) + MOVE_NOTICE_MS / frame_ms;
	return (earliest / beats + 1) * beats;
}

static void move_one(struct listening *listening, enum rendition to)
{
	struct session *session = listening->session;
	struct channel *channel = stage_channel(session->hall->stage, listening->what.number);
	struct ring *from = audience_ring(channel_audience(channel, (enum rendition)listening->rendition));
	struct audience *audience = channel_open(channel, to);
	struct ring *ring = audience_ring(audience);
	uint64_t moment = choose_moment(session);
	unsigned beat_ms = session->house->settings->sound.frame_ms;
	uint32_t until = (uint32_t)(moment * beat_ms / ring_frame_ms(from)),
		 seq = (uint32_t)(moment * beat_ms / ring_frame_ms(ring));
	move_stop(listening); /* one that is not over by now never will be */
	listening->rendition = (uint8_t)to;
	listening->move = check_alloc(calloc(1, sizeof *listening->move));
	listening->move->listening = listening;
	link_move(listening->move, &session->hall->moves);
	listen_tell(listening, ring, seq);
	transfer_begin(&listening->move->transfer, &listening->listener, audience, until, seq);
	++*session->house->counts.moves[to];
}

void move_session(struct session *session)
{
	for (struct listening *l = session->listenings; l != NULL; l = l->next) {
		if (l->automatic && l->rendition != (uint8_t)session->mover.now)
			move_one(l, session->mover.now);
	}
}

void moves_beat(struct hall *hall)
{
	for (struct move *move = hall->moves, *next; move != NULL; move = next) {
		next = move->next;
		if (transfer_over(&move->transfer))
			move_stop(move->listening);
	}
}
