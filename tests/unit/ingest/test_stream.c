/* Streams of Ogg Opus, WAV and raw PCM: any cut gives the same sound; a file is paced and complete, a live encoder is followed;
 * what is not sound is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/ingest/simulation.h"

#include "ingest/container.h"
#include "ingest/media_type.h"
#include "ingest/stream.h"

#include <ogg/ogg.h>
#include <opus/opus.h>
#include <sndfile.h>
#include <stdio.h>

#define BODY_MAX (4 * 1024 * 1024)

static uint8_t body[BODY_MAX];

/* ---- bodies ---- */

static int tone_at(double hz, double t_s)
{
	return (int)lrint(16000 * sin(2 * SIM_PI * hz * t_s));
}

static size_t make_raw(uint8_t *to, unsigned rate_hz, unsigned channels, double seconds, bool big)
{
	size_t samples = (size_t)(rate_hz * seconds), size = 0;
	for (size_t i = 0; i < samples; i++)
		for (unsigned c = 0; c < channels; c++, size += 2) {
			uint16_t s = (uint16_t)tone_at(1000, (double)i / rate_hz);
			to[size + !big] = (uint8_t)(s >> 8);
			to[size + big] = (uint8_t)s;
		}
	return size;
}

static sf_count_t memory_at, memory_size;

static sf_count_t memory_length(void *user)
{
	(void)user;
	return memory_size;
}

static sf_count_t memory_seek(sf_count_t offset, int whence, void *user)
{
	(void)user;
	memory_at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? memory_at + offset : memory_size + offset;
	return memory_at;
}

static sf_count_t memory_read(void *to, sf_count_t size, void *user)
{
	memcpy(to, (uint8_t *)user + memory_at, (size_t)size);
	memory_at += size;
	return size;
}

static sf_count_t memory_write(const void *from, sf_count_t size, void *user)
{
	memcpy((uint8_t *)user + memory_at, from, (size_t)size);
	memory_at += size;
	if (memory_at > memory_size)
		memory_size = memory_at;
	return size;
}

static sf_count_t memory_tell(void *user)
{
	(void)user;
	return memory_at;
}

static size_t make_wav(uint8_t *to, int format, unsigned rate_hz, unsigned channels, double seconds)
{
	SF_VIRTUAL_IO io = {memory_length, memory_seek, memory_read, memory_write, memory_tell};
	SF_INFO info = {.samplerate = (int)rate_hz, .channels = (int)channels, .format = format};
	memory_at = memory_size = 0;
	SNDFILE *file = sf_open_virtual(&io, SFM_WRITE, &info, to);
	assert_non_null(file);
	for (size_t i = 0; i < (size_t)(rate_hz * seconds); i++) {
		float s = 0.5f * (float)sin(2 * SIM_PI * 1000 * (double)i / rate_hz), both[2] = {s, s};
		sf_writef_float(file, both, 1);
	}
	sf_close(file);
	return (size_t)memory_size;
}

struct muxer {
	ogg_stream_state stream;
	OpusEncoder *encoder;
	uint8_t *to;
	size_t size;
	int64_t granule;
	unsigned packets, per_page;
	int channels;
	uint64_t samples;
};

static void mux_flush(struct muxer *mux)
{
	ogg_page page;
	while (ogg_stream_flush(&mux->stream, &page)) {
		memcpy(mux->to + mux->size, page.header, (size_t)page.header_len);
		memcpy(mux->to + mux->size + page.header_len, page.body, (size_t)page.body_len);
		mux->size += (size_t)(page.header_len + page.body_len);
	}
}

static void mux_packet(struct muxer *mux, const void *bytes, size_t size, bool first, bool last)
{
	ogg_packet packet = {.packet = (unsigned char *)(uintptr_t)bytes,
			     .bytes = (long)size,
			     .b_o_s = first,
			     .e_o_s = last,
			     .granulepos = mux->granule,
			     .packetno = mux->packets++};
	ogg_stream_packetin(&mux->stream, &packet);
}

