/* A PI controller around an integrator (the waiting sound grows by 1 us per second and ppm of difference).
 *
 *   ratio = clock + PROPORTION * excess       clock += INTEGRAL * excess, while the excess is small
 *
 * PROPORTION gives a time constant of 12 s: the measure looks back over 4 s, and a third of the constant keeps the loop calm;
 * INTEGRAL is a quarter of its square: critically damped. The pitch never moves by more than 5 cents, which nobody hears,
 * and by less than 2 in normal running. Called by source.c; it never touches the resampler. */
#include "ingest/drift.h"

#include <math.h>

#define PROPORTION      80.0   /* ppm per ms */
#define INTEGRAL        1.6    /* ppm per ms and update */
#define SMALL_MS        8.0    /* a larger excess is not the clock's doing but a stall's */
#define CLOCK_MAX_PPM   600.0  /* no crystal is worse */
#define STRETCH_MAX_PPM 1000.0 /* when there is too little */
#define SQUEEZE_MAX_PPM 2500.0 /* when there is too much: 10 ms are gone in 4 s */

static double within(double value, double min, double max)
{
	return fmin(fmax(value, min), max);
}

double drift_update(struct drift *drift, double excess_ms)
{
	if (fabs(excess_ms) < SMALL_MS)
		drift->clock_ppm = within(drift->clock_ppm + INTEGRAL * excess_ms, -CLOCK_MAX_PPM, CLOCK_MAX_PPM);
	drift->ratio_ppm = within(drift->clock_ppm + PROPORTION * excess_ms, -STRETCH_MAX_PPM, SQUEEZE_MAX_PPM);
	return drift->ratio_ppm;
}
