/* Meters: peak and loudness of a signal, frame by frame. */
#ifndef AUDIO_LEVEL_H
#define AUDIO_LEVEL_H

#include <stddef.h>

struct level;

/* Full scale is 0 dBFS; silence is LEVEL_FLOOR_DB. */
#define LEVEL_FLOOR_DB (-100.0f)

/* For mono at 48 kHz. Momentary loudness (400 ms, EBU R 128) by libebur128, counted as one loudspeaker: a sine of 1 kHz at -20 dBFS
 * is -23.0 LUFS. The caller frees with level_free(). No other call allocates. */
struct level *level_new(void);
void level_free(struct level *level);
/* Takes one frame in. `samples` NULL counts as silence. */
void level_put(struct level *level, const float *samples, size_t count);
/* The highest sample since the last call, dBFS; LEVEL_FLOOR_DB when there was none. */
float level_take_peak_db(struct level *level);
/* The highest sample of the frame that was put last, dBFS. */
float level_frame_peak_db(const struct level *level);
/* Momentary loudness, LUFS, not below LEVEL_FLOOR_DB. */
float level_loudness(const struct level *level);

#endif
