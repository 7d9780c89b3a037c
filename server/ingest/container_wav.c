/* WAV from a pipe. libsndfile reads the header as soon as all of it is there, and then the sound behind it as raw samples of the
 * same encoding, because the length in a pipe's header is a guess of its writer (0, 2 GB or 4 GB, and then it goes on).
 *
 *   RIFF ... fmt ... data | sample sample sample ...
 *   ^ file opened by its header   ^ the same bytes opened as raw: read piece by piece, as they come
 *
 * libsndfile asks for bytes through a window on what waits; it is never asked for more samples than the window has. Called by
 * stream.c. */
#include "ingest/container.h"
#include "ingest/pending.h"
#include "ingest/rate.h"

#include "base/check.h"

#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX    (64 * 1024)   /* broadcast WAV carries some kilobytes of text in front of the sound */
#define HEADER_STEP   256           /* bytes between two looks at a long header */
#define BURST_MS      500.0         /* as for raw PCM */
#define LENGTH_MAX    0x7fffff00u   /* a length from here on is a pipe's: endless */
#define SOUND_LENGTH  (1ll << 48)   /* what the raw reading is told: years */

struct wav {
	struct container base; /* first */
	struct pending pending;
	sf_count_t at;         /* libsndfile's position: while the header is read in `pending`, then always the oldest byte */
	size_t looked_at;      /* bytes there when the header was last tried */
	SNDFILE *sound;        /* the raw reading; NULL until the header is there */
	unsigned channels;
	size_t block;          /* bytes of one sample of all channels */
	uint64_t left;         /* samples until the end that the header says; UINT64_MAX: endless */
};

static struct wav *wav_of(void *container)
{
	return container;
}

/* ---- the window for the header: what has come so far, and nothing behind it ---- */

static sf_count_t header_length(void *user)
{
	(void)user;
	return SOUND_LENGTH;
}

static sf_count_t header_seek(sf_count_t offset, int whence, void *user)
{
	struct wav *wav = wav_of(user);
	wav->at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? wav->at + offset : SOUND_LENGTH + offset;
	return wav->at;
}

static sf_count_t header_read(void *to, sf_count_t size, void *user)
{
	struct wav *wav = wav_of(user);
	sf_count_t there = (sf_count_t)wav->pending.count - wav->at;
	sf_count_t count = wav->at < 0 || there < 0 ? 0 : size < there ? size : there;
	if (count > 0)
		memcpy(to, pending_at(&wav->pending) + wav->at, (size_t)count);
	wav->at += count;
	return count;
}

static sf_count_t no_write(const void *from, sf_count_t size, void *user)
{
	(void)from, (void)size, (void)user;
	return 0;
}

static sf_count_t position(void *user)
{
	return wav_of(user)->at;
}

/* ---- the window for the sound: bytes are used up as they are read ---- */

static sf_count_t sound_seek(sf_count_t offset, int whence, void *user)
{
	(void)offset, (void)whence, (void)user;
	return 0; /* it is asked for the beginning only, where it is */
}

static sf_count_t sound_read(void *to, sf_count_t size, void *user)
{
	struct wav *wav = wav_of(user);
	size_t count = (size_t)size < wav->pending.count ? (size_t)size : wav->pending.count;
	memcpy(to, pending_at(&wav->pending), count);
	pending_drop(&wav->pending, count);
	return (sf_count_t)count;
}

static sf_count_t sound_position(void *user)
{
	(void)user;
	return 0;
}

/* Bytes of one sample of one channel; 0 for encodings of blocks, which are not served. */
static size_t sample_bytes(int format)
{
	switch (format & SF_FORMAT_SUBMASK) {
	case SF_FORMAT_PCM_U8:
	case SF_FORMAT_ULAW:
	case SF_FORMAT_ALAW: return 1;
	case SF_FORMAT_PCM_16: return 2;
	case SF_FORMAT_PCM_24: return 3;
	case SF_FORMAT_PCM_32:
	case SF_FORMAT_FLOAT: return 4;
	case SF_FORMAT_DOUBLE: return 8;
	default: return 0;
	}
}

