/* The door: the listening socket, and the first bytes of everybody who comes in.
 *
 *   accept4 --> full? the one who is silent for longest has to go
 *      |        too many still, or too many of this address? it is let in to be told so, or closed (accepted.c)
 *      v
 *   knock: look at the first bytes (MSG_PEEK)
 *      | "PUT /ingest", "SOURCE ", without TLS      | anything else
 *      v                                            v
 *   source_client.c                       the library (http.c, ws.c)
 *                                  of this loop or another
 *
 * The look is there because the library knows no SOURCE, hands chunks over undecoded, and ends a body without a length at
 * 100 MiB, which a day of sound passes. It costs an ordinary client one recv() when its request is there already, as it is for
 * nearly all; and who says nothing costs no more than a descriptor, no TLS and no place that somebody else wants. Out of file
 * descriptors, a spare one is given up to accept and close; so the loop never spins on a full queue.
 *
 * When many come at once they come in lots, with pauses in which the loop does what follows from the last lot: handshakes,
 * requests, joins, which cost far more than accept4() does, and are cheap only while few are at it (the library keeps its timeouts
 * in a sorted list that it walks for each). A pause that lasts too long says that the loop is busy, and so does a socket that has
 * to wait for the loop it was handed to; then the next lot is half as large. So those who listen do not pay for those who come, on
 * no loop, whatever a handshake costs on this machine. Who waits outside is kept by the kernel.
 */
#include "gateway/accepted.h"

#include "base/check.h"
#include "base/clock.h"
#include "boothcast/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOT_MAX 16       /* 3,200 a second, when the loop has nothing else to do */
#define LOT_FIRST 8      /* before anything is known of the machine */
#define LOT_TRIES 64     /* with those who have gone again: they cost little, but not nothing */
#define PAUSE_MS 5       /* between two lots: four to a beat, so that it is not one long turn of the loop that delays a beat */
#define PAUSE_SLOW_MS 10 /* longer than it should be, or a socket's wait: half a beat, which no jitter buffer notices */
#define REST_MS 100      /* when the kernel cannot give a socket */

/* A connection whose first bytes have not come. */
struct knock {
	struct door *door;
	struct accepted *accepted;
	struct poller *poller;
	struct timer *timer;
	struct knock *next, **link;
};

