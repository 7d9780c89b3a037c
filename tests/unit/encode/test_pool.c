/* The encode threads: every packet once and in order, refusal when full, restart, and lanes that close at any moment. The
 * tests that count run under the thread sanitizer too. */
#include "encode/pool.h"

#include "base/loop.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct encoder_options options = {960, 32000, 0};

/* What one lane's owner saw. */
struct ear {
	struct lane *lane;
	uint32_t next;     /* the seq that must come */
	uint32_t packets;
	uint32_t close_at; /* closes its lane inside done() at this seq; 0 = never */
	size_t size;
	uint8_t payload[OPUS_PAYLOAD_MAX];
};

static void heard(void *user, const struct job_tag *tag, const uint8_t *payload, size_t size, uint32_t encode_us,
		  uint64_t encoded_us)
{
	struct ear *ear = user;
	(void)encode_us;
	(void)encoded_us;
	assert_non_null(ear->lane);
	assert_int_equal(tag->seq, ear->next);
	assert_int_equal(tag->flags, tag->seq % 16);
	assert_int_equal(tag->label, tag->seq % 5);
	assert_true(size >= 2);
	ear->next++;
	ear->packets++;
	ear->size = size;
	memcpy(ear->payload, payload, size);
	if (ear->close_at != 0 && tag->seq == ear->close_at) {
		lane_close(ear->lane);
		ear->lane = NULL;
		assert_memory_equal(ear->payload, payload, size); /* still there: it is borrowed for the call */
	}
}

static bool submit(struct ear *ear, uint32_t seq, bool restart)
{
	struct frame frame;
	for (size_t i = 0; i < 960; i++)
		frame.sample[i] = 0.3f * sinf((float)(seq * 960 + i) * 0.05f);
	const struct job_tag tag = {seq, (uint8_t)(seq % 16), (uint8_t)(seq % 5)};
	return lane_submit(ear->lane, frame.sample, &tag, restart);
}

static void run_until(struct loop *loop, const struct ear *ear, uint32_t packets)
{
	while (ear->packets < packets)
		loop_run_once(loop);
}

static void every_packet_once_and_in_order(void **state)
{
	(void)state;
	for (unsigned threads = 0; threads <= 3; threads++) {
		struct loop *loop = threads == 0 ? NULL : loop_new();
		struct encode_pool *pool = pool_new(loop, threads);
		struct ear ear[7] = {{0}};
		for (size_t l = 0; l < 7; l++)
			ear[l].lane = pool_lane(pool, &options, heard, &ear[l]);
		for (uint32_t seq = 0; seq < 100; seq++) {
			for (size_t l = 0; l < 7; l++) {
				while (!submit(&ear[l], seq, false))
					loop_run_once(loop);
			}
		}
		for (size_t l = 0; l < 7; l++) {
			run_until(loop, &ear[l], 100);
			assert_int_equal(ear[l].packets, 100);
			assert_memory_equal(ear[l].payload, ear[0].payload, ear[0].size); /* the same sound, the same packet */
			lane_close(ear[l].lane);
		}
		pool_close(pool);
		if (loop != NULL)
			loop_free(loop);
	}
}

/* Nothing comes back while the loop does not run: the frame after JOBS_MAX is refused, and the rest is in order. */
static void refuses_when_full(void **state)
{
	(void)state;
	struct loop *loop = loop_new();
	struct encode_pool *pool = pool_new(loop, 1);
	struct ear ear = {0}, other = {0};
	ear.lane = pool_lane(pool, &options, heard, &ear);
	other.lane = pool_lane(pool, &options, heard, &other);
	for (uint32_t seq = 0; seq < JOBS_MAX; seq++)
		assert_true(submit(&ear, seq, false));
	assert_false(submit(&ear, JOBS_MAX, false));
	assert_false(submit(&ear, JOBS_MAX, false));
	assert_int_equal(lane_refused(ear.lane), 2);
	assert_true(submit(&other, 0, false)); /* and the neighbour is not */
	assert_int_equal(lane_refused(other.lane), 0);
	run_until(loop, &ear, JOBS_MAX);
	run_until(loop, &other, 1);
	assert_true(submit(&ear, JOBS_MAX, false));
	run_until(loop, &ear, JOBS_MAX + 1);
	assert_int_equal(lane_delay_samples(ear.lane), 312);
	lane_close(ear.lane);
	lane_close(other.lane);
	pool_close(pool);
	loop_free(loop);
}

