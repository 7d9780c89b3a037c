/* A tap as its listener hears it: the source as it comes in, nothing of a microphone that is shut, and nothing at all, not even an
 * encoder at work, when nobody listens. The gain is measured on a constant, before the encoder's eyes: in what a listener decodes.
 */
#include "channel/tap.h"

#include "audio/limiter.h"
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

#define NOTED_MAX 2048
#define HZ 1000
#define SIZE 0.3f

struct ear {
	struct hearing hearing; /* first */
	struct wire_down got[NOTED_MAX];
	float pcm[NOTED_MAX][FRAME_SAMPLES_MAX];
	unsigned count;
	OpusDecoder *decoder;
};

static enum sent ear_hears(struct reader *reader, const uint8_t *bytes, size_t size)
{
	struct ear *ear = (struct ear *)reader;
	assert_true(ear->count < NOTED_MAX);
	assert_true(wire_get_down(bytes, size, &ear->got[ear->count]));
	assert_int_equal(opus_decode_float(ear->decoder, bytes + WIRE_DOWN_HEADER, (opus_int32)(size - WIRE_DOWN_HEADER),
					   ear->pcm[ear->count], FRAME_SAMPLES_MAX, 0),
			 960);
	ear->count++;
	return SENT;
}

struct rig {
	struct encode_pool *pool;
	struct tap *tap;
	uint64_t beat, at;
	bool open;
	float size;
	struct ears ears;
	struct ear ear;
};

static int set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof *rig);
	rig->pool = pool_new(NULL, 0);
	rig->tap = tap_new(&(struct output_options){
		.frame_samples = 960, .packet_samples = 960, .epoch = 5, .stream = 1025, .bitrate = 64000, .complexity = 2, .pool = rig->pool});
	rig->beat = 700;
	rig->open = true;
	rig->size = SIZE;
	rig->ear.decoder = opus_decoder_create(RATE_HZ, 1, NULL);
	ears_open(&rig->ears, ear_hears);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;
	ears_leave(&rig->ear.hearing);
	tap_free(rig->tap);
	ears_close(&rig->ears);
	pool_close(rig->pool);
	opus_decoder_destroy(rig->ear.decoder);
	free(rig);
	return 0;
}

static void listen(struct rig *rig)
{
	ears_join(&rig->ears, &rig->ear.hearing, tap_open(rig->tap), 8);
}

/* One beat; `next` says whether it is open on the following one. A size of 0: nothing comes. */
static void beat(struct rig *rig, bool next)
{
	float samples[FRAME_SAMPLES_MAX];
	for (unsigned i = 0; i < 960; i++)
		samples[i] = rig->size * (float)sin(2 * M_PI * HZ * (double)rig->at++ / RATE_HZ);
	tap_beat(rig->tap, rig->size > 0 ? samples : NULL, rig->open, next, rig->beat++);
	ears_deliver(&rig->ears);
	rig->open = next;
}

static void beats(struct rig *rig, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		beat(rig, rig->open);
}

static float peak(const struct rig *rig, unsigned first, unsigned count)
{
	float most = 0;
	for (unsigned n = first; n < first + count; n++) {
		for (unsigned i = 0; i < 960; i++)
			most = fmaxf(most, fabsf(rig->ear.pcm[n][i]));
	}
	return most;
}

static void the_source_as_it_comes_in(void **state)
{
	struct rig *rig = *state;
	listen(rig);
	beats(rig, 100);
	assert_int_equal(rig->ear.count, 100);
	for (unsigned i = 0; i < 100; i++) {
		const struct wire_down *got = &rig->ear.got[i];
		assert_int_equal(got->seq, 700 + i);
		assert_int_equal(got->stream, 1025);
		assert_int_equal(got->epoch, 5);
		assert_int_equal(got->label, LABEL_ORIGINAL);
		assert_int_equal(got->flags, i == 0 ? WIRE_SOURCE_CHANGED : 0);
	}
	assert_float_equal(peak(rig, 20, 80), SIZE, 0.02); /* no gain of ours */
}

