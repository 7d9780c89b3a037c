/* The keys under which a client of TLS keeps its session for the server (RFC 8446, 2.2; RFC 5077): who comes back with what it was
 * given goes on from there, without certificate and signature, which cost more than all the rest of a handshake.
 *
 * Every loop has a TLS context of its own, and a client is on whichever loop has the fewest. So all of a server have the same keys.
 * They are made anew at each start and stand nowhere but in memory. Called by gateway.c.
 */
#include "gateway/parts.h"

#include "base/check.h"

#include <openssl/rand.h>
#include <openssl/ssl.h>

void tls_keys_make(struct tls_keys *keys)
{
	check(RAND_priv_bytes(keys->bytes, sizeof keys->bytes) == 1);
}

void tls_keys_use(const struct tls_keys *keys, SSL_CTX *context)
{
	/* the name of what sessions are for: one that was begun under another is not taken up */
	static const unsigned char purpose[] = "boothcast";
	struct tls_keys copy = *keys; /* the call is not for constants, and changes nothing */
	check(SSL_CTX_set_session_id_context(context, purpose, sizeof purpose - 1) == 1);
	check(SSL_CTX_set_tlsext_ticket_keys(context, copy.bytes, sizeof copy.bytes) == 1);
}
