/* Packets that many get, through a real gateway: gathered or not, each WebSocket has its frames whole, once and in order, whatever
 * else is said to it during a delivery, and whatever becomes of its socket. Everything runs in every way that packets can go. */
#include "unit/gateway/rig.h"

#include "gateway/kernel_tls.h"

#define MANY 300
#define PACKET_BYTES 100

/* How packets go to sockets, and who seals them. */
struct way {
	const char *name;
	enum delivery delivery;
	bool secure;
	enum sealing sealing;
	int version;        /* of TLS, at most; 0: the newest */
	const char *cipher; /* of TLS 1.3, NULL: as the server likes it */
};

static const struct way ways[] = {
	{.name = "in batches", .delivery = DELIVERY_AUTO},
	{.name = "direct", .delivery = DELIVERY_DIRECT},
	{.name = "TLS in batches", .delivery = DELIVERY_AUTO, .secure = true, .sealing = SEALING_SERVER},
	{.name = "TLS direct", .delivery = DELIVERY_DIRECT, .secure = true, .sealing = SEALING_SERVER},
	{.name = "TLS with AES-256", .secure = true, .sealing = SEALING_SERVER, .cipher = "TLS_AES_256_GCM_SHA384"},
	{.name = "TLS with ChaCha20", .secure = true, .sealing = SEALING_SERVER, .cipher = "TLS_CHACHA20_POLY1305_SHA256"},
	{.name = "TLS 1.2", .secure = true, .sealing = SEALING_SERVER, .version = TLS1_2_VERSION},
	{.name = "TLS by the kernel", .secure = true, .sealing = SEALING_KERNEL},
	{.name = "TLS by the kernel, direct", .delivery = DELIVERY_DIRECT, .secure = true, .sealing = SEALING_KERNEL},
	{.name = "TLS by the kernel with AES-256", .secure = true, .sealing = SEALING_KERNEL, .cipher = "TLS_AES_256_GCM_SHA384"},
	{.name = "TLS by the kernel with ChaCha20",
	 .secure = true,
	 .sealing = SEALING_KERNEL,
	 .cipher = "TLS_CHACHA20_POLY1305_SHA256"},
};

#define WAYS (sizeof ways / sizeof *ways)

/* The way of the test that runs now. */
struct stand {
	struct rig rig; /* first: the tests know it alone */
	const struct way *way;
};

static const struct way *way_of(const struct rig *rig)
{
	return ((const struct stand *)rig)->way;
}

static void open_secure(struct rig *rig, const struct way *way)
{
	char folder[] = "/tmp/boothcast-delivery-XXXXXX", command[64], certificate[64], key[64];
	assert_non_null(mkdtemp(folder));
	rig_make_certificate(folder, certificate, key);
	rig_open_with(rig, (struct gateway_options){
				   .delivery = way->delivery, .sealing = way->sealing, .certificate = certificate, .key = key});
	rig->tls = SSL_CTX_new(TLS_client_method());
	if (way->cipher != NULL)
		assert_int_equal(SSL_CTX_set_ciphersuites(rig->tls, way->cipher), 1);
	SSL_CTX_set_max_proto_version(rig->tls, way->version);
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
	const struct way *way = *state;
	struct stand *stand = check_alloc(calloc(1, sizeof *stand));
	*state = stand;
	stand->way = way;
	if (way->secure)
		open_secure(&stand->rig, way);
	else
		rig_open_with(&stand->rig, (struct gateway_options){.delivery = way->delivery});
	return 0;
}

static int tear_down(void **state)
{
	struct stand *stand = *state;
	rig_close(&stand->rig);
	free(stand);
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
	wire_put_frame(packet->bytes + PACKET_HEADROOM, size, WIRE_FRAME_BINARY);
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
	assert_int_equal(rig_give(rig->conn, packet[3].bytes + PACKET_HEADROOM, PACKET_BYTES), SENT);
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
	if (way_of(rig)->version != TLS1_2_VERSION) /* which OpenSSL writes by itself */
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

/* `count` packets in one piece, numbered from `number` on, which is gone when it was taken or not. */
static enum sent give_run(struct conn *conn, uint32_t number, unsigned count, size_t size)
{
	struct lying packet;
	uint8_t frames[CONN_RUN_MAX];
	size_t used = 0, header = wire_frame_header(size);
	for (unsigned i = 0; i < count; i++, used += header + size) {
		lay(&packet, number + i, size);
		assert_true(used + header + size <= sizeof frames);
		memcpy(frames + used, packet.bytes + PACKET_HEADROOM - header, header + size);
	}
	enum sent sent = conn->ops->send_run(conn, frames, used, count);
	memset(frames, 0xee, sizeof frames);
	return sent;
}

/* Those who have more to get than one packet, among those who have not, within a delivery and without one. */
static void test_runs_among_packets(void **state)
{
	struct rig *rig = *state;
	struct conn *conn[MANY];
	struct lying packet;
	int fd[MANY];
	for (int i = 0; i < MANY; i++) {
		fd[i] = rig_ws(rig);
		conn[i] = rig->conn;
	}
	double before = rig_metric(rig, "boothcast_delivery_packets_total");
	lay(&packet, 0, PACKET_BYTES);
	gateway_batch_begin(rig->gateway);
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(give(conn[i], &packet), SENT);
		assert_int_equal(give_run(conn[i], 1, 1 + i % 8, PACKET_BYTES), SENT);
	}
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(give_run(conn[i], 2 + i % 8, 2, 500), SENT);
	gateway_batch_end(rig->gateway);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(give_run(conn[i], 1000, 1, 1276), SENT);
	unsigned packets = 0;
	for (unsigned i = 0; i < MANY; i++) {
		uint32_t number = 0;
		while (number < 2 + i % 8)
			next_is(rig, fd[i], number++, PACKET_BYTES);
		next_is(rig, fd[i], number++, 500);
		next_is(rig, fd[i], number++, 500);
		next_is(rig, fd[i], 1000, 1276);
		packets += number + 1;
		close(fd[i]);
	}
	assert_true(rig_metric(rig, "boothcast_delivery_packets_total") - before == packets);
	rig_until(rig, rig->closed == MANY);
}

