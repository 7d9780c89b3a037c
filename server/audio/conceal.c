/* Concealment by repeating the last pitch period.
 *
 *   played so far                          made up
 *   ... ~~~~~~~~~~~~~~~~~~~[ period ]|[ period ][ period ][ peri ...   * gain: 1 until CONCEAL_MS, 0 at FADE_OUT_MS
 *                                    ^ joint: the step that is left here is added and decays within 5 ms
 *
 * The period is the lag of 2.5 to 12.5 ms (80 to 400 Hz, or a multiple of a shorter one) at which the last 20 ms look most like
 * what was before them: normalised autocorrelation, first on a coarse copy at about 8 kHz, then to the sample. The end of the
 * period is blended into what stood before its beginning, so that the loop has no seam. What was made up is remembered as played:
 * a second gap right after the first continues what the listener heard. Called by ingest/ on the beat; it never allocates after
 * conceal_new(), and knows nothing of time but the number of samples. */
#include "audio/conceal.h"

#include "base/check.h"
#include "boothcast/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_MS 60 /* window, longest period and the period before it: 20 + 2 * 12.5, and some more */
#define WINDOW_MS 20  /* sound that is compared */
#define PERIOD_MIN_US 2500
#define PERIOD_MAX_US 12500
#define BLEND_US 5000     /* of the joint, and of the way back */
#define COARSE_HZ 8000    /* of the first search: enough for periods, a 36th of the work */
#define LIKENESS_MIN 0.5f /* below it there is no pitch: the longest period buzzes least */

struct conceal {
	unsigned rate_hz;
	size_t blend; /* samples of BLEND_US */
	/* what was played last, oldest first */
	float *history;
	size_t size;
	float *coarse; /* scratch of the first search */
	/* the period that repeats; valid while `made` > 0 */
	float *loop;
	size_t period, at;
	float joint;                      /* the step at the joint */
	float peak;                       /* the loudest that was heard: what is made up is never louder */
	size_t made, made_full, made_max; /* samples missing so far; full strength until; silence from */
};

static size_t samples_of_us(unsigned rate_hz, unsigned us)
{
	return (size_t)((unsigned long long)rate_hz * us / 1000000);
}

struct conceal *conceal_new(unsigned rate_hz)
{
	check(rate_hz >= 8000 && rate_hz <= 192000);
	struct conceal *conceal = check_alloc(calloc(1, sizeof *conceal));
	conceal->rate_hz = rate_hz;
	conceal->blend = samples_of_us(rate_hz, BLEND_US);
	conceal->size = samples_of_us(rate_hz, HISTORY_MS * 1000);
	conceal->made_full = samples_of_us(rate_hz, CONCEAL_MS * 1000);
	conceal->made_max = samples_of_us(rate_hz, FADE_OUT_MS * 1000);
	conceal->made = conceal->made_max; /* nothing heard yet */
	conceal->history = check_alloc(calloc(conceal->size, sizeof *conceal->history));
	conceal->coarse = check_alloc(calloc(conceal->size, sizeof *conceal->coarse));
	conceal->period = samples_of_us(rate_hz, PERIOD_MAX_US);
	conceal->loop = check_alloc(calloc(conceal->period + 1, sizeof *conceal->loop));
	return conceal;
}

void conceal_free(struct conceal *conceal)
{
	if (conceal == NULL)
		return;
	free(conceal->loop);
	free(conceal->coarse);
	free(conceal->history);
	free(conceal);
}

static void remember(struct conceal *conceal, const float *samples, size_t count)
{
	if (count > conceal->size) {
		samples += count - conceal->size;
		count = conceal->size;
	}
	memmove(conceal->history, conceal->history + count, (conceal->size - count) * sizeof *samples);
	memcpy(conceal->history + conceal->size - count, samples, count * sizeof *samples);
}

/* From 0 to 1 in half a cosine; `at` of `length` samples. */
static float ease(size_t at, size_t length)
{
	return at >= length ? 1.0f : 0.5f - 0.5f * cosf((float)M_PI * (float)at / (float)length);
}

/* How much the `window` samples before `end` look like those `lag` earlier: -1 .. 1, 0 for silence. */
static float likeness(const float *end, size_t window, size_t lag)
{
	float product = 0, here = 0, before = 0;
	for (const float *a = end - window; a < end; a++) {
		const float b = *(a - lag);
		product += *a * b;
		here += *a * *a;
		before += b * b;
	}
	const float energy = here * before;
	return energy > 0 ? product / sqrtf(energy) : 0;
}

/* The lag in [from, to] with the greatest likeness; the shortest of equals. */
static size_t best_lag(const float *end, size_t window, size_t from, size_t to, float *best)
{
	size_t lag = from;
	*best = -1;
	for (size_t i = from; i <= to; i++) {
		float like = likeness(end, window, i);
		if (like > *best) {
			*best = like;
			lag = i;
		}
	}
	return lag;
}

