/* Packets that many get, through a real gateway: gathered or not, each WebSocket has its frames whole, once and in order, whatever
 * else is said to it during a delivery, and whatever becomes of its socket. Everything runs on both paths, plain and with TLS. */
#include "unit/gateway/rig.h"

#define MANY 300
#define PACKET_BYTES 100

static struct rig *open_rig(enum delivery delivery)
{
	struct rig *rig = check_alloc(malloc(sizeof *rig));
	rig_open_with(rig, (struct gateway_options){.delivery = delivery});
	return rig;
}

static struct rig *open_secure_rig(enum delivery delivery)
{
	char folder[] = "/tmp/boothcast-delivery-XXXXXX", command[512], certificate[64], key[64];
	struct rig *rig = check_alloc(malloc(sizeof *rig));
	assert_non_null(mkdtemp(folder));
	snprintf(certificate, sizeof certificate, "%s/cert.pem", folder);
	snprintf(key, sizeof key, "%s/key.pem", folder);
	snprintf(command, sizeof command,
		 "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost -keyout %s -out %s "
		 "2>/dev/null",
		 key, certificate);
	assert_int_equal(system(command), 0);
	rig_open_with(rig, (struct gateway_options){.delivery = delivery, .certificate = certificate, .key = key});
	rig->tls = SSL_CTX_new(TLS_client_method());
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
	return rig;
}

static int batched(void **state)
{
	*state = open_rig(DELIVERY_AUTO);
	return 0;
}

static int direct(void **state)
{
	*state = open_rig(DELIVERY_DIRECT);
	return 0;
}

static int secure_batched(void **state)
{
	*state = open_secure_rig(DELIVERY_AUTO);
	return 0;
}

static int secure_direct(void **state)
{
	*state = open_secure_rig(DELIVERY_DIRECT);
	return 0;
}

static int tear_down(void **state)
{
	rig_close(*state);
	free(*state);
	return 0;
}

/* A packet as it lies in a ring: the number of it in its first bytes. */
struct lying {
	uint8_t bytes[PACKET_HEADROOM + 4096];
	size_t size;
};

static void lay(struct lying *packet, uint32_t number, size_t size)
{
	memset(packet->bytes, 0xaa, PACKET_HEADROOM);
	for (size_t i = 0; i < size; i++)
		packet->bytes[PACKET_HEADROOM + i] = (uint8_t)(number + i);
	memcpy(packet->bytes + PACKET_HEADROOM, &number, 4);
	wire_put_frame(packet->bytes + PACKET_HEADROOM, size);
	packet->size = size;
}

static enum sent give(struct conn *conn, struct lying *packet)
{
	return conn->ops->send_shared(conn, packet->bytes + PACKET_HEADROOM, packet->size);
}

static void assert_packet(const struct rig_message *message, uint32_t number, size_t size)
{
	assert_int_equal(message->first, FIN | OP_BINARY);
	assert_int_equal(message->size, size);
	assert_memory_equal(message->bytes, &number, 4);
	for (size_t i = 4; i < size; i++)
		assert_int_equal(message->bytes[i], (uint8_t)(number + i));
}

static void next_is(struct rig *rig, int fd, uint32_t number, size_t size)
{
	struct rig_message *message = check_alloc(malloc(sizeof *message));
	rig_next(rig, fd, message);
	assert_packet(message, number, size);
	free(message);
}

static void test_many_get_the_same(void **state)
{
	static const size_t sizes[] = {4, 125, 126, 1276, 4096};
	struct rig *rig = *state;
	struct conn *conn[MANY];
	struct lying *packet = check_alloc(malloc(sizeof *packet));
	int fd[MANY];
	for (int i = 0; i < MANY; i++) {
		fd[i] = rig_ws(rig);
		conn[i] = rig->conn;
	}
	for (uint32_t number = 0; number < 5; number++) {
		lay(packet, number, sizes[number]);
		gateway_batch_begin(rig->gateway);
		for (int i = 0; i < MANY; i++)
			assert_int_equal(give(conn[i], packet), SENT);
		gateway_batch_end(rig->gateway);
		lay(packet, 999, 4096); /* theirs is sent: it may change */
		for (int i = 0; i < MANY; i++)
			next_is(rig, fd[i], number, sizes[number]);
	}
	for (int i = 0; i < MANY; i++)
		close(fd[i]);
	rig_until(rig, rig->closed == MANY);
	free(packet);
}

