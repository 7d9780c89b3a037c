/* conn: one WebSocket.
 *
 *   in    RECEIVE, in pieces -> whole message, bounded -> handler->text / handler->binary
 *   out   send_binary ----------------------------> lws_write, at once          (one system call)
 *                  \-- socket full or text waits --> SENT_FULL, later `writable`
 *         send_text --> lws_write at once, or the queue --> SERVER_WRITEABLE
 *
 * Writing outside the library's callback is right in 4.1.6 as long as nothing is buffered in it: everything here asks
 * lws_partial_buffered() first, and writes no more once the connection ends. After a partial write the library asks for
 * writability by itself, so the way of a packet that fits never touches epoll.
 *
 * The handler is called from the library's callbacks only, never from an operation; `closed` comes for those alone that were
 * `opened` (the library also says CLOSED for a refused handshake, with zeroed memory).
 */
#include "gateway/parts.h"

#include "base/check.h"
#include "boothcast/limits.h"
#include "boothcast/packet.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(PACKET_HEADROOM >= LWS_PRE, "the library writes its header into the headroom");

#define PING_AFTER_S 20 /* silence after which a ping asks whether the peer is there */
#define HANG_UP_S 30    /* silence after which it is not */
#define REASON_MAX 120

struct waiting {
	struct waiting *next;
	size_t size;
	uint8_t bytes[]; /* LWS_PRE, then the text */
};

struct ws {
	struct conn conn;        /* first: a conn is a ws */

	/* what every packet looks at: one cache line behind the conn, which the audience fetches ahead */
	struct gateway *gateway;
	struct lws *wsi;
	struct waiting *first, **last; /* texts that the socket did not take yet */
	enum close_code code;    /* CLOSE_NONE until close() */
	bool open;               /* between `opened` and `closed` */
	bool ending;             /* nothing is sent any more */
	bool wants_writable;     /* SENT_FULL was said */
	bool pinged;

	struct ws *next, **link; /* gateway->conn_list */
	unsigned waiting_count;
	size_t waiting_bytes;
	uint8_t *part;           /* a message of which pieces are missing, else NULL */
	size_t part_size;
	char *reason;            /* of our close frame */
	uint32_t heard_s;        /* when the peer gave a sign of life, in gateway->now_s */
};

size_t ws_size(void)
{
	return sizeof(struct ws);
}

/* ---- out ---- */

/* False when the connection is broken; it will be ended from the loop. */
static bool write_now(struct ws *ws, uint8_t *bytes, size_t size, enum lws_write_protocol kind)
{
	if (lws_write(ws->wsi, bytes, size, kind) < 0) {
		ws->ending = true;
		gateway_kill(ws->gateway, ws->wsi);
		return false;
	}
	gateway_count_sent(ws->gateway, size);
	return true;
}

static enum sent ws_send_binary(struct conn *conn, uint8_t *bytes, size_t size)
{
	struct ws *ws = (struct ws *)conn;
	if (ws->ending || ws->code != CLOSE_NONE)
		return SENT_GONE;
	if (ws->first != NULL || lws_partial_buffered(ws->wsi)) {
		ws->wants_writable = true;
		return SENT_FULL;
	}
	return write_now(ws, bytes, size, LWS_WRITE_BINARY) ? SENT : SENT_GONE;
}

static void enqueue(struct ws *ws, const char *text, size_t size)
{
	struct waiting *item = check_alloc(malloc(sizeof *item + LWS_PRE + size));
	item->next = NULL;
	item->size = size;
	memcpy(item->bytes + LWS_PRE, text, size);
	*ws->last = item;
	ws->last = &item->next;
	ws->waiting_count++;
	ws->waiting_bytes += size;
	lws_callback_on_writable(ws->wsi);
}

static void drop_first(struct ws *ws)
{
	struct waiting *item = ws->first;
	ws->first = item->next;
	if (ws->first == NULL)
		ws->last = &ws->first;
	ws->waiting_count--;
	ws->waiting_bytes -= item->size;
	free(item);
}

