/* The wall between the transport and everything else.
 *
 * gateway/ implements these two objects with libwebsockets; tests implement them with arrays. What is above holds
 * pointers to them and never learns what a socket is.
 *
 *   conn      one WebSocket            opened -> text/binary/writable ... -> closed (exactly once, last)
 *   exchange  one HTTP request         opened -> body ... body_ended -> writable ... -> closed (exactly once, last)
 *
 * All calls happen on one thread: that of the loop where the socket is, or, for those that edge/ hands to the hub, the hub's. What
 * is said stays in its order. After `closed` returns the pointer is dead. An implementation never calls a handler from inside one
 * of its own operations: `closed` comes later, from the loop.
 *
 * Sound does not pass the hub's objects: it goes out where the socket is, through the outlet (fanout/hearing.h). So what is marked
 * "socket's own" is there only in the object of the gateway.
 */
#ifndef BOOTHCAST_CONN_H
#define BOOTHCAST_CONN_H

#include "boothcast/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sent {
	SENT = 0,  /* handed to the kernel, or gathered for it, or buffered by the transport after a partial write */
	SENT_FULL, /* the socket takes nothing now: `writable` will be called once; keep what you had */
	SENT_GONE  /* the connection is ending; `closed` will come */
};

/* ---- WebSocket ---- */

struct conn;
struct outlet;
struct uplinks;

#define CONN_RUN_MAX 2048 /* bytes: a segment of TCP, and room */

#define CONN_MESSAGE_MAX 8000 /* bytes of a text that many get: with its header it is sealed in one record of TLS */

struct conn_ops {
	/* Socket's own. A packet that many get, as one binary message: `bytes` stays as it is until the delivery that is under way
	 * ends (fanout/), so that the transport may send it together with all others of that delivery. The WebSocket's header
	 * stands in front of it already (wire_put_frame()); nothing is written there, because other threads read it too. Never
	 * overtakes a text message: SENT_FULL while one waits. */
	enum sent (*send_shared)(struct conn *conn, const uint8_t *bytes, size_t size);
	/* Socket's own. `count` binary messages in one piece of `size` bytes, at most CONN_RUN_MAX, each with its header in front
	 * as above. Copied; all of them are taken, or none. */
	enum sent (*send_run)(struct conn *conn, const uint8_t *frames, size_t size, unsigned count);
	/* Socket's own. A text that many get, as one text message, at most CONN_MESSAGE_MAX bytes: as send_shared(), with the
	 * header of a text frame in front. `text` stays as it is until the delivery that is under way ends. Never overtakes a text
	 * message: SENT_FULL while one waits. */
	enum sent (*send_message)(struct conn *conn, const uint8_t *text, size_t size);
	/* One text message, copied, in order. Bounded by TEXT_QUEUE_MAX: beyond it the connection closes with 1013. */
	void (*send_text)(struct conn *conn, const char *text, size_t size);
	/* Sends what is queued, then the close frame; reading stops at once. `reason` at most 120 bytes. Idempotent. */
	void (*close)(struct conn *conn, enum close_code code, const char *reason);
};

struct conn {
	const struct conn_ops *ops;
	void *user;            /* belongs to whoever handles the events */
	struct outlet *outlet; /* the hub's object: where what it hears goes out */
	struct uplinks
		*uplinks; /* the hub's object: where its binary messages go (ingest/uplinks.h); NULL: it may not send any yet */
	const char *peer; /* the hub's object: the client's address in numbers, for logs */
};

/* What a request says of itself; borrowed during `opened` only. An absent value is "". */
struct request {
	char method[8];  /* GET, HEAD, PUT, SOURCE, POST, OPTIONS */
	char path[256];  /* decoded, absolute, without query, without . or .. */
	char query[256]; /* raw, after the question mark */
	char origin[256];
	char host[256];
	char authorization[2 * 1024];
	char content_type[128];
	char user_agent[128];
	int64_t content_length; /* -1 when not said */
	const char *peer;       /* the client's address in numbers */
	bool secure;            /* came over TLS */
};

struct conn_handler {
	/* A WebSocket on /ws with the subprotocol is open. Returns what becomes conn->user (may be NULL). */
	void *(*opened)(void *host, struct conn *conn, const struct request *request);
	/* A whole text message, at most TEXT_MAX bytes, valid UTF-8; text[size] is 0. */
	void (*text)(struct conn *conn, const char *text, size_t size);
	/* Socket's own. A whole binary message, at most BINARY_MAX bytes. */
	void (*binary)(struct conn *conn, const uint8_t *bytes, size_t size);
	/* The hub's. A binary message was not taken: STATUS_JOIN_FIRST without uplinks, else what uplinks_put() says. */
	void (*refused)(struct conn *conn, enum status status);
	/* Socket's own. After SENT_FULL: there is room again. */
	void (*writable)(struct conn *conn);
	/* It is over; forget the pointer. */
	void (*closed)(struct conn *conn);
};

/* ---- HTTP ---- */

struct exchange;

struct exchange_ops {
	/* A whole answer, copied (at most HTTP_ANSWER_MAX). `headers` is NULL or "Name: value\r\n" lines. Ends the exchange. */
	void (*answer)(struct exchange *ex, int status, const char *type, const void *body, size_t size, const char *headers);
	/* Starts an endless answer; `writable` comes when its first byte can be sent. What is sent then goes through the outlet. */
	void (*begin)(struct exchange *ex, int status, const char *type);
	/* Socket's own. A piece of an endless answer, not kept after the call. PACKET_HEADROOM bytes before `bytes` are writable
	 * and may get overwritten. SENT_FULL: `writable` will be called once. */
	enum sent (*send)(struct exchange *ex, uint8_t *bytes, size_t size);
	/* Ends an endless answer. */
	void (*end)(struct exchange *ex);
	/* Stops and starts the arrival of the body. */
	void (*pause)(struct exchange *ex, bool paused);
};

struct exchange {
	const struct exchange_ops *ops;
	void *user;
	struct outlet *outlet; /* as of a conn */
	const char *peer;
};

struct exchange_handler {
	/* A request that is not a page. Returns what becomes ex->user. The handler answers now, or begins, or waits for the body.
	 */
	void *(*opened)(void *host, struct exchange *ex, const struct request *request);
	/* A piece of the body, transfer coding removed. */
	void (*body)(struct exchange *ex, const uint8_t *bytes, size_t size);
	/* The body is complete: the client ended it in good order. */
	void (*body_ended)(struct exchange *ex);
	/* Socket's own. */
	void (*writable)(struct exchange *ex);
	void (*closed)(struct exchange *ex);
};

#endif
