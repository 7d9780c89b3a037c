/* The mixer, see mixer.h. A fader for each source; only those that are up or moving are touched on a beat.
 *
 *   plan now, plan next --aim--> fader targets        (only on the beat before and the beat of a change)
 *   sources --faders--> sum --limits--> frame         (on every beat)
 *
 * A source's target is the lower of what `now` and `next` want: so it goes down one beat early and comes up on the beat itself.
 * Only when a partner takes over does the one who leaves stay to the end of the old plan: both move from the change on, and there
 * is no hole.
 */
#include "channel/mixer.h"

#include "audio/limiter.h"
#include "audio/match.h"
#include "audio/mix.h"
#include "audio/sustain.h"
#include "base/check.h"

#include <stdlib.h>
#include <string.h>

/* room/README.md, "Routing rules", rule 6 */
#define VOICE_IN_MS 10
#define RELIEF_MS 40 /* room/README.md, "Handover within a booth": at equal power */
#define VOICE_OUT_MS 30
#define FLOOR_IN_MS 200
#define FLOOR_OUT_MS 40
#define COUGH_MS 10    /* the person pressed because the next moment is not for listeners */
#define ALARM_IN_MS 10 /* room/README.md, "Numbers", emergency: within 100 ms */

struct mixer {
	unsigned frame_samples;
	uint8_t number;
	struct fader fader[MIXER_SLOTS];
	bool crossing[MIXER_SLOTS]; /* goes or comes by a crossfade on the coming beat */
	uint8_t up[MIXER_SLOTS];    /* slots with a fader that is not at rest at zero */
	unsigned ups;
	bool settled;       /* the targets are those of a plan that does not change */
	struct match match; /* floor-fill at the interpreters' loudness */
	float fill_gain;    /* at the end of the beat before: the gain moves from there without a step */
	float fill_target;  /* at the end of this beat */
	struct sustain sustain;
	struct limiter *limiter;
	bool rests; /* nothing is up, and the limits hold nothing but silence */
};

struct mixer *mixer_new(uint8_t number, unsigned frame_samples)
{
	struct mixer *mixer = check_alloc(calloc(1, sizeof *mixer));
	mixer->number = number;
	mixer->frame_samples = frame_samples;
	mixer->fill_gain = mixer->fill_target = 1;
	mixer->limiter = limiter_new(LIMITER_CEILING_DB);
	return mixer;
}

void mixer_free(struct mixer *mixer)
{
	if (mixer == NULL)
		return;
	limiter_free(mixer->limiter);
	free(mixer);
}

static void want_floor(const struct plan *plan, bool want[MIXER_SLOTS])
{
	if (plan->floor_source != PLAN_NO_SOURCE)
		want[plan->floor_source] = true;
	for (unsigned i = 0; i < INPUTS_MAX; i++)
		want[i] |= plan_floor_has(plan, i);
}

static void want_bed(const struct plan *plan, const struct plan_line *line, bool want[MIXER_SLOTS])
{
	switch ((enum plan_bed)line->bed) {
	case PLAN_BED_NONE: break;
	case PLAN_BED_FLOOR: want_floor(plan, want); break;
	case PLAN_BED_EMERGENCY:
		want[plan->emergency_source != PLAN_NO_SOURCE ? plan->emergency_source : MIXER_ALARM] = true;
		break;
	case PLAN_BED_LINE_UP: want[MIXER_TONE] = true; break;
	case PLAN_BED_MUSIC: want[MIXER_MUSIC] = true; break;
	}
}

/* Which slots a plan wants to be heard on a channel. */
static void want(const struct plan *plan, uint8_t number, bool want[MIXER_SLOTS])
{
	const struct plan_line *line = &plan->line[number];
	memset(want, 0, MIXER_SLOTS * sizeof *want);
	want_bed(plan, line, want);
	for (unsigned i = 0; i < line->voices; i++) {
		if (!line->voice[i].muted)
			want[line->voice[i].source] = true;
	}
}

