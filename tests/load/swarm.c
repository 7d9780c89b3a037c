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
#define WAKE_US       10000         /* how exactly those who are away keep their time */
#define GATHER_LOOK_US 1000         /* a handshake has some rounds, and ends in time whatever look_us is */
#define GATHER_US     180000000     /* by then the server had its time to let everybody in */

struct swarm {
	struct swarm_options options;
	unsigned channel[CHANNELS_MAX];
	int epoll;
	struct link_context *tls;       /* NULL: plain */
	unsigned wanted;                /* members 0 .. wanted - 1 are to listen */
	unsigned begun;                 /* of those, all before this one were begun */
	uint64_t lag_us, looked_us;     /* longest time between two looks; the last look */
	uint64_t wake_us;               /* when to look after those who are away */
	struct member *members;
	struct crowd crowd;
	uint8_t buffer[BUFFER_BYTES];
};

/* ---- making ---- */

unsigned swarm_files(unsigned listeners)
{
	return listeners + FILES_SPARE;
}

static bool raise_files(unsigned listeners, rlim_t *allowed)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return false;
	*allowed = limit.rlim_max;
	limit.rlim_cur = limit.rlim_max;
	return limit.rlim_max >= swarm_files(listeners) && setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static bool prepare(struct swarm *swarm, char *error, size_t size)
{
	const struct swarm_options *o = &swarm->options;
	struct script_options script = {o->target->host, o->room, o->rendition, o->ticket, o->channel, o->channels};
	rlim_t allowed = 0;
	if (!raise_files(o->listeners_max, &allowed)) {
		snprintf(error, size, "%u listeners need %u open files, and this shell allows %llu. Allow more first: ulimit -n %u",
			 o->listeners_max, swarm_files(o->listeners_max), (unsigned long long)allowed, swarm_files(o->listeners_max));
		return false;
	}
	if (!script_make(&swarm->crowd.script, &script)) {
		snprintf(error, size, "The name of the room, of the server, or the ticket is too long.");
		return false;
	}
	return true;
}

struct swarm *swarm_new(const struct swarm_options *options, char *error, size_t size)
{
	struct swarm *swarm = check_alloc(calloc(1, sizeof *swarm));
	crowd_init(&swarm->crowd);
	check(options->channels >= 1 && options->channels <= CHANNELS_MAX);
	swarm->options = *options;
	memcpy(swarm->channel, options->channel, options->channels * sizeof *options->channel);
	swarm->options.channel = swarm->channel;
	swarm->crowd.pause_us = options->pause_us;
	swarm->crowd.persistent = options->persistent;
	swarm->members = check_alloc(calloc(options->listeners_max + 1, sizeof *swarm->members));
	for (unsigned i = 0; i < options->listeners_max; i++)
		swarm->members[i].cord.fd = -1;
	swarm->epoll = epoll_create1(EPOLL_CLOEXEC);
	check(swarm->epoll >= 0);
	if (options->target->secure)
		swarm->tls = link_context_new(options->target->name, false); /* the probe has looked at the certificate */
	if (prepare(swarm, error, size))
		return swarm;
	swarm_free(swarm);
	return NULL;
}

static void drop(struct member *member)
{
	cord_close(&member->cord);
	free(member->rest);
	member->rest = NULL;
	member->rest_size = 0;
}

void swarm_free(struct swarm *swarm)
{
	for (unsigned i = 0; i < swarm->options.listeners_max; i++) {
		drop(&swarm->members[i]);
		free(swarm->members[i].token);
	}
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

static void connect_member(struct swarm *swarm, unsigned index)
{
	struct member *member = &swarm->members[index];
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = member};
	member->listen = (uint8_t)(index % swarm->options.channels);
	swarm->crowd.now_us = clock_us();
	member_begin(member, &swarm->crowd);
	member->cord.fd = target_connect(swarm->options.target,
				    swarm->options.buffer_bytes > 0 ? swarm->options.buffer_bytes : RECEIVE_BYTES);
	if (member->cord.fd < 0 || epoll_ctl(swarm->epoll, EPOLL_CTL_ADD, member->cord.fd, &event) != 0)
		fail(swarm, member, strerror(errno));
}

