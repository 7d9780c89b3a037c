/* An HTTP request that came to an edge and is answered on the hub; as conns.c, and one thing more: a body that is longer than what may be
 * under way. It comes a piece at a time:
 *
 *   gateway's exchange (edge)                   the hub's exchange
 *   body, a piece; then it pauses  --events-->  house->body
 *   it goes on                     <--orders--  taken, unless the house paused meanwhile: then when it goes on
 *
 * When both are one loop the piece is taken before the question comes up, and nothing pauses but what the house pauses. Pages never
 * come here. What /live sends goes out by the outlet (fanout/live.h).
 */
#include "edge/edge.h"

#include "base/check.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct edge_exchange {
	struct exchange ex; /* first: the hub's */
	bool paused;        /* the hub's: by the house */
	bool owes;          /* the hub's: a piece was taken, and the edge was not told */
	struct edge *edge;  /* never changes */
	struct outlet outlet; /* the edge's, from here down; `exchange` in it is the socket's */
	bool under_way;       /* a piece of the body that was not taken yet */
	bool held;            /* the socket's body is paused */
	char peer[];          /* never changes */
};

static const struct exchange_handler *house(const struct edge_exchange *ee)
{
	return ee->edge->house.exchanges;
}

/* ---- from the edge to the hub ---- */

static void tell_opened(const struct call *call)
{
	struct edge_exchange *ee = call->to;
	struct request request = *(const struct request *)call->bytes;
	request.peer = ee->peer;
	ee->ex.user = house(ee)->opened(ee->edge->house.host, &ee->ex, &request);
}

/* On the edge. */
static void go_on(const struct call *call)
{
	struct edge_exchange *ee = call->to;
	ee->under_way = false;
	if (ee->held && ee->outlet.exchange != NULL)
		ee->outlet.exchange->ops->pause(ee->outlet.exchange, false);
	ee->held = false;
}

static void taken(struct edge_exchange *ee)
{
	ee->owes = false;
	post_call(ee->edge->orders, &(struct call){.run = go_on, .to = ee});
}

static void tell_body(const struct call *call)
{
	struct edge_exchange *ee = call->to;
	ee->owes = true;
	house(ee)->body(&ee->ex, call->bytes, call->size);
	if (!ee->paused)
		taken(ee);
}

static void tell_body_ended(const struct call *call)
{
	struct edge_exchange *ee = call->to;
	house(ee)->body_ended(&ee->ex);
}

/* On the edge: the last of it. */
static void forget(const struct call *call)
{
	struct edge_exchange *ee = call->to;
	check(ee->outlet.first == NULL);
	free(ee);
}

static void tell_closed(const struct call *call)
{
	struct edge_exchange *ee = call->to;
	house(ee)->closed(&ee->ex);
	post_call(ee->edge->orders, &(struct call){.run = forget, .to = ee});
}

/* ---- from the hub to the edge ---- */

static struct exchange *socket_of(const struct call *call)
{
	return ((struct edge_exchange *)call->to)->outlet.exchange;
}

static void order(struct exchange *ex, const struct call *call)
{
	struct edge_exchange *ee = (struct edge_exchange *)ex;
	struct call addressed = *call;
	addressed.to = ee;
	post_call(ee->edge->orders, &addressed);
}

/* bytes: the type, the headers, the body; each of the first two with its end mark. `c`: whether there are headers. */
static void give_answer(const struct call *call)
{
	struct exchange *socket = socket_of(call);
	const char *type = call->bytes, *headers = type + strlen(type) + 1, *body = headers + strlen(headers) + 1;
	if (socket != NULL)
		socket->ops->answer(socket, (int)call->a, type, body, (size_t)(type + call->size - body), call->c != 0 ? headers : NULL);
}

static void answer(struct exchange *ex, int status, const char *type, const void *body, size_t size, const char *headers)
{
	struct text all;
	const char *lines = headers != NULL ? headers : "";
	text_init(&all, strlen(type) + strlen(lines) + size + 2);
	text_add_bytes(&all, type, strlen(type) + 1);
	text_add_bytes(&all, lines, strlen(lines) + 1);
	text_add_bytes(&all, body, size);
	order(ex, &(struct call){.run = give_answer,
				 .bytes = all.at,
				 .size = (uint32_t)all.size,
				 .a = (uint32_t)status,
				 .c = headers != NULL});
	text_free(&all);
}

static void give_begin(const struct call *call)
{
	struct exchange *socket = socket_of(call);
	if (socket != NULL)
		socket->ops->begin(socket, (int)call->a, call->bytes);
}

static void begin(struct exchange *ex, int status, const char *type)
{
	order(ex, &(struct call){.run = give_begin, .bytes = type, .size = (uint32_t)strlen(type) + 1, .a = (uint32_t)status});
}

static void give_end(const struct call *call)
{
	struct exchange *socket = socket_of(call);
	if (socket != NULL)
		socket->ops->end(socket);
}

static void end(struct exchange *ex)
{
	order(ex, &(struct call){.run = give_end});
}

static void pause(struct exchange *ex, bool paused)
{
	struct edge_exchange *ee = (struct edge_exchange *)ex;
	ee->paused = paused;
	if (!paused && ee->owes)
		taken(ee);
}

static const struct exchange_ops operations = {.answer = answer, .begin = begin, .end = end, .pause = pause};

/* ---- the gateway's events ---- */

static void *opened(void *host, struct exchange *socket, const struct request *request)
{
	struct edge *edge = host;
	size_t peer_size = strlen(request->peer) + 1;
	struct edge_exchange *ee = check_alloc(calloc(1, sizeof *ee + peer_size));
	ee->ex.ops = &operations;
	ee->ex.outlet = &ee->outlet;
	ee->ex.peer = memcpy(ee->peer, request->peer, peer_size);
	ee->edge = edge;
	ee->outlet.walk = edge->walk;
	ee->outlet.exchange = socket;
	post_call(edge->events, &(struct call){.run = tell_opened, .to = ee, .bytes = request, .size = sizeof *request});
	return ee;
}

static void body(struct exchange *socket, const uint8_t *bytes, size_t size)
{
	struct edge_exchange *ee = socket->user;
	ee->under_way = true;
	post_call(ee->edge->events, &(struct call){.run = tell_body, .to = ee, .bytes = bytes, .size = (uint32_t)size});
	if (!ee->under_way || ee->held)
		return;
	ee->held = true;
	socket->ops->pause(socket, true);
}

static void body_ended(struct exchange *socket)
{
	struct edge_exchange *ee = socket->user;
	post_call(ee->edge->events, &(struct call){.run = tell_body_ended, .to = ee});
}

static void writable(struct exchange *socket)
{
	struct edge_exchange *ee = socket->user;
	outlet_writable(&ee->outlet);
}

static void closed(struct exchange *socket)
{
	struct edge_exchange *ee = socket->user;
	outlet_closed(&ee->outlet);
	post_call(ee->edge->events, &(struct call){.run = tell_closed, .to = ee});
}

const struct exchange_handler edge_exchanges = {
	.opened = opened,
	.body = body,
	.body_ended = body_ended,
	.writable = writable,
	.closed = closed,
};
