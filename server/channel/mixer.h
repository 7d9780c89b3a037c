/* The mixing desk of one channel: which sources are up, and how they come and go (room/README.md, "Routing rules", 3 and 6).
 *
 * Every change of the plan is known one beat before it holds. What leaves fades out in that beat, what comes fades in after it: an
 * interpreter who flips from A to B is in the last frame of A and the first of B, never in both and never in neither.
 */
#ifndef CHANNEL_MIXER_H
#define CHANNEL_MIXER_H

#include "boothcast/frame.h"
#include "boothcast/plan.h"

#include <stdbool.h>

/* Besides the sources of the room: what is made here. */
enum { MIXER_TONE = SOURCES_MAX, MIXER_MUSIC, MIXER_ALARM, MIXER_SLOTS };

/* The frames of one beat by source; NULL is silence. Borrowed for the beat. */
struct mixer_sound {
	const float *sample[MIXER_SLOTS];
	float loudness[MIXER_SLOTS]; /* LUFS, momentary */
	float peak_db[MIXER_SLOTS];  /* of this frame, dBFS */
};

struct mixer;

/* `number` of the channel, `frame_samples` 480 or 960. The caller frees with mixer_free(). */
struct mixer *mixer_new(uint8_t number, unsigned frame_samples);
void mixer_free(struct mixer *mixer);

/* Mixes this beat after plan `now`, knowing that `next` holds from the following one (the same pointer when nothing changes).
 * Returns true when anything was up, so that the frame is not digital silence by plan. */
bool mixer_beat(struct mixer *mixer, const struct plan *now, const struct plan *next, const struct mixer_sound *sound,
		struct frame *out);

/* True when a beat with this plan before and after it is silence, and the beats before it were, until nothing is left in the
 * limits: then mixer_beat() may be left out for it. */
bool mixer_rests(const struct mixer *mixer, const struct plan *now, const struct plan *next);

#endif
