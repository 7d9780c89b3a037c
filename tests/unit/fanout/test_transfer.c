/* A transfer between a ring of 20 ms and one of 60 ms, on a socket that takes everything, nothing, or goes away. */
#include "fanout/listener.h"

#include "unit/fanout/ears.h"
#include "unit/fanout/frames.h"

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
	struct here here;
	struct outlet outlet;
	struct listener *listener;
	uint32_t beat, skipped_ms;
	uint32_t hole, hole_end; /* beats that the clock jumped over */
	bool closed;
};

static enum sent take_shared(struct conn *conn, const uint8_t *bytes, size_t size)
{
	struct socket *socket = (struct socket *)conn;
	if (socket->full)
		return SENT_FULL;
	assert_true(socket->count < NOTED_MAX);
	assert_true(wire_get_down(bytes, size, &socket->got[socket->count++]));
	return SENT;
}

static enum sent take_run(struct conn *conn, const uint8_t *frames, size_t size, unsigned count)
{
	const uint8_t *at = frames, *message;
	size_t message_size;
	if (((struct socket *)conn)->full)
		return SENT_FULL;
	for (; (message = frames_next(&at, frames + size, &message_size)) != NULL; count--)
		assert_int_equal(take_shared(conn, message, message_size), SENT);
	assert_int_equal(count, 0);
	return SENT;
}

static void close_conn(struct conn *conn, enum close_code code, const char *reason)
{
	(void)reason;
	assert_int_equal(code, CLOSE_TOO_SLOW);
	((struct rig *)conn->user)->closed = true;
}

static void skipped(void *user, uint32_t skipped_ms)
{
	((struct rig *)user)->skipped_ms += skipped_ms;
}

static int set_up(void **state)
{
	static const struct conn_ops ops = {.send_shared = take_shared, .send_run = take_run, .close = close_conn};
	struct rig *rig = calloc(1, sizeof *rig);
	rig->ring[SHORT] = ring_new(SHORT, 1, 20);
	rig->ring[LONG] = ring_new(LONG, 1, LONG_PACKET_MS);
	rig->audience[SHORT] = audience_new(rig->ring[SHORT]);
	rig->audience[LONG] = audience_new(rig->ring[LONG]);
	here_open(&rig->here);
	rig->outlet = (struct outlet){.walk = rig->here.walk, .conn = &rig->socket.conn};
	rig->socket.conn = (struct conn){.ops = &ops, .user = rig, .outlet = &rig->outlet};
	rig->beat = FIRST_BEAT;
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;
	if (rig->listener != NULL)
		listener_leave(rig->listener);
	for (unsigned i = SHORT; i <= LONG; i++)
		audience_free(rig->audience[i]);
	here_close(&rig->here);
	free(rig);
	return 0;
}

static void put(struct rig *rig, unsigned which, uint32_t seq)
{
	ring_put(rig->ring[which], seq, 0, LABEL_DIRECT, (const uint8_t *)"opus", 4, 0);
	here_deliver(&rig->here);
}

static void begin(struct rig *rig)
{
	struct audience *audience = rig->audience[SHORT];
	rig->listener = listener_join(&rig->socket.conn, audience, audience_now(audience, 0), skipped, rig);
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
		assert_int_equal(times[beat - first], beat >= rig->hole && beat < rig->hole_end ? 0 : 1);
}

