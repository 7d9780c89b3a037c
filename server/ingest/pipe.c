/* libsndfile on a file or on standard input. Mixing down takes the mean of the channels, so nothing clips. */
#include "ingest/pipe.h"

#include "base/check.h"
#include "base/text.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIPE_CHANNELS_MAX 8    /* of a file; more is no floor microphone */
#define PIPE_BLOCK        4096 /* samples of all channels read at once */

struct pipe {
	SNDFILE *file;
	unsigned rate_hz, channels;
};

static SNDFILE *open_file(const struct pipe_options *options, SF_INFO *info)
{
	if (options->raw) {
		info->format = SF_FORMAT_RAW | SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE;
		info->samplerate = (int)options->rate_hz;
		info->channels = (int)options->channels;
	}
	if (options->path == NULL || strcmp(options->path, "-") == 0)
		return sf_open_fd(STDIN_FILENO, SFM_READ, info, 0);
	return sf_open(options->path, SFM_READ, info);
}

struct pipe *pipe_open(const struct pipe_options *options, char *error, size_t size)
{
	SF_INFO info = {0};
	SNDFILE *file = open_file(options, &info);
	if (file == NULL) {
		text_print(error, size, "%s cannot be read as sound: %s", options->path != NULL ? options->path : "standard input", sf_strerror(NULL));
		return NULL;
	}
	if (info.channels > PIPE_CHANNELS_MAX || info.samplerate < 8000 || info.samplerate > 192000) {
		snprintf(error, size, "%d channels at %d Hz are not served; send up to %d channels, 8 to 192 kHz", info.channels, info.samplerate,
			 PIPE_CHANNELS_MAX);
		sf_close(file);
		return NULL;
	}
	struct pipe *pipe = check_alloc(calloc(1, sizeof *pipe));
	pipe->file = file;
	pipe->rate_hz = (unsigned)info.samplerate;
	pipe->channels = (unsigned)info.channels;
	return pipe;
}

void pipe_free(struct pipe *pipe)
{
	sf_close(pipe->file);
	free(pipe);
}

unsigned pipe_rate_hz(const struct pipe *pipe)
{
	return pipe->rate_hz;
}

static int16_t mix_down(const float *sample, unsigned channels)
{
	float sum = 0;
	for (unsigned i = 0; i < channels; i++)
		sum += sample[i];
	return (int16_t)lrintf(fmaxf(-1, fminf(1, sum / (float)channels)) * 32767);
}

size_t pipe_read(struct pipe *pipe, int16_t *to, size_t count)
{
	float block[PIPE_BLOCK];
	size_t done = 0;
	while (done < count) {
		size_t frames = PIPE_BLOCK / pipe->channels;
		if (frames > count - done)
			frames = count - done;
		sf_count_t got = sf_readf_float(pipe->file, block, (sf_count_t)frames);
		if (got <= 0)
			break;
		for (size_t i = 0; i < (size_t)got; i++)
			to[done + i] = mix_down(block + i * pipe->channels, pipe->channels);
		done += (size_t)got;
	}
	return done;
}
