/* Delivery: who is up to date, who falls behind and gets everything, who is moved to the live edge, who is given up, and what flags
 * each of them sees. The readers are fakes that note every message and can be full. */
#include "fanout/audience.h"
#include "fanout/listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FRAME_MS 20
#define NOTED_MAX 4096

struct fake {
	struct reader reader; /* first */
	bool full;
	bool gone;
	unsigned takes; /* so many more before it is full; 0 no such bound */
	struct wire_down got[NOTED_MAX];
	unsigned count;
	uint32_t skipped_ms;
	unsigned skips, stucks;
	bool scribble; /* overwrites the headroom, as a transport does */
};

static enum sent fake_send(struct reader *reader, uint8_t *bytes, size_t size)
{
	struct fake *fake = (struct fake *)reader;
	if (fake->gone)
		return SENT_GONE;
	if (fake->full)
		return SENT_FULL;
	assert_true(fake->count < NOTED_MAX);
	assert_true(wire_get_down(bytes, size, &fake->got[fake->count]));
	assert_int_equal(size, WIRE_DOWN_HEADER + 4);
	uint32_t seq;
	memcpy(&seq, bytes + WIRE_DOWN_HEADER, 4);
	assert_int_equal(seq, fake->got[fake->count++].seq);
	if (fake->scribble)
		memset(bytes - PACKET_HEADROOM, 0xee, PACKET_HEADROOM);
	if (fake->takes > 0 && --fake->takes == 0)
		fake->full = true;
	return SENT;
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

static const struct reader_ops fake_ops = {.send = fake_send, .skipped = fake_skipped, .stuck = fake_stuck};

struct hall {
	struct ring *ring;
	struct audience *audience;
	uint32_t seq;
};

static int set_up(void **state)
{
	struct hall *hall = calloc(1, sizeof *hall);
	hall->ring = ring_new(1, 1, FRAME_MS);
	hall->audience = audience_new(hall->ring);
	hall->seq = 1000;
	*state = hall;
	return 0;
}

static int tear_down(void **state)
{
	struct hall *hall = *state;
	audience_free(hall->audience); /* asserts that everybody has left */
	ring_free(hall->ring);
	free(hall);
	return 0;
}

static void beat(struct hall *hall)
{
	ring_put(hall->ring, hall->seq, 0, LABEL_DIRECT, (const uint8_t *)&hall->seq, sizeof hall->seq);
	hall->seq++;
	audience_deliver(hall->audience);
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
		fakes[i].scribble = true;
		audience_join(hall->audience, &fakes[i].reader, &fake_ops, 0);
	}
	assert_int_equal(audience_count(hall->audience), 40);
	beats(hall, 500);
	for (unsigned i = 0; i < 40; i++) {
		got_all(&fakes[i], 1003, 500);
		audience_leave(&fakes[i].reader);
	}
	assert_int_equal(audience_delivered(hall->audience), 40 * 500);
	assert_int_equal(audience_skipped(hall->audience), 0);
	free(fakes);
}

static void full_socket_loses_nothing(void **state)
{
	struct hall *hall = *state;
	struct fake *slow = calloc(2, sizeof *slow), *good = slow + 1;
	audience_join(hall->audience, &slow->reader, &fake_ops, 0);
	audience_join(hall->audience, &good->reader, &fake_ops, 0);
	beats(hall, 10);
	slow->full = true;
	beats(hall, 50); /* 1 s */
	assert_int_equal(slow->count, 10);
	assert_int_equal(good->count, 60); /* nobody waits for anybody */
	slow->takes = 20;                  /* takes some, and is full again */
	unfull(slow);
	assert_int_equal(slow->count, 30);
	beats(hall, 5);
	assert_int_equal(slow->count, 30); /* behind: only writable goes on */
	unfull(slow);
	beats(hall, 5);
	got_all(slow, 1000, 70);
	got_all(good, 1000, 70);
	assert_int_equal(slow->skips, 0);
	audience_leave(&slow->reader);
	audience_leave(&good->reader);
	free(slow);
}

static void too_far_behind_is_moved_on(void **state)
{
	struct hall *hall = *state;
	struct fake *slow = calloc(1, sizeof *slow);
	audience_join(hall->audience, &slow->reader, &fake_ops, 0);
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
	assert_int_equal(audience_skipped(hall->audience), LAG_MAX_MS / FRAME_MS);
	assert_int_equal(slow->count, 1);
	assert_int_equal(slow->got[0].seq, hall->seq - 1);
	assert_int_equal(slow->got[0].flags, WIRE_DISCONTINUITY);
	beat(hall);
	assert_int_equal(slow->got[1].seq, hall->seq - 1);
	assert_int_equal(slow->got[1].flags, 0);
	audience_leave(&slow->reader);
	free(slow);
}

