/* The demo conference. A cast of voices, a script of scenes, and the rule that people come first: a source that somebody publishes, and a
 * desk at which somebody sits, are left alone.
 *
 *   script: scene by the clock --> keys of the desks (room events), floor language
 *   cast:   clip, looped       --> source_put_on_beat: floor inputs, and the desks that are ON
 *
 * The interpreters of the demo sit at the second desk of each booth, so that visitors find the first one free.
 */
#include "demo.h"

#include "base/check.h"
#include "base/log.h"
#include "control/session.h"
#include "demo_voices.h"
#include "ingest/source.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEMO_DESK 2

/* What happens for some seconds: who speaks on the floor, and into which output the two-way booth works. */
static const struct scene {
	unsigned seconds;
	const char *floor_language;
	enum demo_voice floor_voice;
	uint8_t talker;              /* where the floor is mixed: which input has it, and who listens is silent */
	enum demo_voice pivot_voice; /* of the two-way booth */
	uint8_t pivot_output;        /* 0 A, 1 B */
	bool interpreted;            /* false: all microphones off, everybody hears the floor */
} script[] = {
	{40, "zh-CN", VOICE_ZH_FLOOR, 0, VOICE_EN_BOOTH, 0, true},
	{40, "en-GB", VOICE_EN_FLOOR, 1, VOICE_ZH_BOOTH, 1, true},
	{10, "en-GB", VOICE_EN_FLOOR, 1, VOICE_ZH_BOOTH, 1, false},
};

/* Who sits in which booth, by the booth's name. */
static const struct part {
	const char *booth;
	enum demo_voice voice; /* VOICE_COUNT: the two-way booth, by the scene */
} cast[] = {
	{"zh-en", VOICE_COUNT}, {"fr", VOICE_FR}, {"es", VOICE_ES}, {"ru", VOICE_RU}, {"it", VOICE_IT},
};

#define PARTS (sizeof cast / sizeof *cast)

/* One room with its floor and its interpreters. */
struct troupe {
	struct hall *hall;
	int desk[PARTS];            /* -1: no such booth here */
	bool seated[PARTS];         /* our interpreter sits there */
	size_t position[PARTS + 1]; /* in the clips; the last one is the floor's */
};

struct demo {
	struct house *house;
	struct thread *thread;
	struct wake *wake;
	char state[4096];
	struct clip *voice[VOICE_COUNT]; /* NULL: missing */
	bool ready;
	const struct scene *scene;
	uint64_t first_beat;
	unsigned frame_ms;
	struct troupe troupe[ROOMS_MAX];
};

static void load_voices(void *user)
{
	struct demo *demo = user;
	demo_voices_load(demo->voice, demo->state);
	wake_send(demo->wake);
}

static void loaded(void *user)
{
	struct demo *demo = user;
	unsigned count = 0;
	for (int i = 0; i < VOICE_COUNT; i++) {
		if (demo->voice[i] == NULL)
			log_event(LOG_WARNING, "demo_voice_missing", LOG_STRING("install", demo_voice_package((enum demo_voice)i)));
		else
			count++;
	}
	log_event(LOG_INFO, "demo_ready", LOG_NUMBER("voices", count));
	demo->ready = true;
}

static void cast_room(struct troupe *troupe, struct hall *hall)
{
	troupe->hall = hall;
	for (size_t i = 0; i < PARTS; i++)
		troupe->desk[i] = room_find_desk(stage_room_next(hall->stage), cast[i].booth, DEMO_DESK);
}

void demo_set_music(struct settings *settings)
{
	const char *file = demo_break_music();
	if (file == NULL)
		log_event(LOG_WARNING, "demo_music_missing", LOG_STRING("install", DEMO_MUSIC_PACKAGE));
	for (unsigned i = 0; file != NULL && i < settings->rooms_count; i++) {
		if (settings->rooms[i].break_music == NULL)
			settings->rooms[i].break_music = check_alloc(strdup(file));
	}
}

struct demo *demo_new(struct house *house, struct loop *loop, const char *state)
{
	struct demo *demo = check_alloc(calloc(1, sizeof *demo));
	demo->house = house;
	demo->frame_ms = house->settings->sound.frame_ms;
	snprintf(demo->state, sizeof demo->state, "%s", state);
	for (unsigned i = 0; i < house->halls; i++)
		cast_room(&demo->troupe[i], &house->hall[i]);
	demo->wake = wake_new(loop, loaded, demo);
	demo->thread = thread_new(load_voices, demo);
	return demo;
}

void demo_close(struct demo *demo)
{
	thread_join(demo->thread);
	wake_close(demo->wake);
	for (int i = 0; i < VOICE_COUNT; i++)
		clip_free(demo->voice[i]);
	free(demo);
}

/* ---- sound ---- */

static bool somebody_publishes(struct source *source)
{
	struct source_stats stats;
	source_stats(source, &stats);
	return stats.open;
}

