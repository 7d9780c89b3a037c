/* The histogram of delays.h. A value up to 2 * STEPS has a step of its own; above, each octave is cut into STEPS equal ones:
 *
 *   0 1 2 ... 63 | 64 66 68 ... 126 | 128 132 ... | ...
 */
#include "load/delays.h"

#include <math.h>
#include <stddef.h>

static size_t step_of(uint64_t value)
{
	unsigned octave = 0;
	while (value >= 2 * DELAYS_STEPS) {
		value /= 2;
		octave++;
	}
	size_t step = octave * DELAYS_STEPS + value;
	return step < DELAYS_STEPS * DELAYS_OCTAVES ? step : DELAYS_STEPS * DELAYS_OCTAVES - 1;
}

/* The largest value that falls in a step. */
static uint64_t top_of(size_t step)
{
	if (step < 2 * DELAYS_STEPS)
		return step;
	unsigned octave = (unsigned)(step / DELAYS_STEPS - 1);
	return ((uint64_t)(step - octave * DELAYS_STEPS + 1) << octave) - 1;
}

void delays_add(struct delays *delays, uint64_t delay_us)
{
	delays->count[step_of(delay_us)]++;
	delays->total++;
	if (delay_us > delays->max_us)
		delays->max_us = delay_us;
}

uint64_t delays_at_us(const struct delays *delays, double share)
{
	uint64_t wanted = (uint64_t)ceil(share * (double)delays->total), seen = 0;
	for (size_t step = 0; step < DELAYS_STEPS * DELAYS_OCTAVES; step++) {
		seen += delays->count[step];
		if (delays->count[step] > 0 && seen >= wanted)
			return top_of(step) < delays->max_us ? top_of(step) : delays->max_us;
	}
	return 0;
}

uint64_t delays_over(const struct delays *delays, uint64_t limit_us)
{
	uint64_t over = 0;
	for (size_t step = step_of(limit_us) + 1; step < DELAYS_STEPS * DELAYS_OCTAVES; step++)
		over += delays->count[step];
	return over;
}
