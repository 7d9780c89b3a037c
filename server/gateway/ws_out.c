/* What goes out on a WebSocket.
 *
 *   send_shared --> its header is there -------+-- plain, kernel TLS -------+--> batch.h --> many of them in one system call
 *                                              +-- TLS --> tls_out: sealed --+       \-- not taken whole: the rest to lws_write,
 *   send_binary --> lws_write, at once                                                   unframed, or kept by tls_out
 *        both: socket full or text waits --> SENT_FULL, later `writable`
 *   send_text --> lws_write at once, or the queue --> SERVER_WRITEABLE
 *
 * Writing outside the library's callback is right in 4.1.6 as long as nothing is buffered in it: everything here asks
 * lws_partial_buffered() first, and writes no more once the connection ends. After a partial write the library asks for
 * writability by itself, so the way of a packet that fits never touches epoll. A packet past the library, straight to the socket,
 * is right for the same reason: nothing is inside the library then, and without extensions it keeps no account of frames sent.
 * What a socket did not take of it goes into the library's buffer, behind which everything else queues, so no frame is ever torn.
 */
#include "gateway/ws_inside.h"

#include "base/check.h"
#include "boothcast/limits.h"
#include "boothcast/packet.h"
#include "boothcast/wire.h"
#include "gateway/batch.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(PACKET_HEADROOM >= LWS_PRE, "the library writes its header into the headroom");

#define REASON_MAX 120

/* ---- the end of it ---- */

static void broken(struct ws *ws)
{
	ws->ending = true;
	gateway_kill(ws->gateway, ws->wsi);
}

bool ws_write(struct ws *ws, uint8_t *bytes, size_t size, enum lws_write_protocol kind)
{
	if (batch_holds(ws->gateway->batch, ws->round))
		batch_settle(ws->gateway->batch);
	if (ws->ending)
		return false;
	if (lws_write(ws->wsi, bytes, size, kind) < 0) {
		broken(ws);
		return false;
	}
	gateway_count_sent(ws->gateway, size);
	return true;
}

/* Whether bytes wait, in the library or sealed, that the socket did not take. */
static bool holds_back(struct ws *ws)
{
	return lws_partial_buffered(ws->wsi) || (ws->tls != NULL && tls_out_keeps(ws->tls));
}

/* ---- packets ---- */

/* Whether something is before a packet: then `writable` comes. */
static bool is_full(struct ws *ws)
{
	if (ws->first == NULL && !holds_back(ws))
		return false;
	ws->wants_writable = true;
	return true;
}

static enum sent send_binary(struct conn *conn, uint8_t *bytes, size_t size)
{
	struct ws *ws = (struct ws *)conn;
	if (batch_holds(ws->gateway->batch, ws->round))
		batch_settle(ws->gateway->batch);
	if (ws->ending || ws->code != CLOSE_NONE)
		return SENT_GONE;
	if (is_full(ws))
		return SENT_FULL;
	return ws_write(ws, bytes, size, LWS_WRITE_BINARY) ? SENT : SENT_GONE;
}

/* A frame into the batch: sealed by us, or as it is. False when it cannot be sealed. */
static bool put_frame(struct ws *ws, const uint8_t *frame, size_t size)
{
	struct batch *batch = ws->gateway->batch;
	if (ws->tls == NULL) {
		ws->round = batch_put(batch, ws->fd, frame, (uint32_t)size, ws);
	} else if (ws->sealer == TLS_BY_KERNEL) {
		ws->round = batch_put_for_kernel(batch, ws->fd, frame, (uint32_t)size, ws);
	} else {
		uint8_t *room = batch_room(batch, size + TLS_SEAL_MORE);
		size_t sealed = tls_out_seal(ws->tls, frame, size, room);
		if (sealed == 0)
			return false;
		ws->round = batch_put(batch, ws->fd, room, (uint32_t)sealed, ws);
	}
	return true;
}

/* What TLS 1.2 and a peer that wants new keys need: OpenSSL writes. */
static bool is_for_openssl(const struct ws *ws)
{
	return ws->tls != NULL && (ws->sealer == TLS_BY_OPENSSL || tls_out_is_stale(ws->tls));
}

/* By the library, which puts its header in front; others read the packet where it lies. */
static enum sent send_copy(struct ws *ws, const uint8_t *bytes, size_t size)
{
	uint8_t *copy = ws->gateway->scratch + LWS_PRE;
	memcpy(copy, bytes, size);
	return ws_write(ws, copy, size, LWS_WRITE_BINARY) ? SENT : SENT_GONE;
}

