/* HTTP requests that are no pages: /api, /live, /ingest, /healthz, /readyz, /metrics. */
#ifndef CONTROL_EXCHANGE_H
#define CONTROL_EXCHANGE_H

#include "control/house.h"

struct live;
struct stream;

/* A request that goes on for long: sound out or sound in. */
struct exchange_user {
	struct exchange_user *next;
	struct house *house;
	struct exchange *ex;
	struct hall *hall;
	struct live *live;     /* /live, or NULL */
	struct stream *stream; /* /ingest, or NULL */
	struct ticket ticket;  /* all zero when none was needed */
	int source;
	bool paused;                  /* the body waits until what is there was heard */
	bool ended;                   /* the body is complete: answered when it was heard */
	enum public_answer waits_for; /* PUBLIC_COUNT: none */
};

/* Answers. Each ends the exchange; the gateway ignores a second one. What is too large, or cannot be made, becomes 503 and is
 * counted; `json` is taken over and may be NULL, which a constructor returns when it failed; `sentence` NULL or "" is the usual one
 * of the status. */
void answer_bytes(struct house *house, struct exchange *ex, int status, const char *type, const char *bytes, size_t size,
		  const char *headers);
void answer_json(struct house *house, struct exchange *ex, int status, json_t *json, const char *headers);
void answer_status(struct house *house, struct exchange *ex, enum status status, const char *sentence);

/* /api/rooms/{room}; other addresses under /api/ get 404. */
void api_answer(struct house *house, struct exchange *ex, const struct request *request);
/* What /healthz or, with `ready`, /readyz says, and its HTTP status. A new reference. */
json_t *health_report(struct house *house, bool ready, int *http_status);
/* STATUS_OK when a ticket lets the request into the room, otherwise why not. `ticket` is all zero for a listener of an open room.
 */
enum status authorize(struct house *house, const struct hall *hall, const struct request *request, struct ticket *ticket,
		      unsigned verbs);

/* On each beat: streams that wait for room go on. */
void exchanges_pump(struct house *house, uint64_t now_us);
/* Once a second: ends those whose ticket is over. */
void exchanges_sweep(struct house *house);

#endif
