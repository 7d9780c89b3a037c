/* What `boothcast bench` was asked for, and its three ways of measuring. */
#ifndef LOAD_BENCH_H
#define LOAD_BENCH_H

#include "load/swarm.h"

#include <jansson.h>

#define BENCH_PATIENCE_US 10000000 /* nobody new for so long: whoever is not there will not come */

struct bench {
	struct target target;
	bool here;               /* the server is on this machine */
	struct swarm_options swarm; /* but for listeners_max, and what each way sets itself */
	unsigned listeners;
	unsigned first;          /* listeners of the first step */
	unsigned ramp_per_s;     /* how many come in a second */
	unsigned herd;           /* how many come at once */
	unsigned late_ms;        /* from here a packet counts as late */
	double seconds, settle_s;
	long pid;                /* of the server; 0: not known */
	bool json;
};

/* Steps up to `listeners`, or to the limit; ends with the sentence. Exit code 0 when all were carried, else 1. */
int climb_run(const struct bench *bench);
/* One window with all of them, and its numbers. Exit code 0 when all listen. */
int once_run(const struct bench *bench);
/* `listeners` listen while `herd` come at once. Exit code 0 when all came in and nobody lost anything. */
int herd_run(const struct bench *bench);

/* A swarm by the options for so many. NULL when there cannot be one: that was said on standard error. */
struct swarm *bench_swarm(const struct bench *bench, unsigned listeners_max, bool persistent, unsigned pause_us);
/* Delays as JSON: p50, p99, p999 and max, in us. */
json_t *bench_delays(const struct delays *delays);
/* Prints a JSON object on standard output, and frees it. */
void bench_print(json_t *json);

#endif