static void mux_begin(struct muxer *mux, uint8_t *to, int serial, int channels, unsigned per_page, size_t comment_size)
{
	uint8_t head[19] = {'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, (uint8_t)channels, 312 & 255, 312 >> 8, 0x80, 0xbb};
	uint8_t *tags = calloc(1, comment_size + 24);
	*mux = (struct muxer){.to = to, .per_page = per_page, .channels = channels};
	ogg_stream_init(&mux->stream, serial);
	mux->encoder = opus_encoder_create(48000, channels, OPUS_APPLICATION_AUDIO, NULL);
	opus_encoder_ctl(mux->encoder, OPUS_SET_BITRATE(28000)); /* a second fits on a page, whatever libogg likes */
	mux_packet(mux, head, sizeof head, true, false);
	mux_flush(mux);
	memcpy(tags, "OpusTags\0\0\0\0\1\0\0\0", 16);
	for (int i = 0; i < 4; i++)
		tags[16 + i] = (uint8_t)(comment_size >> (8 * i));
	mux_packet(mux, tags, comment_size + 20, false, false);
	mux_flush(mux);
	free(tags);
}

static void mux_tone(struct muxer *mux, unsigned packets, size_t length)
{
	for (unsigned i = 0; i < packets; i++) {
		float pcm[2 * 2880];
		uint8_t packet[1500];
		for (size_t s = 0; s < length; s++, mux->samples++)
			for (int c = 0; c < mux->channels; c++)
				pcm[s * (size_t)mux->channels + (size_t)c] =
					0.5f * (float)sin(2 * SIM_PI * 1000 * (double)mux->samples / 48000);
		int size = opus_encode_float(mux->encoder, pcm, (int)length, packet, sizeof packet);
		mux->granule += (int64_t)length;
		mux_packet(mux, packet, (size_t)size, false, i + 1 == packets);
		if (i % mux->per_page == mux->per_page - 1)
			mux_flush(mux);
	}
	mux_flush(mux);
}

static size_t mux_end(struct muxer *mux)
{
	ogg_stream_clear(&mux->stream);
	opus_encoder_destroy(mux->encoder);
	return mux->size;
}

static size_t make_ogg(uint8_t *to, int channels, unsigned packets, unsigned per_page)
{
	struct muxer mux;
	mux_begin(&mux, to, 7, channels, per_page, 20);
	mux_tone(&mux, packets, 960);
	return mux_end(&mux);
}

/* ---- hearing ---- */

#define HEARD_MAX (48000 * 16)

struct listener {
	struct source *source;
	struct stream *stream;
	uint64_t now_us;
	float heard[HEARD_MAX];
	size_t count;
	unsigned beats[4];
};

static struct listener listener;

static struct listener *listen_to(const char *content_type)
{
	struct listener *l = &listener;
	struct frame frame;
	l->source = source_new("floor/main", 960);
	l->now_us = SIM_START_US;
	l->count = 0;
	memset(l->beats, 0, sizeof l->beats);
	source_take(l->source, &frame, l->now_us - 10000);
	assert_int_equal(stream_open(&l->stream, l->source, content_type, l->now_us), STATUS_OK);
	return l;
}

static void hear(struct listener *l, unsigned beats)
{
	for (; beats > 0; beats--) {
		struct frame frame;
		l->now_us += 10000;
		if (l->stream != NULL)
			stream_pump(l->stream, l->now_us);
		l->beats[source_take(l->source, &frame, l->now_us)]++;
		l->now_us += 10000;
		if (l->count + 960 <= HEARD_MAX) {
			memcpy(l->heard + l->count, frame.sample, sizeof frame.sample);
			l->count += 960;
		}
	}
}

static struct source_stats stats_of(const struct listener *l)
{
	struct source_stats stats;
	source_stats(l->source, &stats);
	return stats;
}

static void stop_listening(struct listener *l)
{
	if (l->stream != NULL)
		stream_close(l->stream);
	source_free(l->source);
}

/* Puts a whole body as a well-behaved caller does: 8 KiB at a time, paused while it is ahead. */
static enum status put_file(struct listener *l, const uint8_t *bytes, size_t size)
{
	bool paused = false;
	enum status status = STATUS_OK;
	while (size > 0 && status == STATUS_OK) {
		paused = stream_ahead_ms(l->stream) > (paused ? 100u : 200u);
		if (paused) {
			hear(l, 1);
			continue;
		}
		size_t now = size < 8192 ? size : 8192;
		status = stream_put(l->stream, bytes, now, l->now_us);
		bytes += now;
		size -= now;
	}
	return status;
}

static void drain(struct listener *l)
{
	assert_int_equal(stream_end(l->stream, l->now_us), STATUS_OK);
	while (!stream_drained(l->stream))
		hear(l, 1);
}

/* The stretch of sound that was heard: from the first to the last sample above a hundredth. */
static size_t sounding(const struct listener *l, size_t *from)
{
	size_t first = 0, last = l->count;
	while (first < last && fabsf(l->heard[first]) < 0.01f)
		first++;
	while (last > first && fabsf(l->heard[last - 1]) < 0.01f)
		last--;
	*from = first;
	return last - first;
}

static void assert_tone(const struct listener *l, double seconds)
{
	size_t from, count = sounding(l, &from);
	/* and a tail that is made up and fades */
	assert_in_range(count, seconds * 48000 - 1500, (seconds + FADE_OUT_MS / 1000.0) * 48000 + 1500);
	size_t middle = (size_t)(seconds / 2 * 48000);
	double db = 20 * log10(sim_amplitude(l->heard + from + middle / 2, middle, 1000) / 0.494 + 1e-9);
	if (fabs(db) > 0.5)
		fail_msg("%.2f dB", db);
}

/* A file of two seconds: all of it is heard, at the right pitch and level, without a beat missing in the middle. */
static void whole_file_is_heard(const char *type, size_t size, double seconds)
{
	struct listener *l = listen_to(type);
	assert_int_equal(put_file(l, body, size), STATUS_OK);
	drain(l);
	stream_close(l->stream);
	l->stream = NULL;
	hear(l, 40);
	assert_tone(l, seconds);
	assert_int_equal(stats_of(l).late, 0);
	assert_int_equal(stats_of(l).dropped_ms, 0);
	stop_listening(l);
}

static void test_wav_files(void **state)
{
	(void)state;
	static const int formats[] = {SF_FORMAT_WAV | SF_FORMAT_PCM_16,  SF_FORMAT_WAV | SF_FORMAT_PCM_24,
				      SF_FORMAT_WAV | SF_FORMAT_PCM_U8,  SF_FORMAT_WAV | SF_FORMAT_FLOAT,
				      SF_FORMAT_WAV | SF_FORMAT_ULAW,    SF_FORMAT_WAVEX | SF_FORMAT_PCM_32,
				      SF_FORMAT_RF64 | SF_FORMAT_PCM_16, SF_FORMAT_WAV | SF_FORMAT_PCM_16 | SF_ENDIAN_BIG};
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		whole_file_is_heard("audio/wav", make_wav(body, formats[i], 44100, 1 + i % 2, 2), 2);
	whole_file_is_heard("audio/x-wav", make_wav(body, formats[0], 8000, 1, 2), 2);
	whole_file_is_heard("audio/vnd.wave; codec=1", make_wav(body, formats[3], 192000, 2, 2), 2);
}

static void test_raw_files(void **state)
{
	(void)state;
	whole_file_is_heard("audio/L16; rate=48000; channels=2", make_raw(body, 48000, 2, 2, true), 2);
	whole_file_is_heard("audio/l16;channels=1;rate=\"44100\"", make_raw(body, 44100, 1, 2, true), 2);
	/* the order said, or found out */
	whole_file_is_heard("audio/L16; rate=48000; endianness=little-endian", make_raw(body, 48000, 1, 2, false), 2);
	whole_file_is_heard("audio/L16; rate=48000", make_raw(body, 48000, 1, 2, false), 2);
	whole_file_is_heard("audio/L16; rate=192000;channels=2", make_raw(body, 192000, 2, 2, false), 2);
}

static void test_ogg_files(void **state)
{
	(void)state;
	whole_file_is_heard("audio/ogg", make_ogg(body, 1, 100, 1), 2);
	whole_file_is_heard("application/ogg", make_ogg(body, 2, 100, 50), 2);
	whole_file_is_heard("Audio/OGG; codecs=opus", make_ogg(body, 2, 100, 100), 2);
}

static void test_long_comments(void **state)
{
	(void)state;
	/* a picture of 300 KB in the comments, over many pages */
	struct muxer mux;
	mux_begin(&mux, body, 7, 1, 50, 300000);
	mux_tone(&mux, 100, 960);
	whole_file_is_heard("audio/ogg", mux_end(&mux), 2);
}

static void test_chained_ogg(void **state)
{
	(void)state;
	size_t first = make_ogg(body, 1, 50, 10);
	struct muxer mux;
	mux_begin(&mux, body + first, 8, 2, 10, 20);
	mux.samples = 50 * 960 - 312; /* the tone goes on, where the first decoder's delay has cut it off */
	mux_tone(&mux, 50, 960);
	whole_file_is_heard("audio/ogg", first + mux_end(&mux), 2);
}

/* ---- cuts ---- */

/* A file of 0.1 s, cut at each position: the sound of each must be the same to the sample. */
static void any_cut_sounds_the_same(const char *type, size_t size)
{
	static float whole[48000];
	for (size_t cut = 0; cut <= size; cut++) {
		struct listener *l = listen_to(type);
		assert_int_equal(stream_put(l->stream, body, cut, l->now_us), STATUS_OK);
		assert_int_equal(stream_put(l->stream, body + cut, size - cut, l->now_us), STATUS_OK);
		hear(l, 20);
		if (cut == 0) {
			size_t from;
			assert_true(sounding(l, &from) > 4000);
			memcpy(whole, l->heard, l->count * sizeof *whole);
		}
		if (memcmp(whole, l->heard, l->count * sizeof *whole) != 0)
			fail_msg("%s: another sound when cut at %zu of %zu", type, cut, size);
		stop_listening(l);
	}
}

static void test_cuts(void **state)
{
	(void)state;
	any_cut_sounds_the_same("audio/wav", make_wav(body, SF_FORMAT_WAV | SF_FORMAT_PCM_24, 8000, 1, 0.1));
	any_cut_sounds_the_same("audio/L16; rate=8000; channels=2; endianness=big-endian", make_raw(body, 8000, 2, 0.1, true));
	any_cut_sounds_the_same("audio/ogg", make_ogg(body, 1, 5, 2));
}

static void test_byte_by_byte(void **state)
{
	(void)state;
	size_t size = make_ogg(body, 1, 100, 10);
	struct listener *l = listen_to("audio/ogg");
	for (size_t i = 0; i < size; i++) {
		while (stream_ahead_ms(l->stream) > 200)
			hear(l, 1);
		assert_int_equal(stream_put(l->stream, body + i, 1, l->now_us), STATUS_OK);
	}
	drain(l);
	hear(l, 20);
	assert_tone(l, 2);
	stop_listening(l);
}

/* ---- live ---- */

struct live {
	const uint8_t *bytes;
	size_t size, sent;
	size_t block; /* bytes of one burst */
	double block_ms;
	double ppm;
	uint64_t stall_from_us, stall_to_us; /* after the start */
};

/* Sends each block when the encoder has it, between the beats, until the body ends. */
static void be_live(struct listener *l, struct live *live)
{
	for (uint64_t block = 0; live->sent < live->size; hear(l, 1)) {
		uint64_t beat_us = l->now_us - SIM_START_US + 10000;
		while (live->sent < live->size && stream_ahead_ms(l->stream) <= 200) {
			double ready_us = (double)(block + 1) * live->block_ms * 1000 / (1 + live->ppm / 1e6);
			if (ready_us >= (double)live->stall_from_us && ready_us < (double)live->stall_to_us)
				ready_us = (double)live->stall_to_us;
			if (ready_us > (double)beat_us)
				break;
			size_t left = live->size - live->sent, now = left < live->block ? left : live->block;
			assert_int_equal(stream_put(l->stream, live->bytes + live->sent, now, SIM_START_US + (uint64_t)ready_us),
					 STATUS_OK);
			live->sent += now;
			block++;
		}
	}
}

static void test_live_wav_drifts(void **state)
{
	(void)state;
	for (int fast = -1; fast <= 1; fast += 2) {
		size_t size = make_raw(body, 8000, 1, 180, true);
		struct listener *l = listen_to("audio/L16; rate=8000; endianness=big-endian");
		struct live live = {.bytes = body, .size = size, .block = 640, .block_ms = 40, .ppm = 300 * fast};
		be_live(l, &live);
		struct source_stats stats = stats_of(l);
		print_message("live, %+d ppm: late %lu, dropped %lu ms, delay %.1f, clock %+.0f ppm\n", 300 * fast,
			      (unsigned long)stats.late, (unsigned long)stats.dropped_ms, stats.depth_ms, stats.drift_ppm);
		assert_int_equal(stats.late, 0);
		assert_int_equal(stats.dropped_ms, 0);
		assert_true(fabs(stats.drift_ppm - 300 * fast) < 80);
		assert_true(stats.depth_ms < 90);
		stop_listening(l);
	}
}

/* A minute of Ogg Opus in pages of one second, as ffmpeg and opusenc make them; page 20 and those after it are held back for some
 * seconds. */
static struct source_stats live_pages(unsigned stall_s)
{
	size_t size = make_ogg(body, 1, 50 * 60, 50), page[80] = {0}, pages = 0;
	for (size_t i = 0; i + 4 < size && pages < 79; i++)
		if (memcmp(body + i, "OggS", 4) == 0)
			page[pages++] = i;
	page[pages] = size;
	struct listener *l = listen_to("audio/ogg");
	stream_put(l->stream, body, page[2], l->now_us);
	for (size_t i = 2, second = 1; i < pages; second++) {
		hear(l, 50);
		if (second >= 20 && second < 20 + stall_s)
			continue;
		for (; i < pages && i < 2 + second; i++) {
			assert_true(stream_ahead_ms(l->stream) <= 200);
			assert_int_equal(stream_put(l->stream, body + page[i], page[i + 1] - page[i], l->now_us), STATUS_OK);
		}
	}
	hear(l, 40);
	struct source_stats stats = stats_of(l);
	print_message("pages of 1 s, stall of %u s: late %lu, dropped %lu ms, delay %.1f\n", stall_s, (unsigned long)stats.late,
		      (unsigned long)stats.dropped_ms, stats.depth_ms);
	stop_listening(l);
	return stats;
}

static void test_live_ogg_with_pages_of_a_second(void **state)
{
	(void)state;
	struct source_stats stats = live_pages(0);
	assert_int_equal(stats.late, 0);
	assert_int_equal(stats.dropped_ms, 0);
	assert_true(stats.depth_ms < 110);
	stats = live_pages(5);
	assert_true(stats.late < 30);
	assert_true(stats.dropped_ms > 4000 && stats.dropped_ms < 6000);
	assert_true(stats.depth_ms < 150);
}

static void test_live_after_a_stall_is_live_again(void **state)
{
	(void)state;
	size_t size = make_raw(body, 16000, 1, 40, true);
	struct listener *l = listen_to("audio/L16; rate=16000; endianness=big-endian");
	struct live live = {
		.bytes = body, .size = size, .block = 640, .block_ms = 20, .stall_from_us = 10000000, .stall_to_us = 15000000};
	be_live(l, &live);
	struct source_stats stats = stats_of(l);
	print_message("stall of 5 s: dropped %lu ms, delay %.1f\n", (unsigned long)stats.dropped_ms, stats.depth_ms);
	assert_true(stats.dropped_ms > 4400 && stats.dropped_ms <= 5100);
	assert_true(stats.depth_ms < 120);
	stop_listening(l);
}

static void test_hiccup_of_a_file_loses_nothing(void **state)
{
	(void)state;
	size_t size = make_raw(body, 48000, 2, 10, true);
	struct listener *l = listen_to("audio/L16; rate=48000; channels=2; endianness=big-endian");
	size_t half = size / 2 / 4 * 4;
	assert_int_equal(put_file(l, body, half), STATUS_OK);
	while (!stream_drained(l->stream))
		hear(l, 1);
	hear(l, 100); /* its disk is slow for two seconds */
	assert_int_equal(put_file(l, body + half, size - half), STATUS_OK);
	assert_int_equal(stats_of(l).dropped_ms, 0);
	stop_listening(l);
}

/* ---- what is refused ---- */

static void test_types(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"text/plain",
		"audio",
		"audio/",
		"audio/oggy",
		"audio/mpeg",
		"application/octet-stream",
		"audio/L16",
		"audio/L16; channels=1",
		"audio/L16; rate=7999",
		"audio/L16; rate=192001",
		"audio/L16; rate=48000; channels=3",
		"audio/L16; rate=48000; channels=0",
		"audio/L16; rate=-48000",
		"audio/L16; rate=48000x",
		"audio/L16; rate=99999999999999999999",
		"audio/L16; rate=",
		"audio/L16; rate=48000; endianness=middle",
		"audio/L24; rate=48000",
	};
	struct source *source = source_new("floor/main", 960);
	struct stream *stream = NULL;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (stream_open(&stream, source, bad[i], SIM_START_US) != STATUS_BAD_FORMAT)
			fail_msg("%s was accepted", bad[i]);
	assert_null(stream);
	struct source_stats stats;
	source_stats(source, &stats);
	assert_false(stats.open);
	char value[8];
	assert_true(media_parameter("a/b; x=1;RATE=\"48 k\" ;y=2", "rate", value, sizeof value));
	assert_string_equal(value, "48 k");
	assert_false(media_parameter("a/b; rate=123456789", "rate", value, sizeof value));
	assert_false(media_parameter("a/b; erate=1; rated=2", "rate", value, sizeof value));
	source_free(source);
}

