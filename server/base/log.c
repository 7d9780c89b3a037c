/* The log of log.h: one buffer, written in whole lines, under a lock that is held for the copying of a line or for a write that returns
 * at once. The only file-scope state of the program. */
#include "base/log.h"

#include "base/text.h"

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
#define LOG_VALUE_MAX   512   /* a longer value is cut, so that it does not take the place of those behind it */
#define FIELD_MIN       64    /* a field that has less room than this beside its key is left out, with all behind it */
#define CUT             "\\..." /* in place of the rest of a value */

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

static size_t room(const struct line *line)
{
	return LOG_LINE_MAX - 1 - line->size; /* but for the end of the line */
}

static void put(struct line *line, char c)
{
	if (room(line) > 0)
		line->at[line->size++] = c;
}

static void put_string(struct line *line, const char *string)
{
	while (*string != '\0')
		put(line, *string++);
}

static bool is_plain(const char *value)
{
	size_t size = strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/@+[]");
	return size > 0 && size <= LOG_VALUE_MAX && value[size] == '\0';
}

/* The number of a character of `size` bytes. */
static uint32_t code_point(const char *at, size_t size)
{
	static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t code = (unsigned char)at[0] & first[size];
	for (size_t i = 1; i < size; i++)
		code = code << 6 | ((unsigned char)at[i] & 0x3f);
	return code;
}

/* What a reader does not see as it is: it moves the cursor, turns or hides what stands around it, or begins a new line. */
static bool is_hidden(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x0000, 0x001f},   /* control characters: C0 */
		{0x007f, 0x009f},   /* DEL and C1 */
		{0x00ad, 0x00ad},   /* soft hyphen */
		{0x061c, 0x061c},   /* Arabic letter mark */
		{0x180e, 0x180e},   /* Mongolian vowel separator */
		{0x200b, 0x200f},   /* zero width, and marks of direction */
		{0x2028, 0x202e},   /* ends of lines and paragraphs, embeddings and overrides of direction */
		{0x2060, 0x206f},   /* word joiner, invisible operators, isolates of direction */
		{0xfeff, 0xfeff},   /* byte order mark */
		{0xfff9, 0xfffb},   /* annotations */
		{0xfffe, 0xffff},   /* no characters */
		{0xe0000, 0xe0fff}, /* tags */
	};
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

/* Bytes as \xHH, all or none. */
static size_t escape(const char *at, size_t size, char *to)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)at[i];
		memcpy(to + 4 * i, (char[]){'\\', 'x', digits[byte >> 4], digits[byte & 15]}, 4);
	}
	return 4 * size;
}

/* How the next character (or byte that is none) is written; `*used` says how many bytes of the value that was. */
static size_t written(const char *value, char to[16], size_t *used)
{
	size_t size = text_character(value);
	*used = size > 0 ? size : 1;
	if (size == 0 || is_hidden(code_point(value, size)))
		return escape(value, *used, to);
	bool quoted = *value == '"' || *value == '\\';
	to[0] = '\\';
	memcpy(to + quoted, value, size);
	return size + quoted;
}

/* In quotes, as far as it fits. */
static void put_quoted(struct line *line, const char *value)
{
	size_t most = room(line) < LOG_VALUE_MAX ? room(line) : LOG_VALUE_MAX, end = line->size + most - sizeof CUT;
	put(line, '"');
	while (*value != '\0') {
		char unit[16];
		size_t used, size = written(value, unit, &used);
		if (line->size + size > end) {
			put_string(line, CUT);
			break;
		}
		memcpy(line->at + line->size, unit, size);
		line->size += size;
		value += used;
	}
	put(line, '"');
}

static void put_value(struct line *line, const char *value)
{
	if (is_plain(value) && strlen(value) <= room(line))
		put_string(line, value);
	else
		put_quoted(line, value);
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
	for (size_t i = 0; i < count && room(line) > FIELD_MIN + strlen(fields[i].key); i++) {
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
	line->at[line->size++] = '\n'; /* room() kept a place for it */
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
	for (size_t used; *text != '\0'; text += used) {
		char unit[16];
		size_t size = written(text, unit, &used);
		if (size > room(&line))
			break;
		memcpy(line.at + line.size, unit, size);
		line.size += size;
	}
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
