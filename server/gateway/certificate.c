/* What is told of the certificate that is served, see certificate.h. Called by server.c, once the server listens; by then TLS has
 * read the file, and has found it good.
 */
#include "gateway/certificate.h"

#include "base/log.h"
#include "gateway/x509.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdio.h>
#include <time.h>

#define DAY_S 86400

bool certificate_read(const char *path, struct certificate_facts *facts)
{
	BIO *pem = BIO_new_file(path, "r");
	X509 *certificate = pem != NULL ? x509_read(pem) : NULL;
	bool found = certificate != NULL;
	if (found)
		x509_facts(certificate, facts);
	X509_free(certificate);
	BIO_free(pem);
	ERR_clear_error();
	return found;
}

static void tell_made(const struct own_certificate *own)
{
	log_event(LOG_INFO, "certificate_made", LOG_STRING("why", own->why), LOG_STRING("key", own->new_key ? "new" : "kept"),
		  LOG_STRING("names", own->names));
	if (own->left_out > 0)
		log_event(LOG_WARNING, "certificate_names_left_out", LOG_NUMBER("names", own->left_out),
			  LOG_NUMBER("most", HOST_NAMES_MAX));
}

static void tell_end(const struct certificate_facts *facts, const char *until, int64_t now_s)
{
	if (facts->ends_s <= now_s)
		log_event(LOG_WARNING, "certificate_ended", LOG_STRING("until", until), LOG_STRING("so", "browsers refuse it"));
	else if (facts->ends_s < now_s + CERTIFICATE_WARN_DAYS * DAY_S)
		log_event(LOG_WARNING, "certificate_ends_soon", LOG_STRING("until", until),
			  LOG_NUMBER("days", (facts->ends_s - now_s) / DAY_S));
}

void certificate_tell(const char *path, const struct own_certificate *own, int64_t now_s, struct metrics *metrics)
{
	struct certificate_facts facts;
	struct tm utc;
	char until[32];
	if (!certificate_read(path, &facts))
		return; /* removed since */
	strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&(time_t){(time_t)facts.ends_s}, &utc));
	if (own != NULL && own->why[0] != '\0')
		tell_made(own);
	const struct log_field fields[] = {LOG_STRING("kind", own != NULL ? "self-signed" : "named"), LOG_STRING("until", until),
					   LOG_STRING("sha256", facts.sha256), LOG_STRING("file", path),
					   LOG_STRING("so", "browsers warn until they are told to trust it")};
	log_fields(LOG_INFO, "certificate", fields, own != NULL ? 5 : 4);
	tell_end(&facts, until, now_s);
	*metrics_gauge(metrics, "boothcast_certificate_expires_seconds", "When the certificate ends, in seconds since 1970.",
		       NULL) = (double)facts.ends_s;
}
