/* One channel, see channel.h. On a beat: the mix, its meter, the flags that say what changed with this very frame, and then the
 * frame to the past (past.h), from which each rendition's output (output.h) cuts its packets, encodes and delivers them. Called by
 * stage/; it decides nothing of what is carried. */
#include "channel/channel.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

struct channel {
	uint8_t number;
	unsigned frame_samples;
	struct mixer *mixer;
	struct level *level;
	struct frame frame;
	struct plan_line line;            /* of the beat before, to see changes */
	uint8_t floor_source, floor_also; /* the same, when the line carries the floor */
	struct past *past;
	struct output *output[RENDITION_COUNT];
	bool encodes; /* an output runs, or did on the last beat */
	bool silent;  /* `frame` is silence, and the meter has been told so */
};

static struct output *open_output(enum rendition rendition, const struct channel_options *options)
{
	return output_new(&(struct output_options){
		.frame_samples = options->frame_samples,
		.packet_samples = rendition == RENDITION_SAVER ? PACKET_SAMPLES_MAX : options->frame_samples,
		.epoch = options->epoch,
		.stream = (uint16_t)(options->stream_first + rendition),
		.bitrate = options->bitrate[rendition],
		.complexity = options->complexity,
		.pool = options->pool,
		.encode_seconds = options->encode_seconds,
	});
}

struct channel *channel_new(const struct channel_options *options)
{
	struct channel *channel = check_alloc(calloc(1, sizeof *channel));
	channel->number = options->number;
	channel->frame_samples = options->frame_samples;
	channel->mixer = mixer_new(options->number, options->frame_samples);
	channel->level = level_new();
	channel->past = past_new(options->frame_samples);
	for (int i = 0; i < RENDITION_COUNT; i++)
		channel->output[i] = open_output((enum rendition)i, options);
	return channel;
}

void channel_free(struct channel *channel)
{
	if (channel == NULL)
		return;
	for (int i = 0; i < RENDITION_COUNT; i++)
		output_free(channel->output[i]);
	past_free(channel->past);
	mixer_free(channel->mixer);
	level_free(channel->level);
	free(channel);
}

static bool is_silence(const struct frame *frame, unsigned samples)
{
	for (unsigned i = 0; i < samples; i++) {
		if (frame->sample[i] != 0)
			return false;
	}
	return true;
}

/* The flags of this beat's frame: what changed since the one before. */
static uint8_t frame_flags(struct channel *channel, const struct plan *now, bool heard)
{
	const struct plan_line *line = &now->line[channel->number];
	bool floor = line->bed == PLAN_BED_FLOOR;
	uint8_t flags = 0, floor_source = floor ? now->floor_source : PLAN_NO_SOURCE, floor_also = floor ? now->floor_also : 0;
	if (memcmp(line, &channel->line, sizeof *line) != 0 || floor_source != channel->floor_source ||
	    floor_also != channel->floor_also) {
		flags |= WIRE_SOURCE_CHANGED;
		channel->line = *line;
		channel->floor_source = floor_source;
		channel->floor_also = floor_also;
	}
	if (!heard && is_silence(&channel->frame, channel->frame_samples))
		flags |= WIRE_SILENCE;
	return flags;
}

/* Mixes the frame; returns what is said of it. */
static struct past_words mix(struct channel *channel, const struct plan *now, const struct plan *next,
			     const struct mixer_sound *sound)
{
	bool heard = mixer_beat(channel->mixer, now, next, sound, &channel->frame);
	struct past_words words = {
		.flags = frame_flags(channel, now, heard),
		.label = (enum label)now->line[channel->number].label,
	};
	channel->silent = !heard && (words.flags & WIRE_SILENCE) != 0;
	return words;
}

/* Outputs that nobody listens to cost nothing: only when one of them was opened are they looked at. */
static void encode(struct channel *channel)
{
	bool running = false;
	for (int i = 0; channel->encodes && i < RENDITION_COUNT; i++) {
		output_beat(channel->output[i], channel->past);
		running = running || output_running(channel->output[i]);
	}
	channel->encodes = running;
}

void channel_beat(struct channel *channel, const struct plan *now, const struct plan *next, const struct mixer_sound *sound,
		  uint64_t beat)
{
	struct past_words words = {.flags = WIRE_SILENCE, .label = (enum label)now->line[channel->number].label};
	if (!channel->silent || !mixer_rests(channel->mixer, now, next))
		words = mix(channel, now, next, sound);
	level_put(channel->level, channel->silent ? NULL : channel->frame.sample, channel->frame_samples);
	if (channel->silent)
		past_put_silence(channel->past, beat, words);
	else
		past_put(channel->past, beat, &channel->frame, words);
	encode(channel);
}

struct audience *channel_open(struct channel *channel, enum rendition rendition)
{
	channel->encodes = true;
	return output_open(channel->output[rendition], channel->past);
}

struct audience *channel_audience(struct channel *channel, enum rendition rendition)
{
	return output_audience(channel->output[rendition]);
}

uint32_t channel_listeners(const struct channel *channel)
{
	uint32_t count = 0;
	for (int i = 0; i < RENDITION_COUNT; i++)
		count += audience_count(output_audience(channel->output[i]));
	return count;
}

struct level *channel_level(struct channel *channel)
{
	return channel->level;
}

const struct frame *channel_frame(const struct channel *channel)
{
	return &channel->frame;
}

uint64_t channel_refused(const struct channel *channel)
{
	uint64_t refused = 0;
	for (int i = 0; i < RENDITION_COUNT; i++)
		refused += output_refused(channel->output[i]);
	return refused;
}

unsigned channel_delay_samples(const struct channel *channel)
{
	return output_delay_samples(channel->output[RENDITION_STANDARD]);
}

static const char *const words[RENDITION_COUNT] = {"standard", "high", "saver"};

int rendition_of(const char *word)
{
	for (int i = 0; i < RENDITION_COUNT; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	return -1;
}

const char *rendition_word(enum rendition rendition)
{
	return words[rendition];
}
