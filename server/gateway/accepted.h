/* An accepted connection: its socket, and what it holds of the shares of its address and of all addresses, from accept to its end.
 * Private to gateway/.
 *
 *   accept --> acceptor_take --> welcome -------------------> request --> served
 *                            |-> refused, to be told so ----> request --> 503 with Retry-After, or a WebSocket error and close
 *                            \-> NULL: too many are being told so already; closed at once
 *
 * Who is refused has to be let in as far as its request, to get an answer: with TLS that is a handshake. So at most
 * REFUSALS_AT_ONCE such connections are there at once, in places of their own, and REFUSALS_PER_S come in a second; the others are
 * closed without a word.
 *
 * One thread accepts, that of the gateway that listens; a connection may then live on another.
 */
#ifndef GATEWAY_ACCEPTED_H
#define GATEWAY_ACCEPTED_H

#include "gateway/parts.h"
#include "gateway/peers.h"

/* When to come again: where all places are taken, after the longest that a handshake takes one up; where a rate is used up, soon.
 */
#define RETRY_LATER "Retry-After: 5\r\n"
#define RETRY_SOON "Retry-After: 1\r\n"

/* Decides, and counts, for one gateway that listens. */
struct acceptor;

struct accepted {
	int fd; /* the socket; closed by accepted_reject(), or by whoever serves it */
	struct acceptor *acceptor;
	struct peer *peer;
	enum refusal refused; /* why it is let in only to be told so; REFUSALS: it is welcome */
	bool settled;         /* its first request has come */
	uint64_t taken; /* early.c: how much of the socket had been read, and one, when the newest answer was out; 0: none was */
};

/* The caller frees with acceptor_free(), when every connection has ended. */
struct acceptor *acceptor_new(const struct peer_limits *limits);
void acceptor_free(struct acceptor *acceptor);
/* Too many connections whose request has not come, of all addresses together. */
bool acceptor_is_crowded(const struct acceptor *acceptor);
/* Connections that are there only to be told that they are refused. */
unsigned acceptor_refused(const struct acceptor *acceptor);
/* A new connection on the socket, from this address. `full`: REFUSALS, or why nobody is let in now. `*why` is the same, or what the
 * address has used up. NULL: close it at once. Ended with accepted_end() or accepted_reject(). */
struct accepted *acceptor_take(struct acceptor *acceptor, int fd, const struct sockaddr *address, enum refusal full,
			       uint64_t now_us, enum refusal *why);
/* Its first request has come. Any thread, as what follows. */
void accepted_settle(struct accepted *accepted);
/* Whether one more request is within the share of its address; then it is counted. */
bool accepted_may_ask(struct accepted *accepted, uint64_t now_us);
/* The connection has ended; frees. NULL is nothing. */
void accepted_end(struct accepted *accepted);
/* The same before it was opened: closes the socket. */
void accepted_reject(struct accepted *accepted);

#endif
