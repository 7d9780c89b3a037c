/* Whom a member trusts, see link.h. The socket itself is cord.c's. */
#include "load/link.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

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
	context->tls = cord_context_new();
	SSL_CTX_set_default_verify_paths(context->tls);
	SSL_CTX_set_verify(context->tls, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	return context;
}

void link_context_free(struct link_context *context)
{
	if (context != NULL)
		cord_context_free(context->tls);
	free(context);
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
	if (member->cord.tls == NULL)
		member->cord.tls = make_tls(context, member->cord.fd);
	return cord_secure(&member->cord);
}

const char *link_distrust(const struct member *member)
{
	long result = member->cord.tls != NULL ? SSL_get_verify_result(member->cord.tls) : X509_V_OK;
	return result == X509_V_OK ? NULL : X509_verify_cert_error_string(result);
}
