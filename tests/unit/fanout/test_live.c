/* /live: the bytes are taken apart with libogg and decoded with opusfile, which knows nothing of how they were made. */
#include "fanout/live.h"

#include "encode/encoder.h"
#include "unit/fanout/ears.h"

#include <math.h>
#include <ogg/ogg.h>
#include <opus/opusfile.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FRAME_SAMPLES 960
#define TONE_HZ 1000
#define BYTES_MAX (1 << 20)

/* A player: takes all bytes, or none while it is full. */
struct player {
	struct exchange ex; /* first */
	uint8_t *bytes;
	size_t size;
	unsigned sends;
	bool full, begun, ended;
};

static void player_begin(struct exchange *ex, int status, const char *type)
{
	assert_int_equal(status, 200);
	assert_string_equal(type, "audio/ogg");
	((struct player *)ex)->begun = true;
}

static enum sent player_send(struct exchange *ex, uint8_t *bytes, size_t size)
{
	struct player *player = (struct player *)ex;
	assert_true(player->begun);
	if (player->full)
		return SENT_FULL;
	assert_true(player->size + size <= BYTES_MAX);
	memcpy(player->bytes + player->size, bytes, size);
	memset(bytes - PACKET_HEADROOM, 0xee, PACKET_HEADROOM);
	player->size += size;
	player->sends++;
	return SENT;
}

static void player_end(struct exchange *ex)
{
	((struct player *)ex)->ended = true;
}

static const struct exchange_ops player_ops = {.begin = player_begin, .send = player_send, .end = player_end};

struct station {
	struct here here;
	struct outlet outlet;
	struct ring *ring;
	struct audience *audience;
	struct encoder *encoder;
	struct player player;
	struct live *live;
	uint32_t seq;
	uint64_t samples;
};

static int set_up(void **state)
{
	struct station *station = calloc(1, sizeof *station);
	const struct encoder_options options = {FRAME_SAMPLES, 32000, 5};
	station->ring = ring_new(1, 1, 20);
	station->audience = audience_new(station->ring);
	station->encoder = encoder_new(&options);
	station->player.ex.ops = &player_ops;
	here_open(&station->here);
	station->outlet = (struct outlet){.walk = station->here.walk, .exchange = &station->player.ex};
	station->player.ex.outlet = &station->outlet; /* the hub's object and the socket's are the same here */
	station->player.bytes = malloc(BYTES_MAX);
	station->seq = 4000;
	*state = station;
	return 0;
}

static int tear_down(void **state)
{
	struct station *station = *state;
	live_close(station->live);
	audience_free(station->audience);
	here_close(&station->here);
	encoder_free(station->encoder);
	free(station->player.bytes);
	free(station);
	return 0;
}

static void beats(struct station *station, unsigned count)
{
	for (unsigned n = 0; n < count; n++) {
		struct frame frame;
		uint8_t payload[OPUS_PAYLOAD_MAX];
		for (unsigned i = 0; i < FRAME_SAMPLES; i++)
			frame.sample[i] = 0.25f * (float)sin(2 * M_PI * TONE_HZ * (double)station->samples++ / RATE_HZ);
		size_t size = encoder_encode(station->encoder, frame.sample, payload, sizeof payload);
		ring_put(station->ring, station->seq++, 0, LABEL_ORIGINAL, payload, size, 0);
		here_deliver(&station->here);
	}
}

static void tune_in(struct station *station)
{
	const struct live_options options = {
		.title = "主会场: zh-CN",
		.language = "zh-CN",
		.pre_skip = encoder_delay_samples(station->encoder),
	};
	station->live = live_open(&station->player.ex, station->audience, &options);
}

/* What a demuxer sees. */
struct demuxed {
	unsigned packets;      /* of sound */
	int64_t granule[4096]; /* of the page on which each of them ends */
	uint8_t head[64], tags[512];
	size_t head_size, tags_size;
};

