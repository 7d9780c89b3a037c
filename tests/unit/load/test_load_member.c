/* The load generator's listener: what it counts must be right, or every number of the benchmark is wrong. The server is the other
 * end of a socket pair, and this file. */
#include "load/member.h"

#include "boothcast/wire.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BASE_US 5000000u
#define BASE_SEQ 4294967290u /* six before the numbers go round */

static const char upgraded[] = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

struct world {
	struct crowd crowd;
	struct member member;
	int peer;
};

static void setup(struct world *world)
{
	static const struct script_options options = {"localhost:1", "hall", "high", NULL, 3};
	int pair[2];
	memset(world, 0, sizeof *world);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	world->member.fd = pair[0];
	world->peer = pair[1];
	assert_true(script_make(&world->crowd.script, &options));
	member_connected(&world->member, &world->crowd);
}

static void teardown(struct world *world)
{
	close(world->member.fd);
	close(world->peer);
}

static size_t take(struct world *world, const void *bytes, size_t size, uint64_t now_us)
{
	world->crowd.now_us = now_us;
	return member_take(&world->member, &world->crowd, bytes, size);
}

/* A server's frame: not masked. */
static size_t frame(uint8_t *to, unsigned opcode, const void *payload, size_t size)
{
	size_t header = size < 126 ? 2 : 4;
	to[0] = (uint8_t)(0x80 | opcode);
	to[1] = size < 126 ? (uint8_t)size : 126;
	if (header == 4) {
		to[2] = (uint8_t)(size >> 8);
		to[3] = (uint8_t)size;
	}
	memcpy(to + header, payload, size);
	return header + size;
}

static void text(struct world *world, const char *json)
{
	uint8_t bytes[1024];
	size_t size = frame(bytes, 1, json, strlen(json));
	assert_int_equal(take(world, bytes, size, 0), size);
}

static void packet(struct world *world, uint32_t seq, uint64_t now_us)
{
	uint8_t message[WIRE_DOWN_HEADER + 80] = {0}, bytes[sizeof message + 2];
	struct wire_down header = {.seq = seq};
	wire_put_down(message, &header);
	assert_int_equal(take(world, bytes, frame(bytes, 2, message, sizeof message), now_us), sizeof bytes);
}

static void listen_in(struct world *world)
{
	char listening[256];
	snprintf(listening, sizeof listening, "{\"type\":\"listening\",\"channel\":3,\"seq\":%u,\"frame_ms\":20,\"server_us\":%u}",
		 BASE_SEQ, BASE_US);
	assert_int_equal(take(world, upgraded, strlen(upgraded), 0), strlen(upgraded));
	text(world, "{\"type\":\"joined\"}");
	text(world, listening);
	assert_int_equal(world->member.state, MEMBER_LISTENING);
	assert_int_equal(world->crowd.tally.listening, 1);
}

static void says_what_the_protocol_wants(void **state)
{
	struct world world;
	char said[4096];
	(void)state;
	setup(&world);
	listen_in(&world);
	ssize_t size = recv(world.peer, said, sizeof said, 0);
	assert_non_null(memmem(said, (size_t)size, "GET /ws HTTP/1.1\r\n", 18));
	assert_non_null(memmem(said, (size_t)size, "Sec-WebSocket-Protocol: boothcast.v1\r\n", 38));
	assert_non_null(memmem(said, (size_t)size, "\"type\":\"join\",\"room\":\"hall\"", 27));
	assert_non_null(memmem(said, (size_t)size, "\"channel\":3,\"rendition\":\"high\"", 30));
	assert_null(memmem(said, (size_t)size, "ticket", 6));
	teardown(&world);
}

static void counts_lost_and_doubled(void **state)
{
	struct world world;
	(void)state;
	setup(&world);
	listen_in(&world);
	for (uint32_t i = 0; i < 8; i++)
		packet(&world, BASE_SEQ + i, BASE_US);
	assert_int_equal(world.crowd.tally.lost, 0); /* also over the numbers' end */
	packet(&world, BASE_SEQ + 11, BASE_US);
	assert_int_equal(world.crowd.tally.lost, 3);
	packet(&world, BASE_SEQ + 11, BASE_US);
	packet(&world, BASE_SEQ + 9, BASE_US);
	assert_int_equal(world.crowd.tally.doubled, 2);
	assert_int_equal(world.crowd.tally.lost, 3);
	assert_int_equal(world.crowd.tally.packets, 11);
	assert_int_equal(world.crowd.tally.bytes, 11 * 92);
	teardown(&world);
}

static void misses_the_first_packet(void **state)
{
	struct world world;
	(void)state;
	setup(&world);
	listen_in(&world);
	packet(&world, BASE_SEQ + 1, BASE_US);
	assert_int_equal(world.crowd.tally.lost, 1);
	teardown(&world);
}