/* Several streams to one socket in one delivery, with texts and a packet of its own between them. */
static void test_order_within_a_delivery(void **state)
{
	struct rig *rig = *state;
	struct rig_message *message = check_alloc(malloc(sizeof *message));
	struct lying *packet = check_alloc(calloc(4, sizeof *packet));
	int fd = rig_ws(rig);
	for (uint32_t i = 0; i < 4; i++)
		lay(&packet[i], i, PACKET_BYTES);
	gateway_batch_begin(rig->gateway);
	assert_int_equal(give(rig->conn, &packet[0]), SENT);
	assert_int_equal(give(rig->conn, &packet[1]), SENT);
	rig->conn->ops->send_text(rig->conn, "between", 7);
	assert_int_equal(give(rig->conn, &packet[2]), SENT);
	assert_int_equal(rig->conn->ops->send_binary(rig->conn, packet[3].bytes + PACKET_HEADROOM, PACKET_BYTES), SENT);
	assert_int_equal(give(rig->conn, &packet[0]), SENT);
	rig->conn->ops->close(rig->conn, CLOSE_NORMAL, "enough");
	assert_int_equal(give(rig->conn, &packet[1]), SENT_GONE);
	gateway_batch_end(rig->gateway);
	next_is(rig, fd, 0, PACKET_BYTES);
	next_is(rig, fd, 1, PACKET_BYTES);
	rig_next(rig, fd, message);
	assert_text(message, "between");
	next_is(rig, fd, 2, PACKET_BYTES);
	next_is(rig, fd, 3, PACKET_BYTES);
	next_is(rig, fd, 0, PACKET_BYTES);
	rig_next(rig, fd, message);
	assert_close(message, CLOSE_NORMAL);
	close(fd);
	free(packet);
	free(message);
}

/* A slow reader among fast ones: it is cut short somewhere in a frame, hears FULL from then on, and gets every byte of what it was
 * given before; the others notice nothing. */
