/* How loud a whole recording is, once, before it is played: for break music. What goes by is measured in level.h. */
#ifndef AUDIO_LOUDNESS_H
#define AUDIO_LOUDNESS_H

#include <stddef.h>

/* Integrated loudness (EBU R 128, with its gates) of mono sound at 48 kHz, counted as one loudspeaker like in level.h, LUFS;
 * LEVEL_FLOOR_DB when there is nothing loud enough to count. Allocates; never on the beat. */
float loudness_whole(const float *samples, size_t count);

#endif
