/* A BIO that writes to a socket, or into memory while something is sealed, see tls_out.h. It only writes: reading stays with the BIO
 * that the library made.
 */
#include "gateway/tls_out.h"

#include "base/check.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* TLS allocates room for the longest record at each write, and gives it back. With shorter records that is cheaper. */
#define RECORD_MAX 2048

struct tls_out {
	SSL *ssl;
	int fd;
	uint8_t *to; /* where records go while something is sealed, else NULL */
	size_t size, room;
	uint8_t *kept; /* NULL: nothing */
	size_t kept_size, kept_sent;
};

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

void tls_out_keep(struct tls_out *out, const uint8_t *rest, size_t size)
{
	check(out->kept == NULL && size > 0);
	out->kept = memcpy(check_alloc(malloc(size)), rest, size);
	out->kept_size = size;
	out->kept_sent = 0;
}

/* ---- the BIO ---- */

static int write_sealed(struct tls_out *out, const char *bytes, int size)
{
	check((size_t)size <= out->room - out->size);
	memcpy(out->to + out->size, bytes, (size_t)size);
	out->size += (size_t)size;
	return size;
}

static int bio_write(BIO *bio, const char *bytes, int size)
{
	struct tls_out *out = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	if (out->to != NULL)
		return write_sealed(out, bytes, size);
	if (!tls_out_flush(out))
		return -1;
	ssize_t sent = -1;
	errno = EAGAIN;
	if (out->kept == NULL)
		sent = send(out->fd, bytes, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && would_block())
		BIO_set_retry_write(bio);
	return (int)sent;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH; /* nothing waits here that could be hurried */
}

static int bio_free(BIO *bio)
{
	struct tls_out *out = BIO_get_data(bio);
	if (out != NULL)
		free(out->kept);
	free(out);
	return 1;
}

BIO_METHOD *tls_out_kind(void)
{
	BIO_METHOD *kind = check_alloc(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "boothcast socket"));
	BIO_meth_set_write(kind, bio_write);
	BIO_meth_set_ctrl(kind, bio_control);
	BIO_meth_set_destroy(kind, bio_free);
	return kind;
}

void tls_out_kind_free(BIO_METHOD *kind)
{
	BIO_meth_free(kind);
}

/* ---- sealing ---- */

struct tls_out *tls_out_new(BIO_METHOD *kind, SSL *ssl, int fd)
{
	struct tls_out *out = check_alloc(calloc(1, sizeof *out));
	BIO *bio = check_alloc(BIO_new(kind));
	out->ssl = ssl;
	out->fd = fd;
	BIO_set_data(bio, out);
	BIO_set_init(bio, 1);
	SSL_set0_wbio(ssl, bio);
	SSL_set_max_send_fragment(ssl, RECORD_MAX);
	return out;
}

size_t tls_out_seal(struct tls_out *out, const uint8_t *bytes, size_t size, uint8_t *to)
{
	check(size > 0 && size <= TLS_SEAL_MAX && out->kept == NULL && out->to == NULL);
	out->to = to;
	out->size = 0;
	out->room = size + TLS_SEAL_MORE;
	int done = SSL_write(out->ssl, bytes, (int)size);
	out->to = NULL;
	if (done == (int)size)
		return out->size;
	ERR_clear_error(); /* the library asks this thread's queue about its own connections */
	return 0;
}
