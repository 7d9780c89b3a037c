/* Sockets with TLS or without, see cord.h. OpenSSL's errors become errno, so that nobody above need know which of the two it has.
 * Called by the swarms of load/ (through link.h) and of bench/hear/. Never blocks. */
#include "load/cord.h"

#include "base/check.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <unistd.h>

SSL_CTX *cord_context_new(void)
{
	SSL_CTX *context = check_alloc(SSL_CTX_new(TLS_client_method()));
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");
	return context;
}

void cord_context_free(SSL_CTX *context)
{
	SSL_CTX_free(context);
}

bool cord_open(struct cord *cord, const struct sockaddr *address, socklen_t size, int receive_bytes)
{
	static const int one = 1;
	cord->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return cord->fd >= 0 && setsockopt(cord->fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes) == 0 &&
	       setsockopt(cord->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0 &&
	       (connect(cord->fd, address, size) == 0 || errno == EINPROGRESS);
}

/* errno for what an operation of TLS returned. */
static int error_of(SSL *tls, int result)
{
	switch (SSL_get_error(tls, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE: return EAGAIN;
	case SSL_ERROR_SYSCALL: return errno != 0 ? errno : ECONNRESET;
	default: return EPROTO;
	}
}

int cord_secure(struct cord *cord)
{
	ERR_clear_error();
	int done = SSL_connect(cord->tls);
	if (done == 1)
		return 1;
	errno = error_of(cord->tls, done);
	return errno == EAGAIN ? 0 : -1;
}

static int go_on_securing(struct cord *cord, SSL_CTX *context)
{
	if (cord->tls == NULL) {
		cord->tls = check_alloc(SSL_new(context));
		SSL_set_fd(cord->tls, cord->fd);
	}
	return cord_secure(cord);
}

int cord_ready(struct cord *cord, SSL_CTX *context)
{
	int error = 0;
	socklen_t size = sizeof error;
	getsockopt(cord->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error == 0)
		return context != NULL ? go_on_securing(cord, context) : 1;
	errno = error;
	return -1;
}

ssize_t cord_receive(struct cord *cord, void *to, size_t size)
{
	if (cord->tls == NULL)
		return recv(cord->fd, to, size, 0);
	ERR_clear_error();
	int got = SSL_read(cord->tls, to, size < INT32_MAX ? (int)size : INT32_MAX);
	if (got > 0)
		return got;
	if (SSL_get_error(cord->tls, got) == SSL_ERROR_ZERO_RETURN)
		return 0;
	errno = error_of(cord->tls, got);
	return -1;
}

ssize_t cord_send(struct cord *cord, const void *bytes, size_t size)
{
	if (cord->tls == NULL)
		return send(cord->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	ERR_clear_error();
	int sent = SSL_write(cord->tls, bytes, (int)size);
	if (sent <= 0)
		errno = error_of(cord->tls, sent);
	return sent;
}

void cord_close(struct cord *cord)
{
	SSL_free(cord->tls);
	cord->tls = NULL;
	if (cord->fd >= 0)
		close(cord->fd);
	cord->fd = -1;
}
