/* The server's own key and certificate in the state folder, see certificate.h.
 *
 *   certificate.key there?  no: make it, write it ----.
 *                           yes: read it -------------+--> certificate.pem there, of this key, long enough, with all names?
 *                                                          yes: serve it    no: make it, write it
 *
 * The key is written before what it signs, so that a crash leaves a key that waits for its certificate, or a new key beside an old
 * certificate: both are what the second question is for. A file is written under another name and renamed when the disk has it.
 * What the server did not make it does not overwrite: it says so and does not start. Called by server.c, which holds the folder's
 * lock.
 */
#include "base/check.h"
#include "base/text.h"
#include "gateway/certificate.h"
#include "gateway/host_names.h"
#include "gateway/x509.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_S 86400

/* What is at hand while it opens. */
struct opening {
	const struct own_certificate_options *options;
	struct own_certificate *own;
	struct host_names names;
	EVP_PKEY *key;
	X509 *certificate;
	char *error; /* `size` bytes, for the sentence */
	size_t size;
};

/* ---- files ---- */

/* The folder's list of names too, so that the new one outlasts a power cut, where the file system does that. */
static void sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/* Leaves the whole text under `path`, or what was there. False with errno. */
static bool write_file(const char *folder, const char *path, mode_t mode, const char *bytes, size_t size)
{
	char *name = NULL;
	check_alloc(asprintf(&name, "%s.new", path) < 0 ? NULL : name);
	unlink(name); /* of a start that crashed */
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	bool written = fd >= 0;
	for (size_t done = 0; written && done < size;) {
		ssize_t n = write(fd, bytes + done, size - done);
		written = n > 0 || (n < 0 && errno == EINTR);
		done += n > 0 ? (size_t)n : 0;
	}
	written = written && fchmod(fd, mode) == 0 && fsync(fd) == 0 && rename(name, path) == 0;
	int why = errno;
	if (fd >= 0)
		close(fd);
	if (written)
		sync_folder(folder);
	else
		unlink(name);
	free(name);
	errno = why;
	return written;
}

/* Writes what is in `pem`, which is freed. */
static bool write_pem(const struct opening *opening, const char *path, mode_t mode, BIO *pem)
{
	char *bytes;
	long size = BIO_get_mem_data(pem, &bytes);
	bool written = write_file(opening->options->folder, path, mode, bytes, (size_t)size);
	if (!written)
		text_print(opening->error, opening->size,
			 "cannot write %s: %s; the server makes its certificate in the state folder: name one that it can write to "
			 "with --state, or name a certificate and its key in the settings",
			 path, strerror(errno));
	BIO_free(pem); /* wipes it */
	return written;
}

/* A file as PEM to be read; NULL with errno. */
static BIO *open_pem(const char *path, struct stat *about)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd >= 0 && fstat(fd, about) == 0 ? fdopen(fd, "r") : NULL;
	if (file != NULL)
		return check_alloc(BIO_new_fp(file, BIO_CLOSE));
	int why = errno;
	if (fd >= 0)
		close(fd);
	errno = why;
	return NULL;
}

static bool cannot_read(const struct opening *opening, const char *path)
{
	text_print(opening->error, opening->size, "cannot read %s: %s; it must be readable by the server's user", path,
		 strerror(errno));
	return false;
}

/* ---- the key ---- */

static bool make_key(struct opening *opening)
{
	char why[X509_WHY_SIZE];
	BIO *pem = check_alloc(BIO_new(BIO_s_mem()));
	opening->key = x509_make_key(why);
	if (opening->key == NULL) {
		text_print(opening->error, opening->size, "OpenSSL cannot make a P-256 key: %s; name a certificate in the settings",
			 why);
		BIO_free(pem);
		return false;
	}
	opening->own->new_key = true;
	check(PEM_write_bio_PrivateKey(pem, opening->key, NULL, NULL, 0, NULL, NULL) == 1);
	return write_pem(opening, opening->own->key_path, S_IRUSR | S_IWUSR, pem);
}

