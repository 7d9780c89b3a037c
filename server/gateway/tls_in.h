/* What the TLS of one connection reads: a BIO between the socket and OpenSSL that bounds what its peer can make OpenSSL do. Private
 * to gateway/.
 *
 *   socket --recv--> [ a few records a turn of the loop ] --> OpenSSL --> the library, or ws.c
 *                        ^                                       |
 *                        \-- the type of each record ------------/
 *
 * One SSL_read() goes on until it has data, and one SSL_accept() until the handshake is done or the socket is empty. So a peer that
 * sends records without data (KeyUpdate, ChangeCipherSpec, alerts, a ClientHello in an open TLS 1.2 connection, empty records)
 * could keep one call busy for as long as its bytes reach. Two bounds prevent that:
 *
 *   - In one turn of the loop OpenSSL gets at most TLS_RECORDS_A_TURN records of a connection; then the BIO says that the socket is
 *     empty. The loop comes back to the socket in its next turn, because there still is something to read.
 *   - A connection whose handshake takes more than TLS_HANDSHAKE_RECORDS_MAX records, or that later sends more than
 *     TLS_SERVICE_RECORDS_PER_MIN records of a type that is not data within a minute, is ended: reading fails.
 *
 * Only the thread of the gateway's loop.
 */
#ifndef GATEWAY_TLS_IN_H
#define GATEWAY_TLS_IN_H

#include "base/metrics.h"

#include <openssl/ssl.h>

/* What all connections of one gateway share. */
struct tls_reader;

/* The caller frees with tls_reader_free(), when the connections are gone. */
struct tls_reader *tls_reader_new(struct metrics *metrics);
void tls_reader_free(struct tls_reader *reader);
/* Makes OpenSSL tell the type of each record that connections of this context read. */
void tls_reader_serve(struct tls_reader *reader, SSL_CTX *context);
/* A new turn of the loop begins. */
void tls_reader_turn(struct tls_reader *reader);

/* Reads for `ssl` from now on, from the socket that it has; called before its handshake. Belongs to `ssl` and ends with it. */
void tls_in_install(struct tls_reader *reader, SSL *ssl);
/* The handshake is done: from here on, records that are not data are counted by the minute. */
void tls_in_established(SSL *ssl);

#endif