static void test_taken(void **state)
{
	(void)state;
	struct listener *l = listen_to("audio/ogg");
	struct stream *second = NULL;
	assert_int_equal(stream_open(&second, l->source, "audio/wav", l->now_us), STATUS_TAKEN);
	assert_null(second);
	stop_listening(l);
}

static void refused(const char *type, const void *bytes, size_t size)
{
	struct listener *l = listen_to(type);
	enum status status = STATUS_OK;
	for (size_t at = 0; at < size && status == STATUS_OK; at += 1000)
		status = stream_put(l->stream, (const uint8_t *)bytes + at, size - at < 1000 ? size - at : 1000, l->now_us);
	if (status != STATUS_BAD_FORMAT)
		fail_msg("%s: %zu bytes beginning with %.8s were taken: %s", type, size, (const char *)bytes, status_word(status));
	/* and it stays so */
	assert_int_equal(stream_put(l->stream, body, 100, l->now_us), STATUS_BAD_FORMAT);
	hear(l, 5);
	assert_int_equal(l->beats[SOURCE_EMPTY], 5);
	stop_listening(l);
}

static void test_garbage(void **state)
{
	(void)state;
	static const char text[] = "The quick brown fox jumps over the lazy dog.\n";
	static uint8_t noise[200000];
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)((i * 2654435761u) >> 13);
	refused("audio/ogg", text, sizeof text);
	refused("audio/ogg", "x", 1);
	refused("audio/wav", text, sizeof text);
	refused("audio/wav", "RIFF....AVI LIST", 16);
	refused("audio/ogg", noise, sizeof noise);
	/* a header that promises and never comes to the sound */
	memcpy(noise, "RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\x7f", 20);
	refused("audio/wav", noise, sizeof noise);
	/* the wrong thing in the right container */
	size_t size = make_wav(body, SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, 44100, 1, 1);
	refused("audio/wav", body, size);
	refused("audio/ogg", body, size);
	size = make_wav(body, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 4000, 1, 1);
	refused("audio/wav", body, size);
	size = make_ogg(body, 1, 50, 10);
	refused("audio/wav", body, size);
}

