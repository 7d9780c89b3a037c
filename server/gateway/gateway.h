/* The transport: TLS, HTTP, WebSocket and the pages, on one port. The only folder that knows libwebsockets.
 *
 * What is above gets conn and exchange objects (boothcast/conn.h) and never learns what a socket is.
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

/* How packets go to sockets, with TLS or without. */
enum delivery {
	DELIVERY_AUTO = 0, /* in batches where the kernel allows io_uring, else each by itself */
	DELIVERY_BATCH,    /* in batches, or gateway_open() fails */
	DELIVERY_DIRECT    /* each by itself */
};

struct gateway_options {
	const char *listen;             /* HOST:PORT, port 0 picks one; [::1]:8080 for IPv6 */
	const char *web;                /* folder of the built pages; NULL: no pages */
	const char *certificate, *key;  /* PEM files, NULL for plain */
	unsigned connections_max;
	enum delivery delivery;
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
/* Closes every connection with the code, and the transport. Runs the loop until it is drained; every `closed` has been called when
 * this returns. Never from inside a handler. */
void gateway_close(struct gateway *gateway, enum close_code code, const char *reason);
/* Between these two the packets of conn_ops.send_shared are gathered, and what they lie in stays as it is; the second sends them. Once
 * around all that a wake-up of the loop delivers; never from inside a handler. */
void gateway_batch_begin(struct gateway *gateway);
void gateway_batch_end(struct gateway *gateway);
/* Bytes written to all sockets so far. */
uint64_t gateway_bytes_sent(const struct gateway *gateway);

#endif
