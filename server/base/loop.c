/* libuv behind loop.h. Each object is one heap block that begins with its uv handle; closing hands the block to libuv, whose
 * close callback frees it. Nothing outside this file includes uv.h, but gateway/, which passes the native loop on. */
#include "base/loop.h"

#include "base/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#define LOOP_DESCRIPTORS 12 /* that a loop and its first handles open */

struct loop {
	uv_loop_t uv;
};

struct timer {
	uv_timer_t uv;
	void (*fired)(void *user);
	void *user;
};

struct wake {
	uv_async_t uv;
	void (*woken)(void *user);
	void *user;
};

struct signal_watch {
	uv_signal_t uv;
	void (*caught)(void *user, int number);
	void *user;
};

struct poller {
	uv_poll_t uv;
	void (*readable)(void *user);
	void *user;
};

struct lull {
	uv_prepare_t uv;
	void (*came)(void *user);
	void *user;
};

struct idle {
	uv_idle_t uv;
	void (*work)(void *user);
	void *user;
};

struct thread {
	uv_thread_t uv;
	void (*run)(void *user);
	void *user;
};

struct gate {
	uv_sem_t uv;
};

static void free_handle(uv_handle_t *handle)
{
	free(handle->data);
}

static void close_handle(void *handle, void *block)
{
	uv_handle_t *uv = handle;
	uv->data = block;
	uv_close(uv, free_handle);
}

