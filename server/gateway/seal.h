/* Records of TLS 1.3, sealed with the keys that OpenSSL's handshake has made. Private to gateway/.
 *
 *   OpenSSL: handshake --> keys --offered to the BIO, as to kernel TLS--> struct seal_keys
 *   packet --> sealer_seal: header | packet, its type | tag --> a record
 *
 * Why not SSL_write()? It looks at a dozen places of a connection's memory before it encrypts, and with thousands of connections
 * none of them is in a cache. Here a record needs one cache line of its connection; the rest is one cipher for all of them. That is
 * a third of the cost (0.34 instead of 1.1 us). What is encrypted, and how, stays OpenSSL's: its ciphers, its key schedule.
 *
 * One sealer belongs to one thread.
 */
#ifndef GATEWAY_SEAL_H
#define GATEWAY_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_RECORD_MAX 16384 /* bytes in one record (RFC 8446, 5.1) */
#define SEAL_MORE 22          /* what a record is longer than what is in it: its header, the type inside, the tag */
#define SEAL_SECRET_MAX 48    /* bytes of a traffic secret: a SHA-384 */

/* Types of records (RFC 8446, B.1). */
enum seal_type { SEAL_ALERT = 21, SEAL_HANDSHAKE = 22, SEAL_DATA = 23 };

struct sealer;

/* What a record of one direction of one connection needs; the fields belong to seal.c. */
struct seal_keys {
	uint64_t number; /* of the next record under this key */
	uint8_t key[32];
	uint8_t iv[12];
	uint8_t cipher;
	bool stale; /* the peer has asked for new ones */
};

/* What new keys come from. */
struct seal_secret {
	uint8_t bytes[SEAL_SECRET_MAX];
	uint8_t size; /* 0: not known */
};

/* The caller frees with sealer_free(). NULL when OpenSSL has not all the ciphers. */
struct sealer *sealer_new(void);
void sealer_free(struct sealer *sealer);
/* Takes the keys as OpenSSL describes them to the kernel: a struct of linux/tls.h that begins with a tls_crypto_info. False for
 * what is not TLS 1.3 with one of its three usual ciphers. */
bool seal_keys_take(struct seal_keys *keys, const void *crypto_info);
/* The secret that the first keys came from, as a line of OpenSSL's key log says it; another line changes nothing. */
void seal_secret_learn(struct seal_secret *secret, const char *key_log_line);
/* The next generation of keys, after a KeyUpdate has been sealed (RFC 8446, 7.2). False when the secret is not known. */
bool seal_keys_renew(struct seal_keys *keys, struct seal_secret *secret);
/* Seals `size` bytes, at most SEAL_RECORD_MAX, of a type into `to`, which has SEAL_MORE more. Returns the record's size, 0 when
 * OpenSSL fails. */
size_t sealer_seal(struct sealer *sealer, struct seal_keys *keys, enum seal_type type, const uint8_t *bytes, size_t size,
		   uint8_t *to);

#endif
