/* An ear: one listener, of whatever server, as a state machine that is fed bytes. What differs between servers is its dialect.
 *
 *   CONNECTING --request--> ASKED --head of the answer--> JOINING --the dialect's own words--> LISTENING
 *        any of them -> GONE, with a reason
 *
 * Every packet of every server carries the number of its beat, and a beat's due time is known (boothcast/frame.h): so the same few
 * lines count what is lost and how late the rest is.
 */
#ifndef HEAR_EAR_H
#define HEAR_EAR_H

#include "load/cord.h"
#include "load/delays.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ear_state { EAR_CONNECTING, EAR_ASKED, EAR_JOINING, EAR_LISTENING, EAR_GONE };

/* The beginning of something that came in pieces. */
struct rest {
	uint8_t *bytes;
	uint32_t size;
};

struct ear {
	struct cord cord;
	enum ear_state state;
	bool started;       /* last_seq is known */
	uint8_t frame_ms;
	uint16_t room, channel; /* which of the rooms, from 0; the channel's number */
	uint32_t last_seq;
	struct rest outer;  /* of what the socket gave */
	struct rest inner;  /* of what the messages carried: the dialect's */
};

/* What all ears together heard. */
struct tally {
	uint64_t packets, bytes; /* bytes of messages or pages */
	uint64_t lost;           /* numbers that were passed over */
	uint64_t overdue;        /* numbers that are missing at the end, where others have long had them */
	uint64_t doubled;        /* numbers that came again, or too late */
	unsigned listening, gone;
	struct delays delays;    /* from the due time of the packet's beat */
	char reason[160];        /* why the first one went */
};

/* What all ears share. */
struct crowd {
	const struct dialect *dialect;
	const char *host, *rendition;
	uint64_t now_us;         /* when the bytes came that an ear takes; the caller keeps it */
	struct tally tally;
};

/* How a server is spoken to. */
struct dialect {
	const char *name;        /* as the command line has it */
	const char *path;        /* of the HTTP request */
	const char *subprotocol; /* of the WebSocket; NULL: none is asked for */
	/* The server let it in. Says what else it takes, or calls ear_listens() at once. */
	void (*admitted)(struct ear *ear, struct crowd *crowd);
	/* One WebSocket message. NULL: no WebSocket. */
	void (*message)(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size);
	/* Without WebSocket: what came, in order. Returns how many bytes were used up; the rest comes again, with more behind it. */
	size_t (*stream)(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size);
};

extern const struct dialect dialect_boothcast, dialect_plain, dialect_nats, dialect_icecast;

/* The connection is there: sends the request. */
void ear_connected(struct ear *ear, struct crowd *crowd);
/* Takes what came, in order; returns how many bytes were used up, as `stream` of a dialect. */
size_t ear_take(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size);
/* It is over, and the first time the reason is kept. The caller closes the cord. */
void ear_fail(struct ear *ear, struct crowd *crowd, const char *why);

/* For dialects: sends one WebSocket message of at most 1 KiB; listens from now on; heard the packet of a beat. */
void ear_say(struct ear *ear, struct crowd *crowd, bool text, const char *bytes, size_t size);
void ear_listens(struct ear *ear, struct crowd *crowd);
void ear_heard(struct ear *ear, struct crowd *crowd, uint32_t seq, size_t bytes);

/* Keeps these bytes, none when `size` is 0, instead of what was kept before. */
void rest_keep(struct rest *rest, const uint8_t *bytes, size_t size);

#endif
