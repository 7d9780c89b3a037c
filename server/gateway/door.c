/* The door: the listening socket, and the first bytes of everybody who comes in.
 *
 *   accept4 --> full? close, count
 *      | TLS                                        | plain
 *      |                                            v
 *      |                            knock: look at the first bytes (MSG_PEEK)
 *      |                            | "PUT /ingest", "SOURCE "      | anything else
 *      v                            v                               v
 *   the library (http.c, ws.c)   source_client.c          the library (http.c, ws.c)
 *   of this loop or another                                of this loop or another
 *
 * The look is there because the library knows no SOURCE, hands chunks over undecoded, and ends a body without a length at
 * 100 MiB, which a day of sound passes. It costs an ordinary client one recv() when its request is there already, as it is for
 * nearly all. Out of file descriptors, a spare one is given up to accept and close; so the loop never spins on a full queue.
 */
#include "gateway/parts.h"

#include "base/check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_PER_WAKE 64 /* then the others on the loop have their turn */
#define REST_MS 100         /* pause of the door when the kernel cannot give a socket */

/* A connection whose first bytes have not come. */
struct knock {
	struct door *door;
	int fd;
	struct poller *poller;
	struct timer *timer;
	struct knock *next, **link;
};

struct door {
	struct gateway *gateway;
	int fd, spare_fd;
	struct poller *poller; /* NULL while it rests */
	struct timer *rest;
	struct knock *knocks;
};

enum visitor { VISITOR_UNKNOWN, VISITOR_SOURCE, VISITOR_OTHER };

/* Says what the first bytes begin; VISITOR_UNKNOWN needs more of them. */
static enum visitor recognise(const char *bytes, size_t size)
{
	static const char *const sources[] = {"PUT /ingest", "SOURCE "};
	enum visitor visitor = VISITOR_OTHER;
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		size_t length = strlen(sources[i]);
		if (size >= length && memcmp(bytes, sources[i], length) == 0)
			return VISITOR_SOURCE;
		if (size < length && memcmp(bytes, sources[i], size) == 0)
			visitor = VISITOR_UNKNOWN;
	}
	return visitor;
}

/* The library owns `fd` from here on, and closes it when it refuses. */
void door_take(struct gateway *gateway, int fd)
{
	if (gateway->closing)
		close(fd);
	else if (lws_adopt_socket_vhost(gateway->vhost, fd) == NULL)
		gateway_refused(gateway, REFUSED_DESCRIPTORS);
}

/* To the library here, or on another loop. */
static void hand_on(struct gateway *gateway, int fd)
{
	if (gateway->spread != NULL)
		gateway->spread->arrived(gateway->spread->user, fd);
	else
		door_take(gateway, fd);
}

static unsigned connections(const struct gateway *gateway)
{
	return gateway->spread != NULL ? gateway->spread->connections(gateway->spread->user) : gateway_connections(gateway);
}

/* Frees the knock; its socket goes to the caller. */
static int leave(struct knock *knock)
{
	int fd = knock->fd;
	*knock->link = knock->next;
	if (knock->next != NULL)
		knock->next->link = knock->link;
	if (knock->poller != NULL)
		poller_close(knock->poller);
	if (knock->timer != NULL)
		timer_close(knock->timer);
	gateway_count_socket(knock->door->gateway, -1);
	free(knock);
	return fd;
}

static void drop(struct knock *knock, enum refusal why)
{
	gateway_refused(knock->door->gateway, why);
	close(leave(knock));
}

static void look(void *user);

static void too_late(void *user)
{
	drop(user, REFUSED_SLOW);
}

static void wait_for_bytes(struct knock *knock, size_t have)
{
	struct loop *loop = knock->door->gateway->loop;
	int more = (int)have + 1;
	/* bytes that were only looked at keep a socket readable: ask to be woken by the next one */
	setsockopt(knock->fd, SOL_SOCKET, SO_RCVLOWAT, &more, sizeof more);
	if (knock->poller != NULL)
		return;
	knock->poller = poller_new(loop, knock->fd, look, knock);
	knock->timer = timer_new(loop, too_late, knock);
	timer_start(knock->timer, HEAD_TIMEOUT_S * 1000, 0);
}

