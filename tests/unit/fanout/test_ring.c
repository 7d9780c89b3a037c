/* The packet ring: positions, overwriting, numbers, and the flag for a jump. Readers in threads of their own are in test_ring_threads.c. */
#include "fanout/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HELD_20 (RING_MS / 20)

static void put(struct ring *ring, uint32_t seq)
{
	uint8_t payload[8];
	memset(payload, (int)(seq & 0xff), sizeof payload);
	ring_put(ring, seq, 0, LABEL_ORIGINAL, payload, sizeof payload, 5);
}

static struct wire_down header_at(struct ring *ring, uint64_t position)
{
	struct wire_down header;
	const struct packet *packet = ring_at(ring, position);
	assert_non_null(packet);
	assert_true(wire_get_down(packet_shared(packet), packet->size, &header));
	return header;
}

static void empty_ring(void **state)
{
	(void)state;
	uint32_t seq;
	struct ring *ring = ring_new(7, 3, 20);
	assert_int_equal(ring_head(ring), 0);
	assert_int_equal(ring_tail(ring), 0);
	assert_null(ring_at(ring, 0));
	assert_int_equal(ring_after(ring, 5), 0);
	assert_false(ring_live_seq(ring, &seq));
	assert_int_equal(ring_stream(ring), 7);
	assert_int_equal(ring_epoch(ring), 3);
	assert_int_equal(ring_frame_ms(ring), 20);
	ring_free(ring);
}

static void header_and_payload(void **state)
{
	(void)state;
	struct ring *ring = ring_new(0xabcd, 0x01020304, 20);
	const uint8_t payload[] = {1, 2, 3};
	ring_put(ring, 0x0a0b0c0d, WIRE_SILENCE, LABEL_RELAY, payload, sizeof payload, 123456);
	const struct packet *packet = ring_at(ring, 0);
	const uint8_t expected[] = {1, WIRE_SILENCE | LABEL_RELAY << 4, 0xab, 0xcd, 1, 2, 3, 4, 0x0a, 0x0b, 0x0c, 0x0d, 1, 2, 3};
	assert_int_equal(packet->size, sizeof expected);
	assert_memory_equal(packet_shared(packet), expected, sizeof expected);
	assert_int_equal(packet->encoded_us, 123456);
	assert_int_equal(packet_shared(packet)[-2], WIRE_FRAME_BINARY); /* the WebSocket's header */
	assert_int_equal(packet_shared(packet)[-1], sizeof expected);
	size_t size;
	assert_memory_equal(packet_payload(packet, &size), payload, sizeof payload);
	assert_int_equal(size, sizeof payload);
	ring_free(ring);
}

/* Every position that should be there is there, for several times round, for both lengths of a beat. */
static void wraps(unsigned frame_ms)
{
	struct ring *ring = ring_new(1, 1, frame_ms);
	const uint64_t held = RING_MS / frame_ms;
	for (uint32_t i = 0; i < 5 * held + 3; i++) {
		put(ring, 1000 + i);
		uint64_t head = ring_head(ring), tail = ring_tail(ring);
		assert_int_equal(head, i + 1);
		assert_int_equal(head - tail, head < held ? head : held);
		assert_null(ring_at(ring, head));
		if (tail > 0)
			assert_null(ring_at(ring, tail - 1));
		for (uint64_t p = tail; p < head; p += p + 37 < head ? 37 : 1)
			assert_int_equal(ring_at(ring, p)->seq, 1000 + p);
		assert_int_equal(ring_at(ring, tail)->seq, 1000 + tail);
	}
	ring_free(ring);
}

static void wraps_20(void **state)
{
	(void)state;
	wraps(20);
}

static void wraps_10(void **state)
{
	(void)state;
	wraps(10);
}

static void finds_what_is_after(void **state)
{
	(void)state;
	struct ring *ring = ring_new(1, 1, 20);
	for (uint32_t i = 0; i < 2 * HELD_20; i++)
		put(ring, 100 + i + (i >= 2 * HELD_20 - 10 ? 50 : 0)); /* with a hole of 50 ten packets before the newest */
	const uint64_t head = ring_head(ring);
	const uint32_t newest = 100 + 2 * HELD_20 - 1 + 50, last_before = newest - 60;
	assert_int_equal(ring_after(ring, newest), head);
	assert_int_equal(ring_after(ring, newest + 1000), head);
	assert_int_equal(ring_after(ring, newest - 3), head - 3);
	assert_int_equal(ring_after(ring, last_before), head - 10);
	assert_int_equal(ring_after(ring, last_before + 20), head - 10); /* inside the hole */
	assert_int_equal(ring_after(ring, last_before - 1), head - 11);
	assert_int_equal(ring_after(ring, 0), ring_tail(ring)); /* overwritten long ago: the oldest that is held */
	ring_free(ring);
}