/* One frame of a looped clip; nothing when the voice is missing or the source has somebody. */
static void speak(struct demo *demo, struct source *source, enum demo_voice voice, size_t *position)
{
	struct frame frame;
	const struct clip *clip = demo->voice[voice];
	if (clip == NULL || source == NULL || somebody_publishes(source))
		return;
	if (*position >= clip->samples)
		*position = 0;
	*position = clip_read(clip, *position, frame.sample, demo->frame_ms * RATE_HZ / 1000);
	source_put_on_beat(source, &frame);
}

/* Somebody who listens: the microphone is there and silent. */
static void keep_quiet(struct source *source)
{
	static const struct frame silence;
	if (source != NULL && !somebody_publishes(source))
		source_put_on_beat(source, &silence);
}

/* The floor: one voice at the first input; at a table, at the microphone of whoever has the word. */
static void play_floor(struct demo *demo, struct troupe *troupe)
{
	struct stage *stage = troupe->hall->stage;
	bool mixed = stage_room(stage)->floor_mixed;
	unsigned talker = mixed ? demo->scene->talker : 0;
	speak(demo, stage_source(stage, talker), demo->scene->floor_voice, &troupe->position[PARTS]);
	for (unsigned i = 0; mixed && i < INPUTS_MAX; i++) {
		if (i != talker)
			keep_quiet(stage_source(stage, i));
	}
}

static enum demo_voice part_voice(const struct demo *demo, size_t part)
{
	return cast[part].voice != VOICE_COUNT ? cast[part].voice : demo->scene->pivot_voice;
}

static void play(struct demo *demo, struct troupe *troupe)
{
	struct stage *stage = troupe->hall->stage;
	play_floor(demo, troupe);
	for (size_t i = 0; i < PARTS; i++) {
		if (troupe->seated[i])
			speak(demo, stage_source(stage, INPUTS_MAX + (unsigned)troupe->desk[i]), part_voice(demo, i), &troupe->position[i]);
	}
}

/* ---- keys ---- */

static void press(struct troupe *troupe, size_t part, enum room_event_type type, unsigned value)
{
	struct room_event event = {.type = (uint8_t)type, .desk = (uint8_t)troupe->desk[part], .value = (uint8_t)value};
	stage_apply(troupe->hall->stage, event);
}

static bool somebody_works(const struct troupe *troupe, size_t part)
{
	const struct room *room = stage_room_next(troupe->hall->stage);
	for (unsigned i = 0; i < room->desks; i++) {
		if (room->desk[i].booth == room->desk[troupe->desk[part]].booth && (int)i != troupe->desk[part] && room->desk[i].mic != MIC_OFF)
			return true;
	}
	return false;
}

/* Sits down, works as the scene says, and makes room for people: at this desk, or beside it with their microphone on. */
static void act(struct demo *demo, struct troupe *troupe, size_t part)
{
	const struct room *room = stage_room_next(troupe->hall->stage);
	const struct room_desk *desk = &room->desk[troupe->desk[part]];
	if (hall_find_desk(troupe->hall, troupe->desk[part]) != NULL) {
		troupe->seated[part] = false;
		return;
	}
	if (!troupe->seated[part]) {
		press(troupe, part, ROOM_SEAT, 0);
		troupe->seated[part] = true;
	}
	bool on = demo->scene->interpreted && demo->voice[part_voice(demo, part)] != NULL && !somebody_works(troupe, part);
	unsigned output = cast[part].voice == VOICE_COUNT ? demo->scene->pivot_output : 0;
	if (desk->output != output)
		press(troupe, part, ROOM_OUTPUT, output);
	if ((desk->mic == MIC_ON) != on)
		press(troupe, part, ROOM_MIC, on ? MIC_ON : MIC_OFF);
}

static void say_language(const struct demo *demo, struct troupe *troupe)
{
	struct room_event event = {.type = ROOM_FLOOR_LANGUAGE};
	if (strcmp(stage_room_next(troupe->hall->stage)->floor_language, demo->scene->floor_language) == 0)
		return;
	text_copy(event.text, sizeof event.text, demo->scene->floor_language);
	stage_apply(troupe->hall->stage, event);
}

static void choose_scene(struct demo *demo, uint64_t beat)
{
	uint64_t total = 0, second = (beat - demo->first_beat) * demo->frame_ms / 1000;
	for (size_t i = 0; i < sizeof script / sizeof *script; i++)
		total += script[i].seconds;
	second %= total;
	size_t at = 0;
	while (second >= script[at].seconds)
		second -= script[at++].seconds;
	demo->scene = &script[at];
}

void demo_beat(struct demo *demo, uint64_t beat)
{
	if (!demo->ready)
		return;
	if (demo->first_beat == 0)
		demo->first_beat = beat;
	choose_scene(demo, beat);
	for (unsigned r = 0; r < demo->house->halls; r++) {
		struct troupe *troupe = &demo->troupe[r];
		say_language(demo, troupe);
		for (size_t i = 0; i < PARTS; i++) {
			if (troupe->desk[i] >= 0)
				act(demo, troupe, i);
		}
		play(demo, troupe);
	}
}
