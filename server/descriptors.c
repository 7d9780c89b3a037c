/* Descriptors, see descriptors.h. The limit is set to no more than can be used, because libwebsockets makes a table as long as the
 * limit for each event loop, and takes a limit above ten millions, as some containers have it, for one of 2560.
 */
#include "descriptors.h"

#include "base/log.h"
#include "boothcast/limits.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>

/* Beside sockets of clients, counted in a running server, with some to spare. */
#define OF_THE_PROCESS 48 /* standard streams, state folder, timers, signals, and what is open for a moment only */
#define OF_A_LOOP 10      /* epoll, wake-ups, io_uring */
#define OF_A_ROOM 2       /* its event log, and the one that follows it */

#define REMEDY "raise the limit with `ulimit -n 65536`, or LimitNOFILE=65536 in the unit file"

static unsigned limit_of(rlim_t limit)
{
	return limit == RLIM_INFINITY || limit > DESCRIPTORS_MAX ? DESCRIPTORS_MAX : (unsigned)limit;
}

/* Files that are open already, such as those that whoever started the program has left open. */
static unsigned count_open(unsigned limit)
{
	unsigned count = 0;
	for (unsigned fd = 0; fd < limit; fd++)
		count += fcntl((int)fd, F_GETFD) != -1;
	return count;
}

static unsigned needed(unsigned loops, unsigned rooms, unsigned connections)
{
	return OF_THE_PROCESS + loops * OF_A_LOOP + rooms * OF_A_ROOM + REFUSALS_AT_ONCE + connections;
}

int descriptors_open(struct descriptors *descriptors)
{
	struct rlimit limit = {0};
	getrlimit(RLIMIT_NOFILE, &limit);
	unsigned possible = limit_of(limit.rlim_max), now = limit_of(limit.rlim_cur);
	limit.rlim_cur = possible;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		now = possible;
	descriptors->free = now - count_open(now);
	if (descriptors->free >= needed(1, 1, 1))
		return 0;
	fprintf(stderr, "boothcast: %u more files can be opened, and at least %u are needed; " REMEDY "\n", descriptors->free,
		needed(1, 1, 1));
	return -1;
}

int descriptors_share(struct descriptors *descriptors, unsigned loops, unsigned rooms, unsigned wanted)
{
	unsigned without = needed(loops, rooms, 0), left = descriptors->free > without ? descriptors->free - without : 0;
	descriptors->loops = loops;
	descriptors->rooms = rooms;
	descriptors->wanted = wanted;
	descriptors->connections = left < wanted ? left : wanted;
	if (descriptors->connections > 0)
		return 0;
	fprintf(stderr,
		"boothcast: %u more files can be opened, and %u are needed for %u event loops, %u rooms and %u connections; " REMEDY
		", or have fewer event loops (--loops 1)\n",
		descriptors->free, needed(loops, rooms, wanted), loops, rooms, wanted);
	return -1;
}

void descriptors_log(const struct descriptors *descriptors)
{
	if (descriptors->connections == descriptors->wanted)
		return;
	log_event(LOG_WARNING, "few_descriptors", LOG_NUMBER("connections", descriptors->connections),
		  LOG_NUMBER("of", descriptors->wanted), LOG_NUMBER("files", descriptors->free),
		  LOG_NUMBER("needed", needed(descriptors->loops, descriptors->rooms, descriptors->wanted)),
		  LOG_STRING("do", REMEDY));
}
