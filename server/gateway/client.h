/* A WebSocket client of protocol v1: for the command line's `send` and `listen`, and for tests. One connection, one loop. */
#ifndef GATEWAY_CLIENT_H
#define GATEWAY_CLIENT_H

#include "base/loop.h"
#include "boothcast/conn.h"

struct client;

struct client_events {
	/* The handshake is done: send join now. */
	void (*opened)(void *user);
	/* A whole message, borrowed; text[size] is 0. */
	void (*text)(void *user, const char *text, size_t size);
	void (*binary)(void *user, const uint8_t *bytes, size_t size);
	/* After SENT_FULL: there is room again. */
	void (*writable)(void *user);
	/* It is over, or never was: `why` is a sentence. Called once, last. */
	void (*closed)(void *user, const char *why);
};

/* `url`: http, https, ws or wss with HOST:PORT, such as http://127.0.0.1:8080; the path is added here. Certificates of https and wss are
 * checked unless `insecure`. NULL with a sentence in `error` when the url cannot be read. Ended with client_free(). */
struct client *client_open(struct loop *loop, const char *url, bool insecure, const struct client_events *events, void *user, char *error,
			   size_t size);
/* Bounded like a server's connection: beyond TEXT_QUEUE_MAX waiting messages the connection is closed. */
void client_send_text(struct client *client, const char *text, size_t size);
/* PACKET_HEADROOM bytes before `bytes` get overwritten. */
enum sent client_send_binary(struct client *client, uint8_t *bytes, size_t size);
/* Starts the closing handshake; `closed` follows. */
void client_close(struct client *client);
/* Frees, running the loop until the transport is gone. Never from inside an event. */
void client_free(struct client *client);

#endif
