/* Gains that move, and the sum: the only place where one sound is laid over another.
 *
 *   from[0 .. n) --* gain, gain + step, ... target, target ...--> + to[0 .. n)
 *
 * A fader moves by the sample, so that a frame's border is nowhere to be heard, and lands on its target exactly: at rest a gain of
 * 1 adds the samples bit by bit. Called by channel/ for every source on every beat. Nothing here allocates or keeps samples. */
#include "audio/mix.h"

#include "base/check.h"

#include <math.h>

#define KNEE 0.8f /* of the ceiling: below it mix_ceiling() changes nothing */

void fader_to(struct fader *fader, float target, size_t samples)
{
	const float way = fabsf(target - fader->gain);
	fader_arrive(fader, target, way > 0 ? (size_t)ceilf(way * (float)samples) : 0);
}

void fader_arrive(struct fader *fader, float target, size_t samples)
{
	fader->target = target;
	fader->left = target == fader->gain ? 0 : samples;
	fader->step = fader->left == 0 ? 0 : (target - fader->gain) / (float)samples;
	if (fader->left == 0)
		fader->gain = target;
}

bool fader_silent(const struct fader *fader)
{
	return fader->gain == 0 && fader->target == 0;
}

/* One sample further; from the end of the way and not from the last gain, so that rounding does not add up. */
static void advance(struct fader *fader)
{
	fader->left--;
	fader->gain = fader->target - fader->step * (float)fader->left;
	if (fader->left == 0)
		fader->step = 0;
}

static float heard(const struct fader *fader)
{
	return fader->equal_power ? sinf(fader->gain * (float)M_PI_2) : fader->gain;
}

void fader_curve(struct fader *fader, bool equal_power)
{
	if (fader->equal_power == equal_power)
		return;
	const float now = heard(fader);
	fader->equal_power = equal_power;
	fader->gain = fader->target = equal_power ? asinf(now) / (float)M_PI_2 : now;
	fader->left = 0;
	fader->step = 0;
}

void mix_add(float *to, const float *from, size_t samples, struct fader *fader)
{
	size_t i = 0;
	for (; i < samples && fader->left > 0; i++) {
		advance(fader);
		to[i] += from[i] * heard(fader);
	}
	const float gain = heard(fader);
	if (gain == 0)
		return;
	for (; i < samples; i++)
		to[i] += from[i] * gain;
}

void mix_ceiling(float *samples, size_t count, float ceiling)
{
	check(ceiling > 0);
	const float knee = ceiling * KNEE, room = ceiling - knee;
	for (size_t i = 0; i < count; i++) {
		const float size = fabsf(samples[i]);
		if (size > knee)
			samples[i] = copysignf(fminf(ceiling, knee + room * tanhf((size - knee) / room)), samples[i]);
	}
}
