/* Sockets with TLS or without, see link.h. OpenSSL's errors become errno, so that the swarm need not know which of the two
 * it has. */
#include "load/link.h"

#include "base/check.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

void *link_context_new(void)
{
	SSL_CTX *context = check_alloc(SSL_CTX_new(TLS_client_method()));
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");
	return context;
}

void link_context_free(void *context)
{
	SSL_CTX_free(context);
}

/* errno for what an operation returned. */
static int error_of(SSL *tls, int result)
{
	switch (SSL_get_error(tls, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE: return EAGAIN;
	case SSL_ERROR_SYSCALL: return errno != 0 ? errno : ECONNRESET;
	default: return EPROTO;
	}
}

int link_secure(struct member *member, void *context)
{
	if (member->tls == NULL) {
		member->tls = check_alloc(SSL_new(context));
		SSL_set_fd(member->tls, member->fd);
	}
	ERR_clear_error();
	int done = SSL_connect(member->tls);
	if (done == 1)
		return 1;
	return error_of(member->tls, done) == EAGAIN ? 0 : -1;
}

ssize_t link_receive(struct member *member, void *to, size_t size)
{
	if (member->tls == NULL)
		return recv(member->fd, to, size, 0);
	ERR_clear_error();
	int got = SSL_read(member->tls, to, size < INT32_MAX ? (int)size : INT32_MAX);
	if (got > 0)
		return got;
	if (SSL_get_error(member->tls, got) == SSL_ERROR_ZERO_RETURN)
		return 0;
	errno = error_of(member->tls, got);
	return -1;
}

ssize_t link_send(struct member *member, const void *bytes, size_t size)
{
	if (member->tls == NULL)
		return send(member->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	ERR_clear_error();
	int sent = SSL_write(member->tls, bytes, (int)size);
	if (sent <= 0)
		errno = error_of(member->tls, sent);
	return sent;
}

void link_drop(struct member *member)
{
	SSL_free(member->tls);
	member->tls = NULL;
	if (member->fd >= 0)
		close(member->fd);
	member->fd = -1;
}
