/* Mixing frames: gain that moves without a click, and the sum. Pure functions on samples. */
#ifndef AUDIO_MIX_H
#define AUDIO_MIX_H

#include <stdbool.h>
#include <stddef.h>

/* A gain on its way to a target. Zeroed, it is silent and at rest.
 *
 * Linear in amplitude for sounds that are alike or come one after the other; at equal power for the crossfade of two unlike voices
 * (gain and target within 0 .. 1 then): the sum of both keeps its loudness (room/README.md, "Handover within a booth"). */
struct fader {
	float gain; /* now; the place on the curve when at equal power */
	float target;
	float step;       /* change of gain for each sample; 0 when it has arrived */
	size_t left;      /* samples until it arrives */
	bool equal_power; /* what is heard is sin(gain * pi / 2) */
};

/* Starts to move to `target` so that a way of 1.0 takes `samples`; 0 jumps. */
void fader_to(struct fader *fader, float target, size_t samples);
/* Starts to move so that exactly `samples` from now the target is reached, however far it is; 0 jumps. */
void fader_arrive(struct fader *fader, float target, size_t samples);
/* Goes on by another curve, from what is heard now, where it is at rest: at equal power or linear. To be aimed anew afterwards. */
void fader_curve(struct fader *fader, bool equal_power);
/* True when nothing is heard and nothing will be until the next fader_to(): the source need not be mixed. */
bool fader_silent(const struct fader *fader);
/* to[i] += from[i] * gain, the gain moving on for each sample. `to` and `from` do not overlap. */
void mix_add(float *to, const float *from, size_t samples, struct fader *fader);
/* Keeps every sample within +-ceiling without hard edges when it is over (soft knee from 0.8 of it); the look-ahead limiter is
 * limiter.h. */
void mix_ceiling(float *samples, size_t count, float ceiling);

#endif
