/* Certificates as OpenSSL has them. Private to gateway/. What fails leaves nothing in OpenSSL's queue of errors, which belongs to
 * the connections. */
#ifndef GATEWAY_X509_H
#define GATEWAY_X509_H

#include "gateway/certificate.h"
#include "gateway/host_names.h"

#include <openssl/x509.h>
#include <stdbool.h>

#define X509_WHY_SIZE 128

/* A new key on the curve P-256, the cheapest to serve that every browser takes. Freed with EVP_PKEY_free(); NULL with OpenSSL's
 * words in `why`. */
EVP_PKEY *x509_make_key(char why[X509_WHY_SIZE]);
/* A certificate for the names, signed by its own key: valid from a day before `now_s` (clocks differ) for CERTIFICATE_DAYS. Freed
 * with X509_free(); NULL with OpenSSL's words in `why`. */
X509 *x509_make(EVP_PKEY *key, const struct host_names *names, int64_t now_s, char why[X509_WHY_SIZE]);

/* A P-256 key without a passphrase, of PEM text; NULL when it is none. */
EVP_PKEY *x509_read_key(BIO *pem);
/* The first certificate of PEM text; NULL when there is none. */
X509 *x509_read(BIO *pem);

/* The first name that the certificate lacks, of those that do not pass; NULL when it has them all. */
const char *x509_lacks(X509 *certificate, const struct host_names *names);
/* Whether it was signed by the key that it shows: then nobody else gave it to us. */
bool x509_self_signed(X509 *certificate);
bool x509_belongs(X509 *certificate, EVP_PKEY *key);
/* When it ends, and its fingerprint. */
void x509_facts(const X509 *certificate, struct certificate_facts *facts);

#endif
