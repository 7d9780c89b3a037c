/* The take side of a source: one frame each beat, whatever happened on the put side.
 *
 *   FIFO holds a frame      --> it is played                                                       LIVE
 *   FIFO holds less         --> it is played, and the rest of the frame made up                    CONCEALED
 *   still less than a frame --> made up, then faded, then silence (audio/conceal.h)                CONCEALED, FADING, EMPTY
 *   a whole frame again     --> blended over from what was made up                                 LIVE
 *
 * Each frame that is made up lets everything after it wait one beat longer; what is too long is taken back by the feed, slowly
 * through the ratio or at once by a cut. Called by channels through the beat; never by a socket. */
#include "ingest/source.h"

#include "base/check.h"
#include "base/text.h"
#include "ingest/source_inside.h"

#include <stdlib.h>
#include <string.h>

struct source *source_new(const char *name, unsigned frame_samples)
{
	check(frame_samples == 480 || frame_samples == 960);
	struct source *source = check_alloc(calloc(1, sizeof *source));
	text_copy(source->name, sizeof source->name, name);
	source->frame_samples = frame_samples;
	fifo_init(&source->fifo, SOURCE_FIFO_MS * SAMPLES_PER_MS);
	jitter_init(&source->jitter, (double)frame_samples / SAMPLES_PER_MS);
	source->conceal = conceal_new(RATE_HZ);
	return source;
}

void source_free(struct source *source)
{
	if (source == NULL)
		return;
	check(source->feed == NULL);
	conceal_free(source->conceal);
	fifo_free(&source->fifo);
	free(source);
}

const char *source_name(const struct source *source)
{
	return source->name;
}

static bool in_gap(const struct source *source)
{
	return source->state != SOURCE_LIVE;
}

/* Takes what may be played now: after a gap only a whole frame, so that the sound does not come back in crumbs. */
static size_t take_real(struct source *source, float *to)
{
	if (source->on_beat_ready) {
		memcpy(to, source->on_beat.sample, source->frame_samples * sizeof *to);
		source->on_beat_ready = false;
		return source->frame_samples;
	}
	if (in_gap(source) && source->feed != NULL && source->fifo.count < source->frame_samples)
		return 0;
	size_t count = fifo_take(&source->fifo, to, source->frame_samples);
	jitter_played(&source->jitter, (double)count / SAMPLES_PER_MS);
	return count;
}

static void heard_real(struct source *source, float *samples, size_t count)
{
	if (in_gap(source))
		conceal_resume(source->conceal, samples, count);
	else
		conceal_put(source->conceal, samples, count);
	source->ever = true;
	source->silent_samples = 0;
}

static enum source_state made_up(struct source *source, float *to, size_t count)
{
	enum conceal_state state = conceal_make(source->conceal, to, count);
	source->silent_samples += count;
	source->made_up_samples += count;
	return state == CONCEAL_MADE ? SOURCE_CONCEALED : state == CONCEAL_FADING ? SOURCE_FADING : SOURCE_EMPTY;
}

/* What the change from the last frame to this one means for the jitter control. */
static void judge(struct source *source, enum source_state before, enum source_state now)
{
	if (source->feed == NULL)
		return;
	bool gap = before == SOURCE_CONCEALED || before == SOURCE_FADING;
	if (now == SOURCE_CONCEALED || now == SOURCE_FADING)
		source->late++;
	if (now == SOURCE_LIVE && gap && !source->gap_explained)
		jitter_ran_dry(&source->jitter);
	if (now == SOURCE_LIVE)
		source->gap_explained = false;
	if (now == SOURCE_EMPTY && before != SOURCE_EMPTY)
		feed_start_over(source->feed);
}

enum source_state source_take(struct source *source, struct frame *frame, uint64_t now_us)
{
	if (source->feed != NULL)
		feed_beat(source->feed);
	jitter_beat(&source->jitter, now_us);
	enum source_state before = source->state;
	size_t count = take_real(source, frame->sample);
	if (count > 0)
		heard_real(source, frame->sample, count);
	if (count == source->frame_samples)
		source->state = SOURCE_LIVE;
	else
		source->state = made_up(source, frame->sample + count, source->frame_samples - count);
	judge(source, before, source->state);
	return source->state;
}

bool source_rest(struct source *source, uint64_t now_us)
{
	if (source->feed != NULL || source->on_beat_ready || source->state != SOURCE_EMPTY || source->fifo.count > 0)
		return false;
	if (source->ever && source->silent_samples < (uint64_t)SOURCE_REST_MS * SAMPLES_PER_MS)
		return false;
	jitter_beat(&source->jitter, now_us);
	source->silent_samples += source->frame_samples;
	source->made_up_samples += source->frame_samples;
	return true;
}

void source_stats(const struct source *source, struct source_stats *stats)
{
	*stats = (struct source_stats){
		.open = source->feed != NULL,
		.state = source->state,
		.silent_ms = source->ever ? source->silent_samples / SAMPLES_PER_MS : UINT64_MAX,
		.depth_ms = (float)source->jitter.delay_ms,
		.target_ms = (float)jitter_target_ms(&source->jitter),
		.drift_ppm = source->feed != NULL ? (float)feed_clock_ppm(source->feed) : 0,
		.received = source->received,
		.lost = source->lost,
		.late = source->late,
		.dropped_ms = source->dropped_samples / SAMPLES_PER_MS,
	};
}

void source_put_on_beat(struct source *source, const struct frame *frame)
{
	check(source->feed == NULL);
	memcpy(source->on_beat.sample, frame->sample, source->frame_samples * sizeof *frame->sample);
	source->on_beat_ready = true;
	source->received++;
}