static void test_bodies_without_sound(void **state)
{
	(void)state;
	static const char *const types[] = {"audio/ogg", "audio/wav", "audio/L16; rate=48000"};
	for (size_t i = 0; i < 3; i++) {
		struct listener *l = listen_to(types[i]);
		assert_int_equal(stream_put(l->stream, body, 0, l->now_us), STATUS_OK);
		assert_int_equal(stream_end(l->stream, l->now_us), STATUS_BAD_FORMAT);
		stop_listening(l);
	}
	size_t size = make_wav(body, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 1, 1);
	assert_true(size > 40);
	struct listener *l = listen_to("audio/wav");
	assert_int_equal(stream_put(l->stream, body, 40, l->now_us), STATUS_OK);
	assert_int_equal(stream_end(l->stream, l->now_us), STATUS_BAD_FORMAT);
	stop_listening(l);
}

static void test_short_raw_body_is_heard(void **state)
{
	(void)state;
	/* 60 ms: too little to be sure of the order, but the end says that this is all */
	size_t size = make_raw(body, 48000, 1, 0.06, false);
	struct listener *l = listen_to("audio/L16; rate=48000");
	assert_int_equal(put_file(l, body, size), STATUS_OK);
	drain(l);
	hear(l, 30);
	size_t from;
	assert_true(sounding(l, &from) > 2800);
	stop_listening(l);
}