/* Can what has come be the beginning of a WAV file? */
static bool plausible(const struct wav *wav)
{
	const char *bytes = (const char *)pending_at(&wav->pending);
	size_t count = wav->pending.count, first = count < 4 ? count : 4;
	if (memcmp(bytes, "RIFF", first) != 0 && memcmp(bytes, "RF64", first) != 0 && memcmp(bytes, "RIFX", first) != 0)
		return false;
	return count <= 8 || memcmp(bytes + 8, "WAVE", count < 12 ? count - 8 : 4) == 0;
}

/* The header is whole when libsndfile found the sound, and the sound begins within what has come. */
static bool header_is_whole(const struct wav *wav)
{
	if (wav->at < 8 || (size_t)wav->at > wav->pending.count)
		return false;
	return memcmp(pending_at(&wav->pending) + wav->at - 8, "data", 4) == 0;
}

static bool good_header(const SF_INFO *header)
{
	return sample_bytes(header->format) > 0 && header->channels >= 1 && header->channels <= 2 &&
	       header->samplerate >= RATE_IN_MIN_HZ && header->samplerate <= RATE_IN_MAX_HZ;
}

static enum status open_sound(struct wav *wav, const SF_INFO *header)
{
	static SF_VIRTUAL_IO window = {header_length, sound_seek, sound_read, no_write, sound_position};
	int order = (header->format & SF_FORMAT_ENDMASK) == SF_ENDIAN_BIG || memcmp(pending_at(&wav->pending), "RIFX", 4) == 0 ?
			SF_ENDIAN_BIG : SF_ENDIAN_LITTLE;
	SF_INFO raw = {.samplerate = header->samplerate, .channels = header->channels,
		       .format = SF_FORMAT_RAW | (header->format & SF_FORMAT_SUBMASK) | order};
	pending_drop(&wav->pending, (size_t)wav->at);
	wav->channels = (unsigned)header->channels;
	wav->block = sample_bytes(header->format) * wav->channels;
	bool endless = header->frames <= 0 || (uint64_t)header->frames * wav->block >= LENGTH_MAX;
	wav->left = endless ? UINT64_MAX : (uint64_t)header->frames;
	wav->sound = sf_open_virtual(&window, SFM_READ, &raw, wav);
	if (wav->sound == NULL)
		return STATUS_BAD_FORMAT;
	wav->base.rate_hz = (unsigned)header->samplerate;
	return STATUS_OK;
}

static enum status read_header(struct wav *wav)
{
	static SF_VIRTUAL_IO window = {header_length, header_seek, header_read, no_write, position};
	SF_INFO header = {0};
	if (!plausible(wav))
		return STATUS_BAD_FORMAT;
	if (wav->pending.count > HEADER_STEP && wav->pending.count - wav->looked_at < HEADER_STEP)
		return STATUS_OK;
	wav->looked_at = wav->pending.count;
	wav->at = 0;
	SNDFILE *file = sf_open_virtual(&window, SFM_READ, &header, wav);
	if (file == NULL) /* not there yet, or never: a chunk says that the sound is far away */
		return wav->pending.count > HEADER_MAX || wav->at > HEADER_MAX ? STATUS_BAD_FORMAT : STATUS_OK;
	bool whole = header_is_whole(wav);
	sf_close(file);
	if (!good_header(&header))
		return STATUS_BAD_FORMAT;
	return whole ? open_sound(wav, &header) : STATUS_OK;
}

static double ms_of(const struct wav *wav, size_t samples)
{
	return 1000.0 * (double)samples / wav->base.rate_hz;
}

/* Whole samples that wait, up to the end that the header says. */
static size_t waiting(const struct wav *wav)
{
	size_t samples = wav->sound != NULL ? wav->pending.count / wav->block : 0;
	return samples < wav->left ? samples : (size_t)wav->left;
}

