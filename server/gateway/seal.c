/* Sealing, see seal.h. The numbers of RFC 8446: a record is sealed under its header (5.2), with a nonce that is the IV crossed with
 * the record's number (5.3); new keys are derived from the traffic secret (7.2, 7.3).
 */
#include "gateway/seal.h"

#include "base/check.h"

#include <linux/tls.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 5
#define TAG_BYTES 16
#define IV_BYTES 12

_Static_assert(SEAL_MORE == HEADER_BYTES + 1 + TAG_BYTES, "what stands around the content");

enum cipher { AES_128, AES_256, CHACHA20, CIPHERS };

static const struct {
	uint16_t type; /* as the kernel numbers them */
	const char *name, *digest;
	size_t key_size;
} ciphers[CIPHERS] = {
	[AES_128] = {TLS_CIPHER_AES_GCM_128, "AES-128-GCM", "SHA2-256", 16},
	[AES_256] = {TLS_CIPHER_AES_GCM_256, "AES-256-GCM", "SHA2-384", 32},
	[CHACHA20] = {TLS_CIPHER_CHACHA20_POLY1305, "ChaCha20-Poly1305", "SHA2-256", 32},
};

struct sealer {
	EVP_CIPHER_CTX *context[CIPHERS]; /* keyed anew for each record: that is cheaper than a cold one for each connection */
};

struct sealer *sealer_new(void)
{
	struct sealer *sealer = check_alloc(calloc(1, sizeof *sealer));
	for (int i = 0; i < CIPHERS; i++) {
		EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, ciphers[i].name, NULL);
		sealer->context[i] = check_alloc(EVP_CIPHER_CTX_new());
		bool there = cipher != NULL && EVP_EncryptInit_ex2(sealer->context[i], cipher, NULL, NULL, NULL) == 1;
		EVP_CIPHER_free(cipher);
		if (!there) {
			sealer_free(sealer);
			return NULL;
		}
	}
	return sealer;
}

void sealer_free(struct sealer *sealer)
{
	if (sealer == NULL)
		return;
	for (int i = 0; i < CIPHERS; i++)
		EVP_CIPHER_CTX_free(sealer->context[i]);
	free(sealer);
}

/* ---- keys ---- */

static uint64_t big_endian(const uint8_t bytes[8])
{
	uint64_t number = 0;
	for (int i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* The kernel has the IV in two pieces for AES, which it calls salt and iv, in that order; for ChaCha20 there is no salt. */
static void take(struct seal_keys *keys, enum cipher cipher, const uint8_t *key, const uint8_t *salt, size_t salt_size,
		 const uint8_t *iv, const uint8_t *number)
{
	keys->cipher = (uint8_t)cipher;
	memcpy(keys->key, key, ciphers[cipher].key_size);
	if (salt_size > 0)
		memcpy(keys->iv, salt, salt_size);
	memcpy(keys->iv + salt_size, iv, IV_BYTES - salt_size);
	keys->number = big_endian(number);
}

bool seal_keys_take(struct seal_keys *keys, const void *crypto_info)
{
	const struct tls_crypto_info *info = crypto_info;
	if (info->version != TLS_1_3_VERSION)
		return false;
	switch (info->cipher_type) {
	case TLS_CIPHER_AES_GCM_128: {
		const struct tls12_crypto_info_aes_gcm_128 *aes = crypto_info;
		take(keys, AES_128, aes->key, aes->salt, sizeof aes->salt, aes->iv, aes->rec_seq);
		return true;
	}
	case TLS_CIPHER_AES_GCM_256: {
		const struct tls12_crypto_info_aes_gcm_256 *aes = crypto_info;
		take(keys, AES_256, aes->key, aes->salt, sizeof aes->salt, aes->iv, aes->rec_seq);
		return true;
	}
	case TLS_CIPHER_CHACHA20_POLY1305: {
		const struct tls12_crypto_info_chacha20_poly1305 *chacha = crypto_info;
		take(keys, CHACHA20, chacha->key, NULL, 0, chacha->iv, chacha->rec_seq);
		return true;
	}
	default: return false;
	}
}

/* SERVER_TRAFFIC_SECRET_0 CLIENT_RANDOM SECRET, in hexadecimal digits. */
void seal_secret_learn(struct seal_secret *secret, const char *key_log_line)
{
	static const char label[] = "SERVER_TRAFFIC_SECRET_0 ";
	const char *digits = strrchr(key_log_line, ' ');
	size_t size;
	if (strncmp(key_log_line, label, sizeof label - 1) != 0 || digits == NULL)
		return;
	if (OPENSSL_hexstr2buf_ex(secret->bytes, sizeof secret->bytes, &size, digits + 1, '\0') == 1)
		secret->size = (uint8_t)size;
}

/* HKDF-Expand-Label(secret, label, "", size), RFC 8446, 7.1. */
static bool expand(const struct seal_secret *secret, enum cipher cipher, const char *label, uint8_t *to, size_t size)
{
	char prefix[] = "tls13 ", *digest = (char *)ciphers[cipher].digest;
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret->bytes, secret->size),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, prefix, strlen(prefix)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, (void *)label, strlen(label)),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_3_KDF, NULL);
	EVP_KDF_CTX *context = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
	bool done = context != NULL && EVP_KDF_derive(context, to, size, params) == 1;
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
	return done;
}

bool seal_keys_renew(struct seal_keys *keys, struct seal_secret *secret)
{
	enum cipher cipher = (enum cipher)keys->cipher;
	struct seal_secret next = {.size = secret->size};
	if (secret->size == 0 || !expand(secret, cipher, "traffic upd", next.bytes, next.size))
		return false;
	*secret = next;
	OPENSSL_cleanse(&next, sizeof next);
	keys->number = 0;
	keys->stale = false;
	return expand(secret, cipher, "key", keys->key, ciphers[cipher].key_size) &&
	       expand(secret, cipher, "iv", keys->iv, IV_BYTES);
}

/* ---- records ---- */

static void make_nonce(const struct seal_keys *keys, uint8_t nonce[IV_BYTES])
{
	memcpy(nonce, keys->iv, IV_BYTES);
	for (int i = 0; i < 8; i++)
		nonce[IV_BYTES - 1 - i] ^= (uint8_t)(keys->number >> (8 * i));
}

size_t sealer_seal(struct sealer *sealer, struct seal_keys *keys, enum seal_type type, const uint8_t *bytes, size_t size,
		   uint8_t *to)
{
	EVP_CIPHER_CTX *context = sealer->context[keys->cipher];
	uint8_t nonce[IV_BYTES], inside = (uint8_t)type, *out = to + HEADER_BYTES;
	size_t sealed = size + 1 + TAG_BYTES;
	int n;
	check(size <= SEAL_RECORD_MAX);
	make_nonce(keys, nonce);
	to[0] = SEAL_DATA; /* each looks like that; and like TLS 1.2 */
	to[1] = 3;
	to[2] = 3;
	to[3] = (uint8_t)(sealed >> 8);
	to[4] = (uint8_t)sealed;
	if (EVP_EncryptInit_ex(context, NULL, NULL, keys->key, nonce) != 1 ||
	    EVP_EncryptUpdate(context, NULL, &n, to, HEADER_BYTES) != 1 ||
	    EVP_EncryptUpdate(context, out, &n, bytes, (int)size) != 1 ||
	    EVP_EncryptUpdate(context, out + size, &n, &inside, 1) != 1 || EVP_EncryptFinal_ex(context, out + size + 1, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, out + size + 1) != 1)
		return 0;
	keys->number++;
	return HEADER_BYTES + sealed;
}
