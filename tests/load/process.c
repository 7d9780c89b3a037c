/* See process.h. The sum of the processor time comes from the process's CPU clock (nanoseconds); /proc/PID/stat knows how it was
 * shared between the program and the kernel, in ticks of 10 ms. */
#include "load/process.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STAT_SIZE 1024

static bool read_line(pid_t pid, const char *name, char *line, int size)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return false;
	bool good = fgets(line, size, file) != NULL;
	fclose(file);
	return good;
}

/* proc(5): the 14th and 15th field; the second one, the name, may hold blanks and brackets. */
static bool read_shares(pid_t pid, struct process_use *use)
{
	char line[STAT_SIZE];
	unsigned long user, system;
	if (!read_line(pid, "stat", line, sizeof line))
		return false;
	const char *after_name = strrchr(line, ')');
	if (after_name == NULL || sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		return false;
	uint64_t tick_us = 1000000u / (uint64_t)sysconf(_SC_CLK_TCK);
	use->user_us = user * tick_us;
	use->system_us = system * tick_us;
	return true;
}

static bool read_rss(pid_t pid, struct process_use *use)
{
	char line[STAT_SIZE];
	unsigned long pages;
	if (!read_line(pid, "statm", line, sizeof line) || sscanf(line, "%*u %lu", &pages) != 1)
		return false;
	use->rss_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return true;
}

bool process_read(pid_t pid, struct process_use *use)
{
	clockid_t clock;
	struct timespec t;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		return false;
	use->cpu_us = (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
	return read_shares(pid, use) && read_rss(pid, use);
}

bool process_pin(unsigned cpu)
{
	cpu_set_t set;
	if (cpu >= CPU_SETSIZE)
		return false;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof set, &set) == 0;
}
