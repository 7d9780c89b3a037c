/* The walk: what one loop delivers. All parts (part.h) of that loop in which somebody reads, and the posts that connect the loop with
 * the hub, which writes the rings.
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

#define WALK_SLICE 256 /* readers of one slice: a batch of sends (gateway/), 2 ms of work at the most */

struct part;
struct transfer;
struct walk;

/* A part's place in the list; embedded in it. */
struct walk_entry {
	struct part *part;
	struct walk_entry *next, **link;
};

struct walk_options {
	unsigned loop;       /* its number, 0 .. LOOPS_MAX - 1 */
	struct post *orders; /* from the hub to the loop; borrowed */
	struct post *events; /* and back */
	struct cell *overtaken;  /* deliveries that took so long that the writer may have come by; NULL: not counted */
	struct histogram *delay; /* of each packet, from the encoder to the socket, seconds; NULL: not counted */
};

/* The caller frees with walk_free(), when nobody reads any more. */
struct walk *walk_new(const struct walk_options *options);
void walk_free(struct walk *walk);
unsigned walk_loop(const struct walk *walk);
struct post *walk_orders(const struct walk *walk);
struct post *walk_events(const struct walk *walk);

/* One slice: at most WALK_SLICE readers have their turn. True when others are still to have theirs, or may be. walk_settle()
 * follows. */
bool walk_run(struct walk *walk);
/* Behind a slice, when what it sent is with the kernel: what comes after a delivery, and its account. */
void walk_settle(struct walk *walk, uint64_t now_us);

/* For the rest of fanout/: somebody reads in the part, or nobody any more; a transfer is over, and ends behind the slice. */
void walk_add(struct walk *walk, struct walk_entry *entry);
void walk_drop(struct walk *walk, struct walk_entry *entry);
void walk_end_later(struct walk *walk, struct transfer *transfer);
/* Ends those, outside of a slice: whoever served readers by another way than walk_run(). */
void walk_end_over(struct walk *walk);

#endif