/* From and to packets of every length, at every distance. */
static void at_the_moment(void **state)
{
	struct rig *rig = *state;
	unsigned now = SHORT;
	beats(rig, 31);
	begin(rig);
	uint32_t first = rig->beat;
	for (uint32_t ahead = 0; ahead < 40; ahead++) {
		uint32_t moment = (rig->beat + ahead) / 3 * 3 + 3;
		unsigned next = now == SHORT ? LONG : SHORT;
		unsigned before = rig->socket.count;
		listener_move(rig->listener, rig->audience[next], now == SHORT ? moment : moment / 3,
			      next == SHORT ? moment : moment / 3);
		beats(rig, moment - rig->beat);
		assert_int_equal(audience_count(rig->audience[now]), 1); /* until it has seen the end */
		beats(rig, 4);
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

static void jump(struct rig *rig, unsigned beats)
{
	rig->hole = rig->beat;
	rig->beat = rig->hole_end = rig->beat + beats;
}

/* The clock jumps between the notice and the moment: what was said of the moment is true all the same. */
static void over_a_jump(void **state)
{
	for (uint32_t ahead = 6; ahead < 60; ahead += 3) {
		struct rig *rig = *state;
		beats(rig, 30);
		begin(rig);
		uint32_t first = rig->beat, moment = rig->beat + 48;
		rig->socket.count = 0;
		listener_move(rig->listener, rig->audience[LONG], moment, moment / 3);
		beats(rig, 3);
		jump(rig, ahead);
		beats(rig, 63);
		for (unsigned i = 0; i < rig->socket.count; i++) {
			const struct wire_down *got = &rig->socket.got[i];
			bool early = got->stream == LONG && got->seq < moment / 3;
			assert_int_equal((got->flags & WIRE_HISTORY) != 0, early);
			assert_true(got->stream == LONG || got->seq < moment);
			assert_true(!early || got->seq + 3 >= moment / 3);
		}
		assert_every_beat_once(rig, first);
		assert_int_equal(audience_count(rig->audience[SHORT]), 0);
		listener_leave(rig->listener);
		rig->listener = NULL;
	}
}

/* The socket is full all through it: the old stream comes first, then the new one. */
static void on_a_full_socket(void **state)
{
	struct rig *rig = *state;
	beats(rig, 30);
	begin(rig);
	uint32_t first = rig->beat;
	beats(rig, 6);
	listener_move(rig->listener, rig->audience[LONG], rig->beat + 30, (rig->beat + 30) / 3);
	beats(rig, 5);
	rig->socket.full = true;
	beats(rig, 55);
	assert_int_equal(audience_count(rig->audience[SHORT]), 1);
	rig->socket.full = false;
	outlet_writable(&rig->outlet);
	assert_int_equal(audience_count(rig->audience[SHORT]), 0); /* it is over */
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
	begin(rig);
	beats(rig, 3);
	rig->socket.full = true;
	listener_move(rig->listener, rig->audience[LONG], rig->beat + 30, (rig->beat + 30) / 3);
	beats(rig, 300);
	rig->socket.full = false;
	outlet_writable(&rig->outlet);
	assert_int_equal(audience_count(rig->audience[SHORT]), 0); /* it is over */
	assert_true(rig->skipped_ms > LAG_MAX_MS);
	assert_int_equal(rig->socket.got[rig->socket.count - 1].stream, LONG);
	assert_int_equal(rig->socket.got[rig->socket.count - 1].seq, rig->beat / 3 - 1);
	assert_false(rig->closed);
	rig->socket.full = true;
	beats(rig, STUCK_MS / 20 + 10);
	assert_true(rig->closed);
}

/* Another one before the first is over: that is cut short, and each audience counts right. */
static void one_cuts_the_other_short(void **state)
{
	struct rig *rig = *state;
	beats(rig, 30);
	begin(rig);
	listener_move(rig->listener, rig->audience[LONG], rig->beat + 30, (rig->beat + 30) / 3);
	beats(rig, 6);
	assert_int_equal(audience_count(rig->audience[SHORT]), 1);
	listener_move(rig->listener, rig->audience[SHORT], (rig->beat + 30) / 3, rig->beat + 30);
	assert_int_equal(audience_count(rig->audience[SHORT]), 1); /* the one that it goes to */
	assert_int_equal(audience_count(rig->audience[LONG]), 1);
	beats(rig, 40);
	assert_int_equal(audience_count(rig->audience[LONG]), 0);
	listener_move(rig->listener, rig->audience[LONG], rig->beat + 30, (rig->beat + 30) / 3);
	listener_leave(rig->listener); /* in the middle of it */
	rig->listener = NULL;
	assert_int_equal(audience_count(rig->audience[SHORT]) + audience_count(rig->audience[LONG]), 0);
}

/* The socket goes first: nothing is sent to it any more, and what the hub says later is harmless. */
static void the_socket_goes_first(void **state)
{
	struct rig *rig = *state;
	beats(rig, 30);
	begin(rig);
	listener_move(rig->listener, rig->audience[LONG], rig->beat + 30, (rig->beat + 30) / 3);
	beats(rig, 5);
	outlet_closed(&rig->outlet);
	unsigned count = rig->socket.count;
	beats(rig, 5);
	listener_move(rig->listener, rig->audience[SHORT], (rig->beat + 30) / 3, rig->beat + 30);
	beats(rig, 50);
	assert_int_equal(rig->socket.count, count);
	listener_leave(rig->listener);
	rig->listener = NULL;
	assert_int_equal(audience_count(rig->audience[SHORT]) + audience_count(rig->audience[LONG]), 0);
	assert_null(rig->outlet.first);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {TEST(at_the_moment),
					   TEST(over_a_jump),
					   TEST(on_a_full_socket),
					   TEST(on_a_socket_that_is_stuck),
					   TEST(one_cuts_the_other_short),
					   TEST(the_socket_goes_first)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