static void nothing_comes(void **state)
{
	struct rig *rig = *state;
	listen(rig);
	beats(rig, 20);
	rig->size = 0;
	beats(rig, 20);
	rig->size = SIZE;
	beats(rig, 20);
	for (unsigned i = 1; i < 60; i++) {
		bool silent = i >= 20 && i < 40;
		assert_int_equal(rig->ear.got[i].label, silent ? LABEL_SILENT : LABEL_ORIGINAL);
		assert_int_equal(rig->ear.got[i].flags, (i == 20 || i == 40 ? WIRE_SOURCE_CHANGED : 0) | (silent ? WIRE_SILENCE : 0));
	}
	assert_true(peak(rig, 25, 15) < 0.001f);
}

/* Shut: from the first sample of the frame that says so, whatever was spoken on. Decoded sound trails by the encoder's delay. */
static void a_shut_microphone_is_silent(void **state)
{
	struct rig *rig = *state;
	listen(rig);
	beats(rig, 50);
	beat(rig, false);
	beats(rig, 30);
	for (unsigned i = 51; i < 81; i++) {
		assert_int_equal(rig->ear.got[i].label, LABEL_SILENT);
		assert_int_equal(rig->ear.got[i].flags & WIRE_SILENCE, WIRE_SILENCE);
	}
	assert_true(peak(rig, 53, 28) < 0.001f);
	for (unsigned i = 480; i < 960; i++) /* 312 samples are the encoder's, the rest is its ringing */
		assert_true(fabsf(rig->ear.pcm[51][i]) < 0.01f);
	beat(rig, true);
	beats(rig, 30);
	assert_int_equal(rig->ear.got[82].label, LABEL_ORIGINAL);
	assert_float_equal(peak(rig, 90, 20), SIZE, 0.02);
	assert_true(peak(rig, 53, 29) < 0.001f); /* up to the last frame before it opens */
}

static void it_never_was_open(void **state)
{
	struct rig *rig = *state;
	rig->open = false;
	listen(rig);
	beats(rig, 50);
	assert_true(peak(rig, 0, 50) < 0.001f);
}

/* A howl in one microphone does not deafen the technician who looks for it. */
static void the_limits_hold(void **state)
{
	struct rig *rig = *state;
	rig->size = 1.5f;
	listen(rig);
	beats(rig, 200);
	assert_true(peak(rig, 150, 50) < 0.6f); /* sustained: SUSTAIN_LIMIT_DB, as the peak of a sine */
}

static void nobody_listens_nothing_is_encoded(void **state)
{
	struct rig *rig = *state;
	beats(rig, 10);
	assert_true(tap_idle(rig->tap));
	assert_int_equal(ring_head(audience_ring(tap_audience(rig->tap))), 0);
	listen(rig);
	assert_int_equal(rig->ear.count, 8); /* of what the source said a moment ago */
	assert_int_equal(rig->ear.got[7].flags & WIRE_HISTORY, WIRE_HISTORY);
	assert_int_equal(rig->ear.got[7].seq, 709);
	rig->ear.count = 0;
	beats(rig, 10);
	assert_false(tap_idle(rig->tap));
	assert_int_equal(rig->ear.got[0].seq, 710);
	ears_leave(&rig->ear.hearing);
	beats(rig, OUTPUT_LINGER_MS / 20 - 1);
	assert_false(tap_idle(rig->tap)); /* people switch back and forth */
	listen(rig);
	assert_int_equal(rig->ear.count, 18);
	assert_int_equal(rig->ear.got[10].flags & WIRE_HISTORY, WIRE_HISTORY);
	ears_leave(&rig->ear.hearing);
	beats(rig, OUTPUT_LINGER_MS / 20 + 1);
	assert_true(tap_idle(rig->tap));
	listen(rig);
	assert_int_equal(rig->ear.count, 26);
	assert_int_equal(rig->ear.got[18].seq, rig->beat - 8); /* nothing stale */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_source_as_it_comes_in),  TEST(nothing_comes),   TEST(a_shut_microphone_is_silent),
		TEST(it_never_was_open),          TEST(the_limits_hold), TEST(nobody_listens_nothing_is_encoded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
