/* bench_encode: what it costs to encode a channel, without anything around it, and what a room of 32 channels costs in all.
 *
 *   WAV, 48 kHz mono --> sound in memory --> encoder_encode() for each complexity, bitrate and length of packet --> JSON
 *                                       \-> 32 channels that all carry the floor: mix, match, limiter, meter, encoder
 *
 * The time is the thread's CPU time. The settings take turns, ROUNDS times, and the median round counts, because the machine may be
 * shared. Used by tests/bench/run, which prepares the sound.
 *
 * The room answers whether channels with the same sound should share an encoder. They need not: all 32 together stay below a third of
 * a core, and those that nobody listens to are not encoded at all. So no listener ever hears a join between two encoders' states.
 */
#include "base/check.h"
#include "channel/channel.h"
#include "fanout/hearing.h"

#include <jansson.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FRAME_SAMPLES 960
#define FRAMES_MAX    999 /* 20 s, in whole packets of three frames */
#define ROUNDS        5

/* What is tried: complexity, bitrate, samples of a packet. */
static const struct encoder_options tried[] = {
	{FRAME_SAMPLES, 32000, 0},       {FRAME_SAMPLES, 64000, 0}, {FRAME_SAMPLES, 32000, 5},       {FRAME_SAMPLES, 64000, 5},
	{FRAME_SAMPLES, 32000, 9},       {FRAME_SAMPLES, 64000, 9}, {FRAME_SAMPLES, 32000, 10},      {FRAME_SAMPLES, 64000, 10},
	{PACKET_SAMPLES_MAX, 14000, 5},  {PACKET_SAMPLES_MAX, 14000, 10},
};

#define TRIED (sizeof tried / sizeof *tried)

/* Who listens in the room that is tried. */
enum house_full { NOBODY, STANDARD, STANDARD_AND_SAVER, ROOMS };

static const char *const room_words[ROOMS] = {"nobody listens", "every channel in standard", "every channel in standard and saver"};

struct sound {
	size_t frames;
	float sample[FRAMES_MAX * FRAME_SAMPLES];
};

static bool read_sound(const char *path, struct sound *sound)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	if (file == NULL)
		return false;
	bool good = info.samplerate == RATE_HZ && info.channels == 1;
	while (good && sound->frames < FRAMES_MAX &&
	       sf_readf_float(file, sound->sample + sound->frames * FRAME_SAMPLES, FRAME_SAMPLES) == FRAME_SAMPLES)
		sound->frames++;
	sf_close(file);
	sound->frames -= sound->frames % 3;
	return good && sound->frames > 0;
}

