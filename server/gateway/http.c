/* exchange: one HTTP request over the library, and the pages.
 *
 *   head parsed --> request_read --> route --> page: head and file           --\
 *                                          \-> handler->opened                  > `out`, pumped into the socket --> next request, or the end
 *                                               |  answer(): head and body   --/
 *                                               |  begin():  head, then send() writes at once, as ws.c does
 *   body ------------> body.c --> stash --------> handler->body, body_ended
 *
 * An exchange lives from the request's head to the last byte of its answer; a kept connection has many, one after the other. An answer that is
 * ready when `opened` returns is written right there, which is what lets clients send the next request early (a request that comes while
 * an answer still waits for the socket ends the connection: the library would serve it over the first one's head).
 *
 * The library binds us by a mount and not by its default, because only so it goes on reading while we answer: else a client that closes
 * its half of the connection would keep the loop spinning. It sets its own five seconds after every piece of a body; a timer of zero
 * length sets ours behind it. The handler is called from the library's callbacks only.
 */
#include "gateway/parts.h"

#include "base/check.h"
#include "boothcast/limits.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 65536 /* of a long answer handed over at once; what the socket does not take of it is copied by the library */

enum state {
	WAITING,   /* the handler has not answered */
	ANSWERING, /* a whole answer is on its way; then the exchange is over */
	ENDLESS,   /* begin() was called */
	ENDING     /* end() was called */
};

struct http {
	struct exchange ex;     /* first: an exchange is an http */
	struct gateway *gateway;
	struct lws *wsi;
	struct http_session *session;
	enum state state;
	bool page;              /* no handler: nobody to tell */
	bool head_only;         /* HEAD: no body is sent */
	bool keep;              /* the connection stays when this is over */
	bool wants_writable;
	bool broken;            /* a write failed */

	uint8_t *out;           /* the answer's head, and body if it is a copy */
	size_t out_size;
	const uint8_t *file;    /* a page's bytes, sent behind `out` */
	size_t file_size;
	size_t sent;            /* of both */

	struct body body;
	uint8_t *stash;         /* body bytes that came while paused */
	size_t stash_size;
	bool has_body, body_came, body_told;
	bool paused;            /* by the handler */
	bool held;              /* the library does not read: from a pause until the stash is gone */
};

/* ---- out ---- */

static void set_out(struct http *http, struct text *text)
{
	http->out = (uint8_t *)text->at;
	http->out_size = text->size;
}

/* The next bytes to send, and how many. */
static const uint8_t *next_piece(const struct http *http, size_t *size)
{
	bool in_head = http->sent < http->out_size;
	size_t at = in_head ? http->sent : http->sent - http->out_size;
	size_t left = (in_head ? http->out_size : http->file_size) - at;
	*size = left < PIECE ? left : PIECE;
	return (in_head ? http->out : http->file) + at;
}

static bool write_now(struct http *http, const uint8_t *bytes, size_t size)
{
	/* HTTP/1.1 needs no room before the bytes, and the library does not change them */
	if (lws_write(http->wsi, (unsigned char *)bytes, size, LWS_WRITE_HTTP) < 0) {
		http->broken = true;
		return false;
	}
	gateway_count_sent(http->gateway, size);
	return true;
}

/* Ends the exchange: `closed`, and all memory. */
static void over(struct http *http)
{
	http->session->http = NULL;
	if (!http->page)
		http->gateway->exchanges->closed(&http->ex);
	free(http->out);
	free(http->stash);
	free(http);
}

/* The answer is out: on to the next request, or the end of the connection (-1). */
static int finish(struct http *http)
{
	struct lws *wsi = http->wsi;
	bool keep = http->keep && !http->broken;
	over(http);
	return keep && lws_http_transaction_completed(wsi) == 0 ? 0 : -1;
}

