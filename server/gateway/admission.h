/* Who is let in: what a connection holds of the shares of its address and of all, from accept to its end. Private to gateway/.
 *
 *   accept --> admission_take --> welcome ---------------------------> request --> served
 *                            |--> refused, to be told so ------------> request --> 503 with Retry-After, or a WebSocket error and
 * close
 *                            \--> refused, and too many are being told: NULL, closed at once
 *
 * Who is refused has to be let in as far as its request, to get an answer: with TLS that is a handshake. So at most
 * REFUSALS_AT_ONCE such connections are there at once, in places of their own, and REFUSALS_PER_S come in a second; the others are
 * closed without a word.
 *
 * One thread accepts, that of the gateway that listens; a connection may then live on another.
 */
#ifndef GATEWAY_ADMISSION_H
#define GATEWAY_ADMISSION_H

#include "gateway/parts.h"
#include "gateway/peers.h"

/* When to come again: where the places are taken, after the longest that a handshake takes one up; where a rate is used up, soon.
 */
#define RETRY_LATER_MS 5000
#define RETRY_LATER "Retry-After: 5\r\n"
#define RETRY_SOON "Retry-After: 1\r\n"

struct admissions;

/* Of one connection. */
struct admission {
	int fd; /* its socket: of whoever has the admission, until the connection is opened on it */
	struct admissions *all;
	struct peer *peer;
	enum refusal refused; /* why it is let in only to be told so; REFUSALS: it is welcome */
	bool settled;         /* its first request has come */
	uint64_t taken; /* early.c: how much of the socket had been read, and one, when the newest answer was out; 0: none was */
};

/* The caller frees with admissions_free(), when every admission has ended. */
struct admissions *admissions_new(const struct peer_limits *limits);
void admissions_free(struct admissions *all);
/* Too many connections whose request has not come, of all addresses together. */
bool admissions_are_crowded(const struct admissions *all);
/* Connections that are there only to be told that they are refused. */
unsigned admissions_refused(const struct admissions *all);
/* A new connection on the socket, from this address. `full`: REFUSALS, or why nobody is let in now. `*why` is the same, or what the
 * address has used up. NULL: close it at once. Ended with admission_end() or admission_reject(). */
struct admission *admission_take(struct admissions *all, int fd, const struct sockaddr *address, enum refusal full, uint64_t now_us,
				 enum refusal *why);
/* Its first request has come. Any thread, as what follows. */
void admission_settle(struct admission *admission);
/* Whether one more request is within the share of its address; then it is counted. */
bool admission_may_ask(struct admission *admission, uint64_t now_us);
/* The connection has ended; frees. NULL is nothing. */
void admission_end(struct admission *admission);
/* The same before it was opened: closes the socket. */
void admission_reject(struct admission *admission);

#endif
