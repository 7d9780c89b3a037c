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
#include <stdlib.h>
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
	static const unsigned channels[] = {3, 5};
	static const struct script_options options = {"localhost:1", "hall", "high", NULL, channels, 2};
	int pair[2];
	memset(world, 0, sizeof *world);
	crowd_init(&world->crowd);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	world->member.cord.fd = pair[0];
	world->peer = pair[1];
	assert_true(script_make(&world->crowd.script, &options));
	member_begin(&world->member, &world->crowd);
	member_connected(&world->member, &world->crowd);
}

static void teardown(struct world *world)
{
	free(world->member.token);
	close(world->member.cord.fd);
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

/* Another machine's clock: only how much later than the soonest. */
static void delays_of_two_clocks_count_from_the_shortest(void **state)
{
	struct world world;
	(void)state;
	setup(&world);
	world.crowd.relative = true;
	listen_in(&world);
	packet(&world, BASE_SEQ, BASE_US - 4000000);
	packet(&world, BASE_SEQ + 1, BASE_US - 4000000 + 20000 + 30);
	packet(&world, BASE_SEQ + 2, BASE_US - 4000000 + 40000 - 10);
	assert_int_equal(world.crowd.shortest_us, -4000010);
	assert_int_equal(world.crowd.tally.delays.total, 3);
	assert_int_equal(world.crowd.tally.delays.max_us, 30);
	teardown(&world);
}

static void a_pause_is_counted_once_for_each(void **state)
{
	struct world world;
	(void)state;
	setup(&world);
	world.crowd.pause_us = 100000;
	listen_in(&world); /* at 0 */
	packet(&world, BASE_SEQ, 100000);
	assert_int_equal(world.crowd.tally.paused, 0);
	packet(&world, BASE_SEQ + 1, 200001);
	packet(&world, BASE_SEQ + 2, 500001);
	assert_int_equal(world.crowd.tally.paused, 1);
	assert_int_equal(world.crowd.tally.longest_pause_us, 300000);
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

/* Before it listens: "too_many" has a time in it, and a page keeps to it. */
static void who_is_told_to_come_later_is_away(void **state)
{
	struct world world;
	(void)state;
	setup(&world);
	take(&world, upgraded, strlen(upgraded), 7000);
	text(&world, "{\"type\":\"error\",\"code\":\"too_many\",\"message\":\"\",\"about\":\"connection\",\"retry_after_ms\":1500}");
	assert_int_equal(world.member.state, MEMBER_AWAY);
	assert_int_equal(world.crowd.tally.away, 1);
	assert_int_equal(world.crowd.tally.gone, 0);
	assert_int_equal(world.crowd.tally.sent_away, 1);
	assert_in_range(world.member.heard_us, 1500000, 1500000 + 250000);
	member_begin(&world.member, &world.crowd);
	member_connected(&world.member, &world.crowd);
	assert_int_equal(world.crowd.tally.away, 0);
	listen_in(&world);
	teardown(&world);
}

/* The waits double, up to five seconds; without a word it is tried again only by those who behave like a page. */
static void who_is_persistent_tries_again(void **state)
{
	struct world world;
	uint64_t longest_us = 0;
	(void)state;
	setup(&world);
	world.crowd.persistent = true;
	for (unsigned i = 0; i < 40; i++) {
		member_fail(&world.member, &world.crowd, "hung up");
		assert_int_equal(world.member.state, MEMBER_AWAY);
		assert_in_range(world.member.heard_us, 0, i < 4 ? 250000u << i : 5000000u);
		if (world.member.heard_us > longest_us)
			longest_us = world.member.heard_us;
		member_begin(&world.member, &world.crowd);
	}
	assert_in_range(longest_us, 2500000, 5000000);
	assert_int_equal(world.crowd.tally.sent_away, 40);
	member_connected(&world.member, &world.crowd);
	listen_in(&world);
	member_fail(&world.member, &world.crowd, "hung up"); /* who listened was cut off: that is counted */
	assert_int_equal(world.member.state, MEMBER_GONE);
	assert_int_equal(world.crowd.tally.closed, 1);
	teardown(&world);
}

static void who_comes_back_shows_its_token(void **state)
{
	struct world world;
	char said[4096];
	(void)state;
	setup(&world);
	world.crowd.persistent = true;
	take(&world, upgraded, strlen(upgraded), 0);
	text(&world, "{\"type\":\"joined\",\"resume\":\"bcr1.mine\"}");
	member_leave(&world.member, &world.crowd);
	while (recv(world.peer, said, sizeof said, MSG_DONTWAIT) > 0)
		;
	member_begin(&world.member, &world.crowd);
	member_connected(&world.member, &world.crowd);
	take(&world, upgraded, strlen(upgraded), 0);
	ssize_t size = recv(world.peer, said, sizeof said, 0);
	assert_non_null(memmem(said, (size_t)size, "\"resume\":{\"token\":\"bcr1.mine\"}", 30));
	teardown(&world);
}

static void each_asks_for_its_channel(void **state)
{
	struct world world;
	char said[4096];
	(void)state;
	setup(&world);
	world.member.listen = 1;
	listen_in(&world);
	ssize_t size = recv(world.peer, said, sizeof said, 0);
	assert_non_null(memmem(said, (size_t)size, "\"channel\":5,", 12));
	teardown(&world);
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
	assert_in_range(delays_over(&delays, 75000), 25000 - 2400, 25000);
	assert_int_equal(delays_over(&delays, 100000), 0);
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
		cmocka_unit_test(delays_of_two_clocks_count_from_the_shortest),
		cmocka_unit_test(a_pause_is_counted_once_for_each),
		cmocka_unit_test(takes_pieces_of_any_size),
		cmocka_unit_test(ends_are_told_apart),
		cmocka_unit_test(who_is_told_to_come_later_is_away),
		cmocka_unit_test(who_is_persistent_tries_again),
		cmocka_unit_test(who_comes_back_shows_its_token),
		cmocka_unit_test(each_asks_for_its_channel),
		cmocka_unit_test(an_error_while_listening_is_counted),
		cmocka_unit_test(a_ping_is_answered),
		cmocka_unit_test(delays_are_near_the_truth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
