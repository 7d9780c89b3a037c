/* The encode threads and their lanes.
 *
 *   loop's thread                                   a worker (thread)
 *   lane_submit: copy into the lane's next job ---> todo (jobs.h) ---> encode in place
 *   drain: done(), job is free again <------------- done (jobs.h) <--- put back; wake the loop once for a batch
 *
 * A lane owns JOBS_MAX jobs and uses them in turn, so the queues can hold every job there is and never overflow, and nothing is
 * allocated. Between the two queues a job and its lane's encoder belong to the worker, otherwise to the loop: this is all
 * the locking there is. So a closed lane is freed by the loop when its last job is back, and no worker ever sees it dead.
 *
 * A worker sleeps at its gate when there is nothing to do; the loop opens it only for a sleeping worker, so a beat of many channels
 * costs one wake. What never happens here: a wait of the loop (but in pool_close), a log line, a decision about sound. */
#include "encode/pool.h"

#include "base/check.h"
#include "base/clock.h"
#include "encode/jobs.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_SIZE 65536 /* a power of two that holds all jobs of all lanes, would they be on one thread */
#define TELL_US 2000     /* finished packets wait at most so long for the rest of a batch, so that fan-out begins meanwhile */

_Static_assert(QUEUE_SIZE >= LANES_MAX * JOBS_MAX, "a queue holds every job there is");

struct job {
	struct lane *lane;
	struct job_tag tag;
	bool restart;
	uint32_t encode_us;
	uint64_t encoded_us; /* when it was done */
	size_t size;
	float *samples; /* its part of the lane's */
	uint8_t payload[OPUS_PAYLOAD_MAX];
};

struct worker {
	struct encode_pool *pool;
	struct thread *thread;
	struct gate *gate;
	struct jobs *todo, *done;
	unsigned lanes; /* of the loop's thread */
	/* of the worker's thread: when the first packet was finished that the loop was not told of; 0 = none */
	uint64_t untold_us;
	/* of both */
	atomic_bool sleeping, stopping;
};

struct encode_pool {
	struct wake *wake; /* NULL without threads */
	struct worker *worker;
	unsigned workers;
	unsigned lanes;     /* open, or closed with jobs under way */
	unsigned under_way; /* jobs that have not come back */
	bool delivering;
	void (*arrived)(void *user); /* after what came back together; may be NULL */
	void *watcher;
};

struct lane {
	struct encode_pool *pool;
	struct worker *worker; /* NULL without threads */
	struct encoder *encoder;
	float *samples; /* of all jobs: pages that no job came to cost nothing */
	size_t packet_samples;
	encode_done done;
	void *user;
	bool closed;
	bool restart; /* wanted by a frame that was refused: the next one brings it */
	uint64_t refused;
	uint32_t submitted, returned;
	struct job job[JOBS_MAX]; /* number n is job[n % JOBS_MAX] */
};

/* ---- the worker's side ---- */

static void encode(struct job *job)
{
	const uint64_t begin_us = clock_us();
	if (job->restart)
		encoder_reset(job->lane->encoder);
	job->size = encoder_encode(job->lane->encoder, job->samples, job->payload, sizeof job->payload);
	job->encoded_us = clock_us();
	job->encode_us = (uint32_t)(job->encoded_us - begin_us);
}

static void tell(struct worker *worker)
{
	if (worker->untold_us != 0)
		wake_send(worker->pool->wake);
	worker->untold_us = 0;
}

/* The loop looks whether the worker sleeps after it put a job; the worker looks for jobs after it said that it sleeps: one of them
 * sees the other. A gate opened once too often only makes a later sleep short. */
static void sleep_until_job(struct worker *worker)
{
	atomic_store(&worker->sleeping, true);
	if (jobs_empty(worker->todo) && !atomic_load(&worker->stopping))
		gate_pass(worker->gate);
	atomic_store(&worker->sleeping, false);
}

static struct job *next_job(struct worker *worker)
{
	while (!atomic_load(&worker->stopping)) {
		struct job *job = jobs_take(worker->todo);
		if (job != NULL)
			return job;
		tell(worker);
		sleep_until_job(worker);
	}
	return NULL;
}

static void work(void *user)
{
	struct worker *worker = user;
	for (struct job *job; (job = next_job(worker)) != NULL;) {
		encode(job);
		const uint64_t now_us = job->encoded_us;
		jobs_put(worker->done, job);
		if (worker->untold_us == 0)
			worker->untold_us = now_us;
		else if (now_us - worker->untold_us >= TELL_US)
			tell(worker);
	}
}

/* ---- the loop's side ---- */

/* Frees a lane that was closed and has all its jobs back. */
static void lane_retire(struct lane *lane)
{
	if (!lane->closed || lane->returned != lane->submitted)
		return;
	if (lane->worker != NULL)
		lane->worker->lanes--;
	lane->pool->lanes--;
	encoder_free(lane->encoder);
	free(lane->samples);
	free(lane);
}

static void deliver(struct job *job)
{
	struct lane *lane = job->lane;
	struct encode_pool *pool = lane->pool;
	if (!lane->closed) {
		pool->delivering = true;
		lane->done(lane->user, &job->tag, job->payload, job->size, job->encode_us, job->encoded_us);
		pool->delivering = false;
	}
	lane->returned++;
	pool->under_way--;
	lane_retire(lane);
}

