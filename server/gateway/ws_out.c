/* What goes out on a WebSocket.
 *
 *   send_shared --> its header is there -------+-- plain, kernel TLS -------+--> batch.h --> many of them in one system call
 *   send_message   likewise                    |
 *   send_run    --> and those of all of it     +-- TLS --> tls_out: sealed --+       \-- not taken whole: the rest to lws_write,
 *        both: socket full or text waits --> SENT_FULL, later `writable`                 unframed, or kept by tls_out
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
#include "boothcast/wire.h"
#include "gateway/batch.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(CONN_MESSAGE_MAX + 4 <= TLS_SEAL_MAX, "a message that many get is one record");
_Static_assert(CONN_RUN_MAX + TLS_SEAL_MORE <= BATCH_ROOM_MAX && CONN_RUN_MAX <= TLS_SEAL_MAX, "a run goes out in one go");

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

/* Whether a packet can go now. */
static enum sent may_send(struct ws *ws)
{
	if (batch_holds(ws->gateway->batch, ws->round))
		batch_settle(ws->gateway->batch); /* one piece of a socket at a time: were it cut short, the next would tear it */
	if (ws->ending || ws->code != CLOSE_NONE)
		return SENT_GONE;
	return is_full(ws) ? SENT_FULL : SENT;
}

/* What TLS 1.2 and a peer that wants new keys need: OpenSSL writes. */
static bool is_for_openssl(const struct ws *ws)
{
	return ws->tls != NULL && (ws->sealer == TLS_BY_OPENSSL || tls_out_is_stale(ws->tls));
}

/* Frames into the batch, sealed by us into its room, or as they are; these stay, or are copied there. False when they cannot be
 * sealed. */
static bool put_frames(struct ws *ws, const uint8_t *frames, size_t size, bool stay)
{
	struct batch *batch = ws->gateway->batch;
	if (ws->tls != NULL && ws->sealer == TLS_BY_US) {
		uint8_t *room = batch_room(batch, size + TLS_SEAL_MORE);
		size = tls_out_seal(ws->tls, frames, size, room);
		if (size == 0)
			return false;
		frames = room;
	} else if (!stay) {
		frames = memcpy(batch_room(batch, size), frames, size);
	}
	if (ws->tls != NULL && ws->sealer == TLS_BY_KERNEL)
		ws->round = batch_put_for_kernel(batch, ws->fd, frames, (uint32_t)size, ws);
	else
		ws->round = batch_put(batch, ws->fd, frames, (uint32_t)size, ws);
	return true;
}

/* Whole frames of `count` packets. */
static enum sent send_frames(struct ws *ws, const uint8_t *frames, size_t size, unsigned count, bool stay)
{
	enum sent may = may_send(ws);
	if (may != SENT)
		return may;
	batch_count(ws->gateway->batch, count);
	if (is_for_openssl(ws)) /* in this role the library sends what is "HTTP" as it stands, and does not change it */
		return ws_write(ws, (uint8_t *)frames, size, LWS_WRITE_HTTP) ? SENT : SENT_GONE;
	if (!put_frames(ws, frames, size, stay)) {
		broken(ws);
		return SENT_GONE;
	}
	gateway_count_sent(ws->gateway, size);
	return ws->ending ? SENT_GONE : SENT;
}

static enum sent send_shared(struct conn *conn, const uint8_t *bytes, size_t size)
{
	size_t header = wire_frame_header(size);
	check(header + size <= TLS_SEAL_MAX);
	return send_frames((struct ws *)conn, bytes - header, header + size, 1, true);
}

static enum sent send_run(struct conn *conn, const uint8_t *frames, size_t size, unsigned count)
{
	check(size > 0 && size <= CONN_RUN_MAX && count > 0);
	return send_frames((struct ws *)conn, frames, size, count, false);
}

static enum sent send_message(struct conn *conn, const uint8_t *text, size_t size)
{
	size_t header = wire_frame_header(size);
	check(size <= CONN_MESSAGE_MAX);
	return send_frames((struct ws *)conn, text - header, header + size, 0, true);
}

void ws_unsent(void *user, const uint8_t *rest, size_t size, int error)
{
	struct ws *ws = user;
	if (error == 0 && ws->tls != NULL) {
		tls_out_keep(ws->tls, rest, size);
		lws_callback_on_writable(ws->wsi);
		return;
	}
	/* as it stands, see send_frames(); the library buffers what the socket does not take */
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
	.send_shared = send_shared, .send_run = send_run, .send_message = send_message, .send_text = send_text, .close = ws_close};

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
