/* Broadcasts, see broadcast.h. A shard is the part of a broadcast that is on one loop: its members and the queue of messages.
 *
 *   queue   [ m | m | m | m ]        positions are 64-bit and never repeat; a message's place is its position modulo the size
 *             ^tail       ^head
 *   member  its `next`: the first position that it has not had
 *
 * A round goes once through the members, in slices. When it is over, everything before the least `next` that was seen is let go.
 * Called by control/ (hub half), walk.c and hearing.c (loop half). */
#include "fanout/broadcast.h"

#include "base/check.h"

#include <stdlib.h>

struct broadcast {
	struct shard *shard[LOOPS_MAX]; /* made with the first member of the loop; NULL: none yet */
};

struct shard {
	struct walk *walk;        /* never changes; the rest is the loop's */
	struct shard_entry entry; /* in the walk's list while it has members */
	struct outlet **member;
	uint32_t count, capacity;
	struct message *queue[BROADCAST_QUEUE_MAX];
	uint64_t head, tail;
	uint32_t turn;        /* of the round under way; 0 between two */
	uint64_t round_head;  /* the head when that round began */
	uint64_t round_least; /* the least `next` that it has seen so far */
	uint64_t done_head;   /* up to here everybody had a turn */
};

/* ---- loop ---- */

static void let_go(struct shard *shard, uint64_t before)
{
	while (shard->tail < before)
		message_release(shard->queue[shard->tail++ % BROADCAST_QUEUE_MAX]);
}

/* False when the socket takes nothing now; `writable` will be called. */
static bool give(struct conn *conn, const struct message *message)
{
	size_t size;
	const uint8_t *text = message_text(message, &size);
	if (message_framed(message))
		return conn->ops->send_message(conn, text, size) != SENT_FULL;
	conn->ops->send_text(conn, (const char *)text, size);
	return true;
}

static void serve(struct shard *shard, struct outlet *outlet)
{
	while (outlet->next_message < shard->head && give(outlet->conn, shard->queue[outlet->next_message % BROADCAST_QUEUE_MAX]))
		outlet->next_message++;
}

/* Puts what the member has not had into its socket's own queue, which closes a client that does not read. */
static void catch_up(struct shard *shard, struct outlet *outlet)
{
	while (outlet->next_message < shard->head) {
		size_t size;
		const uint8_t *text = message_text(shard->queue[outlet->next_message++ % BROADCAST_QUEUE_MAX], &size);
		outlet->conn->ops->send_text(outlet->conn, (const char *)text, size);
	}
}

void outlet_send_text(struct outlet *outlet, const char *text, size_t size)
{
	if (outlet->shard != NULL)
		catch_up(outlet->shard, outlet);
	outlet->conn->ops->send_text(outlet->conn, text, size);
}

bool shard_due(const struct shard *shard)
{
	return shard->turn > 0 || (shard->count > 0 && shard->done_head != shard->head);
}

static void end_round(struct shard *shard)
{
	shard->turn = 0;
	shard->done_head = shard->round_head;
}

unsigned shard_deliver(struct shard *shard, unsigned most)
{
	if (!shard_due(shard))
		return 0;
	if (shard->turn == 0)
		shard->round_head = shard->round_least = shard->head;
	uint32_t first = shard->turn, end = shard->count - first > most ? first + most : shard->count;
	for (uint32_t i = first; i < end; i++) {
		struct outlet *outlet = shard->member[i];
		serve(shard, outlet);
		if (outlet->next_message < shard->round_least)
			shard->round_least = outlet->next_message;
	}
	shard->turn = end;
	if (end == shard->count)
		end_round(shard);
	return end - first;
}

void shard_settle(struct shard *shard)
{
	if (shard->turn == 0 && shard->done_head == shard->round_head)
		let_go(shard, shard->round_least);
}

