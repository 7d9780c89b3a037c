/* Clients that send records of TLS without data, as many as the socket takes, before they have asked for anything: in one turn of
 * the loop only a few of them are looked at, and who goes on is ended. Meanwhile a listener gets its packets. By each way in which
 * records are sealed.
 */
#include "unit/gateway/forge.h"

#include "gateway/kernel_tls.h"

#define ATTACKERS 4
#define BURST 200 /* records: many times what is taken, and made long before the server has waited enough for a request */

struct way {
	const char *name;
	enum sealing sealing;
	int version; /* of TLS */
};

static const struct way ways[] = {
	{"TLS 1.3 sealed by the server", SEALING_SERVER, TLS1_3_VERSION},
	{"TLS 1.3 sealed by the kernel", SEALING_KERNEL, TLS1_3_VERSION},
	{"TLS 1.2", SEALING_SERVER, TLS1_2_VERSION},
};

#define WAYS (sizeof ways / sizeof *ways)

struct stand {
	struct rig rig;
	const struct way *way;
	struct forge_secret secret;
	int listener;
	struct conn *conn; /* the server's end of it */
	uint32_t packets;
};

static int set_up(void **state)
{
	const struct way *way = *state;
	struct stand *stand = check_alloc(calloc(1, sizeof *stand));
	char folder[] = "/tmp/boothcast-flood-XXXXXX", command[64], certificate[64], key[64];
	stand->way = way;
	assert_non_null(mkdtemp(folder));
	rig_make_certificate(folder, certificate, key);
	rig_open_with(&stand->rig, (struct gateway_options){.sealing = way->sealing, .certificate = certificate, .key = key});
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
	stand->rig.tls = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_min_proto_version(stand->rig.tls, way->version);
	SSL_CTX_set_max_proto_version(stand->rig.tls, way->version);
	forge_prepare(stand->rig.tls, &stand->secret);
	stand->listener = rig_ws(&stand->rig);
	stand->conn = stand->rig.conn;
	*state = stand;
	return 0;
}

static int tear_down(void **state)
{
	struct stand *stand = *state;
	close(stand->listener);
	rig_close(&stand->rig);
	free(stand);
	return 0;
}

/* ---- the attack ---- */

struct attacker {
	int fd;
	struct text burst;
	size_t sent;
};

/* As much of the burst as the socket takes; false when the connection has ended. */
static bool pour(struct attacker *attacker)
{
	while (attacker->sent < attacker->burst.size) {
		ssize_t n = send(attacker->fd, attacker->burst.at + attacker->sent, attacker->burst.size - attacker->sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN;
		attacker->sent += (size_t)n;
	}
	return true;
}

static bool has_ended(struct attacker *attacker)
{
	char waste[4096];
	ssize_t n;
	while ((n = recv(attacker->fd, waste, sizeof waste, MSG_DONTWAIT)) > 0)
		;
	return n == 0 || errno != EAGAIN;
}

static double records(struct stand *stand)
{
	return rig_metric(&stand->rig, "boothcast_tls_records_received_total");
}

static double floods(struct stand *stand)
{
	return rig_metric(&stand->rig, "boothcast_floods_total{of=\"tls_records\"}");
}

static void serve_listener(struct stand *stand)
{
	struct rig_message *message = check_alloc(malloc(sizeof *message));
	uint8_t packet[PACKET_HEADROOM + 100] = {0};
	memcpy(packet + PACKET_HEADROOM, &stand->packets, sizeof stand->packets);
	assert_int_equal(rig_give(stand->conn, packet + PACKET_HEADROOM, 100), SENT);
	rig_next(&stand->rig, stand->listener, message);
	assert_int_equal(message->first, FIN | OP_BINARY);
	assert_memory_equal(message->bytes, &stand->packets, sizeof stand->packets);
	stand->packets++;
	free(message);
}

/* All attackers pour at once. In each turn only so much is looked at; each ends; the listener hears on. */
static void withstand(struct stand *stand, struct attacker *attackers, unsigned records_max, bool counted)
{
	struct rig *rig = &stand->rig;
	double before = records(stand);
	unsigned ended = 0;
	for (unsigned turns = 0; ended < ATTACKERS; turns++) {
		double turn_before = records(stand);
		for (unsigned i = 0; i < ATTACKERS; i++)
			pour(&attackers[i]);
		rig_turn_waiting(rig, turns);
		assert_in_range(records(stand) - turn_before, 0, ATTACKERS * TLS_RECORDS_A_TURN);
		ended = 0;
		for (unsigned i = 0; i < ATTACKERS; i++)
			ended += has_ended(&attackers[i]);
		assert_true(turns < 100000);
		if (turns % 8 == 0)
			serve_listener(stand);
	}
	assert_in_range(records(stand) - before, ATTACKERS, ATTACKERS * records_max + stand->packets);
	assert_true(floods(stand) == (counted ? ATTACKERS : 0));
	serve_listener(stand);
	for (unsigned i = 0; i < ATTACKERS; i++) {
		text_free(&attackers[i].burst);
		close(attackers[i].fd);
	}
	rig_until(rig, rig_metric(rig, "boothcast_connections") == 1);
}

static void begin_attack(struct stand *stand, struct attacker *attacker)
{
	*attacker = (struct attacker){.fd = rig_connect(&stand->rig)};
	text_init(&attacker->burst, 1 << 20);
	rig_settle(&stand->rig);
}

/* ---- what they pour ---- */

/* The keys change with each, so OpenSSL makes them. */
static void make_key_updates(struct stand *stand, struct attacker *attacker, unsigned count, int kind)
{
	SSL *ssl = stand->rig.ssl[attacker->fd];
	BIO *memory = BIO_new(BIO_s_mem());
	char *bytes;
	BIO_up_ref(memory);
	SSL_set0_wbio(ssl, memory);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(SSL_key_update(ssl, kind), 1);
		assert_int_equal(SSL_do_handshake(ssl), 1);
	}
	long size = BIO_get_mem_data(memory, &bytes);
	text_add_bytes(&attacker->burst, bytes, (size_t)size);
	BIO_free(memory);
}

