/* The event loop, its timers, wake-ups from other threads, signals and threads: libuv behind our own names.
 *
 * Anything asynchronous has three verbs: new, start/stop (or send), close. A closed object is freed by the loop later,
 * its callback is not called any more, and its pointer is dead for the caller at once.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct timer;
struct wake;
struct signal_watch;
struct poller;
struct lull;
struct idle;
struct thread;
struct gate;

/* Ends the program with a sentence when too few files can be opened for a loop. The caller frees it with loop_free(). */
struct loop *loop_new(void);
/* Runs until loop_stop() or until nothing is left to wait for. */
void loop_run(struct loop *loop);
/* Runs what is ready, without waiting. True while something is left. */
bool loop_run_once(struct loop *loop);
/* The same, but waits when nothing is ready. */
bool loop_run_wait(struct loop *loop);
void loop_stop(struct loop *loop);
/* The uv_loop_t, for gateway/ alone, which hands it to libwebsockets. */
void *loop_native(struct loop *loop);
/* Drains what closes and frees. Everything opened on the loop must have been closed; asserted. */
void loop_free(struct loop *loop);

/* Timers of the loop: one-shot or repeating, in milliseconds, late by what the loop is busy with. */
struct timer *timer_new(struct loop *loop, void (*fired)(void *user), void *user);
void timer_start(struct timer *timer, uint64_t delay_ms, uint64_t repeat_ms);
void timer_stop(struct timer *timer);
void timer_close(struct timer *timer);

/* Calls `woken` on the loop's thread soon after wake_send(), which any thread may call; several sends may be one call. */
struct wake *wake_new(struct loop *loop, void (*woken)(void *user), void *user);
void wake_send(struct wake *wake);
void wake_close(struct wake *wake);

/* Calls `caught` on the loop's thread when the process gets the signal. */
struct signal_watch *signal_new(struct loop *loop, int number, void (*caught)(void *user, int number), void *user);
void signal_close(struct signal_watch *watch);

/* Watches a file descriptor that belongs to the caller for being readable (or closed by its peer). */
struct poller *poller_new(struct loop *loop, int fd, void (*readable)(void *user), void *user);
void poller_close(struct poller *poller);

/* Calls `came` each time the loop has done what was ready and is about to wait: for what is better done once for all of it. */
struct lull *lull_new(struct loop *loop, void (*came)(void *user), void *user);
void lull_close(struct lull *lull);

/* Between idle_start() and idle_stop() calls `work` again and again, and what else is ready on the loop has its turn between two calls:
 * for work that is cut in slices. It never waits meanwhile, and costs nothing while it is stopped. */
struct idle *idle_new(struct loop *loop, void (*work)(void *user), void *user);
void idle_start(struct idle *idle);
void idle_stop(struct idle *idle);
void idle_close(struct idle *idle);

/* A thread; thread_join() waits for its end and frees it. */
struct thread *thread_new(void (*run)(void *user), void *user);
void thread_join(struct thread *thread);

/* Where a thread sleeps until another lets it go on: a counting semaphore. Each gate_open() lets one gate_pass() through,
 * before or after; any thread may call both. The caller frees it with gate_free() when nobody waits. */
struct gate *gate_new(void);
void gate_open(struct gate *gate);
void gate_pass(struct gate *gate);
void gate_free(struct gate *gate);

#endif