static void note_packet(struct demuxed *d, const ogg_packet *packet, unsigned number, int64_t granule)
{
	if (number == 0) {
		assert_true(packet->b_o_s);
		assert_int_equal(granule, 0);
		memcpy(d->head, packet->packet, d->head_size = (size_t)packet->bytes);
	} else if (number == 1) {
		assert_int_equal(granule, 0);
		memcpy(d->tags, packet->packet, d->tags_size = (size_t)packet->bytes);
	} else {
		d->granule[d->packets++] = granule;
	}
}

/* One packet a page (RFC 7845 wants the headers so; we want it of all, so that nothing waits). */
static void demux(const struct player *player, struct demuxed *d)
{
	ogg_sync_state sync;
	ogg_stream_state stream;
	ogg_page page;
	ogg_packet packet;
	unsigned pages = 0;
	memset(d, 0, sizeof *d);
	ogg_sync_init(&sync);
	memcpy(ogg_sync_buffer(&sync, (long)player->size), player->bytes, player->size);
	ogg_sync_wrote(&sync, (long)player->size);
	for (int found; (found = ogg_sync_pageout(&sync, &page)) != 0; pages++) {
		assert_int_equal(found, 1); /* -1: bytes that are no page */
		if (pages == 0)
			ogg_stream_init(&stream, ogg_page_serialno(&page));
		assert_int_equal(ogg_page_pageno(&page), pages);
		assert_int_equal(ogg_stream_pagein(&stream, &page), 0);
		assert_int_equal(ogg_stream_packetout(&stream, &packet), 1);
		note_packet(d, &packet, pages, ogg_page_granulepos(&page));
		assert_int_equal(ogg_stream_packetout(&stream, &packet), 0);
	}
	ogg_stream_clear(&stream);
	ogg_sync_clear(&sync);
}

static bool contains(const uint8_t *bytes, size_t size, const char *what)
{
	return memmem(bytes, size, what, strlen(what)) != NULL;
}

static void headers_are_right(void **state)
{
	struct station *station = *state;
	struct demuxed d;
	beats(station, 1);
	tune_in(station);
	demux(&station->player, &d);
	assert_int_equal(d.head_size, 19);
	OpusHead head;
	assert_int_equal(opus_head_parse(&head, d.head, d.head_size), 0);
	assert_int_equal(head.version, 1);
	assert_int_equal(head.channel_count, 1);
	assert_int_equal(head.pre_skip, encoder_delay_samples(station->encoder));
	assert_int_equal(head.input_sample_rate, 48000);
	assert_int_equal(head.output_gain, 0);
	OpusTags tags;
	assert_int_equal(opus_tags_parse(&tags, d.tags, d.tags_size), 0);
	assert_string_equal(opus_tags_query(&tags, "TITLE", 0), "主会场: zh-CN");
	assert_string_equal(opus_tags_query(&tags, "LANGUAGE", 0), "zh-CN");
	assert_true(contains((const uint8_t *)tags.vendor, strlen(tags.vendor), "boothcast"));
	opus_tags_clear(&tags);
}

static void starts_with_what_was_just_said(void **state)
{
	struct station *station = *state;
	struct demuxed d;
	beats(station, 50);
	tune_in(station);
	demux(&station->player, &d);
	assert_in_range(d.packets, 1, 10); /* some sound at once, and not stale */
	unsigned at_start = d.packets;
	beats(station, 100);
	demux(&station->player, &d);
	assert_int_equal(d.packets, at_start + 100);
	for (unsigned i = 0; i < d.packets; i++)
		assert_int_equal(d.granule[i], (i + 1) * FRAME_SAMPLES);
}

static void gap_in_time_is_a_gap_in_granules(void **state)
{
	struct station *station = *state;
	struct demuxed d;
	tune_in(station);
	beats(station, 10);
	station->seq += 5;
	beats(station, 10);
	demux(&station->player, &d);
	assert_int_equal(d.packets, 20);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(d.granule[i], (i + 1 + (i >= 10 ? 5 : 0)) * FRAME_SAMPLES);
}

