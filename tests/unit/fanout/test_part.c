/* Delivery: who is up to date, who falls behind and gets everything, who is moved to the live edge, who is given up, and what flags
 * each of them sees. The readers are fakes that note every message and can be full. */
#include "fanout/part.h"

#include "fanout/audience.h"
#include "fanout/walk.h"
#include "unit/fanout/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FRAME_MS 20
#define NOTED_MAX 4096
#define RUN_PACKETS (RUN_BYTES / (2 + WIRE_DOWN_HEADER + 4)) /* of this test's size */

struct fake {
	struct reader reader; /* first */
	bool full;
	bool gone;
	unsigned takes; /* so many more sends before it is full; 0 no such bound */
	unsigned sends;
	struct wire_down got[NOTED_MAX];
	unsigned count;
	uint32_t skipped_ms;
	unsigned skips, stucks;
};

static void note(struct fake *fake, const uint8_t *bytes, size_t size)
{
	assert_true(fake->count < NOTED_MAX);
	assert_true(wire_get_down(bytes, size, &fake->got[fake->count]));
	assert_int_equal(size, WIRE_DOWN_HEADER + 4);
	uint32_t seq;
	memcpy(&seq, bytes + WIRE_DOWN_HEADER, 4);
	assert_int_equal(seq, fake->got[fake->count++].seq);
	assert_int_equal(bytes[-2], WIRE_FRAME_BINARY); /* the WebSocket's header is there */
	assert_int_equal(bytes[-1], size);
}

static enum sent may_send(struct fake *fake)
{
	if (fake->gone)
		return SENT_GONE;
	if (fake->full)
		return SENT_FULL;
	fake->sends++;
	if (fake->takes > 0 && --fake->takes == 0)
		fake->full = true;
	return SENT;
}

static enum sent fake_send_shared(struct reader *reader, const uint8_t *bytes, size_t size)
{
	struct fake *fake = (struct fake *)reader;
	enum sent may = may_send(fake);
	if (may == SENT)
		note(fake, bytes, size);
	return may;
}

static enum sent fake_send_run(struct reader *reader, const struct run *run)
{
	struct fake *fake = (struct fake *)reader;
	enum sent may = may_send(fake);
	const uint8_t *at = run->bytes, *message;
	unsigned before = fake->count;
	size_t size;
	while (may == SENT && (message = frames_next(&at, run->bytes + run->size, &size)) != NULL)
		note(fake, message, size);
	assert_int_equal(fake->count - before, may == SENT ? run->count : 0);
	return may;
}

static void fake_skipped(struct reader *reader, uint32_t skipped_ms)
{
	struct fake *fake = (struct fake *)reader;
	fake->skips++;
	fake->skipped_ms = skipped_ms;
}

static void fake_stuck(struct reader *reader)
{
	((struct fake *)reader)->stucks++;
}

static const struct reader_ops fake_ops = {
	.send_shared = fake_send_shared, .send_run = fake_send_run, .skipped = fake_skipped, .stuck = fake_stuck};

struct hall {
	struct ring *ring;
	struct audience *audience; /* says where somebody begins */
	struct walk *walk;
	struct part *part;
	uint32_t seq;
};

static void open_hall(struct hall *hall, unsigned frame_ms)
{
	hall->ring = ring_new(1, 1, frame_ms);
	hall->audience = audience_new(hall->ring);
	hall->walk = walk_new(&(struct walk_options){.loop = 1});
	hall->part = part_new(hall->ring, hall->walk);
	hall->seq = 1000;
}

static void close_hall(struct hall *hall)
{
	part_free(hall->part); /* asserts that everybody has left */
	walk_free(hall->walk);
	audience_free(hall->audience);
}

static int set_up(void **state)
{
	struct hall *hall = calloc(1, sizeof *hall);
	open_hall(hall, FRAME_MS);
	*state = hall;
	return 0;
}

static int tear_down(void **state)
{
	struct hall *hall = *state;
	close_hall(hall);
	free(hall);
	return 0;
}

