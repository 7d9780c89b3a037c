/* The body of a request over the library: PUT behind TLS, or on a connection that began with another request.
 *
 *   library --> body.c --> handler->body ... body_ended
 *                 \--- while the handler pauses ---> stash --- timer ---^
 *
 * The library hands over what it has read even when the handler pauses in the middle of it: that waits in the stash. It sets its
 * own five seconds after every piece; a timer of next to no length sets ours behind it. A body without a length ends at 100 MiB
 * here, as the library counts; door.c sends those who need more to source_client.c.
 */
#include "gateway/http.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

void http_body_expect(struct http *http, int64_t length, bool chunked)
{
	http->has_body = true;
	http->body_came = length == 0;
	body_init(&http->body, chunked ? BODY_CHUNKED : length >= 0 ? BODY_LENGTH : BODY_UNTIL_CLOSE, (uint64_t)length);
}

/* Hands pieces of the body on until all are gone or the handler pauses. Returns what was used. */
static size_t hand_on(struct http *http, const uint8_t *bytes, size_t size)
{
	size_t used = 0;
	while (used < size && http->state == HTTP_WAITING && !http->paused && !http->body.failed && !body_complete(&http->body)) {
		const uint8_t *piece;
		size_t piece_size;
		used += body_take(&http->body, bytes + used, size - used, &piece, &piece_size);
		if (piece_size > 0)
			http->gateway->exchanges->body(&http->ex, piece, piece_size);
	}
	return http->paused && http->state == HTTP_WAITING ? used : size;
}

static void stash(struct http *http, const uint8_t *bytes, size_t size)
{
	/* bounded: reading stops with the pause, so this is at most what the library had read already */
	if (size == 0)
		return;
	http->stash = check_alloc(realloc(http->stash, http->stash_size + size));
	memcpy(http->stash + http->stash_size, bytes, size);
	http->stash_size += size;
}

void http_body_tell_end(struct http *http)
{
	static const char broken[] = "The chunks of the body are broken.\n";
	if (!http->has_body || http->state != HTTP_WAITING || http->body_told || http->stash_size > 0)
		return;
	if (http->body.failed) {
		http_operations.answer(&http->ex, 400, "text/plain; charset=utf-8", broken, sizeof broken - 1, NULL);
	} else if (http->body.kind == BODY_CHUNKED ? body_complete(&http->body) : http->body_came) {
		http->body_told = true;
		http->gateway->exchanges->body_ended(&http->ex);
	}
}

void http_body_bytes(struct http *http, const uint8_t *bytes, size_t size)
{
	gateway_count_received(http->gateway, size);
	size_t used = http->stash_size > 0 ? 0 : hand_on(http, bytes, size);
	stash(http, bytes + used, size - used);
	http_body_tell_end(http);
	lws_set_timer_usecs(http->wsi, 1);
}

void http_body_came(struct http *http)
{
	http->body_came = true;
	http_body_tell_end(http);
}

void http_body_cut(struct http *http)
{
	if (!http->has_body || http->body.kind != BODY_UNTIL_CLOSE || http->body_told || http->state != HTTP_WAITING ||
	    http->gateway->closing)
		return;
	http->body_told = true;
	http->gateway->exchanges->body_ended(&http->ex);
}

/* The stash, as far as the handler takes it. */
static void hand_on_stash(struct http *http)
{
	uint8_t *bytes = http->stash;
	size_t size = http->stash_size;
	http->stash = NULL;
	http->stash_size = 0;
	size_t used = hand_on(http, bytes, size);
	stash(http, bytes + used, size - used);
	free(bytes);
	http_body_tell_end(http);
}

void http_body_timer(struct http *http)
{
	if (http->state == HTTP_WAITING && !http->paused && http->stash_size > 0)
		hand_on_stash(http);
	if (http->state != HTTP_WAITING)
		return;
	if (http->paused) {
		lws_set_timeout(http->wsi, NO_PENDING_TIMEOUT, 0); /* the silence is ours */
	} else {
		http_read_again(http);
		/* What TLS has decrypted and nobody has read makes no event. With libuv the library looks for it once after an event and
		 * never again (lws_uv_idle), so the rest of a long record would wait for somebody else's bytes. */
		if (http->gateway->secure)
			gateway_kick(http->gateway);
		lws_set_timeout(http->wsi, PENDING_TIMEOUT_USER_REASON_BASE, BODY_IDLE_S);
	}
}

void http_body_pause(struct exchange *ex, bool paused)
{
	struct http *http = (struct http *)ex;
	if (http->paused == paused || http->state != HTTP_WAITING)
		return;
	http->paused = paused;
	if (paused) {
		lws_rx_flow_control(http->wsi, 0);
		http->held = true;
		lws_set_timeout(http->wsi, NO_PENDING_TIMEOUT, 0);
	} else {
		lws_set_timer_usecs(http->wsi, 1); /* what is stashed goes first, from the loop */
		gateway_kick(http->gateway);
	}
}
