/* A transfer: a listener goes over from one ring to another at one moment of media time, none of it twice and none of it missing.
 *
 *   old ring   a a a a a a a|  .  .          nothing from number `until` on
 *   new ring       [h   h   h]|B   B   B     from number `from` on; before it, history, so that the decoder has found its way by
 * then
 *
 * It is begun ahead of that moment, which both sides know, so that a player can make room for longer packets. While it lasts the
 * listener reads both rings. For two renditions of one channel, whose numbers count different lengths of the same clock.
 */
#ifndef FANOUT_TRANSFER_H
#define FANOUT_TRANSFER_H

#include "fanout/listener.h"

/* Embedded or allocated by whoever transfers; the fields belong to transfer.c. */
struct transfer {
	struct listener leaving; /* first: reads the old ring in place of the listener */
	struct listener *listener;
	uint32_t until;
	bool over;
};

/* `listener` reads a ring; from now on it reads that of `to`, and what it read is read by the transfer until the packet `until` of
 * the old ring comes. `to` must be running, so that its numbers are known. */
void transfer_begin(struct transfer *transfer, struct listener *listener, struct audience *to, uint32_t until, uint32_t from);
/* True when the old ring has nothing more for it, and transfer_end() is due. */
bool transfer_over(const struct transfer *transfer);
/* Leaves the old ring, at any time. */
void transfer_end(struct transfer *transfer);
/* The socket has room again: first what is left of the old ring. The listener itself is served by the caller, afterwards. */
void transfer_writable(struct transfer *transfer);

#endif
