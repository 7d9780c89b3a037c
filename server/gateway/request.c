/* From the library's parsed head to a struct request, with every length checked.
 *
 * The library has decoded the path already and taken . and .. out of it; it is looked over again here, because what is above takes
 * a path for clean. Queries come from it in decoded pieces, which are joined again: good for the plain words that our addresses
 * have. Called by http.c and ws.c while the head is there; keeps nothing.
 */
#include "gateway/parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	enum lws_token_indexes token;
	const char *method;
} methods[] = {
	{WSI_TOKEN_GET_URI, "GET"},       {WSI_TOKEN_HEAD_URI, "HEAD"},       {WSI_TOKEN_PUT_URI, "PUT"},
	{WSI_TOKEN_POST_URI, "POST"},     {WSI_TOKEN_OPTIONS_URI, "OPTIONS"}, {WSI_TOKEN_PATCH_URI, "PATCH"},
	{WSI_TOKEN_DELETE_URI, "DELETE"},
};

/* One part between two slashes: printable, not empty, not "." or "..". */
static bool part_clean(const char *part, size_t size)
{
	if (size == 0 || (size == 1 && part[0] == '.') || (size == 2 && part[0] == '.' && part[1] == '.'))
		return false;
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)part[i];
		if (c < 0x20 || c == 0x7f || c == '\\')
			return false;
	}
	return true;
}

bool request_path_clean(const char *path)
{
	if (*path++ != '/')
		return false;
	while (*path != '\0') {
		size_t size = strcspn(path, "/");
		if (!part_clean(path, size))
			return false;
		path += size;
		if (*path == '/')
			path++;
	}
	return true;
}

/* A header that must fit: false when it does not. */
static bool whole(struct lws *wsi, char *to, size_t size, enum lws_token_indexes token)
{
	to[0] = '\0';
	return lws_hdr_total_length(wsi, token) <= 0 || lws_hdr_copy(wsi, to, (int)size, token) >= 0;
}

/* A header that may be cut: words for a log. */
static void some(struct lws *wsi, char *to, size_t size, enum lws_token_indexes token)
{
	char all[HEAD_MAX];
	text_copy(to, size, whole(wsi, all, sizeof all, token) ? all : "");
}

/* The pieces of the query, joined. */
static bool query(struct lws *wsi, char *to, size_t size)
{
	size_t n = 0;
	to[0] = '\0';
	for (int i = 0; lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) > 0; i++) {
		char piece[256];
		int length = lws_hdr_copy_fragment(wsi, piece, sizeof piece, WSI_TOKEN_HTTP_URI_ARGS, i);
		if (length < 0)
			return i > 0 || lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) == 0;
		if (n + (size_t)length + 2 > size)
			return false;
		n += (size_t)snprintf(to + n, size - n, "%s%s", i > 0 ? "&" : "", piece);
	}
	return true;
}

static bool method(struct lws *wsi, struct request *request, int *status)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		if (lws_hdr_total_length(wsi, methods[i].token) <= 0)
			continue;
		strcpy(request->method, methods[i].method);
		*status = whole(wsi, request->path, sizeof request->path, methods[i].token) ? 0 : 414;
		return *status == 0;
	}
	*status = 400;
	return false;
}

/* A length in digits alone; -1 when there is none, -2 when it is none. */
static int64_t content_length(struct lws *wsi)
{
	char digits[24], *end;
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0)
		return -1;
	if (!whole(wsi, digits, sizeof digits, WSI_TOKEN_HTTP_CONTENT_LENGTH) || !isdigit((unsigned char)digits[0]))
		return -2;
	long long length = strtoll(digits, &end, 10);
	return *end == '\0' && strlen(digits) < 19 ? length : -2;
}

/* As the library decides it (lws_http_action), because it is the library that then keeps or closes. */
static bool keeps(struct lws *wsi)
{
	char version[12], connection[25];
	bool keep = whole(wsi, version, sizeof version - 1, WSI_TOKEN_HTTP) && strcmp(version, "HTTP/1.1") == 0;
	if (!whole(wsi, connection, sizeof connection - 1, WSI_TOKEN_CONNECTION))
		return keep;
	if (strcasecmp(connection, "keep-alive") == 0)
		return true;
	return strcasecmp(connection, "close") != 0 && keep;
}

static bool takes_gzip(struct lws *wsi)
{
	char coding[256];
	if (!whole(wsi, coding, sizeof coding, WSI_TOKEN_HTTP_ACCEPT_ENCODING))
		return false;
	const char *gzip = strstr(coding, "gzip");
	return gzip != NULL && strncmp(gzip, "gzip;q=0", 8) != 0;
}

static int extras(struct lws *wsi, const struct request *request, struct request_extra *extra)
{
	char coding[64], expect[32];
	if (!whole(wsi, coding, sizeof coding, WSI_TOKEN_HTTP_TRANSFER_ENCODING) ||
	    !whole(wsi, expect, sizeof expect, WSI_TOKEN_HTTP_EXPECT))
		return 400;
	extra->chunked = strcasecmp(coding, "chunked") == 0;
	if (coding[0] != '\0' && (!extra->chunked || request->content_length >= 0))
		return 400; /* two lengths are how requests are smuggled (RFC 9112, 6.3) */
	extra->expect = strcasecmp(expect, "100-continue") == 0;
	if (expect[0] != '\0' && !extra->expect)
		return 417; /* RFC 9110, 10.1.1: there is no other expectation */
	extra->keep = keeps(wsi);
	extra->gzip = takes_gzip(wsi);
	return 0;
}

int request_read(struct lws *wsi, const char *peer, bool secure, struct request *request, struct request_extra *extra)
{
	int status;
	memset(request, 0, sizeof *request);
	memset(extra, 0, sizeof *extra);
	request->peer = peer;
	request->secure = secure;
	if (!method(wsi, request, &status))
		return status;
	if (!query(wsi, request->query, sizeof request->query))
		return 414;
	if (!request_path_clean(request->path))
		return 400;
	if (!whole(wsi, request->authorization, sizeof request->authorization, WSI_TOKEN_HTTP_AUTHORIZATION) ||
	    !whole(wsi, request->origin, sizeof request->origin, WSI_TOKEN_ORIGIN) ||
	    !whole(wsi, request->host, sizeof request->host, WSI_TOKEN_HOST))
		return 431;
	some(wsi, request->content_type, sizeof request->content_type, WSI_TOKEN_HTTP_CONTENT_TYPE);
	some(wsi, request->user_agent, sizeof request->user_agent, WSI_TOKEN_HTTP_USER_AGENT);
	request->content_length = content_length(wsi);
	if (request->content_length < -1)
		return 400;
	return extras(wsi, request, extra);
}
