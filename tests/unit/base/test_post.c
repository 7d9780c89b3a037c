/* The post: calls from one thread to another come once each, in order, with their bytes, however full it is and whoever ends first; and a
 * direct post is a call. Threads run for real, and are slowed down at random, so that the ring is empty, full and in between. */
#include "base/post.h"

#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CALLS 300000
#define BYTES_MAX 300

struct receiver {
	struct loop *loop;
	struct post *post;
	struct thread *thread;
	struct gate *ready;
	uint64_t got;
	uint32_t random; /* of its pauses */
	bool wrong;      /* judged by the test's own thread */
};

static uint32_t next(uint32_t *random)
{
	*random = *random * 1664525 + 1013904223;
	return *random >> 8;
}

static size_t size_of(uint64_t number)
{
	return number % 7 == 0 ? 0 : (size_t)(number * 31 % BYTES_MAX);
}

static void take_in(const struct call *call)
{
	struct receiver *receiver = call->to;
	size_t size = size_of(call->b);
	if (call->b != receiver->got || call->c != ~call->b || call->size != size)
		receiver->wrong = true;
	for (size_t i = 0; i < size; i++)
		receiver->wrong |= ((const uint8_t *)call->bytes)[i] != (uint8_t)(call->b + i);
	receiver->got++;
	if (next(&receiver->random) % 20000 == 0)
		usleep(2000);
}

static void end_loop(const struct call *call)
{
	loop_stop(((struct receiver *)call->to)->loop);
}

static void run(void *user)
{
	struct receiver *receiver = user;
	receiver->loop = loop_new();
	receiver->post = post_new(receiver->loop);
	gate_open(receiver->ready);
	loop_run(receiver->loop);
}

static void open_receiver(struct receiver *receiver)
{
	*receiver = (struct receiver){.ready = gate_new(), .random = 7};
	receiver->thread = thread_new(run, receiver);
	gate_pass(receiver->ready);
}

static void close_receiver(struct receiver *receiver)
{
	thread_join(receiver->thread);
	post_join(receiver->post);
	post_close(receiver->post);
	loop_free(receiver->loop);
	gate_free(receiver->ready);
}

static void send(struct receiver *receiver, uint64_t number)
{
	uint8_t bytes[BYTES_MAX];
	size_t size = size_of(number);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(number + i);
	post_call(receiver->post, &(struct call){.run = take_in,
						 .to = receiver,
						 .bytes = size > 0 ? bytes : NULL,
						 .size = (uint32_t)size,
						 .b = number,
						 .c = ~number});
}

static void every_call_once_and_in_order(void **state)
{
	(void)state;
	struct receiver receiver;
	uint32_t random = 1;
	open_receiver(&receiver);
	for (uint64_t n = 0; n < CALLS; n++) {
		send(&receiver, n);
		if (next(&random) % 50 == 0)
			post_flush(receiver.post);
		if (next(&random) % 30000 == 0)
			usleep(3000);
		while (post_crowded(receiver.post)) {
			usleep(100);
			post_flush(receiver.post);
		}
	}
	post_call(receiver.post, &(struct call){.run = end_loop, .to = &receiver});
	while (!post_flush(receiver.post))
		usleep(100);
	close_receiver(&receiver);
	assert_false(receiver.wrong);
	assert_int_equal(receiver.got, CALLS);
}

/* A receiver that stands still: what finds no slot waits, is counted, and says that it is too much; the end brings it all. */
static void nothing_is_lost_when_it_is_full(void **state)
{
	(void)state;
	struct receiver receiver;
	open_receiver(&receiver);
	post_call(receiver.post, &(struct call){.run = end_loop, .to = &receiver});
	post_flush(receiver.post);
	usleep(20000); /* it has ended, or ends without taking much */
	uint64_t sent = 0;
	while (!post_crowded(receiver.post))
		send(&receiver, sent++);
	assert_true(sent > POST_CROWDED);
	assert_true(post_waited(receiver.post) > POST_CROWDED);
	send(&receiver, sent++);
	close_receiver(&receiver);
	assert_false(receiver.wrong);
	assert_int_equal(receiver.got, sent);
}

struct answered {
	struct receiver *receiver;
	struct post *back;
	unsigned questions, answers;
};

static void answer(const struct call *call)
{
	((struct answered *)call->to)->answers++;
}

static void ask(const struct call *call)
{
	struct answered *answered = call->to;
	answered->questions++;
	post_call(answered->back, &(struct call){.run = answer, .to = answered});
}

/* When the threads have ended, what each side still asks of the other is done by the one that is left. */
static void the_last_calls_are_made_by_who_is_left(void **state)
{
	(void)state;
	struct loop *here = loop_new();
	struct receiver receiver;
	open_receiver(&receiver);
	struct answered answered = {.receiver = &receiver, .back = post_new(here)};
	post_call(receiver.post, &(struct call){.run = end_loop, .to = &receiver});
	post_flush(receiver.post);
	thread_join(receiver.thread);
	for (unsigned i = 0; i < 100; i++)
		post_call(receiver.post, &(struct call){.run = ask, .to = &answered});
	post_join(answered.back);
	post_join(receiver.post);
	assert_int_equal(answered.questions, 100);
	assert_int_equal(answered.answers, 100);
	post_call(receiver.post, &(struct call){.run = ask, .to = &answered}); /* direct from now on */
	assert_int_equal(answered.answers, 101);
	post_close(receiver.post);
	post_close(answered.back);
	loop_free(receiver.loop);
	loop_free(here);
	gate_free(receiver.ready);
}

struct direct {
	const void *bytes;
	unsigned count;
};

static void note(const struct call *call)
{
	struct direct *direct = call->to;
	direct->bytes = call->bytes;
	direct->count++;
}

static void a_direct_post_is_a_call(void **state)
{
	(void)state;
	struct post *post = post_new(NULL);
	struct direct direct = {0};
	assert_true(post_is_direct(post));
	post_call(post, &(struct call){.run = note, .to = &direct, .bytes = "word", .size = 5});
	assert_int_equal(direct.count, 1);
	assert_string_equal(direct.bytes, "word"); /* borrowed, not copied */
	assert_true(post_flush(post));
	assert_false(post_crowded(post));
	assert_int_equal(post_waited(post), 0);
	post_close(post);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_once_and_in_order),
		cmocka_unit_test(nothing_is_lost_when_it_is_full),
		cmocka_unit_test(the_last_calls_are_made_by_who_is_left),
		cmocka_unit_test(a_direct_post_is_a_call),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
