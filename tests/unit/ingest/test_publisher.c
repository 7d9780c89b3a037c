/* Messages of an uplink, good and bad: what passes, what is refused with which status, and that a refused one disturbs nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/ingest/simulation.h"

#include <opus/opus.h>

struct uplink {
	struct source *source;
	struct publisher *publisher;
	OpusEncoder *encoder;
	uint32_t seq;
	uint64_t now_us;
	uint64_t samples; /* sent */
	struct frame frame;
};

static void open_uplink(struct uplink *up, enum codec codec, unsigned rate_hz, unsigned channels)
{
	struct publisher_format format = {codec, rate_hz, channels};
	*up = (struct uplink){.now_us = SIM_START_US};
	up->source = source_new("desk/zh-en/1", 960);
	up->encoder = opus_encoder_create(48000, 1, OPUS_APPLICATION_AUDIO, NULL);
	source_take(up->source, &up->frame, up->now_us - 10000); /* the beat runs already */
	assert_int_equal(publisher_open(&up->publisher, up->source, &format, up->now_us), STATUS_OK);
}

static void close_uplink(struct uplink *up)
{
	if (up->publisher != NULL)
		publisher_close(up->publisher);
	opus_encoder_destroy(up->encoder);
	source_free(up->source);
}

static enum status put(struct uplink *up, uint8_t flags, uint32_t seq, const uint8_t *sound, size_t size)
{
	struct wire_up header = {.flags = flags, .seq = seq};
	return publisher_put(up->publisher, &header, sound, size, up->now_us);
}

/* A packet of a 500 Hz tone, `count` samples at 48 kHz. */
static size_t tone_packet(struct uplink *up, uint8_t *packet, size_t count)
{
	float pcm[5760];
	for (size_t i = 0; i < count; i++)
		pcm[i] = 0.5f * (float)sin(2 * SIM_PI * 500 * (double)(up->samples + i) / 48000);
	up->samples += count;
	return (size_t)opus_encode_float(up->encoder, pcm, (int)count, packet, 1500);
}

/* Sends a good packet and takes a beat. */
static enum source_state go_on(struct uplink *up, unsigned beats)
{
	enum source_state state = SOURCE_EMPTY;
	for (; beats > 0; beats--) {
		uint8_t packet[1500];
		size_t size = tone_packet(up, packet, 960);
		assert_int_equal(put(up, 0, up->seq++, packet, size), STATUS_OK);
		up->now_us += 10000;
		state = source_take(up->source, &up->frame, up->now_us);
		up->now_us += 10000;
	}
	return state;
}

static struct source_stats stats_of(const struct uplink *up)
{
	struct source_stats stats;
	source_stats(up->source, &stats);
	return stats;
}

static void test_opus_of_every_length(void **state)
{
	(void)state;
	static const size_t lengths[] = {120, 240, 480, 960, 1920, 2880};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct uplink up;
		open_uplink(&up, CODEC_OPUS, 48000, 1);
		float heard[48000];
		size_t sent = 0;
		for (size_t beat = 0; beat < 100; beat++) {
			for (; sent < (beat + 1) * 960 + 1920; sent += lengths[i]) {
				uint8_t packet[1500];
				size_t size = tone_packet(&up, packet, lengths[i]);
				assert_int_equal(put(&up, 0, up.seq++, packet, size), STATUS_OK);
			}
			source_take(up.source, &up.frame, up.now_us += 20000);
			if (beat >= 50)
				memcpy(heard + (beat - 50) * 960, up.frame.sample, sizeof up.frame.sample);
		}
		double db = 20 * log10(sim_amplitude(heard, 48000, 500) / 0.5);
		assert_true(fabs(db) < 0.5);
		assert_int_equal(stats_of(&up).late, 0);
		close_uplink(&up);
	}
}

