/* What the numbers of a step mean: whether its listeners noticed anything, whose fault that was, how many to try next, and the
 * sentence at the end. Pure functions.
 */
#ifndef LOAD_JUDGE_H
#define LOAD_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JUDGE_LATE_MS    100 /* a packet that is this late is not played: the pages hold less in store on a good network */
#define JUDGE_PAUSE(ms)  ((ms) * 5 / 2) /* without a packet: what is late, and what a page conceals besides */
#define JUDGE_LATE_MAX   1e-3 /* of all packets: each listener hears one bad moment in twenty seconds */
#define JUDGE_LOST_MAX   1e-4 /* of all packets: one in 200 s, which Opus conceals */
#define JUDGE_PAUSED_MAX 1e-3 /* of all listeners */

/* One step, as it was measured. Shares are 0 .. 1. */
struct step {
	unsigned listeners;  /* that were to come */
	unsigned listening;  /* at the end */
	unsigned refused;    /* who never listened */
	unsigned closed;     /* who listened, and were cut off */
	unsigned paused;     /* who had no packet for JUDGE_PAUSE(late_ms) */
	unsigned late_ms;    /* what counts as late */
	uint64_t packets, bytes, lost, doubled, late;
	double seconds;
	double delay_p50_ms, delay_p99_ms, longest_pause_ms;
	bool here;           /* server and listeners are on one machine */
	double own_cpu;      /* of one processor, which is all that this program uses */
	double own_lag_ms;   /* the longest time for which it did not come to listen */
	double machine_busy; /* of all processors of this machine */
	bool known;          /* the server has told of itself: the rest below is good */
	double server_cpu;   /* of one processor; may be above 1 */
	double loops;        /* of the server: on how many processors it serves connections */
	double late_beats;   /* share of its beats that began more than 5 ms late */
	double beats_skipped, packets_skipped;
	double refused_full, refused_files; /* connections that the server turned away */
	char reason[160];    /* why the first listener went, "" when none did */
};

/* What listeners noticed; the first that holds. */
enum fault { FAULT_NONE, FAULT_REFUSED, FAULT_CLOSED, FAULT_LOST, FAULT_LATE, FAULT_PAUSED };
/* Where it came from. */
enum cause {
	CAUSE_NONE,
	CAUSE_SETTING,   /* the server's `connections` */
	CAUSE_FILES,     /* the server's limit of open files */
	CAUSE_SERVER,    /* its processors are full */
	CAUSE_SHARED,    /* the processors of the machine that both are on */
	CAUSE_OURSELVES, /* this program did not keep up */
	CAUSE_STALL,     /* the server was late, and its processors were not full */
	CAUSE_NETWORK,   /* nobody was at an end */
	CAUSE_UNKNOWN    /* the server did not tell */
};

enum fault judge_fault(const struct step *step);
/* CAUSE_NONE when there is no fault. */
enum cause judge_cause(const struct step *step);
/* The stable words for --json: "late", "server". */
const char *judge_fault_word(enum fault fault);
const char *judge_cause_word(enum cause cause);
/* Whether to try a step again before it is believed: what may have come from a passing disturbance. */
bool judge_doubts(enum fault fault);

/* The way to the limit: doubling until a step is bad, then halving what lies between, until it is a tenth. */
struct search {
	unsigned goal, first; /* at least 1 */
	unsigned good;        /* the most that were carried; 0: none yet */
	unsigned bad;         /* the fewest that were not; 0: none yet */
	unsigned hint;        /* worth trying next; 0: nothing is */
};

/* How many to try next; 0 when the limit is known well enough. */
unsigned search_next(const struct search *search);
void search_take(struct search *search, const struct step *step);

/* The sentence at the end: "this machine carries 5000 listeners". `host` is that of a server elsewhere, NULL for one on this
 * machine; `limit` is the smallest step that was bad, NULL when all was well. */
void judge_say(char *to, size_t size, const struct search *search, const struct step *limit, const char *host);

#endif
