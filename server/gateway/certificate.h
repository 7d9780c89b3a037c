/* The certificate that TLS shows: what is told of it, and one of the server's own making where the settings name none.
 *
 * The own one is for a trial, or a network without a way to the world: it is signed by nobody but itself, so that browsers warn
 * until they are told to trust it. It lives in the state folder: certificate.key (0600), and certificate.pem (0644), which whoever
 * is to trust it gets. Phones install only what calls itself an authority, so it does; it may speak for its own names alone (RFC
 * 5280, 4.2.1.10).
 */
#ifndef GATEWAY_CERTIFICATE_H
#define GATEWAY_CERTIFICATE_H

#include "base/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CERTIFICATE_DAYS 397      /* browsers refuse what is valid for longer than 398 */
#define CERTIFICATE_RENEW_DAYS 30 /* an own one with less is made anew at the start: no event lasts longer */
#define CERTIFICATE_WARN_DAYS 14  /* an event and its preparation; a real one that renews itself has done so by now */

#define CERTIFICATE_SHA256_SIZE 96 /* 32 bytes as AA:BB:..., with the end mark */

struct certificate_facts {
	int64_t ends_s;                       /* seconds since 1970 */
	char sha256[CERTIFICATE_SHA256_SIZE]; /* the fingerprint, as browsers show it */
};

/* The first certificate of a PEM file, which is the server's. False when there is none. */
bool certificate_read(const char *path, struct certificate_facts *facts);

struct own_certificate_options {
	const char *folder;     /* the state folder, which is there, and which nobody else writes to */
	const char *listen;     /* HOST:PORT */
	const char *public_url; /* may be NULL */
	int64_t now_s;          /* clock_wall_s() */
};

struct own_certificate {
	char *path, *key_path; /* PEM files */
	char why[300];         /* why it was made just now; "": it is the one of last time, and the rest says nothing */
	bool new_key;
	char names[1000];  /* what it was made for, with blanks between; cut when there are many */
	unsigned left_out; /* names that found no place in it */
};

/* Opens the certificate of a state folder. It is made when there is none, when it ends soon, when it lacks a name under which the
 * server is reached now, and when it is of another key; the key is made once, and kept. Each file appears whole or not at all, and
 * whatever a crash leaves is put in order by the next start. 0 and `*out` set, freed with own_certificate_free(); or -1 with a
 * sentence in `error`: the folder cannot be written, others may read the key, a file is not what the server put there (and it is
 * left as it is). */
int own_certificate_open(struct own_certificate **out, const struct own_certificate_options *options, char *error, size_t size);
/* NULL is fine. */
void own_certificate_free(struct own_certificate *own);

/* Logs which certificate is served, until when and with which fingerprint, and warns when it has ended or ends soon; makes the
 * metric that says so all the time. Once, at start, with a file that is served. `own` is NULL when it is not of our making. */
void certificate_tell(const char *path, const struct own_certificate *own, int64_t now_s, struct metrics *metrics);

#endif
