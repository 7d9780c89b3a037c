/* Recorded voices from files (any format of libsndfile), as sound at 48 kHz mono in memory, and a player that reads them on the
 * beat. For the demo, break music and tests. Loading reads files and resamples: at start or on a thread, never on the beat. */
#ifndef INGEST_CLIP_H
#define INGEST_CLIP_H

#include "boothcast/frame.h"

#include <stddef.h>
#include <stdint.h>

#define CLIP_SECONDS_MAX 600 /* 115 MB of memory at most for one clip */

struct clip {
	float *sample;  /* owned */
	size_t samples;
};

/* NULL with a sentence in `error` (size bytes) when it cannot be read, or is longer than CLIP_SECONDS_MAX. `speed` 1.0 as recorded; 0.9 slower and deeper: another
 * voice; 0.5 .. 2. The caller frees with clip_free(). */
struct clip *clip_load(const char *path, double speed, char *error, size_t size);
void clip_free(struct clip *clip);
/* Copies `count` samples from `position`, silence past the end; returns the new position. */
size_t clip_read(const struct clip *clip, size_t position, float *to, size_t count);

#endif
