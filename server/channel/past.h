/* The last moments of a channel, before encoding: from these an output that starts makes its history, so that nothing need be
 * encoded while nobody listens; and from these packets are cut that hold more than one beat.
 *
 *   beat:     ... 33 34 35 | 36 37 38 | 39 40 41 |        PAST_MS of frames, one after the other in memory
 *   packets of 60 ms:  11        12         13            number n holds the beats 3n, 3n+1, 3n+2 (of 20 ms)
 *
 * A packet's number counts its own length on the media clock, so its time is its number times its length, whatever the rendition.
 */
#ifndef CHANNEL_PAST_H
#define CHANNEL_PAST_H

#include "boothcast/frame.h"
#include "boothcast/wire.h"

#define PAST_MS 240 /* HISTORY_MAX_MS in whole packets of LONG_PACKET_MS, and the one that is not complete yet */

struct past;

/* What a packet says of its sound. */
struct past_words {
	uint8_t flags; /* enum wire_flag */
	enum label label;
};

/* `frame_samples` of a beat, 480 or 960. The caller frees with past_free(). */
struct past *past_new(unsigned frame_samples);
void past_free(struct past *past);
/* The frame of a beat, copied, and what is said of it. */
void past_put(struct past *past, uint64_t beat, const struct frame *frame, struct past_words words);
/* The same for a beat of silence; costs nothing where silence lies already. */
void past_put_silence(struct past *past, uint64_t beat, struct past_words words);
/* The beat after the newest; 0 when there was none. */
uint64_t past_end(const struct past *past);
/* Whether every beat from `first` to the newest is there. */
bool past_holds(const struct past *past, uint64_t first);
/* The sound of `beats` beats from `first` on, a multiple of `beats`; borrowed until the next past_put(). NULL when one of them is
 * not there. `words`, of all together: the label is that of the last beat, because it is the one that goes on: a change is shown
 * with the packet in which it is heard, up to two beats of 20 ms early and never late. WIRE_SOURCE_CHANGED when anything changed
 * within it; WIRE_SILENCE when all of it is. */
const float *past_packet(const struct past *past, uint64_t first, unsigned beats, struct past_words *words);

#endif
