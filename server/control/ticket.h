/* Tickets and resume tokens: who may do what in which room, signed, so that the server need not remember whom it let in.
 *
 *   bc1.<key id>.<payload>.<signature>      a ticket (boothcast/PROTOCOL.md, "Tickets")
 *   bcr1.<key id>.<payload>.<signature>     a resume token: a ticket's claims and the session that goes on
 *
 * Payload and signature are base64url without padding; the signature is Ed25519 over everything before its dot. One key, in the
 * state folder: whoever has that folder can make tickets, so it is 0700 and the key in it 0600.
 */
#ifndef CONTROL_TICKET_H
#define CONTROL_TICKET_H

#include "base/text.h"
#include "boothcast/limits.h"
#include "boothcast/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum role { ROLE_LISTENER, ROLE_INTERPRETER, ROLE_SPEAKER, ROLE_AV, ROLE_PRESS, ROLE_ORGANISER, ROLE_COUNT };

/* The word of the protocol, such as "interpreter". */
const char *role_word(enum role role);
/* True and `*role` set when the word is a role. */
bool role_find(const char *word, enum role *role);

struct ticket {
	char room[NAME_SIZE];
	enum role role;
	char booth[NAME_SIZE]; /* "" when it names none */
	uint8_t desk;          /* 1, 2, ... of the booth; 0: none, and then any desk of the booth */
	char input[NAME_SIZE]; /* the one floor input that a speaker publishes; "": any of them */
	uint32_t channels;     /* bit n: may hear channel n (0 the floor); 0: all of them */
	int64_t nbf, exp;      /* seconds since 1970: valid from nbf (0: always) until before exp */
	char id[NAME_SIZE];    /* for revocation */
};

struct resume {
	char session[NAME_SIZE]; /* of the connection that is taken up again */
	struct ticket ticket;    /* what it was allowed; `id` is "" when it came without a ticket, `exp` is the token's own */
};

/* ---- keys (ticket_keys.c) ---- */

struct ticket_keys;

/* Opens the key of a state folder, and makes folder and key on first use; safe when two processes do so at once. NULL with a
 * sentence in `error` when it cannot be read or written, is no key, or others may read it. Freed with ticket_keys_free(). */
struct ticket_keys *ticket_keys_open(const char *folder, struct text *error);
/* Keys from a seed of 32 bytes, without a folder (nothing is revoked): for tests. */
struct ticket_keys *ticket_keys_from_seed(const uint8_t seed[32]);
/* Wipes and frees; NULL is fine. */
void ticket_keys_free(struct ticket_keys *keys);

/* ---- tickets and resume tokens (ticket.c) ---- */

/* Writes a ticket. An empty `id` is filled with a new one. Asserted: a room, a role, an expiry, a desk only with a booth, an input
 * only for a speaker. */
void ticket_issue(const struct ticket_keys *keys, struct ticket *ticket, char text[TICKET_SIZE]);
/* STATUS_OK and `*ticket` filled; STATUS_TICKET_EXPIRED, filled too, when `now_s` (clock_wall_s()) is before nbf or not before exp;
 * STATUS_BAD_TICKET and `*ticket` all zeros when it is none, or not of these keys. Does not look whether it was revoked. */
enum status ticket_verify(const struct ticket_keys *keys, const char *text, int64_t now_s, struct ticket *ticket);

/* The same for resume tokens. Asserted: also a session. */
void resume_issue(const struct ticket_keys *keys, const struct resume *resume, char text[TICKET_SIZE]);
enum status resume_verify(const struct ticket_keys *keys, const char *text, int64_t now_s, struct resume *resume);

/* ---- revocation (ticket_revoked.c) ---- */

/* True when the id stands in the file `revoked` of the state folder: one id per line, # begins a remark. The file is looked at once
 * per second of `now_s` and read again when it has changed, so an open connection can be asked about every second. */
bool ticket_revoked(struct ticket_keys *keys, const char *id, int64_t now_s);
/* True while the file cannot be read, and the list in memory is an older one. */
bool ticket_revocations_unread(const struct ticket_keys *keys);
/* Reads the file once, for a start and for commands: how many ids it has, 0 when there is no file; -1 with a sentence in `error`
 * when it cannot be read, so that nobody serves without knowing who is revoked. */
int ticket_revocations_check(struct ticket_keys *keys, struct text *error);
/* Adds an id to the file, and makes sure that it is on the disk. 0, or -1 with a sentence in `error`: the file cannot be read or
 * written, or has REVOKED_MAX ids. */
int ticket_revoke(struct ticket_keys *keys, const char *id, struct text *error);

#endif