static void put(struct hall *hall)
{
	ring_put(hall->ring, hall->seq, 0, LABEL_DIRECT, (const uint8_t *)&hall->seq, sizeof hall->seq, 0);
	hall->seq++;
}

static void join(struct hall *hall, struct fake *fake, unsigned history)
{
	struct spot spot = audience_now(hall->audience, history);
	part_enter(hall->part, &fake->reader, &fake_ops, &spot);
}

static void rejoin(struct hall *hall, struct fake *fake, uint32_t seq)
{
	struct spot spot = audience_after(hall->audience, seq);
	part_enter(hall->part, &fake->reader, &fake_ops, &spot);
}

static void beat(struct hall *hall)
{
	put(hall);
	part_deliver(hall->part, UINT32_MAX, NULL);
}

static void beats(struct hall *hall, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		beat(hall);
}

static void unfull(struct fake *fake)
{
	fake->full = false;
	reader_writable(&fake->reader);
}

/* Every number from `first` on, once, without a flag. */
static void got_all(const struct fake *fake, uint32_t first, unsigned count)
{
	assert_int_equal(fake->count, count);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(fake->got[i].seq, first + i);
		assert_int_equal(fake->got[i].flags, 0);
		assert_int_equal(fake->got[i].label, LABEL_DIRECT);
	}
}

static void everybody_gets_everything(void **state)
{
	struct hall *hall = *state;
	struct fake *fakes = calloc(40, sizeof *fakes); /* more than the list holds at first */
	beats(hall, 3);
	for (unsigned i = 0; i < 40; i++) {
		join(hall, &fakes[i], 0);
	}
	beats(hall, 500);
	for (unsigned i = 0; i < 40; i++) {
		got_all(&fakes[i], 1003, 500);
		part_leave(&fakes[i].reader);
	}
	assert_int_equal(part_delivered(hall->part), 40 * 500);
	assert_int_equal(part_skipped(hall->part), 0);
	free(fakes);
}

static void full_socket_loses_nothing(void **state)
{
	struct hall *hall = *state;
	struct fake *slow = calloc(2, sizeof *slow), *good = slow + 1;
	join(hall, slow, 0);
	join(hall, good, 0);
	beats(hall, 10);
	slow->full = true;
	beats(hall, RUN_PACKETS + 10);
	assert_int_equal(slow->count, 10);
	assert_int_equal(good->count, RUN_PACKETS + 20); /* nobody waits for anybody */
	slow->takes = 1;                                 /* takes some, and is full again */
	unfull(slow);
	assert_int_equal(slow->count, RUN_PACKETS + 10);
	beats(hall, 5);
	assert_int_equal(slow->count, RUN_PACKETS + 10); /* behind: only writable goes on */
	unfull(slow);
	beats(hall, 5);
	got_all(slow, 1000, RUN_PACKETS + 30);
	got_all(good, 1000, RUN_PACKETS + 30);
	assert_int_equal(slow->sends, 10 + 1 + 1 + 5);
	assert_int_equal(good->sends, good->count);
	assert_int_equal(slow->skips, 0);
	part_leave(&slow->reader);
	part_leave(&good->reader);
	free(slow);
}

static void too_far_behind_is_moved_on(void **state)
{
	struct hall *hall = *state;
	struct fake *slow = calloc(1, sizeof *slow);
	join(hall, slow, 0);
	beats(hall, 10);
	slow->full = true;
	beats(hall, LAG_MAX_MS / FRAME_MS); /* just as far as it may be */
	unfull(slow);
	got_all(slow, 1000, 10 + LAG_MAX_MS / FRAME_MS);
	slow->count = 0;
	slow->full = true;
	beats(hall, LAG_MAX_MS / FRAME_MS + 1);
	unfull(slow);
	assert_int_equal(slow->skips, 1);
	assert_int_equal(slow->skipped_ms, LAG_MAX_MS); /* all but the newest */
	assert_int_equal(part_skipped(hall->part), LAG_MAX_MS / FRAME_MS);
	assert_int_equal(slow->count, 1);
	assert_int_equal(slow->got[0].seq, hall->seq - 1);
	assert_int_equal(slow->got[0].flags, WIRE_DISCONTINUITY);
	beat(hall);
	assert_int_equal(slow->got[1].seq, hall->seq - 1);
	assert_int_equal(slow->got[1].flags, 0);
	part_leave(&slow->reader);
	free(slow);
}

