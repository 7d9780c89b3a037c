/* speexdsp's resampler, always on its interpolating path.
 *
 * The ratio is a fraction with one fixed denominator, a prime: the phase between two input samples is then kept exactly when the
 * ratio changes, and a change cannot be heard. It must be below 65536, because speexdsp multiplies phase and denominator in 32
 * bits, and the fraction must not cancel to a whole number, because the phase would be lost: then the ratio is one step (15 ppm at
 * 48 kHz) off, which the drift control sees as drift. Quality 5 passes 20 kHz within 1 dB at 48 kHz; up- and downsampling have the
 * same bandwidth from quality 5 on, so crossing the ratio 1 changes nothing. Called by feed.c and clip.c. */
#include "ingest/rate.h"

#include "base/check.h"
#include "boothcast/frame.h"

#include <math.h>
#include <speex/speex_resampler.h>
#include <stdlib.h>

#define QUALITY     5
#define DENOMINATOR 65521 /* the greatest prime below 2^16 */

struct rate {
	SpeexResamplerState *resampler; /* owned */
	unsigned rate_hz;
	unsigned numerator;             /* set now */
};

static unsigned numerator_for(unsigned rate_hz, double ppm)
{
	unsigned numerator = (unsigned)lround((double)rate_hz / RATE_HZ * DENOMINATOR * (1 + ppm / 1e6));
	return numerator % DENOMINATOR == 0 ? numerator + 1 : numerator;
}

struct rate *rate_new(unsigned rate_hz)
{
	check(rate_hz >= RATE_MIN_HZ && rate_hz <= RATE_MAX_HZ);
	struct rate *rate = check_alloc(calloc(1, sizeof *rate));
	int error = 0;
	rate->rate_hz = rate_hz;
	rate->numerator = numerator_for(rate_hz, 0);
	rate->resampler = speex_resampler_init_frac(1, rate->numerator, DENOMINATOR, rate_hz, RATE_HZ, QUALITY, &error);
	check(rate->resampler != NULL && error == RESAMPLER_ERR_SUCCESS);
	check(speex_resampler_skip_zeros(rate->resampler) == RESAMPLER_ERR_SUCCESS);
	return rate;
}

void rate_free(struct rate *rate)
{
	if (rate == NULL)
		return;
	speex_resampler_destroy(rate->resampler);
	free(rate);
}

void rate_set_ppm(struct rate *rate, double ppm)
{
	check(fabs(ppm) <= RATE_PPM_MAX);
	unsigned numerator = numerator_for(rate->rate_hz, ppm);
	if (numerator == rate->numerator)
		return;
	rate->numerator = numerator;
	int error = speex_resampler_set_rate_frac(rate->resampler, numerator, DENOMINATOR, rate->rate_hz, RATE_HZ);
	check(error == RESAMPLER_ERR_SUCCESS);
}

size_t rate_put(struct rate *rate, const float *samples, size_t *count, float *to, size_t room)
{
	spx_uint32_t in = (spx_uint32_t)*count, out = (spx_uint32_t)room;
	check(speex_resampler_process_float(rate->resampler, 0, samples, &in, to, &out) == RESAMPLER_ERR_SUCCESS);
	*count = in;
	return out;
}

double rate_latency_ms(const struct rate *rate)
{
	return 1000.0 * speex_resampler_get_input_latency(rate->resampler) / rate->rate_hz;
}
