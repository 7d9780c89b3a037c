/* The room in service, see stage.h. What happens on a beat stands in stage_beat(), top to bottom, in the order of the sound. */
#include "stage/stage.h"

#include "audio/tone.h"
#include "base/check.h"
#include "base/log.h"
#include "stage/taps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAP_STREAM_FIRST (1 + ROOMS_MAX * CHANNELS_MAX * RENDITION_COUNT) /* stream numbers of channels are below */
_Static_assert(TAP_STREAM_FIRST + ROOMS_MAX * SOURCES_MAX <= UINT16_MAX, "every stream has a number of its own");

struct place {
	struct source *source; /* NULL: no such source in this room */
	struct level *level;
	struct frame frame;
	enum link link;
};

struct stage {
	const struct settings_room *settings;
	unsigned frame_samples;
	uint32_t epoch;
	uint64_t beat;
	struct room room;      /* with everything applied */
	struct room room_now;  /* that of plan[now] */
	struct room room_next; /* that of the other plan, while it waits */
	struct plan plan[2];
	unsigned now;     /* which of them holds */
	unsigned beds[2]; /* of each plan: bit by enum plan_bed, some line has it */
	bool waiting;     /* the other one holds from the next beat on */
	struct place place[SOURCES_MAX];
	struct channel *channel[CHANNELS_MAX];
	struct taps taps;
	struct mixer_sound sound;
	struct tone line_up, alarm;
	const struct music *music; /* NULL: none */
	struct frame line_up_frame, alarm_frame, music_frame;
	void (*changed)(void *user, struct stage *stage);
	void (*applied)(void *user, struct stage *stage, const struct room_event *event);
	void *user;
};

/* ---- building ---- */

static void add_source(struct stage *stage, unsigned index, const char *name)
{
	stage->place[index].source = source_new(name, stage->frame_samples);
	stage->place[index].level = level_new();
}

static void add_inputs(struct stage *stage)
{
	for (unsigned i = 0; i < stage->settings->inputs_count; i++) {
		char name[NAME_SIZE * 2];
		snprintf(name, sizeof name, "floor/%s", stage->settings->inputs[i].id);
		check(room_add_input(&stage->room) == STATUS_OK);
		add_source(stage, i, name);
	}
}

static void add_channels(struct stage *stage)
{
	for (unsigned i = 0; i < stage->settings->channels_count; i++) {
		const struct settings_channel *c = &stage->settings->channels[i];
		check(room_add_channel(&stage->room, c->number, c->language, c->fill, (enum interlock)c->interlock) == STATUS_OK);
	}
}

static void add_desks(struct stage *stage, unsigned booth, const struct settings_booth *settings)
{
	for (unsigned number = 1; number <= settings->desks; number++) {
		char name[NAME_SIZE * 2];
		check(room_add_desk(&stage->room, booth) == STATUS_OK);
		snprintf(name, sizeof name, "desk/%s/%u", settings->id, number);
		add_source(stage, INPUTS_MAX + stage->room.desks - 1u, name);
	}
}

static void add_booths(struct stage *stage)
{
	for (unsigned i = 0; i < stage->settings->booths_count; i++) {
		const struct settings_booth *b = &stage->settings->booths[i];
		uint8_t outputs[OUTPUTS_MAX];
		for (unsigned k = 0; k < b->outputs_count; k++)
			outputs[k] = (uint8_t)room_find_channel(&stage->room, b->outputs[k]);
		check(room_add_booth(&stage->room, b->id, outputs, b->outputs_count) == STATUS_OK);
		add_desks(stage, i, b);
	}
}

