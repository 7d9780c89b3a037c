/* A client that makes its own records of TLS, after a handshake that OpenSSL has made: any type, any content, as many as it likes.
 * With AES-128-GCM, which the server prefers.
 */
#ifndef TESTS_GATEWAY_FORGE_H
#define TESTS_GATEWAY_FORGE_H

#include "unit/gateway/rig.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#define FORGE_KEY 16
#define FORGE_NONCE 12
#define FORGE_TAG 16

struct forge {
	bool tls13;
	uint8_t key[FORGE_KEY], iv[FORGE_NONCE]; /* TLS 1.2: of the nonce the first four bytes */
	uint64_t number;
};

/* The line of OpenSSL's key log that has the client's traffic secret; one connection at a time. */
struct forge_secret {
	uint8_t bytes[64];
	size_t size;
};

static struct forge_secret *forge_secret_of(const SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

static inline void forge_learn(const SSL *ssl, const char *line)
{
	static const char label[] = "CLIENT_TRAFFIC_SECRET_0 ";
	struct forge_secret *secret = forge_secret_of(ssl);
	if (strncmp(line, label, sizeof label - 1) == 0)
		assert_int_equal(
			OPENSSL_hexstr2buf_ex(secret->bytes, sizeof secret->bytes, &secret->size, strrchr(line, ' ') + 1, '\0'), 1);
}

/* Connections of this context can be forged. `secret` outlives them. */
static inline void forge_prepare(SSL_CTX *context, struct forge_secret *secret)
{
	SSL_CTX_set_app_data(context, secret);
	SSL_CTX_set_keylog_callback(context, forge_learn);
}

static inline void forge_derive(const char *name, OSSL_PARAM *params, uint8_t *to, size_t size)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
	EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
	assert_int_equal(EVP_KDF_derive(context, to, size, params), 1);
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
}

/* HKDF-Expand-Label(secret, label, "", size), RFC 8446, 7.1. */
static inline void forge_expand(const struct forge_secret *secret, const char *label, uint8_t *to, size_t size)
{
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA2-256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret->bytes, secret->size),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, (char *)"tls13 ", 6),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, (char *)label, strlen(label)),
		OSSL_PARAM_construct_end(),
	};
	forge_derive(OSSL_KDF_NAME_TLS1_3_KDF, params, to, size);
}

/* The key block of TLS 1.2 (RFC 5246, 6.3): with GCM two keys and two salts, the client's first. */
static inline void forge_expand_12(SSL *ssl, struct forge *forge)
{
	uint8_t master[48], seed[13 + 64], block[2 * FORGE_KEY + 8];
	assert_int_equal(SSL_SESSION_get_master_key(SSL_get_session(ssl), master, sizeof master), sizeof master);
	memcpy(seed, "key expansion", 13);
	SSL_get_server_random(ssl, seed + 13, 32);
	SSL_get_client_random(ssl, seed + 13 + 32, 32);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA2-256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master, sizeof master),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof seed),
		OSSL_PARAM_construct_end(),
	};
	forge_derive(OSSL_KDF_NAME_TLS1_PRF, params, block, sizeof block);
	memcpy(forge->key, block, FORGE_KEY);
	memcpy(forge->iv, block + (size_t)2 * FORGE_KEY, 4);
}

/* After the handshake; OpenSSL's object must write nothing any more. `sent`: records that it has sent since its last keys. */
static inline void forge_begin(struct forge *forge, SSL *ssl, uint64_t sent)
{
	memset(forge, 0, sizeof *forge);
	forge->number = sent;
	forge->tls13 = SSL_version(ssl) == TLS1_3_VERSION;
	if (forge->tls13) {
		forge_expand(forge_secret_of(ssl), "key", forge->key, FORGE_KEY);
		forge_expand(forge_secret_of(ssl), "iv", forge->iv, FORGE_NONCE);
	} else {
		forge_expand_12(ssl, forge);
	}
}

static inline void forge_put_number(uint8_t to[8], uint64_t number)
{
	for (int i = 0; i < 8; i++)
		to[i] = (uint8_t)(number >> (56 - 8 * i));
}

/* Appends a record of the type to `out`. */
static inline void forge_record(struct forge *forge, struct text *out, uint8_t type, const void *bytes, size_t size)
{
	uint8_t nonce[FORGE_NONCE], aad[13], number[8], head[5] = {forge->tls13 ? 23 : type, 3, 3}, record[1024], tag[FORGE_TAG];
	size_t inside = size + forge->tls13, sealed = inside + FORGE_TAG + (forge->tls13 ? 0 : 8);
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int n;
	assert_true(inside < sizeof record);
	head[3] = (uint8_t)(sealed >> 8);
	head[4] = (uint8_t)sealed;
	forge_put_number(number, forge->number++);
	memcpy(nonce, forge->iv, sizeof nonce);
	if (forge->tls13) {
		for (int i = 0; i < 8; i++)
			nonce[4 + i] ^= number[i];
	} else {
		memcpy(nonce + 4, number, 8);
		memcpy(aad, number, 8);
		memcpy(aad + 8, (uint8_t[]){type, 3, 3, (uint8_t)(size >> 8), (uint8_t)size}, 5);
	}
	memcpy(record, bytes, size);
	record[size] = type;
	assert_int_equal(EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), NULL, forge->key, nonce), 1);
	assert_int_equal(EVP_EncryptUpdate(cipher, NULL, &n, forge->tls13 ? head : aad, forge->tls13 ? 5 : 13), 1);
	assert_int_equal(EVP_EncryptUpdate(cipher, record, &n, record, (int)inside), 1);
	assert_int_equal(EVP_EncryptFinal_ex(cipher, record + n, &n), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, FORGE_TAG, tag), 1);
	EVP_CIPHER_CTX_free(cipher);
	text_add_bytes(out, (const char *)head, sizeof head);
	if (!forge->tls13)
		text_add_bytes(out, (const char *)number, 8);
	text_add_bytes(out, (const char *)record, inside);
	text_add_bytes(out, (const char *)tag, sizeof tag);
}

#endif
