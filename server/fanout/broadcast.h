/* A broadcast: the connections that get the same text messages, on whatever loop their sockets are, and how a message gets to each
 * of them.
 *
 *   hub                                               loop
 *   broadcast_send  -- one call for each loop -->     queue of the shard: message, message, ...
 *                                                     slices: each member sends what it has not had, in its turn (walk.h)
 *
 * A member is a cursor in the shard's queue, as a listener is one in a ring: however many members there are, the hub does the same
 * work. Sound never waits for it: a loop sends messages when it has no packets to send, and one slice at a time.
 *
 * The messages of a broadcast keep their order, and their order with everything else that is said to the connection: a text to it
 * alone goes behind those that were sent to all before (outlet_send_text()).
 */
#ifndef FANOUT_BROADCAST_H
#define FANOUT_BROADCAST_H

#include "fanout/hearing.h"
#include "fanout/message.h"

#define BROADCAST_QUEUE_MAX                                                                                                        \
	64 /* messages that wait for the slowest member; with more it gets them by its own queue (TEXT_QUEUE_MAX) */
#define BROADCAST_SLICE 128 /* members that have their turn in one slice: about a millisecond of sends */

struct broadcast;

/* ---- hub ---- */

/* The caller frees with broadcast_free(), when no connection is open any more and no loop runs. */
struct broadcast *broadcast_new(void);
void broadcast_free(struct broadcast *broadcast);
/* From now on the connection of the outlet gets what is sent; until it is closed. At most one broadcast for each outlet. */
void broadcast_join(struct broadcast *broadcast, struct outlet *outlet);
/* To everybody who has joined. Keeps references of its own. */
void broadcast_send(struct broadcast *broadcast, struct message *message);

/* ---- loop ---- */

/* A text to one connection alone, as conn_ops.send_text, behind what was sent to all before. */
void outlet_send_text(struct outlet *outlet, const char *text, size_t size);

/* For walk.c: one slice of a shard, at most `most` members; how many had their turn. */
unsigned shard_deliver(struct shard *shard, unsigned most);
/* Whether a member has not had its turn since the newest message. */
bool shard_due(const struct shard *shard);
/* Lets go of messages that everybody has. Behind a slice, when what it sent is with the kernel. */
void shard_settle(struct shard *shard);
/* For hearing.c: the socket has room again; the socket is gone. */
void membership_writable(struct outlet *outlet);
void membership_end(struct outlet *outlet);

#endif
