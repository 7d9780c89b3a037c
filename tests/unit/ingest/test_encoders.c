/* What ffmpeg sends, as it comes out of its pipe: Ogg Opus, WAV and L16, at odd rates, in pieces of odd sizes. Skipped where there
 * is no ffmpeg. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/ingest/simulation.h"

#include "ingest/stream.h"

#include <stdio.h>

#define SECONDS 4
#define PIECE 3001 /* bytes: no multiple of anything */
#define BODY_MAX (8 * 1024 * 1024)

static uint8_t body[BODY_MAX];

static size_t encode(const char *arguments)
{
	char command[512];
	snprintf(command, sizeof command,
		 "ffmpeg -v error -f lavfi -i 'sine=frequency=1000:sample_rate=48000:duration=%d,volume=4' %s - </dev/null "
		 "2>/dev/null",
		 SECONDS, arguments);
	FILE *pipe = popen(command, "r");
	if (pipe == NULL)
		return 0;
	size_t size = fread(body, 1, sizeof body, pipe);
	return pclose(pipe) == 0 ? size : 0;
}

/* The level of the tone in the middle of what is heard, and how much sound there was. */
static void hear_file(const char *type, size_t size, double *db, double *seconds)
{
	static float heard[48000 * 8];
	struct source *source = source_new("floor/main", 960);
	struct stream *stream;
	struct frame frame;
	uint64_t now_us = SIM_START_US;
	size_t at = 0, count = 0;
	bool ended = false;
	source_take(source, &frame, now_us);
	assert_int_equal(stream_open(&stream, source, type, now_us), STATUS_OK);
	while (!ended || !stream_drained(stream)) {
		while (at < size && stream_ahead_ms(stream) < 200) {
			size_t now = size - at < PIECE ? size - at : PIECE;
			assert_int_equal(stream_put(stream, body + at, now, now_us), STATUS_OK);
			at += now;
		}
		if (at == size && !ended) {
			assert_int_equal(stream_end(stream, now_us), STATUS_OK);
			ended = true;
		}
		now_us += 20000;
		stream_pump(stream, now_us);
		assert_int_not_equal(source_take(source, &frame, now_us), SOURCE_FADING);
		assert_true(count + 960 <= sizeof heard / sizeof *heard);
		memcpy(heard + count, frame.sample, sizeof frame.sample);
		count += 960;
	}
	struct source_stats stats;
	source_stats(source, &stats);
	assert_int_equal(stats.late, 0);
	assert_int_equal(stats.dropped_ms, 0);
	*seconds = count / 48000.0;
	*db = 20 * log10(sim_amplitude(heard + 48000, 96000, 1000) / 0.5);
	stream_close(stream);
	source_free(source);
}

static void comes_through(const char *arguments, const char *type)
{
	double db, seconds;
	size_t size = encode(arguments);
	if (size == 0)
		skip();
	hear_file(type, size, &db, &seconds);
	print_message("%s: %zu bytes, %.2f s, %+.2f dB\n", arguments, size, seconds, db);
	assert_true(fabs(db) < 0.5);
	assert_true(fabs(seconds - SECONDS) < 0.2);
}

static void test_ogg_opus(void **state)
{
	(void)state;
	comes_through("-c:a libopus -b:a 48k -f ogg", "audio/ogg");
	comes_through("-c:a libopus -b:a 96k -af 'pan=stereo|c0=c0|c1=c0' -frame_duration 60 -f ogg", "audio/ogg");
	comes_through("-c:a libopus -b:a 24k -application voip -frame_duration 10 -page_duration 20000 -f ogg", "application/ogg");
}

static void test_wav(void **state)
{
	(void)state;
	comes_through("-f wav", "audio/wav");
	comes_through("-ar 11025 -af 'pan=stereo|c0=c0|c1=c0' -f wav", "audio/x-wav");
	comes_through("-ar 96000 -c:a pcm_f32le -f wav", "audio/wav");
	comes_through("-ar 44100 -c:a pcm_s24le -f wav", "audio/wav");
	comes_through("-ar 8000 -c:a pcm_mulaw -f wav", "audio/wav");
}

static void test_l16(void **state)
{
	(void)state;
	comes_through("-ar 44100 -f s16be", "audio/L16; rate=44100; channels=1");
	comes_through("-ar 48000 -af 'pan=stereo|c0=c0|c1=c0' -f s16le", "audio/L16; rate=48000; channels=2");
}

static void test_other_codecs_are_refused(void **state)
{
	(void)state;
	size_t size = encode("-c:a flac -f ogg");
	if (size == 0)
		skip();
	struct source *source = source_new("floor/main", 960);
	struct stream *stream;
	assert_int_equal(stream_open(&stream, source, "audio/ogg", SIM_START_US), STATUS_OK);
	assert_int_equal(stream_put(stream, body, size < 8192 ? size : 8192, SIM_START_US), STATUS_BAD_FORMAT);
	stream_close(stream);
	source_free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ogg_opus),
		cmocka_unit_test(test_wav),
		cmocka_unit_test(test_l16),
		cmocka_unit_test(test_other_codecs_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
