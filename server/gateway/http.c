/* exchange: one HTTP request over the library.
 *
 *   http_serve.c --> page: head and file ------\
 *        |                                      > `out`, `file` --pump--> socket --> the next request, or the end
 *        \-> handler: answer(), head and body -/
 *                     begin(), head; then send() writes at once, as ws.c does
 *
 * An exchange lives from the request's head to the last byte of its answer; a kept connection has many, one after the other. The
 * library would serve a request that comes early over the head of the one before. So an answer that is ready when `opened` returns
 * is written right there; for one that comes later, from another loop, nothing is read meanwhile (http_hold()). As long as it does
 * not read a socket the library does not look whether it can be written either: such an answer goes out by a timer, in pieces that
 * are sure to fit. What is left is a page that waits for its socket: a request that comes early then ends the connection.
 *
 * The library binds us by a mount and not by its default, because only so it goes on reading while we answer: else a client that
 * closes its half of the connection would keep the loop spinning. The handler is called from the library's callbacks only.
 */
#include "gateway/http.h"

#include "base/check.h"
#include "boothcast/limits.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>

#define PIECE 65536         /* of a long answer handed over at once; what the socket does not take of it is copied by the library */
#define PIECE_HELD 4096     /* while nothing is read: a socket that can be written has room for it, even as a record of TLS */
#define ROOM_LOOK_US 5000   /* between two looks whether a full socket has room, while nothing is read */
#define LEFT_LOOK_US 500000 /* between two looks whether the client is still there, while it is not answered */

void http_set_out(struct http *http, struct text *text)
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
	size_t most = http->held ? PIECE_HELD : PIECE;
	*size = left < most ? left : most;
	return (in_head ? http->out : http->file) + at;
}

bool http_write(struct http *http, const uint8_t *bytes, size_t size)
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
	http_read_again(http); /* the next request may be there already */
	over(http);
	return keep && lws_http_transaction_completed(wsi) == 0 ? 0 : -1;
}

/* One of these holds for the socket now. */
static bool socket_says(const struct http *http, short events)
{
	struct pollfd poller = {.fd = lws_get_socket_fd(http->wsi), .events = events};
	return poll(&poller, 1, 0) > 0;
}

static bool unsent(const struct http *http)
{
	return http->sent < http->out_size + http->file_size;
}

int http_pump(struct http *http)
{
	while (unsent(http) && !lws_partial_buffered(http->wsi) && (!http->held || socket_says(http, POLLOUT))) {
		size_t size;
		const uint8_t *piece = next_piece(http, &size);
		if (!http_write(http, piece, size))
			return -1;
		http->sent += size;
		lws_set_timeout(http->wsi, PENDING_TIMEOUT_USER_REASON_BASE, ANSWER_IDLE_S);
	}
	if (http->state == HTTP_WAITING)
		return 0;
	if (lws_partial_buffered(http->wsi)) {
		http_read_again(http); /* the library calls again when it has sent what it holds */
		return 0;
	}
	if (unsent(http)) {
		lws_set_timer_usecs(http->wsi, ROOM_LOOK_US);
		return 0;
	}
	if (http->state != HTTP_ENDLESS)
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
	if (!http->broken)
		lws_callback_on_writable(http->wsi);
}

void http_read_again(struct http *http)
{
	if (http->held)
		lws_rx_flow_control(http->wsi, 1);
	http->held = false;
}

void http_hold(struct http *http)
{
	lws_rx_flow_control(http->wsi, 0);
	http->held = true;
	lws_set_timer_usecs(http->wsi, LEFT_LOOK_US);
}

/* An exchange without a body, while nothing is read: what the library does not tell meanwhile. -1 ends the connection. */
static int look(struct http *http)
{
	if (http->state != HTTP_WAITING)
		return http_pump(http);
	if (socket_says(http, POLLRDHUP))
		return -1;
	lws_set_timer_usecs(http->wsi, LEFT_LOOK_US);
	return 0;
}