/* libuv aborts the program without a word when it finds none for itself. */
static bool are_descriptors_left(void)
{
	int fd[LOOP_DESCRIPTORS], count = 0;
	while (count < LOOP_DESCRIPTORS && (fd[count] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0)
		count++;
	for (int i = 0; i < count; i++)
		close(fd[i]);
	return count == LOOP_DESCRIPTORS;
}

struct loop *loop_new(void)
{
	if (!are_descriptors_left()) {
		fputs("boothcast: too few files can be opened; raise the limit with `ulimit -n 1024`\n", stderr);
		exit(EXIT_FAILURE);
	}
	struct loop *loop = check_alloc(calloc(1, sizeof *loop));
	check(uv_loop_init(&loop->uv) == 0);
	return loop;
}

void loop_run(struct loop *loop)
{
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

bool loop_run_once(struct loop *loop)
{
	return uv_run(&loop->uv, UV_RUN_NOWAIT) != 0;
}

bool loop_run_wait(struct loop *loop)
{
	return uv_run(&loop->uv, UV_RUN_ONCE) != 0;
}

void loop_stop(struct loop *loop)
{
	uv_stop(&loop->uv);
}

void *loop_native(struct loop *loop)
{
	return &loop->uv;
}

void loop_free(struct loop *loop)
{
	while (uv_run(&loop->uv, UV_RUN_NOWAIT) != 0)
		;
	check(uv_loop_close(&loop->uv) == 0);
	free(loop);
}

static void timer_fired(uv_timer_t *uv)
{
	struct timer *timer = (struct timer *)uv;
	timer->fired(timer->user);
}

struct timer *timer_new(struct loop *loop, void (*fired)(void *user), void *user)
{
	struct timer *timer = check_alloc(calloc(1, sizeof *timer));
	timer->fired = fired;
	timer->user = user;
	check(uv_timer_init(&loop->uv, &timer->uv) == 0);
	return timer;
}

void timer_start(struct timer *timer, uint64_t delay_ms, uint64_t repeat_ms)
{
	/* uv_timer_start counts from the loop's own idea of now, which is as old as the last time it slept */
	uv_update_time(timer->uv.loop);
	check(uv_timer_start(&timer->uv, timer_fired, delay_ms, repeat_ms) == 0);
}

void timer_stop(struct timer *timer)
{
	uv_timer_stop(&timer->uv);
}

void timer_close(struct timer *timer)
{
	close_handle(&timer->uv, timer);
}

static void wake_woken(uv_async_t *uv)
{
	struct wake *wake = (struct wake *)uv;
	wake->woken(wake->user);
}

struct wake *wake_new(struct loop *loop, void (*woken)(void *user), void *user)
{
	struct wake *wake = check_alloc(calloc(1, sizeof *wake));
	wake->woken = woken;
	wake->user = user;
	check(uv_async_init(&loop->uv, &wake->uv, wake_woken) == 0);
	return wake;
}

void wake_send(struct wake *wake)
{
	uv_async_send(&wake->uv);
}

void wake_close(struct wake *wake)
{
	close_handle(&wake->uv, wake);
}

static void signal_caught(uv_signal_t *uv, int number)
{
	struct signal_watch *watch = (struct signal_watch *)uv;
	watch->caught(watch->user, number);
}

struct signal_watch *signal_new(struct loop *loop, int number, void (*caught)(void *user, int number), void *user)
{
	struct signal_watch *watch = check_alloc(calloc(1, sizeof *watch));
	watch->caught = caught;
	watch->user = user;
	check(uv_signal_init(&loop->uv, &watch->uv) == 0);
	check(uv_signal_start(&watch->uv, signal_caught, number) == 0);
	return watch;
}

void signal_close(struct signal_watch *watch)
{
	close_handle(&watch->uv, watch);
}

static void poller_readable(uv_poll_t *uv, int status, int events)
{
	struct poller *poller = (struct poller *)uv;
	(void)status; /* an error shows itself to whoever reads */
	(void)events;
	poller->readable(poller->user);
}

struct poller *poller_new(struct loop *loop, int fd, void (*readable)(void *user), void *user)
{
	struct poller *poller = check_alloc(calloc(1, sizeof *poller));
	poller->readable = readable;
	poller->user = user;
	check(uv_poll_init(&loop->uv, &poller->uv, fd) == 0);
	check(uv_poll_start(&poller->uv, UV_READABLE | UV_DISCONNECT, poller_readable) == 0);
	return poller;
}

void poller_close(struct poller *poller)
{
	uv_poll_stop(&poller->uv);
	close_handle(&poller->uv, poller);
}

static void lull_came(uv_prepare_t *uv)
{
	struct lull *lull = (struct lull *)uv;
	lull->came(lull->user);
}

struct lull *lull_new(struct loop *loop, void (*came)(void *user), void *user)
{
	struct lull *lull = check_alloc(calloc(1, sizeof *lull));
	lull->came = came;
	lull->user = user;
	check(uv_prepare_init(&loop->uv, &lull->uv) == 0);
	check(uv_prepare_start(&lull->uv, lull_came) == 0);
	return lull;
}

void lull_close(struct lull *lull)
{
	close_handle(&lull->uv, lull);
}

static void idle_work(uv_idle_t *uv)
{
	struct idle *idle = (struct idle *)uv;
	idle->work(idle->user);
}

struct idle *idle_new(struct loop *loop, void (*work)(void *user), void *user)
{
	struct idle *idle = check_alloc(calloc(1, sizeof *idle));
	idle->work = work;
	idle->user = user;
	check(uv_idle_init(&loop->uv, &idle->uv) == 0);
	return idle;
}

void idle_start(struct idle *idle)
{
	check(uv_idle_start(&idle->uv, idle_work) == 0);
}

void idle_stop(struct idle *idle)
{
	uv_idle_stop(&idle->uv);
}

void idle_close(struct idle *idle)
{
	close_handle(&idle->uv, idle);
}

static void thread_main(void *argument)
{
	struct thread *thread = argument;
	thread->run(thread->user);
}

struct thread *thread_new(void (*run)(void *user), void *user)
{
	struct thread *thread = check_alloc(calloc(1, sizeof *thread));
	thread->run = run;
	thread->user = user;
	check(uv_thread_create(&thread->uv, thread_main, thread) == 0);
	return thread;
}

void thread_join(struct thread *thread)
{
	check(uv_thread_join(&thread->uv) == 0);
	free(thread);
}

struct gate *gate_new(void)
{
	struct gate *gate = check_alloc(calloc(1, sizeof *gate));
	check(uv_sem_init(&gate->uv, 0) == 0);
	return gate;
}

void gate_open(struct gate *gate)
{
	uv_sem_post(&gate->uv);
}

void gate_pass(struct gate *gate)
{
	uv_sem_wait(&gate->uv);
}

void gate_free(struct gate *gate)
{
	uv_sem_destroy(&gate->uv);
	free(gate);
}
