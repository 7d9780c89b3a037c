/* The signing key on disk: STATE/ticket.key, 43 letters of base64url (the Ed25519 seed) and a line end.
 *
 * First use: a new seed goes into a file of another name, which is then linked to ticket.key. link() fails when the name is
 * there already, so of two processes that start at once one wins, and both read the winner's key. A key that others may read is
 * refused, as ssh does: it would not be a secret. Called at start and by the ticket command; never logs a key.
 */
#include "control/ticket.h"

#include "base/check.h"
#include "control/ticket_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 8 letters: enough to tell keys apart, and no secret. */
#define KEY_ID_BYTES 6
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING
/* The seed in letters, with the end mark. */
#define SEED_TEXT_SIZE sodium_base64_ENCODED_LEN(crypto_sign_SEEDBYTES, BASE64)

struct ticket_keys *ticket_keys_from_seed(const uint8_t seed[32])
{
	uint8_t digest[crypto_generichash_BYTES];
	struct ticket_keys *keys = check_alloc(calloc(1, sizeof(*keys)));

	check(sodium_init() >= 0);
	crypto_sign_seed_keypair(keys->public_key, keys->secret_key, seed);
	crypto_generichash(digest, sizeof(digest), keys->public_key, sizeof(keys->public_key), NULL, 0);
	sodium_bin2base64(keys->id, sizeof(keys->id), digest, KEY_ID_BYTES, BASE64);
	keys->revoked.looked_s = -1;
	return keys;
}

void ticket_keys_free(struct ticket_keys *keys)
{
	if (keys == NULL)
		return;
	free(keys->folder);
	free(keys->revoked.ids);
	sodium_memzero(keys, sizeof(*keys));
	free(keys);
}

/* Writes everything and makes it last. */
static bool write_seed(int fd)
{
	uint8_t seed[crypto_sign_SEEDBYTES];
	char text[SEED_TEXT_SIZE];

	randombytes_buf(seed, sizeof(seed));
	sodium_bin2base64(text, sizeof(text), seed, sizeof(seed), BASE64);
	text[sizeof(text) - 1] = '\n';
	bool written = write(fd, text, sizeof(text)) == (ssize_t)sizeof(text) && fsync(fd) == 0;
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(text, sizeof(text));
	return written;
}

void ticket_give_to_owner(int fd, const char *folder)
{
	struct stat about;
	if (geteuid() != 0 || stat(folder, &about) != 0)
		return;
	int refused = fchown(fd, about.st_uid, about.st_gid);
	(void)refused; /* then the server says that it cannot read the file */
}

/* Leaves a whole key under `path`, this process's or another's. */
static bool make_key(const char *folder, const char *path)
{
	char *name = NULL;
	check_alloc(asprintf(&name, "%s/.ticket.key-XXXXXX", folder) < 0 ? NULL : name);
	int fd = mkostemp(name, O_CLOEXEC); /* 0600 */
	if (fd >= 0)
		ticket_give_to_owner(fd, folder);
	bool made = fd >= 0 && write_seed(fd) && (link(name, path) == 0 || errno == EEXIST);
	int error = errno;
	if (fd >= 0) {
		close(fd);
		unlink(name);
	}
	free(name);
	errno = error;
	return made;
}

static bool read_seed(int fd, uint8_t seed[crypto_sign_SEEDBYTES])
{
	char text[SEED_TEXT_SIZE + 1];
	size_t size = 0;
	ssize_t got = read(fd, text, sizeof(text));
	bool good = got == (ssize_t)SEED_TEXT_SIZE && text[SEED_TEXT_SIZE - 1] == '\n' &&
		    sodium_base642bin(seed, crypto_sign_SEEDBYTES, text, SEED_TEXT_SIZE - 1, NULL, &size, NULL, BASE64) == 0 &&
		    size == crypto_sign_SEEDBYTES;
	sodium_memzero(text, sizeof(text));
	return good;
}

static struct ticket_keys *open_key(const char *path, struct text *error)
{
	struct ticket_keys *keys = NULL;
	uint8_t seed[crypto_sign_SEEDBYTES];
	struct stat about;

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &about) != 0) {
		text_add(error, "%s cannot be read: %s; run as the user that it belongs to.", path, strerror(errno));
	} else if (about.st_mode & (S_IRWXG | S_IRWXO)) {
		text_add(error, "%s can be read by others; run `chmod 600 %s`, or remove it for a new key (old tickets end then).",
			 path, path);
	} else if (!read_seed(fd, seed)) {
		text_add(error, "%s is no ticket key; remove it for a new one (old tickets end then).", path);
	} else {
		keys = ticket_keys_from_seed(seed);
	}
	sodium_memzero(seed, sizeof(seed));
	if (fd >= 0)
		close(fd);
	return keys;
}

struct ticket_keys *ticket_keys_open(const char *folder, struct text *error)
{
	struct ticket_keys *keys = NULL;
	char *path = NULL;

	check(sodium_init() >= 0);
	if (mkdir(folder, S_IRWXU) != 0 && errno != EEXIST) {
		text_add(error, "The state folder %s cannot be made: %s; give another one with --state.", folder, strerror(errno));
		return NULL;
	}
	check_alloc(asprintf(&path, "%s/ticket.key", folder) < 0 ? NULL : path);
	if (access(path, F_OK) != 0 && !make_key(folder, path))
		text_add(error, "A key cannot be made in the state folder %s: %s; give another one with --state.", folder,
			 strerror(errno));
	else
		keys = open_key(path, error);
	if (keys != NULL)
		keys->folder = check_alloc(strdup(folder));
	free(path);
	return keys;
}
