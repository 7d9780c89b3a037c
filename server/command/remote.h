/* What `send` and `listen` have in common: the options that name a server and a room, joining, and how it ends. */
#ifndef COMMAND_REMOTE_H
#define COMMAND_REMOTE_H

#include "base/loop.h"
#include "gateway/client.h"

#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>

struct remote_options {
	const char *url, *room, *ticket;
	bool insecure;
};

/* For getopt_long: values of the common options begin at REMOTE_URL. */
enum { REMOTE_URL = 512, REMOTE_ROOM, REMOTE_TICKET, REMOTE_INSECURE };
#define REMOTE_OPTIONS                                                                                                       \
	{"url", required_argument, NULL, REMOTE_URL}, {"room", required_argument, NULL, REMOTE_ROOM},                        \
		{"ticket", required_argument, NULL, REMOTE_TICKET}, {"insecure", no_argument, NULL, REMOTE_INSECURE}
#define REMOTE_HELP                                                                                                          \
	"  --url URL           the server (default: http://127.0.0.1:8080)\n"                                                   \
	"  --room ROOM         the room (default: hall)\n"                                                                      \
	"  --ticket TICKET     as boothcast ticket prints it (default: the variable BOOTHCAST_TICKET)\n"                         \
	"  --insecure          takes a certificate that nobody signed\n"

/* Takes one common option; false when it is another. */
bool remote_option(struct remote_options *options, int option, char *value);

struct remote;

/* What the command does with the connection. */
struct remote_events {
	void (*joined)(void *user);
	/* Any message but joined, error and pong. */
	void (*message)(void *user, const char *type, const json_t *message);
	void (*binary)(void *user, const uint8_t *bytes, size_t size);
	void (*writable)(void *user);
};

/* Connects and joins. Errors are said on standard error and end the loop. NULL when it could not start. */
struct remote *remote_open(struct loop *loop, const struct remote_options *options, const struct remote_events *events, void *user);
/* Sends a JSON object and takes it over. */
void remote_tell(struct remote *remote, json_t *message);
enum sent remote_send(struct remote *remote, uint8_t *bytes, size_t size);
/* Leaves in good order: the loop ends when the connection has. */
void remote_leave(struct remote *remote);
/* The exit code: 0 after remote_leave(), 1 when it ended otherwise. Frees. */
int remote_free(struct remote *remote);

#endif
