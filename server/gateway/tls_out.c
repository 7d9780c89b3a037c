/* The BIO that stands between OpenSSL and the socket, see tls_out.h. It only writes; tls_in.c reads.
 *
 * What OpenSSL wants to write when the socket is full is sealed and kept all the same, and OpenSSL is told to come again: it then
 * only hears that its bytes are gone. It must not be asked for them a second time, because it may have them no more (the library
 * moves what waits, and with kernel TLS OpenSSL keeps no copy).
 */
#include "gateway/tls_out.h"

#include "base/check.h"
#include "base/log.h"
#include "gateway/kernel_tls.h"
#include "gateway/seal.h"
#include "gateway/tls_in.h"

#include <errno.h>
#include <openssl/bio.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(TLS_SEAL_MORE == SEAL_MORE && TLS_SEAL_MAX <= SEAL_RECORD_MAX, "what is sealed in one go is one record");

/* OpenSSL's side of kernel TLS. bio.h names and numbers these, but defines only some. */
#define CONTROL_TAKE_KEYS 72
#define CONTROL_HAVE_KEYS BIO_CTRL_GET_KTLS_SEND
#define CONTROL_NEXT_TYPE 74

/* OpenSSL allocates room for the longest record at each write, and gives it back. With shorter records that is cheaper. */
#define RECORD_MAX 2048

#define CACHE_LINE 64
#define KEY_UPDATE 24 /* first byte of that handshake message (RFC 8446, B.3) */

struct tls {
	BIO_METHOD *method;
	int bio_type;
	struct sealer *sealer;
	struct tls_reader *reader;
	bool by_kernel;
	char why[128]; /* the kernel does it, or does not */
	struct cell *count[TLS_BY_KERNEL + 1];
};

struct tls_out {
	/* what every packet looks at: one cache line */
	struct seal_keys keys;
	uint8_t *kept; /* NULL: nothing */

	size_t kept_size, kept_sent;
	struct tls *tls;
	struct seal_secret secret;
	int owed; /* bytes of OpenSSL's that are sealed and kept, and of which it was told to come again; 0: none */
	int fd;
	uint8_t sealer;    /* enum tls_sealer */
	uint8_t next_type; /* of what OpenSSL writes next */
};

_Static_assert(offsetof(struct tls_out, kept_size) == CACHE_LINE, "a packet needs one cache line");

enum tls_sealer tls_out_sealer(const struct tls_out *out)
{
	return (enum tls_sealer)out->sealer;
}

bool tls_out_is_stale(const struct tls_out *out)
{
	return out->keys.stale;
}

/* ---- what the socket did not take ---- */

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

bool tls_out_flush(struct tls_out *out)
{
	while (out->kept != NULL) {
		size_t left = out->kept_size - out->kept_sent;
		ssize_t sent = send(out->fd, out->kept + out->kept_sent, left, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0)
			return would_block();
		out->kept_sent += (size_t)sent;
		if ((size_t)sent < left)
			return true;
		free(out->kept);
		out->kept = NULL;
	}
	return true;
}

bool tls_out_keeps(const struct tls_out *out)
{
	return out->kept != NULL;
}

/* Behind what is kept already, if anything. There is never more than a packet and a record: nobody seals while something is kept,
 * but for OpenSSL, and that once only (`owed`). */
static void keep(struct tls_out *out, const uint8_t *rest, size_t size)
{
	size_t left = out->kept != NULL ? out->kept_size - out->kept_sent : 0;
	uint8_t *both = check_alloc(malloc(left + size));
	check(left <= TLS_SEAL_MAX + TLS_SEAL_MORE);
	if (left > 0)
		memcpy(both, out->kept + out->kept_sent, left);
	memcpy(both + left, rest, size);
	free(out->kept);
	out->kept = both;
	out->kept_size = left + size;
	out->kept_sent = 0;
}

void tls_out_keep(struct tls_out *out, const uint8_t *rest, size_t size)
{
	check(out->kept == NULL && size > 0);
	keep(out, rest, size);
}

/* Sends behind what is kept; what the socket does not take is kept. False when the connection is broken. */
static bool put(struct tls_out *out, const uint8_t *bytes, size_t size)
{
	ssize_t sent = 0;
	if (!tls_out_flush(out))
		return false;
	if (out->kept == NULL)
		sent = send(out->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && !would_block())
		return false;
	size_t done = sent > 0 ? (size_t)sent : 0;
	if (done < size)
		keep(out, bytes + done, size - done);
	return true;
}

/* ---- what OpenSSL writes ---- */