/* The next who is not here yet, whose turn it is. */
static void begin_next(struct swarm *swarm)
{
	enum member_state state = swarm->members[swarm->begun].state;
	if (state == MEMBER_IDLE || state == MEMBER_GONE)
		connect_member(swarm, swarm->begun);
	swarm->begun++;
}

/* Those whose time has come try again. */
static void wake_away(struct swarm *swarm, uint64_t now_us)
{
	if (swarm->crowd.tally.away == 0 || now_us < swarm->wake_us)
		return;
	swarm->wake_us = now_us + WAKE_US;
	for (unsigned i = 0; i < swarm->wanted; i++) {
		if (swarm->members[i].state == MEMBER_AWAY && swarm->members[i].heard_us <= now_us)
			connect_member(swarm, i);
	}
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
	ssize_t got = cord_receive(&member->cord, swarm->buffer + old, room);
	if (got <= 0) {
		if (got == 0 || (errno != EAGAIN && errno != EINTR))
			fail(swarm, member, got == 0 ? "the server ended the connection" : strerror(errno));
		return false;
	}
	size_t size = old + (size_t)got;
	swarm->crowd.now_us = clock_us();
	size_t used = member_take(member, &swarm->crowd, swarm->buffer, size);
	if (member->state >= MEMBER_AWAY)
		drop(member);
	else if (used < size || old > 0)
		keep_rest(swarm, member, swarm->buffer + used, size - used);
	/* TLS gives a record at a time */
	return member->state < MEMBER_AWAY && (member->cord.tls != NULL || (size_t)got == room);
}

