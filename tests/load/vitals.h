/* How the machines are: the server, as its /metrics say, and the one that this program runs on. */
#ifndef LOAD_VITALS_H
#define LOAD_VITALS_H

#include "load/target.h"

#include <stdbool.h>
#include <stdint.h>

/* Counters, as they stood at one moment; differences of two tell of the time between. */
struct vitals {
	uint64_t at_us;
	/* of the server; only when `known` */
	bool known;
	double cpu_s;             /* of all its threads */
	double loops;             /* threads that serve connections */
	double beats, punctual;   /* all, and those that began at most 5 ms late */
	double beats_skipped, packets_skipped;
	double refused_full, refused_files;
	/* of this machine */
	double own_cpu_s;         /* this program's */
	double busy_s, processors_s; /* processor time of all that runs here, and what there was to be had */
};

/* Reads all. It asks the server for /metrics, which takes a connection; when it gets none, `known` is false. */
void vitals_read(struct vitals *vitals, const struct target *target);
/* The same from the text of /metrics: sets what is the server's. */
void vitals_of_metrics(struct vitals *vitals, const char *metrics);

#endif