static void test_ogg_that_is_not_opus(void **state)
{
	(void)state;
	struct muxer mux = {.to = body};
	ogg_stream_init(&mux.stream, 3);
	mux_packet(&mux, "\001vorbis plus some more bytes", 27, true, false);
	mux_flush(&mux);
	refused("audio/ogg", body, mux.size);
	ogg_stream_clear(&mux.stream);

	/* a good head, then packets that are no Opus */
	mux_begin(&mux, body, 7, 1, 1, 20);
	for (int i = 0; i < 100; i++)
		mux_packet(&mux, "\xff\xff\xff", 3, false, false);
	mux_flush(&mux);
	refused("audio/ogg", body, mux_end(&mux));

	/* six channels */
	mux_begin(&mux, body, 7, 2, 1, 20);
	body[28 + 9] = 6;
	refused("audio/ogg", body, mux_end(&mux));
}

static void test_damaged_pages_are_lost_sound(void **state)
{
	(void)state;
	size_t size = make_ogg(body, 1, 200, 10);
	for (size_t i = size / 2; i < size / 2 + 20; i++)
		body[i] ^= 0x55;
	struct listener *l = listen_to("audio/ogg");
	assert_int_equal(put_file(l, body, size), STATUS_OK);
	drain(l);
	hear(l, 20);
	size_t from, count = sounding(l, &from);
	assert_in_range(count, 3.5 * 48000, 4.2 * 48000);
	stop_listening(l);
}