/* Sends what there is to send; tells the handler of an endless answer when all of it is gone. -1 ends the connection. */
static int pump(struct http *http)
{
	while (http->sent < http->out_size + http->file_size && !lws_partial_buffered(http->wsi)) {
		size_t size;
		const uint8_t *piece = next_piece(http, &size);
		if (!write_now(http, piece, size))
			return -1;
		http->sent += size;
		lws_set_timeout(http->wsi, PENDING_TIMEOUT_USER_REASON_BASE, ANSWER_IDLE_S);
	}
	if (lws_partial_buffered(http->wsi) || http->state == WAITING)
		return 0; /* the library calls again when it has sent what it holds */
	if (http->state != ENDLESS)
		return finish(http);
	lws_set_timeout(http->wsi, NO_PENDING_TIMEOUT, 0);
	if (http->wants_writable) {
		http->wants_writable = false;
		http->gateway->exchanges->writable(&http->ex);
	}
	return 0;
}

static void soon(struct http *http)
{
	lws_callback_on_writable(http->wsi);
}

/* The library does not look at a socket's writability while it does not read it, so every answer begins with this. */
static void read_again(struct http *http)
{
	if (http->held)
		lws_rx_flow_control(http->wsi, 1);
	http->held = false;
}

static void http_answer(struct exchange *ex, int status, const char *type, const void *body, size_t size, const char *headers)
{
	struct http *http = (struct http *)ex;
	struct answer answer = {.status = status, .type = type, .length = (int64_t)size, .headers = headers};
	struct text out;
	check(http->state == WAITING);
	check(size <= HTTP_ANSWER_MAX);
	answer.keep = http->keep;
	text_init(&out, ANSWER_HEAD_MAX + size);
	answer_head(http->gateway, &out, &answer);
	if (!http->head_only && size > 0)
		text_add_bytes(&out, body, size);
	set_out(http, &out);
	http->state = ANSWERING;
	read_again(http);
	soon(http);
}

static void http_begin(struct exchange *ex, int status, const char *type)
{
	struct http *http = (struct http *)ex;
	struct answer answer = {.status = status, .type = type, .length = -1};
	struct text out;
	int lowat = NOTSENT_LOWAT;
	check(http->state == WAITING);
	text_init(&out, ANSWER_HEAD_MAX);
	answer_head(http->gateway, &out, &answer);
	set_out(http, &out);
	http->keep = false;
	http->state = http->head_only ? ENDING : ENDLESS;
	read_again(http);
	http->wants_writable = true;
	setsockopt(lws_get_socket_fd(http->wsi), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat);
	soon(http);
}

static enum sent http_send(struct exchange *ex, uint8_t *bytes, size_t size)
{
	struct http *http = (struct http *)ex;
	if (http->state != ENDLESS || http->broken)
		return SENT_GONE;
	if (http->sent < http->out_size || lws_partial_buffered(http->wsi)) {
		if (!http->wants_writable) {
			http->wants_writable = true;
			lws_set_timeout(http->wsi, PENDING_TIMEOUT_USER_REASON_BASE, ANSWER_IDLE_S);
			gateway_kick(http->gateway);
		}
		return SENT_FULL;
	}
	if (write_now(http, bytes, size))
		return SENT;
	gateway_kill(http->gateway, http->wsi);
	return SENT_GONE;
}

static void http_end(struct exchange *ex)
{
	struct http *http = (struct http *)ex;
	if (http->state != ENDLESS)
		return;
	http->state = ENDING;
	lws_set_timeout(http->wsi, PENDING_TIMEOUT_USER_REASON_BASE, ANSWER_IDLE_S);
	soon(http);
}

/* ---- in ---- */

static void http_pause(struct exchange *ex, bool paused)
{
	struct http *http = (struct http *)ex;
	if (http->paused == paused || http->state != WAITING)
		return;
	http->paused = paused;
	if (paused) {
		lws_rx_flow_control(http->wsi, 0);
		http->held = true;
	} else {
		lws_set_timer_usecs(http->wsi, 1); /* what is stashed goes first, from the loop */
		gateway_kick(http->gateway);
	}
}

static const struct exchange_ops operations = {http_answer, http_begin, http_send, http_end, http_pause};

