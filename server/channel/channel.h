/* A language channel: on every beat it carries out its line of the plan and gives the sound to its renditions.
 *
 *   plan line, frames of the sources --> mixer --> meter --> past --> outputs: encode lanes --(threads)--> rings --> audiences
 *
 *   rendition  packet             for
 *   standard   one beat           listeners in the room
 *   high       one beat           interpreters, media
 *   saver      LONG_PACKET_MS     a thin line: a third of the packets, fewer bits, 40 ms more of delay
 *
 * It never stops while the room is open. A rendition that nobody needs is not encoded; history is there all the same (output.h).
 */
#ifndef CHANNEL_CHANNEL_H
#define CHANNEL_CHANNEL_H

#include "audio/level.h"
#include "channel/mixer.h"
#include "channel/output.h"

struct channel;

enum rendition { RENDITION_STANDARD, RENDITION_HIGH, RENDITION_SAVER, RENDITION_COUNT };

struct channel_options {
	uint8_t number;
	unsigned frame_samples; /* 480 or 960 */
	uint32_t epoch;
	uint16_t stream_first;             /* stream numbers stream_first + rendition */
	unsigned bitrate[RENDITION_COUNT]; /* bit/s */
	unsigned complexity;
	struct encode_pool *pool;
	struct histogram *encode_seconds; /* may be NULL */
};

/* The caller frees with channel_free(), when its audiences are empty and before the pool closes. */
struct channel *channel_new(const struct channel_options *options);
void channel_free(struct channel *channel);
/* One beat; `beat` counts on the room's media clock. Plans as in mixer_beat(). */
void channel_beat(struct channel *channel, const struct plan *now, const struct plan *next, const struct mixer_sound *sound,
		  uint64_t beat);
/* Its audience in a rendition, for somebody who joins it now: encoded from now on, with history. Never on the beat. */
struct audience *channel_open(struct channel *channel, enum rendition rendition);
/* To look at; nobody joins without channel_open(). */
struct audience *channel_audience(struct channel *channel, enum rendition rendition);
/* All its listeners in all renditions. */
uint32_t channel_listeners(const struct channel *channel);
struct level *channel_level(struct channel *channel);
/* The frame that was mixed last: for the recorder and for whoever works with sound. Borrowed until the next beat. */
const struct frame *channel_frame(const struct channel *channel);
/* Packets that no encoder took: each is a hole that listeners conceal. */
uint64_t channel_refused(const struct channel *channel);
/* Samples at 48 kHz that the encoder delays: an Ogg header's pre-skip. */
unsigned channel_delay_samples(const struct channel *channel);

/* "standard", "high", "saver"; -1 for another word. */
int rendition_of(const char *word);
const char *rendition_word(enum rendition rendition);

#endif
