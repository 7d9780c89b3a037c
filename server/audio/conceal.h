/* Making up sound that did not arrive, and the way back to the real one. */
#ifndef AUDIO_CONCEAL_H
#define AUDIO_CONCEAL_H

#include <stddef.h>

struct conceal;

/* What conceal_make() wrote (room/README.md, "Lost links"). */
enum conceal_state {
	CONCEAL_MADE,   /* at full strength: less than CONCEAL_MS of sound was missing before it */
	CONCEAL_FADING, /* on the way to silence, which is reached at FADE_OUT_MS */
	CONCEAL_SILENT  /* zeros: missing for longer, or no real sound was ever heard */
};

/* For mono samples at `rate_hz` (8000 .. 192000). The caller frees with conceal_free(). No other call allocates. */
struct conceal *conceal_new(unsigned rate_hz);
void conceal_free(struct conceal *conceal);
/* Remembers real sound that was played. After conceal_make() the first real samples go to conceal_resume() instead. */
void conceal_put(struct conceal *conceal, const float *samples, size_t count);
/* Writes the continuation of what was heard last. The state is that of the first sample. */
enum conceal_state conceal_make(struct conceal *conceal, float *to, size_t count);
/* The first real samples after a gap: blends their beginning (5 ms, or all when there are fewer) with the made-up sound,
 * in place, and remembers them. Without a gap before it this is conceal_put(). */
void conceal_resume(struct conceal *conceal, float *samples, size_t count);

#endif
