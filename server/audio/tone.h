/* Tones that the server makes: line-up tone and the attention signal of an emergency. Made on the beat, sample by sample, so that
 * frames join without a seam and the pitch is that of the media clock. */
#ifndef AUDIO_TONE_H
#define AUDIO_TONE_H

#include <stddef.h>
#include <stdint.h>

enum tone_kind {
	TONE_LINE_UP,  /* sine of 1 kHz, its peaks at TONE_LINE_UP_DB (EBU R 68: alignment level), for as long as it is wanted */
	TONE_ATTENTION /* 800 and 1000 Hz in turn, a quarter of a second each, peaks below TONE_ATTENTION_DB */
};

#define TONE_LINE_UP_DB   (-18.0f)
#define TONE_ATTENTION_DB (-9.0f) /* louder than speech, and far from hurting */

/* Plain data, owned by the caller. */
struct tone {
	enum tone_kind kind;
	uint64_t at; /* samples made */
};

/* From the beginning: a soft start of 50 ms. */
void tone_start(struct tone *tone, enum tone_kind kind);
/* Writes the next `count` samples, mono at 48 kHz. Does not allocate. */
void tone_make(struct tone *tone, float *to, size_t count);

#endif
