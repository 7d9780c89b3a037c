/* The voices of the demo: professional recordings that Debian packages carry, and espeak-ng for Chinese. */
#ifndef SERVER_DEMO_VOICES_H
#define SERVER_DEMO_VOICES_H

#include "ingest/clip.h"

#define DEMO_MUSIC_PACKAGE "asterisk-moh-opsound-wav"

enum demo_voice {
	VOICE_ZH_FLOOR,
	VOICE_ZH_BOOTH,
	VOICE_EN_FLOOR,
	VOICE_EN_BOOTH,
	VOICE_FR,
	VOICE_ES,
	VOICE_RU,
	VOICE_IT,
	VOICE_COUNT
};

/* Fills `voice` (VOICE_COUNT places): NULL where one is missing. Chinese is spoken into `state`/demo once. Takes seconds: call it on
 * a thread. The caller frees each with clip_free(). */
void demo_voices_load(struct clip *voice[VOICE_COUNT], const char *state);
/* The Debian package that brings a voice. */
const char *demo_voice_package(enum demo_voice voice);
/* A recording for breaks, as a path; NULL when its package, DEMO_MUSIC_PACKAGE, is missing. */
const char *demo_break_music(void);

#endif