/* The channels, and how taps will be made. */
static void open_channels(struct stage *stage, const struct stage_options *options)
{
	static const double bounds[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05};
	char labels[NAME_SIZE + 16] = "";
	metrics_label(labels, sizeof labels, "room", stage->settings->id);
	struct channel_options channel = {
		.frame_samples = stage->frame_samples,
		.epoch = options->epoch,
		.bitrate =
			{
				[RENDITION_STANDARD] = options->settings->sound.bitrate,
				[RENDITION_HIGH] = options->settings->sound.bitrate_high,
				[RENDITION_SAVER] = options->settings->sound.bitrate_saver,
			},
		.complexity = options->settings->sound.complexity,
		.pool = options->pool,
		.encode_seconds = metrics_histogram(options->metrics, "boothcast_encode_seconds", "Time to encode one frame.",
						    labels, bounds, sizeof bounds / sizeof *bounds),
	};
	for (unsigned number = 0; number < CHANNELS_MAX; number++) {
		if (number > 0 && stage->room.channel[number].language[0] == '\0')
			continue;
		channel.number = (uint8_t)number;
		channel.stream_first = (uint16_t)(1 + (options->index * CHANNELS_MAX + number) * RENDITION_COUNT);
		stage->channel[number] = channel_new(&channel);
	}
	stage->taps.output = (struct output_options){
		.frame_samples = channel.frame_samples,
		.packet_samples = channel.frame_samples,
		.epoch = channel.epoch,
		.stream = (uint16_t)(TAP_STREAM_FIRST + options->index * SOURCES_MAX),
		.bitrate = channel.bitrate[RENDITION_STANDARD],
		.complexity = channel.complexity,
		.pool = channel.pool,
		.encode_seconds = channel.encode_seconds,
	};
}

/* Makes plan `p` of the state with everything applied. */
static void make_plan(struct stage *stage, unsigned p)
{
	plan_make(&stage->room, &stage->plan[p]);
	stage->beds[p] = 0;
	for (unsigned c = 0; c < stage->plan[p].channels; c++)
		stage->beds[p] |= 1u << stage->plan[p].line[c].bed;
}

struct stage *stage_new(const struct stage_options *options)
{
	struct stage *stage = check_alloc(calloc(1, sizeof *stage));
	stage->settings = options->room;
	stage->frame_samples = options->settings->sound.frame_ms * RATE_HZ / 1000;
	stage->epoch = options->epoch;
	stage->beat = options->beat;
	stage->changed = options->changed;
	stage->applied = options->applied;
	stage->user = options->user;
	stage->music = options->music;
	tone_start(&stage->line_up, TONE_LINE_UP);
	tone_start(&stage->alarm, TONE_ATTENTION);
	room_init(&stage->room);
	stage->room.frame_ms = (uint16_t)options->settings->sound.frame_ms;
	stage->room.floor_mixed = options->room->floor == FLOOR_MIXED;
	add_inputs(stage);
	add_channels(stage);
	add_booths(stage);
	if (options->room->floor_language != NULL) /* until a session begins, or the operator says otherwise */
		text_copy(stage->room.programme_language, TAG_SIZE, options->room->floor_language);
	open_channels(stage, options);
	make_plan(stage, 0);
	stage->room_now = stage->room;
	return stage;
}

void stage_free(struct stage *stage)
{
	if (stage == NULL)
		return;
	taps_close(&stage->taps);
	for (unsigned i = 0; i < CHANNELS_MAX; i++)
		channel_free(stage->channel[i]);
	for (unsigned i = 0; i < SOURCES_MAX; i++) {
		source_free(stage->place[i].source);
		level_free(stage->place[i].level);
	}
	free(stage);
}

/* ---- the beat ---- */

static void log_link(const struct stage *stage, unsigned index, enum link from, enum link to)
{
	static const char *const words[] = {[LINK_DOWN] = "down", [LINK_UP] = "up", [LINK_LATE] = "late", [LINK_LOST] = "lost"};
	log_event(to == LINK_LATE || to == LINK_LOST ? LOG_WARNING : LOG_INFO, "link", LOG_STRING("room", stage->settings->id),
		  LOG_STRING("source", source_name(stage->place[index].source)), LOG_STRING("from", words[from]),
		  LOG_STRING("to", words[to]));
}

