/* The walk of walk.h. Parts are served one after the other, each to its end, and the next slice goes on where this one stopped: so
 * the listeners of different channels get their packets spread over the time that all of them take, and none waits for another
 * channel's next packet. It is over when a slice that began with the first part came to the end: what was put meanwhile in parts
 * that had been served is sent too, and does not wait for the next wake, a beat later.
 */
#include "fanout/walk.h"

#include "base/check.h"
#include "fanout/broadcast.h"
#include "fanout/part.h"
#include "fanout/transfer.h"

#include <stdlib.h>

struct walk {
	struct walk_options options;
	struct walk_entry *first;
	struct walk_entry *at;        /* the part that the next slice goes on with; NULL: the first */
	struct transfer *over;        /* to be ended behind the slice */
	struct shard_entry *shard;    /* those with members */
	struct shard_entry *shard_at; /* the one that the next slice goes on with; NULL: the first */
	unsigned packets_first;       /* slices of packets since messages had one */
	struct lot {
		struct part *part;
		struct part_slice slice;
	} lot[WALK_SLICE]; /* sent in this slice */
	unsigned lots;
};

struct walk *walk_new(const struct walk_options *options)
{
	struct walk *walk = check_alloc(calloc(1, sizeof *walk));
	check(options->loop < LOOPS_MAX);
	walk->options = *options;
	return walk;
}

void walk_free(struct walk *walk)
{
	if (walk == NULL)
		return;
	check(walk->first == NULL && walk->over == NULL && walk->shard == NULL);
	free(walk);
}

unsigned walk_loop(const struct walk *walk)
{
	return walk->options.loop;
}

struct post *walk_orders(const struct walk *walk)
{
	return walk->options.orders;
}

struct post *walk_events(const struct walk *walk)
{
	return walk->options.events;
}

void walk_add(struct walk *walk, struct walk_entry *entry)
{
	entry->next = walk->first;
	entry->link = &walk->first;
	if (entry->next != NULL)
		entry->next->link = &entry->next;
	walk->first = entry;
}

void walk_drop(struct walk *walk, struct walk_entry *entry)
{
	if (walk->at == entry)
		walk->at = entry->next;
	*entry->link = entry->next;
	if (entry->next != NULL)
		entry->next->link = entry->link;
}

/* As part_deliver(), with a note for the account. */
static uint32_t deliver(struct walk *walk, struct part *part, uint32_t most)
{
	struct lot *lot = &walk->lot[walk->lots];
	lot->part = part;
	uint32_t turns = part_deliver(part, most, &lot->slice);
	walk->lots += turns > 0;
	return turns;
}

static bool run_parts(struct walk *walk)
{
	uint32_t left = WALK_SLICE;
	bool from_first = walk->at == NULL;
	struct walk_entry *entry = from_first ? walk->first : walk->at;
	while (entry != NULL) {
		left -= deliver(walk, entry->part, left);
		if (left == 0)
			break;
		entry = entry->next;
	}
	walk->at = entry;
	/* who stands in front of where it began may have something new since: once more from there */
	return entry != NULL || !from_first;
}

/* ---- messages ---- */

void walk_wanted(struct walk *walk)
{
	if (walk->options.wanted != NULL)
		walk->options.wanted(walk->options.user);
}

void walk_add_shard(struct walk *walk, struct shard_entry *entry)
{
	entry->next = walk->shard;
	entry->link = &walk->shard;
	if (entry->next != NULL)
		entry->next->link = &entry->next;
	walk->shard = entry;
}

void walk_drop_shard(struct walk *walk, struct shard_entry *entry)
{
	if (walk->shard_at == entry)
		walk->shard_at = entry->next;
	*entry->link = entry->next;
	if (entry->next != NULL)
		entry->next->link = entry->link;
}

static bool shards_due(const struct walk *walk)
{
	for (const struct shard_entry *entry = walk->shard; entry != NULL; entry = entry->next) {
		if (shard_due(entry->shard))
			return true;
	}
	return false;
}

static void run_shards(struct walk *walk)
{
	unsigned left = BROADCAST_SLICE;
	struct shard_entry *entry = walk->shard_at != NULL ? walk->shard_at : walk->shard;
	while (entry != NULL) {
		left -= shard_deliver(entry->shard, left);
		if (left == 0)
			break;
		entry = entry->next;
	}
	walk->shard_at = entry;
}

bool walk_run(struct walk *walk)
{
	bool packets = run_parts(walk);
	if (packets && ++walk->packets_first < WALK_PACKETS_FIRST)
		return true;
	walk->packets_first = 0;
	run_shards(walk);
	return packets || shards_due(walk);
}

void walk_end_later(struct walk *walk, struct transfer *transfer)
{
	transfer->over_next = walk->over;
	walk->over = transfer;
}

void walk_end_over(struct walk *walk)
{
	while (walk->over != NULL) {
		struct transfer *transfer = walk->over;
		walk->over = transfer->over_next;
		transfer_end(transfer);
	}
}

static void account(struct walk *walk, const struct lot *lot, uint64_t now_us)
{
	for (unsigned age = 0; walk->options.delay != NULL && age < PART_AGES; age++) {
		const struct packet *packet =
			lot->slice.packets[age] > 0 ? ring_at(part_ring(lot->part), lot->slice.first + age) : NULL;
		if (packet != NULL)
			histogram_add_many(walk->options.delay,
					   now_us > packet->encoded_us ? (double)(now_us - packet->encoded_us) / 1e6 : 0,
					   lot->slice.packets[age]);
	}
	if (walk->options.overtaken != NULL && !part_kept(lot->part))
		cell_add(walk->options.overtaken, 1);
}

void walk_settle(struct walk *walk, uint64_t now_us)
{
	for (unsigned i = 0; i < walk->lots; i++)
		account(walk, &walk->lot[i], now_us);
	walk->lots = 0;
	for (struct shard_entry *entry = walk->shard; entry != NULL; entry = entry->next)
		shard_settle(entry->shard);
	walk_end_over(walk);
}
