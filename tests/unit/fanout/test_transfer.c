/* A transfer between a ring of 20 ms and one of 60 ms, on a socket that takes everything, nothing, or goes away. */
#include "fanout/transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define SHORT 1
#define LONG 2
#define FIRST_BEAT 3000
#define NOTED_MAX 2000

/* A socket that notes what came, in order. */
struct socket {
	struct conn conn; /* first */
	bool full;
	struct wire_down got[NOTED_MAX];
	unsigned count;
};

struct rig {
	struct ring *ring[3];
	struct audience *audience[3];
	struct socket socket;
	struct listener listener;
	struct transfer transfer;
	uint32_t beat, skipped_ms;
	bool closed;
};

static enum sent take(struct conn *conn, uint8_t *bytes, size_t size)
{
	struct socket *socket = (struct socket *)conn;
	if (socket->full)
		return SENT_FULL;
	assert_true(socket->count < NOTED_MAX);
	assert_true(wire_get_down(bytes, size, &socket->got[socket->count++]));
	return SENT;
}

static void close_conn(struct conn *conn, enum close_code code, const char *reason)
{
	(void)reason;
	assert_int_equal(code, CLOSE_TOO_SLOW);
	((struct rig *)conn->user)->closed = true;
}

static void skipped(struct listener *listener, uint32_t skipped_ms)
{
	((struct rig *)listener->conn->user)->skipped_ms += skipped_ms;
}

static int set_up(void **state)
{
	static const struct conn_ops ops = {.send_binary = take, .send_shared = take, .close = close_conn};
	struct rig *rig = calloc(1, sizeof *rig);
	rig->ring[SHORT] = ring_new(SHORT, 1, 20);
	rig->ring[LONG] = ring_new(LONG, 1, LONG_PACKET_MS);
	rig->audience[SHORT] = audience_new(rig->ring[SHORT]);
	rig->audience[LONG] = audience_new(rig->ring[LONG]);
	rig->socket.conn = (struct conn){.ops = &ops, .user = rig};
	rig->listener.conn = &rig->socket.conn;
	rig->listener.skipped = skipped;
	rig->beat = FIRST_BEAT;
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;
	transfer_end(&rig->transfer);
	audience_leave(&rig->listener.reader);
	for (unsigned i = SHORT; i <= LONG; i++) {
		audience_free(rig->audience[i]);
		ring_free(rig->ring[i]);
	}
	free(rig);
	return 0;
}

static void put(struct rig *rig, unsigned which, uint32_t seq)
{
	ring_put(rig->ring[which], seq, 0, LABEL_DIRECT, (const uint8_t *)"opus", 4);
	audience_deliver(rig->audience[which]);
}

static void beats(struct rig *rig, unsigned count)
{
	while (count-- > 0) {
		put(rig, SHORT, rig->beat);
		if (++rig->beat % 3 == 0)
			put(rig, LONG, rig->beat / 3 - 1);
	}
}

/* Each beat from `first` until now once, history aside. */
static void assert_every_beat_once(const struct rig *rig, uint32_t first)
{
	unsigned times[NOTED_MAX * 3] = {0};
	for (unsigned i = 0; i < rig->socket.count; i++) {
		const struct wire_down *got = &rig->socket.got[i];
		unsigned count = got->stream == LONG ? 3 : 1;
		for (unsigned k = 0; k < count && (got->flags & WIRE_HISTORY) == 0; k++)
			times[got->seq * count + k - first]++;
	}
	for (uint32_t beat = first; beat < rig->beat / 3 * 3; beat++)
		assert_int_equal(times[beat - first], 1);
}

/* From and to packets of every length, at every distance. */
static void at_the_moment(void **state)
{
	struct rig *rig = *state;
	unsigned now = SHORT;
	beats(rig, 31);
	audience_join(rig->audience[SHORT], &rig->listener.reader, &listener_ops, 0);
	uint32_t first = rig->beat;
	for (uint32_t ahead = 0; ahead < 40; ahead++) {
		uint32_t moment = (rig->beat + ahead) / 3 * 3 + 3;
		unsigned next = now == SHORT ? LONG : SHORT;
		unsigned before = rig->socket.count;
		transfer_begin(&rig->transfer, &rig->listener, rig->audience[next], now == SHORT ? moment : moment / 3,
			       next == SHORT ? moment : moment / 3);
		beats(rig, moment - rig->beat);
		assert_int_equal(audience_count(rig->audience[now]), 1); /* until it has seen the end */
		beats(rig, 4);
		assert_true(transfer_over(&rig->transfer));
		transfer_end(&rig->transfer);
		assert_int_equal(audience_count(rig->audience[now]), 0);
		unsigned history = 0;
		for (unsigned i = before; i < rig->socket.count; i++) {
			const struct wire_down *got = &rig->socket.got[i];
			history += got->stream == next && (got->flags & WIRE_HISTORY) != 0;
			assert_int_equal(got->flags & WIRE_DISCONTINUITY, 0);
		}
		assert_int_equal(history, next == LONG ? 3 : HISTORY_MAX);
		now = next;
		beats(rig, ahead % 5);
	}
	assert_every_beat_once(rig, first);
}

/* The socket is full all through it: the old stream comes first, then the new one. */
static void on_a_full_socket(void **state)
{
	struct rig *rig = *state;
	beats(rig, 30);
	audience_join(rig->audience[SHORT], &rig->listener.reader, &listener_ops, 0);
	uint32_t first = rig->beat;
	beats(rig, 6);
	transfer_begin(&rig->transfer, &rig->listener, rig->audience[LONG], rig->beat + 30, (rig->beat + 30) / 3);
	beats(rig, 5);
	rig->socket.full = true;
	beats(rig, 55);
	assert_false(transfer_over(&rig->transfer));
	rig->socket.full = false;
	transfer_writable(&rig->transfer);
	reader_writable(&rig->listener.reader);
	assert_true(transfer_over(&rig->transfer));
	assert_every_beat_once(rig, first);
	bool old = true;
	for (unsigned i = 0; i < rig->socket.count; i++) {
		assert_true(old || rig->socket.got[i].stream == LONG);
		old = rig->socket.got[i].stream == SHORT || (old && (rig->socket.got[i].flags & WIRE_HISTORY) != 0);
	}
	assert_int_equal(rig->skipped_ms, 0);
}

/* And so long that there is nothing left of the old stream: the listener is told what it missed, and goes on with the new one. */
static void on_a_socket_that_is_stuck(void **state)
{
	struct rig *rig = *state;
	beats(rig, 30);
	audience_join(rig->audience[SHORT], &rig->listener.reader, &listener_ops, 0);
	beats(rig, 3);
	rig->socket.full = true;
	transfer_begin(&rig->transfer, &rig->listener, rig->audience[LONG], rig->beat + 30, (rig->beat + 30) / 3);
	beats(rig, 300);
	rig->socket.full = false;
	transfer_writable(&rig->transfer);
	reader_writable(&rig->listener.reader);
	assert_true(transfer_over(&rig->transfer));
	assert_true(rig->skipped_ms > LAG_MAX_MS);
	assert_int_equal(rig->socket.got[rig->socket.count - 1].stream, LONG);
	assert_int_equal(rig->socket.got[rig->socket.count - 1].seq, rig->beat / 3 - 1);
	assert_false(rig->closed);
	rig->socket.full = true;
	beats(rig, STUCK_MS / 20 + 10);
	assert_true(rig->closed);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {TEST(at_the_moment), TEST(on_a_full_socket), TEST(on_a_socket_that_is_stuck)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
