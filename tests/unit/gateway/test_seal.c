/* Records of TLS 1.3: opened again by OpenSSL's ciphers, step by step as RFC 8446 says; and new keys as RFC 8446, 7.2 derives them.
 * That whole connections work is test_gateway_delivery's. */
#include "gateway/seal.h"

#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/tls.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#define CONTENT "twenty milliseconds of sound"

/* One cipher, as OpenSSL offers its keys to the kernel. */
struct offer {
	union {
		struct tls_crypto_info info;
		struct tls12_crypto_info_aes_gcm_128 aes128;
		struct tls12_crypto_info_aes_gcm_256 aes256;
		struct tls12_crypto_info_chacha20_poly1305 chacha20;
	} as;
	const EVP_CIPHER *cipher;
	const EVP_MD *digest;
	uint8_t key[32], iv[12];
	size_t key_size;
};

#define NUMBER_AT_FIRST 0x0102030405060708u

static void fill(struct offer *offer)
{
	for (size_t i = 0; i < sizeof offer->key; i++)
		offer->key[i] = (uint8_t)(7 * i + 1);
	for (size_t i = 0; i < sizeof offer->iv; i++)
		offer->iv[i] = (uint8_t)(0xf0 - i);
}

static struct offer make_offer(int number)
{
	static const uint8_t record[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct offer offer = {.as.info.version = TLS_1_3_VERSION};
	fill(&offer);
	if (number == 0) {
		offer.as.info.cipher_type = TLS_CIPHER_AES_GCM_128;
		memcpy(offer.as.aes128.key, offer.key, offer.key_size = 16);
		memcpy(offer.as.aes128.salt, offer.iv, 4);
		memcpy(offer.as.aes128.iv, offer.iv + 4, 8);
		memcpy(offer.as.aes128.rec_seq, record, 8);
		offer.cipher = EVP_aes_128_gcm();
		offer.digest = EVP_sha256();
	} else if (number == 1) {
		offer.as.info.cipher_type = TLS_CIPHER_AES_GCM_256;
		memcpy(offer.as.aes256.key, offer.key, offer.key_size = 32);
		memcpy(offer.as.aes256.salt, offer.iv, 4);
		memcpy(offer.as.aes256.iv, offer.iv + 4, 8);
		memcpy(offer.as.aes256.rec_seq, record, 8);
		offer.cipher = EVP_aes_256_gcm();
		offer.digest = EVP_sha384();
	} else {
		offer.as.info.cipher_type = TLS_CIPHER_CHACHA20_POLY1305;
		memcpy(offer.as.chacha20.key, offer.key, offer.key_size = 32);
		memcpy(offer.as.chacha20.iv, offer.iv, 12);
		memcpy(offer.as.chacha20.rec_seq, record, 8);
		offer.cipher = EVP_chacha20_poly1305();
		offer.digest = EVP_sha256();
	}
	return offer;
}

/* Opens a record with the key and the number; the size of what is in it, with the type behind; -1 when it is not genuine. */
static int open_record(const struct offer *offer, uint64_t number, const uint8_t *record, size_t size, uint8_t *to)
{
	uint8_t nonce[12], tag[16];
	int n, inside = (int)size - 5 - 16, last = 0;
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	memcpy(nonce, offer->iv, 12);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] ^= (uint8_t)(number >> (56 - 8 * i));
	memcpy(tag, record + size - 16, 16);
	assert_int_equal(EVP_DecryptInit_ex(context, offer->cipher, NULL, offer->key, nonce), 1);
	assert_int_equal(EVP_DecryptUpdate(context, NULL, &n, record, 5), 1);
	assert_int_equal(EVP_DecryptUpdate(context, to, &n, record + 5, inside), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, tag), 1);
	bool genuine = EVP_DecryptFinal_ex(context, to + n, &last) == 1;
	EVP_CIPHER_CTX_free(context);
	return genuine ? n + last : -1;
}

static void assert_record(const struct offer *offer, uint64_t number, const uint8_t *record, size_t size, enum seal_type type)
{
	uint8_t inside[256];
	assert_int_equal(size, sizeof CONTENT + SEAL_MORE);
	assert_int_equal(record[0], SEAL_DATA);
	assert_int_equal(record[3] << 8 | record[4], size - 5);
	assert_int_equal(open_record(offer, number, record, size, inside), sizeof CONTENT + 1);
	assert_string_equal((char *)inside, CONTENT);
	assert_int_equal(inside[sizeof CONTENT], type);
	assert_int_equal(open_record(offer, number + 1, record, size, inside), -1);
}

static size_t seal_content(struct sealer *sealer, struct seal_keys *keys, enum seal_type type, uint8_t *to)
{
	return sealer_seal(sealer, keys, type, (const uint8_t *)CONTENT, sizeof CONTENT, to);
}

static void test_records(void **state)
{
	struct sealer *sealer = sealer_new();
	uint8_t record[256];
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct offer offer = make_offer(i);
		struct seal_keys keys = {0};
		assert_true(seal_keys_take(&keys, &offer.as));
		for (uint64_t more = 0; more < 3; more++) {
			enum seal_type type = more == 1 ? SEAL_ALERT : SEAL_DATA;
			size_t size = seal_content(sealer, &keys, type, record);
			assert_record(&offer, NUMBER_AT_FIRST + more, record, size, type);
		}
	}
	sealer_free(sealer);
}

