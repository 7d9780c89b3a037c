/* The post of post.h: a ring of slots with two counters that only grow, as in encode/jobs.c, and a list behind it.
 *
 *   taken ->| call call call |<- put        a counter's place is counter & mask
 *
 * `put` belongs to the sender and `taken` to the receiver; each stands on a cache line of its own. The wake is uv's, which is sent after
 * the counter: a receiver that has just looked is woken again. Who wakes when is the caller's: once a turn and not once a call.
 */
#include "base/post.h"

#include "base/check.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64
#define MASK (POST_SLOTS - 1)

_Static_assert((POST_SLOTS & MASK) == 0, "a place is found by a mask");

struct slot {
	alignas(CACHE_LINE) struct call call;
};

struct waiting {
	struct waiting *next;
	struct call call;
};

struct post {
	bool direct;
	struct wake *wake;
	struct slot *slot;
	/* the sender's */
	alignas(CACHE_LINE) atomic_size_t put;
	size_t seen; /* `taken`, as it was seen last */
	bool unsaid; /* the receiver was not woken for what is new */
	struct waiting *first, **last;
	size_t count; /* of those */
	_Atomic uint64_t waited;
	/* the receiver's */
	alignas(CACHE_LINE) atomic_size_t taken;
};

/* ---- receiving ---- */

static void make(const struct call *call)
{
	call->run(call);
	free((void *)(uintptr_t)call->bytes);
}

/* At most `count` calls of those that are there; how many it was. */
static size_t take(struct post *post, size_t count)
{
	size_t taken = atomic_load_explicit(&post->taken, memory_order_relaxed);
	size_t put = atomic_load_explicit(&post->put, memory_order_acquire);
	if (count > put - taken)
		count = put - taken;
	for (size_t end = taken + count; taken != end;) {
		struct call call = post->slot[taken++ & MASK].call;
		atomic_store_explicit(&post->taken, taken, memory_order_release);
		make(&call);
	}
	return count;
}

static void woken(void *user)
{
	struct post *post = user;
	if (take(post, POST_CALLS_A_TURN) == POST_CALLS_A_TURN)
		wake_send(post->wake);
}

/* ---- sending ---- */

static bool has_room(struct post *post, size_t put)
{
	if (put - post->seen < POST_SLOTS)
		return true;
	post->seen = atomic_load_explicit(&post->taken, memory_order_acquire);
	return put - post->seen < POST_SLOTS;
}

/* False when every slot is taken. */
static bool put_in_slot(struct post *post, const struct call *call)
{
	size_t put = atomic_load_explicit(&post->put, memory_order_relaxed);
	if (!has_room(post, put))
		return false;
	post->slot[put & MASK].call = *call;
	atomic_store_explicit(&post->put, put + 1, memory_order_release);
	post->unsaid = true;
	return true;
}

static void wait_for_slot(struct post *post, const struct call *call)
{
	struct waiting *item = check_alloc(malloc(sizeof *item));
	item->next = NULL;
	item->call = *call;
	*post->last = item;
	post->last = &item->next;
	post->count++;
	atomic_fetch_add_explicit(&post->waited, 1, memory_order_relaxed);
}

static struct call pop_waiting(struct post *post)
{
	struct waiting *item = post->first;
	struct call call = item->call;
	post->first = item->next;
	if (post->first == NULL)
		post->last = &post->first;
	post->count--;
	free(item);
	return call;
}

static void move_waiting(struct post *post)
{
	while (post->first != NULL && put_in_slot(post, &post->first->call))
		pop_waiting(post);
}

void post_call(struct post *post, const struct call *call)
{
	if (post->direct) {
		call->run(call);
		return;
	}
	struct call kept = *call;
	if (call->bytes != NULL)
		kept.bytes = memcpy(check_alloc(malloc(call->size + (size_t)1)), call->bytes, call->size);
	if (post->first != NULL || !put_in_slot(post, &kept))
		wait_for_slot(post, &kept);
}

bool post_flush(struct post *post)
{
	move_waiting(post);
	if (post->unsaid)
		wake_send(post->wake);
	post->unsaid = false;
	return post->first == NULL;
}

bool post_crowded(const struct post *post)
{
	return post->count > POST_CROWDED;
}

uint64_t post_waited(const struct post *post)
{
	return atomic_load_explicit(&post->waited, memory_order_relaxed);
}

/* ---- from the beginning to the end ---- */

struct post *post_new(struct loop *loop)
{
	struct post *post = check_alloc(aligned_alloc(CACHE_LINE, sizeof *post));
	memset(post, 0, sizeof *post);
	post->direct = loop == NULL;
	post->last = &post->first;
	if (post->direct)
		return post;
	post->slot = check_alloc(aligned_alloc(CACHE_LINE, POST_SLOTS * sizeof *post->slot));
	post->wake = wake_new(loop, woken, post);
	return post;
}

/* Everything that is there, everything that waits, and what these ask for. */
static void make_all(struct post *post)
{
	while (take(post, POST_SLOTS) > 0 || post->first != NULL)
		move_waiting(post);
}

void post_join(struct post *post)
{
	if (post->direct)
		return;
	make_all(post);
	post->direct = true;
}

void post_close(struct post *post)
{
	if (!post->direct)
		make_all(post);
	if (post->wake != NULL)
		wake_close(post->wake);
	free(post->slot);
	free(post);
}

bool post_is_direct(const struct post *post)
{
	return post->direct;
}