static void numbers_go_round(void **state)
{
	(void)state;
	struct ring *ring = ring_new(1, 1, 20);
	for (uint32_t i = 0; i < 10; i++)
		put(ring, 0xfffffffb + i);
	assert_int_equal(ring_after(ring, 0xfffffffe), 4);
	assert_int_equal(ring_after(ring, 0xffffffff), 5);
	assert_int_equal(ring_after(ring, 1), 7);
	for (uint64_t p = 0; p < 10; p++)
		assert_int_equal(header_at(ring, p).flags & WIRE_DISCONTINUITY, 0);
	ring_free(ring);
}

static void jump_is_flagged(void **state)
{
	(void)state;
	struct ring *ring = ring_new(1, 1, 20);
	put(ring, 10);
	put(ring, 11);
	put(ring, 15);
	put(ring, 16);
	assert_int_equal(header_at(ring, 0).flags, 0);
	assert_int_equal(header_at(ring, 1).flags, 0);
	assert_int_equal(header_at(ring, 2).flags, WIRE_DISCONTINUITY);
	assert_int_equal(header_at(ring, 3).flags, 0);
	ring_free(ring);
}

/* A rendition that was not needed for a while starts anew: nobody gets sound from before. */
static void forgets(void **state)
{
	(void)state;
	uint32_t seq;
	struct ring *ring = ring_new(1, 1, 20);
	for (uint32_t i = 0; i < 300; i++)
		put(ring, i);
	ring_forget(ring);
	assert_int_equal(ring_tail(ring), ring_head(ring));
	assert_false(ring_live_seq(ring, &seq));
	assert_int_equal(ring_after(ring, 200), ring_head(ring));
	put(ring, 5000);
	assert_int_equal(ring_head(ring) - ring_tail(ring), 1);
	assert_int_equal(header_at(ring, ring_tail(ring)).flags & WIRE_DISCONTINUITY, 0); /* nobody heard what was before it */
	assert_true(ring_live_seq(ring, &seq));
	assert_int_equal(seq, 5001);
	for (uint32_t i = 1; i < 300; i++)
		put(ring, 5000 + i);
	assert_int_equal(ring_head(ring) - ring_tail(ring), HELD_20);
	ring_free(ring);
}

/* Promised packets are the next ones, and older than now until they are there. */
static void promises(void **state)
{
	(void)state;
	uint32_t seq;
	struct ring *ring = ring_new(1, 1, LONG_PACKET_MS);
	assert_false(ring_live_seq(ring, &seq));
	ring_promise(ring, 700, 3);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(ring_live(ring), i < 3 ? 3 : i);
		assert_true(ring_live_seq(ring, &seq));
		assert_int_equal(seq, i < 3 ? 703 : 700 + i);
		put(ring, 700 + i);
		assert_int_equal(header_at(ring, i).flags & WIRE_DISCONTINUITY, 0);
	}
	ring_forget(ring);
	assert_false(ring_live_seq(ring, &seq));
	ring_promise(ring, 9000, 0);
	assert_true(ring_live_seq(ring, &seq));
	assert_int_equal(seq, 9000);
	assert_int_equal(ring_live(ring), ring_head(ring));
	ring_free(ring);
}

static void holds_as_much_in_long_packets(void **state)
{
	(void)state;
	struct ring *ring = ring_new(1, 1, LONG_PACKET_MS);
	for (uint32_t i = 0; i < 300; i++)
		put(ring, i);
	assert_int_equal(ring_head(ring) - ring_tail(ring), RING_MS / LONG_PACKET_MS);
	ring_free(ring);
}

/* What was given out stays as it is for RING_LEAD_MS, also the oldest. */
static void what_was_given_out_stays(void **state)
{
	(void)state;
	struct ring *ring = ring_new(1, 1, 20);
	for (uint32_t i = 0; i < 10 * HELD_20; i++)
		put(ring, 1000 + i);
	const struct packet *oldest = ring_at(ring, ring_tail(ring));
	uint32_t seq = oldest->seq;
	for (unsigned i = 0; i < RING_LEAD_MS / 20; i++) {
		put(ring, 1000 + 10 * HELD_20 + i);
		assert_int_equal(oldest->seq, seq);
	}
	ring_free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_ring),
		cmocka_unit_test(header_and_payload),
		cmocka_unit_test(wraps_20),
		cmocka_unit_test(wraps_10),
		cmocka_unit_test(finds_what_is_after),
		cmocka_unit_test(numbers_go_round),
		cmocka_unit_test(jump_is_flagged),
		cmocka_unit_test(forgets),
		cmocka_unit_test(promises),
		cmocka_unit_test(holds_as_much_in_long_packets),
		cmocka_unit_test(what_was_given_out_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
