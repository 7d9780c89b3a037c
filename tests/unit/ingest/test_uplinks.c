/* The uplinks of a connection: each message goes to the publisher of its stream, and what is not taken is said by a status. */
#include "ingest/uplinks.h"

#include "ingest/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW_US UINT64_C(1742551200000000)
#define STREAMS (PUBLISHES_MAX + 1)

struct rig {
	struct uplinks uplinks;
	struct source *source[STREAMS];
};

static int set_up(void **state)
{
	static struct rig rig;
	memset(&rig, 0, sizeof rig);
	for (unsigned i = 0; i < STREAMS; i++)
		rig.source[i] = source_new("floor/main", 960);
	*state = &rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;
	while (rig->uplinks.count > 0)
		uplinks_close(&rig->uplinks, rig->uplinks.open[0].stream);
	for (unsigned i = 0; i < STREAMS; i++)
		source_free(rig->source[i]);
	return 0;
}

static enum status open_stream(struct rig *rig, unsigned i)
{
	static const struct publisher_format format = {CODEC_PCM_S16LE, 48000, 1};
	struct publisher *publisher;
	assert_int_equal(publisher_open(&publisher, rig->source[i], &format, NOW_US), STATUS_OK);
	enum status status = uplinks_add(&rig->uplinks, (uint16_t)(i + 1), publisher);
	if (status != STATUS_OK)
		publisher_close(publisher);
	return status;
}

/* A message of 20 ms of PCM. */
static enum status put(struct rig *rig, unsigned stream, uint32_t seq, size_t size)
{
	static uint8_t bytes[BINARY_MAX];
	struct wire_up header = {.stream = (uint16_t)stream, .seq = seq};
	wire_put_up(bytes, &header);
	return uplinks_put(&rig->uplinks, bytes, size, NOW_US + seq * 20000u);
}

static uint64_t received(const struct rig *rig, unsigned i)
{
	struct source_stats stats;
	source_stats(rig->source[i], &stats);
	return stats.received;
}

static void each_stream_has_its_publisher(void **state)
{
	struct rig *rig = *state;
	for (unsigned i = 0; i < PUBLISHES_MAX; i++)
		assert_int_equal(open_stream(rig, i), STATUS_OK);
	assert_int_equal(open_stream(rig, PUBLISHES_MAX), STATUS_TOO_MANY);
	for (unsigned i = 0; i < PUBLISHES_MAX; i++) {
		for (uint32_t seq = 0; seq <= i; seq++)
			assert_int_equal(put(rig, i + 1, seq, WIRE_UP_HEADER + 1920), STATUS_OK);
	}
	for (unsigned i = 0; i < PUBLISHES_MAX; i++)
		assert_int_equal(received(rig, i), i + 1);
	uplinks_close(&rig->uplinks, 1);
	assert_false(uplinks_has(&rig->uplinks, 1));
	assert_int_equal(put(rig, 1, 1, WIRE_UP_HEADER + 1920), STATUS_NOT_PUBLISHING);
	assert_int_equal(put(rig, PUBLISHES_MAX, PUBLISHES_MAX, WIRE_UP_HEADER + 1920),
			 STATUS_OK); /* the last took the first's place */
	assert_int_equal(open_stream(rig, 0), STATUS_OK);
}

static void other_messages_are_refused(void **state)
{
	struct rig *rig = *state;
	assert_int_equal(open_stream(rig, 0), STATUS_OK);
	for (size_t size = 0; size < WIRE_UP_HEADER; size++)
		assert_int_equal(put(rig, 1, 0, size), STATUS_BAD_HEADER);
	assert_int_equal(put(rig, 0, 0, WIRE_UP_HEADER + 1920), STATUS_NOT_PUBLISHING);
	assert_int_equal(put(rig, 2, 0, WIRE_UP_HEADER + 1920), STATUS_NOT_PUBLISHING);
	assert_int_equal(put(rig, 65535, 0, WIRE_UP_HEADER + 1920), STATUS_NOT_PUBLISHING);
	assert_int_equal(put(rig, 1, 0, WIRE_UP_HEADER + 1919), STATUS_BAD_PCM);
	assert_int_equal(received(rig, 0), 0);
	assert_int_equal(rig->uplinks.heard_us, NOW_US); /* a refused message is a sign of life too */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {TEST(each_stream_has_its_publisher), TEST(other_messages_are_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
