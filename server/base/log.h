/* One structured line per event that an operator cares about, on standard error:
 *
 *   2025-03-21T09:00:01.250Z info mic room=hall desk=zh-en/1 state=on
 *
 * Values with anything but letters, digits and -_.:/@+[] stand in quotes, so a name cannot forge a line. In quotes, " and \ have a \
 * before them, and what a reader would not see as it is stands as \xHH, one for each byte: control characters (C0, DEL, C1), marks that
 * change the direction of text or hide in it, ends of lines and paragraphs (U+2028, U+2029), bytes that are not UTF-8. So the log is
 * always valid UTF-8, one event to a line, and a value can be read back. A value of more than 512 bytes ends with \... instead of its
 * rest, and a line has at most 2048 bytes; both are cut between two characters. Keys and events are the program's own words.
 *
 * Lines wait in a buffer that log_flush() writes just before the loop sleeps (and by itself when it is full); what does not
 * fit is counted and said. Never per packet; never a ticket. Any thread; the hub's flushes.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_field {
	const char *key;
	const char *string; /* NULL for a number */
	double number;
};

/* NULL counts as "". */
static inline const char *log_text(const char *string)
{
	return string != NULL ? string : "";
}

#define LOG_STRING(key, value) ((struct log_field){(key), log_text(value), 0})
#define LOG_NUMBER(key, value) ((struct log_field){(key), NULL, (double)(value)})

/* log_event(LOG_INFO, "mic", LOG_STRING("room", room), LOG_NUMBER("beat", beat)); at least one field. */
#define log_event(level, event, ...)                                                     \
	log_fields((level), (event), (const struct log_field[]){__VA_ARGS__},            \
		   sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

void log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t count);
/* A line for people, without time and level: the first line of the server. Escaped as a value is, but without quotes. */
void log_line(const char *line);
/* Only lines of this level and above are written; LOG_INFO at first. Before other threads run. */
void log_set_level(enum log_level level);
void log_flush(void);

#endif
