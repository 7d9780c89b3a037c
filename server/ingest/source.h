/* A source: a place from which a channel can take sound, one frame each beat. Floor inputs and desks' microphones.
 *
 *   publisher/stream/player --put--> resampler (rate, drift) --> FIFO (jitter) --take, on the beat--> frame
 *
 * Arrival time on the left, media time on the right. A source exists as long as its room; publishers come and go. Sound waits for a
 * beat and a margin, which adapts: small on a calm net, grown after the FIFO ran dry. The resampler's ratio absorbs the clock drift
 * between the source and the beat. When sound is missing it is concealed for CONCEAL_MS, faded until FADE_OUT_MS, then silence
 * (room/README.md, "Lost links"). No thread, no allocation after source_new() and publisher_open().
 */
#ifndef INGEST_SOURCE_H
#define INGEST_SOURCE_H

#include "boothcast/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

#define SOURCE_REST_MS 3000 /* longer than LINK_LOST_MS: what became of its link has been told */

/* What the frame that was just taken is made of. */
enum source_state {
	SOURCE_EMPTY = 0, /* nobody publishes, or nothing came for FADE_OUT_MS: silence */
	SOURCE_LIVE,      /* real sound */
	SOURCE_CONCEALED, /* made up, at most CONCEAL_MS */
	SOURCE_FADING     /* going to silence */
};

struct source_stats {
	bool open; /* somebody publishes */
	enum source_state state;
	uint64_t silent_ms;  /* of media time since the last real sound; 0 while live; UINT64_MAX: there never was any */
	float depth_ms;      /* how long sound waits from its arrival to its beat, mean of the last second */
	float target_ms;     /* what the least of it should be: a beat and the margin for jitter */
	float drift_ppm;     /* the source's clock against the beat, as estimated: positive when the source is fast */
	uint64_t received;   /* messages or pieces taken in */
	uint64_t lost;       /* missing by the source's own numbering */
	uint64_t late;       /* beats on which sound was due and not there */
	uint64_t dropped_ms; /* sound thrown away to get back to now */
};

/* `name` such as floor/main or desk/zh-en/1, copied. `frame_samples`: 480 or 960. The caller frees with source_free(), after its
 * publisher was closed. */
struct source *source_new(const char *name, unsigned frame_samples);
void source_free(struct source *source);
const char *source_name(const struct source *source);

/* One beat's sound into `frame`; called once each beat whether anybody needs it or not. */
enum source_state source_take(struct source *source, struct frame *frame, uint64_t now_us);
/* Instead of source_take() for a source that nobody uses: true when nobody has published for SOURCE_REST_MS, and the beat is
 * counted. What source_take() would give is silence then. False: source_take() is to be called. */
bool source_rest(struct source *source, uint64_t now_us);
void source_stats(const struct source *source, struct source_stats *stats);

/* One frame straight onto the beat, past FIFO and drift control: for what is made here (demo voices, tones). Taken by the
 * next source_take(). The source must have no publisher; asserted. */
void source_put_on_beat(struct source *source, const struct frame *frame);

#endif
