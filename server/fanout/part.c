/* Delivery on one loop, see part.h. The list of readers is a dense array: a leaving reader's place is taken by the last one, so coming
 * and leaving cost nothing. It grows by doubling while people come, never on the beat.
 *
 *   reader  [ had its turn | had its turn | turn | ... | ... ]      a round: once through the list, in slices
 *                                           ^ turn
 *
 * The memory of thousands of readers is in no cache when the walk comes by, because the kernel's work for each send drives it out;
 * so it is fetched ahead of the walk: the reader, and when that is there, what its send() will touch. With 2,000 listeners this
 * saves a tenth of the whole cost.
 *
 * A packet goes out as it lies in the ring. Where more than one waits for a reader, or its flags differ for one reader (history, a jump),
 * a copy on the stack does, with all that fits in a run.
 */
#include "fanout/part.h"

#include "base/check.h"
#include "fanout/walk.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD_READER 2 /* so many turns before its own a reader is fetched; more, and it is driven out again */
#define AHEAD_SEND 1   /* and what it points to */

#define PART_AGES_BEFORE (PART_AGES - 4) /* ages from before the round's head; the others come while it is under way */

struct part {
	struct ring *ring;
	struct walk *walk;
	struct walk_entry entry; /* in the walk's list while somebody is here */
	struct reader **reader;
	uint32_t count, capacity;
	uint32_t turn;       /* of the round under way; 0 between two */
	uint64_t round_head; /* the ring's, when that round began */
	uint64_t done_head;  /* up to here everybody had a turn */
	bool delivering;     /* nobody comes or goes meanwhile */
	struct part_slice *slice; /* of what is being delivered; NULL: none, or nobody asks */
	_Atomic uint64_t delivered, skipped;
};

struct part *part_new(struct ring *ring, struct walk *walk)
{
	struct part *part = check_alloc(calloc(1, sizeof *part));
	part->ring = ring;
	part->walk = walk;
	part->entry.part = part;
	return part;
}

void part_free(struct part *part)
{
	if (part == NULL)
		return;
	check(part->count == 0);
	free(part->reader);
	free(part);
}

struct ring *part_ring(const struct part *part)
{
	return part->ring;
}

uint64_t part_delivered(const struct part *part)
{
	return atomic_load_explicit(&part->delivered, memory_order_relaxed);
}

uint64_t part_skipped(const struct part *part)
{
	return atomic_load_explicit(&part->skipped, memory_order_relaxed);
}

/* Only this thread adds, so no locked instruction is needed. */
static void add(_Atomic uint64_t *count, uint64_t more)
{
	atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + more, memory_order_relaxed);
}

/* Before the first live one: whether a packet is for it at all, and as what. By numbers, because a hole has no position. */
static bool take_early(struct reader *reader, const struct packet *packet, uint8_t *flags)
{
	reader->early = wire_seq_distance(packet->seq, reader->live_seq) < 0;
	if (reader->early)
		*flags |= WIRE_HISTORY;
	return wire_seq_distance(packet->seq, reader->first_seq) >= 0;
}

/* Into the run goes what waits for the reader, as far as it fits. Returns the position behind that. */
static uint64_t gather(struct reader *reader, struct run *run)
{
	uint64_t position = reader->position;
	const struct packet *packet;
	while ((packet = ring_at(reader->part->ring, position)) != NULL && (run->count == 0 || !reader->ops->one_by_one)) {
		uint8_t flags = reader->jumped && run->count == 0 ? WIRE_DISCONTINUITY : 0;
		if ((!reader->early || take_early(reader, packet, &flags)) && !run_add(run, packet, flags))
			break;
		position++;
	}
	return position;
}

static enum sent send_run(struct reader *reader, struct run *run, uint64_t *end)
{
	bool early = reader->early;
	*end = gather(reader, run);
	if (run->count == 0)
		return SENT; /* nothing of that was for it */
	enum sent sent = reader->ops->send_run(reader, run);
	if (sent == SENT)
		reader->jumped = false;
	else
		reader->early = early;
	return sent;
}

/* Whether the packet at its position is all that waits, and goes out as it is. */
static bool is_plain(const struct reader *reader)
{
	return !reader->early && !reader->jumped && (reader->ops->one_by_one || ring_head(reader->part->ring) == reader->position + 1);
}

static void count_sent(struct part *part, uint64_t position, unsigned count)
{
	struct part_slice *slice = part->slice;
	add(&part->delivered, count);
	for (unsigned i = 0; slice != NULL && i < count; i++) {
		uint64_t age = position + i > slice->first ? position + i - slice->first : 0;
		slice->packets[age < PART_AGES ? age : PART_AGES - 1]++;
	}
}

/* `packet` is that at its position. */
static enum sent send_some(struct reader *reader, const struct packet *packet)
{
	uint64_t end = reader->position + 1;
	unsigned count = 1;
	enum sent sent;
	if (is_plain(reader)) {
		sent = reader->ops->send_shared(reader, packet_shared(packet), packet->size);
	} else {
		struct run run;
		run.count = 0;
		run.size = 0;
		sent = send_run(reader, &run, &end);
		count = run.count;
	}
	if (sent == SENT) {
		count_sent(reader->part, end - count, count);
		reader->position = end;
	}
	return sent;
}