static void pour_key_updates(struct stand *stand, int kind)
{
	struct attacker attackers[ATTACKERS];
	for (unsigned i = 0; i < ATTACKERS; i++) {
		begin_attack(stand, &attackers[i]);
		make_key_updates(stand, &attackers[i], BURST, kind);
	}
	/* the kernel does not follow new keys: who wants an answer a second time is ended by its first */
	bool counted = kind == SSL_KEY_UPDATE_NOT_REQUESTED || stand->way->sealing != SEALING_KERNEL;
	withstand(stand, attackers, TLS_SERVICE_RECORDS_PER_MIN + 1, counted);
}

static void test_key_updates(void **state)
{
	pour_key_updates(*state, SSL_KEY_UPDATE_NOT_REQUESTED);
}

static void test_key_updates_that_want_an_answer(void **state)
{
	pour_key_updates(*state, SSL_KEY_UPDATE_REQUESTED);
}

/* `count` times the records, on a connection whose handshake is done. */
struct forged {
	uint8_t type;
	const void *bytes;
	size_t size;
};

static void pour_forged(struct stand *stand, const struct forged *list, unsigned count, unsigned records_max, bool counted)
{
	struct attacker attackers[ATTACKERS];
	for (unsigned i = 0; i < ATTACKERS; i++) {
		struct forge forge;
		begin_attack(stand, &attackers[i]);
		SSL *ssl = stand->rig.ssl[attackers[i].fd];
		forge_begin(&forge, ssl, SSL_version(ssl) == TLS1_3_VERSION ? 0 : 1); /* in TLS 1.2 its Finished was the first */
		for (unsigned j = 0; j < BURST; j++)
			forge_record(&forge, &attackers[i].burst, list[j % count].type, list[j % count].bytes,
				     list[j % count].size);
	}
	withstand(stand, attackers, records_max, counted);
}

static const uint8_t user_cancelled[] = {1, 90};
/* a ClientHello's head: its length is more than ever comes, or it comes whole and is empty */
static const uint8_t client_hello[] = {1, 0, 0, 0};

static void test_alerts(void **state)
{
	/* OpenSSL ends a connection after five in a row, so a byte of a request stands between each two */
	static const char request[] = "GET /of-a-slow-client";
	struct forged list[2 * sizeof request];
	for (size_t i = 0; i < sizeof request; i++) {
		list[2 * i] = (struct forged){21, user_cancelled, 2};
		list[2 * i + 1] = (struct forged){23, &request[i], 1};
	}
	_Static_assert(sizeof request > TLS_SERVICE_RECORDS_PER_MIN, "it lasts until enough alerts have come");
	pour_forged(*state, list, 2 * sizeof request, 2 * TLS_SERVICE_RECORDS_PER_MIN + 1, true);
}

static void test_renegotiations(void **state)
{
	static const struct forged list[] = {{22, client_hello, 4}};
	pour_forged(*state, list, 1, TLS_SERVICE_RECORDS_PER_MIN + 1, true);
}

static void test_alerts_between_renegotiations(void **state)
{
	static const struct forged list[] = {{22, client_hello, 4}, {21, user_cancelled, 2}};
	pour_forged(*state, list, 2, TLS_SERVICE_RECORDS_PER_MIN + 1, true);
}

/* OpenSSL ends these by itself, after more of them than one turn is to see. */
static void test_empty_records(void **state)
{
	static const struct forged list[] = {{23, "", 0}};
	pour_forged(*state, list, 1, 40, false);
}

