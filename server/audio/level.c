/* Meters: the highest sample by hand, loudness by libebur128, whose types stay in this file.
 *
 *   frame --> peak since the last look
 *         \-> K-weighting, 400 ms of energy --> LUFS   (ITU-R BS.1770, EBU Tech 3341: momentary)
 *
 * Every source and every channel has one; monitor/ looks ten times a second, match.h looks on the beat. Only the momentary mode
 * of the library is on: its gated modes allocate for each block of sound. */
#include "audio/level.h"

#include "base/check.h"
#include "boothcast/frame.h"

#include <ebur128.h>
#include <math.h>
#include <stdlib.h>

struct level {
	ebur128_state *ebur128;
	float peak;       /* amplitude, since the last look */
	float frame_peak; /* of the frame that was put last */
	size_t silent;    /* samples of silence since the last sound, at most WINDOW_SAMPLES */
};

/* The window of momentary loudness, and the tail of its filters: after so much silence more of it changes nothing. */
#define WINDOW_SAMPLES (RATE_HZ / 2)

static const float silence[FRAME_SAMPLES_MAX];

struct level *level_new(void)
{
	struct level *level = check_alloc(calloc(1, sizeof *level));
	level->ebur128 = check_alloc(ebur128_init(1, RATE_HZ, EBUR128_MODE_M));
	level->silent = WINDOW_SAMPLES;
	return level;
}

void level_free(struct level *level)
{
	if (level == NULL)
		return;
	ebur128_destroy(&level->ebur128);
	free(level);
}

static void put_silence(struct level *level, size_t count)
{
	for (size_t piece; count > 0; count -= piece) {
		piece = count < FRAME_SAMPLES_MAX ? count : FRAME_SAMPLES_MAX;
		check(ebur128_add_frames_float(level->ebur128, silence, piece) == EBUR128_SUCCESS);
	}
}

void level_put(struct level *level, const float *samples, size_t count)
{
	level->frame_peak = 0;
	if (samples == NULL) {
		if (level->silent >= WINDOW_SAMPLES)
			return;
		put_silence(level, count);
		level->silent += count;
		return;
	}
	level->silent = 0;
	float peak = 0;
	for (size_t i = 0; i < count; i++)
		peak = fmaxf(peak, fabsf(samples[i]));
	level->frame_peak = peak;
	level->peak = fmaxf(level->peak, peak);
	check(ebur128_add_frames_float(level->ebur128, samples, count) == EBUR128_SUCCESS);
}

static float decibels(float peak)
{
	return peak > 0 ? fmaxf(LEVEL_FLOOR_DB, 20 * log10f(peak)) : LEVEL_FLOOR_DB;
}

float level_take_peak_db(struct level *level)
{
	const float peak = level->peak;
	level->peak = 0;
	return decibels(peak);
}

float level_frame_peak_db(const struct level *level)
{
	return decibels(level->frame_peak);
}

float level_loudness(const struct level *level)
{
	double lufs = -HUGE_VAL;
	if (level->silent >= WINDOW_SAMPLES)
		return LEVEL_FLOOR_DB;
	check(ebur128_loudness_momentary(level->ebur128, &lufs) == EBUR128_SUCCESS);
	return lufs > (double)LEVEL_FLOOR_DB ? (float)lufs : LEVEL_FLOOR_DB;
}
