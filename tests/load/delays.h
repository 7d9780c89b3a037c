/* A histogram of delays: a fixed table, each value known to within 1/32 of itself, so that a million values cost no memory. */
#ifndef LOAD_DELAYS_H
#define LOAD_DELAYS_H

#include <stdint.h>

#define DELAYS_STEPS   32 /* to an octave */
#define DELAYS_OCTAVES 28 /* up to 2^32 us: an hour */

struct delays {
	uint64_t count[DELAYS_STEPS * DELAYS_OCTAVES];
	uint64_t total;
	uint64_t max_us;
};

/* Counts one delay. Anything longer than the table counts as its last step. */
void delays_add(struct delays *delays, uint64_t delay_us);
/* The delay that a share of all (0 .. 1) does not exceed, rounded up to its step; 0 when nothing was counted. */
uint64_t delays_at_us(const struct delays *delays, double share);
/* How many were longer than `limit_us`, as far as the table tells them apart. */
uint64_t delays_over(const struct delays *delays, uint64_t limit_us);

#endif
