/* A post: calls from one loop to another, in their order.
 *
 *   sender's thread                            receiver's thread
 *   post_call x N --> [ c | c | c | ]            ring of slots, lock-free: one sends, one receives
 *                  \--> backlog, when it is full
 *   post_flush    ----------- one wake ------->  run, run, run ...
 *
 * A call is a function and its arguments, by value. Nothing is lost: what finds the ring full waits on the sender's side, in order, and
 * goes into the ring when there is room. A sender that can do without a call asks post_crowded() first and gives up whom it is for;
 * the rest is bounded by how many there are to call about.
 *
 * A direct post is one whose both ends are on one loop: the call is made where it is asked for. So what runs on one loop or on
 * several is the same code.
 */
#ifndef BASE_POST_H
#define BASE_POST_H

#include "base/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POST_SLOTS 4096       /* calls under way: a text to each listener of a full loop, most of them; 256 KiB */
#define POST_CROWDED 16384    /* calls that wait for a slot, beyond which the receiver has stood still: seconds of everything */
#define POST_CALLS_A_TURN 256 /* made by the receiver before the others on its loop have their turn */

struct post;
struct call;

/* One call: `run` gets it back, on the receiver's thread. */
struct call {
	void (*run)(const struct call *call);
	void *to;          /* whom it is about */
	const void *bytes; /* borrowed when sent, and again while it runs; copied in between if it has to wait. NULL: none */
	uint32_t size;
	uint32_t a;
	uint64_t b, c;
	void *what;
};

/* To a loop, for one sender: made on the loop's thread, or before it runs. `loop` NULL: direct. The receiver ends it with post_close()
 * (or with post_join() and then that). */
struct post *post_new(struct loop *loop);
/* By the receiver, when the sender sends no more. Calls that were not made are made now. */
void post_close(struct post *post);
bool post_is_direct(const struct post *post);
/* By the sender. */
void post_call(struct post *post, const struct call *call);
/* By the sender, at the end of its turn: wakes the receiver when there is something new. False when something still waits for a slot:
 * then it is to be called again soon. */
bool post_flush(struct post *post);
/* By the sender: so much waits that what can be given up should be. */
bool post_crowded(const struct post *post);
/* Calls that had to wait for a slot, so far. Any thread. */
uint64_t post_waited(const struct post *post);
/* By the sender, when the receiver's thread has ended: makes the calls that were left, and from now on it is direct. */
void post_join(struct post *post);

#endif
