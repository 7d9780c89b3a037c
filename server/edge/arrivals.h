/* How long new sockets wait for the loop to which they were handed: what the door asks before it lets in the next lot.
 *
 *   hub                                    the edge's thread
 *   arrivals_sent  --- the socket -------> arrivals_taken: it waited so long
 *   arrivals_wait_us <-- longest, count --/
 *
 * The longest wait of those that were taken says how busy the loop was; one that is not taken yet says how busy it is, however long
 * its turn will be. Of these one at a time is looked after, so nothing here grows. Two counters and a number between two threads,
 * no lock, and nobody waits. Pure: the time is an argument. Part of struct edge, called by edge.c.
 */
#ifndef EDGE_ARRIVALS_H
#define EDGE_ARRIVALS_H

#include <stdatomic.h>
#include <stdint.h>

struct arrivals {
	/* the hub's */
	unsigned sent;
	unsigned watched;  /* the one that is looked after, by its number ... */
	uint64_t since_us; /* ... and since when */
	/* the edge's, read by the hub */
	atomic_uint taken;
	_Atomic uint64_t longest_us; /* of those since the hub asked last */
};

/* By the hub: a socket is on its way. */
void arrivals_sent(struct arrivals *arrivals, uint64_t now_us);
/* By the edge: the loop has come to a socket that was sent at `sent_us`. In the order of arrivals_sent(). */
void arrivals_taken(struct arrivals *arrivals, uint64_t sent_us, uint64_t now_us);
/* By the hub: the longest wait, in microseconds, of those that were taken since it asked last, or of one that still waits if that
 * is longer. 0 when there was none. */
uint64_t arrivals_wait_us(struct arrivals *arrivals, uint64_t now_us);

#endif
