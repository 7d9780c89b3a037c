/* The pure parts of the gateway: paths, heads, bodies, lists, routes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/parts.h"

#include <string.h>

static void test_clean_paths(void **state)
{
	static const char *const good[] = {"/", "/a", "/a/b.c", "/.a", "/a..b", "/...", "/a/", "/\xe4\xb8\xad", "/a b"};
	static const char *const bad[] = {"",      "a",       "//",   "/a//b", "/.",    "/..",   "/a/.",
					  "/a/..", "/a/../b", "/./a", "/a\\b", "/a\nb", "/a\x7f"};
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(request_path_clean(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(request_path_clean(bad[i]));
}

static void test_lists(void **state)
{
	(void)state;
	assert_true(guard_lists("boothcast.v1", "boothcast.v1"));
	assert_true(guard_lists(" chat ,\tBOOTHCAST.v1 ", "boothcast.v1"));
	assert_false(guard_lists("", "upgrade"));
	assert_false(guard_lists("upgraded, up", "upgrade"));
	assert_false(guard_lists(",,", "upgrade"));
	assert_true(guard_allows("PUT, SOURCE", "SOURCE"));
	assert_false(guard_allows("GET, HEAD", "PUT"));
}

static void test_routes(void **state)
{
	(void)state;
	assert_int_equal(guard_route("/ws").kind, ROUTE_WS);
	assert_int_equal(guard_route("/ws/").kind, ROUTE_PAGE);
	assert_int_equal(guard_route("/api/rooms").kind, ROUTE_EXCHANGE);
	assert_int_equal(guard_route("/live/hall/1.opus").kind, ROUTE_EXCHANGE);
	assert_int_equal(guard_route("/ingest/hall/main").kind, ROUTE_EXCHANGE);
	assert_int_equal(guard_route("/healthz").kind, ROUTE_EXCHANGE);
	assert_int_equal(guard_route("/readyz").kind, ROUTE_EXCHANGE);
	assert_int_equal(guard_route("/metrics").kind, ROUTE_EXCHANGE);
	assert_int_equal(guard_route("/metricsx").kind, ROUTE_PAGE);
	assert_int_equal(guard_route("/").kind, ROUTE_PAGE);
}

static void test_head_end(void **state)
{
	static const char text[] = "PUT / HTTP/1.1\r\nA: b\r\n\r\nrest";
	(void)state;
	for (size_t i = 0; i < 24; i++)
		assert_int_equal(head_end(text, i), 0);
	assert_int_equal(head_end(text, 24), 24);
	assert_int_equal(head_end(text, sizeof text - 1), 24);
	assert_int_equal(head_end("a\n\nb", 4), 3);
	assert_int_equal(head_end("\n", 1), 0);
	assert_int_equal(head_end("", 0), 0);
}

static int parse(const char *text, struct head *head)
{
	return head_parse(text, strlen(text), head);
}

static void test_head(void **state)
{
	struct head head;
	(void)state;
	assert_int_equal(
		parse("PUT /ingest/%E4%B8%AD/main?gain=3&x=%20 HTTP/1.1\r\nHost: h\r\nOrigin: http://o\r\nUser-Agent: libshout\r\n"
		      "content-type:audio/ogg\r\ncontent-length: 12 \r\nExpect: 100-Continue\r\nX:\r\n\r\n",
		      &head),
		0);
	assert_string_equal(head.request.path, "/ingest/\xe4\xb8\xad/main");
	assert_string_equal(head.request.query, "gain=3&x=%20");
	assert_string_equal(head.request.host, "h");
	assert_string_equal(head.request.origin, "http://o");
	assert_string_equal(head.request.user_agent, "libshout");
	assert_string_equal(head.request.content_type, "audio/ogg");
	assert_int_equal(head.request.content_length, 12);
	assert_true(head.expect);
	assert_false(head.chunked || head.until_close || head.http10);
	assert_int_equal(parse("SOURCE /m ICE/1.0\n\n", &head), 0);
	assert_true(head.until_close && head.http10);
	assert_int_equal(parse("PUT /m HTTP/1.1\r\nTransfer-Encoding: CHUNKED\r\n\r\n", &head), 0);
	assert_true(head.chunked && !head.until_close);
	assert_int_equal(parse("GET /m HTTP/1.1\r\n\r\n", &head), 405);
	assert_int_equal(parse("\r\n\r\n", &head), 400);
	assert_int_equal(parse("PUT /m HTTP/1.1 more\r\n\r\n", &head), 400);
	assert_int_equal(parse("PUT /%4 HTTP/1.1\r\n\r\n", &head), 400);
	assert_int_equal(parse("PUT /%4g HTTP/1.1\r\n\r\n", &head), 400);
	assert_int_equal(parse("PUT /% HTTP/1.1\r\n\r\n", &head), 400);
	assert_int_equal(parse("PUT m HTTP/1.1\r\n\r\n", &head), 400);
	assert_int_equal(parse("PUT /m HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", &head), 400);
	assert_int_equal(parse("PUT /m HTTP/1.1\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", &head), 400);
	assert_int_equal(parse("PUT /m HTTP/1.1\r\nExpect: 200-ok\r\n\r\n", &head), 417);
	assert_int_equal(parse("PUT /m HTTP/1.1\r\nContent-Length: 1,1\r\n\r\n", &head), 400);
	assert_int_equal(head_parse("PUT /m HTTP/1.1\0\r\n\r\n", 20, &head), 400);
}

static void test_long_fields(void **state)
{
	struct head head;
	char text[HEAD_MAX + 1], filler[4001];
	(void)state;
	memset(filler, 'a', sizeof filler - 1);
	filler[4000] = '\0';
	snprintf(text, sizeof text, "PUT /%.254s HTTP/1.1\r\n\r\n", filler);
	assert_int_equal(parse(text, &head), 0);
	snprintf(text, sizeof text, "PUT /%.255s HTTP/1.1\r\n\r\n", filler);
	assert_int_equal(parse(text, &head), 414);
	snprintf(text, sizeof text, "PUT /?%.255s HTTP/1.1\r\n\r\n", filler);
	assert_int_equal(parse(text, &head), 0);
	snprintf(text, sizeof text, "PUT /?%.256s HTTP/1.1\r\n\r\n", filler);
	assert_int_equal(parse(text, &head), 414);
	snprintf(text, sizeof text, "PUT / HTTP/1.1\r\nAuthorization: %.2047s\r\nUser-Agent: %s\r\n\r\n", filler, filler);
	assert_int_equal(parse(text, &head), 0);
	assert_int_equal(strlen(head.request.user_agent), sizeof head.request.user_agent - 1);
	snprintf(text, sizeof text, "PUT / HTTP/1.1\r\nAuthorization: %.2048s\r\n\r\n", filler);
	assert_int_equal(parse(text, &head), 431);
}

/* Decodes `in`, fed in pieces of `step`; the content in `out`. Returns the bytes used. */
static size_t decode(struct body *body, const char *in, size_t size, size_t step, char *out)
{
	size_t used = 0, content = 0;
	while (used < size && !body->failed && !body_complete(body)) {
		const uint8_t *piece;
		size_t piece_size, n = size - used < step ? size - used : step;
		size_t took = body_take(body, (const uint8_t *)in + used, n, &piece, &piece_size);
		assert_true(took > 0 && took <= n);
		memcpy(out + content, piece, piece_size);
		content += piece_size;
		used += took;
	}
	out[content] = '\0';
	return used;
}