/* Overtaken by the writer several times: still one move, never a packet of the past. */
static void long_behind_is_moved_on(void **state)
{
	struct hall *hall = *state;
	struct fake *slow = calloc(1, sizeof *slow);
	join(hall, slow, 0);
	slow->full = true;
	beats(hall, (STUCK_MS - 1000) / FRAME_MS);
	assert_int_equal(slow->stucks, 0);
	unfull(slow);
	assert_int_equal(slow->skips, 1);
	assert_int_equal(slow->skipped_ms, STUCK_MS - 1000 - FRAME_MS);
	assert_int_equal(slow->count, 1);
	assert_int_equal(slow->got[0].seq, hall->seq - 1);
	part_leave(&slow->reader);
	free(slow);
}

/* Moved on while its socket is full again at once: the flag is on the first packet that it gets, whenever that is. */
static void flag_waits_for_its_packet(void **state)
{
	struct hall *hall = *state;
	struct fake *slow = calloc(1, sizeof *slow);
	join(hall, slow, 0);
	slow->full = true;
	beats(hall, 150);
	reader_writable(&slow->reader); /* a transport that was wrong: still full */
	assert_int_equal(slow->skips, 1);
	assert_int_equal(slow->count, 0);
	beats(hall, 3);
	unfull(slow);
	assert_int_equal(slow->skips, 1);
	assert_int_equal(slow->count, 4);
	assert_int_equal(slow->got[0].flags, WIRE_DISCONTINUITY);
	assert_int_equal(slow->got[0].seq, hall->seq - 4);
	assert_int_equal(slow->got[1].flags, 0);
	part_leave(&slow->reader);
	free(slow);
}

static void stuck_is_given_up_once(void **state)
{
	struct hall *hall = *state;
	struct fake *slow = calloc(1, sizeof *slow);
	join(hall, slow, 0);
	slow->full = true;
	beats(hall, STUCK_MS / FRAME_MS - 1);
	assert_int_equal(slow->stucks, 0);
	beats(hall, 1);
	assert_int_equal(slow->stucks, 1);
	beats(hall, 1000);
	assert_int_equal(slow->stucks, 1);
	unfull(slow); /* too late: it is being closed */
	assert_int_equal(slow->count, 0);
	part_leave(&slow->reader);
	free(slow);
}

static void gone_socket_disturbs_nobody(void **state)
{
	struct hall *hall = *state;
	struct fake *gone = calloc(2, sizeof *gone), *good = gone + 1;
	join(hall, gone, 0);
	join(hall, good, 0);
	beats(hall, 5);
	gone->gone = true;
	beats(hall, 20);
	assert_int_equal(gone->count, 5);
	got_all(good, 1000, 25);
	part_leave(&gone->reader);
	beats(hall, 5);
	got_all(good, 1000, 30);
	part_leave(&good->reader);
	free(gone);
}

static void history_is_flagged(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(1, sizeof *fake);
	beats(hall, 20);
	join(hall, fake, 5);
	assert_int_equal(fake->count, 5); /* at once */
	beats(hall, 3);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(fake->got[i].seq, 1015 + i);
		assert_int_equal(fake->got[i].flags, i < 5 ? WIRE_HISTORY : 0);
	}
	part_leave(&fake->reader);
	for (unsigned i = 0; i < 20; i++) /* what is in the ring was not touched */
		assert_int_equal(packet_shared(ring_at(hall->ring, i))[1], LABEL_DIRECT << WIRE_LABEL_SHIFT);
	free(fake);
}

