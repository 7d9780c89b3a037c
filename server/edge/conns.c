/* A WebSocket that lives on an edge and is spoken to on the hub.
 *
 *   gateway's conn (edge)                         the hub's conn
 *   opened, text, closed          --events-->     house->opened, text, closed
 *   binary                        --events-->     conn->uplinks; refused: house->refused
 *   send_text, close              <--orders--     conn->ops
 *   writable, and the socket's end --> outlet: what is heard there (fanout/hearing.h)
 *
 * One block for both, made by the edge when the socket opens. The socket ends first: then the hub hears of it, lets go of
 * everything that was heard there, and last of all the block goes, behind those calls in the same post. Until then orders that come
 * too late find no socket and do nothing. When a post is crowded, because the other side stands still, whoever talks is closed as
 * too slow.
 */
#include "edge/edge.h"

#include "base/check.h"
#include "fanout/broadcast.h"
#include "ingest/uplinks.h"

#include <stdlib.h>
#include <string.h>

struct edge_conn {
	struct conn conn;     /* first: the hub's */
	bool closing;         /* the hub's: nothing that comes is heard any more */
	struct edge *edge;    /* never changes */
	struct outlet outlet; /* the edge's; `conn` in it is the socket */
	char peer[];          /* never changes */
};

static const char too_slow[] = "too slow";

/* ---- from the edge to the hub ---- */

static const struct conn_handler *house(const struct edge_conn *ec)
{
	return ec->edge->house.conns;
}

static void tell_opened(const struct call *call)
{
	struct edge_conn *ec = call->to;
	struct request request = *(const struct request *)call->bytes;
	request.peer = ec->peer;
	ec->conn.user = house(ec)->opened(ec->edge->house.host, &ec->conn, &request);
}

static void tell_text(const struct call *call)
{
	struct edge_conn *ec = call->to;
	if (!ec->closing)
		house(ec)->text(&ec->conn, call->bytes, call->a);
}

static void tell_binary(const struct call *call)
{
	struct edge_conn *ec = call->to;
	if (ec->closing)
		return;
	enum status status = STATUS_JOIN_FIRST;
	if (ec->conn.uplinks != NULL)
		status = uplinks_put(ec->conn.uplinks, call->bytes, call->a, ec->edge->house.now_us());
	if (status != STATUS_OK)
		house(ec)->refused(&ec->conn, status);
}

/* On the edge: the last of it. */
static void forget(const struct call *call)
{
	struct edge_conn *ec = call->to;
	check(ec->outlet.first == NULL);
	free(ec);
}

static void tell_closed(const struct call *call)
{
	struct edge_conn *ec = call->to;
	house(ec)->closed(&ec->conn);
	post_call(ec->edge->orders, &(struct call){.run = forget, .to = ec});
}

/* ---- from the hub to the edge ---- */

static void give_text(const struct call *call)
{
	struct conn *socket = ((struct edge_conn *)call->to)->outlet.conn;
	if (socket != NULL)
		outlet_send_text(&((struct edge_conn *)call->to)->outlet, call->bytes, call->size);
}

static void give_close(const struct call *call)
{
	struct conn *socket = ((struct edge_conn *)call->to)->outlet.conn;
	if (socket != NULL)
		socket->ops->close(socket, (enum close_code)call->a, call->bytes);
}

static void close_conn(struct conn *conn, enum close_code code, const char *reason)
{
	struct edge_conn *ec = (struct edge_conn *)conn;
	const char *words = reason != NULL ? reason : "";
	if (ec->closing)
		return;
	ec->closing = true;
	post_call(ec->edge->orders,
		  &(struct call){
			  .run = give_close, .to = ec, .a = (uint32_t)code, .bytes = words, .size = (uint32_t)strlen(words) + 1});
}

static void send_text(struct conn *conn, const char *text, size_t size)
{
	struct edge_conn *ec = (struct edge_conn *)conn;
	if (ec->closing)
		return;
	if (post_crowded(ec->edge->orders))
		close_conn(conn, CLOSE_TOO_SLOW, too_slow);
	else
		post_call(ec->edge->orders, &(struct call){.run = give_text, .to = ec, .bytes = text, .size = (uint32_t)size});
}

static const struct conn_ops operations = {.send_text = send_text, .close = close_conn};

/* ---- the gateway's events ---- */

static void *opened(void *host, struct conn *socket, const struct request *request)
{
	struct edge *edge = host;
	if (post_crowded(edge->events)) {
		socket->ops->close(socket, CLOSE_TOO_SLOW, too_slow);
		return NULL;
	}
	size_t peer_size = strlen(request->peer) + 1;
	struct edge_conn *ec = check_alloc(calloc(1, sizeof *ec + peer_size));
	ec->conn.ops = &operations;
	ec->conn.outlet = &ec->outlet;
	ec->conn.peer = memcpy(ec->peer, request->peer, peer_size);
	ec->edge = edge;
	ec->outlet.walk = edge->walk;
	ec->outlet.conn = socket;
	post_call(edge->events, &(struct call){.run = tell_opened, .to = ec, .bytes = request, .size = sizeof *request});
	return ec;
}

/* Tells of a message; `bytes` has `room` bytes, of which `size` are the message. */
static void message(struct conn *socket, void (*tell)(const struct call *call), const void *bytes, size_t size, size_t room)
{
	struct edge_conn *ec = socket->user;
	if (ec == NULL)
		return;
	if (post_crowded(ec->edge->events))
		socket->ops->close(socket, CLOSE_TOO_SLOW, too_slow);
	else
		post_call(ec->edge->events,
			  &(struct call){.run = tell, .to = ec, .bytes = bytes, .size = (uint32_t)room, .a = (uint32_t)size});
}

static void text(struct conn *socket, const char *bytes, size_t size)
{
	message(socket, tell_text, bytes, size, size + 1); /* with its end mark */
}

static void binary(struct conn *socket, const uint8_t *bytes, size_t size)
{
	message(socket, tell_binary, bytes, size, size);
}

static void writable(struct conn *socket)
{
	struct edge_conn *ec = socket->user;
	if (ec != NULL)
		outlet_writable(&ec->outlet);
}

static void closed(struct conn *socket)
{
	struct edge_conn *ec = socket->user;
	if (ec == NULL)
		return;
	outlet_closed(&ec->outlet);
	post_call(ec->edge->events, &(struct call){.run = tell_closed, .to = ec});
}

const struct conn_handler edge_conns = {
	.opened = opened,
	.text = text,
	.binary = binary,
	.writable = writable,
	.closed = closed,
};
