/* Many listeners, see swarm.h. The socket events are edge-triggered and all sockets share one large buffer: a packet costs one
 * recv() and no other system call, as long as packets come faster than they are fetched.
 *
 *   socket --recv--> [ rest | new bytes ] --> member_take --> tally
 *
 * A receive buffer is small, as a telephone's would be, and so that thousands of them cost the machine nothing.
 *
 * On one machine it is the sender's system call that wakes a sleeping receiver, which costs it more than the packet does; a
 * network card asks for no such thing. So a measurement has the swarm look by its own clock (look_us), for which nobody pays.
 */
#include "load/swarm.h"

#include "base/check.h"
#include "base/clock.h"
#include "boothcast/wire.h"
#include "load/link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX    512
#define BUFFER_BYTES  (1024 * 1024) /* the longest message: a snapshot of the largest room has a tenth of it */
#define RECEIVE_BYTES (32 * 1024)   /* of each socket; holds about a second of packets */
#define FILES_SPARE   64            /* besides the listeners */
#define OVERDUE       25            /* packets: whoever is this far behind the foremost has lost them */

struct swarm {
	struct swarm_options options;
	struct sockaddr_storage address;
	socklen_t address_size;
	int epoll;
	void *tls;                      /* link_context_new(); NULL: plain */
	unsigned begun;                 /* members whose connection was started */
	struct member *members;
	struct crowd crowd;
	uint8_t buffer[BUFFER_BYTES];
};

/* ---- making ---- */

static bool resolve(struct swarm *swarm, char *host, size_t size)
{
	const char *url = swarm->options.url, *scheme = strstr(url, "://");
	struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM};
	snprintf(host, size, "%s", scheme != NULL ? scheme + 3 : url);
	host[strcspn(host, "/")] = '\0';
	char name[256], *colon;
	snprintf(name, sizeof name, "%s", host[0] == '[' ? host + 1 : host);
	colon = strrchr(name, ':');
	if (colon == NULL)
		return false;
	*colon = '\0';
	name[strcspn(name, "]")] = '\0';
	if (getaddrinfo(name, colon + 1, &hints, &found) != 0)
		return false;
	memcpy(&swarm->address, found->ai_addr, found->ai_addrlen);
	swarm->address_size = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

static bool enough_files(unsigned listeners)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return false;
	limit.rlim_cur = limit.rlim_max;
	return limit.rlim_max >= listeners + FILES_SPARE && setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* Why it cannot be; NULL when all is well. */
static const char *prepare(struct swarm *swarm)
{
	const struct swarm_options *o = &swarm->options;
	char host[256];
	struct script_options script = {host, o->room, o->rendition, o->ticket, o->channel};
	if (!enough_files(o->listeners))
		return "the limit of open files (ulimit -n) is too low for so many listeners";
	if (strncmp(o->url, "https://", 8) == 0)
		swarm->tls = link_context_new();
	if (!resolve(swarm, host, sizeof host))
		return "the address is not HOST:PORT, or unknown";
	if (!script_make(&swarm->crowd.script, &script))
		return "the address, the room or the ticket is too long";
	return NULL;
}

struct swarm *swarm_new(const struct swarm_options *options)
{
	struct swarm *swarm = check_alloc(calloc(1, sizeof *swarm));
	swarm->options = *options;
	swarm->members = check_alloc(calloc(options->listeners + 1, sizeof *swarm->members));
	swarm->epoll = epoll_create1(EPOLL_CLOEXEC);
	check(swarm->epoll >= 0);
	const char *why = prepare(swarm);
	if (why == NULL)
		return swarm;
	fprintf(stderr, "load: %s\n", why);
	swarm_free(swarm);
	return NULL;
}

static void drop(struct member *member)
{
	link_drop(member);
	free(member->rest);
	member->rest = NULL;
	member->rest_size = 0;
}

void swarm_free(struct swarm *swarm)
{
	for (unsigned i = 0; i < swarm->begun; i++)
		drop(&swarm->members[i]);
	close(swarm->epoll);
	link_context_free(swarm->tls);
	free(swarm->members);
	free(swarm);
}

/* ---- coming ---- */

static void fail(struct swarm *swarm, struct member *member, const char *why)
{
	member_fail(member, &swarm->crowd, why);
	drop(member);
}