/* What came since its last turn comes in one piece, and the account knows how old each packet was. */
static void what_waits_is_one_send(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(2, sizeof *fake);
	struct part_slice slice;
	join(hall, &fake[0], 0);
	join(hall, &fake[1], 0);
	beats(hall, 30);
	for (unsigned i = 0; i < 3; i++)
		put(hall);
	assert_int_equal(part_deliver(hall->part, 1, &slice), 1);
	put(hall); /* in the middle of the round */
	for (unsigned i = 0; i < PART_AGES; i++)
		assert_int_equal(slice.packets[i], slice.first + i >= 30 && slice.first + i < 33);
	assert_int_equal(part_deliver(hall->part, 1, &slice), 1);
	for (unsigned i = 0; i < PART_AGES; i++)
		assert_int_equal(slice.packets[i], slice.first + i >= 30 && slice.first + i < 34);
	assert_int_equal(fake[0].sends, 31);
	assert_int_equal(fake[1].sends, 31);
	got_all(&fake[1], 1000, 34);
	assert_int_equal(part_deliver(hall->part, UINT32_MAX, &slice), 2); /* one of them has all already */
	assert_int_equal(slice.packets[33 - slice.first], 1);
	got_all(&fake[0], 1000, 34);
	assert_int_equal(part_delivered(hall->part), 68);
	for (unsigned i = 0; i < 2; i++)
		part_leave(&fake[i].reader);
	free(fake);
}

/* Older than what is told apart counts as the oldest. */
static void very_late_is_counted(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(1, sizeof *fake);
	struct part_slice slice;
	join(hall, fake, 0);
	for (unsigned i = 0; i < 50; i++)
		put(hall);
	part_deliver(hall->part, UINT32_MAX, &slice);
	unsigned sum = 0;
	for (unsigned i = 0; i < PART_AGES; i++)
		sum += slice.packets[i];
	assert_int_equal(sum, 50);
	assert_int_equal(slice.packets[0], 50 - (50 - slice.first - 1));
	assert_int_equal(fake->sends, 1);
	part_leave(&fake->reader);
	free(fake);
}

/* History and what is live in one piece, that the socket does not take the first time: the flags are the same the second time. */
static void run_that_is_not_taken(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(1, sizeof *fake);
	beats(hall, 20);
	fake->full = true;
	join(hall, fake, 5);
	beats(hall, 4);
	reader_writable(&fake->reader); /* still full */
	assert_int_equal(fake->count, 0);
	unfull(fake);
	assert_int_equal(fake->sends, 1);
	assert_int_equal(fake->count, 9);
	for (unsigned i = 0; i < 9; i++) {
		assert_int_equal(fake->got[i].seq, 1015 + i);
		assert_int_equal(fake->got[i].flags, i < 5 ? WIRE_HISTORY : 0);
	}
	part_leave(&fake->reader);
	free(fake);
}

/* Who wants to see each packet gets each by itself. */
static void one_by_one(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(1, sizeof *fake);
	struct reader_ops ops = fake_ops;
	ops.one_by_one = true;
	beats(hall, 20);
	struct spot spot = audience_now(hall->audience, 5);
	part_enter(hall->part, &fake->reader, &ops, &spot);
	for (unsigned i = 0; i < 3; i++)
		put(hall);
	beat(hall);
	assert_int_equal(fake->count, 9);
	assert_int_equal(fake->sends, 9);
	part_leave(&fake->reader);
	free(fake);
}