static void test_slow_among_fast(void **state)
{
	enum { FAST = 3, SIZE = 1276 };
	struct rig *rig = *state;
	struct conn *conn[FAST + 1];
	int fd[FAST + 1], small = 4096;
	static struct lying ring[256];
	for (int i = 0; i <= FAST; i++) {
		fd[i] = rig_ws(rig);
		conn[i] = rig->conn;
	}
	struct conn *slow = conn[1];
	setsockopt(fd[1], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	uint32_t sent = 0, beat = 0;
	bool full = false;
	for (; !full; beat++) {
		assert_true(beat < 10000);
		struct lying *packet = &ring[beat % 256];
		lay(packet, beat, SIZE);
		gateway_batch_begin(rig->gateway);
		for (int i = 0; i <= FAST; i++) {
			enum sent got = give(conn[i], packet);
			if (conn[i] == slow)
				full = got == SENT_FULL;
			else
				assert_int_equal(got, SENT);
			sent += conn[i] == slow && got == SENT;
		}
		gateway_batch_end(rig->gateway);
		for (int i = 0; i <= FAST; i++) {
			if (conn[i] != slow)
				next_is(rig, fd[i], beat, SIZE);
		}
	}
	assert_true(rig_metric(rig, "boothcast_delivery_partial_total") > 0);
	slow->ops->send_text(slow, "waits", 5); /* behind the rest */
	gateway_batch_begin(rig->gateway);
	assert_int_equal(give(slow, &ring[0]), SENT_FULL);
	gateway_batch_end(rig->gateway);
	assert_int_equal(rig->writable, 0);
	for (uint32_t i = 0; i < sent; i++)
		next_is(rig, fd[1], i, SIZE);
	struct rig_message *message = check_alloc(malloc(sizeof *message));
	rig_next(rig, fd[1], message);
	assert_text(message, "waits");
	free(message);
	rig_until(rig, rig->writable == 1);
	lay(&ring[0], 77, SIZE);
	gateway_batch_begin(rig->gateway);
	assert_int_equal(give(slow, &ring[0]), SENT); /* back in the batch */
	gateway_batch_end(rig->gateway);
	next_is(rig, fd[1], 77, SIZE);
	for (int i = 0; i <= FAST; i++)
		close(fd[i]);
	rig_until(rig, rig->closed == FAST + 1);
}

static void test_reset_within_a_delivery(void **state)
{
	struct rig *rig = *state;
	struct linger reset = {1, 0};
	struct conn *conn[3];
	struct lying packet;
	int fd[3];
	for (int i = 0; i < 3; i++) {
		fd[i] = rig_ws(rig);
		conn[i] = rig->conn;
	}
	lay(&packet, 5, PACKET_BYTES);
	setsockopt(fd[1], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	gateway_batch_begin(rig->gateway);
	give(conn[0], &packet);
	give(conn[1], &packet); /* gathered, and then its peer is gone */
	close(fd[1]);
	give(conn[2], &packet);
	gateway_batch_end(rig->gateway);
	gateway_batch_begin(rig->gateway);
	give(conn[1], &packet);
	gateway_batch_end(rig->gateway);
	gateway_batch_begin(rig->gateway);
	assert_int_equal(give(conn[1], &packet), SENT_GONE);
	gateway_batch_end(rig->gateway);
	assert_int_equal(rig->closed, 0); /* never from inside an operation */
	rig_until(rig, rig->closed == 1);
	next_is(rig, fd[0], 5, PACKET_BYTES);
	next_is(rig, fd[2], 5, PACKET_BYTES);
	close(fd[0]);
	close(fd[2]);
	rig_until(rig, rig->closed == 3);
}

/* The library answers a ping by itself; its answer and our packets keep their frames. */
static void test_pings_between(void **state)
{
	struct rig *rig = *state;
	struct rig_message *message = check_alloc(malloc(sizeof *message));
	struct lying packet;
	int fd = rig_ws(rig);
	unsigned pongs = 0, packets = 0;
	lay(&packet, 1, PACKET_BYTES);
	for (int i = 0; i < 50; i++) {
		rig_frame(rig, fd, FIN | OP_PING, "ping", 4);
		gateway_batch_begin(rig->gateway);
		assert_int_equal(give(rig->conn, &packet), SENT);
		gateway_batch_end(rig->gateway);
		do {
			rig_next(rig, fd, message);
			pongs += message->first == (FIN | OP_PONG);
			packets += message->first == (FIN | OP_BINARY);
		} while (message->first == (FIN | OP_PONG) && packets < (unsigned)i + 1);
		assert_packet(message, 1, PACKET_BYTES);
	}
	assert_int_equal(packets, 50);
	while (pongs < 50) {
		rig_next(rig, fd, message);
		assert_int_equal(message->first, FIN | OP_PONG);
		pongs++;
	}
	close(fd);
	free(message);
}

/* The peer asks for new keys: the answer goes out before the next packet, sealed with it. */
static void test_new_keys_within_a_stream(void **state)
{
	struct rig *rig = *state;
	struct lying packet;
	int fd = rig_ws(rig);
	for (uint32_t i = 0; i < 10; i++) {
		if (i % 2 == 0) {
			assert_int_equal(SSL_key_update(rig->ssl[fd], SSL_KEY_UPDATE_REQUESTED), 1);
			rig_frame(rig, fd, FIN | OP_TEXT, "new keys", 8);
			rig_until(rig, rig->texts.size == (i / 2 + 1) * 10);
		}
		lay(&packet, i, 4096);
		gateway_batch_begin(rig->gateway);
		assert_int_equal(give(rig->conn, &packet), SENT);
		gateway_batch_end(rig->gateway);
		next_is(rig, fd, i, 4096);
	}
	close(fd);
}

#define ALL(name)                                                                                                     \
	{#name ", in batches", name, batched, tear_down, NULL}, {#name ", direct", name, direct, tear_down, NULL},    \
		{#name ", TLS in batches", name, secure_batched, tear_down, NULL},                                    \
		{#name ", TLS direct", name, secure_direct, tear_down, NULL}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALL(test_many_get_the_same),       ALL(test_order_within_a_delivery), ALL(test_slow_among_fast),
		ALL(test_reset_within_a_delivery), ALL(test_pings_between),
		cmocka_unit_test_setup_teardown(test_new_keys_within_a_stream, secure_batched, tear_down),
	};
	signal(SIGPIPE, SIG_IGN); /* TLS writes a goodbye to sockets that are gone */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
