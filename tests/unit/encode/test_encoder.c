/* The encoder, judged by what libopus' decoder makes of it: delay, bandwidth, silence, both lengths of the beat. */
#include "encode/encoder.h"

#include <math.h>
#include <opus.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define SAMPLES (RATE_HZ * 4)

static float in[SAMPLES], out[SAMPLES];

/* Encodes and decodes `in` to `out`; returns the mean bit rate. */
static double round_trip(const struct encoder_options *options)
{
	struct encoder *encoder = encoder_new(options);
	int error;
	OpusDecoder *decoder = opus_decoder_create(RATE_HZ, 1, &error);
	size_t bytes = 0;
	for (size_t at = 0; at + options->frame_samples <= SAMPLES; at += options->frame_samples) {
		uint8_t payload[OPUS_PAYLOAD_MAX];
		const size_t size = encoder_encode(encoder, in + at, payload, sizeof payload);
		assert_true(size >= 2 && size <= sizeof payload);
		if (options->bitrate >= 32000)
			assert_int_equal(opus_packet_get_bandwidth(payload), OPUS_BANDWIDTH_FULLBAND);
		else
			assert_true(opus_packet_get_bandwidth(payload) >= OPUS_BANDWIDTH_WIDEBAND); /* words stay clear */
		assert_int_equal(opus_packet_get_nb_channels(payload), 1);
		const int got = opus_decode_float(decoder, payload, (opus_int32)size, out + at, (int)options->frame_samples, 0);
		assert_int_equal(got, options->frame_samples);
		bytes += size;
	}
	opus_decoder_destroy(decoder);
	encoder_free(encoder);
	return (double)bytes * 8 * RATE_HZ / SAMPLES;
}

static void voice(void)
{
	for (size_t i = 0; i < SAMPLES; i++) {
		const double t = (double)i / RATE_HZ, pitch = 130 + 20 * sin(2 * M_PI * 0.7 * t);
		double sum = 0;
		for (int k = 1; k < 30; k++)
			sum += sin(2 * M_PI * k * pitch * t) / k;
		in[i] = (float)(0.12 * sum * (0.6 + 0.4 * sin(2 * M_PI * 3 * t)));
	}
}

/* How much `out` looks like `in` delayed by `delay`, 0 .. 1. */
static double likeness(size_t delay)
{
	double product = 0, a = 0, b = 0;
	for (size_t i = RATE_HZ; i + delay < SAMPLES; i++) {
		product += (double)in[i] * out[i + delay];
		a += (double)in[i] * in[i];
		b += (double)out[i + delay] * out[i + delay];
	}
	return product / sqrt(a * b);
}

static void delay_is_as_said(void **state)
{
	(void)state;
	static const unsigned lengths[] = {480, 960, PACKET_SAMPLES_MAX};
	for (size_t l = 0; l < 3; l++) {
		const struct encoder_options options = {lengths[l], 64000, 5};
		struct encoder *encoder = encoder_new(&options);
		assert_int_equal(encoder_delay_samples(encoder), 312);
		encoder_free(encoder);
		voice();
		round_trip(&options);
		size_t best = 0;
		for (size_t delay = 250; delay < 400; delay++) {
			if (best == 0 || likeness(delay) > likeness(best))
				best = delay;
		}
		print_message("%u samples a frame: best delay %zu, likeness %.4f\n", lengths[l], best, likeness(best));
		assert_int_equal(best, 312);
		assert_true(likeness(best) > 0.99);
	}
}

static double amplitude_at(const float *sound, double hz)
{
	double re = 0, im = 0;
	for (size_t i = RATE_HZ; i < SAMPLES; i++) {
		re += sound[i] * cos(2 * M_PI * hz * (double)i / RATE_HZ);
		im += sound[i] * sin(2 * M_PI * hz * (double)i / RATE_HZ);
	}
	return sqrt(re * re + im * im);
}

/* room/README.md, "Numbers": 15 kHz and more to interpreters, within 3 dB, at the listeners' and at the interpreters' bit rate. */
static void highs_pass(void **state)
{
	(void)state;
	static const unsigned bitrates[] = {32000, 64000};
	static const double tones_hz[] = {100, 1000, 8000, 12000, 15000, 18000};
	for (size_t b = 0; b < 2; b++) {
		for (size_t t = 0; t < sizeof tones_hz / sizeof *tones_hz; t++) {
			for (size_t i = 0; i < SAMPLES; i++)
				in[i] = 0.25f * (float)sin(2 * M_PI * tones_hz[t] * (double)i / RATE_HZ);
			const struct encoder_options options = {960, bitrates[b], 5};
			const double got = round_trip(&options);
			const double db = 20 * log10(amplitude_at(out, tones_hz[t]) / amplitude_at(in, tones_hz[t]));
			print_message("%u bit/s (%.0f): %5.0f Hz %+.2f dB\n", bitrates[b], got, tones_hz[t], db);
			if (tones_hz[t] <= 15000)
				assert_true(fabs(db) < 3);
		}
	}
}