/* A run that is cut short somewhere, also between two of its packets: all of what was taken comes, and nothing of what was not. */
static void test_runs_to_a_slow_reader(void **state)
{
	enum { SIZE = 600, COUNT = 3 };
	struct rig *rig = *state;
	int fd = rig_ws(rig), small = 4096;
	uint32_t sent = 0;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	for (unsigned round = 0; round < 3; round++) {
		enum sent got;
		uint32_t first = sent;
		do {
			gateway_batch_begin(rig->gateway);
			got = give_run(rig->conn, sent, COUNT, SIZE - round);
			gateway_batch_end(rig->gateway);
			sent += got == SENT ? COUNT : 0;
			assert_true(sent < 50000);
		} while (got == SENT);
		assert_int_equal(got, SENT_FULL);
		for (uint32_t number = first; number < sent; number++)
			next_is(rig, fd, number, SIZE - round);
		rig_until(rig, rig->writable == round + 1);
	}
	close(fd);
	rig_until(rig, rig->closed == 1);
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

/* The library wants to write when the socket is full already: the answers to pings go behind the packet that was cut short, each
 * once, and what follows stands on its own. */
static void test_pings_to_a_full_socket(void **state)
{
	enum { SIZE = 4096, PINGS = 3 };
	struct rig *rig = *state;
	struct rig_message *message = check_alloc(malloc(sizeof *message));
	static struct lying packet;
	int fd = rig_ws(rig), small = 32768;
	uint32_t sent = 0, pongs = 0;
	enum sent got;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	do {
		lay(&packet, sent, SIZE);
		gateway_batch_begin(rig->gateway);
		got = give(rig->conn, &packet);
		gateway_batch_end(rig->gateway);
		sent += got == SENT;
		assert_true(sent < 10000);
	} while (got == SENT);
	for (int i = 0; i < PINGS; i++) {
		rig_frame(rig, fd, FIN | OP_PING, "ping", 4);
		rig_settle(rig);
	}
	for (uint32_t number = 0; number < sent;) {
		rig_next(rig, fd, message);
		if (message->first == (FIN | OP_PONG))
			pongs++;
		else
			assert_packet(message, number++, SIZE);
	}
	rig_until(rig, rig->writable == 1);
	gateway_batch_begin(rig->gateway);
	assert_int_equal(give(rig->conn, &packet), SENT);
	gateway_batch_end(rig->gateway);
	for (rig_next(rig, fd, message); message->first == (FIN | OP_PONG); rig_next(rig, fd, message))
		pongs++;
	assert_packet(message, sent, SIZE);
	assert_in_range(pongs, 1, PINGS); /* the library answers the newest when it cannot answer each */
	close(fd);
	free(message);
}

/* Longer than a record, and than any socket: as it was, to the last byte, though nobody reads at first. */
static void test_long_answer(void **state)
{
	struct rig *rig = *state;
	int fd = rig_connect(rig), small = 65536;
	char piece[4096];
	size_t size = 0, letters = 0;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	rig_say(rig, fd, "GET /api/big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	rig_settle(rig);
	for (size_t n; (n = rig_receive(rig, fd, piece, sizeof piece)) > 0; size += n) {
		for (size_t i = 0; i < n; i++)
			letters += piece[i] == 'b';
	}
	assert_in_range(letters, HTTP_ANSWER_MAX, HTTP_ANSWER_MAX + 20); /* some stand in the head */
	assert_in_range(size, HTTP_ANSWER_MAX, HTTP_ANSWER_MAX + 2048);
	close(fd);
}

/* The records are made by whom they should be. */
static void test_who_seals(void **state)
{
	struct rig *rig = *state;
	const struct way *way = way_of(rig);
	bool by_openssl = way->version == TLS1_2_VERSION;
	close(rig_ws(rig));
	rig_until(rig, rig->closed == 1);
	int fd = rig_ws(rig);
	assert_true(rig_metric(rig, "boothcast_tls_connections{by=\"openssl\"}") == by_openssl);
	assert_true(rig_metric(rig, "boothcast_tls_connections{by=\"server\"}") == (!by_openssl && way->sealing == SEALING_SERVER));
	assert_true(rig_metric(rig, "boothcast_tls_connections{by=\"kernel\"}") == (way->sealing == SEALING_KERNEL));
	close(fd);
	rig_until(rig, rig->closed == 2);
}

/* What a client reads of TLS itself. */
static void count_new_keys(int sent, int version, int type, const void *bytes, size_t size, SSL *ssl, void *count)
{
	(void)version;
	(void)ssl;
	if (!sent && type == SSL3_RT_HANDSHAKE && size > 0 && *(const uint8_t *)bytes == SSL3_MT_KEY_UPDATE)
		++*(unsigned *)count;
}

/* The peer asks for new keys: the answer goes out before the next packet, sealed with them. */
static void test_new_keys_within_a_stream(void **state)
{
	struct rig *rig = *state;
	struct lying packet;
	unsigned answers = 0;
	int fd = rig_ws(rig);
	SSL_set_msg_callback(rig->ssl[fd], count_new_keys);
	SSL_set_msg_callback_arg(rig->ssl[fd], &answers);
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
		assert_int_equal(answers, i / 2 + 1);
	}
	close(fd);
}

/* The kernel does not follow: the connection ends, and nothing is sealed with keys that the peer has given up. */
static void test_new_keys_end_what_the_kernel_seals(void **state)
{
	struct rig *rig = *state;
	struct lying packet;
	int fd = rig_ws(rig);
	assert_int_equal(SSL_key_update(rig->ssl[fd], SSL_KEY_UPDATE_REQUESTED), 1);
	rig_frame(rig, fd, FIN | OP_TEXT, "new keys", 8);
	rig_until(rig, rig->texts.size == 10);
	lay(&packet, 0, PACKET_BYTES);
	gateway_batch_begin(rig->gateway);
	assert_int_equal(give(rig->conn, &packet), SENT_GONE);
	gateway_batch_end(rig->gateway);
	rig_until(rig, rig->closed == 1);
	close(fd);
}

/* Stands for all tests of a kernel that seals. */
static void test_by_the_kernel(void **state)
{
	print_message("# not run: TLS by the kernel: %s\n", (const char *)*state);
	skip();
}

static const struct {
	const char *name;
	CMUnitTestFunction run;
	bool secure;                  /* with TLS only */
	int version;                  /* of TLS, at least; 0: any */
	CMUnitTestFunction by_kernel; /* instead; NULL: the same */
} all[] = {
	{"many get the same", test_many_get_the_same, false, 0, NULL},
	{"order within a delivery", test_order_within_a_delivery, false, 0, NULL},
	{"slow among fast", test_slow_among_fast, false, 0, NULL},
	{"runs among packets", test_runs_among_packets, false, 0, NULL},
	{"runs to a slow reader", test_runs_to_a_slow_reader, false, 0, NULL},
	{"reset within a delivery", test_reset_within_a_delivery, false, 0, NULL},
	{"pings between", test_pings_between, false, 0, NULL},
	{"pings to a full socket", test_pings_to_a_full_socket, false, 0, NULL},
	{"a long answer", test_long_answer, false, 0, NULL},
	{"who seals", test_who_seals, true, 0, NULL},
	{"new keys", test_new_keys_within_a_stream, true, TLS1_3_VERSION, test_new_keys_end_what_the_kernel_seals},
};

#define ALL (sizeof all / sizeof *all)

struct list {
	struct CMUnitTest test[WAYS * ALL + 1];
	char name[WAYS * ALL][96];
	size_t count;
};

static void add_way(struct list *list, const struct way *way)
{
	for (size_t i = 0; i < ALL; i++) {
		if ((all[i].secure && !way->secure) || (way->version != 0 && way->version < all[i].version))
			continue;
		char *name = list->name[list->count];
		bool by_kernel = way->sealing == SEALING_KERNEL && all[i].by_kernel != NULL;
		snprintf(name, sizeof list->name[0], "%s, %s", all[i].name, way->name);
		list->test[list->count++] =
			(struct CMUnitTest){name, by_kernel ? all[i].by_kernel : all[i].run, set_up, tear_down, (void *)way};
	}
}

int main(void)
{
	static struct list list;
	char why[128];
	bool kernel_seals = kernel_tls_try(why, sizeof why);
	for (size_t i = 0; i < WAYS; i++) {
		if (ways[i].sealing != SEALING_KERNEL || kernel_seals)
			add_way(&list, &ways[i]);
	}
	if (!kernel_seals)
		list.test[list.count++] = (struct CMUnitTest){"by the kernel", test_by_the_kernel, NULL, NULL, why};
	signal(SIGPIPE, SIG_IGN); /* TLS writes a goodbye to sockets that are gone */
	return _cmocka_run_group_tests("delivery", list.test, list.count, NULL, NULL);
}