static void connected(struct swarm *swarm, struct member *member)
{
	int error = 0;
	socklen_t size = sizeof error;
	getsockopt(member->cord.fd, SOL_SOCKET, SO_ERROR, &error, &size);
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
	swarm->crowd.now_us = clock_us();
	if (member->state == MEMBER_CONNECTING)
		connected(swarm, member);
	if (member->state < MEMBER_AWAY && event->events & ~(uint32_t)EPOLLOUT) {
		while (fetch(swarm, member))
			;
		if (member->state < MEMBER_AWAY && event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
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

static void note_lag(struct swarm *swarm, uint64_t lag_us)
{
	if (lag_us > swarm->lag_us)
		swarm->lag_us = lag_us;
}

/* Waits at most until `until_us` and handles what happened. */
static void turn(struct swarm *swarm, uint64_t until_us)
{
	uint64_t now_us = clock_us();
	wake_away(swarm, now_us);
	if (swarm->crowd.tally.away > 0 && until_us > now_us + WAKE_US)
		until_us = now_us + WAKE_US;
	handle(swarm, until_us > now_us ? (int)((until_us - now_us) / 1000 + 1) : 0);
	swarm->looked_us = 0;
}

/* Sleeps for so long, and then handles all that happened meanwhile. */
static void look(struct swarm *swarm, uint32_t us)
{
	struct timespec pause = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L};
	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	while (handle(swarm, 0) == EVENTS_MAX)
		;
	uint64_t now_us = clock_us();
	if (swarm->looked_us > 0 && now_us > swarm->looked_us + us)
		note_lag(swarm, now_us - swarm->looked_us - us);
	swarm->looked_us = now_us;
	wake_away(swarm, now_us);
}

/* One round of those who come: who does not want to be woken by packets is not woken by those of others either. */
static void gather_round(struct swarm *swarm, uint64_t now_us)
{
	uint32_t us = swarm->options.look_us;
	if (us > 0)
		look(swarm, us < GATHER_LOOK_US ? us : GATHER_LOOK_US);
	else
		turn(swarm, now_us + GATHER_LOOK_US);
}

static unsigned settled(const struct swarm *swarm)
{
	return swarm->crowd.tally.listening + swarm->crowd.tally.gone;
}

/* How many are to have been begun when the gathering is `us` old. */
static unsigned due(const struct swarm *swarm, unsigned ramp_per_s, uint64_t us)
{
	uint64_t count = us * ramp_per_s / 1000000 + 1;
	return ramp_per_s == 0 || count > swarm->wanted ? swarm->wanted : (unsigned)count;
}

bool swarm_gather(struct swarm *swarm, unsigned listeners, unsigned ramp_per_s, uint64_t patience_us)
{
	uint64_t started_us = clock_us(), news_us = started_us;
	check(listeners >= swarm->wanted && listeners <= swarm->options.listeners_max);
	unsigned here = swarm->crowd.tally.listening, before = here;
	swarm->wanted = listeners;
	swarm->begun = 0;
	while (swarm->begun < listeners || settled(swarm) < listeners) {
		uint64_t now_us = clock_us();
		while (swarm->begun < listeners && swarm->begun < here + due(swarm, ramp_per_s, now_us - started_us))
			begin_next(swarm);
		gather_round(swarm, now_us);
		if (settled(swarm) != before || swarm->crowd.tally.away > 0)
			news_us = now_us;
		before = settled(swarm);
		if (now_us > news_us + patience_us || now_us > started_us + GATHER_US)
			return false;
	}
	return true;
}

void swarm_scatter(struct swarm *swarm)
{
	for (unsigned i = 0; i < swarm->wanted; i++) {
		drop(&swarm->members[i]);
		member_leave(&swarm->members[i], &swarm->crowd);
	}
	swarm->wanted = 0;
}

void swarm_shrink(struct swarm *swarm, unsigned listeners)
{
	while (swarm->wanted > listeners) {
		struct member *member = &swarm->members[--swarm->wanted];
		drop(member);
		member_leave(member, &swarm->crowd);
	}
}

void swarm_hear(struct swarm *swarm, uint64_t duration_us)
{
	uint64_t end_us = clock_us() + duration_us;
	swarm->looked_us = 0;
	while (clock_us() < end_us) {
		if (swarm->options.look_us > 0)
			look(swarm, swarm->options.look_us);
		else
			turn(swarm, end_us);
	}
}

/* ---- counting ---- */

/* The newest number that anybody has; false when nobody listens. */
static bool foremost(const struct swarm *swarm, uint32_t *seq)
{
	bool any = false;
	for (unsigned i = 0; i < swarm->wanted; i++) {
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
	for (unsigned i = 0; i < swarm->wanted; i++) {
		const struct member *m = &swarm->members[i];
		int32_t behind = wire_seq_distance(newest, m->last_seq);
		if (m->state == MEMBER_LISTENING && behind > OVERDUE)
			missing += (uint64_t)behind;
	}
	return missing;
}

void swarm_count_anew(struct swarm *swarm)
{
	struct tally *tally = &swarm->crowd.tally, fresh = {.listening = tally->listening, .away = tally->away, .gone = tally->gone};
	memcpy(fresh.code, tally->code, sizeof fresh.code);
	memcpy(fresh.reason, tally->reason, sizeof fresh.reason);
	*tally = fresh;
	swarm->lag_us = 0;
	for (unsigned i = 0; i < swarm->wanted; i++)
		swarm->members[i].paused = false;
}

const struct tally *swarm_tally(struct swarm *swarm)
{
	swarm->crowd.tally.overdue = overdue(swarm);
	return &swarm->crowd.tally;
}

uint64_t swarm_lag_us(const struct swarm *swarm)
{
	return swarm->lag_us;
}

int64_t swarm_shortest_us(const struct swarm *swarm)
{
	return swarm->crowd.shortest_us;
}

void swarm_count_relative(struct swarm *swarm)
{
	swarm->crowd.relative = true;
}
