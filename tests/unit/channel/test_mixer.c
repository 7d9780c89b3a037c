/* How sources come and go (room/README.md, "Routing rules", 1, 3 and 6). Most sources here are constant: then the output is the
 * gain itself, sample by sample. Each run hears one source and mutes the others, so what belongs to whom is known exactly. */
#include "channel/mixer.h"

#include "audio/limiter.h"
#include "audio/match.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS 48 /* samples */
#define VOICE (INPUTS_MAX + 0)
#define OTHER (INPUTS_MAX + 1)
#define ZH 1
#define EN 2
#define BEATS 40
#define CHANGE 20 /* the beat from which on the second plan holds */
#define LEVEL 0.25f
#define QUIET_LUFS (-70.0f) /* below the gate of the loudness match: gain 1 */

/* ---- plans ---- */

static struct plan floor_everywhere(void)
{
	struct plan plan = {.channels = 3, .floor_source = 0, .emergency_source = PLAN_NO_SOURCE};
	for (unsigned c = 0; c < 3; c++)
		plan.line[c] = (struct plan_line){.label = LABEL_ORIGINAL, .bed = PLAN_BED_FLOOR};
	return plan;
}

static struct plan with_voice(unsigned channel, unsigned source, bool muted)
{
	struct plan plan = floor_everywhere();
	plan.line[channel] = (struct plan_line){.label = LABEL_DIRECT, .depth = 1, .voices = 1};
	plan.line[channel].voice[0] = (struct plan_voice){.source = (uint8_t)source, .muted = muted};
	return plan;
}

static struct plan emergency_everywhere(void)
{
	struct plan plan = {.channels = 3, .floor_source = 0, .emergency_source = PLAN_NO_SOURCE};
	for (unsigned c = 0; c < 3; c++)
		plan.line[c] = (struct plan_line){.label = LABEL_EMERGENCY, .bed = PLAN_BED_EMERGENCY};
	return plan;
}

/* ---- runs ---- */

struct run {
	unsigned channel, frame_samples;
	struct plan from, to; /* `to` holds from beat CHANGE on */
	unsigned heard;       /* the one source with sound */
	float out[BEATS * FRAME_SAMPLES_MAX];
	bool up[BEATS];
};

static void sound_of(struct mixer_sound *sound, unsigned source, const float *samples)
{
	memset(sound, 0, sizeof *sound);
	for (unsigned i = 0; i < MIXER_SLOTS; i++) {
		sound->loudness[i] = QUIET_LUFS;
		sound->peak_db[i] = -100;
	}
	sound->sample[source] = samples;
}

static void run(struct run *run)
{
	float constant[FRAME_SAMPLES_MAX];
	struct mixer_sound sound;
	struct frame frame;
	struct mixer *mixer = mixer_new((uint8_t)run->channel, run->frame_samples);
	for (unsigned i = 0; i < FRAME_SAMPLES_MAX; i++)
		constant[i] = LEVEL;
	sound_of(&sound, run->heard, constant);
	for (unsigned n = 0; n < BEATS; n++) {
		const struct plan *now = n < CHANGE ? &run->from : &run->to, *next = n + 1 < CHANGE ? &run->from : &run->to;
		run->up[n] = mixer_beat(mixer, now, next, &sound, &frame);
		memcpy(run->out + n * run->frame_samples, frame.sample, run->frame_samples * sizeof *frame.sample);
	}
	mixer_free(mixer);
}

static struct run *make_run(unsigned channel, const struct plan *from, const struct plan *to, unsigned heard)
{
	struct run *r = calloc(1, sizeof *r);
	*r = (struct run){.channel = channel, .frame_samples = 960, .from = *from, .to = *to, .heard = heard};
	run(r);
	return r;
}

/* Gain at a sample, counted from the first one of beat CHANGE; the limiter's delay is taken out. */
static float gain_at(const struct run *r, int sample)
{
	return r->out[(int)(CHANGE * r->frame_samples) + LIMITER_DELAY_SAMPLES + sample] / LEVEL;
}

/* The first and the last sample where the gain is neither 0 nor 1, from the change's beat before on. */
static void moves(const struct run *r, int *first, int *last)
{
	*first = INT32_MAX;
	*last = INT32_MIN;
	for (int i = -(int)r->frame_samples; i < 18 * (int)r->frame_samples; i++) {
		float gain = gain_at(r, i);
		if (gain < 0.0001f || gain > 0.9999f)
			continue;
		*first = i < *first ? i : *first;
		*last = i;
	}
	assert_true(*last >= *first);
}

