/* bench_encode: what it costs to encode a channel, without anything around it.
 *
 *   WAV, 48 kHz mono --> frames of 20 ms in memory --> encoder_encode() for each complexity and bitrate --> JSON
 *
 * The time is the thread's CPU time. The settings take turns, ROUNDS times, and the median round counts, because the machine may be
 * shared. Used by tests/bench/run, which prepares the sound.
 */
#include "base/check.h"
#include "encode/encoder.h"

#include <jansson.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FRAME_SAMPLES 960
#define FRAMES_MAX    1000 /* 20 s */
#define ROUNDS        5

static const unsigned complexities[] = {0, 5, 9, 10}, bitrates[] = {32000, 64000};

#define COMPLEXITIES (sizeof complexities / sizeof *complexities)
#define BITRATES     (sizeof bitrates / sizeof *bitrates)

struct sound {
	size_t frames;
	struct frame frame[FRAMES_MAX];
};

static bool read_sound(const char *path, struct sound *sound)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	if (file == NULL)
		return false;
	bool good = info.samplerate == RATE_HZ && info.channels == 1;
	while (good && sound->frames < FRAMES_MAX &&
	       sf_readf_float(file, sound->frame[sound->frames].sample, FRAME_SAMPLES) == FRAME_SAMPLES)
		sound->frames++;
	sf_close(file);
	return sound->frames > 0;
}

static double thread_cpu_us(void)
{
	struct timespec t;
	check(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Microseconds for each frame; its mean size in `*bytes`. */
static double encode_all(const struct sound *sound, const struct encoder_options *options, double *bytes)
{
	uint8_t payload[OPUS_PAYLOAD_MAX];
	size_t sum = 0;
	struct encoder *encoder = encoder_new(options);
	double begin_us = thread_cpu_us();
	for (size_t i = 0; i < sound->frames; i++)
		sum += encoder_encode(encoder, &sound->frame[i], payload, sizeof payload);
	double us = (thread_cpu_us() - begin_us) / (double)sound->frames;
	encoder_free(encoder);
	*bytes = (double)sum / (double)sound->frames;
	return us;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double us[COMPLEXITIES][BITRATES][ROUNDS], bytes[COMPLEXITIES][BITRATES];
	struct sound *sound = check_alloc(calloc(1, sizeof *sound));
	if (argc != 2 || !read_sound(argv[1], sound)) {
		fprintf(stderr, "Usage: bench_encode FILE.wav     (48 kHz, mono)\n");
		return 2;
	}
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < COMPLEXITIES * BITRATES; i++) {
			size_t c = i / BITRATES, b = i % BITRATES;
			struct encoder_options options = {FRAME_SAMPLES, bitrates[b], complexities[c]};
			us[c][b][round] = encode_all(sound, &options, &bytes[c][b]);
		}
	}
	json_t *list = json_array();
	for (size_t i = 0; i < COMPLEXITIES * BITRATES; i++) {
		size_t c = i / BITRATES, b = i % BITRATES;
		qsort(us[c][b], ROUNDS, sizeof us[c][b][0], by_size);
		json_array_append_new(list, json_pack("{s:i,s:i,s:f,s:f}", "complexity", (int)complexities[c], "bitrate", (int)bitrates[b],
						      "us_per_frame", us[c][b][ROUNDS / 2], "bytes_per_packet", bytes[c][b]));
	}
	json_dumpf(list, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(list);
	free(sound);
	return 0;
}
