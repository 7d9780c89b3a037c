/* A ring with two counters that only grow: `put` belongs to one thread, `taken` to the other.
 *
 *   taken ->| job job job |<- put        put - taken jobs wait; a counter's place is counter & mask
 *
 * The counters stand on cache lines of their own, so that the threads do not pull one line back and forth. They are written
 * and read in sequential order, not only acquire and release: pool.c needs that "put, then look whether the other sleeps" and "say
 * that I sleep, then look whether there is work" cannot both miss. Used by pool.c only. */
#include "encode/jobs.h"

#include "base/check.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64

struct jobs {
	size_t mask;
	struct job **slot;
	alignas(CACHE_LINE) atomic_size_t put;
	alignas(CACHE_LINE) atomic_size_t taken;
};

struct jobs *jobs_new(size_t count)
{
	check(count > 0 && (count & (count - 1)) == 0);
	struct jobs *jobs = check_alloc(aligned_alloc(CACHE_LINE, sizeof *jobs));
	memset(jobs, 0, sizeof *jobs);
	jobs->mask = count - 1;
	jobs->slot = check_alloc(calloc(count, sizeof(struct job *)));
	return jobs;
}

void jobs_free(struct jobs *jobs)
{
	if (jobs == NULL)
		return;
	free(jobs->slot);
	free(jobs);
}

void jobs_put(struct jobs *jobs, struct job *job)
{
	const size_t put = atomic_load_explicit(&jobs->put, memory_order_relaxed);
	check(put - atomic_load_explicit(&jobs->taken, memory_order_acquire) <= jobs->mask);
	jobs->slot[put & jobs->mask] = job;
	atomic_store(&jobs->put, put + 1);
}

struct job *jobs_take(struct jobs *jobs)
{
	const size_t taken = atomic_load_explicit(&jobs->taken, memory_order_relaxed);
	if (atomic_load(&jobs->put) == taken)
		return NULL;
	struct job *job = jobs->slot[taken & jobs->mask];
	atomic_store_explicit(&jobs->taken, taken + 1, memory_order_release);
	return job;
}

bool jobs_empty(const struct jobs *jobs)
{
	return atomic_load(&jobs->put) == atomic_load_explicit(&jobs->taken, memory_order_relaxed);
}