/* A hiss of 15 kHz that is 30 dB below a voice is not given up for the voice. */
static void highs_pass_beside_a_voice(void **state)
{
	(void)state;
	static const unsigned bitrates[] = {32000, 64000};
	for (size_t b = 0; b < 2; b++) {
		voice();
		for (size_t i = 0; i < SAMPLES; i++)
			in[i] += 0.01f * (float)sin(2 * M_PI * 15000 * (double)i / RATE_HZ);
		const struct encoder_options options = {960, bitrates[b], 5};
		round_trip(&options);
		const double db = 20 * log10(amplitude_at(out, 15000) / amplitude_at(in, 15000));
		print_message("%u bit/s: 15 kHz beside a voice %+.2f dB\n", bitrates[b], db);
		assert_true(fabs(db) < 3);
	}
}

/* A sweep from 100 Hz to 15 kHz in three seconds, measured in the piece where each frequency is. */
static void a_sweep_passes(void **state)
{
	(void)state;
	static const unsigned bitrates[] = {32000, 64000};
	for (size_t b = 0; b < 2; b++) {
		double phase = 0;
		for (size_t i = 0; i < SAMPLES; i++) {
			const double t = (double)i / RATE_HZ, hz = t < 0.5 ? 100 : 100 * pow(150, (t - 0.5) / 3.5);
			phase += 2 * M_PI * hz / RATE_HZ;
			in[i] = 0.25f * (float)sin(phase);
		}
		const struct encoder_options options = {960, bitrates[b], 5};
		round_trip(&options);
		double worst = 0;
		for (size_t at = RATE_HZ / 2; at + 4800 + 312 <= SAMPLES; at += 4800) {
			double before = 0, after = 0;
			for (size_t i = at; i < at + 4800; i++) {
				before += (double)in[i] * in[i];
				after += (double)in[i] * out[i + 312]; /* only what is really the sweep counts */
			}
			const double db = 20 * log10(fmax(after, 1e-9) / before);
			worst = fabs(db) > fabs(worst) ? db : worst;
		}
		print_message("sweep to 15 kHz at %u bit/s: worst %+.2f dB\n", bitrates[b], worst);
		assert_true(fabs(worst) < 3);
	}
}

static void bit_rate_is_kept_and_silence_is_sent(void **state)
{
	(void)state;
	static const unsigned bitrates[] = {24000, 32000, 64000, 128000};
	for (size_t b = 0; b < 4; b++) {
		const struct encoder_options options = {960, bitrates[b], 5};
		voice();
		const double got = round_trip(&options);
		print_message("%u bit/s asked: %.0f\n", bitrates[b], got);
		assert_true(got < bitrates[b] * 1.1 && got > bitrates[b] * 0.5);
		memset(in, 0, sizeof in);
		print_message("   silence: %.0f\n", round_trip(&options)); /* every packet was decoded to a frame */
		for (size_t i = RATE_HZ; i < SAMPLES; i++)
			assert_true(fabsf(out[i]) < 1e-3f);
	}
}

/* The saver: few bits, and in time with the other renditions to half a millisecond, so that a player can go over from one to the other. */
static void saver_is_in_time(void **state)
{
	(void)state;
	static const unsigned bitrates[] = {12000, 14000, 16000};
	for (size_t b = 0; b < 3; b++) {
		const struct encoder_options options = {PACKET_SAMPLES_MAX, bitrates[b], 5};
		voice();
		const double got = round_trip(&options);
		size_t best = 288;
		for (size_t delay = 288; delay <= 336; delay++) {
			if (likeness(delay) > likeness(best))
				best = delay;
		}
		print_message("%u bit/s asked: %.0f, best delay %zu, likeness %.4f\n", bitrates[b], got, best, likeness(best));
		assert_true(got < bitrates[b] * 1.2 && got > bitrates[b] * 0.8);
		assert_in_range(best, 312 - 23, 312 + 23);
		assert_true(likeness(best) > 0.9);
	}
}

/* After a reset the next packet is that of a new encoder. */
static void reset_forgets(void **state)
{
	(void)state;
	const struct encoder_options options = {960, 32000, 5};
	struct encoder *used = encoder_new(&options), *fresh = encoder_new(&options);
	struct frame frame;
	uint8_t a[OPUS_PAYLOAD_MAX], b[OPUS_PAYLOAD_MAX];
	voice();
	for (size_t at = 0; at < RATE_HZ; at += 960) {
		memcpy(frame.sample, in + at, sizeof frame.sample);
		encoder_encode(used, frame.sample, a, sizeof a);
	}
	encoder_reset(used);
	for (int i = 0; i < 5; i++) {
		memcpy(frame.sample, in + i * 960, sizeof frame.sample);
		const size_t size = encoder_encode(used, frame.sample, a, sizeof a);
		assert_int_equal(encoder_encode(fresh, frame.sample, b, sizeof b), size);
		assert_memory_equal(a, b, size);
	}
	encoder_free(used);
	encoder_free(fresh);
	encoder_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delay_is_as_said),
		cmocka_unit_test(highs_pass),
		cmocka_unit_test(highs_pass_beside_a_voice),
		cmocka_unit_test(a_sweep_passes),
		cmocka_unit_test(bit_rate_is_kept_and_silence_is_sent),
		cmocka_unit_test(saver_is_in_time),
		cmocka_unit_test(reset_forgets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