/* A message of the handshake in pieces of one byte, and between them what TLS 1.3 ignores there. */
static void test_handshake_in_crumbs(void **state)
{
	struct stand *stand = *state;
	struct attacker attackers[ATTACKERS];
	SSL_CTX *tls = stand->rig.tls;
	stand->rig.tls = NULL;
	for (unsigned i = 0; i < ATTACKERS; i++)
		begin_attack(stand, &attackers[i]);
	stand->rig.tls = tls;
	for (unsigned i = 0; i < ATTACKERS; i++) {
		static const uint8_t head[] = {1, 0, 0x3f, 0xff};
		for (unsigned j = 0; j < BURST; j++)
			text_add_bytes(&attackers[i].burst, (const char[]){22, 3, 1, 0, 1, j < 4 ? (char)head[j] : 3}, 6);
	}
	withstand(stand, attackers, TLS_HANDSHAKE_RECORDS_MAX + 1, true);
}

/* ---- what is none ---- */

/* New keys once or twice, as honest clients have them, and data in between: nobody is ended. */
static void test_a_few_new_keys(void **state)
{
	struct stand *stand = *state;
	struct rig *rig = &stand->rig;
	int fd = rig_ws(rig);
	for (unsigned i = 0; i < TLS_SERVICE_RECORDS_PER_MIN; i++) {
		assert_int_equal(SSL_key_update(rig->ssl[fd], SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		rig_frame(rig, fd, FIN | OP_TEXT, "new keys", 8);
		rig_until(rig, rig->texts.size == (i + 1) * 10);
	}
	assert_true(floods(stand) == 0);
	serve_listener(stand);
	close(fd);
}

/* Data is not counted, however small its records are: it takes its turns, and comes whole. */
static void test_data_in_crumbs(void **state)
{
	enum { MESSAGES = 400 };
	struct stand *stand = *state;
	struct rig *rig = &stand->rig;
	static const uint8_t frame[] = {FIN | OP_PONG, 0x80, 0, 0, 0, 0};
	struct attacker sender = {.fd = rig_ws(rig)};
	struct forge forge;
	SSL *ssl = rig->ssl[sender.fd];
	text_init(&sender.burst, 1 << 20);
	forge_begin(&forge, ssl, SSL_version(ssl) == TLS1_3_VERSION ? 1 : 2); /* its request was another */
	for (unsigned i = 0; i < MESSAGES; i++) {
		for (size_t j = 0; j < sizeof frame; j++)
			forge_record(&forge, &sender.burst, 23, &frame[j], 1);
	}
	double before = records(stand);
	for (unsigned turns = 0; records(stand) - before < MESSAGES * sizeof frame; turns++) {
		double turn_before = records(stand);
		assert_true(pour(&sender) && turns < 100000);
		rig_turn_waiting(rig, turns);
		assert_in_range(records(stand) - turn_before, 0, TLS_RECORDS_A_TURN);
	}
	assert_false(has_ended(&sender));
	assert_true(floods(stand) == 0);
	text_free(&sender.burst);
	close(sender.fd);
}

/* Stands for all tests of a kernel that seals. */
static void test_by_the_kernel(void **state)
{
	print_message("# not run: TLS sealed by the kernel: %s\n", (const char *)*state);
	skip();
}

static const struct {
	const char *name;
	CMUnitTestFunction run;
	int version; /* of TLS; 0: any */
} all[] = {
	{"new keys", test_key_updates, TLS1_3_VERSION},
	{"new keys that want an answer", test_key_updates_that_want_an_answer, TLS1_3_VERSION},
	{"alerts", test_alerts, 0},
	{"renegotiations", test_renegotiations, TLS1_2_VERSION},
	{"alerts between renegotiations", test_alerts_between_renegotiations, TLS1_2_VERSION},
	{"empty records", test_empty_records, 0},
	{"a handshake in crumbs", test_handshake_in_crumbs, 0},
	{"a few new keys", test_a_few_new_keys, TLS1_3_VERSION},
	{"data in crumbs", test_data_in_crumbs, 0},
};

#define ALL (sizeof all / sizeof *all)

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[WAYS * ALL + 1];
	static char names[WAYS * ALL][96];
	size_t count = 0;
	char why[128];
	bool kernel_seals = kernel_tls_try(why, sizeof why);
	for (size_t i = 0; i < WAYS * ALL; i++) {
		const struct way *way = &ways[i / ALL];
		if ((way->sealing == SEALING_KERNEL && !kernel_seals) ||
		    (all[i % ALL].version != 0 && all[i % ALL].version != way->version))
			continue;
		snprintf(names[count], sizeof names[0], "%s, %s", all[i % ALL].name, way->name);
		tests[count] = (struct CMUnitTest){names[count], all[i % ALL].run, set_up, tear_down, (void *)way};
		count++;
	}
	if (!kernel_seals)
		tests[count++] = (struct CMUnitTest){"by the kernel", test_by_the_kernel, NULL, NULL, why};
	signal(SIGPIPE, SIG_IGN); /* TLS writes a goodbye to sockets that are gone */
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return _cmocka_run_group_tests("floods of TLS", tests, count, NULL, NULL);
}