static void test_bad_opus(void **state)
{
	(void)state;
	struct uplink up;
	uint8_t packet[2048], good[1500];
	open_uplink(&up, CODEC_OPUS, 48000, 1);
	go_on(&up, 50);
	size_t size = tone_packet(&up, good, 960);

	assert_int_equal(put(&up, 0, up.seq, packet, 0), STATUS_BAD_OPUS); /* empty */
	memset(packet, 0xff, sizeof packet);
	assert_int_equal(put(&up, 0, up.seq, packet, 2), STATUS_BAD_OPUS); /* 63 frames of 20 ms */
	packet[0] = 3;                                                     /* code 3 without a count */
	assert_int_equal(put(&up, 0, up.seq, packet, 1), STATUS_BAD_OPUS);
	packet[1] = 0; /* code 3 with no frame */
	assert_int_equal(put(&up, 0, up.seq, packet, 10), STATUS_BAD_OPUS);
	packet[0] = (uint8_t)((good[0] & 0xfc) | 1); /* code 1 with two halves of odd size together */
	assert_int_equal(put(&up, 0, up.seq, packet, 4), STATUS_BAD_OPUS);
	packet[0] = (uint8_t)((good[0] & 0xfc) | 2); /* code 2 with a first frame longer than all */
	packet[1] = 200;
	assert_int_equal(put(&up, 0, up.seq, packet, 100), STATUS_BAD_OPUS);
	packet[0] = (uint8_t)(good[0] & 0xfc); /* one frame of more than 1275 bytes */
	assert_int_equal(put(&up, 0, up.seq, packet, 1400), STATUS_BAD_OPUS);
	packet[0] = 3 | 3 << 3; /* two frames of 60 ms: valid, too long */
	packet[1] = 2;
	assert_int_equal(put(&up, 0, up.seq, packet, 42), STATUS_BAD_OPUS);

	/* nothing of it was taken: the numbers and the sound go on */
	struct source_stats before = stats_of(&up);
	assert_int_equal(put(&up, 0, up.seq++, good, size), STATUS_OK);
	up.now_us += 10000;
	assert_int_equal(source_take(up.source, &up.frame, up.now_us), SOURCE_LIVE);
	up.now_us += 10000;
	assert_int_equal(go_on(&up, 50), SOURCE_LIVE);
	assert_int_equal(stats_of(&up).late, 0);
	assert_int_equal(stats_of(&up).lost, 0);
	assert_int_equal(stats_of(&up).received, before.received + 51);
	close_uplink(&up);
}

static void test_bad_pcm(void **state)
{
	(void)state;
	struct uplink up;
	static uint8_t sound[20000];
	open_uplink(&up, CODEC_PCM_S16LE, 48000, 2);
	assert_int_equal(put(&up, 0, 0, sound, 0), STATUS_BAD_PCM);
	assert_int_equal(put(&up, 0, 0, sound, 3841), STATUS_BAD_PCM);
	assert_int_equal(put(&up, 0, 0, sound, 3842), STATUS_BAD_PCM);
	assert_int_equal(put(&up, 0, 0, sound, 2880 * 4 + 4), STATUS_BAD_PCM);
	assert_int_equal(stats_of(&up).received, 0);
	assert_int_equal(put(&up, 0, 0, sound, 2880 * 4), STATUS_OK);
	assert_int_equal(put(&up, 0, 1, sound, 4), STATUS_OK);
	close_uplink(&up);
}

static void test_bad_formats(void **state)
{
	(void)state;
	static const struct publisher_format bad[] = {
		{CODEC_PCM_S16LE, 7999, 1},  {CODEC_PCM_S16LE, 192001, 1}, {CODEC_PCM_S16LE, 0, 1},
		{CODEC_PCM_S16LE, 48000, 0}, {CODEC_PCM_S16LE, 48000, 3},  {CODEC_OPUS, 48000, 6},
	};
	struct source *source = source_new("floor/main", 960);
	struct publisher *publisher = NULL;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(publisher_open(&publisher, source, &bad[i], SIM_START_US), STATUS_BAD_FORMAT);
	assert_null(publisher);
	struct source_stats stats;
	source_stats(source, &stats);
	assert_false(stats.open);
	/* for Opus the rate is the decoder's, whatever is said */
	struct publisher_format odd = {CODEC_OPUS, 1, 1};
	assert_int_equal(publisher_open(&publisher, source, &odd, SIM_START_US), STATUS_OK);
	publisher_close(publisher);
	source_free(source);
}