/* Overtaken by the writer several times: still one move, never a packet of the past. */
static void long_behind_is_moved_on(void **state)
{
	struct hall *hall = *state;
	struct fake *slow = calloc(1, sizeof *slow);
	audience_join(hall->audience, &slow->reader, &fake_ops, 0);
	slow->full = true;
	beats(hall, (STUCK_MS - 1000) / FRAME_MS);
	assert_int_equal(slow->stucks, 0);
	unfull(slow);
	assert_int_equal(slow->skips, 1);
	assert_int_equal(slow->skipped_ms, STUCK_MS - 1000 - FRAME_MS);
	assert_int_equal(slow->count, 1);
	assert_int_equal(slow->got[0].seq, hall->seq - 1);
	audience_leave(&slow->reader);
	free(slow);
}

/* Moved on while its socket is full again at once: the flag is on the first packet that it gets, whenever that is. */
static void flag_waits_for_its_packet(void **state)
{
	struct hall *hall = *state;
	struct fake *slow = calloc(1, sizeof *slow);
	audience_join(hall->audience, &slow->reader, &fake_ops, 0);
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
	audience_leave(&slow->reader);
	free(slow);
}

static void stuck_is_given_up_once(void **state)
{
	struct hall *hall = *state;
	struct fake *slow = calloc(1, sizeof *slow);
	audience_join(hall->audience, &slow->reader, &fake_ops, 0);
	slow->full = true;
	beats(hall, STUCK_MS / FRAME_MS - 1);
	assert_int_equal(slow->stucks, 0);
	beats(hall, 1);
	assert_int_equal(slow->stucks, 1);
	beats(hall, 1000);
	assert_int_equal(slow->stucks, 1);
	unfull(slow); /* too late: it is being closed */
	assert_int_equal(slow->count, 0);
	audience_leave(&slow->reader);
	free(slow);
}

static void gone_socket_disturbs_nobody(void **state)
{
	struct hall *hall = *state;
	struct fake *gone = calloc(2, sizeof *gone), *good = gone + 1;
	audience_join(hall->audience, &gone->reader, &fake_ops, 0);
	audience_join(hall->audience, &good->reader, &fake_ops, 0);
	beats(hall, 5);
	gone->gone = true;
	beats(hall, 20);
	assert_int_equal(gone->count, 5);
	got_all(good, 1000, 25);
	audience_leave(&gone->reader);
	beats(hall, 5);
	got_all(good, 1000, 30);
	audience_leave(&good->reader);
	free(gone);
}

static void history_is_flagged(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(1, sizeof *fake);
	beats(hall, 20);
	audience_join(hall->audience, &fake->reader, &fake_ops, 5);
	assert_int_equal(fake->count, 5); /* at once */
	beats(hall, 3);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(fake->got[i].seq, 1015 + i);
		assert_int_equal(fake->got[i].flags, i < 5 ? WIRE_HISTORY : 0);
	}
	audience_leave(&fake->reader);
	for (unsigned i = 0; i < 20; i++) /* what is in the ring was not touched */
		assert_int_equal(packet_message(ring_at(hall->ring, i))[1], LABEL_DIRECT << WIRE_LABEL_SHIFT);
	free(fake);
}

static void history_has_bounds(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(2, sizeof *fake);
	beats(hall, 3);
	audience_join(hall->audience, &fake[0].reader, &fake_ops, 8); /* more than there is */
	assert_int_equal(fake[0].count, 3);
	beats(hall, 50);
	audience_join(hall->audience, &fake[1].reader, &fake_ops, 1000);
	assert_int_equal(fake[1].count, HISTORY_MAX);
	audience_leave(&fake[0].reader);
	audience_leave(&fake[1].reader);
	free(fake);
}

static void history_of_long_packets(void **state)
{
	(void)state;
	struct hall hall = {.ring = ring_new(1, 1, LONG_PACKET_MS), .seq = 1000};
	struct fake *fake = calloc(1, sizeof *fake);
	hall.audience = audience_new(hall.ring);
	beats(&hall, 20);
	audience_join(hall.audience, &fake->reader, &fake_ops, HISTORY_MAX);
	assert_int_equal(fake->count, 3); /* HISTORY_MAX_MS, and what it takes to be whole */
	audience_leave(&fake->reader);
	audience_free(hall.audience);
	ring_free(hall.ring);
	free(fake);
}