/* Connections take turns with one sealer: none of them leaves anything for the next. */
static void test_turns(void **state)
{
	struct sealer *sealer = sealer_new();
	struct offer offer[6];
	struct seal_keys keys[6] = {0};
	uint8_t record[256];
	(void)state;
	for (int i = 0; i < 6; i++) {
		offer[i] = make_offer(i % 3);
		assert_true(seal_keys_take(&keys[i], &offer[i].as));
		keys[i].key[0] ^= (uint8_t)i;
		offer[i].key[0] ^= (uint8_t)i;
	}
	for (uint64_t round = 0; round < 4; round++) {
		for (int i = 0; i < 6; i++) {
			size_t size = seal_content(sealer, &keys[i], SEAL_DATA, record);
			assert_record(&offer[i], NUMBER_AT_FIRST + round, record, size, SEAL_DATA);
		}
	}
	sealer_free(sealer);
}

static void test_longest_and_shortest(void **state)
{
	struct sealer *sealer = sealer_new();
	struct offer offer = make_offer(0);
	struct seal_keys keys = {0};
	uint8_t *content = check_alloc(calloc(1, SEAL_RECORD_MAX)), *record = check_alloc(malloc(SEAL_RECORD_MAX + SEAL_MORE)),
		*inside = check_alloc(malloc(SEAL_RECORD_MAX + SEAL_MORE));
	(void)state;
	assert_true(seal_keys_take(&keys, &offer.as));
	size_t size = sealer_seal(sealer, &keys, SEAL_DATA, content, SEAL_RECORD_MAX, record);
	assert_int_equal(open_record(&offer, NUMBER_AT_FIRST, record, size, inside), SEAL_RECORD_MAX + 1);
	size = sealer_seal(sealer, &keys, SEAL_DATA, content, 1, record);
	assert_int_equal(open_record(&offer, NUMBER_AT_FIRST + 1, record, size, inside), 2);
	free(content);
	free(record);
	free(inside);
	sealer_free(sealer);
}

static void test_what_is_not_taken(void **state)
{
	struct offer offer = make_offer(0);
	struct seal_keys keys = {0};
	(void)state;
	offer.as.info.version = TLS_1_2_VERSION;
	assert_false(seal_keys_take(&keys, &offer.as));
	offer = make_offer(0);
	offer.as.info.cipher_type = TLS_CIPHER_AES_CCM_128;
	assert_false(seal_keys_take(&keys, &offer.as));
}

/* ---- new keys ---- */

/* HKDF-Expand-Label with an empty context, by hand: one block of HMAC is enough for all that is asked here. */
static void expand(const struct offer *offer, const uint8_t *secret, size_t secret_size, const char *label, uint8_t *to,
		   size_t size)
{
	uint8_t info[64] = {0, (uint8_t)size, (uint8_t)(6 + strlen(label))}, block[64];
	size_t n = 3 + 6 + strlen(label);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, strlen(label));
	info[n++] = 0; /* the context's length */
	info[n++] = 1; /* the block's number */
	assert_non_null(HMAC(offer->digest, secret, (int)secret_size, info, n, block, NULL));
	memcpy(to, block, size);
}

/* As OpenSSL writes it, with digits for the secret 0x80 0x81 ... */
static void say_secret(char line[256], size_t size)
{
	strcpy(line, "SERVER_TRAFFIC_SECRET_0 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff ");
	for (size_t i = 0; i < size; i++)
		snprintf(line + strlen(line), 3, "%02x", (unsigned)(0x80 + i));
}

static void test_new_keys(void **state)
{
	struct sealer *sealer = sealer_new();
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct offer offer = make_offer(i);
		struct seal_keys keys = {0};
		struct seal_secret secret = {0};
		size_t secret_size = (size_t)EVP_MD_get_size(offer.digest);
		uint8_t expected[48], record[256];
		char line[256];
		assert_true(seal_keys_take(&keys, &offer.as));
		say_secret(line, secret_size);
		seal_secret_learn(&secret, line);
		for (size_t k = 0; k < secret_size; k++)
			expected[k] = (uint8_t)(0x80 + k);
		for (int generation = 0; generation < 3; generation++) {
			assert_true(seal_keys_renew(&keys, &secret));
			expand(&offer, expected, secret_size, "traffic upd", expected, secret_size);
			expand(&offer, expected, secret_size, "key", offer.key, offer.key_size);
			expand(&offer, expected, secret_size, "iv", offer.iv, 12);
			size_t size = seal_content(sealer, &keys, SEAL_DATA, record);
			assert_record(&offer, 0, record, size, SEAL_DATA);
		}
	}
	sealer_free(sealer);
}

static void test_secrets_of_others(void **state)
{
	struct offer offer = make_offer(0);
	struct seal_keys keys = {0};
	struct seal_secret secret = {0};
	(void)state;
	assert_true(seal_keys_take(&keys, &offer.as));
	seal_secret_learn(&secret, "CLIENT_TRAFFIC_SECRET_0 00 8081");
	seal_secret_learn(&secret, "SERVER_HANDSHAKE_TRAFFIC_SECRET 00 8081");
	seal_secret_learn(&secret, "SERVER_TRAFFIC_SECRET_0 00 no digits");
	assert_int_equal(secret.size, 0);
	assert_false(seal_keys_renew(&keys, &secret));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_longest_and_shortest),
		cmocka_unit_test(test_what_is_not_taken),
		cmocka_unit_test(test_new_keys),
		cmocka_unit_test(test_secrets_of_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
