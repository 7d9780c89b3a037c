/* Fake HTTP exchanges, see fake.h: what an answer would be, byte by byte. */
#include "flow/fake.h"

#include "base/check.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static void ex_answer(struct exchange *e, int status, const char *type, const void *body, size_t size, const char *headers)
{
	struct fake_exchange *ex = (struct fake_exchange *)e;
	assert_false(ex->closed || ex->over || ex->begun);
	assert_true(size <= HTTP_ANSWER_MAX);
	ex->status = status;
	snprintf(ex->type, sizeof ex->type, "%s", type);
	snprintf(ex->headers, sizeof ex->headers, "%s", headers != NULL ? headers : "");
	text_add_bytes(&ex->body, body, size);
	ex->over = true;
}

static void ex_begin(struct exchange *e, int status, const char *type)
{
	struct fake_exchange *ex = (struct fake_exchange *)e;
	assert_false(ex->closed || ex->over || ex->begun);
	ex->begun = true;
	ex->status = status;
	ex->full = ex->asked = true; /* `writable` comes when the first byte can be sent */
	snprintf(ex->type, sizeof ex->type, "%s", type);
}

static enum sent ex_send(struct exchange *e, uint8_t *bytes, size_t size)
{
	struct fake_exchange *ex = (struct fake_exchange *)e;
	assert_true(ex->begun && !ex->closed);
	if (ex->over)
		return SENT_GONE;
	if (ex->full) {
		ex->asked = true;
		return SENT_FULL;
	}
	text_add_bytes(&ex->body, (const char *)bytes, size);
	memset(bytes - PACKET_HEADROOM, 0xee, PACKET_HEADROOM);
	return SENT;
}

static void ex_end(struct exchange *e)
{
	struct fake_exchange *ex = (struct fake_exchange *)e;
	assert_true(ex->begun && !ex->over);
	ex->over = true;
}

static void ex_pause(struct exchange *e, bool paused)
{
	struct fake_exchange *ex = (struct fake_exchange *)e;
	assert_false(ex->closed || ex->over);
	ex->paused = paused;
}

static const struct exchange_ops ops = {.answer = ex_answer, .begin = ex_begin, .send = ex_send, .end = ex_end, .pause = ex_pause};

struct fake_exchange *fake_request(struct world *world, const char *method, const char *path, const char *authorization,
				   const char *content_type)
{
	struct fake_exchange *ex = check_alloc(calloc(1, sizeof *ex));
	struct request request = {.content_length = -1, .host = "127.0.0.1:8080", .peer = "192.0.2.2:80"};
	snprintf(request.method, sizeof request.method, "%s", method);
	snprintf(request.path, sizeof request.path, "%s", path);
	snprintf(request.authorization, sizeof request.authorization, "%s", authorization != NULL ? authorization : "");
	snprintf(request.content_type, sizeof request.content_type, "%s", content_type != NULL ? content_type : "");
	ex->ex.ops = &ops;
	ex->ex.peer = "127.0.0.1";
	ex->world = world;
	ex->next = world->exchanges;
	world->exchanges = ex;
	text_init(&ex->body, 16 * 1024 * 1024);
	ex->ex.user = edge_exchanges.opened(&world->edge, &ex->ex, &request);
	if (ex->begun && !ex->over) {
		ex->full = ex->asked = false;
		edge_exchanges.writable(&ex->ex);
	}
	return ex;
}

void fake_body(struct fake_exchange *ex, const void *bytes, size_t size)
{
	if (!ex->over)
		edge_exchanges.body(&ex->ex, bytes, size);
}

void fake_body_end(struct fake_exchange *ex)
{
	if (!ex->over)
		edge_exchanges.body_ended(&ex->ex);
}

void fake_hang_up(struct fake_exchange *ex)
{
	if (ex->closed)
		return;
	edge_exchanges.closed(&ex->ex);
	ex->closed = true;
}

json_t *fake_json(const struct fake_exchange *ex)
{
	assert_true(ex->over);
	assert_string_equal(ex->type, "application/json");
	json_t *json = json_loadb(ex->body.at, ex->body.size, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	return json;
}