static void monotonic(const struct run *r, int direction)
{
	for (int i = -(int)r->frame_samples; i < 17 * (int)r->frame_samples; i++)
		assert_true(direction * (gain_at(r, i + 1) - gain_at(r, i)) >= -1e-6f);
}

static void off_fades_out_in_30_ms(void **state)
{
	(void)state;
	struct plan on = with_voice(EN, VOICE, false), off = floor_everywhere();
	struct run *voice = make_run(EN, &on, &off, VOICE);
	int first, last;
	moves(voice, &first, &last);
	assert_in_range(last - first, 28 * MS, 32 * MS);
	monotonic(voice, -1);
	assert_true(gain_at(voice, 20 * MS) == 0);
	free(voice);
}

static void off_brings_the_floor_in_150_to_300_ms(void **state)
{
	(void)state;
	struct plan on = with_voice(EN, VOICE, false), off = floor_everywhere();
	struct run *floor = make_run(EN, &on, &off, 0);
	int first, last;
	moves(floor, &first, &last);
	assert_in_range(first, 0, 5 * MS); /* it begins at once */
	assert_in_range(last - first, 150 * MS, 300 * MS);
	monotonic(floor, 1);
	assert_true(gain_at(floor, -1) == 0);
	assert_true(fabsf(gain_at(floor, 300 * MS) - 1) < 1e-6f);
	free(floor);
}

static void on_fades_the_floor_in_30_to_50_ms(void **state)
{
	(void)state;
	struct plan off = floor_everywhere(), on = with_voice(EN, VOICE, false);
	struct run *floor = make_run(EN, &off, &on, 0);
	int first, last;
	moves(floor, &first, &last);
	assert_in_range(last - first, 30 * MS - 1, 50 * MS);
	monotonic(floor, -1);
	free(floor);
}

static void on_brings_the_voice_within_10_ms(void **state)
{
	(void)state;
	struct plan off = floor_everywhere(), on = with_voice(EN, VOICE, false);
	struct run *voice = make_run(EN, &off, &on, VOICE);
	assert_true(gain_at(voice, -1) == 0);
	assert_true(gain_at(voice, 10 * MS) > 0.999f);
	monotonic(voice, 1);
	free(voice);
}

static void cough_is_silence_and_not_the_floor(void **state)
{
	(void)state;
	struct plan on = with_voice(EN, VOICE, false), cough = with_voice(EN, VOICE, true);
	struct run *voice = make_run(EN, &on, &cough, VOICE), *floor = make_run(EN, &on, &cough, 0);
	for (unsigned i = CHANGE * 960; i < BEATS * 960; i++) {
		assert_true(voice->out[i] == 0); /* from the first sample of the frame that says so */
		assert_true(floor->out[i] == 0);
	}
	assert_true(gain_at(voice, -960 + LIMITER_DELAY_SAMPLES) < 1); /* already on its way */
	assert_false(voice->up[CHANGE]);
	free(voice);
	free(floor);
	struct run *back = make_run(EN, &cough, &on, VOICE);
	assert_true(gain_at(back, -1) == 0);
	assert_true(gain_at(back, 10 * MS) > 0.999f);
	free(back);
}

static bool sounds(const struct run *r, unsigned beat)
{
	for (unsigned i = 0; i < r->frame_samples; i++) {
		if (r->out[beat * r->frame_samples + i] != 0)
			return true;
	}
	return false;
}

/* Rule 3: never on both, never on neither, both ways, for both lengths of a beat. */
static void flip(unsigned frame_samples, unsigned from, unsigned to)
{
	struct plan before = with_voice(from, VOICE, false), after = with_voice(to, VOICE, false);
	struct run *a = calloc(2, sizeof *a), *b = a + 1;
	*a = (struct run){.channel = from, .frame_samples = frame_samples, .from = before, .to = after, .heard = VOICE};
	*b = (struct run){.channel = to, .frame_samples = frame_samples, .from = before, .to = after, .heard = VOICE};
	run(a);
	run(b);
	for (unsigned n = 1; n < BEATS; n++) {
		assert_true(sounds(a, n) != sounds(b, n));
		assert_true(sounds(a, n) == (n < CHANGE));
	}
	free(a);
}

