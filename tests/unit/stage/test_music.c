/* Break music: its level, the join of end and beginning, one copy for many rooms, and files that cannot be played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audio/level.h"
#include "audio/loudness.h"
#include "boothcast/frame.h"
#include "stage/music.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

/* `sound` gives the sample number i at 48 kHz. */
static void write_file(float (*sound)(unsigned i), double seconds)
{
	SF_INFO info = {.samplerate = RATE_HZ, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	assert_non_null(file);
	for (unsigned i = 0, count = (unsigned)(seconds * RATE_HZ); i < count;) {
		float piece[4800];
		unsigned n = 0;
		while (n < 4800 && i < count)
			piece[n++] = sound(i++);
		sf_writef_float(file, piece, n);
	}
	sf_close(file);
}

/* No whole number of periods in any length that the test uses. */
static float odd_tone(unsigned i)
{
	return 0.5f * sinf(2 * (float)M_PI * 441.3f * (float)i / RATE_HZ);
}

static float loud_tone(unsigned i)
{
	return 0.99f * sinf(2 * (float)M_PI * (float)(i % 48) / 48);
}

static float quiet_tone(unsigned i)
{
	return 0.02f * sinf(2 * (float)M_PI * (float)(i % 48) / 48);
}

/* A second of silence with a knock in it: quiet on the whole, with a high peak. */
static float knocks(unsigned i)
{
	return i % RATE_HZ < 200 ? 0.9f * sinf(2 * (float)M_PI * (float)i / 48) : 0;
}

static float nothing(unsigned i)
{
	(void)i;
	return 0;
}

static struct music *load(float (*sound)(unsigned i), double seconds)
{
	char error[300] = "";
	write_file(sound, seconds);
	struct music *music = music_load(path, error, sizeof error);
	if (music == NULL)
		fail_msg("%s", error);
	return music;
}

/* Plays frame by frame, as the stage does. */
static float *play(const struct music *music, uint64_t from, size_t frames)
{
	float *all = malloc(frames * FRAME_SAMPLES_MAX * sizeof *all);
	for (size_t i = 0; i < frames; i++)
		music_play(music, from + i * FRAME_SAMPLES_MAX, all + i * FRAME_SAMPLES_MAX, FRAME_SAMPLES_MAX);
	return all;
}

static float loudness_of_music(float (*sound)(unsigned i), float *peak)
{
	struct music *music = load(sound, 10);
	float *all = play(music, 0, 400);
	float lufs = loudness_whole(all, 400 * FRAME_SAMPLES_MAX);
	*peak = 0;
	for (size_t i = 0; i < 400 * FRAME_SAMPLES_MAX; i++)
		*peak = fmaxf(*peak, fabsf(all[i]));
	free(all);
	music_free(music);
	return lufs;
}

static void at_a_moderate_level(void **state)
{
	(void)state;
	float peak;
	assert_true(fabsf(loudness_of_music(loud_tone, &peak) - MUSIC_LUFS) < 0.5f);
	assert_true(fabsf(loudness_of_music(quiet_tone, &peak) - MUSIC_LUFS) < 0.5f);
	loudness_of_music(knocks, &peak);
	assert_true(peak > 0.3f && peak < 0.502f); /* -6 dBFS, though it is quieter than wanted then */
	loudness_of_music(nothing, &peak);
	assert_true(peak == 0);
}

/* From round to round no step is larger than the sound itself has; and the join is no hole. */
static void round_without_a_click(void **state)
{
	(void)state;
	struct music *music = load(odd_tone, 3.1);
	size_t length = music_samples(music), frames = 3 * length / FRAME_SAMPLES_MAX;
	assert_true(fabs((double)length / RATE_HZ - 2.6) < 0.001);
	float *all = play(music, 12345, frames), inside = 0, at_join = 0, quietest = 1;
	for (size_t i = 1; i < frames * FRAME_SAMPLES_MAX; i++) {
		float step = fabsf(all[i] - all[i - 1]);
		size_t place = (12345 + i) % length;
		if (place < RATE_HZ / 2)
			at_join = fmaxf(at_join, step);
		else
			inside = fmaxf(inside, step);
	}
	for (size_t i = 0; i + RATE_HZ / 10 < frames * FRAME_SAMPLES_MAX; i += RATE_HZ / 10) {
		float peak = 0;
		for (size_t k = i; k < i + RATE_HZ / 10; k++)
			peak = fmaxf(peak, fabsf(all[k]));
		quietest = fminf(quietest, peak);
	}
	assert_true(at_join < 1.45f * inside); /* two tones at equal power: at most the root of two */
	assert_true(quietest > 0.01f);
	free(all);
	music_free(music);
}

/* Position alone says what is heard: any two readers agree, and after one round it is the same again. */
static void everywhere_at_the_same_place(void **state)
{
	(void)state;
	struct music *music = load(odd_tone, 2);
	float a[FRAME_SAMPLES_MAX], b[FRAME_SAMPLES_MAX];
	for (uint64_t at = 0; at < 3 * music_samples(music); at += 7777) {
		music_play(music, at, a, FRAME_SAMPLES_MAX);
		music_play(music, at + 1000 * (uint64_t)music_samples(music), b, FRAME_SAMPLES_MAX);
		assert_memory_equal(a, b, sizeof a);
		music_play(music, at + 100, b, FRAME_SAMPLES_MAX - 100);
		assert_memory_equal(a + 100, b, sizeof a - 100 * sizeof *a);
	}
	music_free(music);
}

static void refused(const char *file, const char *why)
{
	char error[300] = "";
	assert_null(music_load(file, error, sizeof error));
	if (strstr(error, why) == NULL || strstr(error, file) == NULL)
		fail_msg("said: %s", error);
}

static void files_that_cannot_be_played(void **state)
{
	(void)state;
	refused("/nowhere/break.wav", "No such file");
	write_file(odd_tone, 0.05);
	refused(path, "too short");
	write_file(odd_tone, BREAK_MUSIC_S_MAX + 1);
	refused(path, "Longer than 5 minutes");
	FILE *text = fopen(path, "w");
	fputs("This is not sound.\n", text);
	fclose(text);
	refused(path, ".");
}

static void rooms_share_a_file(void **state)
{
	(void)state;
	char error[300] = "", missing[] = "/nowhere/break.wav";
	struct settings_room rooms[4] = {{.break_music = path}, {0}, {.break_music = path}, {0}};
	struct settings settings = {.rooms = rooms, .rooms_count = 4};
	write_file(odd_tone, 1);
	struct music_shelf *shelf = music_shelf_load(&settings, error, sizeof error);
	assert_non_null(shelf);
	assert_non_null(music_of_room(shelf, 0));
	assert_ptr_equal(music_of_room(shelf, 2), music_of_room(shelf, 0));
	assert_null(music_of_room(shelf, 1));
	assert_null(music_of_room(NULL, 0));
	music_shelf_free(shelf);
	rooms[3].break_music = missing;
	assert_null(music_shelf_load(&settings, error, sizeof error));
	assert_non_null(strstr(error, missing));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_a_moderate_level),
		cmocka_unit_test(round_without_a_click),
		cmocka_unit_test(everywhere_at_the_same_place),
		cmocka_unit_test(files_that_cannot_be_played),
		cmocka_unit_test(rooms_share_a_file),
	};
	snprintf(path, sizeof path, "/tmp/boothcast-music-%d.wav", (int)getpid());
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
