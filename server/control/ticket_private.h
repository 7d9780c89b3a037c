/* What the three files of tickets share; for them, their tests and the fuzzer alone. */
#ifndef CONTROL_TICKET_PRIVATE_H
#define CONTROL_TICKET_PRIVATE_H

#include "control/ticket.h"

#include <sodium.h>
#include <time.h>

/* The id of a key: the beginning of the public key's hash, in base64url; 8 letters and the end mark. */
#define KEY_ID_SIZE 9
/* Revoked tickets of one event: beyond this, change the key (remove ticket.key) and hand out new ones. */
#define REVOKED_MAX 10000
#define REVOKED_BYTES_MAX (REVOKED_MAX * 256) /* with a remark on each line */

struct ticket_revocations {
	char (*ids)[NAME_SIZE]; /* sorted */
	size_t count;
	int64_t looked_s;        /* when the file was looked at */
	struct timespec changed; /* and what it looked like */
	uint64_t inode;
	int64_t size;
	bool unread; /* the last look failed: the list is an older one */
};

struct ticket_keys {
	uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
	char id[KEY_ID_SIZE];
	char *folder; /* NULL: none */
	struct ticket_revocations revoked;
};

/* Signs any payload: PREFIX.KEY.PAYLOAD.SIGNATURE. False when it does not fit TICKET_SIZE. */
bool ticket_seal(const struct ticket_keys *keys, const char *prefix, const char *payload, size_t size, char text[TICKET_SIZE]);

/* Root makes tickets for a server that runs as another user: a file that root makes in the state folder gets the folder's owner. */
void ticket_give_to_owner(int fd, const char *folder);

#endif
