/* A channel as its listeners see it: one packet a beat whatever happens, flags and labels on the very frame, and renditions that
 * cost nothing while nobody wants them. Encoded without threads, so that everything is there when the beat returns. */
#include "channel/channel.h"

#include "unit/fanout/ears.h"

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
	struct hearing hearing; /* first */
	struct wire_down got[NOTED_MAX];
	unsigned count;
	int samples; /* of the newest */
	size_t bytes;
};

static enum sent ear_hears(struct reader *reader, const uint8_t *bytes, size_t size)
{
	struct ear *ear = (struct ear *)reader;
	assert_true(ear->count < NOTED_MAX);
	assert_true(wire_get_down(bytes, size, &ear->got[ear->count++]));
	ear->samples = opus_packet_get_nb_samples(bytes + WIRE_DOWN_HEADER, (opus_int32)(size - WIRE_DOWN_HEADER), RATE_HZ);
	ear->bytes += size;
	return SENT;
}

struct rig {
	struct encode_pool *pool;
	struct channel *channel;
	struct plan plan[2];
	unsigned now;
	struct mixer_sound sound;
	float tone[FRAME_SAMPLES_MAX];
	uint64_t beat;
	struct ears ears;
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
		.bitrate = {32000, 64000, 14000},
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
	ears_open(&rig->ears, ear_hears);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;
	ears_leave(&rig->ear->hearing);
	channel_free(rig->channel);
	ears_close(&rig->ears);
	pool_close(rig->pool);
	free(rig->ear);
	free(rig);
	return 0;
}

static void beats(struct rig *rig, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		channel_beat(rig->channel, &rig->plan[rig->now], &rig->plan[rig->now], &rig->sound, rig->beat++);
		ears_deliver(&rig->ears);
	}
}

/* One beat that announces `next`, which then holds; as stage/ does. */
static void change(struct rig *rig, const struct plan *next)
{
	rig->plan[1 - rig->now] = *next;
	channel_beat(rig->channel, &rig->plan[rig->now], &rig->plan[1 - rig->now], &rig->sound, rig->beat++);
	rig->now = 1 - rig->now;
	ears_deliver(&rig->ears);
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
	ears_join(&rig->ears, &rig->ear->hearing, channel_open(rig->channel, RENDITION_STANDARD), 0);
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
	ears_join(&rig->ears, &rig->ear->hearing, channel_open(rig->channel, RENDITION_STANDARD), 0);
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
	ears_join(&rig->ears, &rig->ear->hearing, channel_open(rig->channel, RENDITION_STANDARD), 0);
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
	ears_join(&rig->ears, &rig->ear->hearing, channel_open(rig->channel, RENDITION_STANDARD), 0);
	beats(rig, 20);
	change(rig, &silent);
	beats(rig, 50);
	assert_int_equal(rig->ear->count, 71);
	for (unsigned i = 25; i < 71; i++) {
		assert_int_equal(rig->ear->got[i].flags, WIRE_SILENCE);
		assert_int_equal(rig->ear->got[i].label, LABEL_SILENT);
	}
}

/* And yet whoever comes first has history. */
static void nothing_is_encoded_for_nobody(void **state)
{
	struct rig *rig = *state;
	beats(rig, 100);
	for (unsigned i = 0; i < RENDITION_COUNT; i++)
		assert_int_equal(ring_head(audience_ring(channel_audience(rig->channel, (enum rendition)i))), 0);
	ears_join(&rig->ears, &rig->ear->hearing, channel_open(rig->channel, RENDITION_HIGH), 5);
	assert_int_equal(rig->ear->count, 5);
	beats(rig, 100);
	assert_int_equal(rig->ear->count, 105);
	for (unsigned i = 0; i < 105; i++) {
		assert_int_equal(rig->ear->got[i].seq, 9095 + i);
		assert_int_equal(rig->ear->got[i].flags, i < 5 ? WIRE_HISTORY : 0);
		assert_int_equal(rig->ear->got[i].stream, 41);
	}
	assert_int_equal(ring_head(audience_ring(channel_audience(rig->channel, RENDITION_STANDARD))), 0);
}

/* Who comes back within seconds finds it running; who comes later gets nothing that is stale. */
static void an_output_lingers_and_then_forgets(void **state)
{
	struct rig *rig = *state;
	ears_join(&rig->ears, &rig->ear->hearing, channel_open(rig->channel, RENDITION_HIGH), 0);
	beats(rig, 100);
	ears_leave(&rig->ear->hearing);
	beats(rig, 5 * 50);
	rig->ear->count = 0;
	struct audience *high = channel_open(rig->channel, RENDITION_HIGH);
	assert_int_equal(ring_head(audience_ring(high)), 350);
	ears_join(&rig->ears, &rig->ear->hearing, high, 8);
	assert_int_equal(rig->ear->count, 8);
	assert_int_equal(rig->ear->got[7].seq, rig->beat - 1);
	ears_leave(&rig->ear->hearing);
	beats(rig, 20 * 50);
	assert_int_equal(ring_head(audience_ring(high)), 350 + OUTPUT_LINGER_MS / 20 - 1);
	rig->ear->count = 0;
	ears_join(&rig->ears, &rig->ear->hearing, channel_open(rig->channel, RENDITION_HIGH), 8);
	assert_int_equal(rig->ear->count, 8);
	assert_int_equal(rig->ear->got[7].seq, rig->beat - 1);
	beats(rig, 2);
	assert_int_equal(rig->ear->count, 10);
	assert_int_equal(rig->ear->got[8].seq, rig->beat - 2);
	assert_int_equal(rig->ear->got[8].flags, 0);
}

