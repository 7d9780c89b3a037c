/* The transport: TLS, HTTP, WebSocket and the pages, on one port. The only folder that knows libwebsockets.
 *
 * What is above gets conn and exchange objects (boothcast/conn.h) and never learns what a socket is. A gateway belongs to the thread of
 * its loop. There may be several, each with a loop, a context and a batch of its own: one of them listens and hands the others their
 * share of the connections.
 *
 * Beyond what conn.h says: begin() is for GET and HEAD alone (a PUT is answered whole); a query comes with its %xx decoded and + as a
 * blank when the library parsed it, as it does for all but PUT and SOURCE; a body without length or chunks (Icecast's custom) ends with
 * the connection, and body_ended is called then, however the connection ended.
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "base/loop.h"
#include "base/metrics.h"
#include "boothcast/conn.h"

struct gateway;
struct accepted; /* a new connection: its socket, and what it may do */

/* How packets go to sockets, with TLS or without. */
enum delivery {
	DELIVERY_AUTO = 0, /* in batches where the kernel allows io_uring, else each by itself */
	DELIVERY_BATCH,    /* in batches, or gateway_open() fails */
	DELIVERY_DIRECT    /* each by itself */
};

/* Who seals the records of TLS. */
enum sealing {
	SEALING_AUTO = 0, /* the kernel where it can, else the server */
	SEALING_KERNEL,   /* the kernel, or gateway_open() fails */
	SEALING_SERVER    /* the server */
};

/* Where new connections go, when there are several gateways, each on a loop of its own: asked by the one that listens. */
struct gateway_spread {
	/* Takes the connection over; gateway_promise() and gateway_adopt() bring it to a gateway. */
	void (*arrived)(void *user, struct accepted *accepted);
	/* Open connections of them all. */
	unsigned (*connections)(void *user);
	/* How long those that arrived since the last question waited for the turn of the loop they went to, or wait now: the longest,
	 * microseconds. Asked before each lot of a rush. */
	uint64_t (*wait_us)(void *user);
	void *user;
};

/* Shares of one client address (peers.h says what an address is; the loopback addresses have no limits); 0: no limit. */
struct gateway_limits {
	unsigned connections;      /* at once */
	unsigned handshakes;       /* connections whose first request has not come, at once */
	unsigned handshakes_per_s; /* new connections */
	unsigned requests_per_s;
};

struct gateway_options {
	const char *listen;             /* HOST:PORT, port 0 picks one; [::1]:8080 for IPv6. NULL: it gets what it is given */
	const struct gateway_spread *spread;  /* NULL: it keeps all that come */
	const char *web;                /* folder of the built pages; NULL: no pages */
	const struct gateway *sibling;  /* another one, which outlives it: pages and TLS sessions of both are the same; NULL: its own */
	const char *certificate, *key;  /* PEM files, NULL for plain */
	unsigned connections_max;
	struct gateway_limits limits;   /* of one address */
	enum delivery delivery;
	enum sealing sealing;
	const struct conn_handler *conns;
	const struct exchange_handler *exchanges; /* everything on /api /live /ingest /healthz /readyz /metrics */
	void *host;                     /* handed to `opened` of both */
	struct metrics *metrics;
};

/* Listens. On failure returns -1 with a sentence in `error` (size bytes) that says what to do: the port is taken, the certificate
 * cannot be read, the package libwebsockets-evlib-uv is missing. On success `*out` is set; end it with gateway_close(). */
int gateway_open(struct gateway **out, struct loop *loop, const struct gateway_options *options, char *error, size_t size);
/* http://HOST:PORT or https://..., with the port that was picked. */
const char *gateway_url(const struct gateway *gateway);
/* Takes nobody new any more; those who are there stay. */
void gateway_stop_listening(struct gateway *gateway);
/* Takes nobody new, and begins to close every connection with the code. Never from inside a handler. */
void gateway_dismiss(struct gateway *gateway, enum close_code code, const char *reason);
/* The same, unless that was done, and then closes the transport. Runs the loop until it is drained; every `closed` has been called when
 * this returns. Never from inside a handler. */
void gateway_close(struct gateway *gateway, enum close_code code, const char *reason);
/* Between these two the packets of conn_ops.send_shared are gathered, and what they lie in stays as it is; the second sends them. Once
 * around all that a wake-up of the loop delivers; never from inside a handler. */
void gateway_batch_begin(struct gateway *gateway);
void gateway_batch_end(struct gateway *gateway);
/* Logs by which way packets go to sockets, who seals them, and why: once, after the line that says where it listens. */
void gateway_log_delivery(const struct gateway *gateway);
/* Bytes written to all sockets so far. */
uint64_t gateway_bytes_sent(const struct gateway *gateway);
/* Open connections of any kind, and those that are promised. Any thread. */
unsigned gateway_connections(const struct gateway *gateway);
/* A connection is on its way to this gateway, and counts there from now on. Any thread. */
void gateway_promise(struct gateway *gateway);
/* Takes over a new connection that was promised. */
void gateway_adopt(struct gateway *gateway, struct accepted *accepted);

#endif
