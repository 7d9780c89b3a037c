/* A client that joined a room, see remote.h. */
#include "command/remote.h"

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct remote {
	struct loop *loop;
	struct client *client;
	struct remote_options options;
	const struct remote_events *events;
	void *user;
	bool leaving, failed;
};

bool remote_option(struct remote_options *options, int option, char *value)
{
	switch (option) {
	case REMOTE_URL: options->url = value; return true;
	case REMOTE_ROOM: options->room = value; return true;
	case REMOTE_TICKET: options->ticket = value; return true;
	case REMOTE_INSECURE: options->insecure = true; return true;
	default: return false;
	}
}

void remote_tell(struct remote *remote, json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);
	client_send_text(remote->client, text, strlen(text));
	free(text);
	json_decref(message);
}

enum sent remote_send(struct remote *remote, uint8_t *bytes, size_t size)
{
	return client_send_binary(remote->client, bytes, size);
}

static void opened(void *user)
{
	struct remote *remote = user;
	json_t *join = json_pack("{s:s,s:s,s:s}", "type", "join", "room", remote->options.room, "name", "boothcast");
	if (remote->options.ticket != NULL)
		json_object_set_new(join, "ticket", json_string(remote->options.ticket));
	remote_tell(remote, join);
}

static void refused(struct remote *remote, const json_t *message)
{
	const char *code = json_string_value(json_object_get(message, "code"));
	const char *sentence = json_string_value(json_object_get(message, "message"));
	fprintf(stderr, "boothcast: %s (%s)\n", sentence != NULL ? sentence : "The server refused.", code != NULL ? code : "error");
	if (code != NULL && (strcmp(code, "skipped") == 0 || strcmp(code, "too_fast") == 0))
		return; /* told, and it goes on */
	remote->failed = true;
	client_close(remote->client);
}

static void text(void *user, const char *bytes, size_t size)
{
	struct remote *remote = user;
	json_t *message = json_loadb(bytes, size, 0, NULL);
	const char *type = json_string_value(json_object_get(message, "type"));
	if (type == NULL)
		;
	else if (strcmp(type, "joined") == 0)
		remote->events->joined(remote->user);
	else if (strcmp(type, "error") == 0)
		refused(remote, message);
	else if (strcmp(type, "pong") != 0)
		remote->events->message(remote->user, type, message);
	json_decref(message);
}

static void binary(void *user, const uint8_t *bytes, size_t size)
{
	struct remote *remote = user;
	remote->events->binary(remote->user, bytes, size);
}

static void writable(void *user)
{
	struct remote *remote = user;
	remote->events->writable(remote->user);
}

static void closed(void *user, const char *why)
{
	struct remote *remote = user;
	if (!remote->leaving && !remote->failed)
		fprintf(stderr, "boothcast: %s\n", why);
	remote->failed |= !remote->leaving;
	loop_stop(remote->loop);
}

static const struct client_events client_events = {
	.opened = opened,
	.text = text,
	.binary = binary,
	.writable = writable,
	.closed = closed,
};

struct remote *remote_open(struct loop *loop, const struct remote_options *options, const struct remote_events *events, void *user)
{
	char error[512];
	struct remote *remote = check_alloc(calloc(1, sizeof *remote));
	remote->loop = loop;
	remote->options = *options;
	remote->events = events;
	remote->user = user;
	if (remote->options.url == NULL)
		remote->options.url = "http://127.0.0.1:8080";
	if (remote->options.room == NULL)
		remote->options.room = "hall";
	if (remote->options.ticket == NULL)
		remote->options.ticket = getenv("BOOTHCAST_TICKET");
	remote->client = client_open(loop, remote->options.url, remote->options.insecure, &client_events, remote, error, sizeof error);
	if (remote->client != NULL)
		return remote;
	fprintf(stderr, "boothcast: %s\n", error);
	free(remote);
	return NULL;
}

void remote_leave(struct remote *remote)
{
	remote->leaving = true;
	client_close(remote->client);
}

int remote_free(struct remote *remote)
{
	int code = remote->failed ? 1 : 0;
	client_free(remote->client);
	free(remote);
	return code;
}