/* Packets of every size that there is, into runs and out again. */
static void runs_hold_what_fits(void **state)
{
	(void)state;
	static uint8_t payload[OPUS_PAYLOAD_MAX];
	struct ring *ring = ring_new(1, 1, FRAME_MS);
	for (size_t i = 0; i < sizeof payload; i++)
		payload[i] = (uint8_t)(i * 7);
	for (size_t size = 1; size <= OPUS_PAYLOAD_MAX; size++) {
		struct run run = {.count = 0};
		ring_put(ring, (uint32_t)size, 0, LABEL_DIRECT, payload, size, 0);
		const struct packet *packet = ring_at(ring, ring_head(ring) - 1);
		while (run_add(&run, packet, run.count == 0 ? WIRE_HISTORY : 0))
			assert_true(run.count < RUN_BYTES);
		size_t whole = WIRE_DOWN_HEADER + size, got;
		assert_int_equal(run.count, RUN_BYTES / (whole + wire_frame_header(whole)));
		assert_true(run_first(&run, &got) == run.bytes + wire_frame_header(whole));
		const uint8_t *at = run.bytes, *message;
		for (unsigned i = 0; i < run.count; i++) {
			struct wire_down header = {0};
			message = frames_next(&at, run.bytes + run.size, &got);
			assert_int_equal(got, whole);
			assert_true(wire_get_down(message, got, &header));
			assert_int_equal(header.flags & WIRE_HISTORY, i == 0 ? WIRE_HISTORY : 0);
			assert_memory_equal(message + WIRE_DOWN_HEADER, payload, size);
		}
		assert_true(at == run.bytes + run.size);
	}
	ring_free(ring);
}

static void history_has_bounds(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(2, sizeof *fake);
	beats(hall, 3);
	join(hall, &fake[0], 8); /* more than there is */
	assert_int_equal(fake[0].count, 3);
	beats(hall, 50);
	join(hall, &fake[1], 1000);
	assert_int_equal(fake[1].count, HISTORY_MAX);
	part_leave(&fake[0].reader);
	part_leave(&fake[1].reader);
	free(fake);
}

static void history_of_long_packets(void **state)
{
	(void)state;
	struct hall hall;
	struct fake *fake = calloc(1, sizeof *fake);
	open_hall(&hall, LONG_PACKET_MS);
	beats(&hall, 20);
	join(&hall, fake, HISTORY_MAX);
	assert_int_equal(fake->count, 3); /* HISTORY_MAX_MS, and what it takes to be whole */
	part_leave(&fake->reader);
	close_hall(&hall);
	free(fake);
}

/* Packets that were promised are on their way when somebody joins: they are the history, and who wants none gets none of them. */
static void promised_packets_are_history(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(3, sizeof *fake);
	ring_promise(hall->ring, 1000, 6);
	join(hall, &fake[0], 4);
	join(hall, &fake[1], 0);
	beats(hall, 2);
	join(hall, &fake[2], 4); /* while some are there */
	beats(hall, 10);
	for (unsigned f = 0; f < 3; f++) {
		unsigned history = f == 1 ? 0 : 4;
		assert_int_equal(fake[f].count, history + 6);
		for (unsigned i = 0; i < fake[f].count; i++) {
			assert_int_equal(fake[f].got[i].seq, 1006 - history + i);
			assert_int_equal(fake[f].got[i].flags, i < history ? WIRE_HISTORY : 0);
		}
		assert_int_equal(fake[f].skips + fake[f].stucks, 0);
		part_leave(&fake[f].reader);
	}
	free(fake);
}

/* After a restart that was so quick that the promised packets begin right after what was heard last. */
static void rejoin_at_what_is_promised(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(2, sizeof *fake);
	ring_promise(hall->ring, 1000, 2);
	rejoin(hall, &fake[0], 999);
	rejoin(hall, &fake[1], 900);
	beats(hall, 5);
	got_all(&fake[0], 1000, 5);
	assert_int_equal(fake[1].count, 5);
	assert_int_equal(fake[1].got[0].flags, WIRE_DISCONTINUITY);
	part_leave(&fake[0].reader);
	part_leave(&fake[1].reader);
	free(fake);
}

