/* The walk: what one loop delivers. All parts (part.h) of that loop in which somebody reads, and the posts that connect the loop
 * with the hub, which writes the rings.
 *
 *   hub    ring_put ... one wake for each loop
 *   loop   walk_run, a slice at a time: part, part, part ... each reader that is up to date gets what is new
 *
 * It looks at every ring's head by itself, so nobody has to tell it which rings have news. It belongs to its loop's thread, but for
 * making and freeing, and for what never changes: its number and its posts.
 */
#ifndef FANOUT_WALK_H
#define FANOUT_WALK_H

#include "base/metrics.h"
#include "base/post.h"
#include "boothcast/limits.h"

#include <stdbool.h>
#include <stdint.h>

#define WALK_PACKETS_FIRST                                                                                                         \
	8              /* slices of packets before messages have a slice although packets wait: a loop that is full tells too */
#define WALK_SLICE 256 /* readers of one slice: a batch of sends (gateway/), 2 ms of work at the most */

struct part;
struct shard;
struct transfer;
struct walk;

/* A part's place in the list; embedded in it. */
struct walk_entry {
	struct part *part;
	struct walk_entry *next, **link;
};

/* The same of a shard (broadcast.h). */
struct shard_entry {
	struct shard *shard;
	struct shard_entry *next, **link;
};

struct walk_options {
	unsigned loop;              /* its number, 0 .. LOOPS_MAX - 1 */
	struct post *orders;        /* from the hub to the loop; borrowed */
	struct post *events;        /* and back */
	struct cell *overtaken;     /* deliveries that took so long that the writer may have come by; NULL: not counted */
	void (*wanted)(void *user); /* on the loop: messages wait, walk_run() is to be called soon; NULL: it is called anyway */
	void *user;
	struct histogram *delay; /* of each packet, from the encoder to the socket, seconds; NULL: not counted */
};

/* The caller frees with walk_free(), when nobody reads any more. */
struct walk *walk_new(const struct walk_options *options);
void walk_free(struct walk *walk);
unsigned walk_loop(const struct walk *walk);
struct post *walk_orders(const struct walk *walk);
struct post *walk_events(const struct walk *walk);

/* One slice: at most WALK_SLICE readers have their turn, and when no packets wait, BROADCAST_SLICE members of broadcasts; these
 * have a turn after WALK_PACKETS_FIRST slices at the latest. True when others are still to have theirs, or may be. walk_settle()
 * follows. */
bool walk_run(struct walk *walk);
/* Behind a slice, when what it sent is with the kernel: what comes after a delivery, and its account. */
void walk_settle(struct walk *walk, uint64_t now_us);

/* For broadcast.c: messages wait; somebody is a member of the shard, or nobody any more. */
void walk_wanted(struct walk *walk);
void walk_add_shard(struct walk *walk, struct shard_entry *entry);
void walk_drop_shard(struct walk *walk, struct shard_entry *entry);
/* For the rest of fanout/: somebody reads in the part, or nobody any more; a transfer is over, and ends behind the slice. */
void walk_add(struct walk *walk, struct walk_entry *entry);
void walk_drop(struct walk *walk, struct walk_entry *entry);
void walk_end_later(struct walk *walk, struct transfer *transfer);
/* Ends those, outside of a slice: whoever served readers by another way than walk_run(). */
void walk_end_over(struct walk *walk);

#endif
