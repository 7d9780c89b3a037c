/* The post: calls in their order, whatever waits; between two threads, with more calls than slots, both ways at once, and to the end. */
#include "base/post.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CALLS 200000

struct side {
	struct loop *loop;
	struct post *to_other;
	uint64_t next;   /* number of the next call that comes */
	uint64_t answers; /* of the other side, in their order */
	bool wrong;
};

static void note(const struct call *call)
{
	uint64_t *next = call->to;
	assert_int_equal(call->b, (*next)++);
	if (call->bytes != NULL)
		assert_string_equal(call->bytes, "words");
}

static void direct_is_at_once(void **state)
{
	(void)state;
	uint64_t next = 0;
	struct post *post = post_new(NULL);
	assert_true(post_is_direct(post));
	for (uint64_t i = 0; i < 10; i++) {
		post_call(post, &(struct call){.run = note, .to = &next, .b = i, .bytes = "words", .size = 6});
		assert_int_equal(next, i + 1);
	}
	assert_true(post_flush(post));
	post_close(post);
}

/* Nobody takes anything: what finds no slot waits, and comes behind the rest. */
static void what_finds_no_slot_waits(void **state)
{
	(void)state;
	uint64_t next = 0;
	char words[6] = "words";
	struct loop *loop = loop_new();
	struct post *post = post_new(loop);
	for (uint64_t i = 0; i < POST_SLOTS + POST_CROWDED + 1; i++) {
		assert_false(post_crowded(post));
		post_call(post, &(struct call){.run = note, .to = &next, .b = i, .bytes = words, .size = sizeof words});
	}
	memset(words, 'x', sizeof words); /* it was copied */
	assert_true(post_crowded(post));
	assert_int_equal(post_waited(post), POST_CROWDED + 1);
	assert_false(post_flush(post));
	while (!post_flush(post))
		loop_run_once(loop);
	while (next < POST_SLOTS + POST_CROWDED + 1)
		loop_run_once(loop);
	assert_false(post_crowded(post));
	post_close(post);
	loop_free(loop);
}

struct chain {
	struct post *post;
	uint64_t left, made;
};

static void ask_again(const struct call *call)
{
	struct chain *chain = call->to;
	chain->made++;
	if (chain->left > 0) {
		chain->left--;
		post_call(chain->post, call);
	}
}

/* The end: what is left is done, and what that asks for too. */
static void joined_it_does_what_is_left(void **state)
{
	(void)state;
	struct loop *loop = loop_new();
	struct chain chain = {.post = post_new(loop), .left = 3 * POST_SLOTS};
	for (unsigned i = 0; i < POST_SLOTS + 5; i++)
		post_call(chain.post, &(struct call){.run = ask_again, .to = &chain});
	post_join(chain.post);
	assert_int_equal(chain.made, 4 * POST_SLOTS + 5);
	post_call(chain.post, &(struct call){.run = ask_again, .to = &chain});
	assert_int_equal(chain.made, 4 * POST_SLOTS + 6); /* direct from now on */
	post_close(chain.post);
	loop_free(loop);
}

/* ---- two threads ---- */

static void answered(const struct call *call)
{
	struct side *side = call->to;
	side->wrong |= call->b != side->answers++;
	if (side->answers == CALLS)
		loop_stop(side->loop);
}

/* On the other thread: each call is answered with its number. */
static void asked(const struct call *call)
{
	struct side *side = call->to;
	char expected[32];
	snprintf(expected, sizeof expected, "call %llu", (unsigned long long)call->b);
	side->wrong |= call->b != side->next++ || strcmp(call->bytes, expected) != 0;
	post_call(side->to_other, &(struct call){.run = answered, .to = call->what, .b = call->b});
	if (side->next == CALLS)
		loop_stop(side->loop);
}

static void flush(void *user)
{
	post_flush(((struct side *)user)->to_other);
}

static void run_other(void *user)
{
	struct side *side = user;
	struct lull *lull = lull_new(side->loop, flush, side);
	struct timer *again = timer_new(side->loop, flush, side); /* what found no slot */
	timer_start(again, 1, 1);
	loop_run(side->loop);
	while (!post_flush(side->to_other))
		loop_run_once(side->loop);
	timer_close(again);
	lull_close(lull);
}

struct asker {
	struct side *here, *there;
	struct idle *idle;
	uint64_t asked;
	uint32_t random;
};

/* Bursts of any length: some fit in the ring, some do not. */
static void ask_some(void *user)
{
	struct asker *asker = user;
	asker->random = asker->random * 1664525 + 1013904223;
	uint64_t burst = (asker->random >> 16) % (asker->random % 16 == 0 ? 3 * POST_SLOTS : 50);
	for (; burst > 0 && asker->asked < CALLS; burst--) {
		char words[32];
		snprintf(words, sizeof words, "call %llu", (unsigned long long)asker->asked);
		post_call(asker->here->to_other, &(struct call){.run = asked,
								.to = asker->there,
								.what = asker->here,
								.b = asker->asked++,
								.bytes = words,
								.size = (uint32_t)strlen(words) + 1});
	}
	post_flush(asker->here->to_other);
}

static void between_two_threads(void **state)
{
	(void)state;
	struct side here = {.loop = loop_new()}, there = {.loop = loop_new()};
	here.to_other = post_new(there.loop);
	there.to_other = post_new(here.loop);
	struct asker asker = {.here = &here, .there = &there, .random = 5};
	asker.idle = idle_new(here.loop, ask_some, &asker);
	struct thread *thread = thread_new(run_other, &there);
	idle_start(asker.idle);
	loop_run(here.loop);
	thread_join(thread);
	assert_int_equal(here.answers, CALLS);
	assert_int_equal(there.next, CALLS);
	assert_false(here.wrong || there.wrong);
	idle_close(asker.idle);
	post_join(here.to_other);
	post_close(here.to_other);
	post_close(there.to_other);
	loop_free(here.loop);
	loop_free(there.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(direct_is_at_once),
		cmocka_unit_test(what_finds_no_slot_waits),
		cmocka_unit_test(joined_it_does_what_is_left),
		cmocka_unit_test(between_two_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
