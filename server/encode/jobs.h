/* A lock-free queue of pointers between two threads: one puts, one takes. Private to encode/. */
#ifndef ENCODE_JOBS_H
#define ENCODE_JOBS_H

#include <stdbool.h>
#include <stddef.h>

struct job;
struct jobs;

/* Holds `count` jobs (a power of two). The caller frees with jobs_free(). No other call allocates or waits. */
struct jobs *jobs_new(size_t count);
void jobs_free(struct jobs *jobs);
/* By the putting thread. Everything that it wrote before is seen by the one who takes the job. There must be room; asserted. */
void jobs_put(struct jobs *jobs, struct job *job);
/* By the taking thread; NULL when empty. */
struct job *jobs_take(struct jobs *jobs);
/* By the taking thread. */
bool jobs_empty(const struct jobs *jobs);

#endif
