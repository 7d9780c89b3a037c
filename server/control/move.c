/* Moves, see move.h. The moment is chosen and announced here; the rest is done where the listener's socket is (fanout/transfer.h), so
 * nothing asks the other listeners whether they move. Called by listen.c.
 */
#include "control/move.h"

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
	listening->rendition = (uint8_t)to;
	listen_tell(listening, ring, seq);
	listener_move(listening->listener, audience, until, seq);
	++*session->house->counts.moves[to];
}

void move_session(struct session *session)
{
	for (struct listening *l = session->listenings; l != NULL; l = l->next) {
		if (l->automatic && l->rendition != (uint8_t)session->mover.now)
			move_one(l, session->mover.now);
	}
}