/* Hands pieces of the body on until all are gone or the handler pauses. Returns what was used. */
static size_t hand_on(struct http *http, const uint8_t *bytes, size_t size)
{
	size_t used = 0;
	while (used < size && http->state == WAITING && !http->paused && !http->body.failed && !body_complete(&http->body)) {
		const uint8_t *piece;
		size_t piece_size;
		used += body_take(&http->body, bytes + used, size - used, &piece, &piece_size);
		if (piece_size > 0)
			http->gateway->exchanges->body(&http->ex, piece, piece_size);
	}
	return http->paused && http->state == WAITING ? used : size;
}

static void stash(struct http *http, const uint8_t *bytes, size_t size)
{
	/* bounded: reading stops with the pause, so this is at most what the library had read already */
	if (size == 0)
		return;
	http->stash = check_alloc(realloc(http->stash, http->stash_size + size));
	memcpy(http->stash + http->stash_size, bytes, size);
	http->stash_size += size;
}

/* The end of the body, once everything before it was handed on. */
static void tell_end(struct http *http)
{
	static const char broken[] = "The chunks of the body are broken.\n";
	if (!http->has_body || http->state != WAITING || http->body_told || http->stash_size > 0)
		return;
	if (http->body.failed) {
		http_answer(&http->ex, 400, "text/plain; charset=utf-8", broken, sizeof broken - 1, NULL);
	} else if (http->body.kind == BODY_CHUNKED ? body_complete(&http->body) : http->body_came) {
		http->body_told = true;
		http->gateway->exchanges->body_ended(&http->ex);
	}
}

static int body_bytes(struct http *http, const uint8_t *bytes, size_t size)
{
	gateway_count_received(http->gateway, size);
	size_t used = http->stash_size > 0 ? 0 : hand_on(http, bytes, size);
	stash(http, bytes + used, size - used);
	tell_end(http);
	lws_set_timer_usecs(http->wsi, 1);
	return 0;
}

static int body_end(struct http *http)
{
	http->body_came = true;
	tell_end(http);
	return 0;
}

/* Behind a piece of the body, or after a pause: the stash, and our own patience in place of the library's. */
static int timer(struct http *http)
{
	if (http->state != WAITING)
		return 0;
	if (!http->paused && http->stash_size > 0) {
		uint8_t *bytes = http->stash;
		size_t size = http->stash_size;
		http->stash = NULL;
		http->stash_size = 0;
		size_t used = hand_on(http, bytes, size);
		stash(http, bytes + used, size - used);
		free(bytes);
		tell_end(http);
	}
	if (http->state != WAITING)
		return 0;
	if (http->paused) {
		lws_set_timeout(http->wsi, NO_PENDING_TIMEOUT, 0); /* the silence is ours */
	} else {
		read_again(http);
		lws_set_timeout(http->wsi, PENDING_TIMEOUT_USER_REASON_BASE, BODY_IDLE_S);
	}
	return 0;
}

/* ---- a request ---- */

static struct http *new_exchange(struct gateway *gateway, struct lws *wsi, struct http_session *session)
{
	struct http *http = check_alloc(calloc(1, sizeof *http));
	http->ex.ops = &operations;
	http->gateway = gateway;
	http->wsi = wsi;
	http->session = session;
	session->http = http;
	address_peer(lws_get_socket_fd(wsi), http->ex.peer);
	return http;
}

static void refuse(struct http *http, int status, const char *headers)
{
	struct text out;
	http->page = true;
	http->keep = false;
	http->state = ANSWERING;
	text_init(&out, ANSWER_HEAD_MAX);
	answer_sentence(http->gateway, &out, status, headers);
	if (http->head_only)
		out.size = (size_t)(strstr(out.at, "\r\n\r\n") + 4 - out.at);
	set_out(http, &out);
}

static void refuse_method(struct http *http, const char *allow)
{
	char header[64];
	snprintf(header, sizeof header, "Allow: %s\r\n", allow);
	refuse(http, 405, header);
}

