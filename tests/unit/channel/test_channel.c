/* A channel as its listeners see it: one packet a beat whatever happens, flags and labels on the very frame, and renditions that
 * cost nothing while nobody wants them. Encoded without threads, so that everything is there when the beat returns. */
#include "channel/channel.h"

#include <math.h>
#include <opus/opus.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EN 2
#define NOTED_MAX 4096

struct ear {
	struct reader reader; /* first */
	struct wire_down got[NOTED_MAX];
	unsigned count;
	size_t bytes;
};

static enum sent ear_send(struct reader *reader, uint8_t *bytes, size_t size)
{
	struct ear *ear = (struct ear *)reader;
	assert_true(ear->count < NOTED_MAX);
	assert_true(wire_get_down(bytes, size, &ear->got[ear->count++]));
	assert_int_equal(opus_packet_get_nb_samples(bytes + WIRE_DOWN_HEADER, (opus_int32)(size - WIRE_DOWN_HEADER), RATE_HZ), 960);
	ear->bytes += size;
	return SENT;
}

static void ear_skipped(struct reader *reader, uint32_t skipped_ms)
{
	(void)reader;
	(void)skipped_ms;
	fail();
}

static void ear_stuck(struct reader *reader)
{
	(void)reader;
	fail();
}

static const struct reader_ops ear_ops = {.send = ear_send, .skipped = ear_skipped, .stuck = ear_stuck};

struct rig {
	struct encode_pool *pool;
	struct channel *channel;
	struct plan plan[2];
	unsigned now;
	struct mixer_sound sound;
	float tone[FRAME_SAMPLES_MAX];
	uint64_t beat;
	struct ear *ear;
};

static void hear(struct rig *rig, unsigned source, bool on)
{
	rig->sound.sample[source] = on ? rig->tone : NULL;
	rig->sound.loudness[source] = -20;
}

static int set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof *rig);
	rig->pool = pool_new(NULL, 0);
	rig->channel = channel_new(&(struct channel_options){
		.number = EN,
		.frame_samples = 960,
		.epoch = 77,
		.stream_first = 40,
		.bitrate = {32000, 64000},
		.complexity = 2,
		.pool = rig->pool,
	});
	rig->plan[0].channels = 3;
	rig->plan[0].floor_source = 0;
	rig->plan[0].line[EN] = (struct plan_line){.bed = PLAN_BED_FLOOR, .label = LABEL_ORIGINAL};
	for (unsigned i = 0; i < 960; i++)
		rig->tone[i] = 0.2f * (float)sin(2 * M_PI * 1000 * i / RATE_HZ);
	hear(rig, 0, true);
	rig->beat = 9000;
	rig->ear = calloc(1, sizeof *rig->ear);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;
	audience_leave(&rig->ear->reader);
	channel_free(rig->channel);
	pool_close(rig->pool);
	free(rig->ear);
	free(rig);
	return 0;
}

static void beats(struct rig *rig, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		channel_beat(rig->channel, &rig->plan[rig->now], &rig->plan[rig->now], &rig->sound, rig->beat++);
}

/* One beat that announces `next`, which then holds; as stage/ does. */
static void change(struct rig *rig, const struct plan *next)
{
	rig->plan[1 - rig->now] = *next;
	channel_beat(rig->channel, &rig->plan[rig->now], &rig->plan[1 - rig->now], &rig->sound, rig->beat++);
	rig->now = 1 - rig->now;
}

static struct plan voice_plan(const struct rig *rig, bool muted)
{
	struct plan plan = rig->plan[rig->now];
	plan.line[EN] = (struct plan_line){.label = LABEL_DIRECT, .depth = 1, .voices = 1};
	plan.line[EN].voice[0] = (struct plan_voice){.source = INPUTS_MAX, .muted = muted};
	return plan;
}

static void one_packet_a_beat(void **state)
{
	struct rig *rig = *state;
	audience_join(channel_audience(rig->channel, RENDITION_STANDARD), &rig->ear->reader, &ear_ops, 0);
	assert_int_equal(channel_listeners(rig->channel), 1);
	beats(rig, 200);
	assert_int_equal(rig->ear->count, 200);
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(rig->ear->got[i].seq, 9000 + i);
		assert_int_equal(rig->ear->got[i].epoch, 77);
		assert_int_equal(rig->ear->got[i].stream, 40);
		assert_int_equal(rig->ear->got[i].label, LABEL_ORIGINAL);
		assert_int_equal(rig->ear->got[i].flags, i == 0 ? WIRE_SOURCE_CHANGED : 0);
	}
	assert_int_equal(channel_refused(rig->channel), 0);
}

static void label_and_flags_change_on_the_frame(void **state)
{
	struct rig *rig = *state;
	audience_join(channel_audience(rig->channel, RENDITION_STANDARD), &rig->ear->reader, &ear_ops, 0);
	hear(rig, INPUTS_MAX, true);
	beats(rig, 10);
	struct plan on = voice_plan(rig, false);
	change(rig, &on);
	beats(rig, 10);
	struct plan cough = voice_plan(rig, true);
	change(rig, &cough);
	beats(rig, 10);
	for (unsigned i = 1; i < rig->ear->count; i++) {
		const struct wire_down *got = &rig->ear->got[i];
		unsigned flags = (i == 11 || i == 22 ? WIRE_SOURCE_CHANGED : 0) | (i >= 22 ? WIRE_SILENCE : 0);
		assert_int_equal(got->label, i < 11 ? LABEL_ORIGINAL : LABEL_DIRECT);
		assert_int_equal(got->flags, flags);
	}
}

