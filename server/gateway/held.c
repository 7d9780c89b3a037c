/* Sockets that the library is told not to read for a while, because a request on them has no whole answer yet.
 *
 * As long as it does not read a socket, the library does not look whether it can be written either, or whether its client is still
 * there. So these are watched by an epoll instance of our own, that the loop watches as one descriptor among others: a client that
 * takes its page slowly costs nothing while it does not take any.
 *
 *   http.c, held --> held_watch() ... the socket says so --> a timer of the library --> http.c, in the library's callback
 */
#include "gateway/parts.h"

#include "base/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_A_TURN 64 /* the others have their turn after what else is ready on the loop */

struct held {
	struct gateway *gateway;
	int epoll;
	struct poller *poller;
};

static void came(void *user)
{
	struct held *held = user;
	struct epoll_event events[EVENTS_A_TURN];
	int n = epoll_wait(held->epoll, events, EVENTS_A_TURN, 0);
	/* nothing is closed in this turn, so all of them are there */
	for (int i = 0; i < n; i++)
		lws_set_timer_usecs(events[i].data.ptr, 1);
	if (n > 0)
		gateway_kick(held->gateway);
}

struct held *held_open(struct gateway *gateway, char *error, size_t size)
{
	struct held *held = check_alloc(calloc(1, sizeof *held));
	held->gateway = gateway;
	held->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (held->epoll < 0) {
		snprintf(error, size, "cannot watch sockets: %s", strerror(errno));
		free(held);
		return NULL;
	}
	held->poller = poller_new(gateway->loop, held->epoll, came, held);
	return held;
}

void held_watch(struct held *held, struct lws *wsi, unsigned events)
{
	struct epoll_event event = {.events = events | EPOLLONESHOT, .data.ptr = wsi};
	int fd = lws_get_socket_fd(wsi);
	if (epoll_ctl(held->epoll, EPOLL_CTL_MOD, fd, &event) == 0)
		return;
	check(errno == ENOENT);
	check(epoll_ctl(held->epoll, EPOLL_CTL_ADD, fd, &event) == 0);
}

void held_forget(struct held *held, struct lws *wsi)
{
	epoll_ctl(held->epoll, EPOLL_CTL_DEL, lws_get_socket_fd(wsi), NULL); /* a socket that is closed has left by itself */
}

void held_close(struct held *held)
{
	if (held == NULL)
		return;
	poller_close(held->poller);
	close(held->epoll);
	free(held);
}
