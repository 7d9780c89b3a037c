/* An output whose packets are encoded on a thread: one that stops and starts again while packets are under way. */
#include "channel/output.h"

#include "base/loop.h"
#include "unit/fanout/ears.h"

#include <stdlib.h>

#define FIRST_BEAT 9000
#define NOTED_MAX 64

struct ear {
	struct hearing hearing; /* first */
	struct wire_down got[NOTED_MAX];
	unsigned count;
};

static enum sent ear_hears(struct reader *reader, const uint8_t *bytes, size_t size)
{
	struct ear *ear = (struct ear *)reader;
	assert_true(ear->count < NOTED_MAX);
	assert_true(wire_get_down(bytes, size, &ear->got[ear->count++]));
	return SENT;
}

struct rig {
	struct loop *loop;
	struct encode_pool *pool;
	struct past *past;
	struct output *output;
	struct ring *ring;
	struct ears ears;
	struct ear ear;
	uint64_t beat;
};

static int set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof *rig);
	rig->loop = loop_new();
	rig->pool = pool_new(rig->loop, 1);
	rig->past = past_new(960);
	rig->output = output_new(&(struct output_options){
		.frame_samples = 960, .packet_samples = 960, .stream = 7, .bitrate = 32000, .pool = rig->pool});
	rig->ring = audience_ring(output_audience(rig->output));
	rig->beat = FIRST_BEAT;
	ears_open(&rig->ears, ear_hears);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;
	ears_leave(&rig->ear.hearing);
	output_free(rig->output);
	past_free(rig->past);
	pool_close(rig->pool);
	ears_close(&rig->ears);
	loop_free(rig->loop);
	free(rig);
	return 0;
}

/* A beat whose packet stays under way: the loop does not turn. */
static void beat(struct rig *rig)
{
	static const struct frame silence;
	past_put(rig->past, rig->beat++, &silence, (struct past_words){.label = LABEL_ORIGINAL});
	output_beat(rig->output, rig->past);
}

static void take_packets(struct rig *rig, uint64_t head)
{
	while (ring_head(rig->ring) < head)
		loop_run_wait(rig->loop);
	ears_deliver(&rig->ears);
}

/* Until it stops, since nobody listens; the packets of the last `late` beats are still under way then. */
static void run_out(struct rig *rig, unsigned late)
{
	uint64_t head = ring_head(rig->ring);
	output_open(rig->output, rig->past);
	for (unsigned i = 1; i < OUTPUT_LINGER_MS / 20; i++) {
		beat(rig);
		if (i + late < OUTPUT_LINGER_MS / 20)
			take_packets(rig, head + i);
	}
	assert_true(output_running(rig->output));
	beat(rig);
	assert_false(output_running(rig->output));
}

/* Those come back when somebody has started it again, and are nothing that this one was promised. */
static void start_again(struct rig *rig, unsigned history, unsigned late)
{
	uint32_t told;
	run_out(rig, late);
	struct audience *audience = output_open(rig->output, rig->past);
	uint64_t head = ring_head(rig->ring);
	assert_true(ring_live_seq(rig->ring, &told));
	assert_int_equal(told, rig->beat);
	memset(&rig->ear, 0, sizeof rig->ear);
	ears_join(&rig->ears, &rig->ear.hearing, audience, history);
	for (unsigned i = 0; i < 3; i++)
		beat(rig);
	take_packets(rig, head + HISTORY_MAX + 3);
	assert_int_equal(rig->ear.count, history + 3);
	for (unsigned i = 0; i < history + 3; i++) {
		assert_int_equal(rig->ear.got[i].seq, told - history + i);
		assert_int_equal(rig->ear.got[i].flags & WIRE_HISTORY, i < history ? WIRE_HISTORY : 0);
	}
	ears_leave(&rig->ear.hearing);
}

static void started_again_with_packets_under_way(void **state)
{
	struct rig *rig = *state;
	output_open(rig->output, rig->past); /* before the first beat */
	for (unsigned i = 1; i <= 12; i++) {
		beat(rig);
		take_packets(rig, i);
	}
	for (unsigned late = 0; late <= 6; late += 2) {
		start_again(rig, 0, late);
		start_again(rig, HISTORY_MAX, late);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(started_again_with_packets_under_way, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
