/* The beat: the media clock that runs the server (its numbers: boothcast/frame.h).
 *
 * The pace comes from the kernel's absolute clock, so it does not drift; a loop that was busy catches up, up to BEATS_LATE_MAX beats, and
 * what is older is skipped and counted.
 */
#ifndef SERVER_BEAT_H
#define SERVER_BEAT_H

#include "base/loop.h"
#include "base/metrics.h"

#include <stdint.h>

struct beat;

/* Calls `run` for every beat from now on. `frame_ms` 10 or 20. Ended with beat_close(). */
struct beat *beat_new(struct loop *loop, unsigned frame_ms, struct metrics *metrics, void (*run)(void *user, uint64_t beat, uint64_t now_us),
		      void *user);
/* The number of the beat that is run next. */
uint64_t beat_next(const struct beat *beat);
void beat_close(struct beat *beat);

#endif