/* Sealed already. OpenSSL keeps what is not taken. */
static int write_sealed(struct tls_out *out, BIO *bio, const char *bytes, int size)
{
	ssize_t sent = send(out->fd, bytes, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && would_block())
		BIO_set_retry_write(bio);
	return (int)sent;
}

/* Seals a record and puts it; new keys hold for the next one. */
static bool seal_and_put(struct tls_out *out, enum seal_type type, const uint8_t *bytes, size_t size)
{
	uint8_t record[SEAL_RECORD_MAX + SEAL_MORE];
	size_t sealed = sealer_seal(out->tls->sealer, &out->keys, type, bytes, size, record);
	if (sealed == 0 || !put(out, record, sealed))
		return false;
	return type != SEAL_HANDSHAKE || bytes[0] != KEY_UPDATE || seal_keys_renew(&out->keys, &out->secret);
}

/* The kernel seals. It does not follow new keys, so who asks for them (no browser does) must come again; and what is no data cannot
 * wait here, which an alert to somebody who reads nothing need not. */
static bool put_to_kernel(struct tls_out *out, enum seal_type type, const uint8_t *bytes, size_t size)
{
	if (type == SEAL_DATA)
		return put(out, bytes, size);
	if (type == SEAL_HANDSHAKE && bytes[0] == KEY_UPDATE)
		return false;
	bool full =
		!tls_out_flush(out) || out->kept != NULL || kernel_tls_send(out->fd, (uint8_t)type, bytes, size) != (ssize_t)size;
	return !full || type == SEAL_ALERT;
}

static int write_record(struct tls_out *out, BIO *bio, const char *bytes, int size)
{
	enum seal_type type = (enum seal_type)out->next_type;
	out->next_type = SEAL_DATA;
	if (out->owed == 0) {
		bool (*way)(struct tls_out *, enum seal_type, const uint8_t *, size_t) =
			out->sealer == TLS_BY_KERNEL ? put_to_kernel : seal_and_put;
		if (!way(out, type, (const uint8_t *)bytes, (size_t)size))
			return -1;
		out->owed = size;
	} else if (!tls_out_flush(out)) {
		return -1;
	}
	if (out->kept != NULL) {
		BIO_set_retry_write(bio);
		return -1;
	}
	check(size == out->owed);
	out->owed = 0;
	return size;
}

static int bio_write(BIO *bio, const char *bytes, int size)
{
	struct tls_out *out = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	if (size <= 0)
		return 0;
	return out->sealer == TLS_BY_OPENSSL ? write_sealed(out, bio, bytes, size) : write_record(out, bio, bytes, size);
}

/* The handshake is done. */
static bool take_keys(struct tls_out *out, const void *crypto_info)
{
	if (out->sealer != TLS_BY_OPENSSL || !seal_keys_take(&out->keys, crypto_info))
		return false;
	bool by_kernel = out->tls->by_kernel && kernel_tls_begin(out->fd, crypto_info);
	cell_add(out->tls->count[TLS_BY_OPENSSL], (uint64_t)-1);
	out->sealer = by_kernel ? TLS_BY_KERNEL : TLS_BY_US;
	cell_add(out->tls->count[out->sealer], 1);
	return true;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
	struct tls_out *out = BIO_get_data(bio);
	switch (command) {
	case BIO_CTRL_FLUSH: return 1; /* nothing waits here that could be hurried */
	case CONTROL_TAKE_KEYS: return take_keys(out, pointer);
	case CONTROL_HAVE_KEYS: return out->sealer != TLS_BY_OPENSSL;
	case CONTROL_NEXT_TYPE: out->next_type = (uint8_t)number; return 0;
	default: return 0;
	}
}

static int bio_free(BIO *bio)
{
	struct tls_out *out = BIO_get_data(bio);
	if (out == NULL)
		return 1;
	cell_add(out->tls->count[out->sealer], (uint64_t)-1);
	free(out->kept);
	OPENSSL_cleanse(out, sizeof *out);
	free(out);
	return 1;
}

/* ---- sealing packets ---- */

size_t tls_out_seal(struct tls_out *out, const uint8_t *bytes, size_t size, uint8_t *to)
{
	check(size > 0 && size <= TLS_SEAL_MAX && out->kept == NULL && out->sealer == TLS_BY_US);
	return sealer_seal(out->tls->sealer, &out->keys, SEAL_DATA, bytes, size, to);
}

/* ---- from the beginning of a handshake ---- */

