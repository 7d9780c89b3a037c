/* What each client address has a share of: connections at once, handshakes at once, new connections and requests per second.
 * Private to gateway/.
 *
 *   accept --peers_find--> peer --peer_arrive--> welcome, or which share is used up
 *                            |--peer_settle----> its request has come: a handshake less      any thread
 *                            |--peer_may_ask---> one more request this second?               any thread
 *                            \--peer_leave-----> a connection less                           any thread
 *
 * An address is an IPv4 address, or the first 64 bits of an IPv6 address, because whoever has one of those has all of the others
 * (RFC 6177); a link-local IPv6 address counts whole, because all machines of a network have the same first half there. The
 * loopback addresses 127.0.0.1 and ::1 have no limits: a reverse proxy on this machine comes from there and speaks for many
 * clients, whom only it can tell apart.
 *
 * The table has room for PEERS_MAX addresses, more than there can be connections. An address without a connection stays, so that
 * what it has done in this second is not forgotten, until its place is needed: the longest unseen goes first. Pure: the time is an
 * argument.
 */
#ifndef GATEWAY_PEERS_H
#define GATEWAY_PEERS_H

#include <stdbool.h>
#include <stdint.h>

struct sockaddr;

/* Of one address; 0: no limit. */
struct peer_limits {
	unsigned connections;      /* at once */
	unsigned handshakes;       /* connections whose first request has not come, at once */
	unsigned handshakes_per_s; /* new connections, on average; PEER_BURST_S seconds' worth may come at once */
	unsigned requests_per_s;   /* HTTP requests and WebSocket upgrades, likewise */
};

/* Which share is used up. */
enum peer_verdict { PEER_WELCOME = 0, PEER_CONNECTIONS, PEER_HANDSHAKES, PEER_RATE };

struct peers;
struct peer;

/* `limits` are copied. The caller frees with peers_free() when every connection has left. */
struct peers *peers_new(const struct peer_limits *limits);
void peers_free(struct peers *peers);
/* The address of a client. One thread, as peer_arrive(). Valid until the next peers_find(), and as long as it has a connection. */
struct peer *peers_find(struct peers *peers, const struct sockaddr *address);
/* A new connection: counts it when it is welcome, and nothing otherwise. */
enum peer_verdict peer_arrive(struct peers *peers, struct peer *peer, uint64_t now_us);
/* Counts a connection that was not welcome, and is let in to be told so. */
void peer_arrive_anyway(struct peer *peer);
/* The first request of a connection has come, or it has ended before. Once for each. Any thread. */
void peer_settle(struct peer *peer);
/* A connection has ended, the last call for it. Any thread. */
void peer_leave(struct peer *peer);
/* Whether a request is within the address's share; counts it if so. Any thread. */
bool peer_may_ask(const struct peers *peers, struct peer *peer, uint64_t now_us);
/* Addresses in the table. */
unsigned peers_count(const struct peers *peers);

#endif