static void flip_is_on_one_frame(void **state)
{
	(void)state;
	flip(960, EN, ZH);
	flip(960, ZH, EN);
	flip(480, EN, ZH);
}

static void floor_of_the_other_channel_comes_with_a_flip(void **state)
{
	(void)state;
	struct plan before = with_voice(EN, VOICE, false), after = with_voice(ZH, VOICE, false);
	struct run *en = make_run(EN, &before, &after, 0), *zh = make_run(ZH, &before, &after, 0);
	assert_true(gain_at(en, 250 * MS) > 0.999f);
	assert_true(gain_at(zh, 50 * MS) == 0);
	free(en);
	free(zh);
}

static void floor_channel_is_always_the_floor(void **state)
{
	(void)state;
	struct plan before = with_voice(EN, VOICE, false), after = with_voice(ZH, VOICE, false);
	struct run *floor = make_run(0, &before, &after, 0), *voice = make_run(0, &before, &after, VOICE);
	for (int i = -960; i < 17 * 960; i++)
		assert_true(gain_at(floor, i) == 1);
	for (unsigned n = 0; n < BEATS; n++)
		assert_false(sounds(voice, n));
	free(floor);
	free(voice);
}

static void other_source_takes_over(void **state)
{
	(void)state;
	struct plan before = with_voice(EN, VOICE, false), after = with_voice(EN, OTHER, false);
	after.line[EN].voice[0].booth = 1; /* of another team: an override, no handover */
	struct run *old = make_run(EN, &before, &after, VOICE), *new = make_run(EN, &before, &after, OTHER);
	struct run *floor = make_run(EN, &before, &after, 0);
	assert_true(gain_at(old, 31 * MS) == 0);
	assert_true(gain_at(new, -1) == 0 && gain_at(new, 10 * MS) > 0.999f);
	for (unsigned n = 0; n < BEATS; n++)
		assert_false(sounds(floor, n));
	free(old);
	free(new);
	free(floor);
}

/* Partners: 40 ms at equal power from the change on, so the sum of both never sinks; before and after, one of them is all there is.
 */
static void handover_crosses_at_equal_power(void **state)
{
	(void)state;
	struct plan before = with_voice(EN, VOICE, false), after = with_voice(EN, OTHER, false);
	struct run *old = make_run(EN, &before, &after, VOICE), *new = make_run(EN, &before, &after, OTHER);
	for (int i = -20 * MS; i < 60 * MS; i++) {
		float out = gain_at(old, i), in = gain_at(new, i);
		assert_float_equal(out * out + in * in, 1, 0.001);
	}
	assert_true(gain_at(old, -1) == 1 && gain_at(new, -1) == 0);
	assert_float_equal(gain_at(old, 20 * MS), gain_at(new, 20 * MS), 0.01); /* half-way */
	assert_true(gain_at(old, 40 * MS) == 0 && gain_at(new, 40 * MS) == 1);
	free(old);
	free(new);
}

/* Nobody who is silent is crossed with: then the newcomer comes as always. */
static void handover_from_a_cough_is_at_once(void **state)
{
	(void)state;
	struct plan before = with_voice(EN, VOICE, true), after = with_voice(EN, OTHER, false);
	struct run *old = make_run(EN, &before, &after, VOICE), *new = make_run(EN, &before, &after, OTHER);
	assert_true(gain_at(new, -1) == 0 && gain_at(new, 10 * MS) > 0.999f);
	for (unsigned n = 0; n < BEATS; n++)
		assert_false(sounds(old, n));
	free(old);
	free(new);
}

/* The one who leaves goes to another channel with the same change: never on both. */
static void handover_with_a_flip_is_no_crossfade(void **state)
{
	(void)state;
	struct plan before = with_voice(EN, VOICE, false), after = with_voice(EN, OTHER, false);
	after.line[ZH] = (struct plan_line){.label = LABEL_DIRECT, .depth = 1, .voices = 1};
	after.line[ZH].voice[0] = (struct plan_voice){.source = VOICE};
	struct run *old = make_run(EN, &before, &after, VOICE);
	for (int i = 0; i < 60 * MS; i++)
		assert_true(gain_at(old, i - LIMITER_DELAY_SAMPLES) == 0);
	free(old);
}

