/* Delivery, see audience.h. The list of readers is a dense array: a leaving reader's place is taken by the last one, so joining and
 * leaving cost nothing. It grows by doubling while people come, never on the beat.
 *
 * The memory of thousands of readers is in no cache when the walk comes by, because the kernel's work for each send drives it out;
 * so it is fetched ahead of the walk: the reader, and when that is there, what its send() will touch. With 2,000 listeners this
 * saves a tenth of the whole cost.
 *
 * A packet goes out as it lies in the ring; only where its flags differ for one reader (history, a jump) a copy on the stack does.
 */
#include "fanout/audience.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

#define AHEAD_READER 2 /* so many turns before its own a reader is fetched; more, and it is driven out again */
#define AHEAD_SEND 1   /* and what it points to */

struct audience {
	struct ring *ring;
	struct reader **reader;
	uint32_t count, capacity;
	bool delivering; /* nobody joins or leaves meanwhile */
	uint64_t delivered, skipped;
};

struct audience *audience_new(struct ring *ring)
{
	struct audience *audience = check_alloc(calloc(1, sizeof *audience));
	audience->ring = ring;
	return audience;
}

void audience_free(struct audience *audience)
{
	if (audience == NULL)
		return;
	check(audience->count == 0);
	free(audience->reader);
	free(audience);
}

struct ring *audience_ring(struct audience *audience)
{
	return audience->ring;
}

uint32_t audience_count(const struct audience *audience)
{
	return audience->count;
}

uint64_t audience_delivered(const struct audience *audience)
{
	return audience->delivered;
}

uint64_t audience_skipped(const struct audience *audience)
{
	return audience->skipped;
}

/* One packet with flags of its own. */
static enum sent send_marked(struct reader *reader, const struct packet *packet, uint8_t flags)
{
	struct packet copy;
	memcpy(copy.bytes, packet->bytes, (size_t)PACKET_HEADROOM + packet->size);
	copy.bytes[PACKET_HEADROOM + 1] |= flags;
	return reader->ops->send(reader, packet_message(&copy), packet->size);
}

static enum sent send_as_it_is(struct reader *reader, struct packet *packet)
{
	const struct reader_ops *ops = reader->ops;
	return (ops->send_shared != NULL ? ops->send_shared : ops->send)(reader, packet_message(packet), packet->size);
}

static enum sent send_one(struct reader *reader, struct packet *packet)
{
	uint8_t flags = 0;
	if (reader->position < reader->live_from)
		flags |= WIRE_HISTORY;
	if (reader->jumped)
		flags |= WIRE_DISCONTINUITY;
	enum sent sent = flags != 0 ? send_marked(reader, packet, flags) : send_as_it_is(reader, packet);
	if (sent == SENT) {
		reader->position++;
		reader->jumped = false;
		reader->audience->delivered++;
	}
	return sent;
}

/* How much sound waits for it. */
static uint64_t lag_of(const struct reader *reader)
{
	const struct ring *ring = reader->audience->ring;
	uint64_t head = ring_head(ring);
	return head > reader->position ? (head - reader->position) * ring_frame_ms(ring) : 0;
}

/* Moves a reader that is too far behind to the live edge. */
static void skip_stale(struct reader *reader)
{
	struct ring *ring = reader->audience->ring;
	uint64_t head = ring_head(ring), lag_ms = lag_of(reader);
	if (lag_ms <= LAG_MAX_MS)
		return;
	reader->audience->skipped += head - 1 - reader->position;
	reader->position = head - 1;
	reader->jumped = true;
	reader->ops->skipped(reader, (uint32_t)(lag_ms - ring_frame_ms(ring)));
}

/* Sends from its position on until it is up to date or full. */
static void send_rest(struct reader *reader)
{
	struct packet *packet;
	while ((packet = ring_at(reader->audience->ring, reader->position)) != NULL) {
		if (send_one(reader, packet) != SENT) {
			reader->behind = true;
			return;
		}
	}
	reader->behind = false;
}

static void serve(struct reader *reader)
{
	skip_stale(reader);
	send_rest(reader);
}

static void give_up_stuck(struct reader *reader)
{
	if (reader->given_up || lag_of(reader) < STUCK_MS)
		return;
	reader->given_up = true;
	reader->ops->stuck(reader);
}

