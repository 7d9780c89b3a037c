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
	bool paused; /* the body waits until what is there was heard */
	bool ended;  /* the body is complete: answered when it was heard */
};

/* The answer to a request that is over at once. */
void answer_status(struct exchange *ex, enum status status, const char *sentence);

/* /api/rooms and /api/rooms/{room} */
void api_answer(struct house *house, struct exchange *ex, const struct request *request);
/* /healthz and /readyz */
void health_answer(struct house *house, struct exchange *ex, bool ready);
/* STATUS_OK when a ticket lets the request into the room, otherwise why not. `ticket` is all zero for a listener of an open room.
 */
enum status authorize(struct house *house, const struct hall *hall, const struct request *request, struct ticket *ticket,
		      unsigned verbs);

/* On each beat: streams that wait for room go on. */
void exchanges_pump(struct house *house, uint64_t now_us);
/* Once a second: ends those whose ticket is over. */
void exchanges_sweep(struct house *house);

#endif
