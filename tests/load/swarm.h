/* Many listeners on one thread: they come at a rate, and are heard out through one epoll. A swarm belongs to the thread that uses
 * it. */
#ifndef LOAD_SWARM_H
#define LOAD_SWARM_H

#include "load/member.h"
#include "load/target.h"

struct swarm_options {
	const struct target *target; /* borrowed */
	const char *room;
	const char *ticket;          /* NULL: none */
	const char *rendition;
	const unsigned *channel;     /* the channels that they are spread over, copied */
	unsigned channels;
	unsigned listeners_max;
	unsigned buffer_bytes;       /* each socket's receive buffer; 0: RECEIVE_BYTES */
	unsigned look_us;            /* hears by looking at the sockets so often instead of being woken by each of them; 0: is woken */
	unsigned pause_us;           /* no packet for longer than this is a pause that is counted; 0: none is */
	bool persistent;             /* who is not let in tries again, as the pages do */
};

struct swarm;

/* Open files that so many listeners need, with those that the program itself has. */
unsigned swarm_files(unsigned listeners);

/* NULL with a sentence in `error`: the limit of open files is too low, or a word of the options too long. The caller frees it. */
struct swarm *swarm_new(const struct swarm_options *options, char *error, size_t size);
void swarm_free(struct swarm *swarm);
/* Lets them come, so many a second (0: all at once), until there are `listeners`, all of which listen or are gone; those who were
 * gone before come anew. False after `patience_us` with nobody new. */
bool swarm_gather(struct swarm *swarm, unsigned listeners, unsigned ramp_per_s, uint64_t patience_us);
/* All connections break, as by a restart of the server; swarm_gather() has them come back. */
void swarm_scatter(struct swarm *swarm);
/* Those who came last leave, until there are `listeners`. */
void swarm_shrink(struct swarm *swarm, unsigned listeners);
/* Hears them for so long. */
void swarm_hear(struct swarm *swarm, uint64_t duration_us);
/* Begins to count anew; who listens and who went stays. */
void swarm_count_anew(struct swarm *swarm);
/* What was counted since. Borrowed. */
const struct tally *swarm_tally(struct swarm *swarm);
/* The longest time, beyond look_us, for which the swarm itself did not come to look at its sockets, since it began to count. */
uint64_t swarm_lag_us(const struct swarm *swarm);
/* How long after its beat was due a packet came at the soonest, by the two clocks; may be negative. INT64_MAX before the first
 * one. */
int64_t swarm_shortest_us(const struct swarm *swarm);
/* From now on delays count from the shortest one instead of the beat: for a server whose clock is another. */
void swarm_count_relative(struct swarm *swarm);

#endif