static void test_chunks(void **state)
{
	static const char in[] =
		"1\r\na\r\n0A;x=\"y\"\r\nbcdefghijk\r\n00003  \r\n\r\n\n\r\n0\r\nTrailer: 1\r\nOther: 2\r\n\r\nnext request";
	struct body body;
	char out[100];
	(void)state;
	for (size_t step = 1; step <= sizeof in; step++) {
		body_init(&body, BODY_CHUNKED, 0);
		size_t used = decode(&body, in, sizeof in - 1, step, out);
		assert_true(body_complete(&body));
		assert_false(body.failed);
		assert_int_equal(used, sizeof in - 1 - strlen("next request"));
		assert_string_equal(out, "abcdefghijk\r\n\n");
	}
}

static void test_what_is_no_chunk(void **state)
{
	static const char *const bad[] = {"g\r\n",    "\r\n",       " 1\r\n",        "1\n",   "1\r\r",   "1\r\nab",
					  "1\r\na\n", "1\r\na\r\r", "000000001\r\n", "1;a\n", "0\r\n\rx"};
	struct body body;
	char out[100];
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		body_init(&body, BODY_CHUNKED, 0);
		decode(&body, bad[i], strlen(bad[i]), 1, out);
		assert_true(body.failed);
		assert_false(body_complete(&body));
	}
}

static void test_endless_extensions_are_refused(void **state)
{
	static char in[10000], out[10000];
	struct body body;
	(void)state;
	memset(in, 'x', sizeof in);
	memcpy(in, "1;", 2);
	body_init(&body, BODY_CHUNKED, 0);
	decode(&body, in, sizeof in, 1000, out);
	assert_true(body.failed);
	memset(in, 'x', sizeof in);
	memcpy(in, "0\r\n", 3);
	body_init(&body, BODY_CHUNKED, 0);
	decode(&body, in, sizeof in, 1000, out);
	assert_true(body.failed);
}

static void test_length_and_until_close(void **state)
{
	struct body body;
	char out[100];
	(void)state;
	body_init(&body, BODY_LENGTH, 5);
	assert_int_equal(decode(&body, "hello world", 11, 3, out), 5);
	assert_string_equal(out, "hello");
	assert_true(body_complete(&body));
	body_init(&body, BODY_LENGTH, 0);
	assert_true(body_complete(&body));
	body_init(&body, BODY_UNTIL_CLOSE, 0);
	assert_int_equal(decode(&body, "hello world", 11, 3, out), 11);
	assert_string_equal(out, "hello world");
	assert_false(body_complete(&body));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean_paths),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_head_end),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_long_fields),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_what_is_no_chunk),
		cmocka_unit_test(test_endless_extensions_are_refused),
		cmocka_unit_test(test_length_and_until_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