static void connect_next(struct swarm *swarm)
{
	static const int one = 1;
	int bytes = swarm->options.buffer_bytes > 0 ? (int)swarm->options.buffer_bytes : RECEIVE_BYTES;
	struct member *member = &swarm->members[swarm->begun++];
	member->fd = socket(swarm->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = member};
	if (member->fd < 0 || setsockopt(member->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0 ||
	    setsockopt(member->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
	    (connect(member->fd, (struct sockaddr *)&swarm->address, swarm->address_size) != 0 && errno != EINPROGRESS) ||
	    epoll_ctl(swarm->epoll, EPOLL_CTL_ADD, member->fd, &event) != 0)
		fail(swarm, member, strerror(errno));
}

/* ---- hearing ---- */

/* What is not used up waits for more. */
static void keep_rest(struct swarm *swarm, struct member *member, const uint8_t *bytes, size_t size)
{
	if (size == BUFFER_BYTES) {
		fail(swarm, member, "a message longer than the buffer");
		return;
	}
	free(member->rest);
	member->rest = NULL;
	member->rest_size = (uint32_t)size;
	if (size > 0)
		member->rest = memcpy(check_alloc(malloc(size)), bytes, size);
}

/* Fetches once; true when there may be more. */
static bool fetch(struct swarm *swarm, struct member *member)
{
	size_t old = member->rest_size, room = BUFFER_BYTES - old;
	if (old > 0)
		memcpy(swarm->buffer, member->rest, old);
	ssize_t got = link_receive(member, swarm->buffer + old, room);
	if (got <= 0) {
		if (got == 0 || (errno != EAGAIN && errno != EINTR))
			fail(swarm, member, got == 0 ? "the server ended the connection" : strerror(errno));
		return false;
	}
	size_t size = old + (size_t)got;
	swarm->crowd.now_us = clock_us();
	size_t used = member_take(member, &swarm->crowd, swarm->buffer, size);
	if (member->state == MEMBER_GONE)
		drop(member);
	else if (used < size || old > 0)
		keep_rest(swarm, member, swarm->buffer + used, size - used);
	/* TLS gives a record at a time */
	return member->state != MEMBER_GONE && (member->tls != NULL || (size_t)got == room);
}

static void connected(struct swarm *swarm, struct member *member)
{
	int error = 0;
	socklen_t size = sizeof error;
	getsockopt(member->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	int secured = error == 0 && swarm->tls != NULL ? link_secure(member, swarm->tls) : 1;
	if (error != 0)
		fail(swarm, member, strerror(error));
	else if (secured < 0)
		fail(swarm, member, "the TLS handshake failed");
	else if (secured > 0)
		member_connected(member, &swarm->crowd);
}

static void happened(struct swarm *swarm, const struct epoll_event *event)
{
	struct member *member = event->data.ptr;
	if (member->state == MEMBER_CONNECTING)
		connected(swarm, member);
	if (member->state != MEMBER_GONE && event->events & ~(uint32_t)EPOLLOUT) {
		while (fetch(swarm, member))
			;
		if (member->state != MEMBER_GONE && event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
			fail(swarm, member, "the server ended the connection");
	}
}

static int handle(struct swarm *swarm, int wait_ms)
{
	struct epoll_event event[EVENTS_MAX];
	int count = epoll_wait(swarm->epoll, event, EVENTS_MAX, wait_ms);
	for (int i = 0; i < count; i++)
		happened(swarm, &event[i]);
	return count;
}

/* Waits at most until `until_us` and handles what happened. */
static void turn(struct swarm *swarm, uint64_t until_us)
{
	uint64_t now_us = clock_us();
	handle(swarm, until_us > now_us ? (int)((until_us - now_us) / 1000 + 1) : 0);
}

/* Sleeps, and then handles all that happened meanwhile. */
static void look(struct swarm *swarm)
{
	uint32_t us = swarm->options.look_us;
	struct timespec pause = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L};
	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	while (handle(swarm, 0) == EVENTS_MAX)
		;
}

static unsigned settled(const struct swarm *swarm)
{
	return swarm->crowd.tally.listening + swarm->crowd.tally.gone;
}

bool swarm_gather(struct swarm *swarm, uint64_t patience_us)
{
	uint64_t started_us = clock_us(), news_us = started_us;
	for (unsigned before = 0; settled(swarm) < swarm->options.listeners;) {
		uint64_t now_us = clock_us(), due = (now_us - started_us) * swarm->options.ramp_per_s / 1000000 + 1;
		while (swarm->begun < swarm->options.listeners && swarm->begun < due)
			connect_next(swarm);
		turn(swarm, now_us + 1000);
		if (settled(swarm) != before)
			news_us = now_us;
		before = settled(swarm);
		if (now_us > news_us + patience_us)
			return false;
	}
	return true;
}

void swarm_hear(struct swarm *swarm, uint64_t duration_us)
{
	uint64_t end_us = clock_us() + duration_us;
	while (clock_us() < end_us) {
		if (swarm->options.look_us > 0)
			look(swarm);
		else
			turn(swarm, end_us);
	}
}

/* ---- counting ---- */

/* The newest number that anybody has; false when nobody listens. */
static bool foremost(const struct swarm *swarm, uint32_t *seq)
{
	bool any = false;
	for (unsigned i = 0; i < swarm->begun; i++) {
		const struct member *m = &swarm->members[i];
		if (m->state == MEMBER_LISTENING && (!any || wire_seq_distance(m->last_seq, *seq) > 0)) {
			*seq = m->last_seq;
			any = true;
		}
	}
	return any;
}

/* The numbers that whoever fell silent should have had. */
static uint64_t overdue(const struct swarm *swarm)
{
	uint32_t newest = 0;
	uint64_t missing = 0;
	if (!foremost(swarm, &newest))
		return 0;
	for (unsigned i = 0; i < swarm->begun; i++) {
		const struct member *m = &swarm->members[i];
		int32_t behind = wire_seq_distance(newest, m->last_seq);
		if (m->state == MEMBER_LISTENING && behind > OVERDUE)
			missing += (uint64_t)behind;
	}
	return missing;
}

void swarm_count_anew(struct swarm *swarm)
{
	struct tally fresh = {.listening = swarm->crowd.tally.listening, .gone = swarm->crowd.tally.gone};
	memcpy(fresh.reason, swarm->crowd.tally.reason, sizeof fresh.reason);
	swarm->crowd.tally = fresh;
}

const struct tally *swarm_tally(struct swarm *swarm)
{
	swarm->crowd.tally.overdue = overdue(swarm);
	return &swarm->crowd.tally;
}
