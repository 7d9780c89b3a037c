/* Clips: pitch, level, length and speed; files that are no sound; reading past the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/ingest/simulation.h"

#include "ingest/clip.h"

#include <sndfile.h>
#include <stdio.h>
#include <unistd.h>

static char path[64];

static void write_tone(int format, int rate_hz, int channels, double seconds)
{
	SF_INFO info = {.samplerate = rate_hz, .channels = channels, .format = format};
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	assert_non_null(file);
	for (int i = 0; i < (int)(rate_hz * seconds); i++) {
		float all[8];
		for (int c = 0; c < channels; c++)
			all[c] = 0.5f * (float)sin(2 * SIM_PI * 1000 * i / rate_hz);
		sf_writef_float(file, all, 1);
	}
	sf_close(file);
}

static void a_clip_is_right(int format, int rate_hz, int channels, double speed)
{
	char error[200] = "";
	write_tone(format, rate_hz, channels, 2);
	struct clip *clip = clip_load(path, speed, error, sizeof error);
	if (clip == NULL)
		fail_msg("%s", error);
	double seconds = 2 / speed;
	assert_true(fabs((double)clip->samples / 48000 - seconds) < 0.001);
	size_t second = 48000;
	double db = 20 * log10(sim_amplitude(clip->sample + second / 4, second, 1000 * speed) / 0.5);
	if (fabs(db) > 0.5)
		fail_msg("%d Hz, %d channels: %.2f dB", rate_hz, channels, db);
	clip_free(clip);
}

static void test_clips(void **state)
{
	(void)state;
	a_clip_is_right(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 1);
	a_clip_is_right(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 48000, 2, 1);
	a_clip_is_right(SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 2, 1);
	a_clip_is_right(SF_FORMAT_WAV | SF_FORMAT_FLOAT, 192000, 6, 1);
	a_clip_is_right(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 0.9);
	a_clip_is_right(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, 1.1);
}

static void refused(const char *file, double speed, const char *why)
{
	char error[200] = "";
	assert_null(clip_load(file, speed, error, sizeof error));
	if (strstr(error, why) == NULL || strstr(error, file) == NULL)
		fail_msg("said: %s", error);
}

static void test_refusals(void **state)
{
	(void)state;
	refused("/nowhere/voice.wav", 1, "No such file");
	FILE *text = fopen(path, "w");
	fputs("This is not sound.\n", text);
	fclose(text);
	refused(path, 1, ".");
	write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 0);
	refused(path, 1, "no sound");
	write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 0.1);
	refused(path, 0, "speed");
	refused(path, 0.0 / 0.0, "speed");
	write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2000, 1, 0.1);
	refused(path, 1, "sample rate");
	write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 8000, 1, 601);
	refused(path, 1, "ten minutes");
}

static void test_read(void **state)
{
	(void)state;
	float sample[3] = {1, 2, 3}, to[4];
	struct clip clip = {sample, 3};
	assert_int_equal(clip_read(&clip, 1, to, 4), 5);
	assert_true(to[0] == 2 && to[1] == 3 && to[2] == 0 && to[3] == 0);
	assert_int_equal(clip_read(&clip, 5, to, 4), 9);
	assert_true(to[0] == 0);
}

static int make_path(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/tmp/boothcast-clip-%ld", (long)getpid());
	return 0;
}

static int remove_path(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clips),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_read),
	};
	return cmocka_run_group_tests(tests, make_path, remove_path);
}