static void look(void *user)
{
	struct knock *knock = user;
	struct gateway *gateway = knock->door->gateway;
	char bytes[16];
	int one = 1;
	ssize_t n = recv(knock->fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		close(leave(knock)); /* came and went: a port check */
		return;
	}
	size_t have = n < 0 ? 0 : (size_t)n;
	enum visitor visitor = recognise(bytes, have);
	if (visitor == VISITOR_UNKNOWN) {
		/* woken with nothing new: it has said all it will say */
		int wanted = 0;
		socklen_t size = sizeof wanted;
		getsockopt(knock->fd, SOL_SOCKET, SO_RCVLOWAT, &wanted, &size);
		if (knock->poller != NULL && have > 0 && (int)have < wanted)
			drop(knock, REFUSED_MALFORMED);
		else
			wait_for_bytes(knock, have);
		return;
	}
	int fd = leave(knock);
	setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof one);
	if (visitor == VISITOR_SOURCE)
		source_client_open(gateway, fd);
	else
		hand_on(gateway, fd);
}

static void let_in(struct door *door, int fd)
{
	int yes = 1;
	struct gateway *gateway = door->gateway;
	if (connections(gateway) >= gateway->connections_max) {
		gateway_refused(gateway, REFUSED_FULL);
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	if (gateway->secure) {
		hand_on(gateway, fd);
		return;
	}
	struct knock *knock = check_alloc(calloc(1, sizeof *knock));
	knock->door = door;
	knock->fd = fd;
	knock->next = door->knocks;
	knock->link = &door->knocks;
	if (knock->next != NULL)
		knock->next->link = &knock->next;
	door->knocks = knock;
	gateway_count_socket(gateway, 1);
	look(knock);
}

static void readable(void *user);

static void rest_over(void *user)
{
	struct door *door = user;
	door->poller = poller_new(door->gateway->loop, door->fd, readable, door);
}

static void take_rest(struct door *door)
{
	poller_close(door->poller);
	door->poller = NULL;
	timer_start(door->rest, REST_MS, 0);
}

/* No descriptor is left: gives up the spare one to accept the first in the queue and close it. False when nobody is left to turn
 * away, or not even that works. */
static bool turn_away(struct door *door)
{
	if (door->spare_fd < 0)
		return false;
	close(door->spare_fd);
	int fd = accept4(door->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		gateway_refused(door->gateway, REFUSED_DESCRIPTORS);
	}
	door->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fd >= 0;
}

/* After a failed accept4(): whether to try again at once. */
static bool go_on(struct door *door, int why)
{
	bool none_left = why == EMFILE || why == ENFILE;
	if (why == EAGAIN)
		return false;
	if (none_left && turn_away(door))
		return true;
	if (none_left || why == ENOBUFS || why == ENOMEM) {
		take_rest(door);
		return false;
	}
	return true; /* that one went away while it waited */
}

static void readable(void *user)
{
	struct door *door = user;
	for (int i = 0; i < ACCEPTS_PER_WAKE; i++) {
		int fd = accept4(door->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			let_in(door, fd);
		else if (!go_on(door, errno))
			return;
	}
}

struct door *door_open(struct gateway *gateway, const char *listen, char *error, size_t size)
{
	int fd = address_listen(listen, error, size);
	if (fd < 0)
		return NULL;
	struct door *door = check_alloc(calloc(1, sizeof *door));
	door->gateway = gateway;
	door->fd = fd;
	door->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	door->rest = timer_new(gateway->loop, rest_over, door);
	rest_over(door);
	char own[ADDRESS_SIZE];
	address_own(fd, own);
	snprintf(gateway->url, sizeof gateway->url, "%s://%s", gateway->secure ? "https" : "http", own);
	return door;
}

void door_close(struct door *door)
{
	while (door->knocks != NULL)
		close(leave(door->knocks));
	if (door->poller != NULL)
		poller_close(door->poller);
	timer_close(door->rest);
	close(door->fd);
	if (door->spare_fd >= 0)
		close(door->spare_fd);
	free(door);
}
