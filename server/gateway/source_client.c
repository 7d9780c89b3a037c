/* exchange: one PUT or SOURCE of sound, on a socket of our own: what encoders, ffmpeg and Icecast's source clients send.
 *
 *   HEAD ---------> BODY --------------------------> ANSWERED ------> LINGERING ----> closed socket
 *   head.c          body.c -> handler->body          `closed`         reads what still comes, 2 s,
 *   5 s             silence of 30 s ends it                           so that the answer is not lost
 *
 * A body that says neither a length nor chunks lasts until the client ends the connection: Icecast's custom. Such a client waits
 * for its answer before it sends, so it gets 200 as soon as the handler has taken it; with Expect: 100-continue it gets 100 instead
 * (ffmpeg). The handler is called from the loop only; what it pauses in the middle of a piece waits in `in`. Without libwebsockets
 * on purpose: see door.c.
 */
#include "gateway/accepted.h"

#include "base/check.h"
#include "base/clock.h"
#include "boothcast/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IN_SIZE 16384    /* read at once; also holds the head */
#define READS_PER_WAKE 4 /* then the others on the loop have their turn */
#define LINGER_MS 2000

enum state { HEAD, BODY, ANSWERED, LINGERING };

/* What reading once came to. */
enum progress {
	MORE,   /* there may be more to read */
	ENOUGH, /* not now */
	GONE    /* the client was ended and freed */
};

struct source_client {
	struct exchange ex; /* first: an exchange is a source client */
	struct gateway *gateway;
	struct accepted *accepted;
	int fd;
	struct poller *poller;  /* NULL while paused */
	struct timer *patience; /* of the state: head, body, lingering */
	struct timer *later;    /* for what must come from the loop */
	struct source_client *next, **link;

	enum state state;
	bool opened; /* the handler knows it */
	bool paused;
	bool said_200; /* the answer went out before the body */
	bool told_end; /* body_ended was called */
	struct body body;
	size_t in_size; /* bytes in `in` that nobody took yet */
	uint8_t in[IN_SIZE];
};

_Static_assert(IN_SIZE > HEAD_MAX, "a whole head fits");

static void readable(void *user);

static void watch(struct source_client *client, bool yes)
{
	if (yes && client->poller == NULL) {
		client->poller = poller_new(client->gateway->loop, client->fd, readable, client);
	} else if (!yes && client->poller != NULL) {
		poller_close(client->poller);
		client->poller = NULL;
	}
}

/* The handler's part is over. */
static void tell_closed(struct source_client *client)
{
	if (client->opened)
		client->gateway->exchanges->closed(&client->ex);
	client->opened = false;
}

static void end(struct source_client *client)
{
	tell_closed(client);
	watch(client, false);
	timer_close(client->patience);
	timer_close(client->later);
	close(client->fd);
	*client->link = client->next;
	if (client->next != NULL)
		client->next->link = client->link;
	gateway_count_socket(client->gateway, -1);
	accepted_end(client->accepted);
	free(client);
}

/* ---- out ---- */