static void tell_arrived(struct encode_pool *pool)
{
	if (pool->arrived != NULL)
		pool->arrived(pool->watcher);
}

static void drain(void *user)
{
	struct encode_pool *pool = user;
	for (unsigned i = 0; i < pool->workers; i++) {
		for (struct job *job; (job = jobs_take(pool->worker[i].done)) != NULL;)
			deliver(job);
	}
	tell_arrived(pool);
}

static void worker_start(struct worker *worker, struct encode_pool *pool)
{
	worker->pool = pool;
	worker->gate = gate_new();
	worker->todo = jobs_new(QUEUE_SIZE);
	worker->done = jobs_new(QUEUE_SIZE);
	atomic_init(&worker->sleeping, false);
	atomic_init(&worker->stopping, false);
	worker->thread = thread_new(work, worker);
}

static void worker_rouse(struct worker *worker)
{
	if (atomic_load(&worker->sleeping) && atomic_exchange(&worker->sleeping, false))
		gate_open(worker->gate);
}

/* Ends the thread; jobs that it did not take go back unencoded, for lanes that are all closed. */
static void worker_stop(struct worker *worker)
{
	atomic_store(&worker->stopping, true);
	gate_open(worker->gate);
	thread_join(worker->thread);
	for (struct job *job; (job = jobs_take(worker->done)) != NULL;)
		deliver(job);
	for (struct job *job; (job = jobs_take(worker->todo)) != NULL;)
		deliver(job);
	jobs_free(worker->todo);
	jobs_free(worker->done);
	gate_free(worker->gate);
}

struct encode_pool *pool_new(struct loop *loop, unsigned threads)
{
	check(threads <= THREADS_MAX && (threads == 0 || loop != NULL));
	struct encode_pool *pool = check_alloc(calloc(1, sizeof *pool));
	if (threads == 0)
		return pool;
	pool->wake = wake_new(loop, drain, pool);
	pool->worker = check_alloc(calloc(threads, sizeof *pool->worker));
	pool->workers = threads;
	for (unsigned i = 0; i < threads; i++)
		worker_start(&pool->worker[i], pool);
	return pool;
}

void pool_close(struct encode_pool *pool)
{
	if (pool == NULL)
		return;
	check(!pool->delivering);
	for (unsigned i = 0; i < pool->workers; i++)
		worker_stop(&pool->worker[i]);
	check(pool->lanes == 0);
	if (pool->wake != NULL)
		wake_close(pool->wake);
	free(pool->worker);
	free(pool);
}

void pool_watch(struct encode_pool *pool, void (*arrived)(void *user), void *user)
{
	check(!pool->delivering);
	pool->arrived = arrived;
	pool->watcher = user;
}

static struct worker *least_busy(struct encode_pool *pool)
{
	struct worker *least = pool->worker;
	for (unsigned i = 1; i < pool->workers; i++) {
		if (pool->worker[i].lanes < least->lanes)
			least = &pool->worker[i];
	}
	return least;
}

struct lane *pool_lane(struct encode_pool *pool, const struct encoder_options *options, encode_done done, void *user)
{
	check(pool->lanes < LANES_MAX);
	struct lane *lane = check_alloc(calloc(1, sizeof *lane));
	lane->pool = pool;
	lane->encoder = encoder_new(options);
	lane->packet_samples = options->frame_samples;
	lane->samples = check_alloc(calloc(JOBS_MAX, options->frame_samples * sizeof(float)));
	lane->done = done;
	lane->user = user;
	lane->worker = least_busy(pool);
	if (lane->worker != NULL)
		lane->worker->lanes++;
	pool->lanes++;
	for (size_t i = 0; i < JOBS_MAX; i++) {
		lane->job[i].lane = lane;
		lane->job[i].samples = lane->samples + i * lane->packet_samples;
	}
	return lane;
}

void lane_close(struct lane *lane)
{
	if (lane == NULL)
		return;
	check(!lane->closed);
	lane->closed = true;
	lane_retire(lane);
}

bool lane_submit(struct lane *lane, const float *samples, const struct job_tag *tag, bool restart)
{
	check(!lane->closed && !lane->pool->delivering);
	lane->restart |= restart;
	if (lane->submitted - lane->returned >= JOBS_MAX) {
		lane->refused++;
		return false;
	}
	struct job *job = &lane->job[lane->submitted++ % JOBS_MAX];
	memcpy(job->samples, samples, lane->packet_samples * sizeof *samples);
	job->tag = *tag;
	lane->pool->under_way++;
	job->restart = lane->restart;
	lane->restart = false;
	if (lane->worker == NULL) {
		struct encode_pool *pool = lane->pool; /* the lane may be gone when its packet has been told of */
		encode(job);
		deliver(job);
		tell_arrived(pool);
		return true;
	}
	jobs_put(lane->worker->todo, job);
	worker_rouse(lane->worker);
	return true;
}

bool pool_busy(const struct encode_pool *pool)
{
	return pool->under_way > 0;
}

uint64_t lane_refused(const struct lane *lane)
{
	return lane->refused;
}

unsigned lane_delay_samples(const struct lane *lane)
{
	return encoder_delay_samples(lane->encoder);
}
