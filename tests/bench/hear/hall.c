/* Many ears, see hall.h. The socket events are edge-triggered and all sockets share one large buffer: a packet costs one recv() and
 * no other system call, as long as packets come faster than they are fetched.
 *
 *   socket --receive--> [ rest | new bytes ] --> ear_take --> tally
 *
 * On one machine it is the sender's system call that wakes a sleeping receiver, which costs it more than the packet does; a network
 * card asks for no such thing. So a measurement has the hall look by its own clock (look_us), for which nobody pays; it is the same
 * for every server. A receive buffer is small, as a telephone's would be, and so that thousands of them cost the machine nothing.
 */
#include "bench/hear/hall.h"

#include "base/check.h"
#include "base/clock.h"
#include "boothcast/limits.h"
#include "boothcast/wire.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX    512
#define BUFFER_BYTES  (1024 * 1024) /* the longest message: a snapshot of the largest room has a tenth of it */
#define RECEIVE_BYTES (32 * 1024)   /* of each socket; holds about a second of packets */
#define FILES_SPARE   64            /* besides the listeners */
#define OVERDUE       25            /* packets: whoever is this far behind the foremost has lost them */
#define FRAME_MS      20            /* where the server does not say */

struct hall {
	struct hall_options options;
	char host[256];                 /* HOST:PORT */
	struct sockaddr_storage address;
	socklen_t address_size;
	int epoll;
	struct ssl_ctx_st *tls;         /* NULL: plain */
	unsigned begun;                 /* ears whose connection was started */
	struct ear *ears;
	struct crowd crowd;
	uint64_t looked_us, stall_us;   /* the last look, 0 before the first one; the longest time between two */
	uint8_t buffer[BUFFER_BYTES];
};

/* ---- making ---- */

static bool resolve(struct hall *hall)
{
	const char *url = hall->options.url, *scheme = strstr(url, "://");
	struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM};
	snprintf(hall->host, sizeof hall->host, "%s", scheme != NULL ? scheme + 3 : url);
	hall->host[strcspn(hall->host, "/")] = '\0';
	char name[sizeof hall->host], *colon;
	snprintf(name, sizeof name, "%s", hall->host);
	colon = strrchr(name, ':');
	if (colon == NULL)
		return false;
	*colon = '\0';
	if (getaddrinfo(name, colon + 1, &hints, &found) != 0)
		return false;
	memcpy(&hall->address, found->ai_addr, found->ai_addrlen);
	hall->address_size = found->ai_addrlen;
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
static const char *prepare(struct hall *hall)
{
	if (!enough_files(hall->options.listeners))
		return "the limit of open files (ulimit -n) is too low for so many listeners";
	if (!resolve(hall))
		return "the address is not HOST:PORT, or unknown";
	if (strncmp(hall->options.url, "https://", 8) == 0)
		hall->tls = cord_context_new();
	return NULL;
}

struct hall *hall_new(const struct hall_options *options)
{
	struct hall *hall = check_alloc(calloc(1, sizeof *hall));
	hall->options = *options;
	hall->crowd = (struct crowd){.dialect = options->dialect, .host = hall->host, .rendition = options->rendition};
	hall->ears = check_alloc(calloc(options->listeners + 1, sizeof *hall->ears));
	hall->epoll = epoll_create1(EPOLL_CLOEXEC);
	check(hall->epoll >= 0);
	const char *why = prepare(hall);
	if (why == NULL)
		return hall;
	fprintf(stderr, "bench_hear: %s\n", why);
	hall_free(hall);
	return NULL;
}

static void drop(struct ear *ear)
{
	cord_close(&ear->cord);
	rest_keep(&ear->outer, NULL, 0);
	rest_keep(&ear->inner, NULL, 0);
}

void hall_free(struct hall *hall)
{
	for (unsigned i = 0; i < hall->begun; i++)
		drop(&hall->ears[i]);
	close(hall->epoll);
	cord_context_free(hall->tls);
	free(hall->ears);
	free(hall);
}

/* ---- coming ---- */

static void fail(struct hall *hall, struct ear *ear, const char *why)
{
	ear_fail(ear, &hall->crowd, why);
	drop(ear);
}

/* Ears take their seats room by room; the first channel is number 1, and the floor (number 0) comes after the last. */
static void connect_next(struct hall *hall)
{
	unsigned index = hall->begun++;
	struct ear *ear = &hall->ears[index];
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = ear};
	ear->frame_ms = FRAME_MS;
	ear->room = (uint16_t)(index % hall->options.rooms);
	ear->channel = (uint16_t)((1 + index / hall->options.rooms % hall->options.channels) % CHANNELS_MAX);
	if (!cord_open(&ear->cord, (struct sockaddr *)&hall->address, hall->address_size, RECEIVE_BYTES) ||
	    epoll_ctl(hall->epoll, EPOLL_CTL_ADD, ear->cord.fd, &event) != 0)
		fail(hall, ear, strerror(errno));
}

/* ---- hearing ---- */

/* What is not used up waits for more. */
static void keep(struct hall *hall, struct ear *ear, const uint8_t *bytes, size_t size)
{
	if (size == BUFFER_BYTES)
		fail(hall, ear, "a message longer than the buffer");
	else
		rest_keep(&ear->outer, bytes, size);
}

/* Takes `size` new bytes, which stand behind the rest in the buffer. */
static void take(struct hall *hall, struct ear *ear, size_t size)
{
	bool had_rest = ear->outer.size > 0;
	size += ear->outer.size;
	hall->crowd.now_us = clock_us();
	size_t used = ear_take(ear, &hall->crowd, hall->buffer, size);
	if (ear->state == EAR_GONE)
		drop(ear);
	else if (used < size || had_rest)
		keep(hall, ear, hall->buffer + used, size - used);
}