static void test_second_publisher_is_refused(void **state)
{
	(void)state;
	struct uplink up;
	struct publisher *second = NULL;
	struct publisher_format format = {CODEC_OPUS, 48000, 1};
	open_uplink(&up, CODEC_OPUS, 48000, 1);
	go_on(&up, 20);
	assert_int_equal(publisher_open(&second, up.source, &format, up.now_us), STATUS_TAKEN);
	assert_null(second);
	assert_int_equal(go_on(&up, 20), SOURCE_LIVE);
	assert_int_equal(stats_of(&up).late, 0);
	publisher_close(up.publisher);
	up.publisher = NULL;
	assert_int_equal(publisher_open(&up.publisher, up.source, &format, up.now_us), STATUS_OK);
	close_uplink(&up);
}

static void test_sequence(void **state)
{
	(void)state;
	struct uplink up;
	uint8_t packet[1500];
	open_uplink(&up, CODEC_OPUS, 48000, 1);
	up.seq = UINT32_MAX - 10; /* runs over zero on the way */
	go_on(&up, 30);
	size_t size = tone_packet(&up, packet, 960);
	assert_int_equal(put(&up, 0, up.seq - 1, packet, size), STATUS_BAD_SEQUENCE);   /* again */
	assert_int_equal(put(&up, 0, up.seq - 25, packet, size), STATUS_BAD_SEQUENCE);  /* old */
	assert_int_equal(put(&up, 0, up.seq + 501, packet, size), STATUS_BAD_SEQUENCE); /* more than 10 s ahead */
	assert_int_equal(put(&up, 0, up.seq + 0x80000000u, packet, size), STATUS_BAD_SEQUENCE);
	assert_int_equal(stats_of(&up).lost, 0);
	assert_int_equal(go_on(&up, 10), SOURCE_LIVE);
	/* marked as a discontinuity, any number is a new beginning */
	assert_int_equal(put(&up, WIRE_DISCONTINUITY, 7, packet, size), STATUS_OK);
	assert_int_equal(stats_of(&up).lost, 0);
	up.seq = 8;
	assert_int_equal(go_on(&up, 10), SOURCE_LIVE);
	/* ten seconds ahead is a gap */
	assert_int_equal(put(&up, 0, up.seq + 500, packet, size), STATUS_OK);
	assert_int_equal(stats_of(&up).lost, 500);
	close_uplink(&up);
}

/* Loses `lost` frames of a running tone; the worst residual of the tone within the second after. */
static double lose(enum codec codec, unsigned lost, struct source_stats *stats)
{
	struct uplink up;
	double memory[2] = {0, 0}, worst = 0;
	open_uplink(&up, codec, 48000, 1);
	for (unsigned beat = 0; beat < 150; beat++) {
		uint8_t sound[4000];
		size_t size;
		if (codec == CODEC_OPUS) {
			size = tone_packet(&up, sound, 960);
		} else {
			for (size = 0; size < 1920; size += 2, up.samples++) {
				int16_t s = (int16_t)lrint(16000 * sin(2 * SIM_PI * 500 * (double)up.samples / 48000));
				sound[size] = (uint8_t)s;
				sound[size + 1] = (uint8_t)((uint16_t)s >> 8);
			}
		}
		if (beat < 100 || beat >= 100 + lost)
			assert_int_equal(put(&up, 0, beat, sound, size), STATUS_OK);
		source_take(up.source, &up.frame, up.now_us += 20000);
		double click = sim_click(up.frame.sample, 960, 500, memory);
		if (beat >= 99)
			worst = fmax(worst, click);
	}
	*stats = stats_of(&up);
	close_uplink(&up);
	return worst;
}

