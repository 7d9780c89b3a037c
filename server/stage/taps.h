/* The taps of a room: the sources that somebody listens to by themselves. Made with the first listener of a source, ended when
 * nobody has listened for a while; a room where nobody does has none, and they cost nothing on its beat.
 */
#ifndef STAGE_TAPS_H
#define STAGE_TAPS_H

#include "channel/mixer.h"
#include "channel/tap.h"
#include "room/room.h"

/* Embedded in the stage; `output` is filled by it before the first beat, the rest begins zeroed. */
struct taps {
	struct output_options output; /* as each tap is made; its stream is that of source 0 */
	struct {
		struct tap *tap;
		uint8_t source;
	} open[TAPS_MAX];
	unsigned count;
};

/* The audience of a source's tap, for somebody who joins it now: before the next beat it may be gone again. NULL when TAPS_MAX
 * other sources are listened to. Allocates: never on the beat. */
struct audience *taps_open(struct taps *taps, unsigned source);
/* One beat of every tap. `now` is the room that holds, `next` the one that holds from the following beat on (perhaps the same). */
void taps_beat(struct taps *taps, const struct mixer_sound *sound, const struct room *now, const struct room *next, uint64_t beat);
/* Ends them all, when everybody has left. */
void taps_close(struct taps *taps);

#endif
