/* From a request's head to whoever answers it: a page, the handler, or a refusal.
 *
 *   library: head parsed --> request.c --> route (guard.c) --> page (pages.c)
 *                                                         \--> handler->opened
 *                                                         \--> 404, 405, 426, ...
 *
 * Called by http.c when the library has a head. What can be answered at once is written before this returns.
 */
#include "gateway/http.h"

#include "base/check.h"
#include "base/clock.h"
#include "gateway/accepted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

static struct http *new_exchange(struct gateway *gateway, struct lws *wsi, struct http_session *session)
{
	struct http *http = check_alloc(calloc(1, sizeof *http));
	http->ex.ops = &http_operations;
	http->gateway = gateway;
	http->wsi = wsi;
	http->session = session;
	session->http = http;
	return http;
}

static void refuse(struct http *http, int status, const char *headers)
{
	struct text out;
	http->page = true;
	http->keep = false;
	http->state = HTTP_ANSWERING;
	text_init(&out, ANSWER_HEAD_MAX);
	answer_sentence(http->gateway, &out, status, headers);
	if (http->head_only)
		out.size = (size_t)(strstr(out.at, "\r\n\r\n") + 4 - out.at);
	http_set_out(http, &out);
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
	http_set_out(http, &out);
	http->page = true;
	http->state = HTTP_ANSWERING;
	if (!http->head_only) {
		http->file = gzip ? page->gzip : page->bytes;
		http->file_size = (size_t)answer.length;
	}
}

/* A request for the handler. */
static void serve_exchange(struct http *http, const struct request *request, const struct request_extra *extra)
{
	static const uint8_t go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	if (strcmp(request->method, "PUT") == 0)
		http_body_expect(http, request->content_length, extra->chunked);
	http->ex.user = http->gateway->exchanges->opened(http->gateway->host, &http->ex, request);
	if (http->state == HTTP_WAITING && http->has_body && extra->expect)
		http_write(http, go_on, sizeof go_on - 1);
	http_body_tell_end(http); /* a body of no bytes has ended already */
	if (http->state == HTTP_WAITING && !http->has_body)
		http_hold(http, EPOLLRDHUP);
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

/* A request that brings more than its head, or may as the library sees it, and that came where the library cannot serve that. */
static bool brings_too_early(struct lws *wsi, const struct request *request, int status)
{
	bool brings = status != 0 || request->content_length > 0 || !guard_allows("GET, HEAD", request->method);
	return brings && early_came(wsi);
}

int http_serve(struct gateway *gateway, struct lws *wsi, struct http_session *session)
{
	struct request request;
	struct request_extra extra;
	char peer[PEER_SIZE];
	struct accepted *accepted = lws_get_opaque_user_data(wsi);
	accepted_settle(accepted);
	if (gateway->closing)
		return -1;
	struct http *http = new_exchange(gateway, wsi, session);
	address_peer(lws_get_socket_fd(wsi), peer);
	int status = request_read(wsi, peer, gateway->secure, &request, &extra);
	http->head_only = strcmp(request.method, "HEAD") == 0;
	/* behind a body that nobody reads, the next request could not be found */
	http->keep = extra.keep && guard_allows("GET, HEAD", request.method) && request.content_length <= 0 && !extra.chunked;
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, ANSWER_IDLE_S);
	bool too_early = brings_too_early(wsi, &request, status);
	if (too_early && status == 0)
		status = 400;
	if (accepted->refused != REFUSALS) {
		refuse(http, 503, RETRY_LATER);
	} else if (!accepted_may_ask(accepted, clock_us())) {
		gateway_refused(gateway, REFUSED_ADDRESS_REQUESTS);
		refuse(http, 429, RETRY_SOON);
	} else if (status != 0) {
		gateway_refused(gateway, REFUSED_MALFORMED);
		refuse(http, status, NULL);
	} else {
		serve(http, &request, &extra);
	}
	int pumped = http_pump(http);
	return too_early ? -1 : pumped; /* also when the socket did not take the refusal: the library must not come to the body */
}