static enum sent send_shared(struct conn *conn, const uint8_t *bytes, size_t size)
{
	struct ws *ws = (struct ws *)conn;
	struct gateway *gateway = ws->gateway;
	check(size <= TLS_SEAL_MAX - 4);
	if (batch_holds(gateway->batch, ws->round))
		batch_settle(gateway->batch); /* one frame of a socket at a time: were it cut short, the next would tear it */
	if (ws->ending || ws->code != CLOSE_NONE)
		return SENT_GONE;
	if (is_full(ws))
		return SENT_FULL;
	if (is_for_openssl(ws))
		return send_copy(ws, bytes, size);
	size_t frame_size = wire_frame_header(size) + size;
	if (!put_frame(ws, bytes + size - frame_size, frame_size)) {
		broken(ws);
		return SENT_GONE;
	}
	gateway_count_sent(gateway, size);
	return ws->ending ? SENT_GONE : SENT;
}

void ws_unsent(void *user, const uint8_t *rest, size_t size, int error)
{
	struct ws *ws = user;
	if (error == 0 && ws->tls != NULL) {
		tls_out_keep(ws->tls, rest, size);
		lws_callback_on_writable(ws->wsi);
		return;
	}
	/* in this role the library sends what is "HTTP" as it stands, and buffers what the socket does not take */
	if (error != 0 || lws_write(ws->wsi, (unsigned char *)rest, size, LWS_WRITE_HTTP) < 0)
		broken(ws);
}

/* ---- texts ---- */

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

void ws_drop_waiting(struct ws *ws)
{
	while (ws->first != NULL)
		drop_first(ws);
}

static void send_text(struct conn *conn, const char *text, size_t size)
{
	struct ws *ws = (struct ws *)conn;
	if (batch_holds(ws->gateway->batch, ws->round))
		batch_settle(ws->gateway->batch);
	if (ws->ending || ws->code != CLOSE_NONE)
		return;
	if (ws->waiting_count >= TEXT_QUEUE_MAX || size > TEXT_QUEUE_BYTES_MAX - ws->waiting_bytes) {
		ws_close(conn, CLOSE_TOO_SLOW, "too slow");
	} else if (ws->first != NULL || holds_back(ws)) {
		enqueue(ws, text, size);
	} else {
		memcpy(ws->gateway->scratch + LWS_PRE, text, size);
		ws_write(ws, ws->gateway->scratch + LWS_PRE, size, LWS_WRITE_TEXT);
	}
}

/* ---- closing, and room again ---- */

void ws_close(struct conn *conn, enum close_code code, const char *reason)
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

const struct conn_ops ws_operations = {
	.send_binary = send_binary, .send_shared = send_shared, .send_text = send_text, .close = ws_close};

/* Starts the closing handshake (RFC 6455, 7.1.2). Not by the return value of the callback: built for debugging, as Debian's is, the
 * library then closes twice, and the second time cuts the connection off. A timeout of this kind, and none other, closes politely.
 */
static void say_close(struct ws *ws)
{
	ws->ending = true;
	lws_close_reason(ws->wsi, (enum lws_close_status)ws->code, (unsigned char *)ws->reason, strlen(ws->reason));
	lws_set_timeout(ws->wsi, PENDING_TIMEOUT_HTTP_KEEPALIVE_IDLE, LWS_TO_KILL_ASYNC);
}

/* What is sealed and kept goes first. -1 ends the connection. */
static int flush_kept(struct ws *ws)
{
	if (ws->tls == NULL || !tls_out_keeps(ws->tls))
		return 0;
	if (!tls_out_flush(ws->tls))
		return -1;
	if (tls_out_keeps(ws->tls))
		lws_callback_on_writable(ws->wsi);
	return 0;
}

int ws_writable(struct ws *ws)
{
	if (flush_kept(ws) != 0)
		return -1;
	while (ws->first != NULL && !ws->ending && !holds_back(ws)) {
		if (!ws_write(ws, ws->first->bytes + LWS_PRE, ws->first->size, LWS_WRITE_TEXT))
			return -1;
		drop_first(ws);
	}
	if (holds_back(ws)) {
		/* we are called again when that is gone: the library sees to that by itself, flush_kept() asked for it */
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