static void backup_input_takes_over(void **state)
{
	(void)state;
	struct plan before = floor_everywhere(), after = floor_everywhere();
	after.floor_source = 1;
	struct run *main_input = make_run(EN, &before, &after, 0), *backup = make_run(EN, &before, &after, 1);
	assert_true(gain_at(main_input, 50 * MS) == 0);
	assert_true(gain_at(backup, -1) == 0);
	assert_true(gain_at(backup, 300 * MS) > 0.999f);
	free(main_input);
	free(backup);
}

/* Within 100 ms, on every channel, over whatever was there. */
static void emergency_is_quick(void **state)
{
	(void)state;
	struct plan on = with_voice(EN, VOICE, false), emergency = emergency_everywhere();
	for (unsigned channel = 0; channel < 3; channel++) {
		struct run *alarm = make_run(channel, &on, &emergency, MIXER_ALARM), *floor = make_run(channel, &on, &emergency, 0);
		struct run *voice = make_run(channel, &on, &emergency, VOICE);
		assert_true(gain_at(alarm, 20 * MS) > 0.999f);
		assert_true(gain_at(floor, 50 * MS) == 0);
		assert_true(gain_at(voice, 50 * MS) == 0);
		free(alarm);
		free(floor);
		free(voice);
	}
	emergency.emergency_source = 1; /* an input speaks to all instead of the tone */
	struct run *speaker = make_run(EN, &on, &emergency, 1), *alarm = make_run(EN, &on, &emergency, MIXER_ALARM);
	assert_true(gain_at(speaker, 20 * MS) > 0.999f);
	assert_true(gain_at(alarm, 100 * MS) == 0);
	free(speaker);
	free(alarm);
}

static void silent_line_is_digital_silence(void **state)
{
	(void)state;
	struct plan floor = floor_everywhere(), none = floor_everywhere();
	none.line[EN] = (struct plan_line){.label = LABEL_SILENT};
	struct run *r = make_run(EN, &floor, &none, 0);
	for (unsigned i = (CHANGE + 3) * 960; i < BEATS * 960; i++)
		assert_true(r->out[i] == 0);
	assert_true(r->up[CHANGE]);
	assert_false(r->up[CHANGE + 3]);
	free(r);
}

/* ---- sound that is no constant ---- */

struct mix {
	struct mixer *mixer;
	struct mixer_sound sound;
	float buffer[MIXER_SLOTS][FRAME_SAMPLES_MAX];
	double hz[MIXER_SLOTS];
	float size[MIXER_SLOTS];
	uint64_t at;
	struct frame out;
};

static struct mix *new_mix(unsigned channel)
{
	struct mix *mix = calloc(1, sizeof *mix);
	mix->mixer = mixer_new((uint8_t)channel, 960);
	for (unsigned i = 0; i < MIXER_SLOTS; i++)
		mix->sound.loudness[i] = QUIET_LUFS;
	return mix;
}

static void free_mix(struct mix *mix)
{
	mixer_free(mix->mixer);
	free(mix);
}

static void mix_beat(struct mix *mix, const struct plan *now, const struct plan *next)
{
	for (unsigned s = 0; s < MIXER_SLOTS; s++) {
		mix->sound.sample[s] = mix->size[s] > 0 ? mix->buffer[s] : NULL;
		for (unsigned i = 0; i < 960 && mix->size[s] > 0; i++)
			mix->buffer[s][i] = mix->size[s] * (float)sin(2 * M_PI * mix->hz[s] * (double)(mix->at + i) / RATE_HZ);
		mix->sound.peak_db[s] = mix->size[s] > 0 ? 20 * log10f(mix->size[s]) : -100;
	}
	mix->at += 960;
	mixer_beat(mix->mixer, now, next, &mix->sound, &mix->out);
}

/* The loudest sample of the last second. */
static float settled_peak(struct mix *mix, const struct plan *plan, unsigned seconds)
{
	float peak = 0;
	for (unsigned n = 0; n < 50 * seconds; n++) {
		mix_beat(mix, plan, plan);
		for (unsigned i = 0; n >= 50 * (seconds - 1) && i < 960; i++)
			peak = fmaxf(peak, fabsf(mix->out.sample[i]));
	}
	return peak;
}

/* Random switches among everything that can happen: no sample steps further than the signals and the quickest fade do by
 * themselves. */
