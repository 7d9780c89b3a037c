/* Sockets with TLS or without, see link.h. OpenSSL's errors become errno, so that the swarm need not know which of the two
 * it has. */
#include "load/link.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct link_context {
	SSL_CTX *tls;
	const char *name;
	bool verify;
};

struct link_context *link_context_new(const char *name, bool verify)
{
	struct link_context *context = check_alloc(calloc(1, sizeof *context));
	context->name = name;
	context->verify = verify;
	context->tls = check_alloc(SSL_CTX_new(TLS_client_method()));
	SSL_CTX_set_default_verify_paths(context->tls);
	SSL_CTX_set_verify(context->tls, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_mode(context->tls, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context->tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_ciphersuites(context->tls, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");
	return context;
}

void link_context_free(struct link_context *context)
{
	if (context != NULL)
		SSL_CTX_free(context->tls);
	free(context);
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

/* A name goes to the server before its certificate comes (RFC 6066, 3); an address does not. */
static SSL *make_tls(const struct link_context *context, int fd)
{
	unsigned char bytes[16];
	SSL *tls = check_alloc(SSL_new(context->tls));
	SSL_set_fd(tls, fd);
	bool is_address = inet_pton(AF_INET, context->name, bytes) == 1 || inet_pton(AF_INET6, context->name, bytes) == 1;
	if (!is_address)
		SSL_set_tlsext_host_name(tls, context->name);
	if (context->verify && is_address)
		X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), context->name);
	else if (context->verify)
		SSL_set1_host(tls, context->name);
	return tls;
}

int link_secure(struct member *member, struct link_context *context)
{
	if (member->tls == NULL)
		member->tls = make_tls(context, member->fd);
	ERR_clear_error();
	int done = SSL_connect(member->tls);
	if (done == 1)
		return 1;
	return error_of(member->tls, done) == EAGAIN ? 0 : -1;
}

const char *link_distrust(const struct member *member)
{
	long result = member->tls != NULL ? SSL_get_verify_result(member->tls) : X509_V_OK;
	return result == X509_V_OK ? NULL : X509_verify_cert_error_string(result);
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