static void fetch_ahead(const struct audience *audience, uint32_t turn)
{
	if (turn + AHEAD_READER < audience->count)
		__builtin_prefetch(audience->reader[turn + AHEAD_READER]);
	if (turn + AHEAD_SEND < audience->count) {
		const struct reader *reader = audience->reader[turn + AHEAD_SEND];
		if (reader->ops->fetch != NULL)
			reader->ops->fetch(reader);
	}
}

void audience_deliver(struct audience *audience)
{
	check(!audience->delivering);
	audience->delivering = true;
	for (uint32_t i = 0; i < audience->count; i++) {
		struct reader *reader = audience->reader[i];
		fetch_ahead(audience, i);
		if (reader->behind)
			give_up_stuck(reader);
		else
			serve(reader);
	}
	audience->delivering = false;
}

void reader_writable(struct reader *reader)
{
	if (reader->audience != NULL && reader->behind && !reader->given_up)
		serve(reader);
}

static void enter(struct audience *audience, struct reader *reader, const struct reader_ops *ops)
{
	check(reader->audience == NULL && !audience->delivering);
	if (audience->count == audience->capacity) {
		audience->capacity = audience->capacity ? 2 * audience->capacity : 16;
		audience->reader = check_alloc(realloc(audience->reader, audience->capacity * sizeof *audience->reader));
	}
	*reader =
		(struct reader){.ops = ops, .audience = audience, .slot = audience->count, .live_from = ring_live(audience->ring)};
	audience->reader[audience->count++] = reader;
}

/* To the oldest packet that it gets: `history` of them before `live_from`, as far as they are held. */
static void step_back(struct reader *reader, unsigned history)
{
	const struct ring *ring = reader->audience->ring;
	uint64_t tail = ring_tail(ring), live = reader->live_from;
	unsigned most = (HISTORY_MAX_MS + ring_frame_ms(ring) - 1) / ring_frame_ms(ring);
	if (most > HISTORY_MAX)
		most = HISTORY_MAX;
	if (history > most)
		history = most;
	reader->position = live > tail + history ? live - history : tail;
}

void audience_join(struct audience *audience, struct reader *reader, const struct reader_ops *ops, unsigned history)
{
	enter(audience, reader, ops);
	step_back(reader, history);
	serve(reader);
}

void audience_join_at(struct audience *audience, struct reader *reader, const struct reader_ops *ops, uint32_t seq,
		      unsigned history)
{
	uint32_t live_seq;
	bool known = ring_live_seq(audience->ring, &live_seq);
	check(known);
	enter(audience, reader, ops);
	reader->live_from += (uint64_t)(int64_t)wire_seq_distance(seq, live_seq);
	step_back(reader, history);
	serve(reader);
}

/* Whether the packet at a position, there or still to come, is the one after `seq`. */
static bool follows(struct ring *ring, uint64_t position, uint32_t seq)
{
	uint32_t live_seq;
	const struct packet *first = ring_at(ring, position);
	if (first != NULL)
		return first->seq == seq + 1;
	return ring_live_seq(ring, &live_seq) && live_seq - (uint32_t)(ring_live(ring) - position) == seq + 1;
}

void audience_rejoin(struct audience *audience, struct reader *reader, const struct reader_ops *ops, uint32_t seq)
{
	enter(audience, reader, ops);
	reader->live_from = 0;
	reader->position = ring_after(audience->ring, seq);
	reader->jumped = !follows(audience->ring, reader->position, seq);
	send_rest(reader); /* all that is held, also what is older than LAG_MAX_MS: it was asked for */
}

void audience_replace(struct reader *from, struct reader *to, const struct reader_ops *ops)
{
	check(from->audience != NULL && to->audience == NULL && !from->audience->delivering);
	*to = *from;
	to->ops = ops;
	to->audience->reader[to->slot] = to;
	from->audience = NULL;
}

void audience_leave(struct reader *reader)
{
	struct audience *audience = reader->audience;
	if (audience == NULL)
		return;
	check(!audience->delivering);
	struct reader *last = audience->reader[--audience->count];
	audience->reader[reader->slot] = last;
	last->slot = reader->slot;
	reader->audience = NULL;
}