static void delay_counts_from_the_beat(void **state)
{
	struct world world;
	(void)state;
	setup(&world);
	listen_in(&world);
	packet(&world, BASE_SEQ, BASE_US + 40);
	packet(&world, BASE_SEQ + 10, BASE_US + 200000 + 7000);
	packet(&world, BASE_SEQ + 11, BASE_US); /* the clocks disagree: no delay rather than an age */
	assert_int_equal(world.crowd.tally.delays.total, 3);
	assert_int_equal(world.crowd.tally.delays.max_us, 7000);
	assert_int_equal(delays_at_us(&world.crowd.tally.delays, 0.5), 40);
	teardown(&world);
}

static void takes_pieces_of_any_size(void **state)
{
	struct world world;
	uint8_t stream[2048];
	char listening[300]; /* a long one, with blanks: its frame's header has four bytes */
	size_t size = 0, begun = 0;
	(void)state;
	setup(&world);
	snprintf(listening, sizeof listening, "{\"type\":\"listening\",\"seq\":1,\"frame_ms\":20,\"server_us\":0%150s}", "");
	memcpy(stream, upgraded, strlen(upgraded));
	size = strlen(upgraded);
	size += frame(stream + size, 1, "{\"type\":\"joined\"}", 17);
	size += frame(stream + size, 1, listening, strlen(listening));
	size += frame(stream + size, 2, "\1\0\0\1\0\0\0\1\0\0\0\1xx", 14);
	for (size_t end = 1; end <= size; end++)
		begun += take(&world, stream + begun, end - begun, 0);
	assert_int_equal(begun, size);
	assert_int_equal(world.crowd.tally.packets, 1);
	assert_int_equal(world.crowd.tally.lost, 0);
	teardown(&world);
}

static void goes_with_a_reason(const char *bytes, size_t size, bool listens, const char *reason)
{
	struct world world;
	setup(&world);
	if (listens)
		listen_in(&world);
	take(&world, bytes, size, 0);
	assert_int_equal(world.member.state, MEMBER_GONE);
	assert_int_equal(world.crowd.tally.gone, 1);
	assert_int_equal(world.crowd.tally.listening, 0);
	assert_string_equal(world.crowd.tally.reason, reason);
	teardown(&world);
}

static void ends_are_told_apart(void **state)
{
	(void)state;
	goes_with_a_reason("HTTP/1.1 503 Service Unavailable\r\n\r\n", 36, false, "no WebSocket: HTTP/1.1 503 Service Unavailable");
	goes_with_a_reason("\x88\x0a\x03\xf5too slow", 12, true, "closed by the server with 1013 too slow");
	goes_with_a_reason("\x82\x02\x01\x00", 4, true, "a binary message that is not the protocol's");
}

static void an_error_while_listening_is_counted(void **state)
{
	struct world world;
	(void)state;
	setup(&world);
	listen_in(&world);
	text(&world, "{\"type\":\"error\",\"code\":\"skipped\",\"message\":\"\"}");
	text(&world, "{\"type\":\"state\"}");
	assert_int_equal(world.crowd.tally.texts, 2);
	assert_int_equal(world.crowd.tally.errors, 1);
	assert_int_equal(world.member.state, MEMBER_LISTENING);
	teardown(&world);
}

static void a_ping_is_answered(void **state)
{
	struct world world;
	uint8_t said[4096];
	(void)state;
	setup(&world);
	listen_in(&world);
	while (recv(world.peer, said, sizeof said, MSG_DONTWAIT) > 0)
		;
	assert_int_equal(take(&world, "\x89\x02hi", 4, 0), 4);
	assert_int_equal(recv(world.peer, said, sizeof said, MSG_DONTWAIT), 8);
	assert_memory_equal(said, "\x8a\x82\0\0\0\0hi", 8);
	teardown(&world);
}

static void delays_are_near_the_truth(void **state)
{
	static struct delays delays;
	(void)state;
	for (uint64_t us = 1; us <= 100000; us++)
		delays_add(&delays, us);
	assert_in_range(delays_at_us(&delays, 0.5), 50000, 51600);
	assert_in_range(delays_at_us(&delays, 0.99), 99000, 100000);
	assert_int_equal(delays_at_us(&delays, 1), 100000);
	delays_add(&delays, UINT64_MAX / 2); /* beyond the table: no write outside of it */
	assert_int_equal(delays.total, 100001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_the_protocol_wants),
		cmocka_unit_test(counts_lost_and_doubled),
		cmocka_unit_test(misses_the_first_packet),
		cmocka_unit_test(delay_counts_from_the_beat),
		cmocka_unit_test(takes_pieces_of_any_size),
		cmocka_unit_test(ends_are_told_apart),
		cmocka_unit_test(an_error_while_listening_is_counted),
		cmocka_unit_test(a_ping_is_answered),
		cmocka_unit_test(delays_are_near_the_truth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
