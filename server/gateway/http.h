/* One HTTP request over the library, as its three files share it: http.c (the exchange and its answer), http_body.c (what comes
 * in), http_serve.c (from the head to whoever answers). Nobody else includes this.
 */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include "gateway/parts.h"

enum http_state {
	HTTP_WAITING,   /* the handler has not answered */
	HTTP_ANSWERING, /* a whole answer is on its way; then the exchange is over */
	HTTP_ENDLESS,   /* begin() was called */
	HTTP_ENDING     /* end() was called */
};

struct http {
	struct exchange ex; /* first: an exchange is an http */
	struct gateway *gateway;
	struct lws *wsi;
	struct http_session *session;
	enum http_state state;
	bool page;      /* no handler: nobody to tell */
	bool head_only; /* HEAD: no body is sent */
	bool keep;      /* the connection stays when this is over */
	bool wants_writable;
	bool broken; /* a write failed */

	uint8_t *out; /* the answer's head, and body if it is a copy */
	size_t out_size;
	const uint8_t *file; /* a page's bytes, sent behind `out` */
	size_t file_size;
	size_t sent; /* of both */

	struct body body;
	uint8_t *stash; /* body bytes that came while paused */
	size_t stash_size;
	bool has_body;
	bool body_came;    /* the library has handed over all of it */
	bool body_told;    /* body_ended was called */
	bool paused;       /* by the handler */
	bool held;         /* the library does not read: from a pause until the stash is gone, or from http_hold() on */
	bool watched;      /* held, by http_hold() */
	bool says_no_more; /* the client has closed its half, or all, before it was answered */
};

/* ---- http.c ---- */

extern const struct exchange_ops http_operations;

/* Takes over the text as the bytes to send first. */
void http_set_out(struct http *http, struct text *text);
/* Writes at once; false when the connection is broken. */
bool http_write(struct http *http, const uint8_t *bytes, size_t size);
/* Sends what there is to send; goes on to the next request, or tells the handler of an endless answer, when all of it is gone. -1
 * ends the connection; then, and after the last byte of a whole answer, `http` is freed. */
int http_pump(struct http *http);
/* A request without a body has no whole answer yet: reads nothing more until that is out, and goes on when the socket has one of
 * these events of epoll. */
void http_hold(struct http *http, unsigned events);
/* The library does not look at a socket's writability while it does not read it, so an answer begins with this, or ends with it
 * after http_hold(). */
void http_read_again(struct http *http);

/* ---- http_body.c ---- */

/* This request has a body: of the length, in chunks, or (-1) until the client ends. */
void http_body_expect(struct http *http, int64_t length, bool chunked);
/* Bytes of it, framing and all. */
void http_body_bytes(struct http *http, const uint8_t *bytes, size_t size);
/* The library counts it as complete. */
void http_body_came(struct http *http);
/* Tells the handler of the end of the body, once everything before it was handed on. */
void http_body_tell_end(struct http *http);
/* The connection ended, which is how a body without framing ends. */
void http_body_cut(struct http *http);
/* From the loop, behind every piece and after every pause: hands on what was kept, and sets our patience in place of the library's.
 */
void http_body_timer(struct http *http);
/* The operation of that name. */
void http_body_pause(struct exchange *ex, bool paused);

/* ---- http_serve.c ---- */

/* A request's head is complete. -1 ends the connection. */
int http_serve(struct gateway *gateway, struct lws *wsi, struct http_session *session);

#endif