static void full_player_gets_all_when_it_reads_on(void **state)
{
	struct station *station = *state;
	struct demuxed d;
	station->player.full = true; /* the first byte may go out only when the transport says so */
	tune_in(station);
	beats(station, 5);
	assert_int_equal(station->player.size, 0);
	station->player.full = false;
	outlet_writable(&station->outlet);
	beats(station, 5);
	station->player.full = true;
	beats(station, 60);
	demux(&station->player, &d);
	assert_int_equal(d.packets, 10);
	station->player.full = false;
	outlet_writable(&station->outlet);
	beats(station, 5);
	demux(&station->player, &d);
	assert_int_equal(d.packets, 75);
	for (unsigned i = 0; i < 75; i++)
		assert_int_equal(d.granule[i], (i + 1) * FRAME_SAMPLES);
}

/* The page that did not go out at first goes out before the jump; then comes the newest packet, at its own time. */
static void too_slow_player_is_moved_on(void **state)
{
	struct station *station = *state;
	struct demuxed d;
	tune_in(station);
	beats(station, 5);
	station->player.full = true;
	beats(station, 200);
	station->player.full = false;
	outlet_writable(&station->outlet);
	demux(&station->player, &d);
	assert_int_equal(d.packets, 7);
	assert_int_equal(d.granule[5], 6 * FRAME_SAMPLES);
	assert_int_equal(d.granule[6], 205 * FRAME_SAMPLES);
	beats(station, 1);
	demux(&station->player, &d);
	assert_int_equal(d.granule[7], 206 * FRAME_SAMPLES);
}

static void stuck_player_is_ended(void **state)
{
	struct station *station = *state;
	tune_in(station);
	beats(station, 5);
	station->player.full = true;
	beats(station, STUCK_MS / 20 + 5);
	assert_true(station->player.ended);
}

/* Twice the mean of signal * sine over n samples, both phases: the amplitude at one frequency. */
static double amplitude(const float *samples, size_t count, double hz)
{
	double re = 0, im = 0;
	for (size_t i = 0; i < count; i++) {
		re += samples[i] * cos(2 * M_PI * hz * (double)i / RATE_HZ);
		im += samples[i] * sin(2 * M_PI * hz * (double)i / RATE_HZ);
	}
	return 2 * sqrt(re * re + im * im) / (double)count;
}

static void plays(void **state)
{
	struct station *station = *state;
	enum { SECONDS = 4 };
	int error;
	tune_in(station);
	beats(station, SECONDS * 50);
	OggOpusFile *file = op_open_memory(station->player.bytes, station->player.size, &error);
	assert_non_null(file);
	float *pcm = calloc(SECONDS * RATE_HZ, sizeof *pcm);
	size_t count = 0;
	for (;;) {
		int n = op_read_float(file, pcm + count, (int)(SECONDS * RATE_HZ - count), NULL);
		assert_true(n >= 0); /* also no OP_HOLE */
		if (n == 0)
			break;
		count += (size_t)n;
	}
	assert_int_equal(count, SECONDS * RATE_HZ - encoder_delay_samples(station->encoder));
	for (size_t second = 0; second < SECONDS - 1; second++) {
		const float *at = pcm + second * RATE_HZ + RATE_HZ / 2;
		assert_true(fabs(amplitude(at, RATE_HZ, TONE_HZ) - 0.25) < 0.02);
		assert_true(amplitude(at, RATE_HZ, 1700) < 0.002);
	}
	op_free(file);
	free(pcm);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(headers_are_right),
		TEST(starts_with_what_was_just_said),
		TEST(gap_in_time_is_a_gap_in_granules),
		TEST(full_player_gets_all_when_it_reads_on),
		TEST(too_slow_player_is_moved_on),
		TEST(stuck_player_is_ended),
		TEST(plays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
