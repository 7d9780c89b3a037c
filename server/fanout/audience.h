/* The audience of one ring: everybody who reads it, and how a packet gets to each of them.
 *
 *   ring_put --> audience_deliver --> for each reader that is up to date: send()
 *                                       SENT_FULL: the reader falls behind, and is served by reader_writable() from then on
 *
 * The policy for those who fall behind is here and nowhere else: LAG_MAX_MS behind, a reader is moved to the live edge and told;
 * STUCK_MS without taking anything, it is given up. Nobody waits for anybody.
 */
#ifndef FANOUT_AUDIENCE_H
#define FANOUT_AUDIENCE_H

#include "boothcast/conn.h"
#include "fanout/ring.h"

#include <stdbool.h>
#include <stdint.h>

#define STUCK_MS 10000 /* a socket that takes nothing for this long belongs to somebody who is gone */

struct audience;
struct reader;

/* How a kind of reader sends, and what it hears about itself. Nobody joins or leaves from inside these calls. */
struct reader_ops {
	/* Sends one message; `bytes` has PACKET_HEADROOM writable bytes in front, and is borrowed for the call. */
	enum sent (*send)(struct reader *reader, uint8_t *bytes, size_t size);
	/* The same for a packet as it lies in the ring, where it stays until the delivery under way ends: it may be sent by then, together
	 * with others. NULL: send() is for all. */
	enum sent (*send_shared)(struct reader *reader, uint8_t *bytes, size_t size);
	/* Its turn to send comes soon: fetches into the cache what send() touches first, and does not wait for it.
	 * May be NULL. */
	void (*fetch)(const struct reader *reader);
	/* It was moved to the live edge over so much sound. */
	void (*skipped)(struct reader *reader, uint32_t skipped_ms);
	/* It took nothing for STUCK_MS: close what it stands for. Called once. */
	void (*stuck)(struct reader *reader);
};

/* Embedded in whoever reads; the fields belong to audience.c. */
struct reader {
	const struct reader_ops *ops;
	struct audience *audience; /* NULL: not in one */
	uint64_t position;         /* the next packet for it; beyond the head: it waits until that is there */
	uint64_t live_from;        /* packets before this position are sent as history */
	uint32_t slot;             /* its place in the audience's list */
	bool behind;               /* its socket was full: reader_writable() goes on */
	bool jumped;               /* the next packet is not the one after its last */
	bool given_up;
};

/* Reads `ring`, which must outlive it. The caller frees with audience_free(), when everybody has left. */
struct audience *audience_new(struct ring *ring);
void audience_free(struct audience *audience);
struct ring *audience_ring(struct audience *audience);
uint32_t audience_count(const struct audience *audience);
/* Packets delivered to anybody, and packets skipped by those who were moved on. */
uint64_t audience_delivered(const struct audience *audience);
uint64_t audience_skipped(const struct audience *audience);

/* Starts with up to `history` packets from before now, at once; HISTORY_MAX and HISTORY_MAX_MS bound them. The reader is the
 * caller's; it must leave before it is freed. */
void audience_join(struct audience *audience, struct reader *reader, const struct reader_ops *ops, unsigned history);
/* Starts with the packet after `seq` as far as the ring still has it: whoever was here before misses nothing. */
void audience_rejoin(struct audience *audience, struct reader *reader, const struct reader_ops *ops, uint32_t seq);
/* Starts with the packet `seq`, there or still to come, after up to `history` packets from before it. The ring must know its
 * numbers (ring_live_seq). */
void audience_join_at(struct audience *audience, struct reader *reader, const struct reader_ops *ops, uint32_t seq,
		      unsigned history);
void audience_leave(struct reader *reader);
/* `to`, in no audience, takes the place of `from` and goes on where that was; `from` is in none from now on. */
void audience_replace(struct reader *from, struct reader *to, const struct reader_ops *ops);

/* After ring_put(): sends what is new to everybody who is up to date. */
void audience_deliver(struct audience *audience);
/* Its socket has room again: sends what it missed. */
void reader_writable(struct reader *reader);

#endif