/* Packets that were promised are on their way when somebody joins: they are the history, and who wants none gets none of them. */
static void promised_packets_are_history(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(3, sizeof *fake);
	ring_promise(hall->ring, 1000, 6);
	audience_join(hall->audience, &fake[0].reader, &fake_ops, 4);
	audience_join(hall->audience, &fake[1].reader, &fake_ops, 0);
	beats(hall, 2);
	audience_join(hall->audience, &fake[2].reader, &fake_ops, 4); /* while some are there */
	beats(hall, 10);
	for (unsigned f = 0; f < 3; f++) {
		unsigned history = f == 1 ? 0 : 4;
		assert_int_equal(fake[f].count, history + 6);
		for (unsigned i = 0; i < fake[f].count; i++) {
			assert_int_equal(fake[f].got[i].seq, 1006 - history + i);
			assert_int_equal(fake[f].got[i].flags, i < history ? WIRE_HISTORY : 0);
		}
		assert_int_equal(fake[f].skips + fake[f].stucks, 0);
		audience_leave(&fake[f].reader);
	}
	free(fake);
}

/* After a restart that was so quick that the promised packets begin right after what was heard last. */
static void rejoin_at_what_is_promised(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(2, sizeof *fake);
	ring_promise(hall->ring, 1000, 2);
	audience_rejoin(hall->audience, &fake[0].reader, &fake_ops, 999);
	audience_rejoin(hall->audience, &fake[1].reader, &fake_ops, 900);
	beats(hall, 5);
	got_all(&fake[0], 1000, 5);
	assert_int_equal(fake[1].count, 5);
	assert_int_equal(fake[1].got[0].flags, WIRE_DISCONTINUITY);
	audience_leave(&fake[0].reader);
	audience_leave(&fake[1].reader);
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
		audience_join_at(hall->audience, &fake->reader, &fake_ops, at, 3);
		beats(hall, 160);
		assert_int_equal(fake->count, 160 - ahead + 3);
		for (unsigned i = 0; i < fake->count; i++) {
			assert_int_equal(fake->got[i].seq, at - 3 + i);
			assert_int_equal(fake->got[i].flags, i < 3 ? WIRE_HISTORY : 0);
		}
		assert_int_equal(fake->skips + fake->stucks, 0);
		audience_leave(&fake->reader);
	}
	free(fake);
}

static void another_takes_its_place(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(3, sizeof *fake);
	for (unsigned i = 0; i < 2; i++)
		audience_join(hall->audience, &fake[i].reader, &fake_ops, 0);
	fake[0].takes = 5;
	beats(hall, 10); /* it is behind by five */
	audience_replace(&fake[0].reader, &fake[2].reader, &fake_ops);
	assert_int_equal(audience_count(hall->audience), 2);
	assert_null(fake[0].reader.audience);
	reader_writable(&fake[2].reader);
	beats(hall, 5);
	got_all(&fake[0], 1000, 5);
	got_all(&fake[1], 1000, 15);
	got_all(&fake[2], 1005, 10);
	audience_leave(&fake[0].reader); /* it is in none */
	audience_leave(&fake[1].reader);
	audience_leave(&fake[2].reader);
	free(fake);
}

/* A full socket at joining: history stays history when it goes out late. */
static void late_history_is_history(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(1, sizeof *fake);
	beats(hall, 20);
	fake->full = true;
	audience_join(hall->audience, &fake->reader, &fake_ops, 4);
	beats(hall, 2);
	unfull(fake);
	assert_int_equal(fake->count, 6);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(fake->got[i].flags, i < 4 ? WIRE_HISTORY : 0);
	audience_leave(&fake->reader);
	free(fake);
}

static void rejoin_misses_nothing(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(1, sizeof *fake);
	beats(hall, 150);
	audience_rejoin(hall->audience, &fake->reader, &fake_ops, 1000 + 20 - 1); /* 2.6 s ago */
	assert_int_equal(fake->count, 130);
	beats(hall, 10);
	got_all(fake, 1020, 140);
	assert_int_equal(fake->skips, 0);
	audience_leave(&fake->reader);
	free(fake);
}

