/* The loudness of a whole recording, see loudness.h: libebur128 in its gated mode, which keeps a histogram of blocks instead of all
 * of them, so that memory does not grow with the length. Called at start, when break music is loaded. */
#include "audio/loudness.h"

#include "audio/level.h"
#include "base/check.h"
#include "boothcast/frame.h"

#include <ebur128.h>
#include <math.h>

float loudness_whole(const float *samples, size_t count)
{
	double lufs;
	ebur128_state *ebur128 = check_alloc(ebur128_init(1, RATE_HZ, EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM));
	check(ebur128_add_frames_float(ebur128, samples, count) == EBUR128_SUCCESS);
	check(ebur128_loudness_global(ebur128, &lufs) == EBUR128_SUCCESS);
	ebur128_destroy(&ebur128);
	return lufs > (double)LEVEL_FLOOR_DB ? (float)lufs : LEVEL_FLOOR_DB; /* minus infinity for silence */
}
