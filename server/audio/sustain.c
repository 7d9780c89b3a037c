/* The sustained limit, see sustain.h. Worked in blocks of a millisecond:
 *
 *   mean square of what comes in --> how far above the limit --> gain, down at once, up slowly, in a line over the block
 *
 * The mean is of the sound before the gain, so the gain settles where the sound comes out at the limit. Called by the mixer of each
 * channel before the ceiling limiter.
 */
#include "audio/sustain.h"

#include "boothcast/frame.h"

#include <math.h>
#include <stdbool.h>

#define BLOCK (RATE_HZ / 1000)

static float mean_of(const float *samples, size_t count)
{
	float sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += samples[i] * samples[i];
	return sum / (float)count;
}

/* The reduction that the block ends with. */
static float next_reduction(struct sustain *sustain, const float *samples, size_t count)
{
	float keep = expf(-(float)count * 1000 / (SUSTAIN_WINDOW_MS * (float)RATE_HZ));
	float mean = mean_of(samples, count);
	if (!isfinite(mean))
		mean = 1;
	sustain->mean_square = keep * sustain->mean_square + (1 - keep) * mean;
	float over_db = 10 * log10f(sustain->mean_square + 1e-12f) - SUSTAIN_LIMIT_DB;
	float released_db = sustain->reduction_db - SUSTAIN_RELEASE_DB_PER_S * (float)count / RATE_HZ;
	return fmaxf(0, fmaxf(over_db, released_db));
}

static void run_block(struct sustain *sustain, float *samples, size_t count)
{
	float before_db = sustain->reduction_db;
	sustain->reduction_db = next_reduction(sustain, samples, count);
	if (before_db == 0 && sustain->reduction_db == 0)
		return;
	float gain = powf(10, -before_db / 20), end = powf(10, -sustain->reduction_db / 20);
	float step = (end - gain) / (float)count;
	for (size_t i = 0; i < count; i++)
		samples[i] *= (gain += step);
}

void sustain_run(struct sustain *sustain, float *samples, size_t count)
{
	for (size_t done = 0, block; done < count; done += block) {
		block = count - done < BLOCK ? count - done : BLOCK;
		run_block(sustain, samples + done, block);
	}
}
