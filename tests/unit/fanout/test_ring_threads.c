/* One writes a ring, several read it in threads of their own: nobody sees half a packet, nobody sees one twice, and those who keep up miss
 * none. Without a sanitizer this looks at the bytes; with the one for threads (PRESET=tsan) also at who touches what.
 */
#include "fanout/ring.h"

#include "base/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define READERS 3
#define PACKETS 60000
#define AHEAD_MAX (LAG_MAX_MS / 20) /* the writer waits for the slowest: in service time does that */

struct reader_thread {
	struct ring *ring;
	struct thread *thread;
	_Atomic uint64_t position;
	uint64_t torn, missed, not_kept;
};

static size_t size_of(uint32_t seq)
{
	return 1 + seq * 7919u % OPUS_PAYLOAD_MAX;
}

/* Every byte says which packet it is of, and so does the header, with the WebSocket's in front. */
static bool is_whole(const struct packet *packet, uint32_t seq)
{
	struct wire_down header;
	const uint8_t *bytes = packet_shared(packet);
	size_t size = size_of(seq) + WIRE_DOWN_HEADER;
	if (packet->size != size || packet->encoded_us != seq || bytes[-(int)wire_frame_header(size)] != WIRE_FRAME_BINARY)
		return false;
	if (!wire_get_down(bytes, size, &header) || header.seq != seq)
		return false;
	for (size_t i = WIRE_DOWN_HEADER; i < size; i++) {
		if (bytes[i] != (uint8_t)seq)
			return false;
	}
	return true;
}

static void rest(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
}

static void read_all(void *user)
{
	struct reader_thread *reader = user;
	for (uint64_t position = 0; position < PACKETS;) {
		bool there = position < ring_head(reader->ring);
		const struct packet *packet = ring_at(reader->ring, position);
		if (packet == NULL) {
			reader->missed += there;
			rest();
			continue;
		}
		reader->torn += !is_whole(packet, (uint32_t)position);
		reader->not_kept += !ring_kept(reader->ring, position);
		atomic_store_explicit(&reader->position, ++position, memory_order_release);
	}
}

static uint64_t slowest(struct reader_thread *readers)
{
	uint64_t least = UINT64_MAX;
	for (unsigned i = 0; i < READERS; i++) {
		uint64_t position = atomic_load_explicit(&readers[i].position, memory_order_acquire);
		least = position < least ? position : least;
	}
	return least;
}

static void readers_in_threads(void **state)
{
	(void)state;
	struct ring *ring = ring_new(3, 9, 20);
	struct reader_thread readers[READERS];
	for (unsigned i = 0; i < READERS; i++) {
		readers[i] = (struct reader_thread){.ring = ring};
		readers[i].thread = thread_new(read_all, &readers[i]);
	}
	for (uint32_t seq = 0; seq < PACKETS; seq++) {
		uint8_t payload[OPUS_PAYLOAD_MAX];
		memset(payload, (int)(uint8_t)seq, sizeof payload);
		while (seq - slowest(readers) >= AHEAD_MAX)
			rest();
		ring_put(ring, seq, 0, LABEL_DIRECT, payload, size_of(seq), seq);
	}
	for (unsigned i = 0; i < READERS; i++) {
		thread_join(readers[i].thread);
		assert_int_equal(readers[i].position, PACKETS);
		assert_int_equal(readers[i].torn + readers[i].missed + readers[i].not_kept, 0);
	}
	ring_free(ring);
}

/* What is not kept any more is known: at once when the writer has come to its slot, and not before. */
static void an_overtaken_packet_is_known(void **state)
{
	(void)state;
	struct ring *ring = ring_new(1, 1, 20);
	uint32_t held = RING_MS / 20, lead = RING_LEAD_MS / 20, seq = 0;
	while (seq < held)
		ring_put(ring, seq++, 0, LABEL_DIRECT, (const uint8_t *)"x", 1, 0);
	assert_non_null(ring_at(ring, 0)); /* given out as the oldest that is held */
	while (seq < held + lead) {
		assert_true(ring_kept(ring, 0));
		ring_put(ring, seq++, 0, LABEL_DIRECT, (const uint8_t *)"x", 1, 0);
		assert_null(ring_at(ring, 0));
	}
	while (seq < 2 * held + lead)
		ring_put(ring, seq++, 0, LABEL_DIRECT, (const uint8_t *)"x", 1, 0);
	assert_false(ring_kept(ring, 0));
	assert_true(ring_kept(ring, seq - 1));
	ring_free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_in_threads),
		cmocka_unit_test(an_overtaken_packet_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
