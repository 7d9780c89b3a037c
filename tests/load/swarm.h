/* Many listeners on one thread: they come at a rate, and are heard out through one epoll. */
#ifndef LOAD_SWARM_H
#define LOAD_SWARM_H

#include "load/member.h"

struct swarm_options {
	const char *url;       /* HOST:PORT, with or without http:// in front; https:// for TLS */
	const char *room;
	const char *ticket;    /* NULL: none */
	const char *rendition;
	unsigned channel, listeners;
	unsigned ramp_per_s;   /* how many come in a second */
	unsigned buffer_bytes; /* each socket's receive buffer; 0: RECEIVE_BYTES */
	unsigned look_us;      /* hears by looking at the sockets so often instead of being woken by each of them; 0: is woken */
};

struct swarm;

/* NULL with a sentence on standard error when the server's address or the limit of open files is not good. The caller frees it. */
struct swarm *swarm_new(const struct swarm_options *options);
void swarm_free(struct swarm *swarm);
/* Lets them come, until all listen or are gone. False after `patience_us` with nobody new. */
bool swarm_gather(struct swarm *swarm, uint64_t patience_us);
/* Hears them for so long. */
void swarm_hear(struct swarm *swarm, uint64_t duration_us);
/* Begins to count anew; who listens and who went stays. */
void swarm_count_anew(struct swarm *swarm);
/* What was counted since. Borrowed. */
const struct tally *swarm_tally(struct swarm *swarm);

#endif