/* At a number that is there, or still to come: history before it, and nothing that is older. */
static void joins_at_a_number(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(1, sizeof *fake);
	beats(hall, 200);
	for (int ahead = -20; ahead <= 150; ahead += 17) {
		uint32_t at = hall->seq + (uint32_t)ahead;
		fake->count = 0;
		struct spot spot = audience_at(hall->audience, at, 3);
		part_enter(hall->part, &fake->reader, &fake_ops, &spot);
		beats(hall, 160);
		assert_int_equal(fake->count, 160 - ahead + 3);
		for (unsigned i = 0; i < fake->count; i++) {
			assert_int_equal(fake->got[i].seq, at - 3 + i);
			assert_int_equal(fake->got[i].flags, i < 3 ? WIRE_HISTORY : 0);
		}
		assert_int_equal(fake->skips + fake->stucks, 0);
		part_leave(&fake->reader);
	}
	free(fake);
}

static void another_takes_its_place(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(3, sizeof *fake);
	for (unsigned i = 0; i < 2; i++)
		join(hall, &fake[i], 0);
	fake[0].takes = 5;
	beats(hall, 10); /* it is behind by five */
	part_replace(&fake[0].reader, &fake[2].reader, &fake_ops);
	assert_null(fake[0].reader.part);
	reader_writable(&fake[2].reader);
	beats(hall, 5);
	got_all(&fake[0], 1000, 5);
	got_all(&fake[1], 1000, 15);
	got_all(&fake[2], 1005, 10);
	part_leave(&fake[0].reader); /* it is in none */
	part_leave(&fake[1].reader);
	part_leave(&fake[2].reader);
	free(fake);
}

/* A full socket at joining: history stays history when it goes out late. */
static void late_history_is_history(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(1, sizeof *fake);
	beats(hall, 20);
	fake->full = true;
	join(hall, fake, 4);
	beats(hall, 2);
	unfull(fake);
	assert_int_equal(fake->count, 6);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(fake->got[i].flags, i < 4 ? WIRE_HISTORY : 0);
	part_leave(&fake->reader);
	free(fake);
}

static void rejoin_misses_nothing(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(1, sizeof *fake);
	beats(hall, 150);
	rejoin(hall, fake, 1000 + 20 - 1); /* 2.6 s ago */
	assert_int_equal(fake->count, 130);
	beats(hall, 10);
	got_all(fake, 1020, 140);
	assert_int_equal(fake->skips, 0);
	part_leave(&fake->reader);
	free(fake);
}

static void rejoin_after_more_than_is_held(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(1, sizeof *fake);
	beats(hall, 1000);
	rejoin(hall, fake, 1100);
	assert_int_equal(fake->count, RING_MS / FRAME_MS);
	assert_int_equal(fake->got[0].seq, hall->seq - RING_MS / FRAME_MS);
	assert_int_equal(fake->got[0].flags, WIRE_DISCONTINUITY); /* it jumps, and is no history */
	assert_int_equal(fake->got[1].flags, 0);
	part_leave(&fake->reader);
	free(fake);
}

static void rejoin_when_nothing_is_new(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(2, sizeof *fake);
	beats(hall, 100);
	rejoin(hall, &fake[0], 1099);
	rejoin(hall, &fake[1], 99999); /* it makes things up */
	beats(hall, 2);
	got_all(&fake[0], 1100, 2);
	assert_int_equal(fake[1].got[0].seq, 1100);
	assert_int_equal(fake[1].got[0].flags, WIRE_DISCONTINUITY); /* not what comes after what it says it has */
	assert_int_equal(fake[1].got[1].flags, 0);
	part_leave(&fake[0].reader);
	part_leave(&fake[1].reader);
	free(fake);
}

/* Joining and leaving in every order: the others never notice. */
static void leaving_in_any_order(void **state)
{
	struct hall *hall = *state;
	enum { COUNT = 12 };
	struct fake *fakes = calloc(COUNT, sizeof *fakes);
	uint32_t joined_at[COUNT] = {0};
	uint32_t random = 1;
	for (unsigned round = 0; round < 3000; round++) {
		random = random * 1664525 + 1013904223;
		struct fake *fake = &fakes[(random >> 16) % COUNT];
		unsigned at = (unsigned)(fake - fakes);
		if (fake->reader.part != NULL) {
			got_all(fake, joined_at[at], hall->seq - joined_at[at]);
			part_leave(&fake->reader);
			part_leave(&fake->reader); /* twice is fine */
			fake->count = 0;
		} else {
			joined_at[at] = hall->seq;
			join(hall, fake, 0);
		}
		beat(hall);
	}
	for (unsigned i = 0; i < COUNT; i++)
		part_leave(&fakes[i].reader);
	free(fakes);
}