static void ws_close(struct conn *conn, enum close_code code, const char *reason);

static void ws_send_text(struct conn *conn, const char *text, size_t size)
{
	struct ws *ws = (struct ws *)conn;
	if (ws->ending || ws->code != CLOSE_NONE)
		return;
	if (ws->waiting_count >= TEXT_QUEUE_MAX || size > TEXT_QUEUE_BYTES_MAX - ws->waiting_bytes) {
		ws_close(conn, CLOSE_TOO_SLOW, "too slow");
	} else if (ws->first != NULL || lws_partial_buffered(ws->wsi)) {
		enqueue(ws, text, size);
	} else {
		memcpy(ws->gateway->scratch + LWS_PRE, text, size);
		write_now(ws, ws->gateway->scratch + LWS_PRE, size, LWS_WRITE_TEXT);
	}
}

static void ws_close(struct conn *conn, enum close_code code, const char *reason)
{
	struct ws *ws = (struct ws *)conn;
	check(code != CLOSE_NONE);
	if (ws->ending || ws->code != CLOSE_NONE)
		return;
	ws->code = code;
	ws->reason = check_alloc(strndup(reason != NULL ? reason : "", REASON_MAX));
	lws_set_timeout(ws->wsi, PENDING_TIMEOUT_USER_REASON_BASE, WS_CLOSE_S);
	lws_callback_on_writable(ws->wsi);
	gateway_kick(ws->gateway);
}

static const struct conn_ops operations = {ws_send_binary, ws_send_text, ws_close};

/* Starts the closing handshake (RFC 6455, 7.1.2). Not by the return value of the callback: built for debugging, as Debian's is, the
 * library then closes twice, and the second time cuts the connection off. A timeout of this kind, and none other, closes politely.
 */
static void say_close(struct ws *ws)
{
	ws->ending = true;
	lws_close_reason(ws->wsi, (enum lws_close_status)ws->code, (unsigned char *)ws->reason, strlen(ws->reason));
	lws_set_timeout(ws->wsi, PENDING_TIMEOUT_HTTP_KEEPALIVE_IDLE, LWS_TO_KILL_ASYNC);
}

/* The socket takes something again. -1 ends the connection. */
static int writable(struct ws *ws)
{
	while (ws->first != NULL && !ws->ending && !lws_partial_buffered(ws->wsi)) {
		if (!write_now(ws, ws->first->bytes + LWS_PRE, ws->first->size, LWS_WRITE_TEXT))
			return -1;
		drop_first(ws);
	}
	if (lws_partial_buffered(ws->wsi)) {
		/* the library calls again by itself when that is gone */
		return 0;
	}
	if (ws->code != CLOSE_NONE && !ws->ending)
		say_close(ws);
	if (ws->wants_writable && !ws->ending) {
		ws->wants_writable = false;
		ws->gateway->conns->writable(&ws->conn);
	}
	return 0;
}

/* ---- in ---- */

static void drop_part(struct ws *ws)
{
	free(ws->part);
	ws->part = NULL;
	ws->part_size = 0;
}

static void deliver_part(struct ws *ws, bool binary)
{
	if (binary) {
		ws->gateway->conns->binary(&ws->conn, ws->part, ws->part_size);
	} else {
		ws->part[ws->part_size] = '\0';
		ws->gateway->conns->text(&ws->conn, (const char *)ws->part, ws->part_size);
	}
	drop_part(ws);
}

