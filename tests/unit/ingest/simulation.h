/* A sender, a network and the beat in simulated time, for the tests of server/ingest.
 *
 *   tone --> frames of `frame_us` by the sender's clock --> delay (in order, as TCP does) --> publisher | beat --> heard
 */
#ifndef TESTS_INGEST_SIMULATION_H
#define TESTS_INGEST_SIMULATION_H

#include "ingest/publisher.h"
#include "ingest/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIM_START_US 1000000000u
#define SIM_PI       3.14159265358979323846

struct sim {
	/* set by the test; zero is a good default unless said otherwise */
	double tone_hz;            /* by the sender's clock */
	double tone_amplitude;
	unsigned rate_hz, channels; /* of the sender, PCM; needed */
	unsigned frame_us;         /* of a message; needed */
	unsigned beat_samples;     /* needed */
	double ppm;                /* the sender's clock against the beat */
	uint64_t phase_us;         /* of the first frame against the first beat */
	uint64_t (*delay_us)(struct sim *sim, uint64_t sent_us); /* of the network */
	/* what runs */
	struct source *source;
	struct publisher *publisher;
	uint64_t now_us;           /* of the next beat */
	uint64_t frames_sent;
	uint64_t arrived_us;       /* of the newest frame: none overtakes it */
	uint64_t beats[4];         /* by state */
	uint32_t random;
	struct frame frame;        /* taken last */
};

static inline double sim_random(struct sim *sim)
{
	sim->random = sim->random * 1664525u + 1013904223u;
	return (double)(sim->random >> 8) / (1 << 24);
}

static inline void sim_open(struct sim *sim)
{
	struct publisher_format format = {CODEC_PCM_S16LE, sim->rate_hz, sim->channels};
	sim->now_us = SIM_START_US;
	sim->source = source_new("floor/main", sim->beat_samples);
	enum status status = publisher_open(&sim->publisher, sim->source, &format, sim->now_us);
	if (status != STATUS_OK)
		abort();
}

static inline void sim_close(struct sim *sim)
{
	if (sim->publisher != NULL)
		publisher_close(sim->publisher);
	source_free(sim->source);
}

static inline size_t sim_frame_samples(const struct sim *sim)
{
	return (size_t)sim->rate_hz * sim->frame_us / 1000000;
}

/* The samples of one frame, with the fraction of a bit spread by dither so that nothing but the tone is in it. */
static inline size_t sim_make(struct sim *sim, uint8_t *to)
{
	size_t samples = sim_frame_samples(sim);
	for (size_t i = 0; i < samples; i++) {
		double t = (double)(sim->frames_sent * samples + i) / sim->rate_hz;
		double value = sim->tone_amplitude * sin(2 * SIM_PI * sim->tone_hz * t) * 32767;
		int16_t sample = (int16_t)lrint(value);
		for (unsigned c = 0; c < sim->channels; c++) {
			*to++ = (uint8_t)sample;
			*to++ = (uint8_t)((uint16_t)sample >> 8);
		}
	}
	return samples * 2 * sim->channels;
}

/* When the frame that is sent next is complete at the sender, on the server's clock. */
static inline uint64_t sim_sent_us(const struct sim *sim)
{
	double us = (double)(sim->frames_sent + 1) * sim->frame_us / (1 + sim->ppm / 1e6);
	return SIM_START_US + sim->phase_us + (uint64_t)us;
}

/* Everything that arrives before `until_us`. Returns the last status that was not OK. */
static inline enum status sim_deliver(struct sim *sim, uint64_t until_us)
{
	static uint8_t bytes[2 * 2 * 11520];
	enum status worst = STATUS_OK;
	for (;;) {
		uint64_t sent_us = sim_sent_us(sim);
		uint64_t arrives_us = sent_us + (sim->delay_us != NULL ? sim->delay_us(sim, sent_us) : 0);
		if (arrives_us < sim->arrived_us)
			arrives_us = sim->arrived_us;
		if (sent_us > until_us || arrives_us > until_us)
			return worst;
		sim->arrived_us = arrives_us;
		struct wire_up header = {.seq = (uint32_t)sim->frames_sent};
		size_t size = sim_make(sim, bytes);
		enum status status = publisher_put(sim->publisher, &header, bytes, size, arrives_us);
		sim->frames_sent++;
		if (status != STATUS_OK)
			worst = status;
	}
}

/* One beat: what has arrived is delivered, then a frame is taken. */
static inline enum source_state sim_beat(struct sim *sim)
{
	sim_deliver(sim, sim->now_us);
	enum source_state state = source_take(sim->source, &sim->frame, sim->now_us);
	sim->now_us += (uint64_t)sim->beat_samples * 1000 / 48;
	sim->beats[state]++;
	return state;
}

static inline void sim_run_ms(struct sim *sim, unsigned ms)
{
	for (unsigned beats = ms * 48 / sim->beat_samples; beats > 0; beats--)
		sim_beat(sim);
}

/* The largest residual of a tone's recursion y[n] = 2 cos(w) y[n-1] - y[n-2]: zero for a pure tone at `hz`, a spike at each click.
 * The two samples before are kept in `memory`. */
static inline double sim_click(const float *samples, size_t count, double hz, double memory[2])
{
	double w = 2 * cos(2 * SIM_PI * hz / 48000), worst = 0;
	for (size_t i = 0; i < count; i++) {
		double residual = fabs(samples[i] - w * memory[0] + memory[1]);
		worst = fmax(worst, residual);
		memory[1] = memory[0];
		memory[0] = samples[i];
	}
	return worst;
}

/* Amplitude of the part at `hz` (Goertzel), for a whole number of periods or a long stretch. */
static inline double sim_amplitude(const float *samples, size_t count, double hz)
{
	double re = 0, im = 0;
	for (size_t i = 0; i < count; i++) {
		double window = 1 - cos(2 * SIM_PI * (double)i / (double)count);
		re += window * samples[i] * cos(2 * SIM_PI * hz * (double)i / 48000);
		im += window * samples[i] * sin(2 * SIM_PI * hz * (double)i / 48000);
	}
	return 2 * sqrt(re * re + im * im) / (double)count;
}

#endif
