/* The BIO that reads, see tls_in.h. OpenSSL reads a record's header and its body each by a call of its own, so the BIO is asked at
 * least once a record; the type of a record comes from OpenSSL's message callback, because TLS 1.3 encrypts it.
 */
#include "gateway/tls_in.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "boothcast/limits.h"
#include "gateway/parts.h"

#include <errno.h>
#include <openssl/bio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define MINUTE_US 60000000u

struct tls_reader {
	BIO_METHOD *method;
	uint32_t turn;      /* counts the turns of the loop */
	uint64_t logged_us; /* when a connection that was ended was last logged; 0: never */
	struct cell *records, *ended;
};

struct tls_in {
	struct tls_reader *reader;
	int fd;
	uint32_t turn;         /* in which records were last read ... */
	unsigned turn_records; /* ... and how many */
	bool established;
	bool flooding;    /* it has sent too many: nothing is read any more */
	unsigned counted; /* records of the handshake; later those that are not data, since `minute_us` */
	uint64_t minute_us;
};

static struct tls_in *tls_in_of(const SSL *ssl)
{
	return BIO_get_data(SSL_get_rbio(ssl));
}

/* ---- reading ---- */

/* Whether OpenSSL has had its share of this turn. */
static bool turn_is_over(struct tls_in *in)
{
	if (in->turn != in->reader->turn) {
		in->turn = in->reader->turn;
		in->turn_records = 0;
	}
	return in->turn_records >= TLS_RECORDS_A_TURN;
}

static int bio_read(BIO *bio, char *bytes, int size)
{
	struct tls_in *in = BIO_get_data(bio);
	ssize_t n = -1;
	BIO_clear_retry_flags(bio);
	if (in->flooding || size <= 0)
		return -1;
	errno = EAGAIN;
	if (!turn_is_over(in))
		n = recv(in->fd, bytes, (size_t)size, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		BIO_set_retry_read(bio);
	return (int)n;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
	const struct tls_in *in = BIO_get_data(bio);
	(void)number;
	if (command != BIO_C_GET_FD) /* the library asks for it */
		return 0;
	if (pointer != NULL)
		*(int *)pointer = in->fd;
	return in->fd;
}

static int bio_free(BIO *bio)
{
	free(BIO_get_data(bio));
	return 1;
}

/* ---- counting ---- */

/* Once a minute at most: who floods comes back. */
static void log_flood(const struct tls_in *in, uint64_t now_us)
{
	struct tls_reader *reader = in->reader;
	char peer[PEER_SIZE];
	if (reader->logged_us != 0 && now_us - reader->logged_us < MINUTE_US)
		return;
	reader->logged_us = now_us;
	address_peer(in->fd, peer);
	log_event(LOG_WARNING, "tls_flood", LOG_STRING("peer", peer),
		  LOG_STRING("of", in->established ? "records without data" : "records of a handshake"));
}

static void end_flood(struct tls_in *in)
{
	if (in->flooding)
		return;
	in->flooding = true;
	cell_add(in->reader->ended, 1);
	log_flood(in, clock_us());
}

static void count_handshake(struct tls_in *in)
{
	if (++in->counted > TLS_HANDSHAKE_RECORDS_MAX)
		end_flood(in);
}

/* A record that is not data, of an open connection. */
static void count_service(struct tls_in *in)
{
	uint64_t now_us = clock_us();
	if (now_us - in->minute_us >= MINUTE_US) {
		in->minute_us = now_us;
		in->counted = 0;
	}
	if (++in->counted > TLS_SERVICE_RECORDS_PER_MIN)
		end_flood(in);
}

/* OpenSSL tells of what it reads and writes: of a record its header, and with TLS 1.3 then the type inside, before it looks at what
 * the record says. */
static void told(int written, int version, int kind, const void *bytes, size_t size, SSL *ssl, void *user)
{
	bool header = kind == SSL3_RT_HEADER;
	(void)version;
	(void)user;
	if (written || size == 0 || (!header && kind != SSL3_RT_INNER_CONTENT_TYPE))
		return;
	struct tls_in *in = tls_in_of(ssl);
	if (header) {
		in->turn_records++;
		cell_add(in->reader->records, 1);
	}
	if (in->established && *(const uint8_t *)bytes != SSL3_RT_APPLICATION_DATA)
		count_service(in);
	else if (!in->established && header)
		count_handshake(in);
}

/* ---- from the beginning of a connection ---- */

void tls_in_install(struct tls_reader *reader, SSL *ssl)
{
	struct tls_in *in = check_alloc(calloc(1, sizeof *in));
	BIO *bio = check_alloc(BIO_new(reader->method));
	in->reader = reader;
	in->fd = SSL_get_fd(ssl);
	BIO_set_data(bio, in);
	BIO_set_init(bio, 1);
	SSL_set0_rbio(ssl, bio);
}

void tls_in_established(SSL *ssl)
{
	struct tls_in *in = tls_in_of(ssl);
	if (in->established)
		return;
	in->established = true;
	in->counted = 0;
	in->minute_us = clock_us();
}

/* ---- for all of them ---- */

void tls_reader_turn(struct tls_reader *reader)
{
	reader->turn++;
}

void tls_reader_serve(struct tls_reader *reader, SSL_CTX *context)
{
	SSL_CTX_set_msg_callback(context, told);
	SSL_CTX_set_msg_callback_arg(context, reader);
}

struct tls_reader *tls_reader_new(struct metrics *metrics)
{
	struct tls_reader *reader = check_alloc(calloc(1, sizeof *reader));
	reader->records = metrics_counter_cell(metrics, "boothcast_tls_records_received_total", "Records of TLS that came.", NULL);
	reader->ended = metrics_counter_cell(metrics, FLOODS_NAME, FLOODS_HELP, "of=\"tls_records\"");
	reader->method = check_alloc(BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "boothcast reader"));
	BIO_meth_set_read(reader->method, bio_read);
	BIO_meth_set_ctrl(reader->method, bio_control);
	BIO_meth_set_destroy(reader->method, bio_free);
	return reader;
}

void tls_reader_free(struct tls_reader *reader)
{
	if (reader == NULL)
		return;
	BIO_meth_free(reader->method);
	free(reader);
}