static void serve_page(struct http *http, const char *path, bool gzip)
{
	const struct page *page = pages_find(http->gateway->pages, path);
	struct text out;
	if (page == NULL) {
		refuse(http, 404, NULL);
		return;
	}
	gzip = gzip && page->gzip != NULL;
	struct answer answer = {.status = 200,
				.type = page->type,
				.length = (int64_t)(gzip ? page->gzip_size : page->size),
				.keep = http->keep,
				.gzip = gzip,
				.cache = page->immutable ? "public, max-age=31536000, immutable" : "no-cache",
				.headers = page->gzip != NULL ? "Vary: Accept-Encoding\r\n" : NULL};
	text_init(&out, ANSWER_HEAD_MAX);
	answer_head(http->gateway, &out, &answer);
	set_out(http, &out);
	http->page = true;
	http->state = ANSWERING;
	if (!http->head_only) {
		http->file = gzip ? page->gzip : page->bytes;
		http->file_size = (size_t)answer.length;
	}
}

static void expect_body(struct http *http, const struct request *request, const struct request_extra *extra)
{
	http->has_body = true;
	if (extra->chunked)
		body_init(&http->body, BODY_CHUNKED, 0);
	else
		body_init(&http->body, request->content_length >= 0 ? BODY_LENGTH : BODY_UNTIL_CLOSE, (uint64_t)request->content_length);
	http->body_came = request->content_length == 0;
}

/* A request for the handler. */
static void serve_exchange(struct http *http, const struct request *request, const struct request_extra *extra)
{
	static const uint8_t go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	if (strcmp(request->method, "PUT") == 0)
		expect_body(http, request, extra);
	http->ex.user = http->gateway->exchanges->opened(http->gateway->host, &http->ex, request);
	if (http->state == WAITING && http->has_body && extra->expect)
		write_now(http, go_on, sizeof go_on - 1);
	tell_end(http); /* a body of no bytes has ended already */
}

static void serve(struct http *http, const struct request *request, const struct request_extra *extra)
{
	struct route route = guard_route(request->path);
	if (route.kind == ROUTE_WS)
		refuse(http, 426, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
	else if (!guard_allows(route.allow, request->method))
		refuse_method(http, route.allow);
	else if (route.kind == ROUTE_PAGE)
		serve_page(http, request->path, extra->gzip);
	else
		serve_exchange(http, request, extra);
}

static int requested(struct gateway *gateway, struct lws *wsi, struct http_session *session)
{
	struct request request;
	struct request_extra extra;
	if (gateway->closing)
		return -1;
	struct http *http = new_exchange(gateway, wsi, session);
	int status = request_read(wsi, http->ex.peer, gateway->secure, &request, &extra);
	http->head_only = strcmp(request.method, "HEAD") == 0;
	/* behind a body that nobody reads, the next request could not be found */
	http->keep = extra.keep && guard_allows("GET, HEAD", request.method) && request.content_length <= 0 && !extra.chunked;
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, ANSWER_IDLE_S);
	if (status != 0) {
		gateway_refused(gateway, REFUSED_MALFORMED);
		refuse(http, status, NULL);
	} else {
		serve(http, &request, &extra);
	}
	return pump(http);
}

/* The request being served. The library also calls with no memory at all. */
static struct http *now(const struct http_session *session)
{
	return session != NULL ? session->http : NULL;
}

int http_callback(struct gateway *gateway, struct lws *wsi, enum lws_callback_reasons reason, struct http_session *session, void *in,
		  size_t size)
{
	switch (reason) {
	case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
		return now(session) != NULL ? -1 : 0; /* a second request over the one being answered */
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return now(session) != NULL ? -1 : guard_upgrade(gateway, wsi);
	case LWS_CALLBACK_HTTP:
		return requested(gateway, wsi, session);
	case LWS_CALLBACK_HTTP_BODY:
		return now(session) != NULL ? body_bytes(session->http, in, size) : 0;
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return now(session) != NULL ? body_end(session->http) : 0;
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return now(session) != NULL ? pump(session->http) : 0;
	case LWS_CALLBACK_TIMER:
		return now(session) != NULL ? timer(session->http) : 0;
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		if (now(session) != NULL)
			over(session->http);
		return 0;
	default:
		return 0;
	}
}