static void test_gaps(void **state)
{
	(void)state;
	struct source_stats stats;
	for (unsigned lost = 1; lost <= 10; lost += lost < 4 ? 1 : 3) {
		for (enum codec codec = CODEC_OPUS; codec <= CODEC_PCM_S16LE; codec++) {
			double worst = lose(codec, lost, &stats);
			print_message("%s, %u lost: late %lu, dropped %lu ms, delay %.1f, residual %.1e\n",
				      codec == CODEC_OPUS ? "opus" : "pcm", lost, (unsigned long)stats.late,
				      (unsigned long)stats.dropped_ms, stats.depth_ms, worst);
			assert_int_equal(stats.lost, lost);
			assert_int_equal(stats.state, SOURCE_LIVE);
			/* the time of the gap has passed, once: neither twice nor not at all */
			assert_int_equal(stats.dropped_ms, 0);
			assert_true(stats.depth_ms > 22 && stats.depth_ms < 28);
			/* a hard edge in the tone would be a residual of up to 0.5 */
			assert_true(worst < 0.08);
		}
	}
}

static void test_gap_while_sound_waits_is_filled(void **state)
{
	(void)state;
	struct uplink up;
	open_uplink(&up, CODEC_OPUS, 48000, 1);
	go_on(&up, 100);
	double before_ms = stats_of(&up).depth_ms;
	/* the sender skips two numbers at once, without a pause: two frames of time are missing in what it sent */
	up.seq += 2;
	assert_int_equal(go_on(&up, 25), SOURCE_LIVE);
	assert_int_equal(stats_of(&up).lost, 2);
	assert_int_equal(stats_of(&up).late, 0);
	assert_true(stats_of(&up).depth_ms > before_ms + 25);
	close_uplink(&up);
}

static void test_too_fast(void **state)
{
	(void)state;
	struct uplink up;
	uint8_t packet[1500];
	size_t size;
	unsigned good = 0, refused = 0;
	open_uplink(&up, CODEC_OPUS, 48000, 1);
	size = tone_packet(&up, packet, 960);
	/* ten times real time for ten seconds */
	for (unsigned i = 0; i < 5000; i++) {
		enum status status = put(&up, 0, up.seq++, packet, size);
		assert_true(status == STATUS_OK || status == STATUS_TOO_FAST);
		good += status == STATUS_OK;
		refused += status == STATUS_TOO_FAST;
		if (i % 10 == 9)
			assert_int_not_equal(source_take(up.source, &up.frame, up.now_us += 20000), SOURCE_EMPTY + 99);
	}
	/* what passes is time and a second, and the two percent of a fast clock */
	assert_in_range(good, 540, 562);
	assert_int_equal(good + refused, 5000);
	assert_int_equal(stats_of(&up).lost, 0);
	close_uplink(&up);
}

static void test_burst_after_a_stall_is_welcome(void **state)
{
	(void)state;
	struct uplink up;
	uint8_t packet[1500];
	open_uplink(&up, CODEC_OPUS, 48000, 1);
	go_on(&up, 100);
	for (unsigned i = 0; i < 200; i++)
		source_take(up.source, &up.frame, up.now_us += 20000);
	for (unsigned i = 0; i < 200; i++) {
		size_t size = tone_packet(&up, packet, 960);
		assert_int_equal(put(&up, 0, up.seq++, packet, size), STATUS_OK);
	}
	go_on(&up, 100);
	assert_true(stats_of(&up).depth_ms < 100);
	close_uplink(&up);
}

static void test_a_fast_clock_is_no_flood(void **state)
{
	(void)state;
	/* three hours at +1000 ppm: ten seconds more than time */
	struct sim sim = {.tone_hz = 500,
			  .tone_amplitude = 0,
			  .rate_hz = 8000,
			  .channels = 1,
			  .frame_us = 20000,
			  .beat_samples = 960,
			  .ppm = 1000};
	sim_open(&sim);
	while (sim.now_us < SIM_START_US + 3600ull * 1000000) {
		assert_int_equal(sim_deliver(&sim, sim.now_us), STATUS_OK);
		sim.now_us += 20000;
	}
	sim_close(&sim);
}