/* How many packets wait for it. */
static uint64_t lag_of(const struct reader *reader)
{
	uint64_t head = ring_head(reader->part->ring);
	return head > reader->position ? head - reader->position : 0;
}

/* Moves a reader that is too far behind to the live edge. */
static void skip_stale(struct reader *reader, uint64_t lag_max_ms)
{
	uint64_t lag = lag_of(reader), frame_ms = ring_frame_ms(reader->part->ring);
	if (lag * frame_ms <= lag_max_ms)
		return;
	add(&reader->part->skipped, lag - 1);
	reader->position += lag - 1;
	reader->jumped = true;
	reader->ops->skipped(reader, (uint32_t)((lag - 1) * frame_ms));
}

/* Sends from its position on until it is up to date or full. */
static void send_rest(struct reader *reader)
{
	const struct packet *packet;
	while ((packet = ring_at(reader->part->ring, reader->position)) != NULL) {
		if (send_some(reader, packet) != SENT) {
			reader->behind = true;
			return;
		}
	}
	reader->behind = false;
}

static void serve(struct reader *reader)
{
	skip_stale(reader, LAG_MAX_MS);
	send_rest(reader);
}

static void give_up_stuck(struct reader *reader)
{
	if (reader->given_up || lag_of(reader) * ring_frame_ms(reader->part->ring) < STUCK_MS)
		return;
	reader->given_up = true;
	reader->ops->stuck(reader);
}

static void fetch_ahead(const struct part *part, uint32_t turn)
{
	if (turn + AHEAD_READER < part->count)
		__builtin_prefetch(part->reader[turn + AHEAD_READER]);
	if (turn + AHEAD_SEND < part->count) {
		const struct reader *reader = part->reader[turn + AHEAD_SEND];
		if (reader->ops->fetch != NULL)
			reader->ops->fetch(reader);
	}
}

bool part_due(const struct part *part)
{
	return part->turn > 0 || (part->count > 0 && part->done_head != ring_head(part->ring));
}

bool part_kept(const struct part *part)
{
	uint64_t most = RING_MS / ring_frame_ms(part->ring);
	return ring_kept(part->ring, part->round_head > most ? part->round_head - most : 0);
}

uint32_t part_deliver(struct part *part, uint32_t most, struct part_slice *slice)
{
	check(!part->delivering);
	if (!part_due(part))
		return 0;
	if (part->turn == 0)
		part->round_head = ring_head(part->ring);
	uint32_t first = part->turn, end = part->count - first > most ? first + most : part->count;
	part->delivering = true;
	part->slice = slice;
	if (slice != NULL)
		*slice = (struct part_slice){.first = part->round_head > PART_AGES_BEFORE ? part->round_head - PART_AGES_BEFORE : 0};
	for (uint32_t i = first; i < end; i++) {
		struct reader *reader = part->reader[i];
		fetch_ahead(part, i);
		if (reader->behind)
			give_up_stuck(reader);
		else
			serve(reader);
	}
	part->delivering = false;
	part->slice = NULL;
	part->turn = end;
	if (end == part->count) {
		part->turn = 0;
		part->done_head = part->round_head;
	}
	return end - first;
}

void reader_writable(struct reader *reader)
{
	if (reader->part != NULL && reader->behind && !reader->given_up)
		serve(reader);
}

static void put_in(struct part *part, struct reader *reader, uint32_t slot)
{
	part->reader[slot] = reader;
	reader->slot = slot;
}

void part_enter(struct part *part, struct reader *reader, const struct reader_ops *ops, const struct spot *spot)
{
	check(reader->part == NULL && !part->delivering);
	if (part->count == part->capacity) {
		part->capacity = part->capacity ? 2 * part->capacity : 16;
		part->reader = check_alloc(realloc(part->reader, part->capacity * sizeof *part->reader));
	}
	if (part->count == 0)
		walk_add(part->walk, &part->entry);
	*reader = (struct reader){.ops = ops,
				  .part = part,
				  .position = spot->position,
				  .first_seq = spot->live_seq - spot->history,
				  .live_seq = spot->live_seq,
				  .early = spot->early,
				  .jumped = spot->jumped};
	put_in(part, reader, part->count++);
	/* all that is held, also what is older than LAG_MAX_MS: it was asked for */
	skip_stale(reader, RING_MS);
	send_rest(reader);
}

void part_replace(struct reader *from, struct reader *to, const struct reader_ops *ops)
{
	check(from->part != NULL && to->part == NULL && !from->part->delivering);
	*to = *from;
	to->ops = ops;
	to->part->reader[to->slot] = to;
	from->part = NULL;
}

/* The last one takes the place that is free. In the middle of a round those who had their turn stay together, so that nobody is
 * passed over. */
static void fill(struct part *part, uint32_t slot)
{
	if (slot < part->turn) {
		put_in(part, part->reader[--part->turn], slot);
		slot = part->turn;
	}
	put_in(part, part->reader[--part->count], slot);
	if (part->turn == part->count && part->turn > 0) {
		part->turn = 0;
		part->done_head = part->round_head;
	}
}

void part_leave(struct reader *reader)
{
	struct part *part = reader->part;
	if (part == NULL)
		return;
	check(!part->delivering);
	fill(part, reader->slot);
	reader->part = NULL;
	if (part->count == 0)
		walk_drop(part->walk, &part->entry);
}
