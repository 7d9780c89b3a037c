/* exchange: one HTTP request over the library.
 *
 *   http_serve.c --> page: head and file ------\
 *        |                                      > `out`, `file` --pump--> socket --> the next request, or the end
 *        \-> handler: answer(), head and body -/
 *                     begin(), head; then send() writes at once, as ws.c does
 *
 * An exchange lives from the request's head to the last byte of its answer; a kept connection has many, one after the other. The
 * library would serve a request that comes early over the head of the one before, and one that comes just when the client has the
 * last byte is early too, if the library has yet to say that it is gone. So what the socket takes when `opened` returns is written
 * right there; for an answer that comes later, or that the socket does not take at once, nothing is read meanwhile (http_hold()).
 * Such a socket is watched by us (held.c), and gets no more than it has room for, so that the library never holds a rest.
 *
 * The library binds us by a mount and not by its default, because only so it goes on reading while we answer: else a client that
 * closes its half of the connection would keep the loop spinning. The handler is called from the library's callbacks only.
 */
#include "gateway/http.h"

#include "base/check.h"
#include "boothcast/limits.h"

#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define PIECE 65536       /* of a long answer handed over at once; what the socket does not take of it is copied by the library */
#define NO_MORE_US 500000 /* for who has said all and may still listen, or has left: nobody can see which */
#define PIECE_MIN 4096    /* a socket that can be written has room for it, even as a record of TLS */

void http_set_out(struct http *http, struct text *text)
{
	http->out = (uint8_t *)text->at;
	http->out_size = text->size;
}

/* One of these holds for the socket now. */
static bool socket_says(const struct http *http, short events)
{
	struct pollfd poller = {.fd = lws_get_socket_fd(http->wsi), .events = events};
	return poll(&poller, 1, 0) > 0;
}

/* Bytes that the socket takes for certain, and takes whole; 0 when it is full. */
static size_t room(const struct http *http)
{
	uint32_t memory[SK_MEMINFO_VARS];
	socklen_t size = sizeof memory;
	if (!socket_says(http, POLLOUT))
		return 0;
	if (getsockopt(lws_get_socket_fd(http->wsi), SOL_SOCKET, SO_MEMINFO, memory, &size) < 0 ||
	    memory[SK_MEMINFO_SNDBUF] < memory[SK_MEMINFO_WMEM_QUEUED])
		return PIECE_MIN;
	/* the kernel counts what it keeps for the bytes as well: less than as much again */
	size_t bytes = (memory[SK_MEMINFO_SNDBUF] - memory[SK_MEMINFO_WMEM_QUEUED]) / 2;
	return bytes > PIECE_MIN ? bytes : PIECE_MIN;
}

/* A whole answer to a request without a body: another request may come, which must find the library through with this one, or the
 * client says that no other will, and the library would take that for the end of all. */
static bool careful(const struct http *http)
{
	return http->held || (http->state == HTTP_ANSWERING && !http->has_body);
}

/* The next bytes to send, and how many: 0 while the socket is full. */
static const uint8_t *next_piece(const struct http *http, size_t *size)
{
	bool in_head = http->sent < http->out_size;
	size_t at = in_head ? http->sent : http->sent - http->out_size;
	size_t left = (in_head ? http->out_size : http->file_size) - at;
	*size = left < PIECE ? left : PIECE;
	if (careful(http)) {
		size_t most = room(http);
		*size = *size < most ? *size : most;
	}
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

void http_hold(struct http *http, unsigned events)
{
	if (!http->held)
		lws_rx_flow_control(http->wsi, 0);
	http->held = http->watched = true;
	held_watch(http->gateway->held, http->wsi, events);
}

static void forget(struct http *http)
{
	if (http->watched)
		held_forget(http->gateway->held, http->wsi);
	http->watched = false;
}

void http_read_again(struct http *http)
{
	forget(http);
	if (http->held)
		lws_rx_flow_control(http->wsi, 1);
	http->held = false;
}

/* Ends the exchange: `closed`, and all memory. */
static void over(struct http *http)
{
	http->session->http = NULL;
	forget(http);
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
	if (keep)
		early_mark(wsi);
	return keep && lws_http_transaction_completed(wsi) == 0 ? 0 : -1;
}

static bool unsent(const struct http *http)
{
	return http->sent < http->out_size + http->file_size;
}

/* Writes what can be written. False when the connection is broken. */
static bool put_out(struct http *http)
{
	size_t before = http->sent;
	while (unsent(http) && !lws_partial_buffered(http->wsi)) {
		size_t size;
		const uint8_t *piece = next_piece(http, &size);
		if (size == 0)
			break;
		if (!http_write(http, piece, size))
			return false;
		http->sent += size;
	}
	if (http->sent > before)
		lws_set_timeout(http->wsi, PENDING_TIMEOUT_USER_REASON_BASE, ANSWER_IDLE_S);
	return true;
}

int http_pump(struct http *http)
{
	if (!put_out(http))
		return -1;
	if (http->state == HTTP_WAITING)
		return 0;
	if (lws_partial_buffered(http->wsi)) {
		http_read_again(http); /* the library calls again when it has sent what it holds */
		return 0;
	}
	if (unsent(http)) {
		http_hold(http, EPOLLOUT);
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

/* What is watched says something, or the patience is over. -1 ends the connection. */
static int look(struct http *http)
{
	if (http->state != HTTP_WAITING)
		return http_pump(http);
	if (http->says_no_more || socket_says(http, 0))
		return -1;
	http->says_no_more = true;
	lws_set_timer_usecs(http->wsi, NO_MORE_US);
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
	if (http->watched) {
		held_watch(http->gateway->held, http->wsi, EPOLLOUT);
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
		if (session->http->watched)
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