static void rejoin_after_more_than_is_held(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(1, sizeof *fake);
	beats(hall, 1000);
	audience_rejoin(hall->audience, &fake->reader, &fake_ops, 1100);
	assert_int_equal(fake->count, RING_MS / FRAME_MS);
	assert_int_equal(fake->got[0].seq, hall->seq - RING_MS / FRAME_MS);
	assert_int_equal(fake->got[0].flags, WIRE_DISCONTINUITY); /* it jumps, and is no history */
	assert_int_equal(fake->got[1].flags, 0);
	audience_leave(&fake->reader);
	free(fake);
}

static void rejoin_when_nothing_is_new(void **state)
{
	struct hall *hall = *state;
	struct fake *fake = calloc(2, sizeof *fake);
	beats(hall, 100);
	audience_rejoin(hall->audience, &fake[0].reader, &fake_ops, 1099);
	audience_rejoin(hall->audience, &fake[1].reader, &fake_ops, 99999); /* it makes things up */
	beats(hall, 2);
	got_all(&fake[0], 1100, 2);
	assert_int_equal(fake[1].got[0].seq, 1100);
	assert_int_equal(fake[1].got[0].flags, WIRE_DISCONTINUITY); /* not what comes after what it says it has */
	assert_int_equal(fake[1].got[1].flags, 0);
	audience_leave(&fake[0].reader);
	audience_leave(&fake[1].reader);
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
		if (fake->reader.audience != NULL) {
			got_all(fake, joined_at[at], hall->seq - joined_at[at]);
			audience_leave(&fake->reader);
			audience_leave(&fake->reader); /* twice is fine */
			fake->count = 0;
		} else {
			joined_at[at] = hall->seq;
			audience_join(hall->audience, &fake->reader, &fake_ops, 0);
		}
		beat(hall);
	}
	for (unsigned i = 0; i < COUNT; i++)
		audience_leave(&fakes[i].reader);
	assert_int_equal(audience_count(hall->audience), 0);
	free(fakes);
}

/* ---- the WebSocket as a reader ---- */

struct socket {
	struct conn conn; /* first */
	unsigned sent, closed;
	enum close_code code;
	uint32_t skipped_ms;
	enum sent answer;
	struct listener listener;
};

static enum sent socket_binary(struct conn *conn, uint8_t *bytes, size_t size)
{
	struct socket *socket = (struct socket *)conn;
	(void)bytes;
	(void)size;
	socket->sent += socket->answer == SENT;
	return socket->answer;
}

static void socket_close(struct conn *conn, enum close_code code, const char *reason)
{
	struct socket *socket = (struct socket *)conn;
	assert_string_equal(reason, "too_slow");
	socket->closed++;
	socket->code = code;
}

static void socket_skipped(struct listener *listener, uint32_t skipped_ms)
{
	((struct socket *)listener->conn)->skipped_ms = skipped_ms;
}

static void listener_is_a_reader(void **state)
{
	struct hall *hall = *state;
	static const struct conn_ops ops = {.send_binary = socket_binary, .send_shared = socket_binary, .close = socket_close};
	struct socket socket = {.conn.ops = &ops, .listener.skipped = socket_skipped};
	socket.listener.conn = &socket.conn;
	audience_join(hall->audience, &socket.listener.reader, &listener_ops, 0);
	beats(hall, 3);
	assert_int_equal(socket.sent, 3);
	socket.answer = SENT_FULL;
	beats(hall, 200);
	socket.answer = SENT;
	reader_writable(&socket.listener.reader);
	assert_int_equal(socket.skipped_ms, 199 * FRAME_MS);
	socket.answer = SENT_FULL;
	beats(hall, STUCK_MS / FRAME_MS);
	assert_int_equal(socket.closed, 1);
	assert_int_equal(socket.code, CLOSE_TOO_SLOW);
	audience_leave(&socket.listener.reader);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(everybody_gets_everything),   TEST(full_socket_loses_nothing), TEST(too_far_behind_is_moved_on),
		TEST(long_behind_is_moved_on),     TEST(flag_waits_for_its_packet), TEST(stuck_is_given_up_once),
		TEST(gone_socket_disturbs_nobody), TEST(history_is_flagged),        TEST(history_has_bounds),
		TEST(history_of_long_packets),
		TEST(promised_packets_are_history),
		TEST(rejoin_at_what_is_promised),
		TEST(joins_at_a_number),
		TEST(another_takes_its_place),
		TEST(late_history_is_history),     TEST(rejoin_misses_nothing),     TEST(rejoin_after_more_than_is_held),
		TEST(rejoin_when_nothing_is_new),  TEST(leaving_in_any_order),      TEST(listener_is_a_reader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
