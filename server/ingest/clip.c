/* Clips: a file is decoded, mixed down and resampled once, then read from memory.
 *
 *   file --libsndfile--> pieces of all channels --mean--> mono --rate.h--> 48 kHz, whole
 *
 * The speed is a lie about the file's rate, told to the resampler. Called at start (demo voices, break music) and by tests; never
 * on the beat, except clip_read(). */
#include "ingest/clip.h"

#include "base/check.h"
#include "base/text.h"
#include "ingest/rate.h"

#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE         1024 /* samples that are read at once */
#define FILE_CHANNELS 8    /* a file may have more than the two of a source */
#define SPEED_MIN     0.5
#define SPEED_MAX     2.0

struct loading {
	SNDFILE *file;
	SF_INFO info;
	struct rate *rate;
	struct clip *clip;
	size_t room; /* samples allocated */
};

static bool fail(char *error, size_t size, const char *path, const char *why)
{
	text_print(error, size, "%s: %s", path, why);
	return false;
}

static bool open_file(struct loading *loading, const char *path, double speed, char *error, size_t size)
{
	loading->file = sf_open(path, SFM_READ, &loading->info);
	if (loading->file == NULL)
		return fail(error, size, path, sf_strerror(NULL));
	double rate_hz = loading->info.samplerate * speed;
	if (!(speed >= SPEED_MIN && speed <= SPEED_MAX))
		return fail(error, size, path, "The speed must be between 0.5 and 2.");
	if (loading->info.channels > FILE_CHANNELS)
		return fail(error, size, path, "More than 8 channels; give a file in mono or stereo.");
	if (rate_hz < RATE_MIN_HZ || rate_hz > RATE_MAX_HZ)
		return fail(error, size, path, "Its sample rate is not served; give one of 8 to 192 kHz.");
	if ((double)loading->info.frames / rate_hz > CLIP_SECONDS_MAX)
		return fail(error, size, path, "Longer than ten minutes; cut it.");
	loading->room = (size_t)((double)loading->info.frames * RATE_HZ / rate_hz) + RATE_HZ;
	loading->rate = rate_new((unsigned)lround(rate_hz));
	return true;
}

static void add(struct loading *loading, const float *mono, size_t count)
{
	struct clip *clip = loading->clip;
	while (count > 0 && clip->samples < loading->room) {
		size_t used = count;
		clip->samples += rate_put(loading->rate, mono, &used, clip->sample + clip->samples, loading->room - clip->samples);
		mono += used;
		count -= used;
	}
}

static void read_all(struct loading *loading)
{
	float all[PIECE * FILE_CHANNELS], mono[PIECE];
	size_t channels = (size_t)loading->info.channels;
	sf_count_t got;
	while ((got = sf_readf_float(loading->file, all, PIECE)) > 0) {
		for (size_t i = 0; i < (size_t)got; i++) {
			float sum = 0;
			for (size_t c = 0; c < channels; c++)
				sum += all[i * channels + c];
			mono[i] = isfinite(sum) ? sum / (float)channels : 0;
		}
		add(loading, mono, (size_t)got);
	}
	/* what is still inside the resampler */
	size_t inside = (size_t)(rate_latency_ms(loading->rate) * loading->info.samplerate / 1000);
	memset(mono, 0, sizeof mono);
	add(loading, mono, inside < PIECE ? inside : PIECE);
}

struct clip *clip_load(const char *path, double speed, char *error, size_t size)
{
	struct loading loading = {0};
	if (open_file(&loading, path, speed, error, size)) {
		loading.clip = check_alloc(calloc(1, sizeof *loading.clip));
		loading.clip->sample = check_alloc(calloc(loading.room, sizeof *loading.clip->sample));
		read_all(&loading);
		rate_free(loading.rate);
	}
	if (loading.file != NULL)
		sf_close(loading.file);
	if (loading.clip != NULL && loading.clip->samples == 0) {
		fail(error, size, path, "There is no sound in it.");
		clip_free(loading.clip);
		return NULL;
	}
	return loading.clip;
}

void clip_free(struct clip *clip)
{
	if (clip == NULL)
		return;
	free(clip->sample);
	free(clip);
}

size_t clip_read(const struct clip *clip, size_t position, float *to, size_t count)
{
	size_t left = position < clip->samples ? clip->samples - position : 0, now = left < count ? left : count;
	if (now > 0)
		memcpy(to, clip->sample + position, now * sizeof *to);
	memset(to + now, 0, (count - now) * sizeof *to);
	return position + count;
}
