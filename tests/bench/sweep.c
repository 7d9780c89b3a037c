/* bench_sweep: how evenly a channel carries the tones from 100 Hz to 15 kHz.
 *
 *   make:     sine, rising evenly in octaves, SWEEP_S long  --> WAV          (then it goes through the server)
 *   compare:  sent WAV, received Ogg Opus --> energy in a narrow band around each tone --> difference, relative to 1 kHz
 *
 * Each band hears the sweep pass once, on both sides; so nothing has to be aligned in time, and a constant gain does not matter.
 * The goal is that of room/README.md, "Numbers": 15 kHz and more for interpreters, here within LIMIT_DB. Used by tests/bench/sweep, which tells what it
 * means.
 */
#include <math.h>
#include <opusfile.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ     48000
#define SWEEP_S     20
#define LOW_HZ      50.0    /* below the first band: the server fades a new source in, and conceals its first frames */
#define HIGH_HZ     16000.0 /* beyond the last band, so that it hears all of its tone */
#define LEVEL       0.25    /* -12 dBFS: no limiter has a reason to act */
#define SAMPLES_MAX (60 * RATE_HZ)
#define BAND_Q      20      /* centre divided by width */
#define LIMIT_DB    3.0

/* The first is the reference. */
static const double tones_hz[] = {1000, 100, 200, 500, 2000, 4000, 8000, 10000, 12000, 14000, 15000};

#define TONES (sizeof tones_hz / sizeof *tones_hz)

struct sound {
	size_t count;
	float sample[SAMPLES_MAX];
};

/* ---- making ---- */

/* Phase of a sine whose frequency grows exponentially (A. Farina, 2000). */
static void make_sweep(struct sound *sound)
{
	double octaves = log(HIGH_HZ / LOW_HZ);
	sound->count = SWEEP_S * RATE_HZ;
	for (size_t i = 0; i < sound->count; i++) {
		double share = (double)i / (double)sound->count;
		double phase = 2 * M_PI * LOW_HZ * SWEEP_S / octaves * (exp(share * octaves) - 1);
		sound->sample[i] = (float)(LEVEL * sin(phase));
	}
}

static bool write_wav(const char *path, const struct sound *sound)
{
	SF_INFO info = {.samplerate = RATE_HZ, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	if (file == NULL)
		return false;
	bool good = sf_writef_float(file, sound->sample, (sf_count_t)sound->count) == (sf_count_t)sound->count;
	return sf_close(file) == 0 && good;
}

/* ---- reading ---- */

static bool read_wav(const char *path, struct sound *sound)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	if (file == NULL)
		return false;
	bool good = info.samplerate == RATE_HZ && info.channels == 1;
	sound->count = good ? (size_t)sf_readf_float(file, sound->sample, SAMPLES_MAX) : 0;
	sf_close(file);
	return sound->count > 0;
}

static bool read_opus(const char *path, struct sound *sound)
{
	OggOpusFile *file = op_open_file(path, NULL);
	if (file == NULL)
		return false;
	for (int got = 1; got > 0 && sound->count < SAMPLES_MAX; sound->count += (size_t)(got > 0 ? got : 0))
		got = op_read_float(file, sound->sample + sound->count, (int)(SAMPLES_MAX - sound->count), NULL);
	op_free(file);
	return sound->count > 0;
}

/* ---- comparing ---- */

struct band {
	double b0, a1, a2;         /* b1 = 0, b2 = -b0 */
	double x1, x2, y1, y2;
};

/* A band-pass of second order, 0 dB at its centre (R. Bristow-Johnson, Audio EQ Cookbook). */
static struct band make_band(double centre_hz)
{
	double w = 2 * M_PI * centre_hz / RATE_HZ, alpha = sin(w) / (2 * BAND_Q), a0 = 1 + alpha;
	return (struct band){.b0 = alpha / a0, .a1 = -2 * cos(w) / a0, .a2 = (1 - alpha) / a0};
}

static double band_pass(struct band *f, double x)
{
	double y = f->b0 * (x - f->x2) - f->a1 * f->y1 - f->a2 * f->y2;
	f->x2 = f->x1;
	f->x1 = x;
	f->y2 = f->y1;
	f->y1 = y;
	return y;
}

/* The energy around a tone, in dB; two filters in a row, for steep sides. */
static double energy_db(const struct sound *sound, double centre_hz)
{
	struct band first = make_band(centre_hz), second = first;
	double sum = 1e-12;
	for (size_t i = 0; i < sound->count; i++) {
		double y = band_pass(&second, band_pass(&first, sound->sample[i]));
		sum += y * y;
	}
	return 10 * log10(sum);
}

/* Prints the response; 0 when all tones are within the limit. */
static int compare(const struct sound *sent, const struct sound *received)
{
	double reference_db = 0;
	bool good = true;
	for (size_t i = 0; i < TONES; i++) {
		double db = energy_db(received, tones_hz[i]) - energy_db(sent, tones_hz[i]);
		if (i == 0)
			reference_db = db;
		bool fits = fabs(db - reference_db) <= LIMIT_DB;
		good = good && fits;
		printf("%6.0f Hz  %+6.2f dB%s\n", tones_hz[i], db - reference_db, i == 0 ? "  (reference)" : fits ? "" : "  TOO MUCH");
	}
	printf("gain at 1 kHz: %+.2f dB\n", reference_db);
	return good ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct sound *sent = calloc(1, sizeof *sent), *received = calloc(1, sizeof *received);
	int code = 2;
	if (sent == NULL || received == NULL) {
		fprintf(stderr, "bench_sweep: no memory\n");
	} else if (argc == 3 && strcmp(argv[1], "make") == 0) {
		make_sweep(sent);
		code = write_wav(argv[2], sent) ? 0 : 2;
	} else if (argc == 4 && strcmp(argv[1], "compare") == 0) {
		if (read_wav(argv[2], sent) && read_opus(argv[3], received))
			code = compare(sent, received);
		else
			fprintf(stderr, "bench_sweep: %s or %s cannot be read\n", argv[2], argv[3]);
	} else {
		fprintf(stderr, "Usage: bench_sweep make SWEEP.wav\n       bench_sweep compare SWEEP.wav RECEIVED.opus\n");
	}
	free(sent);
	free(received);
	return code;
}
