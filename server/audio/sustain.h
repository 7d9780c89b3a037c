/* A limit on how loud sound may stay: feedback howl, a tone left on, a microphone against a loudspeaker (room/README.md, "Hearing
 * protection": a limit after about 100 ms). The ceiling of a moment is limiter.h.
 *
 * Speech, music at concert level and every short sound pass unchanged, bit by bit.
 */
#ifndef AUDIO_SUSTAIN_H
#define AUDIO_SUSTAIN_H

#include <stddef.h>

#define SUSTAIN_LIMIT_DB   (-9.0f) /* dBFS of the mean square: loud speech stays some dB below it */
#define SUSTAIN_WINDOW_MS  100     /* of the mean */
#define SUSTAIN_RELEASE_DB_PER_S 6.0f

/* Plain data, owned by the caller; zeroed is the beginning. */
struct sustain {
	float mean_square; /* over the last SUSTAIN_WINDOW_MS or so */
	float reduction_db; /* now, 0 or more */
};

/* In place, mono at 48 kHz, any count. Does not allocate. */
void sustain_run(struct sustain *sustain, float *samples, size_t count);

#endif
