/* Break music, see music.h.
 *
 *   file --clip--> 48 kHz mono --level--> MUSIC_LUFS, peaks below MUSIC_PEAK_DB --join--> a ring of samples
 *
 *   the join:   ... body ........ tail |          the tail fades out over the head, which fades in: the last sample of the body is
 *               head + tail | body ... |          followed by the first of the tail, and the last of the head by the body
 *
 * Position is a number of samples since the beginning of the media clock, so the music needs no state: all channels of all rooms
 * that play it are at the same place, and a restart of the server goes on where it would have been. Loaded by server.c, played by
 * stage.c.
 */
#include "stage/music.h"

#include "audio/loudness.h"
#include "base/check.h"
#include "base/text.h"
#include "boothcast/frame.h"
#include "ingest/clip.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUSIC_PEAK_DB (-6.0f) /* far below the limiter, which shall have nothing to do */
#define MUSIC_GAIN_MAX 4.0f   /* 12 dB: what is quieter was meant so, or is noise */
#define JOIN_PARTS 4          /* the join is at most a quarter of a short file */

struct music {
	float *sample;
	size_t samples;
};

struct music_shelf {
	const char *path[ROOMS_MAX];    /* of the settings */
	struct music *music[ROOMS_MAX]; /* by room; shared ones belong to the first room that names them */
	unsigned rooms;
};

static float peak_of(const struct clip *clip)
{
	float peak = 0;
	for (size_t i = 0; i < clip->samples; i++)
		peak = fmaxf(peak, fabsf(clip->sample[i]));
	return peak;
}

static float gain_of(const struct clip *clip)
{
	float peak = peak_of(clip);
	float gain = powf(10, (MUSIC_LUFS - loudness_whole(clip->sample, clip->samples)) / 20);
	return peak > 0 ? fminf(fminf(gain, MUSIC_GAIN_MAX), powf(10, MUSIC_PEAK_DB / 20) / peak) : 0;
}

/* Lays the tail over the head and leaves it off the end. */
static void join(struct clip *clip)
{
	size_t length = (size_t)RATE_HZ * MUSIC_JOIN_MS / 1000;
	if (length > clip->samples / JOIN_PARTS)
		length = clip->samples / JOIN_PARTS;
	clip->samples -= length;
	for (size_t i = 0; i < length; i++) {
		float turn = (float)M_PI / 2 * (float)i / (float)length;
		clip->sample[i] = clip->sample[i] * sinf(turn) + clip->sample[clip->samples + i] * cosf(turn);
	}
}

static bool length_ok(const struct clip *clip, const char *path, char *error, size_t size)
{
	if (clip->samples < FRAME_SAMPLES_MAX * JOIN_PARTS)
		text_print(error, size, "%s: The sound in it is too short; give a piece of music.", path);
	else if (clip->samples > (size_t)RATE_HZ * BREAK_MUSIC_S_MAX)
		text_print(error, size, "%s: Longer than %d minutes; cut it, it comes round again.", path, BREAK_MUSIC_S_MAX / 60);
	else
		return true;
	return false;
}

struct music *music_load(const char *path, char *error, size_t size)
{
	struct clip *clip = clip_load(path, 1.0, error, size);
	if (clip == NULL || !length_ok(clip, path, error, size)) {
		clip_free(clip);
		return NULL;
	}
	float gain = gain_of(clip);
	for (size_t i = 0; i < clip->samples; i++)
		clip->sample[i] *= gain;
	join(clip);
	struct music *music = check_alloc(calloc(1, sizeof *music));
	music->samples = clip->samples;
	music->sample = check_alloc(realloc(clip->sample, clip->samples * sizeof *clip->sample));
	clip->sample = NULL;
	clip_free(clip);
	return music;
}

void music_free(struct music *music)
{
	if (music == NULL)
		return;
	free(music->sample);
	free(music);
}

size_t music_samples(const struct music *music)
{
	return music->samples;
}

void music_play(const struct music *music, uint64_t position, float *to, size_t count)
{
	size_t at = (size_t)(position % music->samples), first = music->samples - at;
	if (first > count)
		first = count;
	memcpy(to, music->sample + at, first * sizeof *to);
	memcpy(to + first, music->sample, (count - first) * sizeof *to);
}

/* ---- the shelf ---- */

/* The room before this one that names the same file, or the room itself. */
static unsigned owner_of(const struct music_shelf *shelf, unsigned room)
{
	for (unsigned i = 0; i < room; i++) {
		if (shelf->path[i] != NULL && strcmp(shelf->path[i], shelf->path[room]) == 0)
			return i;
	}
	return room;
}

static bool put(struct music_shelf *shelf, unsigned room, char *error, size_t size)
{
	if (shelf->path[room] == NULL)
		return true;
	unsigned owner = owner_of(shelf, room);
	shelf->music[room] = owner == room ? music_load(shelf->path[room], error, size) : shelf->music[owner];
	return shelf->music[room] != NULL;
}

struct music_shelf *music_shelf_load(const struct settings *settings, char *error, size_t size)
{
	struct music_shelf *shelf = check_alloc(calloc(1, sizeof *shelf));
	for (; shelf->rooms < settings->rooms_count; shelf->rooms++) {
		shelf->path[shelf->rooms] = settings->rooms[shelf->rooms].break_music;
		if (!put(shelf, shelf->rooms, error, size)) {
			music_shelf_free(shelf);
			return NULL;
		}
	}
	return shelf;
}

void music_shelf_free(struct music_shelf *shelf)
{
	if (shelf == NULL)
		return;
	for (unsigned i = 0; i < shelf->rooms; i++) {
		if (shelf->path[i] != NULL && owner_of(shelf, i) == i)
			music_free(shelf->music[i]);
	}
	free(shelf);
}

const struct music *music_of_room(const struct music_shelf *shelf, unsigned room)
{
	return shelf != NULL ? shelf->music[room] : NULL;
}