static double thread_cpu_us(void)
{
	struct timespec t;
	check(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Microseconds for each packet; its mean size in `*bytes`. */
static double encode_all(const struct sound *sound, const struct encoder_options *options, double *bytes)
{
	uint8_t payload[OPUS_PAYLOAD_MAX];
	size_t sum = 0, packets = sound->frames * FRAME_SAMPLES / options->frame_samples;
	struct encoder *encoder = encoder_new(options);
	double begin_us = thread_cpu_us();
	for (size_t i = 0; i < packets; i++)
		sum += encoder_encode(encoder, sound->sample + i * options->frame_samples, payload, sizeof payload);
	double us = (thread_cpu_us() - begin_us) / (double)packets;
	encoder_free(encoder);
	*bytes = (double)sum / (double)packets;
	return us;
}

/* ---- a room ---- */

static enum sent run_to_nobody(struct reader *reader, const struct run *run)
{
	(void)reader;
	(void)run;
	return SENT;
}

static enum sent share_with_nobody(struct reader *reader, const uint8_t *bytes, size_t size)
{
	(void)reader;
	(void)bytes;
	(void)size;
	return SENT;
}

static void release(struct hearing *hearing)
{
	part_leave(&hearing->reader);
}

static void forget(struct hearing *hearing)
{
	hearing->audience = NULL; /* it is the hall's */
}

static const struct reader_ops ear_reader = {.send_shared = share_with_nobody, .send_run = run_to_nobody};
static const struct hearing_ops ear_ops = {.reader = &ear_reader, .release = release, .free = forget};

struct hall {
	struct encode_pool *pool;
	struct channel *channel[CHANNELS_MAX];
	struct post *post;
	struct conn conn; /* only so that there is one */
	struct outlet outlet;
	struct hearing ear[CHANNELS_MAX][RENDITION_COUNT];
	struct plan plan;
	struct mixer_sound sound;
};

static void listen(struct hall *hall, unsigned channel, enum rendition rendition)
{
	struct audience *audience = channel_open(hall->channel[channel], rendition);
	hearing_begin(&hall->ear[channel][rendition], &ear_ops, &hall->outlet, audience, audience_now(audience, 0));
}

static void open_hall(struct hall *hall, enum house_full who)
{
	struct channel_options options = {
		.frame_samples = FRAME_SAMPLES, .bitrate = {32000, 64000, 14000}, .complexity = 5, .pool = pool_new(NULL, 0)};
	*hall = (struct hall){.pool = options.pool, .plan.channels = CHANNELS_MAX, .post = post_new(NULL)};
	hall->outlet.walk = walk_new(&(struct walk_options){.orders = hall->post, .events = hall->post});
	hall->outlet.conn = &hall->conn;
	for (unsigned i = 0; i < CHANNELS_MAX; i++) {
		hall->plan.line[i] = (struct plan_line){.bed = PLAN_BED_FLOOR, .label = LABEL_ORIGINAL};
		options.number = (uint8_t)i;
		options.stream_first = (uint16_t)(1 + i * RENDITION_COUNT);
		hall->channel[i] = channel_new(&options);
		if (who != NOBODY)
			listen(hall, i, RENDITION_STANDARD);
		if (who == STANDARD_AND_SAVER)
			listen(hall, i, RENDITION_SAVER);
	}
}

static void close_hall(struct hall *hall)
{
	for (unsigned i = 0; i < CHANNELS_MAX; i++) {
		for (unsigned r = 0; r < RENDITION_COUNT; r++) {
			if (hall->ear[i][r].audience != NULL)
				hearing_end(&hall->ear[i][r]);
		}
		channel_free(hall->channel[i]);
	}
	walk_free(hall->outlet.walk);
	post_close(hall->post);
	pool_close(hall->pool);
}

/* Microseconds for each beat of 32 channels that all carry the floor. */
static double run_room(const struct sound *sound, enum house_full who)
{
	static struct hall hall;
	open_hall(&hall, who);
	hall.sound.loudness[0] = -23;
	double begin_us = thread_cpu_us();
	for (size_t beat = 0; beat < sound->frames; beat++) {
		hall.sound.sample[0] = sound->sample + beat * FRAME_SAMPLES;
		for (unsigned i = 0; i < CHANNELS_MAX; i++)
			channel_beat(hall.channel[i], &hall.plan, &hall.plan, &hall.sound, beat);
		walk_run(hall.outlet.walk);
		walk_settle(hall.outlet.walk, 0);
	}
	double us = (thread_cpu_us() - begin_us) / (double)sound->frames;
	close_hall(&hall);
	return us;
}

/* ---- the whole ---- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *us)
{
	qsort(us, ROUNDS, sizeof *us, by_size);
	return us[ROUNDS / 2];
}

static json_t *packets_json(double us[TRIED][ROUNDS], const double *bytes)
{
	json_t *list = json_array();
	for (size_t i = 0; i < TRIED; i++) {
		unsigned ms = tried[i].frame_samples * 1000 / RATE_HZ;
		json_array_append_new(list, json_pack("{s:i,s:i,s:i,s:f,s:f}", "complexity", (int)tried[i].complexity, "bitrate",
						      (int)tried[i].bitrate, "packet_ms", (int)ms, "us_per_packet", median(us[i]),
						      "bytes_per_packet", bytes[i]));
	}
	return list;
}

static json_t *rooms_json(double us[ROOMS][ROUNDS])
{
	json_t *list = json_array();
	for (size_t i = 0; i < ROOMS; i++) {
		double beat_us = median(us[i]);
		json_array_append_new(list, json_pack("{s:s,s:i,s:f,s:f}", "who", room_words[i], "channels", CHANNELS_MAX, "us_per_beat",
						      beat_us, "share_of_core", beat_us / (FRAME_SAMPLES * 1e6 / RATE_HZ)));
	}
	return list;
}

int main(int argc, char **argv)
{
	static double us[TRIED][ROUNDS], room_us[ROOMS][ROUNDS], bytes[TRIED];
	struct sound *sound = check_alloc(calloc(1, sizeof *sound));
	if (argc != 2 || !read_sound(argv[1], sound)) {
		fprintf(stderr, "Usage: bench_encode FILE.wav     (48 kHz, mono)\n");
		return 2;
	}
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < TRIED; i++)
			us[i][round] = encode_all(sound, &tried[i], &bytes[i]);
		for (size_t i = 0; i < ROOMS; i++)
			room_us[i][round] = run_room(sound, (enum house_full)i);
	}
	json_t *result = json_pack("{s:o,s:o}", "packets", packets_json(us, bytes), "rooms", rooms_json(room_us));
	json_dumpf(result, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(result);
	free(sound);
	return 0;
}