/* A source is there while somebody publishes or its last sound is still heard; one that has just come counts from its first sound.
 */
static enum link judge_link(const struct source_stats *stats, enum link before)
{
	enum link link = link_of(stats->silent_ms, stats->open || stats->silent_ms < FADE_OUT_MS);
	return link == LINK_LOST && before == LINK_DOWN ? LINK_DOWN : link;
}

/* Tells the room what became of a source's link. */
static void note_link(struct stage *stage, unsigned index, const struct source_stats *stats)
{
	struct place *place = &stage->place[index];
	bool is_input = index < INPUTS_MAX;
	unsigned desk = index - INPUTS_MAX;
	enum link before = place->link;
	place->link = judge_link(stats, before);
	if (place->link != before)
		log_link(stage, index, before, place->link);
	if (!is_input && !stage->room.desk[desk].seated)
		return;
	if ((is_input ? stage->room.input_link[index] : stage->room.desk[desk].link) == (uint8_t)place->link)
		return;
	stage_apply(stage, (struct room_event){
				   .type = is_input ? ROOM_INPUT_LINK : ROOM_DESK_LINK,
				   .desk = (uint8_t)(is_input ? index : desk),
				   .value = (uint8_t)place->link,
			   });
}

/* One frame from every source, its level, and what became of its link. */
static void take_sources(struct stage *stage, uint64_t now_us)
{
	for (unsigned i = 0; i < SOURCES_MAX; i++) {
		struct place *place = &stage->place[i];
		struct source_stats stats;
		if (place->source == NULL || source_rest(place->source, now_us))
			continue; /* it was silence on the beats before, and is now */
		enum source_state state = source_take(place->source, &place->frame, now_us);
		source_stats(place->source, &stats);
		bool sounds = state != SOURCE_EMPTY;
		level_put(place->level, sounds ? place->frame.sample : NULL, stage->frame_samples);
		stage->sound.sample[i] = sounds ? place->frame.sample : NULL;
		stage->sound.loudness[i] = level_loudness(place->level);
		stage->sound.peak_db[i] = level_frame_peak_db(place->level);
		note_link(stage, i, &stats);
	}
}

/* Whether a line of the plan that holds, or of the one before or after it, has the bed. */
static bool bed_used(const struct stage *stage, enum plan_bed bed)
{
	return ((stage->beds[0] | stage->beds[1]) >> bed & 1) != 0;
}

/* One tone, when a line wants it; otherwise it begins anew the next time. */
static void make_tone(struct stage *stage, enum plan_bed bed, unsigned slot, struct tone *tone, enum tone_kind kind,
		      struct frame *frame)
{
	stage->sound.sample[slot] = NULL;
	if (!bed_used(stage, bed)) {
		tone_start(tone, kind);
		return;
	}
	tone_make(tone, frame->sample, stage->frame_samples);
	stage->sound.sample[slot] = frame->sample;
}

/* Break music runs like a player that nobody stops: where it is follows from the number of the beat. */
static void play_music(struct stage *stage)
{
	stage->sound.sample[MIXER_MUSIC] = NULL;
	if (stage->music == NULL || !bed_used(stage, PLAN_BED_MUSIC))
		return;
	music_play(stage->music, stage->beat * stage->frame_samples, stage->music_frame.sample, stage->frame_samples);
	stage->sound.sample[MIXER_MUSIC] = stage->music_frame.sample;
}

static void make_tones(struct stage *stage)
{
	make_tone(stage, PLAN_BED_LINE_UP, MIXER_TONE, &stage->line_up, TONE_LINE_UP, &stage->line_up_frame);
	make_tone(stage, PLAN_BED_EMERGENCY, MIXER_ALARM, &stage->alarm, TONE_ATTENTION, &stage->alarm_frame);
}