/* A piece of a message: of one frame or several, cut anywhere. */
static void received(struct ws *ws, const uint8_t *bytes, size_t size)
{
	bool binary = lws_frame_is_binary(ws->wsi) != 0;
	size_t max = binary ? BINARY_MAX : TEXT_MAX;
	gateway_count_received(ws->gateway, size);
	ws->heard_s = ws->gateway->now_s;
	ws->pinged = false;
	if (ws->ending || ws->code != CLOSE_NONE)
		return;
	if (lws_is_first_fragment(ws->wsi))
		drop_part(ws);
	if (size > max - ws->part_size || lws_remaining_packet_payload(ws->wsi) > max - ws->part_size - size) {
		drop_part(ws);
		ws_close(&ws->conn, CLOSE_TOO_BIG, binary ? "binary message too big" : "text message too big");
		return;
	}
	bool whole = lws_is_final_fragment(ws->wsi) != 0;
	if (binary && whole && ws->part == NULL) {
		ws->gateway->conns->binary(&ws->conn, bytes, size);
		return;
	}
	/* a text is always copied: its end mark must not stand on the next message's first byte */
	if (ws->part == NULL)
		ws->part = check_alloc(malloc(max + 1));
	if (size > 0)
		memcpy(ws->part + ws->part_size, bytes, size);
	ws->part_size += size;
	if (whole)
		deliver_part(ws, binary);
}

/* ---- from the handshake to the end ---- */

static void set_listener_options(int fd)
{
	int lowat = NOTSENT_LOWAT;
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat); /* TCP_NODELAY is set since it was accepted */
}

static int established(struct gateway *gateway, struct lws *wsi, struct ws *ws)
{
	struct request request;
	struct request_extra extra;
	ws->conn.ops = &operations;
	ws->gateway = gateway;
	ws->wsi = wsi;
	ws->last = &ws->first;
	ws->heard_s = gateway->now_s;
	address_peer(lws_get_socket_fd(wsi), ws->conn.peer);
	set_listener_options(lws_get_socket_fd(wsi));
	if (gateway->closing || request_read(wsi, ws->conn.peer, gateway->secure, &request, &extra) != 0)
		return -1;
	ws->next = gateway->conn_list;
	ws->link = &gateway->conn_list;
	if (ws->next != NULL)
		ws->next->link = &ws->next;
	gateway->conn_list = ws;
	ws->open = true;
	ws->conn.user = gateway->conns->opened(gateway->host, &ws->conn, &request);
	return 0;
}

static void closed(struct ws *ws)
{
	if (ws == NULL || !ws->open)
		return;
	ws->open = false;
	ws->ending = true;
	*ws->link = ws->next;
	if (ws->next != NULL)
		ws->next->link = ws->link;
	ws->gateway->conns->closed(&ws->conn);
	while (ws->first != NULL)
		drop_first(ws);
	drop_part(ws);
	free(ws->reason);
	ws->reason = NULL;
}

int ws_callback(struct gateway *gateway, struct lws *wsi, enum lws_callback_reasons reason, struct ws *ws, void *in, size_t size)
{
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED: return established(gateway, wsi, ws);
	case LWS_CALLBACK_RECEIVE: received(ws, in, size); return 0;
	case LWS_CALLBACK_RECEIVE_PONG:
		ws->heard_s = gateway->now_s;
		ws->pinged = false;
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE: return writable(ws);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: ws->ending = true; return 0; /* the library answers it */
	case LWS_CALLBACK_CLOSED: closed(ws); return 0;
	default: return 0;
	}
}

void ws_close_all(struct gateway *gateway, enum close_code code, const char *reason)
{
	for (struct ws *ws = gateway->conn_list; ws != NULL; ws = ws->next)
		ws_close(&ws->conn, code, reason);
}

static void ask(struct ws *ws)
{
	uint8_t ping[LWS_PRE + 1] = {0}; /* one byte: the library keeps the pong to an empty ping to itself */
	if (ws->pinged || lws_partial_buffered(ws->wsi))
		return;
	ws->pinged = true;
	write_now(ws, ping + LWS_PRE, 1, LWS_WRITE_PING);
}

void ws_sweep(struct gateway *gateway)
{
	for (struct ws *ws = gateway->conn_list; ws != NULL; ws = ws->next) {
		uint32_t silent_s = gateway->now_s - ws->heard_s;
		if (ws->ending || ws->code != CLOSE_NONE)
			continue;
		if (silent_s >= HANG_UP_S) {
			ws->ending = true;
			gateway_kill(gateway, ws->wsi);
		} else if (silent_s >= PING_AFTER_S) {
			ask(ws);
		}
	}
}