static void no_click_at_any_switch(void **state)
{
	(void)state;
	struct plan plans[7];
	plans[0] = floor_everywhere();
	plans[1] = with_voice(EN, VOICE, false);
	plans[2] = with_voice(EN, VOICE, true);
	plans[3] = with_voice(ZH, VOICE, false);
	plans[4] = with_voice(EN, OTHER, false);
	plans[5] = emergency_everywhere();
	plans[6] = floor_everywhere();
	plans[6].floor_source = 1;
	struct mix *mix = new_mix(EN);
	const struct {
		unsigned slot;
		double hz;
	} all[] = {{0, 180}, {1, 210}, {VOICE, 310}, {OTHER, 270}, {MIXER_ALARM, 400}};
	double most = 0;
	for (unsigned i = 0; i < 5; i++) {
		mix->hz[all[i].slot] = all[i].hz;
		mix->size[all[i].slot] = 0.15f;
		most += 0.15 * 2 * M_PI * all[i].hz / RATE_HZ; /* by itself */
	}
	most += 3 * 0.15 / (10 * MS); /* and three fades of 10 ms at once */
	uint32_t random = 7;
	unsigned now = 0;
	float last = 0;
	for (unsigned n = 0; n < 5000; n++) {
		random = random * 1664525 + 1013904223;
		unsigned next = (random >> 24) % 3 == 0 ? (random >> 16) % 7 : now;
		mix_beat(mix, &plans[now], &plans[next]);
		for (unsigned i = 0; i < 960; i++) {
			assert_true(fabsf(mix->out.sample[i] - last) <= most);
			last = mix->out.sample[i];
		}
		now = next;
	}
	free_mix(mix);
}

static void ceiling_holds(void **state)
{
	(void)state;
	struct plan plan = with_voice(EN, VOICE, false);
	plan.line[EN].voices = PLAN_VOICES_MAX;
	struct mix *mix = new_mix(EN);
	for (unsigned i = 0; i < PLAN_VOICES_MAX; i++) {
		plan.line[EN].voice[i].source = (uint8_t)(VOICE + i);
		mix->hz[VOICE + i] = 200 + 130 * i;
		mix->size[VOICE + i] = 0.9f;
	}
	float peak = settled_peak(mix, &plan, 3);
	assert_true(peak <= powf(10, LIMITER_CEILING_DB / 20) + 1e-6f);
	assert_true(peak > 0.5f);
	free_mix(mix);
}

/* Floor-fill comes up to the interpreters' loudness, slowly, by 6 dB at most; the floor's own channel stays as it is. */
static float filled_peak(unsigned channel, float voice_lufs, float floor_lufs, float floor_size)
{
	struct plan on = with_voice(EN, VOICE, false), off = floor_everywhere();
	struct mix *mix = new_mix(channel);
	mix->hz[0] = 500;
	mix->hz[VOICE] = 300;
	mix->size[0] = floor_size;
	mix->size[VOICE] = 0.2f;
	mix->sound.loudness[0] = floor_lufs;
	mix->sound.loudness[VOICE] = voice_lufs;
	settled_peak(mix, &on, 5);
	mix_beat(mix, &on, &off);
	float peak = settled_peak(mix, &off, 25);
	free_mix(mix);
	return peak;
}

static void floor_fill_is_matched(void **state)
{
	(void)state;
	const float six_db = match_factor(MATCH_MAX_DB);
	assert_true(fabsf(filled_peak(EN, -20, -24, 0.1f) / 0.1f - match_factor(4)) < 0.02f);
	assert_true(fabsf(filled_peak(EN, -20, -40, 0.1f) / 0.1f - six_db) < 0.02f);
	assert_true(fabsf(filled_peak(EN, -30, -20, 0.1f) * six_db / 0.1f - 1) < 0.02f);
	assert_true(filled_peak(EN, -20, -40, 0.8f) <= powf(10, LIMITER_CEILING_DB / 20) + 0.01f);
	assert_true(fabsf(filled_peak(0, -20, -40, 0.1f) / 0.1f - 1) < 0.001f);
}

static struct plan mixed_floor(void)
{
	struct plan plan = floor_everywhere();
	plan.floor_also = 1 << 1 | 1 << 2;
	return plan;
}

/* Everybody at the table at the same level, on the floor and on the channels that it fills. */
static void mixed_floor_has_all_inputs(void **state)
{
	(void)state;
	struct plan none = mixed_floor(), all = mixed_floor();
	for (unsigned c = 0; c < 3; c++)
		none.line[c] = (struct plan_line){.label = LABEL_SILENT};
	for (unsigned channel = 0; channel < 3; channel += 2) {
		for (unsigned input = 0; input < INPUTS_MAX; input++) {
			struct run *r = make_run(channel, &none, &all, input);
			assert_true(gain_at(r, -1) == 0);
			assert_float_equal(gain_at(r, 300 * MS), input < 3 ? 1 : 0, 0.001);
			free(r);
		}
	}
}

