/* See epoch.h. The file has one line, a number of fixed width: so it can be written in place when a full disk has no room for a
 * second one. Called once, by server.c. */
#include "epoch.h"

#include "boothcast/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NODE_BITS 8
#define COUNTER_MAX ((UINT32_C(1) << (32 - NODE_BITS)) - 1)
#define LINE_SIZE 16 /* ten digits, a newline and the end mark */

/* What the file says; 0 when there is none, or when that is no number. Never hangs, whatever stands in the file's place. */
static uint32_t read_counter(const char *path)
{
	char line[LINE_SIZE] = "";
	struct stat about;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? read(fd, line, sizeof line - 1) : 0;
	close(fd);
	unsigned long counter = n > 0 && line[0] >= '0' && line[0] <= '9' ? strtoul(line, NULL, 10) : 0;
	return counter <= COUNTER_MAX ? (uint32_t)counter : 0;
}

/* Writes the line to a file and makes it last. */
static bool write_line(const char *path, int flags, const char *line)
{
	struct stat about;
	size_t size = strlen(line);
	int fd = open(path, flags | O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	bool good = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && pwrite(fd, line, size, 0) == (ssize_t)size &&
		    fdatasync(fd) == 0;
	return close(fd) == 0 && good;
}

static bool write_counter(const char *path, uint32_t counter)
{
	char temporary[4100], line[LINE_SIZE];
	snprintf(temporary, sizeof temporary, "%s.new", path);
	snprintf(line, sizeof line, "%010lu\n", (unsigned long)counter);
	if (write_line(temporary, O_CREAT | O_TRUNC, line) && rename(temporary, path) == 0)
		return true;
	int why = errno;
	unlink(temporary);
	if (write_line(path, 0, line))
		return true;
	errno = why;
	return false;
}

static uint32_t minutes_since_2025(int64_t wall_s)
{
	int64_t minutes = (wall_s - (int64_t)(BEAT_ORIGIN_US / 1000000u)) / 60;
	return minutes < 0 || minutes > COUNTER_MAX ? 0 : (uint32_t)minutes;
}

int epoch_next(const char *state, int64_t wall_s, uint32_t *epoch, char *warning, size_t size)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/epoch", state);
	uint32_t counter = read_counter(path) + 1, minutes = minutes_since_2025(wall_s);
	if (counter < minutes)
		counter = minutes;
	if (counter > COUNTER_MAX)
		counter = 1;
	*epoch = counter << NODE_BITS;
	if (write_counter(path, counter))
		return 0;
	snprintf(warning, size, "%s cannot be written (%s): make room on that disk before the next restart", path, strerror(errno));
	return -1;
}
