/* What the TLS of one connection writes, from its handshake on: sealed by OpenSSL, by us or by the kernel. Private to gateway/.
 *
 *   OpenSSL --handshake, TLS 1.2-----------> sealed already ------------+
 *           --BIO: what TLS 1.3 writes,  --> [ seal.h ] ----------------+--> socket
 *             and its keys                   [ kernel_tls.h: as it is ]-+
 *   packets --tls_out_seal-----------------> [ seal.h ] ------> batch.h +
 *
 * When a handshake is done, OpenSSL offers the keys to the BIO, as it would to kernel TLS, and from then on writes what is to be
 * sealed, not what is. So texts, answers and alerts of the library's come here too, and the records have one row of numbers.
 *
 * A record that has been sealed must go out, whole and in its order, or the peer ends the connection. So what a socket did not take
 * is kept here, and goes before anything that is written later, whoever asked for it.
 */
#ifndef GATEWAY_TLS_OUT_H
#define GATEWAY_TLS_OUT_H

#include "base/metrics.h"
#include "gateway/gateway.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_SEAL_MAX 8192 /* bytes that are sealed in one go; longer ones are written by the library */
#define TLS_SEAL_MORE 22  /* by which they grow */

struct tls;
struct tls_out;

/* Who makes the records of a connection. */
enum tls_sealer {
	TLS_BY_OPENSSL = 0, /* until its handshake is done; for TLS 1.2 for good */
	TLS_BY_US,
	TLS_BY_KERNEL
};

/* For all connections of one gateway. NULL with a sentence in `error` when SEALING_KERNEL was asked for and cannot be. The caller
 * frees with tls_free(), when they are gone. */
struct tls *tls_new(enum sealing sealing, struct metrics *metrics, char *error, size_t size);
void tls_free(struct tls *tls);
/* Logs who seals, and why. */
void tls_log(const struct tls *tls);
/* Connections of this context are ours from the beginning of their handshake. */
void tls_serve(struct tls *tls, SSL_CTX *context);
/* A new turn of the loop begins: what each connection may read in one turn is bounded (tls_in.h). */
void tls_turn(struct tls *tls);

/* That of a connection of such a context. It belongs to `ssl` and ends with it. */
struct tls_out *tls_out_of(SSL *ssl);
/* The handshake is done, and packets follow: where OpenSSL goes on to seal, in short records. */
void tls_out_expect_packets(SSL *ssl);
enum tls_sealer tls_out_sealer(const struct tls_out *out);
/* The peer has asked for new keys: the next packet is OpenSSL's to write, which answers that first (RFC 8446, 4.6.3). */
bool tls_out_is_stale(const struct tls_out *out);
/* Seals `size` bytes, at most TLS_SEAL_MAX, into `to`, which has TLS_SEAL_MORE more. Returns the sealed size, 0 when the connection
 * is broken. Only TLS_BY_US, while nothing is kept. */
size_t tls_out_seal(struct tls_out *out, const uint8_t *bytes, size_t size, uint8_t *to);
/* Keeps (copies) bytes that the socket did not take: sealed ones, or those that the kernel is to seal. */
void tls_out_keep(struct tls_out *out, const uint8_t *rest, size_t size);
bool tls_out_keeps(const struct tls_out *out);
/* Sends what is kept as far as the socket takes it. False when the connection is broken. */
bool tls_out_flush(struct tls_out *out);

#endif