static void install(struct tls *tls, SSL *ssl)
{
	struct tls_out *out = check_alloc(aligned_alloc(CACHE_LINE, (sizeof *out + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE));
	BIO *bio = check_alloc(BIO_new(tls->method));
	memset(out, 0, sizeof *out);
	out->tls = tls;
	out->fd = SSL_get_fd(ssl);
	out->next_type = SEAL_DATA;
	BIO_set_data(bio, out);
	BIO_set_init(bio, 1);
	SSL_set0_wbio(ssl, bio);
	cell_add(tls->count[TLS_BY_OPENSSL], 1);
}

static bool is_ours(const struct tls *tls, const SSL *ssl)
{
	BIO *bio = SSL_get_wbio(ssl);
	return bio != NULL && BIO_method_type(bio) == tls->bio_type;
}

/* OpenSSL tells of each step of a handshake; also of the small ones that follow later, which are about tickets and new keys. */
static void happened(const SSL *ssl, int where, int result)
{
	struct tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	(void)result;
	if ((where & SSL_CB_HANDSHAKE_START) != 0 && !is_ours(tls, ssl)) {
		install(tls, (SSL *)ssl);
		tls_in_install(tls->reader, (SSL *)ssl);
	}
	if ((where & SSL_CB_HANDSHAKE_DONE) != 0)
		tls_in_established((SSL *)ssl);
	if ((where & SSL_CB_EXIT) != 0 && is_ours(tls, ssl))
		tls_out_of((SSL *)ssl)->keys.stale = SSL_get_key_update_type(ssl) != SSL_KEY_UPDATE_NONE;
}

/* OpenSSL has no other way to the secrets; nothing of this line is written anywhere. */
static void secret_made(const SSL *ssl, const char *line)
{
	struct tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	if (is_ours(tls, ssl))
		seal_secret_learn(&tls_out_of((SSL *)ssl)->secret, line);
}

struct tls_out *tls_out_of(SSL *ssl)
{
	BIO *bio = SSL_get_wbio(ssl);
	check(bio != NULL);
	return BIO_get_data(bio);
}

void tls_out_expect_packets(SSL *ssl)
{
	if (tls_out_of(ssl)->sealer == TLS_BY_OPENSSL)
		SSL_set_max_send_fragment(ssl, RECORD_MAX);
}

void tls_serve(struct tls *tls, SSL_CTX *context)
{
	SSL_CTX_set_app_data(context, tls);
	SSL_CTX_set_options(context, SSL_OP_ENABLE_KTLS);
	SSL_CTX_set_info_callback(context, happened);
	SSL_CTX_set_keylog_callback(context, secret_made);
	tls_reader_serve(tls->reader, context);
}

void tls_turn(struct tls *tls)
{
	tls_reader_turn(tls->reader);
}

/* ---- opening ---- */

static void make_metrics(struct tls *tls, struct metrics *metrics)
{
	static const char name[] = "boothcast_tls_connections", help[] = "Open connections with TLS, by who seals their records.";
	tls->count[TLS_BY_OPENSSL] = metrics_gauge_cell(metrics, name, help, "by=\"openssl\"");
	tls->count[TLS_BY_US] = metrics_gauge_cell(metrics, name, help, "by=\"server\"");
	tls->count[TLS_BY_KERNEL] = metrics_gauge_cell(metrics, name, help, "by=\"kernel\"");
}

static void make_method(struct tls *tls)
{
	tls->bio_type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK;
	tls->method = check_alloc(BIO_meth_new(tls->bio_type, "boothcast socket"));
	BIO_meth_set_write(tls->method, bio_write);
	BIO_meth_set_ctrl(tls->method, bio_control);
	BIO_meth_set_destroy(tls->method, bio_free);
}

struct tls *tls_new(enum sealing sealing, struct metrics *metrics, char *error, size_t size)
{
	struct tls *tls = check_alloc(calloc(1, sizeof *tls));
	snprintf(tls->why, sizeof tls->why, "asked for");
	tls->sealer = sealer_new();
	if (sealing != SEALING_SERVER)
		tls->by_kernel = kernel_tls_try(tls->why, sizeof tls->why);
	if (tls->sealer == NULL)
		snprintf(error, size, "cannot serve TLS: OpenSSL has not all the ciphers of TLS 1.3");
	else if (sealing == SEALING_KERNEL && !tls->by_kernel)
		snprintf(error, size, "cannot have the kernel seal TLS: %s", tls->why);
	else {
		make_metrics(tls, metrics);
		make_method(tls);
		tls->reader = tls_reader_new(metrics);
		return tls;
	}
	tls_free(tls);
	return NULL;
}

void tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	sealer_free(tls->sealer);
	tls_reader_free(tls->reader);
	BIO_meth_free(tls->method);
	free(tls);
}

void tls_log(const struct tls *tls)
{
	log_event(LOG_INFO, "tls", LOG_STRING("sealed_by", tls->by_kernel ? "kernel" : "server"), LOG_STRING("why", tls->why));
}