/* Answers here are short and the socket is empty, so what it does not take at once is not worth a queue. */
static void put(struct source_client *client, const char *bytes, size_t size)
{
	ssize_t n = send(client->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		gateway_count_sent(client->gateway, (size_t)n);
}

static void enter_answered(struct source_client *client)
{
	client->state = ANSWERED;
	timer_stop(client->patience);
	timer_start(client->later, 0, 0);
}

static void source_answer(struct exchange *ex, int status, const char *type, const void *body, size_t size, const char *headers)
{
	struct source_client *client = (struct source_client *)ex;
	struct answer answer = {.status = status, .type = type, .length = (int64_t)size, .headers = headers};
	struct text out;
	check(size <= HTTP_ANSWER_MAX);
	if (client->state != BODY)
		return; /* it was answered here, for a body that is broken: whoever answers now has not heard of that yet */
	enter_answered(client);
	if (client->said_200)
		return;
	text_init(&out, ANSWER_HEAD_MAX + size);
	answer_head(client->gateway, &out, &answer);
	if (size > 0)
		text_add_bytes(&out, body, size);
	put(client, out.at, out.size);
	text_free(&out);
}

static void source_begin(struct exchange *ex, int status, const char *type)
{
	(void)ex;
	(void)status;
	(void)type;
	check(!"an endless answer is for GET");
}

static enum sent source_send(struct exchange *ex, uint8_t *bytes, size_t size)
{
	(void)ex;
	(void)bytes;
	(void)size;
	return SENT_GONE;
}

static void source_end(struct exchange *ex)
{
	(void)ex;
}

static void source_pause(struct exchange *ex, bool paused)
{
	struct source_client *client = (struct source_client *)ex;
	if (client->state != BODY || client->paused == paused)
		return;
	client->paused = paused;
	if (!paused)
		timer_start(client->later, 0, 0); /* what waits in `in` goes first, from the loop */
}

static const struct exchange_ops operations = {source_answer, source_begin, source_send, source_end, source_pause};

static void refuse(struct source_client *client, int status, const char *headers)
{
	struct text out;
	text_init(&out, ANSWER_HEAD_MAX);
	answer_sentence(client->gateway, &out, status, headers);
	put(client, out.at, out.size);
	text_free(&out);
	enter_answered(client);
}

/* ---- the body ---- */

static void tell_end(struct source_client *client)
{
	if (client->state != BODY || client->told_end)
		return;
	client->told_end = true;
	timer_start(client->patience, ANSWER_IDLE_S * 1000, 0);
	client->gateway->exchanges->body_ended(&client->ex);
}

/* Hands on what is in `in`, until it is gone, the handler pauses or answers, or the body ends. */
static void hand_on(struct source_client *client)
{
	size_t used = 0;
	while (used < client->in_size && client->state == BODY && !client->paused && !client->body.failed &&
	       !body_complete(&client->body)) {
		const uint8_t *piece;
		size_t piece_size;
		used += body_take(&client->body, client->in + used, client->in_size - used, &piece, &piece_size);
		if (piece_size > 0)
			client->gateway->exchanges->body(&client->ex, piece, piece_size);
	}
	memmove(client->in, client->in + used, client->in_size - used);
	client->in_size -= used;
	if (client->state != BODY || client->paused)
		return;
	if (client->body.failed)
		refuse(client, 400, NULL);
	else if (body_complete(&client->body))
		tell_end(client);
}

/* The client has ended its side, and all it sent was handed on. A body without framing ends so by any kind of end: ffmpeg as an old
 * source client never reads its answer, so its kernel resets the connection. */
static enum progress peer_ended(struct source_client *client)
{
	if (client->body.kind != BODY_UNTIL_CLOSE) {
		end(client);
		return GONE;
	}
	tell_end(client);
	return ENOUGH;
}

static bool try_again(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static bool reading(const struct source_client *client)
{
	return client->state == BODY && !client->paused && !client->told_end;
}

static enum progress read_body(struct source_client *client)
{
	ssize_t n = recv(client->fd, client->in + client->in_size, IN_SIZE - client->in_size, MSG_DONTWAIT);
	if (try_again(n))
		return ENOUGH;
	if (n <= 0)
		return peer_ended(client);
	gateway_count_received(client->gateway, (size_t)n);
	client->in_size += (size_t)n;
	timer_start(client->patience, BODY_IDLE_S * 1000, 0);
	hand_on(client);
	return reading(client) ? MORE : ENOUGH;
}

/* Watches the socket as long as its bytes are wanted. */
static void settle(struct source_client *client)
{
	watch(client, client->state == HEAD || client->state == LINGERING || reading(client));
	if (client->state == BODY && client->paused)
		timer_stop(client->patience); /* the silence is ours */
}

/* ---- the head ---- */

/* What a client hears before it sends its body. */
static void greet(struct source_client *client, const struct head *head)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct answer answer = {.status = 200, .length = -1};
	struct text out;
	if (client->state != BODY)
		return;
	if (head->expect && !head->http10) {
		put(client, go_on, sizeof go_on - 1);
	} else if (head->until_close) {
		text_init(&out, ANSWER_HEAD_MAX);
		answer_head(client->gateway, &out, &answer);
		put(client, out.at, out.size);
		text_free(&out);
		client->said_200 = true;
	}
}

static void open_body(struct source_client *client, const struct head *head)
{
	const struct request *request = &head->request;
	struct route route = guard_route(request->path);
	if (route.kind != ROUTE_EXCHANGE || !guard_allows(route.allow, request->method)) {
		char allow[64];
		snprintf(allow, sizeof allow, "Allow: %s\r\n", route.allow);
		refuse(client, 405, allow);
		return;
	}
	client->state = BODY;
	body_init(&client->body,
		  head->chunked       ? BODY_CHUNKED
		  : head->until_close ? BODY_UNTIL_CLOSE
				      : BODY_LENGTH,
		  (uint64_t)request->content_length);
	timer_start(client->patience, BODY_IDLE_S * 1000, 0);
	client->opened = true;
	client->ex.user = client->gateway->exchanges->opened(client->gateway->host, &client->ex, request);
	greet(client, head);
	hand_on(client);
}

static void parse_head(struct source_client *client, size_t size)
{
	struct head head;
	char peer[PEER_SIZE];
	int status = head_parse((const char *)client->in, size, &head);
	memmove(client->in, client->in + size, client->in_size - size);
	client->in_size -= size;
	address_peer(client->fd, peer);
	head.request.peer = peer;
	accepted_settle(client->accepted);
	if (client->accepted->refused != REFUSALS) {
		refuse(client, 503, RETRY_LATER);
	} else if (!accepted_may_ask(client->accepted, clock_us())) {
		gateway_refused(client->gateway, REFUSED_ADDRESS_REQUESTS);
		refuse(client, 429, RETRY_SOON);
	} else if (status != 0) {
		gateway_refused(client->gateway, REFUSED_MALFORMED);
		refuse(client, status, status == 405 ? "Allow: PUT, SOURCE\r\n" : NULL);
	} else {
		open_body(client, &head);
	}
}

static enum progress read_head(struct source_client *client)
{
	ssize_t n = recv(client->fd, client->in + client->in_size, HEAD_MAX + 1 - client->in_size, MSG_DONTWAIT);
	if (try_again(n))
		return ENOUGH;
	if (n <= 0) {
		end(client);
		return GONE;
	}
	client->in_size += (size_t)n;
	size_t size = head_end((const char *)client->in, client->in_size);
	if (size > 0) {
		parse_head(client, size);
	} else if (client->in_size > HEAD_MAX) {
		gateway_refused(client->gateway, REFUSED_MALFORMED);
		refuse(client, 431, NULL);
	}
	return client->state == HEAD || reading(client) ? MORE : ENOUGH;
}

/* ---- from the loop ---- */

/* After the answer: what the client still sends is read and forgotten; closing with bytes unread would take the answer from it. */
static enum progress drain(struct source_client *client)
{
	uint8_t waste[4096];
	ssize_t n = recv(client->fd, waste, sizeof waste, MSG_DONTWAIT);
	if (n > 0)
		return MORE;
	if (try_again(n))
		return ENOUGH;
	end(client);
	return GONE;
}

static enum progress read_once(struct source_client *client)
{
	switch (client->state) {
	case HEAD: return read_head(client);
	case BODY: return read_body(client);
	case LINGERING: return drain(client);
	case ANSWERED: break;
	}
	return ENOUGH;
}

static void readable(void *user)
{
	struct source_client *client = user;
	enum progress progress = MORE;
	for (int i = 0; i < READS_PER_WAKE && progress == MORE; i++)
		progress = read_once(client);
	if (progress != GONE)
		settle(client);
}

static void begin_lingering(struct source_client *client)
{
	tell_closed(client);
	client->state = LINGERING;
	client->in_size = 0;
	shutdown(client->fd, SHUT_WR);
	settle(client);
	timer_start(client->patience, LINGER_MS, 0);
}

static void later(void *user)
{
	struct source_client *client = user;
	if (client->state == ANSWERED) {
		begin_lingering(client);
	} else if (client->state == BODY && !client->paused) {
		timer_start(client->patience, BODY_IDLE_S * 1000, 0);
		hand_on(client);
		settle(client);
	}
}

static void out_of_patience(void *user)
{
	struct source_client *client = user;
	if (client->state != LINGERING)
		gateway_refused(client->gateway, REFUSED_SLOW);
	end(client);
}

void source_client_open(struct gateway *gateway, struct accepted *accepted)
{
	struct source_client *client = check_alloc(calloc(1, sizeof *client));
	client->ex.ops = &operations;
	client->gateway = gateway;
	client->accepted = accepted;
	client->fd = accepted->fd;
	client->patience = timer_new(gateway->loop, out_of_patience, client);
	client->later = timer_new(gateway->loop, later, client);
	client->next = gateway->source_list;
	client->link = &gateway->source_list;
	if (client->next != NULL)
		client->next->link = &client->next;
	gateway->source_list = client;
	gateway_count_socket(gateway, 1);
	timer_start(client->patience, HEAD_TIMEOUT_S * 1000, 0);
	watch(client, true);
}

void source_client_close_all(struct gateway *gateway)
{
	while (gateway->source_list != NULL)
		end(gateway->source_list);
}