static void test_close_plays_the_rest(void **state)
{
	(void)state;
	struct uplink up;
	open_uplink(&up, CODEC_OPUS, 48000, 1);
	go_on(&up, 50);
	uint8_t packet[1500];
	for (int i = 0; i < 5; i++) {
		size_t size = tone_packet(&up, packet, 960);
		put(&up, 0, up.seq++, packet, size);
	}
	publisher_close(up.publisher);
	up.publisher = NULL;
	assert_false(stats_of(&up).open);
	for (int i = 0; i < 5; i++)
		assert_int_equal(source_take(up.source, &up.frame, up.now_us += 20000), SOURCE_LIVE);
	while (source_take(up.source, &up.frame, up.now_us += 20000) != SOURCE_EMPTY)
		assert_true(stats_of(&up).silent_ms <= 420);
	assert_true(stats_of(&up).silent_ms > 400);
	for (int i = 0; i < 960; i++)
		assert_true(up.frame.sample[i] == 0);
	close_uplink(&up);
}

static void test_put_on_beat(void **state)
{
	(void)state;
	struct source *source = source_new("floor/main", 480);
	struct frame in, out;
	for (int i = 0; i < 480; i++)
		in.sample[i] = (float)i / 480;
	assert_int_equal(source_take(source, &out, SIM_START_US), SOURCE_EMPTY);
	source_put_on_beat(source, &in);
	assert_int_equal(source_take(source, &out, SIM_START_US + 10000), SOURCE_LIVE);
	/* after the blend at the beginning sample for sample, nothing added, nothing late */
	assert_memory_equal(out.sample + 240, in.sample + 240, 240 * sizeof(float));
	source_put_on_beat(source, &in);
	assert_int_equal(source_take(source, &out, SIM_START_US + 20000), SOURCE_LIVE);
	assert_memory_equal(out.sample, in.sample, 480 * sizeof(float));
	assert_int_equal(source_take(source, &out, SIM_START_US + 30000), SOURCE_CONCEALED);
	struct source_stats stats;
	source_stats(source, &stats);
	assert_int_equal(stats.silent_ms, 10);
	source_free(source);
}

/* A source rests when nobody has published for SOURCE_REST_MS; a publisher wakes it, and its first sound is as with one that never
 * rested. */
static void unused_source_rests(void **state)
{
	struct uplink up;
	struct source_stats stats;
	(void)state;
	open_uplink(&up, CODEC_OPUS, 48000, 1);
	assert_false(source_rest(up.source, up.now_us)); /* somebody publishes */
	publisher_close(up.publisher);
	up.publisher = NULL;
	assert_true(source_rest(up.source, up.now_us += 20000)); /* there never was any sound */
	struct frame frame = {{0}};
	frame.sample[0] = 0.5f;
	source_put_on_beat(up.source, &frame);
	assert_false(source_rest(up.source, up.now_us += 20000));
	assert_int_equal(source_take(up.source, &up.frame, up.now_us), SOURCE_LIVE);
	unsigned beats = 0;
	while (!source_rest(up.source, up.now_us += 20000)) {
		source_take(up.source, &up.frame, up.now_us);
		beats++;
	}
	assert_in_range(beats, SOURCE_REST_MS / 20 - 1, SOURCE_REST_MS / 20 + 1);
	source_stats(up.source, &stats);
	uint64_t silent_ms = stats.silent_ms;
	assert_true(source_rest(up.source, up.now_us += 20000));
	source_stats(up.source, &stats);
	assert_int_equal(stats.silent_ms, silent_ms + 20);
	close_uplink(&up);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unused_source_rests),
		cmocka_unit_test(test_opus_of_every_length),
		cmocka_unit_test(test_bad_opus),
		cmocka_unit_test(test_bad_pcm),
		cmocka_unit_test(test_bad_formats),
		cmocka_unit_test(test_second_publisher_is_refused),
		cmocka_unit_test(test_sequence),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_gap_while_sound_waits_is_filled),
		cmocka_unit_test(test_too_fast),
		cmocka_unit_test(test_burst_after_a_stall_is_welcome),
		cmocka_unit_test(test_a_fast_clock_is_no_flood),
		cmocka_unit_test(test_close_plays_the_rest),
		cmocka_unit_test(test_put_on_beat),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
