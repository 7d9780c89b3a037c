/* One listener of the load: the client's side of the wire protocol, as a state machine that is fed bytes and owns no socket but its
 * number.
 *
 *   IDLE -> CONNECTING -> UPGRADING -> JOINING -> ASKING -> LISTENING
 *             |   ^           |           |          |          |
 *             +---|-----------+-----------+----------+----------+-> GONE, with a reason
 *                 |           |           |          |
 *                 +-- AWAY <--+-----------+----------+    was told to come later, and does as the pages do
 */
#ifndef LOAD_MEMBER_H
#define LOAD_MEMBER_H

#include "load/cord.h"
#include "load/delays.h"

#include "boothcast/limits.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum member_state {
	MEMBER_IDLE, /* not begun, or has left */
	MEMBER_CONNECTING,
	MEMBER_UPGRADING,
	MEMBER_JOINING,
	MEMBER_ASKING,
	MEMBER_LISTENING,
	MEMBER_AWAY,
	MEMBER_GONE
};

/* A frame that is ready to be sent. */
struct script_text {
	uint8_t bytes[TEXT_MAX];
	size_t size;
};

/* What the members say; made once. They differ in the channel they ask for. */
struct script {
	char upgrade[768];
	size_t upgrade_size;
	const char *room, *ticket; /* borrowed */
	struct script_text join, listen[CHANNELS_MAX];
	unsigned listens;
};

struct script_options {
	const char *host, *room, *rendition;
	const char *ticket;      /* NULL: none; it and the room must outlive the script */
	const unsigned *channel; /* their numbers */
	unsigned channels;
};

/* What all members together heard. */
struct tally {
	uint64_t packets, bytes;  /* bytes of the messages, without the frame's header */
	uint64_t lost;            /* numbers that were passed over */
	uint64_t overdue;         /* numbers that are missing at the end, where others have long had them */
	uint64_t doubled;         /* numbers that came again, or too late */
	uint64_t texts, errors;   /* text messages while listening, and those of type error */
	unsigned listening, away, gone;
	unsigned closed;          /* of those who are gone: who had listened */
	uint64_t sent_away;       /* how often anybody was told to come later, or had to try again */
	unsigned paused;          /* who once had no packet for longer than crowd.pause_us */
	uint64_t longest_pause_us;
	struct delays delays;     /* from the due time of the packet's beat, see crowd.relative */
	char code[32];            /* the protocol's word for why the first one went; "" when there is none */
	char reason[160];         /* why, for a person */
};

/* What all members share. */
struct crowd {
	struct script script;
	struct tally tally;
	uint64_t now_us;      /* when the bytes came that a member takes; the caller keeps it */
	uint64_t pause_us;    /* 0: pauses are not looked at */
	bool persistent;      /* as a page: tries again while it does not listen, and shows its token when it comes back */
	bool relative;        /* the clocks are two: delays count from the shortest that was ever seen (RFC 5481, PDV) */
	int64_t shortest_us;  /* of all delays since the beginning; INT64_MAX before the first packet */
	unsigned seed;        /* of the chance in the waits */
	void (*joined)(void *user, const json_t *message); /* NULL, or is shown each `joined` */
	void *user;
};

struct member {
	struct cord cord; /* its socket, with TLS or without */
	enum member_state state;
	uint8_t frame_ms;
	uint8_t listen;       /* which of script.listen it says */
	uint8_t attempt;      /* how often it was away, for the wait */
	bool paused;          /* is in tally.paused */
	uint32_t base_seq, last_seq;
	uint64_t base_us;     /* when base_seq is due, on the server's clock */
	uint64_t heard_us;    /* the last packet came; AWAY: it comes back then */
	char *token;          /* of its last `joined`, when the crowd is persistent */
	uint8_t *rest;        /* the beginning of a message that came in pieces */
	uint32_t rest_size;
};

/* Fills a script. False when something is too long. */
bool script_make(struct script *script, const struct script_options *options);
/* A crowd without members, all else zero. */
void crowd_init(struct crowd *crowd);
/* A new connection was begun, from any state without one; its socket and its `listen` are set by the caller. */
void member_begin(struct member *member, struct crowd *crowd);
/* The connection is there: asks for the upgrade. */
void member_connected(struct member *member, struct crowd *crowd);
/* Takes what came, in order; returns how many bytes were used up. The rest has to come again, with more behind it. */
size_t member_take(struct member *member, struct crowd *crowd, const uint8_t *bytes, size_t size);
/* The connection failed, or ended: afterwards it is AWAY or GONE. The caller closes the socket. */
void member_fail(struct member *member, struct crowd *crowd, const char *why);
/* It leaves of its own will: it is IDLE, and in no number of the tally any more. The caller closes the socket. */
void member_leave(struct member *member, struct crowd *crowd);

#endif
