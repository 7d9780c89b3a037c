/* Blocking on top of link.h: tries, and when it cannot go on waits for the socket, until LINE_MS are over. */
#include "load/line.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* Waits for the socket. False with errno when the time is over. */
static bool wait_for(const struct line *line, short events)
{
	struct pollfd poller = {.fd = line->member.cord.fd, .events = events};
	uint64_t now_us = clock_us();
	if (now_us < line->until_us && poll(&poller, 1, (int)((line->until_us - now_us) / 1000 + 1)) > 0)
		return true;
	errno = ETIMEDOUT;
	return false;
}

static bool reach(struct line *line)
{
	int error = 0;
	socklen_t size = sizeof error;
	line->member.cord.fd = target_connect(line->target, 0);
	if (line->member.cord.fd < 0 || !wait_for(line, POLLOUT))
		return false;
	getsockopt(line->member.cord.fd, SOL_SOCKET, SO_ERROR, &error, &size);
	errno = error;
	return error == 0;
}

static enum line_result secure(struct line *line)
{
	int done;
	while ((done = link_secure(&line->member, line->context)) == 0) {
		if (!wait_for(line, POLLIN))
			return LINE_NO_TLS;
	}
	if (done > 0)
		return LINE_OPEN;
	return link_distrust(&line->member) != NULL ? LINE_DISTRUSTED : LINE_NO_TLS;
}

enum line_result line_open(struct line *line, const struct target *target, bool verify)
{
	*line = (struct line){.target = target, .member.cord.fd = -1, .until_us = clock_us() + LINE_MS * 1000u};
	if (!reach(line))
		return LINE_UNREACHABLE;
	if (!target->secure)
		return LINE_OPEN;
	line->context = link_context_new(target->name, verify);
	return secure(line);
}

void line_close(struct line *line)
{
	cord_close(&line->member.cord);
	link_context_free(line->context);
}

ssize_t line_receive(struct line *line, void *to, size_t size)
{
	for (;;) {
		ssize_t got = cord_receive(&line->member.cord, to, size);
		if (got >= 0 || (errno != EAGAIN && errno != EINTR))
			return got;
		if (!wait_for(line, POLLIN))
			return -1;
	}
}

static bool ask(struct line *line, const char *path)
{
	char request[1024];
	int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, line->target->host);
	return (size_t)size < sizeof request && cord_send(&line->member.cord, request, (size_t)size) == size;
}

bool line_get(const struct target *target, const char *path, struct text *body)
{
	static const char good[] = "HTTP/1.1 200 ";
	char piece[16384];
	struct line line;
	struct text all;
	ssize_t got = -1;
	text_init(&all, 1024 * 1024);
	if (line_open(&line, target, false) == LINE_OPEN && ask(&line, path)) {
		while ((got = line_receive(&line, piece, sizeof piece)) > 0)
			text_add_bytes(&all, piece, (size_t)got);
	}
	line_close(&line);
	const char *end = all.size > 0 ? strstr(all.at, "\r\n\r\n") : NULL;
	bool found = got == 0 && end != NULL && strncmp(all.at, good, strlen(good)) == 0;
	if (found)
		text_add(body, "%s", end + 4);
	text_free(&all);
	return found;
}
