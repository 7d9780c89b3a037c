/* A part: those of one ring's readers whose sockets are on one loop, and how a packet gets to each of them.
 *
 *   ring_put (hub) ... part_deliver (loop) --> for each reader that is up to date: send()
 *                                                SENT_FULL: the reader falls behind, and is served by reader_writable() from then on
 *
 * The policy for those who fall behind is here and nowhere else: LAG_MAX_MS behind, a reader is moved to the live edge and told;
 * STUCK_MS without taking anything, it is given up. Nobody waits for anybody.
 *
 * It belongs to its loop's thread, but for the two counts, which any thread may ask for. Where a reader begins is said by the one who
 * writes the ring (struct spot, audience.h).
 */
#ifndef FANOUT_PART_H
#define FANOUT_PART_H

#include "boothcast/conn.h"
#include "fanout/ring.h"
#include "fanout/run.h"

#include <stdbool.h>
#include <stdint.h>

#define STUCK_MS 10000 /* a socket that takes nothing for this long belongs to somebody who is gone */

#define PART_AGES 16 /* rounds are told apart by so many packets: a listener who waits for as long is not served by the walk any more */

struct part;
struct reader;
struct walk;

/* What went out in one slice: packets, by their places in the ring; those before `first` count as that one. */
struct part_slice {
	uint64_t first;
	uint32_t packets[PART_AGES];
};

/* Where in a ring somebody begins to read. */
struct spot {
	uint64_t position; /* the first packet that it looks at */
	uint32_t live_seq; /* when `early`: the number of the first that is live */
	uint8_t history;   /* and so many numbers before it are sent as history, older ones not at all */
	bool early;        /* what is there may be older than what it is to hear */
	bool jumped;       /* the first packet is not the one after its last */
};

/* How a kind of reader sends, and what it hears about itself. Nobody enters or leaves from inside these calls. */
struct reader_ops {
	/* Sends a packet as it lies in the ring, as one message; other threads read there too, so nothing is written. It may be sent by the
	 * end of the delivery under way, together with others. */
	enum sent (*send_shared)(struct reader *reader, const uint8_t *bytes, size_t size);
	/* Sends several, or one with flags that are for it alone: all of them or none. Borrowed for the call. */
	enum sent (*send_run)(struct reader *reader, const struct run *run);
	/* It wants to see each packet: no run of it has more than one. */
	bool one_by_one;
	/* Its turn to send comes soon: fetches into the cache what send() touches first, and does not wait for it.
	 * May be NULL. */
	void (*fetch)(const struct reader *reader);
	/* It was moved to the live edge over so much sound. */
	void (*skipped)(struct reader *reader, uint32_t skipped_ms);
	/* It took nothing for STUCK_MS: close what it stands for. Called once. */
	void (*stuck)(struct reader *reader);
};

/* Embedded in whoever reads; the fields belong to part.c. */
struct reader {
	const struct reader_ops *ops;
	struct part *part; /* NULL: not in one */
	uint64_t position; /* of `spot`, kept up */
	uint32_t first_seq; /* while `early`: its history begins there ... */
	uint32_t live_seq; /* ... and here what is live */
	uint32_t slot;     /* its place in the part's list */
	bool early;        /* nothing live came yet */
	bool behind;       /* its socket was full: reader_writable() goes on */
	bool jumped;
	bool given_up;
};

/* Readers of `ring`, which must outlive it. `walk` delivers (walk.h). The caller frees with part_free(), when everybody has left. */
struct part *part_new(struct ring *ring, struct walk *walk);
void part_free(struct part *part);
struct ring *part_ring(const struct part *part);
/* Packets delivered to anybody, and packets skipped by those who were moved on. Any thread. */
uint64_t part_delivered(const struct part *part);
uint64_t part_skipped(const struct part *part);

/* Begins to read at `spot`, at once: what is there already is sent. The reader is the caller's; it must leave before it is freed. */
void part_enter(struct part *part, struct reader *reader, const struct reader_ops *ops, const struct spot *spot);
void part_leave(struct reader *reader);
/* `to`, in no part, takes the place of `from` and goes on where that was; `from` is in none from now on. */
void part_replace(struct reader *from, struct reader *to, const struct reader_ops *ops);
/* Its socket has room again: sends what it missed. */
void reader_writable(struct reader *reader);

/* Sends what is new to those who are up to date, to at most `most` of them; how many those were. All that is left has its turn with the
 * next call, in the same order, whoever came or went meanwhile. What was sent is said in `slice`, which may be NULL. */
uint32_t part_deliver(struct part *part, uint32_t most, struct part_slice *slice);
/* Whether all that may have been given out in that round is still as it was: asked when it has been sent. */
bool part_kept(const struct part *part);
/* Whether somebody has not had his turn since the head that the ring has now. */
bool part_due(const struct part *part);

#endif
