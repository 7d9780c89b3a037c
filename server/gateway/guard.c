/* The guard: which handshakes become a WebSocket, which paths are served to whom, and the headers that protect the pages.
 *
 * Against libwebsockets 4.1.6 as it is: after an unknown Upgrade on a kept connection the library frees the request's head and then
 * asks us about it with a pointer into the freed memory. So the pointer is never looked at; the header is asked for again, and when
 * it is not there any more, or is not exactly "websocket", we hang up. HTTP/2 cannot be upgraded to, and no extension is
 * registered. Called by http.c and source_client.c; pure but for guard_upgrade(), which writes the error's answer.
 */
#include "gateway/accepted.h"

#include "base/clock.h"
#include "boothcast/wire.h"

#include <string.h>
#include <strings.h>

#define UPGRADE_HEADERS "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"

/* Pages run their own scripts and WASM, talk to this server, play what it sends; nobody frames them, nothing comes from elsewhere.
 * Safari before 15.4 does not take a WebSocket to be of 'self', so ws: and wss: stand there too. A chain, because the library puts
 * it on the few answers that it makes by itself. */
static const struct lws_protocol_vhost_options headers[] = {
	{&headers[1], NULL, "content-security-policy:",
	 "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self' ws: wss:; "
	 "media-src 'self' blob:; img-src 'self' data:; style-src 'self'; font-src 'self'; manifest-src 'self'; "
	 "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
	{&headers[2], NULL, "x-content-type-options:", "nosniff"},
	{&headers[3], NULL, "referrer-policy:", "no-referrer"},
	{&headers[4], NULL, "permissions-policy:", "microphone=(self)"},
	{NULL, NULL, "cross-origin-opener-policy:", "same-origin"},
};

const struct lws_protocol_vhost_options *guard_headers(void)
{
	return headers;
}

bool guard_lists(const char *list, const char *word)
{
	size_t length = strlen(word);
	while (*list != '\0') {
		list += strspn(list, ", \t");
		size_t n = strcspn(list, ",");
		size_t trimmed = n;
		while (trimmed > 0 && (list[trimmed - 1] == ' ' || list[trimmed - 1] == '\t'))
			trimmed--;
		if (trimmed == length && strncasecmp(list, word, length) == 0)
			return true;
		list += n;
	}
	return false;
}

bool guard_allows(const char *allow, const char *method)
{
	return guard_lists(allow, method);
}

static bool begins(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

struct route guard_route(const char *path)
{
	if (strcmp(path, "/ws") == 0)
		return (struct route){ROUTE_WS, "GET"};
	if (begins(path, "/ingest/"))
		return (struct route){ROUTE_EXCHANGE, "PUT, SOURCE"};
	if (begins(path, "/api/") || begins(path, "/live/") || strcmp(path, "/healthz") == 0 || strcmp(path, "/readyz") == 0 ||
	    strcmp(path, "/metrics") == 0)
		return (struct route){ROUTE_EXCHANGE, "GET, HEAD"};
	return (struct route){ROUTE_PAGE, "GET, HEAD"};
}

/* A header's value, "" when it is absent; false when it is longer than `to`. */
static bool value_of(struct lws *wsi, char *to, int size, enum lws_token_indexes token)
{
	to[0] = '\0';
	return lws_hdr_total_length(wsi, token) == 0 || lws_hdr_copy(wsi, to, size, token) > 0;
}

static int hang_up(struct gateway *gateway, struct lws *wsi, enum refusal why, int status, const char *more)
{
	struct text out;
	gateway_refused(gateway, why);
	text_init(&out, ANSWER_HEAD_MAX);
	answer_sentence(gateway, &out, status, more);
	/* what does not fit into an empty socket is not worth waiting for */
	if (lws_write(wsi, (unsigned char *)out.at, out.size, LWS_WRITE_HTTP) > 0)
		gateway_count_sent(gateway, out.size);
	text_free(&out);
	return -1;
}

int guard_upgrade(struct gateway *gateway, struct lws *wsi)
{
	char upgrade[16], connection[128], version[8], protocols[128], key[64], path[8];
	struct accepted *accepted = lws_get_opaque_user_data(wsi);
	accepted_settle(accepted);
	if (lws_hdr_total_length(wsi, WSI_TOKEN_UPGRADE) <= 0) {
		gateway_refused(gateway, REFUSED_UPGRADE);
		return -1; /* the library has answered, and freed the head */
	}
	if (!value_of(wsi, upgrade, sizeof upgrade, WSI_TOKEN_UPGRADE) || strcasecmp(upgrade, "websocket") != 0)
		return hang_up(gateway, wsi, REFUSED_UPGRADE, 400, NULL);
	if (!value_of(wsi, path, sizeof path, WSI_TOKEN_GET_URI) || guard_route(path).kind != ROUTE_WS)
		return hang_up(gateway, wsi, REFUSED_SUBPROTOCOL, 404, NULL);
	if (!value_of(wsi, version, sizeof version, WSI_TOKEN_VERSION) || strcmp(version, "13") != 0)
		return hang_up(gateway, wsi, REFUSED_UPGRADE, 426, UPGRADE_HEADERS);
	if (!value_of(wsi, connection, sizeof connection, WSI_TOKEN_CONNECTION) || !guard_lists(connection, "upgrade"))
		return hang_up(gateway, wsi, REFUSED_UPGRADE, 400, NULL);
	if (!value_of(wsi, key, sizeof key, WSI_TOKEN_KEY) || strlen(key) != 24 || lws_hdr_total_length(wsi, WSI_TOKEN_HOST) <= 0)
		return hang_up(gateway, wsi, REFUSED_UPGRADE, 400, NULL);
	if (!value_of(wsi, protocols, sizeof protocols, WSI_TOKEN_PROTOCOL) || !guard_lists(protocols, WIRE_SUBPROTOCOL))
		return hang_up(gateway, wsi, REFUSED_SUBPROTOCOL, 426, UPGRADE_HEADERS);
	if (accepted->refused == REFUSALS && !accepted_may_ask(accepted, clock_us()))
		return hang_up(gateway, wsi, REFUSED_ADDRESS_REQUESTS, 429, RETRY_SOON);
	return 0; /* who is refused is told so by ws.c: a page cannot see an HTTP status here */
}
