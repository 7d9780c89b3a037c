/* Mixing frames: gain that moves without a click, and the sum. Pure functions on samples. */
#ifndef AUDIO_MIX_H
#define AUDIO_MIX_H

#include <stdbool.h>
#include <stddef.h>

/* A gain on its way to a target, linear in amplitude or at equal power. */
struct fader {
	float gain;      /* now */
	float target;
	float step;      /* change of gain for each sample; 0 when it has arrived */
};

/* Starts to move to `target` so that a way of 1.0 takes `samples`; 0 jumps. */
void fader_to(struct fader *fader, float target, size_t samples);
/* Starts to move so that exactly `samples` from now the target is reached, however far it is. */
void fader_arrive(struct fader *fader, float target, size_t samples);
bool fader_silent(const struct fader *fader);
/* to[i] += from[i] * gain, the gain moving on. */
void mix_add(float *to, const float *from, size_t samples, struct fader *fader);
/* Keeps every sample within +-ceiling without hard edges when it is over (soft knee from 0.8 of it); the look-ahead limiter is
 * limiter.h. */
void mix_ceiling(float *samples, size_t count, float ceiling);

#endif