/* Fetches once; true when there may be more. */
static bool fetch(struct hall *hall, struct ear *ear)
{
	size_t old = ear->outer.size, room = BUFFER_BYTES - old;
	if (old > 0)
		memcpy(hall->buffer, ear->outer.bytes, old);
	ssize_t got = cord_receive(&ear->cord, hall->buffer + old, room);
	if (got > 0)
		take(hall, ear, (size_t)got);
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		fail(hall, ear, got == 0 ? "the server ended the connection" : strerror(errno));
	/* TLS gives a record at a time */
	return got > 0 && ear->state != EAR_GONE && (ear->cord.tls != NULL || (size_t)got == room);
}

static void connected(struct hall *hall, struct ear *ear)
{
	int ready = cord_ready(&ear->cord, hall->tls);
	if (ready < 0)
		fail(hall, ear, errno == EPROTO ? "the TLS handshake failed" : strerror(errno));
	else if (ready > 0)
		ear_connected(ear, &hall->crowd);
}

static void happened(struct hall *hall, const struct epoll_event *event)
{
	struct ear *ear = event->data.ptr;
	if (ear->state == EAR_CONNECTING)
		connected(hall, ear);
	if (ear->state == EAR_CONNECTING || ear->state == EAR_GONE || (event->events & ~(uint32_t)EPOLLOUT) == 0)
		return;
	while (fetch(hall, ear))
		;
	if (ear->state != EAR_GONE && event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		fail(hall, ear, "the server ended the connection");
}

static int handle(struct hall *hall, int wait_ms)
{
	struct epoll_event event[EVENTS_MAX];
	int count = epoll_wait(hall->epoll, event, EVENTS_MAX, wait_ms);
	for (int i = 0; i < count; i++)
		happened(hall, &event[i]);
	return count;
}

/* Waits at most until `until_us` and handles what happened. */
static void turn(struct hall *hall, uint64_t until_us)
{
	uint64_t now_us = clock_us();
	handle(hall, until_us > now_us ? (int)((until_us - now_us) / 1000 + 1) : 0);
}

/* Sleeps, and then handles all that happened meanwhile. */
static void look(struct hall *hall)
{
	uint32_t us = hall->options.look_us;
	struct timespec pause = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L};
	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	uint64_t now_us = clock_us();
	if (hall->looked_us > 0 && now_us - hall->looked_us > hall->stall_us)
		hall->stall_us = now_us - hall->looked_us;
	hall->looked_us = now_us;
	while (handle(hall, 0) == EVENTS_MAX)
		;
}

static unsigned settled(const struct hall *hall)
{
	return hall->crowd.tally.listening + hall->crowd.tally.gone;
}

bool hall_gather(struct hall *hall, uint64_t patience_us)
{
	uint64_t started_us = clock_us(), news_us = started_us;
	for (unsigned before = 0; settled(hall) < hall->options.listeners;) {
		uint64_t now_us = clock_us(), due = (now_us - started_us) * hall->options.ramp_per_s / 1000000 + 1;
		while (hall->begun < hall->options.listeners && hall->begun < due)
			connect_next(hall);
		turn(hall, now_us + 1000);
		if (settled(hall) != before)
			news_us = now_us;
		before = settled(hall);
		if (now_us > news_us + patience_us)
			return false;
	}
	return true;
}

void hall_hear(struct hall *hall, uint64_t duration_us)
{
	uint64_t end_us = clock_us() + duration_us;
	while (clock_us() < end_us) {
		if (hall->options.look_us > 0)
			look(hall);
		else
			turn(hall, end_us);
	}
}

/* ---- counting ---- */

/* The newest number that anybody has; all ears count the same beats, since they listen to one rendition. */
static bool foremost(const struct hall *hall, uint32_t *seq)
{
	bool any = false;
	for (unsigned i = 0; i < hall->begun; i++) {
		const struct ear *ear = &hall->ears[i];
		if (ear->state == EAR_LISTENING && ear->started && (!any || wire_seq_distance(ear->last_seq, *seq) > 0)) {
			*seq = ear->last_seq;
			any = true;
		}
	}
	return any;
}

/* The numbers that whoever fell silent should have had. */
static uint64_t overdue(const struct hall *hall)
{
	uint32_t newest = 0;
	uint64_t missing = 0;
	if (!foremost(hall, &newest))
		return 0;
	for (unsigned i = 0; i < hall->begun; i++) {
		const struct ear *ear = &hall->ears[i];
		int32_t behind = ear->started ? wire_seq_distance(newest, ear->last_seq) : OVERDUE + 1;
		if (ear->state == EAR_LISTENING && behind > OVERDUE)
			missing += (uint64_t)behind;
	}
	return missing;
}

void hall_count_anew(struct hall *hall)
{
	struct tally fresh = {.listening = hall->crowd.tally.listening, .gone = hall->crowd.tally.gone};
	memcpy(fresh.reason, hall->crowd.tally.reason, sizeof fresh.reason);
	hall->crowd.tally = fresh;
	hall->stall_us = 0;
}

const struct tally *hall_tally(struct hall *hall)
{
	hall->crowd.tally.overdue = overdue(hall);
	return &hall->crowd.tally;
}

uint64_t hall_stall_us(const struct hall *hall)
{
	return hall->stall_us;
}