/* Another floor input is another source, although the line says "floor" as before. */
static void other_input_is_a_change(void **state)
{
	struct rig *rig = *state;
	audience_join(channel_audience(rig->channel, RENDITION_STANDARD), &rig->ear->reader, &ear_ops, 0);
	beats(rig, 5);
	struct plan backup = rig->plan[rig->now];
	backup.floor_source = 1;
	change(rig, &backup);
	beats(rig, 5);
	backup.floor_also = 1 << 2; /* and so is one that comes to it */
	change(rig, &backup);
	beats(rig, 5);
	for (unsigned i = 1; i < rig->ear->count; i++)
		assert_int_equal(rig->ear->got[i].flags, i == 6 || i == 12 ? WIRE_SOURCE_CHANGED : 0);
}

static void silence_is_sent(void **state)
{
	struct rig *rig = *state;
	struct plan silent = rig->plan[0];
	silent.line[EN] = (struct plan_line){.label = LABEL_SILENT};
	audience_join(channel_audience(rig->channel, RENDITION_STANDARD), &rig->ear->reader, &ear_ops, 0);
	beats(rig, 20);
	change(rig, &silent);
	beats(rig, 50);
	assert_int_equal(rig->ear->count, 71);
	for (unsigned i = 25; i < 71; i++) {
		assert_int_equal(rig->ear->got[i].flags, WIRE_SILENCE);
		assert_int_equal(rig->ear->got[i].label, LABEL_SILENT);
	}
}

static void high_is_encoded_for_listeners_only(void **state)
{
	struct rig *rig = *state;
	struct audience *high = channel_audience(rig->channel, RENDITION_HIGH),
			*standard = channel_audience(rig->channel, RENDITION_STANDARD);
	beats(rig, 100);
	assert_int_equal(ring_head(audience_ring(high)), 0);
	assert_int_equal(ring_head(audience_ring(standard)), 100); /* for history */
	audience_join(high, &rig->ear->reader, &ear_ops, 8);
	assert_int_equal(rig->ear->count, 0);
	beats(rig, 100);
	assert_int_equal(rig->ear->count, 100);
	assert_int_equal(rig->ear->got[0].seq, 9100);
	assert_int_equal(rig->ear->got[0].stream, 41);
}

/* Who comes back within seconds finds it running, with history; who comes later gets nothing that is stale. */
static void high_lingers_and_then_forgets(void **state)
{
	struct rig *rig = *state;
	struct audience *high = channel_audience(rig->channel, RENDITION_HIGH);
	audience_join(high, &rig->ear->reader, &ear_ops, 0);
	beats(rig, 100);
	audience_leave(&rig->ear->reader);
	beats(rig, 5 * 50);
	rig->ear->count = 0;
	audience_join(high, &rig->ear->reader, &ear_ops, 8);
	assert_int_equal(rig->ear->count, 8);
	assert_int_equal(rig->ear->got[7].seq, rig->beat - 1);
	audience_leave(&rig->ear->reader);
	beats(rig, 20 * 50);
	assert_true(ring_head(audience_ring(high)) < 100 + 16 * 50);
	rig->ear->count = 0;
	audience_join(high, &rig->ear->reader, &ear_ops, 8);
	assert_int_equal(rig->ear->count, 0);
	beats(rig, 2);
	assert_int_equal(rig->ear->count, 2);
	assert_int_equal(rig->ear->got[0].seq, rig->beat - 2);
	assert_int_equal(rig->ear->got[0].flags, 0);
}

static void meter_and_frame_are_those_of_the_mix(void **state)
{
	struct rig *rig = *state;
	beats(rig, 100);
	float peak_db = level_take_peak_db(channel_level(rig->channel));
	assert_true(fabsf(peak_db - 20 * log10f(0.2f)) < 0.2f);
	float peak = 0;
	for (unsigned i = 0; i < 960; i++)
		peak = fmaxf(peak, fabsf(channel_frame(rig->channel)->sample[i]));
	assert_true(fabsf(peak - 0.2f) < 0.005f);
	assert_in_range(channel_delay_samples(rig->channel), 1, 960);
}

static void words_of_renditions(void **state)
{
	(void)state;
	assert_int_equal(rendition_of("standard"), RENDITION_STANDARD);
	assert_int_equal(rendition_of("high"), RENDITION_HIGH);
	assert_int_equal(rendition_of("higher"), -1);
	assert_int_equal(rendition_of(""), -1);
	assert_string_equal(rendition_word(RENDITION_HIGH), "high");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(one_packet_a_beat),
		TEST(label_and_flags_change_on_the_frame),
		TEST(other_input_is_a_change),
		TEST(silence_is_sent),
		TEST(high_is_encoded_for_listeners_only),
		TEST(high_lingers_and_then_forgets),
		TEST(meter_and_frame_are_those_of_the_mix),
		cmocka_unit_test(words_of_renditions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
