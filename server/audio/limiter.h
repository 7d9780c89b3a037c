/* A ceiling that no sample passes, with a look ahead so that it is not heard: the last step before an encoder or a meter
 * (room/README.md, "Hearing protection"). */
#ifndef AUDIO_LIMITER_H
#define AUDIO_LIMITER_H

#include <stdbool.h>
#include <stddef.h>

struct limiter;

#define LIMITER_CEILING_DB (-1.0f) /* what is usual: Opus may decode a little higher than what went in */
#define LIMITER_DELAY_SAMPLES 127  /* what goes in comes out so much later (2.6 ms) */

/* For mono at 48 kHz; `ceiling_db` in dBFS, at most 0. The caller frees with limiter_free(). No other call allocates. */
struct limiter *limiter_new(float ceiling_db);
void limiter_free(struct limiter *limiter);
/* In place, any count. No sample's size is above the ceiling afterwards; sound below it passes unchanged, bit by bit, less than
 * a second after the last loud one. A sample that is no number counts as 0. */
void limiter_run(struct limiter *limiter, float *samples, size_t count);
/* True when it holds nothing but silence: every gain is one and its delay line is zero. Frames of silence may then be left out. */
bool limiter_rests(const struct limiter *limiter);
/* The greatest reduction since the last call, dB, 0 or negative: for the AV view. */
float limiter_take_reduction_db(struct limiter *limiter);

#endif