static bool holds(const struct plan_line *line, unsigned source)
{
	for (unsigned i = 0; i < line->voices; i++) {
		if (line->voice[i].source == source)
			return true;
	}
	return false;
}

static bool holds_another(const struct plan *plan, uint8_t number, unsigned source)
{
	for (uint8_t c = 0; c < plan->channels; c++) {
		if (c != number && holds(&plan->line[c], source))
			return true;
	}
	return false;
}

/* Heard by `now`, and nowhere a voice by `next`: free to fade over the change. */
static bool leaves(const struct mixer *mixer, const struct plan_voice *voice, const struct plan *next)
{
	return !voice->muted && !holds(&next->line[mixer->number], voice->source) &&
	       !holds_another(next, mixer->number, voice->source);
}

/* Finds who leaves for a partner that comes with the same change: the next beat crosses them. */
static void find_crossing(struct mixer *mixer, const struct plan *now, const struct plan *next, const bool wanted[MIXER_SLOTS])
{
	const struct plan_line *from = &now->line[mixer->number], *to = &next->line[mixer->number];
	memset(mixer->crossing, 0, sizeof mixer->crossing);
	for (unsigned i = 0; i < from->voices; i++) {
		if (!leaves(mixer, &from->voice[i], next))
			continue;
		for (unsigned k = 0; k < to->voices; k++) {
			if (to->voice[k].muted || to->voice[k].booth != from->voice[i].booth || wanted[to->voice[k].source])
				continue;
			mixer->crossing[from->voice[i].source] = mixer->crossing[to->voice[k].source] = true;
		}
	}
}

static size_t samples_of(unsigned ms)
{
	return (size_t)ms * RATE_HZ / 1000;
}

