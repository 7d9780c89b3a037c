/* Status line and headers of every answer, over the library or not, so that the security headers stand on all of them.
 *
 * Called by whoever answers (http.c, source_client.c, guard.c); writes text, touches no socket.
 */
#include "gateway/parts.h"

#include "base/check.h"

#include <string.h>

static const struct {
	int status;
	const char *phrase, *words;
} table[] = {
	{100, "Continue", ""},
	{200, "OK", ""},
	{202, "Accepted", ""},
	{204, "No Content", ""},
	{400, "Bad Request", "The request is not good HTTP."},
	{401, "Unauthorized", "A ticket is needed."},
	{403, "Forbidden", "This is not allowed."},
	{404, "Not Found", "There is nothing at this address."},
	{405, "Method Not Allowed", "This address does not serve that method."},
	{408, "Request Timeout", "The request did not come in time."},
	{409, "Conflict", "Somebody is there already."},
	{411, "Length Required", "The body needs a length."},
	{413, "Content Too Large", "That is more than the server takes."},
	{414, "URI Too Long", "The address is too long."},
	{415, "Unsupported Media Type", "The server does not read this kind of content."},
	{426, "Upgrade Required", "This address speaks WebSocket, version 13, subprotocol boothcast.v1."},
	{429, "Too Many Requests", "That was too much at once."},
	{431, "Request Header Fields Too Large", "The request's headers are too long."},
	{500, "Internal Server Error", "The server failed."},
	{503, "Service Unavailable", "The server cannot serve this now; try again later."},
	{505, "HTTP Version Not Supported", "The server speaks HTTP/1.1."},
};

static const char *phrase_of(int status)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (table[i].status == status)
			return table[i].phrase;
	}
	return "Status";
}

const char *answer_words(int status)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (table[i].status == status)
			return table[i].words;
	}
	return "";
}

void answer_head(struct gateway *gateway, struct text *out, const struct answer *answer)
{
	check(answer->status >= 100 && answer->status <= 599);
	cell_add(gateway->requests[answer->status / 100], 1);
	text_add(out, "HTTP/1.1 %d %s\r\n", answer->status, phrase_of(answer->status));
	if (answer->type != NULL)
		text_add(out, "Content-Type: %s\r\n", answer->type);
	if (answer->length >= 0)
		text_add(out, "Content-Length: %lld\r\n", (long long)answer->length);
	if (answer->gzip)
		text_add(out, "Content-Encoding: gzip\r\n");
	text_add(out, "Cache-Control: %s\r\nConnection: %s\r\n", answer->cache != NULL ? answer->cache : "no-store",
		 answer->keep ? "keep-alive" : "close");
	for (const struct lws_protocol_vhost_options *header = guard_headers(); header != NULL; header = header->next)
		text_add(out, "%s %s\r\n", header->name, header->value);
	if (answer->headers != NULL)
		text_add(out, "%s", answer->headers);
	text_add(out, "\r\n");
	check(!out->cut);
}

void answer_sentence(struct gateway *gateway, struct text *out, int status, const char *headers)
{
	const char *words = answer_words(status);
	struct answer answer = {
		.status = status, .type = "text/plain; charset=utf-8", .length = (int64_t)strlen(words) + 1, .headers = headers};
	answer_head(gateway, out, &answer);
	text_add(out, "%s\n", words);
}