/* Packets of 60 ms: a third as many, numbered by their own length on the same clock. */
static void saver_packets(void **state)
{
	struct rig *rig = *state;
	ears_join(&rig->ears, &rig->ear->hearing, channel_open(rig->channel, RENDITION_SAVER), 8);
	assert_int_equal(rig->ear->count, 0); /* no beat yet */
	beats(rig, 300);
	assert_int_equal(rig->ear->count, 100);
	assert_int_equal(rig->ear->samples, PACKET_SAMPLES_MAX);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(rig->ear->got[i].seq, 3000 + i);
		assert_int_equal(rig->ear->got[i].stream, 42);
		assert_int_equal(rig->ear->got[i].flags, i == 0 ? WIRE_SOURCE_CHANGED : 0);
	}
	double kbits = (double)rig->ear->bytes * 8 / 6 / 1000;
	assert_true(kbits > 10 && kbits < 18); /* with headers */
}

/* Whoever comes in the middle of a packet gets history of whole ones, and then that packet, whole. */
static void saver_begins_anywhere(void **state)
{
	struct rig *rig = *state;
	beats(rig, 30);
	for (unsigned i = 0; i < 7; i++) {
		uint32_t whole = (uint32_t)(rig->beat / 3);
		rig->ear->count = 0;
		ears_join(&rig->ears, &rig->ear->hearing, channel_open(rig->channel, RENDITION_SAVER), 8);
		assert_int_equal(rig->ear->count, 3); /* HISTORY_MAX_MS, in whole packets */
		beats(rig, 12);
		for (unsigned k = 0; k < rig->ear->count; k++) {
			assert_int_equal(rig->ear->got[k].seq, whole - 3 + k);
			assert_int_equal(rig->ear->got[k].flags, k < 3 ? WIRE_HISTORY : 0);
		}
		assert_int_equal(rig->ear->got[rig->ear->count - 1].seq, rig->beat / 3 - 1);
		ears_leave(&rig->ear->hearing);
		beats(rig, OUTPUT_LINGER_MS / 20 + 1);
	}
}

/* History that is made afterwards says the same as packets that were made in their time. */
static void history_is_sound(void **state)
{
	struct rig *rig = *state;
	struct ear *late = calloc(1, sizeof *late);
	hear(rig, INPUTS_MAX, true);
	ears_join(&rig->ears, &rig->ear->hearing, channel_open(rig->channel, RENDITION_STANDARD), 0);
	beats(rig, 20);
	struct plan on = voice_plan(rig, false);
	change(rig, &on);
	beats(rig, 3);
	ears_join(&rig->ears, &late->hearing, channel_open(rig->channel, RENDITION_HIGH), 8);
	assert_int_equal(late->count, 8);
	for (unsigned i = 0; i < 8; i++) {
		const struct wire_down *then = &rig->ear->got[rig->ear->count - 8 + i], *now = &late->got[i];
		assert_int_equal(now->seq, then->seq);
		assert_int_equal(now->label, then->label);
		assert_int_equal(now->flags, then->flags | WIRE_HISTORY);
	}
	ears_leave(&late->hearing);
	free(late);
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
	assert_int_equal(rendition_of("saver"), RENDITION_SAVER);
}

/* A channel that rested through silence gives the same samples, sound and silence alike, as one that was mixed on every beat. A
 * beat whose two plans are equal but not the same is never left out, so `awake` is always mixed. */
static void rest_changes_no_sample(void **state)
{
	struct rig *rig = *state;
	struct channel *awake = channel_new(&(struct channel_options){.number = EN,
								      .frame_samples = 960,
								      .epoch = 77,
								      .stream_first = 90,
								      .bitrate = {32000, 64000, 14000},
								      .pool = rig->pool});
	struct plan twin = rig->plan[0];
	unsigned silent_beats = 0;
	for (unsigned beat = 0; beat < 600; beat++) {
		hear(rig, 0, beat % 200 < 60); /* speech, then a pause long enough to rest */
		struct plan floor = rig->plan[0];
		if (beat % 200 >= 80)
			floor.floor_source = PLAN_NO_SOURCE;
		bool changes = memcmp(&floor, &rig->plan[rig->now], sizeof floor) != 0;
		const struct plan *now = &rig->plan[rig->now], *next = now;
		if (changes) {
			rig->plan[1 - rig->now] = floor;
			next = &rig->plan[1 - rig->now];
		}
		twin = *next;
		channel_beat(awake, now, &twin, &rig->sound, rig->beat);
		channel_beat(rig->channel, now, next, &rig->sound, rig->beat++);
		rig->now = changes ? 1 - rig->now : rig->now;
		assert_memory_equal(channel_frame(awake)->sample, channel_frame(rig->channel)->sample, 960 * sizeof(float));
		silent_beats += channel_frame(awake)->sample[959] == 0 && channel_frame(awake)->sample[0] == 0;
	}
	assert_true(silent_beats > 200);
	channel_free(awake);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(one_packet_a_beat),
		TEST(label_and_flags_change_on_the_frame),
		TEST(other_input_is_a_change),
		TEST(silence_is_sent),
		TEST(nothing_is_encoded_for_nobody),
		TEST(an_output_lingers_and_then_forgets),
		TEST(saver_packets),
		TEST(saver_begins_anywhere),
		TEST(history_is_sound),
		TEST(meter_and_frame_are_those_of_the_mix),
		cmocka_unit_test(words_of_renditions),
		TEST(rest_changes_no_sample),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
