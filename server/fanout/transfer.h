/* A transfer: a listener goes over from one ring to another at one moment of media time, none of it twice and none of it missing.
 *
 *   old ring   a a a a a a a|  .  .          nothing from number `until` on
 *   new ring       [h   h   h]|B   B   B     from its place on; before it, history, so that the decoder has found its way by then
 *
 * It is begun ahead of that moment, which both sides know, so that a player can make room for longer packets. While it lasts the
 * listener reads both rings. For two renditions of one channel, whose numbers count different lengths of the same clock.
 *
 * Private to fanout/, as is what a listener is made of.
 */
#ifndef FANOUT_TRANSFER_H
#define FANOUT_TRANSFER_H

#include "fanout/hearing.h"
#include "fanout/listener.h"

struct listener {
	struct hearing hearing; /* first */
	listener_skipped skipped;
	void *user;
	struct transfer *transfer; /* the loop's: under way; NULL: none */
};

struct transfer {
	struct hearing hearing; /* first: reads the old ring in place of the listener */
	struct listener *listener;
	uint32_t until;
	bool over;                  /* the loop's, as the next one */
	struct transfer *over_next; /* in the walk's list of those that are over */
};

/* ---- hub ---- */

/* `listener` reads `to` from `spot` on, and what it read until now is read by the transfer until the packet `until` of the old ring comes;
 * then it ends by itself. */
void transfer_begin(struct listener *listener, struct audience *to, uint32_t until, struct spot spot);

/* ---- loop ---- */

/* Leaves the old ring, at any time but within a delivery. */
void transfer_end(struct transfer *transfer);

/* Of listener.c. */
extern const struct reader_ops listener_reader_ops;
enum sent listener_send_shared(struct reader *reader, const uint8_t *bytes, size_t size);
enum sent listener_send_run(struct reader *reader, const struct run *run);
void listener_was_skipped(struct listener *listener, uint32_t skipped_ms);
void listener_stuck(struct reader *reader);

#endif
