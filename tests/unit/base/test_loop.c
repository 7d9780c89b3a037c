/* The loop: timers, wakes from threads, signals, descriptors, gates; and that a closed object is never called again. */
#include "base/loop.h"

#include "base/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

struct seen {
	struct loop *loop;
	struct timer *timer;
	struct wake *wake;
	struct poller *poller;
	struct gate *gate;
	unsigned count, other;
	int number;
};

static void fired(void *user)
{
	struct seen *seen = user;
	if (++seen->count == 5)
		loop_stop(seen->loop);
}

static void timers_repeat_until_stopped(void **state)
{
	(void)state;
	struct seen seen = {.loop = loop_new()};
	seen.timer = timer_new(seen.loop, fired, &seen);
	timer_start(seen.timer, 1, 1);
	loop_run(seen.loop);
	assert_int_equal(seen.count, 5);
	timer_stop(seen.timer);
	loop_run(seen.loop); /* nothing is left to wait for */
	assert_int_equal(seen.count, 5);
	timer_close(seen.timer);
	loop_free(seen.loop);
}

static void never(void *user)
{
	(void)user;
	fail();
}

static void closed_timer_is_not_called(void **state)
{
	(void)state;
	struct loop *loop = loop_new();
	struct timer *timer = timer_new(loop, never, NULL);
	timer_start(timer, 0, 0);
	timer_close(timer);
	loop_run(loop);
	loop_free(loop);
}

static void woken(void *user)
{
	struct seen *seen = user;
	seen->count++;
	wake_close(seen->wake);
}

static void send_from_thread(void *user)
{
	struct seen *seen = user;
	gate_pass(seen->gate);
	wake_send(seen->wake);
	wake_send(seen->wake);
}

/* Twice sent may be once called; closed inside the call it is not called again. */
static void wake_from_a_thread(void **state)
{
	(void)state;
	struct seen seen = {.loop = loop_new(), .gate = gate_new()};
	seen.wake = wake_new(seen.loop, woken, &seen);
	struct thread *thread = thread_new(send_from_thread, &seen);
	gate_open(seen.gate);
	thread_join(thread);
	loop_run(seen.loop);
	assert_int_equal(seen.count, 1);
	gate_free(seen.gate);
	loop_free(seen.loop);
}

static void caught(void *user, int number)
{
	struct seen *seen = user;
	seen->number = number;
	loop_stop(seen->loop);
}

static void signals_arrive_on_the_loop(void **state)
{
	(void)state;
	struct seen seen = {.loop = loop_new()};
	struct signal_watch *watch = signal_new(seen.loop, SIGUSR1, caught, &seen);
	raise(SIGUSR1);
	assert_int_equal(seen.number, 0); /* not in the handler */
	loop_run(seen.loop);
	assert_int_equal(seen.number, SIGUSR1);
	signal_close(watch);
	loop_free(seen.loop);
}

static void readable(void *user)
{
	struct seen *seen = user;
	char byte;
	if (read(seen->number, &byte, 1) == 1)
		seen->count++;
	else
		seen->other++; /* the other side has closed */
	if (seen->other > 0)
		poller_close(seen->poller);
}

static void descriptor_is_watched(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	struct seen seen = {.loop = loop_new(), .number = ends[0]};
	seen.poller = poller_new(seen.loop, ends[0], readable, &seen);
	assert_int_equal(write(ends[1], "ab", 2), 2);
	close(ends[1]);
	loop_run(seen.loop);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.other, 1);
	close(ends[0]);
	loop_free(seen.loop);
}

/* A gate counts: opened before it is passed, passed as often as it was opened. */
static void gate_counts(void **state)
{
	(void)state;
	struct gate *gate = gate_new();
	for (unsigned i = 0; i < 3; i++)
		gate_open(gate);
	for (unsigned i = 0; i < 3; i++)
		gate_pass(gate);
	gate_free(gate);
}

static void clock_never_steps_back(void **state)
{
	(void)state;
	uint64_t last = clock_us();
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t now = clock_us();
		assert_true(now >= last);
		last = now;
	}
	int64_t difference_s = (int64_t)(last / 1000000) - clock_wall_s();
	assert_true(difference_s >= -2 && difference_s <= 2); /* anchored to the time of day */
	assert_true(clock_cpu_us() > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_repeat_until_stopped), cmocka_unit_test(closed_timer_is_not_called),
		cmocka_unit_test(wake_from_a_thread),          cmocka_unit_test(signals_arrive_on_the_loop),
		cmocka_unit_test(descriptor_is_watched),       cmocka_unit_test(gate_counts),
		cmocka_unit_test(clock_never_steps_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