struct door {
	struct gateway *gateway;
	int fd, spare_fd;
	struct poller *poller; /* NULL in a pause */
	struct timer *pause;
	uint64_t pause_ends_us;
	unsigned lot;                 /* how many come in at once */
	struct knock *knocks, **last; /* who came first stands in front */
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

/* The library owns the socket from here on, and closes it when it refuses. */
void door_take(struct gateway *gateway, struct accepted *accepted)
{
	if (gateway->closing) {
		accepted_reject(accepted);
		return;
	}
	struct lws *wsi = lws_adopt_socket_vhost(gateway->vhost, accepted->fd);
	if (wsi != NULL) {
		lws_set_opaque_user_data(wsi, accepted);
	} else {
		gateway_refused(gateway, REFUSED_DESCRIPTORS);
		accepted_end(accepted);
	}
}

/* To the library here, or on another loop. */
static void hand_on(struct gateway *gateway, struct accepted *accepted)
{
	if (gateway->spread != NULL)
		gateway->spread->arrived(gateway->spread->user, accepted);
	else
		door_take(gateway, accepted);
}

static unsigned connections(const struct gateway *gateway)
{
	return gateway->spread != NULL ? gateway->spread->connections(gateway->spread->user) : gateway_connections(gateway);
}

/* Frees the knock; its connection goes to the caller. */
static struct accepted *leave(struct knock *knock)
{
	struct accepted *accepted = knock->accepted;
	*knock->link = knock->next;
	if (knock->next != NULL)
		knock->next->link = knock->link;
	else
		knock->door->last = knock->link;
	if (knock->poller != NULL)
		poller_close(knock->poller);
	if (knock->timer != NULL)
		timer_close(knock->timer);
	gateway_count_socket(knock->door->gateway, -1);
	free(knock);
	return accepted;
}

static void drop(struct knock *knock, enum refusal why)
{
	gateway_refused(knock->door->gateway, why);
	accepted_reject(leave(knock));
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
	setsockopt(knock->accepted->fd, SOL_SOCKET, SO_RCVLOWAT, &more, sizeof more);
	if (knock->poller != NULL)
		return;
	knock->poller = poller_new(loop, knock->accepted->fd, look, knock);
	knock->timer = timer_new(loop, too_late, knock);
	timer_start(knock->timer, HEAD_TIMEOUT_S * 1000, 0);
}

static void look(void *user)
{
	struct knock *knock = user;
	struct gateway *gateway = knock->door->gateway;
	char bytes[16];
	int one = 1;
	ssize_t n = recv(knock->accepted->fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		accepted_reject(leave(knock)); /* came and went: a port check */
		return;
	}
	size_t have = n < 0 ? 0 : (size_t)n;
	enum visitor visitor = gateway->secure && have > 0 ? VISITOR_OTHER : recognise(bytes, have);
	if (visitor == VISITOR_UNKNOWN) {
		/* woken with nothing new: it has said all it will say */
		int wanted = 0;
		socklen_t size = sizeof wanted;
		getsockopt(knock->accepted->fd, SOL_SOCKET, SO_RCVLOWAT, &wanted, &size);
		if (knock->poller != NULL && have > 0 && (int)have < wanted)
			drop(knock, REFUSED_MALFORMED);
		else
			wait_for_bytes(knock, have);
		return;
	}
	struct accepted *accepted = leave(knock);
	setsockopt(accepted->fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof one);
	if (visitor == VISITOR_SOURCE)
		source_client_open(gateway, accepted);
	else
		hand_on(gateway, accepted);
}

/* Waited outside until it gave up: a handshake would be work for nobody. */
static bool has_left(int fd)
{
	struct pollfd poller = {.fd = fd, .events = POLLRDHUP};
	return poll(&poller, 1, 0) > 0 && poller.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

/* A flood of connections that say nothing is not to keep out people. Those that are refused already have no place to give. */
static bool make_room(struct door *door, enum refusal why)
{
	struct knock *knock = door->knocks;
	while (knock != NULL && knock->accepted->refused != REFUSALS)
		knock = knock->next;
	if (knock == NULL)
		return false;
	drop(knock, why);
	return true;
}

/* Why nobody is let in now; REFUSALS: there is room, or has been made. */
static enum refusal is_full(struct door *door)
{
	struct gateway *gateway = door->gateway;
	if (connections(gateway) >= gateway->connections_max + acceptor_refused(gateway->acceptor) &&
	    !make_room(door, REFUSED_FULL))
		return REFUSED_FULL;
	if (acceptor_is_crowded(gateway->acceptor) && !make_room(door, REFUSED_HANDSHAKES))
		return REFUSED_HANDSHAKES;
	return REFUSALS;
}

static void let_in(struct door *door, int fd, const struct sockaddr *address)
{
	int yes = 1;
	enum refusal why;
	struct gateway *gateway = door->gateway;
	struct accepted *accepted = acceptor_take(gateway->acceptor, fd, address, is_full(door), clock_us(), &why);
	if (why != REFUSALS)
		gateway_refused(gateway, why);
	if (accepted == NULL) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	struct knock *knock = check_alloc(calloc(1, sizeof *knock));
	knock->door = door;
	knock->accepted = accepted;
	knock->link = door->last;
	*door->last = knock;
	door->last = &knock->next;
	gateway_count_socket(gateway, 1);
	look(knock);
}

static void take_lot(void *user);

static void watch(struct door *door)
{
	if (door->poller == NULL)
		door->poller = poller_new(door->gateway->loop, door->fd, take_lot, door);
}

static void make_pause(struct door *door, unsigned ms)
{
	if (door->poller != NULL)
		poller_close(door->poller);
	door->poller = NULL;
	door->pause_ends_us = clock_us() + ms * 1000u;
	timer_start(door->pause, ms, 0);
}

/* Nothing can be read from a connection for which there is no descriptor in a moment; without TLS an answer may reach it all the
 * same.
 */
static void say_busy(const struct door *door, int fd)
{
	static const char busy[] =
		"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n" RETRY_LATER "\r\n";
	if (!door->gateway->secure)
		send(fd, busy, sizeof busy - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
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
		say_busy(door, fd);
		close(fd);
		gateway_refused(door->gateway, REFUSED_DESCRIPTORS);
	}
	door->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fd >= 0;
}

/* After a failed accept4(): whether to try again at once. If not, the door knows how it goes on. */
static bool go_on(struct door *door, int why)
{
	bool none_left = why == EMFILE || why == ENFILE;
	if (why == EAGAIN) {
		watch(door);
		return false;
	}
	if (none_left && turn_away(door))
		return true;
	if (none_left || why == ENOBUFS || why == ENOMEM) {
		make_pause(door, REST_MS);
		return false;
	}
	return true; /* that one went away while it waited */
}

/* One lot. With TLS whoever has said its first word and left is not of it: without, that may be a request from a client that will
 * say nothing more. */
static void take_lot(void *user)
{
	struct door *door = user;
	unsigned in = 0;
	for (unsigned i = 0; i < LOT_TRIES && in < door->lot; i++) {
		struct sockaddr_storage address = {0};
		socklen_t size = sizeof address;
		int fd = accept4(door->fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if (!go_on(door, errno))
				return;
		} else if (door->gateway->secure && has_left(fd)) {
			close(fd);
		} else {
			let_in(door, fd, (struct sockaddr *)&address);
			in++;
		}
	}
	make_pause(door, PAUSE_MS);
}

/* How late a loop comes to something says how much it has to do: this one to the end of the pause, the others to the last lots. */
static bool a_loop_is_busy(const struct door *door)
{
	const struct gateway_spread *spread = door->gateway->spread;
	uint64_t now_us = clock_us();
	uint64_t late_us = now_us > door->pause_ends_us ? now_us - door->pause_ends_us : 0;
	uint64_t wait_us = spread != NULL ? spread->wait_us(spread->user) : 0;
	return late_us > PAUSE_SLOW_MS * 1000u || wait_us > PAUSE_SLOW_MS * 1000u;
}

static void pause_over(void *user)
{
	struct door *door = user;
	if (a_loop_is_busy(door))
		door->lot = door->lot > 1 ? door->lot / 2 : 1;
	else if (door->lot < LOT_MAX)
		door->lot++;
	take_lot(door);
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
	door->lot = LOT_FIRST;
	door->last = &door->knocks;
	door->pause = timer_new(gateway->loop, pause_over, door);
	watch(door);
	char own[ADDRESS_SIZE];
	address_own(fd, own);
	snprintf(gateway->url, sizeof gateway->url, "%s://%s", gateway->secure ? "https" : "http", own);
	return door;
}

void door_close(struct door *door)
{
	while (door->knocks != NULL)
		accepted_reject(leave(door->knocks));
	if (door->poller != NULL)
		poller_close(door->poller);
	timer_close(door->pause);
	close(door->fd);
	if (door->spare_fd >= 0)
		close(door->spare_fd);
	free(door);
}
