/* The frames of PAST_MS, see past.h. A beat's place is its number modulo the places; those are a multiple of the beats of a packet,
 * so a packet's frames always lie one after the other. Called by channel.c and tap.c (put) and output.c (packets); no allocation on
 * the beat.
 */
#include "channel/past.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

#define PLACES_MAX (PAST_MS / 10)

_Static_assert(PAST_MS % LONG_PACKET_MS == 0, "a long packet lies in one piece");
_Static_assert(PAST_MS >= (HISTORY_MAX_MS + LONG_PACKET_MS - 1) / LONG_PACKET_MS * LONG_PACKET_MS + LONG_PACKET_MS,
	       "history, and what is under way");

struct past {
	float *samples;
	unsigned frame_samples;
	unsigned places;
	uint64_t end;               /* the beat after the newest */
	uint64_t after[PLACES_MAX]; /* the beat that lies there, plus one; 0: none */
	struct past_words words[PLACES_MAX];
	bool silent[PLACES_MAX]; /* zeros lie there */
};

struct past *past_new(unsigned frame_samples)
{
	check(frame_samples == 480 || frame_samples == 960);
	struct past *past = check_alloc(calloc(1, sizeof *past));
	past->frame_samples = frame_samples;
	past->places = PAST_MS * RATE_HZ / 1000 / frame_samples;
	past->samples = check_alloc(calloc(past->places, frame_samples * sizeof *past->samples));
	return past;
}

void past_free(struct past *past)
{
	if (past == NULL)
		return;
	free(past->samples);
	free(past);
}

void past_put(struct past *past, uint64_t beat, const struct frame *frame, struct past_words words)
{
	unsigned place = (unsigned)(beat % past->places);
	memcpy(past->samples + place * past->frame_samples, frame->sample, past->frame_samples * sizeof *past->samples);
	past->silent[place] = false;
	past->words[place] = words;
	past->after[place] = past->end = beat + 1;
}

void past_put_silence(struct past *past, uint64_t beat, struct past_words words)
{
	unsigned place = (unsigned)(beat % past->places);
	if (!past->silent[place])
		memset(past->samples + place * past->frame_samples, 0, past->frame_samples * sizeof *past->samples);
	past->silent[place] = true;
	past->words[place] = words;
	past->after[place] = past->end = beat + 1;
}

uint64_t past_end(const struct past *past)
{
	return past->end;
}

bool past_holds(const struct past *past, uint64_t first)
{
	for (uint64_t beat = first; beat < past->end; beat++) {
		if (past->after[beat % past->places] != beat + 1)
			return false;
	}
	return true;
}

const float *past_packet(const struct past *past, uint64_t first, unsigned beats, struct past_words *words)
{
	unsigned place = (unsigned)(first % past->places);
	check(beats > 0 && past->places % beats == 0 && first % beats == 0);
	*words = (struct past_words){.flags = WIRE_SILENCE};
	for (unsigned i = 0; i < beats; i++) {
		const struct past_words *beat = &past->words[place + i];
		if (past->after[place + i] != first + i + 1)
			return NULL;
		words->flags |= beat->flags & WIRE_SOURCE_CHANGED;
		words->flags &= beat->flags | (uint8_t)~WIRE_SILENCE;
		words->label = beat->label;
	}
	return past->samples + place * past->frame_samples;
}
