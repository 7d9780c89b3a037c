/* One source to whoever listens to it, see tap.h. No loudness is matched and no gain set: what comes in is what is heard, within
 * the limits that protect every ear here (room/README.md, "Hearing protection").
 *
 * The gate is a fader that is told of each change one beat before it holds, as the mixer is: a microphone that goes OFF is silent
 * from the first sample of the frame on which it is OFF. Called by stage/ on the beat; it knows neither rooms nor keys.
 */
#include "channel/tap.h"

#include "audio/limiter.h"
#include "audio/mix.h"
#include "audio/sustain.h"
#include "base/check.h"

#include <stdlib.h>
#include <string.h>

#define OPEN_MS 10  /* as a voice comes into a channel (mixer.c) */
#define CLOSE_MS 10 /* as a cough: the next moment is for nobody */

struct tap {
	struct past *past;
	struct output *output;
	unsigned frame_samples;
	struct fader gate;
	struct sustain sustain;
	struct limiter *limiter;
	struct frame frame;
	enum label label; /* of the beat before, to see changes */
};

struct tap *tap_new(const struct output_options *options)
{
	struct tap *tap = check_alloc(calloc(1, sizeof *tap));
	tap->frame_samples = options->frame_samples;
	tap->limiter = limiter_new(LIMITER_CEILING_DB);
	tap->past = past_new(options->frame_samples);
	tap->output = output_new(options);
	tap->label = LABEL_SILENT;
	return tap;
}

void tap_free(struct tap *tap)
{
	if (tap == NULL)
		return;
	output_free(tap->output);
	past_free(tap->past);
	limiter_free(tap->limiter);
	free(tap);
}

static size_t samples_of(unsigned ms)
{
	return (size_t)ms * RATE_HZ / 1000;
}

/* Down within this beat, so that nothing is in the next frame: what goes in now comes out of the limiter later. */
static void aim(struct tap *tap, bool open)
{
	size_t rest = tap->frame_samples - LIMITER_DELAY_SAMPLES;
	if (tap->gate.target == (open ? 1 : 0))
		return;
	if (open)
		fader_to(&tap->gate, 1, samples_of(OPEN_MS));
	else
		fader_arrive(&tap->gate, 0, samples_of(CLOSE_MS) < rest ? samples_of(CLOSE_MS) : rest);
}

static void make_frame(struct tap *tap, const float *samples)
{
	static const float silence[FRAME_SAMPLES_MAX];
	memset(tap->frame.sample, 0, tap->frame_samples * sizeof *tap->frame.sample);
	mix_add(tap->frame.sample, samples != NULL ? samples : silence, tap->frame_samples, &tap->gate);
	sustain_run(&tap->sustain, tap->frame.sample, tap->frame_samples);
	limiter_run(tap->limiter, tap->frame.sample, tap->frame_samples);
}

void tap_beat(struct tap *tap, const float *samples, bool open, bool open_next, uint64_t beat)
{
	aim(tap, open && open_next);
	make_frame(tap, samples);
	struct past_words words = {.label = samples != NULL && open ? LABEL_ORIGINAL : LABEL_SILENT};
	if (words.label == LABEL_SILENT)
		words.flags |= WIRE_SILENCE;
	if (words.label != tap->label)
		words.flags |= WIRE_SOURCE_CHANGED;
	tap->label = words.label;
	past_put(tap->past, beat, &tap->frame, words);
	output_beat(tap->output, tap->past);
}

bool tap_idle(const struct tap *tap)
{
	return !output_running(tap->output);
}

struct audience *tap_open(struct tap *tap)
{
	return output_open(tap->output, tap->past);
}

struct audience *tap_audience(struct tap *tap)
{
	return output_audience(tap->output);
}