static enum status make_room(struct wav *wav, size_t size)
{
	if (wav->left == 0)
		pending_drop(&wav->pending, wav->pending.count); /* behind the sound: titles and the like */
	if (size <= pending_room(&wav->pending))
		return STATUS_OK;
	if (wav->sound == NULL)
		return STATUS_BAD_FORMAT;
	if (!wav->base.may_drop)
		return STATUS_TOO_FAST;
	wav->base.dropped_ms += wav->base.ops->skip(&wav->base, ms_of(wav, STREAM_PENDING_MAX / 2 / wav->block));
	return size <= pending_room(&wav->pending) ? STATUS_OK : STATUS_TOO_FAST;
}

static enum status wav_put(struct container *container, const uint8_t *bytes, size_t size)
{
	struct wav *wav = wav_of(container);
	enum status status = STATUS_OK;
	while (size > 0 && status == STATUS_OK) {
		size_t now = size < STREAM_PENDING_MAX / 4 ? size : STREAM_PENDING_MAX / 4;
		status = make_room(wav, now);
		if (status != STATUS_OK)
			break;
		pending_put(&wav->pending, bytes, now);
		if (wav->sound == NULL)
			status = read_header(wav);
		bytes += now;
		size -= now;
	}
	return status;
}

static float mean_of(const float *sample, unsigned channels)
{
	float mean = channels == 2 ? (sample[0] + sample[1]) / 2 : sample[0];
	return isfinite(mean) ? fminf(fmaxf(mean, -1), 1) : 0; /* a file of floats may hold anything */
}

static size_t wav_take(struct container *container, float *mono)
{
	struct wav *wav = wav_of(container);
	float both[2 * CONTAINER_PIECE];
	size_t count = waiting(wav) < wav->base.rate_hz / 50 ? waiting(wav) : wav->base.rate_hz / 50;
	if (count == 0)
		return 0;
	size_t got = (size_t)sf_readf_float(wav->sound, both, (sf_count_t)count);
	memset(both + got * wav->channels, 0, (count - got) * wav->channels * sizeof *both);
	for (size_t i = 0; i < count; i++)
		mono[i] = mean_of(both + i * wav->channels, wav->channels);
	if (wav->left != UINT64_MAX)
		wav->left -= count;
	return count;
}

static double wav_skip(struct container *container, double ms)
{
	struct wav *wav = wav_of(container);
	size_t count = (size_t)(ms * wav->base.rate_hz / 1000) + 1;
	if (count > waiting(wav))
		count = waiting(wav);
	pending_drop(&wav->pending, count * wav->block);
	if (wav->left != UINT64_MAX)
		wav->left -= count;
	return ms_of(wav, count);
}

static void wav_end(struct container *container)
{
	(void)container; /* half a sample is no sound */
}

static double wav_pending_ms(const struct container *container)
{
	const struct wav *wav = (const struct wav *)container;
	return wav->sound != NULL ? ms_of(wav, waiting(wav)) : 0;
}

static size_t wav_pending_bytes(const struct container *container)
{
	return ((const struct wav *)container)->pending.count;
}

static void wav_free(struct container *container)
{
	struct wav *wav = wav_of(container);
	if (wav->sound != NULL)
		sf_close(wav->sound);
	pending_free(&wav->pending);
	free(wav);
}

struct container *container_wav_new(void)
{
	static const struct container_ops ops = {wav_put, wav_take, wav_skip, wav_end, wav_pending_ms, wav_pending_bytes, wav_free};
	struct wav *wav = check_alloc(calloc(1, sizeof *wav));
	wav->base.ops = &ops;
	wav->base.burst_ms = BURST_MS;
	wav->left = UINT64_MAX;
	pending_init(&wav->pending, STREAM_PENDING_MAX);
	return &wav->base;
}
