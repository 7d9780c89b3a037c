/* Counters, gauges and histograms in the Prometheus text format (exposition format 0.0.4).
 *
 * A metric is made once, when its owner is made; the owner keeps the pointer to its number and changes it directly, so the data
 * plane neither looks up nor locks. The hub's thread only, but for cells: what several threads count has a cell for each of them,
 * and the sum is told. Names follow Prometheus: boothcast_ in front, base units, _total.
 */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include "base/text.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct metrics;
struct histogram;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* A number that only grows. `labels` is NULL or ready text such as room="hall",channel="2" (see metrics_label()).
 * The pointer stays valid as long as `metrics`. Asking again for the same name and labels gives the same pointer. */
uint64_t *metrics_counter(struct metrics *metrics, const char *name, const char *help, const char *labels);
/* Seconds that only grow, with fractions: names end in _seconds_total. */
double *metrics_seconds(struct metrics *metrics, const char *name, const char *help, const char *labels);
/* A number that goes up and down. */
double *metrics_gauge(struct metrics *metrics, const char *name, const char *help, const char *labels);
/* One thread's share of a number; who made it adds to it, anybody reads. */
struct cell {
	_Atomic uint64_t value;
	struct cell *next;
};

/* A new cell of a counter, or of a gauge that counts things (then it may go down as well). Made on the hub's thread, or while that
 * waits; it stays valid as long as `metrics`. */
struct cell *metrics_counter_cell(struct metrics *metrics, const char *name, const char *help, const char *labels);
struct cell *metrics_gauge_cell(struct metrics *metrics, const char *name, const char *help, const char *labels);

/* By the one thread that adds: no locked instruction is needed. */
static inline void cell_add(struct cell *cell, uint64_t more)
{
	atomic_store_explicit(&cell->value, atomic_load_explicit(&cell->value, memory_order_relaxed) + more, memory_order_relaxed);
}

/* By any of several threads. */
static inline void cell_add_shared(struct cell *cell, int64_t more)
{
	atomic_fetch_add_explicit(&cell->value, (uint64_t)more, memory_order_relaxed);
}

static inline uint64_t cell_value(const struct cell *cell)
{
	return atomic_load_explicit(&cell->value, memory_order_relaxed);
}

/* Counts of values by upper bound; `bounds` ascending, at most 16, copied. */
struct histogram *metrics_histogram(struct metrics *metrics, const char *name, const char *help, const char *labels,
				    const double *bounds, size_t count);
void histogram_add(struct histogram *histogram, double value);
/* The same value so many times. A histogram belongs to one thread, which need not be the hub's; anybody may write it out. */
void histogram_add_many(struct histogram *histogram, double value, uint64_t times);
/* The upper bound under which the share `q` (0..1) of all values lies; the last bound when beyond; 0 without values. */
double histogram_quantile(const struct histogram *histogram, double q);

/* `refresh` is called before each writing, to set gauges that are computed from other state. At most 16. */
void metrics_on_write(struct metrics *metrics, void (*refresh)(void *user), void *user);
/* Everything, grouped by name. */
void metrics_write(struct metrics *metrics, struct text *out);
/* The same in pieces, for who has other work in between: metrics_first() refreshes the gauges and gives the first family, and each
 * metrics_write_family() writes one and gives the next; NULL: that was the last. Families are never removed. */
const void *metrics_first(struct metrics *metrics);
const void *metrics_write_family(const void *family, struct text *out);

/* Escapes a value for a label: writes key="value" after what stands in `to` (a comma between). Returns `to`. */
char *metrics_label(char *to, size_t size, const char *key, const char *value);

#endif