static bool open_key(struct opening *opening)
{
	const char *path = opening->own->key_path;
	struct stat about;
	BIO *pem = open_pem(path, &about);
	if (pem == NULL)
		return errno == ENOENT ? make_key(opening) : cannot_read(opening, path);
	bool secret = (about.st_mode & (S_IRWXG | S_IRWXO)) == 0;
	if (secret)
		opening->key = x509_read_key(pem);
	BIO_free(pem);
	if (!secret)
		text_print(opening->error, opening->size,
			 "%s can be read by others; run `chmod 600 %s`, or remove it for a new one (those who trust its "
			 "certificate need the new one then)",
			 path, path);
	else if (opening->key == NULL)
		text_print(opening->error, opening->size,
			 "%s is no P-256 key in PEM; remove it for a new one, or, if it is yours, name it in the settings by its "
			 "path",
			 path);
	return opening->key != NULL;
}

/* ---- the certificate ---- */

/* True also when there is none yet. */
static bool read_certificate(struct opening *opening)
{
	const char *path = opening->own->path;
	struct stat about;
	BIO *pem = open_pem(path, &about);
	if (pem == NULL)
		return errno == ENOENT || cannot_read(opening, path);
	opening->certificate = x509_read(pem);
	BIO_free(pem);
	if (opening->certificate != NULL && x509_self_signed(opening->certificate))
		return true;
	text_print(opening->error, opening->size,
		 "%s is no self-signed certificate in PEM; remove it for a new one, or, if it is yours, name it in the settings by its "
		 "path",
		 path);
	return false;
}

/* Says in own->why what is wrong with what is there; "" when nothing is. That it is not valid yet is no fault: this machine's clock
 * is wrong, and a new one would cost the trust that people gave to the old. */
static void judge(struct opening *opening)
{
	struct own_certificate *own = opening->own;
	struct certificate_facts facts;
	if (opening->certificate == NULL) {
		text_print(own->why, sizeof own->why, own->new_key ? "there was none" : "there was a key without one");
		return;
	}
	x509_facts(opening->certificate, &facts);
	const char *lacks = x509_lacks(opening->certificate, &opening->names);
	if (!x509_belongs(opening->certificate, opening->key))
		text_print(own->why, sizeof own->why, "the old one belonged to another key");
	else if (facts.ends_s < opening->options->now_s + CERTIFICATE_RENEW_DAYS * DAY_S)
		text_print(own->why, sizeof own->why, "the old one ended within %d days", CERTIFICATE_RENEW_DAYS);
	else if (lacks != NULL)
		text_print(own->why, sizeof own->why, "the old one lacked the name %s", lacks);
}

static void list_names(struct opening *opening)
{
	struct own_certificate *own = opening->own;
	size_t length = 0;
	for (unsigned i = 0; i < opening->names.count && length < sizeof own->names; i++)
		length += (size_t)snprintf(own->names + length, sizeof own->names - length, "%s%s", i > 0 ? " " : "",
					   opening->names.list[i].text);
}

static bool make_certificate(struct opening *opening)
{
	char why[X509_WHY_SIZE];
	X509_free(opening->certificate);
	opening->certificate = x509_make(opening->key, &opening->names, opening->options->now_s, why);
	if (opening->certificate == NULL) {
		text_print(opening->error, opening->size, "OpenSSL cannot make a certificate: %s; name one in the settings", why);
		return false;
	}
	list_names(opening);
	opening->own->left_out = opening->names.left_out;
	BIO *pem = check_alloc(BIO_new(BIO_s_mem()));
	check(PEM_write_bio_X509(pem, opening->certificate) == 1);
	return write_pem(opening, opening->own->path, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH, pem);
}

static bool open_both(struct opening *opening)
{
	if (!open_key(opening) || !read_certificate(opening))
		return false;
	judge(opening);
	return opening->own->why[0] == '\0' || make_certificate(opening);
}

int own_certificate_open(struct own_certificate **out, const struct own_certificate_options *options, char *error, size_t size)
{
	struct own_certificate *own = check_alloc(calloc(1, sizeof *own));
	struct opening opening = {.options = options, .own = own, .error = error, .size = size};
	check_alloc(asprintf(&own->path, "%s/certificate.pem", options->folder) < 0 ? NULL : own->path);
	check_alloc(asprintf(&own->key_path, "%s/certificate.key", options->folder) < 0 ? NULL : own->key_path);
	host_names_find(&opening.names, options->listen, options->public_url);
	bool opened = open_both(&opening);
	EVP_PKEY_free(opening.key);
	X509_free(opening.certificate);
	if (!opened) {
		own_certificate_free(own);
		return -1;
	}
	*out = own;
	return 0;
}

void own_certificate_free(struct own_certificate *own)
{
	if (own == NULL)
		return;
	free(own->path);
	free(own->key_path);
	free(own);
}