static void http_answer(struct exchange *ex, int status, const char *type, const void *body, size_t size, const char *headers)
{
	struct http *http = (struct http *)ex;
	struct answer answer = {.status = status, .type = type, .length = (int64_t)size, .headers = headers};
	struct text out;
	check(size <= HTTP_ANSWER_MAX);
	if (http->state != HTTP_WAITING)
		return; /* it was answered here, for a body that is broken */
	answer.keep = http->keep;
	text_init(&out, ANSWER_HEAD_MAX + size);
	answer_head(http->gateway, &out, &answer);
	if (!http->head_only && size > 0)
		text_add_bytes(&out, body, size);
	http_set_out(http, &out);
	http->state = HTTP_ANSWERING;
	if (http->held && !http->has_body) {
		lws_set_timer_usecs(http->wsi, 1);
		gateway_kick(http->gateway);
	} else {
		http_read_again(http);
		soon(http);
	}
}

static void http_begin(struct exchange *ex, int status, const char *type)
{
	struct http *http = (struct http *)ex;
	struct answer answer = {.status = status, .type = type, .length = -1};
	struct text out;
	int lowat = NOTSENT_LOWAT;
	if (http->state != HTTP_WAITING)
		return;
	text_init(&out, ANSWER_HEAD_MAX);
	answer_head(http->gateway, &out, &answer);
	http_set_out(http, &out);
	http->keep = false;
	http->state = http->head_only ? HTTP_ENDING : HTTP_ENDLESS;
	http_read_again(http);
	http->wants_writable = true;
	setsockopt(lws_get_socket_fd(http->wsi), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat);
	soon(http);
}

static enum sent http_send(struct exchange *ex, uint8_t *bytes, size_t size)
{
	struct http *http = (struct http *)ex;
	if (http->state != HTTP_ENDLESS || http->broken)
		return SENT_GONE;
	if (http->sent < http->out_size || lws_partial_buffered(http->wsi)) {
		if (!http->wants_writable) {
			http->wants_writable = true;
			lws_set_timeout(http->wsi, PENDING_TIMEOUT_USER_REASON_BASE, ANSWER_IDLE_S);
			gateway_kick(http->gateway);
		}
		return SENT_FULL;
	}
	if (http_write(http, bytes, size))
		return SENT;
	gateway_kill(http->gateway, http->wsi);
	return SENT_GONE;
}

static void http_end(struct exchange *ex)
{
	struct http *http = (struct http *)ex;
	if (http->state != HTTP_ENDLESS)
		return;
	http->state = HTTP_ENDING;
	lws_set_timeout(http->wsi, PENDING_TIMEOUT_USER_REASON_BASE, ANSWER_IDLE_S);
	soon(http);
}

const struct exchange_ops http_operations = {http_answer, http_begin, http_send, http_end, http_body_pause};

/* The connection ended before the exchange did. */
static void cut_off(struct http *http)
{
	http->broken = true;
	http_body_cut(http);
	over(http);
}

/* The request being served. The library also calls with no memory at all. */
static struct http *now(const struct http_session *session)
{
	return session != NULL ? session->http : NULL;
}

int http_callback(struct gateway *gateway, struct lws *wsi, enum lws_callback_reasons reason, struct http_session *session,
		  void *in, size_t size)
{
	switch (reason) {
	case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
		return now(session) != NULL ? -1 : 0; /* a second request over the one being answered */
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return now(session) != NULL ? -1 : guard_upgrade(gateway, wsi);
	case LWS_CALLBACK_HTTP: return http_serve(gateway, wsi, session);
	case LWS_CALLBACK_HTTP_BODY:
		if (now(session) != NULL)
			http_body_bytes(session->http, in, size);
		return 0;
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		if (now(session) != NULL)
			http_body_came(session->http);
		return 0;
	case LWS_CALLBACK_HTTP_WRITEABLE: return now(session) != NULL ? http_pump(session->http) : 0;
	case LWS_CALLBACK_TIMER:
		if (now(session) == NULL)
			return 0;
		if (session->http->held && !session->http->has_body)
			return look(session->http);
		http_body_timer(session->http);
		return 0;
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		if (now(session) != NULL)
			cut_off(session->http);
		return 0;
	default: return 0;
	}
}