/* In slices, while people come and go between them: everybody has a turn in every round, nobody two. */
static void slices_pass_nobody_over(void **state)
{
	struct hall *hall = *state;
	enum { COUNT = 40 };
	struct fake *fakes = calloc(COUNT, sizeof *fakes);
	uint32_t joined_at[COUNT] = {0}, random = 7;
	for (unsigned i = 0; i < COUNT / 2; i++) {
		join(hall, &fakes[i], 0);
		joined_at[i] = hall->seq;
	}
	for (unsigned round = 0; round < 1000; round++) {
		put(hall);
		for (unsigned slices = 0; part_due(hall->part); slices++) {
			assert_true(slices < 100);
			assert_true(part_deliver(hall->part, 1 + random % 7, NULL) <= 1 + random % 7);
			random = random * 1664525 + 1013904223;
			unsigned at = (random >> 16) % COUNT;
			if ((random >> 8) % 3 != 0)
				continue;
			if (fakes[at].reader.part != NULL) {
				part_leave(&fakes[at].reader);
				fakes[at].count = 0;
			} else {
				joined_at[at] = hall->seq;
				join(hall, &fakes[at], 0);
			}
		}
		for (unsigned i = 0; i < COUNT; i++) {
			if (fakes[i].reader.part != NULL)
				got_all(&fakes[i], joined_at[i], hall->seq - joined_at[i]);
		}
	}
	for (unsigned i = 0; i < COUNT; i++)
		part_leave(&fakes[i].reader);
	free(fakes);
}

/* What comes while a round is under way is sent to those who have their turn, and to the others in the next round. */
static void a_packet_in_the_middle_of_a_round(void **state)
{
	struct hall *hall = *state;
	struct fake *fakes = calloc(3, sizeof *fakes);
	for (unsigned i = 0; i < 3; i++)
		join(hall, &fakes[i], 0);
	put(hall);
	assert_int_equal(part_deliver(hall->part, 1, NULL), 1);
	put(hall);
	assert_int_equal(part_deliver(hall->part, 1, NULL), 1);
	assert_int_equal(fakes[0].count, 1);
	assert_int_equal(fakes[1].count, 2);
	assert_int_equal(part_deliver(hall->part, 10, NULL), 1);
	assert_true(part_due(hall->part));
	assert_int_equal(part_deliver(hall->part, 10, NULL), 3);
	assert_false(part_due(hall->part));
	for (unsigned i = 0; i < 3; i++) {
		got_all(&fakes[i], 1000, 2);
		part_leave(&fakes[i].reader);
	}
	free(fakes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(everybody_gets_everything),   TEST(full_socket_loses_nothing),
		TEST(too_far_behind_is_moved_on),  TEST(long_behind_is_moved_on),
		TEST(flag_waits_for_its_packet),   TEST(stuck_is_given_up_once),
		TEST(gone_socket_disturbs_nobody), TEST(history_is_flagged),
		TEST(what_waits_is_one_send),      TEST(very_late_is_counted),
		TEST(run_that_is_not_taken),       TEST(one_by_one),
		TEST(runs_hold_what_fits),         TEST(history_has_bounds),
		TEST(history_of_long_packets),     TEST(promised_packets_are_history),
		TEST(rejoin_at_what_is_promised),  TEST(joins_at_a_number),
		TEST(another_takes_its_place),     TEST(late_history_is_history),
		TEST(rejoin_misses_nothing),       TEST(rejoin_after_more_than_is_held),
		TEST(rejoin_when_nothing_is_new),  TEST(leaving_in_any_order),
		TEST(slices_pass_nobody_over),     TEST(a_packet_in_the_middle_of_a_round),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
