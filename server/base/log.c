/* The log of log.h: one buffer, written in whole lines, under a lock that is held for the copying of a line or for a write that returns
 * at once. The only file-scope state of the program. */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LOG_BUFFER_SIZE 65536 /* some hundred lines between two sleeps of the loop; beyond it the lines go out at once */
#define LOG_LINE_MAX    2048  /* a longer line is cut */

static struct {
	pthread_mutex_t lock;
	char buffer[LOG_BUFFER_SIZE];
	size_t size;
	enum log_level level;
	size_t lost; /* lines that nobody took, not yet said */
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_INFO};

struct line {
	char at[LOG_LINE_MAX];
	size_t size;
};

static void put(struct line *line, char c)
{
	if (line->size < LOG_LINE_MAX - 1)
		line->at[line->size++] = c;
}

static void put_string(struct line *line, const char *string)
{
	while (*string != '\0')
		put(line, *string++);
}

static bool is_plain(const char *value)
{
	if (*value == '\0')
		return false;
	return value[strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/@+[]")] == '\0';
}

static void put_value(struct line *line, const char *value)
{
	if (is_plain(value)) {
		put_string(line, value);
		return;
	}
	put(line, '"');
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;
		if (c == '"' || c == '\\')
			put(line, '\\');
		if (c < 0x20 || c == 0x7f) {
			char escaped[8];
			snprintf(escaped, sizeof escaped, "\\u%04x", c);
			put_string(line, escaped);
		} else {
			put(line, (char)c);
		}
	}
	put(line, '"');
}

static void put_time(struct line *line)
{
	struct timeval now;
	struct tm utc;
	char stamp[40], whole[80];
	gettimeofday(&now, NULL);
	gmtime_r(&now.tv_sec, &utc);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(whole, sizeof whole, "%s.%03dZ ", stamp, (int)(now.tv_usec / 1000));
	put_string(line, whole);
}

static void form(struct line *line, enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
	static const char *const words[] = {"debug ", "info ", "warning ", "error "};
	line->size = 0;
	put_time(line);
	put_string(line, words[level]);
	put_string(line, event);
	for (size_t i = 0; i < count; i++) {
		put(line, ' ');
		put_string(line, fields[i].key);
		put(line, '=');
		if (fields[i].string != NULL) {
			put_value(line, fields[i].string);
		} else {
			char number[40];
			double n = fields[i].number;
			snprintf(number, sizeof number, n == floor(n) && fabs(n) < 1e15 ? "%.0f" : "%.3f", n);
			put_string(line, number);
		}
	}
}

static void flush(void);

/* From here on with the lock held. */
static bool fits(size_t size)
{
	if (size > sizeof state.buffer - state.size)
		flush();
	return size <= sizeof state.buffer - state.size;
}

static void add(struct line *line)
{
	size_t lost = state.lost;
	if (!fits(line->size + 1 + (lost > 0 ? LOG_LINE_MAX : 0))) {
		state.lost++; /* nobody reads: the show goes on without the line */
		return;
	}
	state.lost = 0;
	if (lost > 0) {
		struct line says;
		form(&says, LOG_WARNING, "log_lines_lost", &LOG_NUMBER("lines", lost), 1);
		add(&says);
	}
	put(line, '\n');
	line->at[line->size - 1] = '\n';
	memcpy(state.buffer + state.size, line->at, line->size);
	state.size += line->size;
}

static void commit(struct line *line)
{
	pthread_mutex_lock(&state.lock);
	add(line);
	pthread_mutex_unlock(&state.lock);
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
	struct line line;
	if (level < state.level)
		return;
	form(&line, level, event, fields, count);
	commit(&line);
}

void log_line(const char *text)
{
	struct line line = {.size = 0};
	put_string(&line, text);
	commit(&line);
}

void log_set_level(enum log_level level)
{
	state.level = level;
}

/* Whether a write of PIPE_BUF bytes returns at once, also into a pipe. */
static bool takes(void)
{
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	return poll(&out, 1, 0) != 0;
}

/* What cannot be written, as on a full disk, is lost, and counted. */
static void drop(size_t from)
{
	for (size_t i = from; i < state.size; i++)
		state.lost += state.buffer[i] == '\n';
	state.size = from;
}

/* Writes what is taken at once; gives how many bytes that was. A slow reader gets the rest later. */
static size_t write_some(void)
{
	size_t done = 0;
	while (done < state.size && takes()) {
		size_t piece = state.size - done < PIPE_BUF ? state.size - done : PIPE_BUF;
		ssize_t n = write(STDERR_FILENO, state.buffer + done, piece);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			drop(done);
	}
	return done;
}

static void flush(void)
{
	size_t done = write_some();
	memmove(state.buffer, state.buffer + done, state.size - done);
	state.size -= done;
}

void log_flush(void)
{
	pthread_mutex_lock(&state.lock);
	flush();
	pthread_mutex_unlock(&state.lock);
}