/* One of them goes: the others do not move at all. */
static void leaving_a_mixed_floor_moves_nobody_else(void **state)
{
	(void)state;
	struct plan before = mixed_floor(), after = mixed_floor();
	after.floor_source = 1; /* 0 has left, and the next is named first */
	after.floor_also = 1 << 2;
	struct run *gone = make_run(0, &before, &after, 0);
	assert_true(gain_at(gone, 50 * MS) == 0);
	free(gone);
	for (unsigned input = 1; input < 3; input++) {
		struct run *r = make_run(0, &before, &after, input);
		for (int i = -(int)r->frame_samples; i < 10 * (int)r->frame_samples; i++)
			assert_true(gain_at(r, i) == 1);
		free(r);
	}
}

/* The fill gain is one for all: who is silent at the table does not lift it, and two who speak do not move it twice as fast. */
static void mixed_fill_is_matched_to_the_one_who_speaks(void **state)
{
	(void)state;
	struct plan on = with_voice(EN, VOICE, false), off = mixed_floor();
	struct mix *mix = new_mix(EN);
	mix->hz[0] = 500;
	mix->hz[VOICE] = 300;
	mix->size[0] = 0.1f;
	mix->size[VOICE] = 0.2f;
	mix->sound.loudness[0] = -24;
	mix->sound.loudness[VOICE] = -20;
	settled_peak(mix, &on, 5);
	mix_beat(mix, &on, &off);
	assert_true(fabsf(settled_peak(mix, &off, 25) / 0.1f - match_factor(4)) < 0.02f);
	mix->sound.loudness[1] = mix->sound.loudness[0]; /* both are as loud: the gain is right already */
	assert_true(fabsf(settled_peak(mix, &off, 5) / 0.1f - match_factor(4)) < 0.02f);
	free_mix(mix);
}

static void mixed_floor_stays_below_the_ceiling(void **state)
{
	(void)state;
	struct plan plan = mixed_floor();
	struct mix *mix = new_mix(0);
	for (unsigned i = 0; i < 3; i++) {
		mix->hz[i] = 200 + 130 * i;
		mix->size[i] = 0.9f;
	}
	assert_true(settled_peak(mix, &plan, 3) <= powf(10, LIMITER_CEILING_DB / 20) + 1e-6f);
	free_mix(mix);
}

static void source_without_sound_is_silence(void **state)
{
	(void)state;
	struct plan on = with_voice(EN, VOICE, false);
	struct mix *mix = new_mix(EN);
	assert_true(settled_peak(mix, &on, 1) == 0);
	free_mix(mix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(off_fades_out_in_30_ms),
		cmocka_unit_test(off_brings_the_floor_in_150_to_300_ms),
		cmocka_unit_test(on_fades_the_floor_in_30_to_50_ms),
		cmocka_unit_test(on_brings_the_voice_within_10_ms),
		cmocka_unit_test(cough_is_silence_and_not_the_floor),
		cmocka_unit_test(flip_is_on_one_frame),
		cmocka_unit_test(floor_of_the_other_channel_comes_with_a_flip),
		cmocka_unit_test(floor_channel_is_always_the_floor),
		cmocka_unit_test(other_source_takes_over),
		cmocka_unit_test(handover_crosses_at_equal_power),
		cmocka_unit_test(handover_from_a_cough_is_at_once),
		cmocka_unit_test(handover_with_a_flip_is_no_crossfade),
		cmocka_unit_test(backup_input_takes_over),
		cmocka_unit_test(emergency_is_quick),
		cmocka_unit_test(silent_line_is_digital_silence),
		cmocka_unit_test(no_click_at_any_switch),
		cmocka_unit_test(ceiling_holds),
		cmocka_unit_test(floor_fill_is_matched),
		cmocka_unit_test(mixed_floor_has_all_inputs),
		cmocka_unit_test(leaving_a_mixed_floor_moves_nobody_else),
		cmocka_unit_test(mixed_fill_is_matched_to_the_one_who_speaks),
		cmocka_unit_test(mixed_floor_stays_below_the_ceiling),
		cmocka_unit_test(source_without_sound_is_silence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