static void test_not_paced(void **state)
{
	(void)state;
	/* somebody who does not pause is cut off, but not before the memory is full */
	struct listener *l = listen_to("audio/L16; rate=48000; endianness=big-endian");
	enum status status = STATUS_OK;
	size_t taken = 0;
	memset(body, 1, 8192);
	while (status == STATUS_OK && taken < 2 * STREAM_PENDING_MAX) {
		status = stream_put(l->stream, body, 8192, l->now_us);
		taken += 8192;
	}
	assert_int_equal(status, STATUS_TOO_FAST);
	assert_true(taken >= STREAM_PENDING_MAX);
	assert_true(stream_drained(l->stream));
	stop_listening(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wav_files),
		cmocka_unit_test(test_raw_files),
		cmocka_unit_test(test_ogg_files),
		cmocka_unit_test(test_long_comments),
		cmocka_unit_test(test_chained_ogg),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_live_wav_drifts),
		cmocka_unit_test(test_live_ogg_with_pages_of_a_second),
		cmocka_unit_test(test_live_after_a_stall_is_live_again),
		cmocka_unit_test(test_hiccup_of_a_file_loses_nothing),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_bodies_without_sound),
		cmocka_unit_test(test_short_raw_body_is_heard),
		cmocka_unit_test(test_ogg_that_is_not_opus),
		cmocka_unit_test(test_damaged_pages_are_lost_sound),
		cmocka_unit_test(test_not_paced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