/* A restart makes the packet that a new encoder would make, also when the frame that asked for it was refused. */
static void restart_forgets_the_past(void **state)
{
	(void)state;
	struct loop *loop = loop_new();
	struct encode_pool *pool = pool_new(loop, 1);
	struct ear used = {0}, fresh = {.next = 50};
	used.lane = pool_lane(pool, &options, heard, &used);
	for (uint32_t seq = 0; seq < JOBS_MAX; seq++)
		assert_true(submit(&used, seq, false));
	assert_false(submit(&used, JOBS_MAX, true));
	run_until(loop, &used, JOBS_MAX);
	used.next = 50;
	assert_true(submit(&used, 50, false));
	run_until(loop, &used, JOBS_MAX + 1);
	fresh.lane = pool_lane(pool, &options, heard, &fresh);
	assert_true(submit(&fresh, 50, false));
	run_until(loop, &fresh, 1);
	assert_int_equal(used.size, fresh.size);
	assert_memory_equal(used.payload, fresh.payload, fresh.size);
	assert_true(submit(&used, 51, false)); /* and is not done twice */
	assert_true(submit(&fresh, 51, false));
	run_until(loop, &used, JOBS_MAX + 2);
	run_until(loop, &fresh, 2);
	assert_memory_equal(used.payload, fresh.payload, fresh.size);
	lane_close(used.lane);
	lane_close(fresh.lane);
	pool_close(pool);
	loop_free(loop);
}

/* Lanes come and go under load, some from inside done(); `heard` fails if it is called for one that is gone. */
static void lanes_close_under_load(void **state)
{
	(void)state;
	for (unsigned threads = 0; threads <= 2; threads += 2) {
		struct loop *loop = loop_new();
		struct encode_pool *pool = pool_new(loop, threads);
		struct ear ear[12] = {{0}};
		uint32_t seed = 3;
		for (uint32_t turn = 0; turn < 600; turn++) {
			for (size_t l = 0; l < 12; l++) {
				seed = seed * 1664525u + 1013904223u;
				if (ear[l].lane == NULL) {
					ear[l] = (struct ear){.next = turn, .close_at = l % 3 == 0 ? turn + 5 : 0};
					ear[l].lane = pool_lane(pool, &options, heard, &ear[l]);
				} else if (seed >> 24 < 20) {
					lane_close(ear[l].lane);
					ear[l].lane = NULL;
					continue;
				}
				if (!submit(&ear[l], turn, false)) { /* a hole in the numbers: it starts anew */
					lane_close(ear[l].lane);
					ear[l].lane = NULL;
				}
			}
			loop_run_once(loop);
		}
		for (size_t l = 0; l < 12; l++)
			lane_close(ear[l].lane);
		pool_close(pool); /* with jobs in every queue */
		loop_free(loop);
	}
}

struct watcher {
	unsigned heard, told; /* packets, and how many of them were told of */
	unsigned arrivals;
};

static void arrived(void *user)
{
	struct watcher *watcher = user;
	watcher->told = watcher->heard;
	watcher->arrivals++;
}

static void heard_one(void *user, const struct job_tag *tag, const uint8_t *payload, size_t size, uint32_t encode_us,
		      uint64_t encoded_us)
{
	struct watcher *watcher = user;
	(void)tag;
	(void)payload;
	(void)size;
	assert_true(encoded_us > encode_us);
	watcher->heard++;
}

/* Every packet is told of when it is there, and several that come together once. */
static void packets_are_announced(void **state)
{
	(void)state;
	for (unsigned threads = 0; threads <= 1; threads++) {
		struct loop *loop = loop_new();
		struct encode_pool *pool = pool_new(loop, threads);
		struct watcher watcher = {0};
		struct lane *lane = pool_lane(pool, &options, heard_one, &watcher);
		static const struct frame silence;
		pool_watch(pool, arrived, &watcher);
		for (uint32_t i = 0; i < 10; i++)
			assert_true(lane_submit(lane, silence.sample, &(struct job_tag){.seq = i}, false));
		while (watcher.heard < 10)
			loop_run_once(loop);
		assert_int_equal(watcher.told, 10);
		pool_watch(pool, NULL, NULL);
		unsigned before = watcher.arrivals;
		assert_true(lane_submit(lane, silence.sample, &(struct job_tag){.seq = 10}, false));
		lane_close(lane);
		pool_close(pool);
		assert_int_equal(watcher.arrivals, before);
		loop_free(loop);
	}
}

static void ends_at_once_with_work_left(void **state)
{
	(void)state;
	for (int round = 0; round < 50; round++) {
		struct loop *loop = loop_new();
		struct encode_pool *pool = pool_new(loop, 2);
		struct ear ear[4] = {{0}};
		for (size_t l = 0; l < 4; l++) {
			ear[l].lane = pool_lane(pool, &options, heard, &ear[l]);
			for (uint32_t seq = 0; seq < (uint32_t)(round % JOBS_MAX); seq++)
				assert_true(submit(&ear[l], seq, false));
			lane_close(ear[l].lane);
			ear[l].lane = NULL;
		}
		pool_close(pool);
		loop_free(loop);
	}
	pool_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_packet_once_and_in_order),
		cmocka_unit_test(refuses_when_full),
		cmocka_unit_test(restart_forgets_the_past),
		cmocka_unit_test(lanes_close_under_load),
		cmocka_unit_test(packets_are_announced),
		cmocka_unit_test(ends_at_once_with_work_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