/* The history with `step` samples averaged into one, so that its end stays the end; returns how many there are. */
static size_t make_coarse(struct conceal *conceal, size_t step)
{
	const size_t count = conceal->size / step;
	const float *from = conceal->history + conceal->size - count * step;
	for (size_t i = 0; i < count; i++) {
		float sum = 0;
		for (size_t k = 0; k < step; k++)
			sum += *from++;
		conceal->coarse[i] = sum;
	}
	return count;
}

/* The best lag to the sample, within `step` of a coarse one. */
static size_t refine(const struct conceal *conceal, size_t window, size_t lag, size_t step, float *like)
{
	const size_t shortest = samples_of_us(conceal->rate_hz, PERIOD_MIN_US);
	const size_t longest = samples_of_us(conceal->rate_hz, PERIOD_MAX_US);
	const size_t from = lag > shortest + step ? lag - step : shortest;
	const size_t to = lag + step < longest ? lag + step : longest;
	return best_lag(conceal->history + conceal->size, window, from, to, like);
}

/* A pitch between two samples fits badly once, and well when several of its periods make a whole number: those are tried too. */
static size_t find_period(struct conceal *conceal)
{
	const size_t window = samples_of_us(conceal->rate_hz, WINDOW_MS * 1000);
	const size_t shortest = samples_of_us(conceal->rate_hz, PERIOD_MIN_US);
	const size_t longest = samples_of_us(conceal->rate_hz, PERIOD_MAX_US);
	const size_t step = conceal->rate_hz / COARSE_HZ;
	const size_t count = make_coarse(conceal, step);
	float likest, like;
	size_t lag = step * best_lag(conceal->coarse + count, window / step, shortest / step, longest / step, &likest);
	lag = refine(conceal, window, lag, step, &likest);
	const size_t single = lag;
	for (size_t several = 2 * single; several <= longest; several += single) {
		const size_t finer = refine(conceal, window, several, step, &like);
		if (like > likest) {
			likest = like;
			lag = finer;
		}
	}
	return likest < LIKENESS_MIN ? longest : lag;
}

/* The greatest size of a sample among the last `count`. */
static float peak_of_last(const struct conceal *conceal, size_t count)
{
	float peak = 0;
	for (size_t i = conceal->size - count; i < conceal->size; i++)
		peak = fmaxf(peak, fabsf(conceal->history[i]));
	return peak;
}

/* A gap begins: freezes the last period as a loop without a seam, and measures the joint. */
static void begin(struct conceal *conceal)
{
	const float *end = conceal->history + conceal->size;
	const size_t period = find_period(conceal), seam = period / 4;
	memcpy(conceal->loop, end - period, period * sizeof *conceal->loop);
	for (size_t i = 0; i < seam; i++) {
		const size_t k = period - seam + i;
		conceal->loop[k] += ease(i + 1, seam) * ((end - 2 * period)[k] - conceal->loop[k]);
	}
	conceal->joint = end[-1] - (end - period)[-1];
	conceal->peak = peak_of_last(conceal, period + 1);
	conceal->period = period;
	conceal->at = 0;
}

/* The next sample of the made-up sound. */
static float next(struct conceal *conceal)
{
	if (conceal->made >= conceal->made_max)
		return 0;
	float sample = conceal->loop[conceal->at] + conceal->joint * (1 - ease(conceal->made, conceal->blend));
	sample = fmaxf(-conceal->peak, fminf(conceal->peak, sample));
	conceal->at = conceal->at + 1 < conceal->period ? conceal->at + 1 : 0;
	if (conceal->made > conceal->made_full)
		sample *= (float)(conceal->made_max - conceal->made) / (float)(conceal->made_max - conceal->made_full);
	conceal->made++;
	return sample;
}

void conceal_put(struct conceal *conceal, const float *samples, size_t count)
{
	if (count == 0)
		return;
	remember(conceal, samples, count);
	conceal->made = 0;
}

enum conceal_state conceal_make(struct conceal *conceal, float *to, size_t count)
{
	if (conceal->made == 0 && count > 0)
		begin(conceal);
	const enum conceal_state state = conceal->made < conceal->made_full  ? CONCEAL_MADE
					 : conceal->made < conceal->made_max ? CONCEAL_FADING
									     : CONCEAL_SILENT;
	for (size_t i = 0; i < count; i++)
		to[i] = next(conceal);
	remember(conceal, to, count);
	return state;
}

void conceal_resume(struct conceal *conceal, float *samples, size_t count)
{
	if (conceal->made > 0) {
		const size_t blend = count < conceal->blend ? count : conceal->blend;
		for (size_t i = 0; i < blend; i++) {
			const float made = next(conceal);
			samples[i] = made + ease(i + 1, blend) * (samples[i] - made);
		}
	}
	conceal_put(conceal, samples, count);
}
