/* conn: one WebSocket, from the handshake to the end, and what comes in. What goes out is ws_out.c.
 *
 *   in    RECEIVE, in pieces -> whole message, bounded -> handler->text / handler->binary
 *
 * The handler is called from the library's callbacks only, never from an operation; `closed` comes for those alone that were
 * `opened` (the library also says CLOSED for a refused handshake, with zeroed memory).
 */
#include "gateway/ws_inside.h"

#include "base/check.h"
#include "boothcast/limits.h"
#include "gateway/accepted.h"
#include "gateway/batch.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PING_AFTER_S 20      /* silence after which a ping asks whether the peer is there */
#define HANG_UP_S 30         /* silence after which it is not */
#define CLOSE_CODE_LAST 4999 /* of those that a close frame may carry */

size_t ws_size(void)
{
	return sizeof(struct ws);
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

/* The library hands on at most a few KiB of a connection at once, so this bounds the sum, not one call. */
static void end_flood(struct ws *ws, struct cell *count, const char *why)
{
	cell_add(count, 1);
	drop_part(ws);
	ws_close(&ws->conn, CLOSE_REFUSED, why);
}

static void take_pong(struct ws *ws)
{
	ws->heard_s = ws->gateway->now_s;
	ws->pinged = false;
	if (++ws->pongs > PONGS_A_SWEEP_MAX && ws->code == CLOSE_NONE && !ws->ending)
		end_flood(ws, ws->gateway->floods_pongs, "too many pongs");
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
	if (lws_is_first_fragment(ws->wsi)) {
		drop_part(ws);
		ws->pieces = 0;
	}
	if (++ws->pieces > MESSAGE_PIECES_MAX) {
		end_flood(ws, ws->gateway->floods_pieces, "too many fragments");
		return;
	}
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

/* A page cannot see an HTTP status where it wanted a WebSocket, so it gets one, with an error in the protocol's words and a close.
 */
static void refuse(struct ws *ws)
{
	char text[256];
	int size = snprintf(text, sizeof text, "{\"type\":\"error\",\"code\":\"%s\",\"message\":\"%s\",\"about\":\"connection\"}",
			    status_word(STATUS_TOO_MANY),
			    "The server has no room for more connections now; try again in a few seconds.");
	ws_operations.send_text(&ws->conn, text, (size_t)size);
	ws_close(&ws->conn, CLOSE_RESTARTING, status_word(STATUS_TOO_MANY));
}

static int established(struct gateway *gateway, struct lws *wsi, struct ws *ws)
{
	struct request request;
	struct request_extra extra;
	char peer[PEER_SIZE];
	ws->conn.ops = &ws_operations;
	ws->gateway = gateway;
	ws->wsi = wsi;
	ws->last = &ws->first;
	ws->heard_s = gateway->now_s;
	ws->fd = lws_get_socket_fd(wsi);
	address_peer(ws->fd, peer);
	set_listener_options(ws->fd);
	if (gateway->secure) {
		ws->tls = tls_out_of(lws_get_ssl(wsi));
		ws->sealer = tls_out_sealer(ws->tls);
		tls_out_expect_packets(lws_get_ssl(wsi));
	}
	if (gateway->closing || request_read(wsi, peer, gateway->secure, &request, &extra) != 0)
		return -1;
	if (((const struct accepted *)lws_get_opaque_user_data(wsi))->refused != REFUSALS) {
		refuse(ws);
		return 0;
	}
	ws->next = gateway->conn_list;
	ws->link = &gateway->conn_list;
	if (ws->next != NULL)
		ws->next->link = &ws->next;
	gateway->conn_list = ws;
	ws->open = true;
	ws->conn.user = gateway->conns->opened(gateway->host, &ws->conn, &request);
	return 0;
}

/* Those who were told `opened` are told `closed`. */
static void leave(struct ws *ws)
{
	ws->open = false;
	*ws->link = ws->next;
	if (ws->next != NULL)
		ws->next->link = ws->link;
	ws->gateway->conns->closed(&ws->conn);
}

static void closed(struct ws *ws)
{
	if (ws == NULL || ws->gateway == NULL)
		return;
	check(!batch_holds(ws->gateway->batch, ws->round)); /* the library calls back between deliveries only */
	ws->ending = true;
	if (ws->open)
		leave(ws);
	ws_drop_waiting(ws);
	drop_part(ws);
	free(ws->reason);
	ws->reason = NULL;
}

/* The library answers a close with what came, after it has put 1002 in the place of some codes that must not be sent. It lets the
 * others pass: those beyond 4999, and a code of one byte (RFC 6455, 5.5.1 and 7.4). */
static int peer_closed(struct ws *ws, uint8_t *code, size_t size)
{
	static const char why[] = "bad close";
	ws->ending = true;
	if (size == 1) {
		lws_close_reason(ws->wsi, LWS_CLOSE_STATUS_PROTOCOL_ERR, (unsigned char *)why, sizeof why - 1);
		return -1;
	}
	if (size >= 2 && (code[0] << 8 | code[1]) > CLOSE_CODE_LAST) {
		code[0] = LWS_CLOSE_STATUS_PROTOCOL_ERR >> 8;
		code[1] = LWS_CLOSE_STATUS_PROTOCOL_ERR & 0xff;
	}
	return 0;
}

int ws_callback(struct gateway *gateway, struct lws *wsi, enum lws_callback_reasons reason, struct ws *ws, void *in, size_t size)
{
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED: return established(gateway, wsi, ws);
	case LWS_CALLBACK_RECEIVE: received(ws, in, size); return 0;
	case LWS_CALLBACK_RECEIVE_PONG: take_pong(ws); return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE: return ws_writable(ws);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: return peer_closed(ws, in, size);
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
	ws_write(ws, ping + LWS_PRE, 1, LWS_WRITE_PING);
}

void ws_sweep(struct gateway *gateway)
{
	for (struct ws *ws = gateway->conn_list; ws != NULL; ws = ws->next) {
		uint32_t silent_s = gateway->now_s - ws->heard_s;
		ws->pongs = 0;
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