/* The slowest members hold a whole queue of messages: they get them by their own queues, and there is room again. */
static void make_room(struct shard *shard)
{
	for (uint32_t i = 0; i < shard->count; i++) {
		if (shard->member[i]->next_message == shard->tail)
			catch_up(shard, shard->member[i]);
	}
	shard->round_least = shard->head;
	for (uint32_t i = 0; i < shard->count; i++) {
		if (shard->member[i]->next_message < shard->round_least)
			shard->round_least = shard->member[i]->next_message;
	}
	let_go(shard, shard->round_least);
}

static void announce(const struct call *call)
{
	struct shard *shard = call->to;
	struct message *message = call->what;
	if (shard->count == 0) {
		message_release(message);
		return;
	}
	if (shard->head - shard->tail == BROADCAST_QUEUE_MAX)
		make_room(shard);
	shard->queue[shard->head++ % BROADCAST_QUEUE_MAX] = message;
	walk_wanted(shard->walk);
}

static void put_in(struct shard *shard, struct outlet *outlet, uint32_t slot)
{
	shard->member[slot] = outlet;
	outlet->member_slot = slot;
}

static void enter(const struct call *call)
{
	struct outlet *outlet = call->to;
	struct shard *shard = call->what;
	if (outlet->conn == NULL)
		return; /* the socket is gone */
	check(outlet->shard == NULL);
	if (shard->count == shard->capacity) {
		shard->capacity = shard->capacity ? 2 * shard->capacity : 16;
		shard->member = check_alloc(realloc(shard->member, shard->capacity * sizeof *shard->member));
	}
	if (shard->count == 0) {
		shard->done_head = shard->round_head = shard->round_least = shard->tail = shard->head;
		walk_add_shard(shard->walk, &shard->entry);
	}
	outlet->shard = shard;
	outlet->next_message = shard->head;
	put_in(shard, outlet, shard->count++);
}

void membership_writable(struct outlet *outlet)
{
	if (outlet->shard != NULL && outlet->conn != NULL)
		serve(outlet->shard, outlet);
}

void membership_end(struct outlet *outlet)
{
	struct shard *shard = outlet->shard;
	uint32_t slot = outlet->member_slot;
	if (shard == NULL)
		return;
	outlet->shard = NULL;
	if (slot < shard->turn) { /* those who had their turn stay together */
		put_in(shard, shard->member[--shard->turn], slot);
		slot = shard->turn;
	}
	put_in(shard, shard->member[--shard->count], slot);
	if (shard->count == 0) {
		shard->turn = 0;
		let_go(shard, shard->head);
		shard->done_head = shard->round_head = shard->head;
		walk_drop_shard(shard->walk, &shard->entry);
	} else if (shard->turn > 0 && shard->turn == shard->count) {
		end_round(shard);
	}
}

/* ---- hub ---- */

struct broadcast *broadcast_new(void)
{
	return check_alloc(calloc(1, sizeof(struct broadcast)));
}

void broadcast_free(struct broadcast *broadcast)
{
	for (unsigned i = 0; broadcast != NULL && i < LOOPS_MAX; i++) {
		struct shard *shard = broadcast->shard[i];
		if (shard == NULL)
			continue;
		check(shard->count == 0);
		free(shard->member);
		free(shard);
	}
	free(broadcast);
}

static struct shard *shard_new(struct walk *walk)
{
	struct shard *shard = check_alloc(calloc(1, sizeof *shard));
	shard->walk = walk;
	shard->entry.shard = shard;
	return shard;
}

void broadcast_join(struct broadcast *broadcast, struct outlet *outlet)
{
	struct shard **shard = &broadcast->shard[walk_loop(outlet->walk)];
	if (*shard == NULL)
		*shard = shard_new(outlet->walk);
	post_call(walk_orders(outlet->walk), &(struct call){.run = enter, .to = outlet, .what = *shard});
}

void broadcast_send(struct broadcast *broadcast, struct message *message)
{
	for (unsigned i = 0; i < LOOPS_MAX; i++) {
		struct shard *shard = broadcast->shard[i];
		if (shard != NULL)
			post_call(walk_orders(shard->walk),
				  &(struct call){.run = announce, .to = shard, .what = message_keep(message)});
	}
}
