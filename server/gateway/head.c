/* The head of a request, for those that the library cannot serve: PUT and SOURCE of sound (RFC 9112; Icecast's SOURCE and ICE/1.0).
 *
 * Pure: bytes in, a struct head or an HTTP status out. Called by source_client.c. What a client may not do twice (a length, a
 * coding) is refused, what it need not say stays "".
 */
#include "gateway/parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

size_t head_end(const char *bytes, size_t size)
{
	for (size_t i = 0; i + 1 < size; i++) {
		if (bytes[i] != '\n')
			continue;
		if (bytes[i + 1] == '\n')
			return i + 2;
		if (i + 2 < size && bytes[i + 1] == '\r' && bytes[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %xx from `from` into `to`. A zero byte in a path is refused, by being no path. */
static int decode(char *to, size_t size, const char *from, size_t length)
{
	size_t n = 0;
	for (size_t i = 0; i < length; i++) {
		char c = from[i];
		if (c == '%') {
			if (i + 2 >= length || hex(from[i + 1]) < 0 || hex(from[i + 2]) < 0)
				return 400;
			c = (char)(hex(from[i + 1]) << 4 | hex(from[i + 2]));
			i += 2;
		}
		if (c == '\0')
			return 400;
		if (n + 1 >= size)
			return 414;
		to[n++] = c;
	}
	to[n] = '\0';
	return 0;
}

static int target(struct request *request, const char *at, size_t length)
{
	const char *question = memchr(at, '?', length);
	size_t path = question != NULL ? (size_t)(question - at) : length;
	int status = decode(request->path, sizeof request->path, at, path);
	if (status != 0)
		return status;
	if (!request_path_clean(request->path))
		return 400;
	if (question == NULL)
		return 0;
	size_t size = length - path - 1;
	if (size >= sizeof request->query)
		return 414;
	memcpy(request->query, question + 1, size);
	return 0;
}

/* METHOD SP TARGET SP VERSION */
static int first_line(struct head *head, char *line)
{
	char *save = NULL;
	const char *method = strtok_r(line, " ", &save), *where = strtok_r(NULL, " ", &save), *version = strtok_r(NULL, " ", &save);
	if (method == NULL || where == NULL || version == NULL || strtok_r(NULL, " ", &save) != NULL)
		return 400;
	if (strcmp(method, "PUT") != 0 && strcmp(method, "SOURCE") != 0)
		return 405;
	strcpy(head->request.method, method);
	head->http10 = strcmp(version, "HTTP/1.0") == 0 || strcmp(version, "ICE/1.0") == 0;
	if (!head->http10 && strcmp(version, "HTTP/1.1") != 0)
		return 505;
	return target(&head->request, where, strlen(where));
}

static int put_length(struct head *head, const char *value)
{
	char *end;
	if (head->request.content_length >= 0 || !isdigit((unsigned char)value[0]) || strlen(value) > 18)
		return 400;
	head->request.content_length = strtoll(value, &end, 10);
	return *end == '\0' ? 0 : 400;
}

static int put_coding(struct head *head, const char *value)
{
	if (head->chunked || strcasecmp(value, "chunked") != 0)
		return 400;
	head->chunked = true;
	return 0;
}

/* A value that must fit and may be given once. */
static int put_once(char *to, size_t size, const char *value)
{
	if (to[0] != '\0')
		return 400;
	if (strlen(value) >= size)
		return 431;
	strcpy(to, value);
	return 0;
}

static int header(struct head *head, const char *name, const char *value)
{
	struct request *request = &head->request;
	if (strcasecmp(name, "Content-Length") == 0)
		return put_length(head, value);
	if (strcasecmp(name, "Transfer-Encoding") == 0)
		return put_coding(head, value);
	if (strcasecmp(name, "Authorization") == 0)
		return put_once(request->authorization, sizeof request->authorization, value);
	if (strcasecmp(name, "Host") == 0)
		return put_once(request->host, sizeof request->host, value);
	if (strcasecmp(name, "Origin") == 0)
		return put_once(request->origin, sizeof request->origin, value);
	if (strcasecmp(name, "Expect") == 0) {
		head->expect = strcasecmp(value, "100-continue") == 0;
		return head->expect ? 0 : 417;
	}
	if (strcasecmp(name, "Content-Type") == 0)
		text_copy(request->content_type, sizeof request->content_type, value);
	else if (strcasecmp(name, "User-Agent") == 0)
		text_copy(request->user_agent, sizeof request->user_agent, value);
	return 0;
}

static int header_line(struct head *head, char *line)
{
	char *colon = strchr(line, ':');
	if (colon == NULL || colon == line || strcspn(line, " \t") < (size_t)(colon - line))
		return 400; /* also a line that goes on from the one before, which no sender makes any more (RFC 9112, 5.2) */
	*colon = '\0';
	char *value = colon + 1 + strspn(colon + 1, " \t");
	size_t size = strlen(value);
	while (size > 0 && (value[size - 1] == ' ' || value[size - 1] == '\t'))
		value[--size] = '\0';
	return header(head, line, value);
}

static int lines(struct head *head, char *at)
{
	int status = 0;
	bool first = true;
	while (status == 0 && *at != '\0') {
		size_t size = strcspn(at, "\n");
		char *next = at + size + (at[size] == '\n');
		at[size] = '\0';
		if (size > 0 && at[size - 1] == '\r')
			at[--size] = '\0';
		if (size == 0)
			break;
		status = first ? first_line(head, at) : header_line(head, at);
		first = false;
		at = next;
	}
	return first ? 400 : status;
}

/* How the body ends, once all headers are known. */
static int framing(struct head *head)
{
	if (head->chunked && head->request.content_length >= 0)
		return 400; /* two lengths are how requests are smuggled (RFC 9112, 6.3) */
	head->until_close = !head->chunked && head->request.content_length < 0;
	return 0;
}

int head_parse(const char *bytes, size_t size, struct head *head)
{
	char copy[HEAD_MAX + 1];
	memset(head, 0, sizeof *head);
	head->request.content_length = -1;
	if (size > HEAD_MAX)
		return 431;
	if (memchr(bytes, '\0', size) != NULL)
		return 400;
	memcpy(copy, bytes, size);
	copy[size] = '\0';
	int status = lines(head, copy);
	return status != 0 ? status : framing(head);
}