/* Out within the rest of this beat, so that nothing of it is in the next frame: what goes in now comes out of the limiter later. */
static size_t rest_of_beat(const struct mixer *mixer)
{
	return mixer->frame_samples - LIMITER_DELAY_SAMPLES;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Lets a source that `next` does not want go, by the reason for which it leaves. */
static void let_go(struct mixer *mixer, unsigned source, const struct plan *now, const struct plan *next)
{
	struct fader *fader = &mixer->fader[source];
	if (!holds(&now->line[mixer->number], source))
		fader_to(fader, 0, samples_of(FLOOR_OUT_MS));
	else if (holds(&next->line[mixer->number], source))
		fader_arrive(fader, 0, smaller(samples_of(COUGH_MS), rest_of_beat(mixer)));
	else if (holds_another(next, mixer->number, source))
		fader_arrive(fader, 0, rest_of_beat(mixer)); /* a flip: gone when its first frame is on the other channel */
	else
		fader_to(fader, 0, samples_of(VOICE_OUT_MS));
}

/* How fast a source comes: a person at once, the floor so that nobody starts. */
static size_t time_to_come(const struct plan_line *line, unsigned source)
{
	if (line->bed == PLAN_BED_EMERGENCY)
		return samples_of(ALARM_IN_MS);
	return samples_of(holds(line, source) ? VOICE_IN_MS : FLOOR_IN_MS);
}

static void move(struct mixer *mixer, unsigned source, float target, const struct plan *now, const struct plan *next)
{
	if (target == 0)
		let_go(mixer, source, now, next);
	else
		fader_to(&mixer->fader[source], 1, time_to_come(&now->line[mixer->number], source));
}

static void aim(struct mixer *mixer, const struct plan *now, const struct plan *next)
{
	bool wanted[MIXER_SLOTS], wanted_next[MIXER_SLOTS], crosses[MIXER_SLOTS];
	want(now, mixer->number, wanted);
	want(next, mixer->number, wanted_next);
	memcpy(crosses, mixer->crossing, sizeof crosses); /* found on the beat before */
	find_crossing(mixer, now, next, wanted);
	for (unsigned i = 0; i < MIXER_SLOTS; i++) {
		float target = wanted[i] && (wanted_next[i] || mixer->crossing[i]) ? 1.0f : 0.0f;
		if (mixer->fader[i].target == target)
			continue;
		fader_curve(&mixer->fader[i], crosses[i]);
		if (crosses[i])
			fader_arrive(&mixer->fader[i], target, samples_of(RELIEF_MS));
		else
			move(mixer, i, target, now, next);
	}
}

/* The list of what is up: short, so that a beat touches little. */
static void list_ups(struct mixer *mixer)
{
	mixer->ups = 0;
	for (unsigned i = 0; i < MIXER_SLOTS; i++) {
		if (!fader_silent(&mixer->fader[i]))
			mixer->up[mixer->ups++] = (uint8_t)i;
	}
}

static bool is_fill(const struct mixer *mixer, unsigned slot)
{
	return slot < INPUTS_MAX && mixer->number != 0;
}

/* One gain for the whole floor, by the loudest of its inputs: who listens at a mixed floor does not lift it by being silent. */
static void match_fill(struct mixer *mixer, const struct mixer_sound *sound)
{
	const float seconds = (float)mixer->frame_samples / RATE_HZ;
	unsigned loudest = MIXER_SLOTS;
	mixer->fill_gain = mixer->fill_target;
	for (unsigned i = 0; i < mixer->ups; i++) {
		unsigned slot = mixer->up[i];
		if (is_fill(mixer, slot) && (loudest == MIXER_SLOTS || sound->loudness[slot] > sound->loudness[loudest]))
			loudest = slot;
	}
	if (loudest == MIXER_SLOTS)
		return;
	mixer->fill_target = match_factor(
		match_floor(&mixer->match, sound->loudness[loudest], sound->peak_db[loudest], LIMITER_CEILING_DB, seconds));
}

/* Floor-fill at the loudness that the channel's interpreters have: the slow gain, moved in a line over the frame. */
static void apply_fill(const struct mixer *mixer, const float *from, float *to)
{
	float gain = mixer->fill_gain;
	const float step = (mixer->fill_target - gain) / (float)mixer->frame_samples;
	for (unsigned i = 0; i < mixer->frame_samples; i++)
		to[i] = from[i] * (gain += step);
}

static void add(struct mixer *mixer, unsigned slot, const struct mixer_sound *sound, float *to)
{
	static const float silence[FRAME_SAMPLES_MAX];
	float matched[FRAME_SAMPLES_MAX];
	const float *from = sound->sample[slot] != NULL ? sound->sample[slot] : silence;
	if (is_fill(mixer, slot)) {
		apply_fill(mixer, from, matched);
		from = matched;
	} else if (slot < SOURCES_MAX) {
		match_reference(&mixer->match, sound->loudness[slot], (float)mixer->frame_samples / RATE_HZ);
	}
	mix_add(to, from, mixer->frame_samples, &mixer->fader[slot]);
}

bool mixer_beat(struct mixer *mixer, const struct plan *now, const struct plan *next, const struct mixer_sound *sound,
		struct frame *out)
{
	if (now != next || !mixer->settled)
		aim(mixer, now, next);
	list_ups(mixer);
	match_fill(mixer, sound);
	mixer->settled = now == next;
	memset(out->sample, 0, mixer->frame_samples * sizeof *out->sample);
	bool heard = mixer->ups > 0;
	for (unsigned i = 0; i < mixer->ups; i++)
		add(mixer, mixer->up[i], sound, out->sample);
	sustain_run(&mixer->sustain, out->sample, mixer->frame_samples);
	limiter_run(mixer->limiter, out->sample, mixer->frame_samples);
	mixer->rests = !heard && mixer->settled && mixer->sustain.reduction_db == 0 && limiter_rests(mixer->limiter);
	if (mixer->rests)
		mixer->sustain.mean_square = 0;
	return heard;
}

bool mixer_rests(const struct mixer *mixer, const struct plan *now, const struct plan *next)
{
	return mixer->rests && now == next;
}
