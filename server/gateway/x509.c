/* Makes and reads certificates with OpenSSL, see x509.h. It touches no file and reads no clock; called by certificate.c and
 * own_certificate.c, at start.
 */
#include "gateway/x509.h"

#include "base/check.h"
#include "base/text.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400
#define SERIAL_BITS 126    /* positive, and as random as public authorities must have it twice over */
#define COMMON_NAME_MAX 64 /* letters (RFC 5280, ub-common-name) */
/* All names as an extension is written, each with what stands before and after it. */
#define EXTENSION_MAX (HOST_NAMES_MAX * (HOST_NAME_SIZE + 64) + 16)

static void explain(char why[X509_WHY_SIZE])
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	text_print(why, X509_WHY_SIZE, "%s", reason != NULL ? reason : "no reason given");
	ERR_clear_error();
}

/* ---- making ---- */

EVP_PKEY *x509_make_key(char why[X509_WHY_SIZE])
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	if (key == NULL)
		explain(why);
	return key;
}

static bool set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();
	bool set = number != NULL && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
		   BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
	BN_free(number);
	return set;
}

static bool set_times(X509 *certificate, int64_t now_s)
{
	int64_t from_s = now_s - DAY_S, to_s = from_s + CERTIFICATE_DAYS * DAY_S - 1; /* both ends count (RFC 5280, 4.1.2.5) */
	return ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)from_s) != NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)to_s) != NULL;
}

/* What a phone shows in its list of those it trusts: the name that people know, which is the first that is not of every machine. */
static bool set_subject(X509 *certificate, const struct host_names *names)
{
	char words[COMMON_NAME_MAX + 1];
	const char *host = names->list[0].text;
	for (unsigned i = 0; i < names->count; i++) {
		host = names->list[i].text;
		if (strcmp(host, "localhost") != 0 && strcmp(host, "127.0.0.1") != 0 && strcmp(host, "::1") != 0)
			break;
	}
	text_print(words, sizeof words, "Boothcast %s", host);
	X509_NAME *subject = X509_get_subject_name(certificate);
	return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)words, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, subject) == 1;
}

static bool add_extension(X509 *certificate, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, &context, nid, value);
	bool added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return added;
}

static bool add_names(X509 *certificate, const struct host_names *names)
{
	struct text alternatives, permitted;
	text_init(&alternatives, EXTENSION_MAX);
	text_init(&permitted, EXTENSION_MAX);
	text_add(&permitted, "critical");
	for (unsigned i = 0; i < names->count; i++) {
		const struct host_name *name = &names->list[i];
		const char *kind = name->address ? "IP" : "DNS", *whole = "";
		if (name->address)
			whole = strchr(name->text, ':') != NULL ? "/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" : "/255.255.255.255";
		text_add(&alternatives, "%s%s:%s", i > 0 ? "," : "", kind, name->text);
		text_add(&permitted, ",permitted;%s:%s%s", kind, name->text, whole);
	}
	check(!alternatives.cut && !permitted.cut);
	bool added = add_extension(certificate, NID_subject_alt_name, alternatives.at) &&
		     add_extension(certificate, NID_name_constraints, permitted.at);
	text_free(&alternatives);
	text_free(&permitted);
	return added;
}

/* In the order of a certificate's fields. */
static bool fill(X509 *certificate, EVP_PKEY *key, const struct host_names *names, int64_t now_s)
{
	return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) && set_subject(certificate, names) &&
	       set_times(certificate, now_s) && X509_set_pubkey(certificate, key) == 1 &&
	       add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	       add_extension(certificate, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
	       add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
	       add_extension(certificate, NID_subject_key_identifier, "hash") && add_names(certificate, names) &&
	       X509_sign(certificate, key, EVP_sha256()) > 0;
}

X509 *x509_make(EVP_PKEY *key, const struct host_names *names, int64_t now_s, char why[X509_WHY_SIZE])
{
	X509 *certificate = X509_new();
	if (certificate != NULL && fill(certificate, key, names, now_s))
		return certificate;
	explain(why);
	X509_free(certificate);
	return NULL;
}

/* ---- reading ---- */

/* Never asks the terminal. */
static int no_passphrase(char *to, int size, int writing, void *user)
{
	(void)to, (void)size, (void)writing, (void)user;
	return -1;
}

EVP_PKEY *x509_read_key(BIO *pem)
{
	char group[32] = "";
	EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, no_passphrase, NULL);
	if (key != NULL &&
	    (EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1 || strcmp(group, SN_X9_62_prime256v1) != 0)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	ERR_clear_error();
	return key;
}

X509 *x509_read(BIO *pem)
{
	X509 *certificate = PEM_read_bio_X509(pem, NULL, no_passphrase, NULL);
	ERR_clear_error();
	return certificate;
}

static bool has(X509 *certificate, const struct host_name *name)
{
	if (name->address)
		return X509_check_ip_asc(certificate, name->text, 0) == 1;
	return X509_check_host(certificate, name->text, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

const char *x509_lacks(X509 *certificate, const struct host_names *names)
{
	for (unsigned i = 0; i < names->count; i++) {
		if (!names->list[i].passing && !has(certificate, &names->list[i]))
			return names->list[i].text;
	}
	return NULL;
}

bool x509_self_signed(X509 *certificate)
{
	bool own = X509_self_signed(certificate, 1) == 1;
	ERR_clear_error();
	return own;
}

bool x509_belongs(X509 *certificate, EVP_PKEY *key)
{
	bool belongs = X509_check_private_key(certificate, key) == 1;
	ERR_clear_error();
	return belongs;
}

void x509_facts(const X509 *certificate, struct certificate_facts *facts)
{
	uint8_t digest[32];
	unsigned size = 0;
	struct tm ends = {0};
	check(X509_digest(certificate, EVP_sha256(), digest, &size) == 1 && size == sizeof digest);
	for (unsigned i = 0; i < sizeof digest; i++)
		snprintf(facts->sha256 + 3 * i, 4, "%02X%s", digest[i], i + 1 < sizeof digest ? ":" : "");
	facts->ends_s = ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &ends) == 1 ? (int64_t)timegm(&ends) : 0;
	ERR_clear_error();
}
