/* The client side of the same transport. Small beside the server: one connection, text in a short queue, binary straight to the socket.
 *
 * libwebsockets calls back from the loop; nothing here is called from another thread.
 */
#include "gateway/client.h"

#include "base/check.h"
#include "base/text.h"
#include "base/url.h"
#include "boothcast/packet.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(PACKET_HEADROOM >= LWS_PRE, "the library writes its header into the headroom");

#define CLIENT_TEXTS_MAX   16           /* a client says little */
#define CLIENT_MESSAGE_MAX (512 * 1024) /* the longest message taken: a room's snapshot with room to grow */

struct message {
	uint8_t *bytes; /* LWS_PRE in front; owned */
	size_t size;
};

struct client {
	struct loop *loop;
	struct lws_context *context;
	struct lws *wsi;
	const struct client_events *events;
	void *user;
	struct message text[CLIENT_TEXTS_MAX];
	unsigned texts;
	uint8_t *received; /* a message that came in pieces */
	size_t received_size;
	bool open, full, closing, ended;
};

static void end(struct client *client, const char *why)
{
	if (client->ended)
		return;
	client->ended = true;
	client->open = false;
	client->wsi = NULL;
	client->events->closed(client->user, why);
}

/* One text message a turn; true while more may be written in this turn. */
static bool write_text(struct client *client)
{
	if (client->texts == 0)
		return true;
	struct message message = client->text[0];
	lws_write(client->wsi, message.bytes + LWS_PRE, message.size, LWS_WRITE_TEXT);
	free(message.bytes);
	memmove(client->text, client->text + 1, --client->texts * sizeof *client->text);
	lws_callback_on_writable(client->wsi);
	return false;
}

/* Negative ends the connection. */
static int write_next(struct client *client)
{
	if (!write_text(client))
		return 0;
	if (client->closing) {
		lws_close_reason(client->wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
		return -1;
	}
	if (client->full) {
		client->full = false;
		client->events->writable(client->user);
	}
	return 0;
}

static void deliver(struct client *client, bool binary)
{
	client->received[client->received_size] = '\0';
	if (binary)
		client->events->binary(client->user, client->received, client->received_size);
	else
		client->events->text(client->user, (const char *)client->received, client->received_size);
	client->received_size = 0;
}

static int take_piece(struct client *client, const void *bytes, size_t size)
{
	if (client->received_size + size > CLIENT_MESSAGE_MAX)
		return -1;
	memcpy(client->received + client->received_size, bytes, size);
	client->received_size += size;
	if (lws_is_final_fragment(client->wsi) && lws_remaining_packet_payload(client->wsi) == 0)
		deliver(client, lws_frame_is_binary(client->wsi));
	return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *session, void *in, size_t size)
{
	struct client *client = lws_context_user(lws_get_context(wsi));
	(void)session;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		client->open = true;
		client->events->opened(client->user);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE: return take_piece(client, in, size);
	case LWS_CALLBACK_CLIENT_WRITEABLE: return write_next(client);
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: end(client, in != NULL ? (const char *)in : "The server cannot be reached."); return 0;
	case LWS_CALLBACK_CLIENT_CLOSED: end(client, "The connection was closed."); return 0;
	default: return 0;
	}
}

static const struct lws_protocols protocols[] = {
	{.name = WIRE_SUBPROTOCOL, .callback = on_event, .rx_buffer_size = 16384},
	{0},
};

static struct lws_context *make_context(struct client *client)
{
	void *loops[1] = {loop_native(client->loop)};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.foreign_loops = loops,
		.user = client,
		.gid = -1,
		.uid = -1,
	};
	lws_set_log_level(0, NULL);
	return lws_create_context(&info);
}

static bool connect_to(struct client *client, const struct url *url, bool insecure)
{
	char host_port[HOST_SIZE + 8];
	host_port_write(&url->at, host_port, sizeof host_port);
	struct lws_client_connect_info info = {
		.context = client->context,
		.address = url->at.host,
		.port = url->at.port,
		.path = "/ws",
		.host = host_port,
		.protocol = WIRE_SUBPROTOCOL,
		.local_protocol_name = WIRE_SUBPROTOCOL,
		.pwsi = &client->wsi,
		.ssl_connection = !url->secure ? 0
				  : insecure ? LCCSCF_USE_SSL | LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK | LCCSCF_ALLOW_INSECURE
					     : LCCSCF_USE_SSL,
	};
	return lws_client_connect_via_info(&info) != NULL;
}

struct client *client_open(struct loop *loop, const char *url, bool insecure, const struct client_events *events, void *user, char *error,
			   size_t size)
{
	struct url where;
	const char *wrong = url_split(url, &where);
	if (wrong != NULL) {
		text_print(error, size, "%s is no address of a server, because %s; write http://HOST:PORT", url, wrong);
		return NULL;
	}
	struct client *client = check_alloc(calloc(1, sizeof *client));
	client->loop = loop;
	client->events = events;
	client->user = user;
	client->received = check_alloc(malloc(CLIENT_MESSAGE_MAX + 1));
	client->context = make_context(client);
	if (client->context == NULL) {
		snprintf(error, size, "libwebsockets cannot start; is the package libwebsockets-evlib-uv installed?");
		free(client->received);
		free(client);
		return NULL;
	}
	if (!connect_to(client, &where, insecure))
		end(client, "The server cannot be reached.");
	return client;
}

void client_send_text(struct client *client, const char *text, size_t size)
{
	if (!client->open)
		return;
	if (client->texts == CLIENT_TEXTS_MAX) {
		client_close(client);
		return;
	}
	struct message *message = &client->text[client->texts++];
	message->bytes = check_alloc(malloc(LWS_PRE + size));
	message->size = size;
	memcpy(message->bytes + LWS_PRE, text, size);
	lws_callback_on_writable(client->wsi);
}

enum sent client_send_binary(struct client *client, uint8_t *bytes, size_t size)
{
	if (!client->open || client->closing)
		return SENT_GONE;
	if (client->texts > 0 || lws_partial_buffered(client->wsi) || client->full) {
		client->full = true;
		lws_callback_on_writable(client->wsi);
		return SENT_FULL;
	}
	if (lws_write(client->wsi, bytes, size, LWS_WRITE_BINARY) < 0) {
		lws_set_timeout(client->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
		return SENT_GONE;
	}
	return SENT;
}

void client_close(struct client *client)
{
	client->closing = true;
	if (client->open)
		lws_callback_on_writable(client->wsi);
}

void client_free(struct client *client)
{
	/* a foreign loop needs two steps: destroy, drain, destroy again */
	lws_context_destroy(client->context);
	while (loop_run_once(client->loop))
		;
	lws_context_destroy(client->context);
	for (unsigned i = 0; i < client->texts; i++)
		free(client->text[i].bytes);
	free(client->received);
	free(client);
}
