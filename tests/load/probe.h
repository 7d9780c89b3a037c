/* The first listener of all, who comes alone: what keeps it out would keep out everybody, and is said in a sentence. */
#ifndef LOAD_PROBE_H
#define LOAD_PROBE_H

#include "load/target.h"

#include "boothcast/limits.h"

struct probe_options {
	const struct target *target;
	const char *room, *rendition;
	const char *ticket; /* NULL: none */
	unsigned channel;
	bool insecure;      /* takes any certificate */
};

/* The channels of the room. */
struct probe_room {
	unsigned channel[CHANNELS_MAX];
	unsigned channels;
};

/* Joins, listens and leaves. False, with what is wrong and what to do in `error`. Takes some milliseconds, at most LINE_MS. */
bool probe(const struct probe_options *options, struct probe_room *room, char *error, size_t size);

#endif
