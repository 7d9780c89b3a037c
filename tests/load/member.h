/* One listener of the load: the client's side of the wire protocol, as a state machine that is fed bytes and owns no socket but its
 * number.
 *
 *   CONNECTING -> UPGRADING -> JOINING -> ASKING -> LISTENING
 *        any of them -> GONE, with a reason
 */
#ifndef LOAD_MEMBER_H
#define LOAD_MEMBER_H

#include "load/delays.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum member_state { MEMBER_CONNECTING, MEMBER_UPGRADING, MEMBER_JOINING, MEMBER_ASKING, MEMBER_LISTENING, MEMBER_GONE };

/* What every member says; made once. The texts are frames ready to be sent. */
struct script {
	char upgrade[768];
	uint8_t join[2048], listen[512];
	size_t upgrade_size, join_size, listen_size;
};

struct script_options {
	const char *host, *room, *rendition;
	const char *ticket; /* NULL: none */
	unsigned channel;
};

/* What all members together heard. */
struct tally {
	uint64_t packets, bytes; /* bytes of the messages, without the frame's header */
	uint64_t lost;           /* numbers that were passed over */
	uint64_t overdue;        /* numbers that are missing at the end, where others have long had them */
	uint64_t doubled;        /* numbers that came again, or too late */
	uint64_t texts, errors;  /* text messages while listening, and those of type error */
	unsigned listening, gone;
	struct delays delays;    /* from the due time of the packet's beat */
	char reason[160];        /* why the first one went */
};

/* What all members share. */
struct crowd {
	struct script script;
	struct tally tally;
	uint64_t now_us;         /* when the bytes came that a member takes; the caller keeps it */
};

struct member {
	struct ssl_st *tls;      /* NULL: plain, see link.h */
	int fd;
	enum member_state state;
	uint8_t frame_ms;
	uint32_t base_seq, last_seq;
	uint64_t base_us;        /* when base_seq is due, on the server's clock */
	uint8_t *rest;           /* the beginning of a message that came in pieces */
	uint32_t rest_size;
};

/* Fills a script. False when something is too long. */
bool script_make(struct script *script, const struct script_options *options);
/* The connection is there: asks for the upgrade. */
void member_connected(struct member *member, struct crowd *crowd);
/* Takes what came, in order; returns how many bytes were used up. The rest has to come again, with more behind it. */
size_t member_take(struct member *member, struct crowd *crowd, const uint8_t *bytes, size_t size);
/* It is over. The caller closes the socket. */
void member_fail(struct member *member, struct crowd *crowd, const char *why);

#endif