/* The plan that was announced on the last beat holds now. */
static bool swap_plan(struct stage *stage)
{
	if (!stage->waiting)
		return false;
	stage->now = 1 - stage->now;
	stage->room_now = stage->room_next;
	stage->waiting = false;
	return true;
}

/* Announces the plan of a state that changed since the last one was made. */
static void announce_plan(struct stage *stage)
{
	if (stage->room.revision == stage->room_now.revision)
		return;
	make_plan(stage, 1 - stage->now);
	stage->room_next = stage->room;
	stage->waiting = true;
}

void stage_beat(struct stage *stage, uint64_t beat, uint64_t now_us)
{
	stage->beat = beat;
	bool changed = swap_plan(stage);
	take_sources(stage, now_us);
	make_tones(stage);
	play_music(stage);
	announce_plan(stage);
	const struct plan *now = &stage->plan[stage->now];
	const struct plan *next = stage->waiting ? &stage->plan[1 - stage->now] : now;
	for (unsigned i = 0; i < CHANNELS_MAX; i++) {
		if (stage->channel[i] != NULL)
			channel_beat(stage->channel[i], now, next, &stage->sound, beat);
	}
	taps_beat(&stage->taps, &stage->sound, &stage->room_now, stage->waiting ? &stage->room_next : &stage->room_now, beat);
	if (changed)
		stage->changed(stage->user, stage);
}

enum status stage_apply(struct stage *stage, struct room_event event)
{
	uint64_t revision = stage->room.revision;
	event.beat = stage->beat;
	enum status status = room_apply(&stage->room, &event);
	if (stage->room.revision != revision && stage->applied != NULL)
		stage->applied(stage->user, stage, &event);
	return status;
}

/* ---- what others ask ---- */

const struct settings_room *stage_settings(const struct stage *stage)
{
	return stage->settings;
}

const struct room *stage_room(const struct stage *stage)
{
	return &stage->room_now;
}

const struct room *stage_room_next(const struct stage *stage)
{
	return &stage->room;
}

bool stage_has_music(const struct stage *stage)
{
	return stage->music != NULL;
}

const struct plan *stage_plan(const struct stage *stage)
{
	return &stage->plan[stage->now];
}

uint64_t stage_now(const struct stage *stage)
{
	return stage->beat;
}

void stage_await(struct stage *stage, uint64_t beat)
{
	check(beat > stage->beat);
	stage->beat = beat - 1;
}

uint32_t stage_epoch(const struct stage *stage)
{
	return stage->epoch;
}

struct channel *stage_channel(struct stage *stage, unsigned number)
{
	return number < CHANNELS_MAX ? stage->channel[number] : NULL;
}

struct source *stage_source(struct stage *stage, unsigned index)
{
	return index < SOURCES_MAX ? stage->place[index].source : NULL;
}

struct level *stage_source_level(struct stage *stage, unsigned index)
{
	return index < SOURCES_MAX ? stage->place[index].level : NULL;
}

enum link stage_source_link(const struct stage *stage, unsigned index)
{
	return index < SOURCES_MAX ? stage->place[index].link : LINK_DOWN;
}

struct audience *stage_tap(struct stage *stage, unsigned index)
{
	check(stage_source(stage, index) != NULL);
	return taps_open(&stage->taps, index);
}

int stage_find_source(const struct stage *stage, const char *name)
{
	for (unsigned i = 0; i < SOURCES_MAX; i++) {
		if (stage->place[i].source != NULL && strcmp(source_name(stage->place[i].source), name) == 0)
			return (int)i;
	}
	return -1;
}

int stage_find_channel(const struct stage *stage, const char *word)
{
	char *end;
	unsigned long number = strtoul(word, &end, 10);
	if (word[0] >= '0' && word[0] <= '9' && *end == '\0')
		return number < CHANNELS_MAX && stage->channel[number] != NULL ? (int)number : -1;
	if (strcmp(word, "floor") == 0)
		return 0;
	return room_find_channel(&stage->room, word);
}
