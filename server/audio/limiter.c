/* The look-ahead limiter: the gain goes down before the loud sample comes out.
 *
 *   in --+--> delay, LOOKAHEAD - 1 samples ---------------------------------------------------> * --> out
 *        |                                                                                      ^
 *        +--> gain that it needs --> least of the last LOOKAHEAD --> release --> mean of the last LOOKAHEAD
 *
 * Why the ceiling holds: the mean is over LOOKAHEAD values, each of which is a minimum over a window that has the sample now coming
 * out in it; so none of them, and not their mean, is above the gain that this sample needs. The release only makes gains
 * smaller. Why it is transparent: gains are whole numbers, so the sum behind the mean is exact, and a gain of one is exactly one.
 * Called by channel/ on every beat; while nothing is loud only the delay runs. It never allocates after limiter_new(). */
#include "audio/limiter.h"

#include "base/check.h"
#include "boothcast/frame.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define LOOKAHEAD 128   /* samples, a power of two: 2.7 ms, long enough for the gain to move without a crackle */
#define UNITY (1 << 24) /* a gain of one as a whole number */
#define RELEASE_MS 40   /* time constant: syllables do not pump, and a word after a bang is heard */

_Static_assert(LIMITER_DELAY_SAMPLES == LOOKAHEAD - 1, "what limiter.h says of the delay");
_Static_assert((LOOKAHEAD & (LOOKAHEAD - 1)) == 0, "positions are taken by a mask");

struct limiter {
	float ceiling;
	double release; /* part of the way back that is gone in one sample */
	uint32_t at;    /* samples taken in; places in the rings are this by a mask */
	float delayed[LOOKAHEAD];
	/* gains below one of the last LOOKAHEAD samples, growing: the first is the least; empty while nothing is loud */
	struct {
		uint32_t at;
		int32_t gain;
	} low[LOOKAHEAD];
	uint32_t first, count;
	double released;
	/* what the mean is over */
	int32_t smoothed[LOOKAHEAD];
	int64_t sum;
	float least; /* for limiter_take_reduction_db() */
};

struct limiter *limiter_new(float ceiling_db)
{
	check(ceiling_db <= 0);
	struct limiter *limiter = check_alloc(calloc(1, sizeof *limiter));
	limiter->ceiling = powf(10, ceiling_db / 20);
	limiter->release = 1 - exp(-1000.0 / RELEASE_MS / RATE_HZ);
	limiter->released = UNITY;
	for (size_t i = 0; i < LOOKAHEAD; i++)
		limiter->smoothed[i] = UNITY;
	limiter->sum = (int64_t)LOOKAHEAD * UNITY;
	limiter->least = 1;
	return limiter;
}

void limiter_free(struct limiter *limiter)
{
	free(limiter);
}

/* One sample into the delay, the one that is due out of it. */
static float delay(struct limiter *limiter, float sample)
{
	limiter->delayed[limiter->at++ % LOOKAHEAD] = sample;
	return limiter->delayed[limiter->at % LOOKAHEAD];
}

/* Takes the need of the sample at `at`, gives the least need of the last LOOKAHEAD samples. */
static int32_t least_of_window(struct limiter *limiter, int32_t need)
{
	if (limiter->count > 0 && limiter->at - limiter->low[limiter->first].at >= LOOKAHEAD) {
		limiter->first = (limiter->first + 1) % LOOKAHEAD;
		limiter->count--;
	}
	while (limiter->count > 0 && limiter->low[(limiter->first + limiter->count - 1) % LOOKAHEAD].gain >= need)
		limiter->count--;
	if (need < UNITY) {
		const uint32_t last = (limiter->first + limiter->count++) % LOOKAHEAD;
		limiter->low[last].at = limiter->at;
		limiter->low[last].gain = need;
	}
	return limiter->count > 0 ? limiter->low[limiter->first].gain : UNITY;
}

/* Down at once, up slowly, never above `least`. */
static int32_t release(struct limiter *limiter, int32_t least)
{
	limiter->released += (least - limiter->released) * limiter->release;
	if (limiter->released > least - 1.0)
		limiter->released = least;
	return (int32_t)limiter->released;
}

static float mean(struct limiter *limiter, int32_t gain)
{
	int32_t *oldest = &limiter->smoothed[limiter->at % LOOKAHEAD];
	limiter->sum += gain - *oldest;
	*oldest = gain;
	return (float)((double)limiter->sum / ((double)LOOKAHEAD * UNITY));
}

static float limit(struct limiter *limiter, float sample)
{
	if (!isfinite(sample))
		sample = 0;
	const float size = fabsf(sample);
	const int32_t need = size > limiter->ceiling ? (int32_t)((double)limiter->ceiling / (double)size * UNITY) : UNITY;
	const float gain = mean(limiter, release(limiter, least_of_window(limiter, need)));
	if (gain < limiter->least)
		limiter->least = gain;
	const float out = delay(limiter, sample) * gain;
	return fmaxf(-limiter->ceiling, fminf(limiter->ceiling, out)); /* of one rounding, when at all */
}

/* True when every gain on its way is one, and these samples need no other. */
static bool at_rest(const struct limiter *limiter, const float *samples, size_t count)
{
	if (limiter->count > 0 || limiter->sum != (int64_t)LOOKAHEAD * UNITY)
		return false;
	bool quiet = true;
	for (size_t i = 0; i < count; i++)
		quiet &= fabsf(samples[i]) <= limiter->ceiling;
	return quiet;
}

void limiter_run(struct limiter *limiter, float *samples, size_t count)
{
	if (at_rest(limiter, samples, count)) {
		for (size_t i = 0; i < count; i++)
			samples[i] = delay(limiter, samples[i]);
		return;
	}
	for (size_t i = 0; i < count; i++)
		samples[i] = limit(limiter, samples[i]);
}

bool limiter_rests(const struct limiter *limiter)
{
	if (limiter->count > 0 || limiter->sum != (int64_t)LOOKAHEAD * UNITY)
		return false;
	for (size_t i = 0; i < LOOKAHEAD; i++) {
		if (limiter->delayed[i] != 0)
			return false;
	}
	return true;
}

float limiter_take_reduction_db(struct limiter *limiter)
{
	const float least = limiter->least;
	limiter->least = 1;
	return least < 1 ? 20 * log10f(fmaxf(least, 1e-5f)) : 0;
}
