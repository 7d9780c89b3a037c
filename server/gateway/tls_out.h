/* What the TLS of one WebSocket writes: at once to the socket, as ever, or sealed into memory of ours, for batch.h. Private to
 * gateway/.
 *
 *   library --SSL_write--> [ record ] --BIO--+-- to the socket
 *                                            +-- into the room that tls_seal() was given
 *
 * A record that has been sealed must go out, whole and in its order, or the peer ends the connection. So what a socket did not take
 * is kept here, and goes before anything that TLS writes later, whoever asked for it.
 */
#ifndef GATEWAY_TLS_OUT_H
#define GATEWAY_TLS_OUT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_SEAL_MAX  8192 /* bytes that are sealed in one go; longer ones are written by the library */
#define TLS_SEAL_MORE 512  /* by which they grow: a record's frame for each 2 KiB, and an answer to a change of keys */

struct tls_out;

/* The kind of BIO that does it: one for all connections. Freed when they are gone. */
BIO_METHOD *tls_out_kind(void);
void tls_out_kind_free(BIO_METHOD *kind);
/* Stands between this TLS, whose handshake is done, and its socket from now on. It belongs to `ssl` and ends with it. */
struct tls_out *tls_out_new(BIO_METHOD *kind, SSL *ssl, int fd);
/* Seals `size` bytes, at most TLS_SEAL_MAX, into `to`, which has TLS_SEAL_MORE more. Returns the sealed size, 0 when the connection
 * is broken. Only while nothing is kept, and nothing of the library's waits. */
size_t tls_out_seal(struct tls_out *out, const uint8_t *bytes, size_t size, uint8_t *to);
/* Keeps (copies) sealed bytes that the socket did not take. */
void tls_out_keep(struct tls_out *out, const uint8_t *rest, size_t size);
bool tls_out_keeps(const struct tls_out *out);
/* Sends what is kept as far as the socket takes it. False when the connection is broken. */
bool tls_out_flush(struct tls_out *out);

#endif
