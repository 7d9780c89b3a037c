/* The hall: many ears on one thread. They come at a rate, and are heard out through one epoll. */
#ifndef HEAR_HALL_H
#define HEAR_HALL_H

#include "bench/hear/ear.h"

struct hall_options {
	const char *url;         /* http://HOST:PORT, or https:// for TLS */
	const struct dialect *dialect;
	const char *rendition;
	unsigned listeners;      /* spread evenly over the channels of all rooms */
	unsigned rooms, channels; /* at least 1 */
	unsigned ramp_per_s;     /* how many come in a second */
	unsigned look_us;        /* hears by looking at the sockets so often instead of being woken by each of them; 0: is woken */
};

struct hall;

/* NULL with a sentence on standard error when the server's address or the limit of open files is not good. The caller frees it. */
struct hall *hall_new(const struct hall_options *options);
void hall_free(struct hall *hall);
/* Lets them come, until all listen or are gone. False after `patience_us` with nobody new. */
bool hall_gather(struct hall *hall, uint64_t patience_us);
/* Hears them for so long. */
void hall_hear(struct hall *hall, uint64_t duration_us);
/* Begins to count anew; who listens and who went stays. */
void hall_count_anew(struct hall *hall);
/* What was counted since. Borrowed. */
const struct tally *hall_tally(struct hall *hall);
/* The longest time between two looks since: for so long this program got no processor, or had too much to do. 0 without look_us. */
uint64_t hall_stall_us(const struct hall *hall);

#endif
