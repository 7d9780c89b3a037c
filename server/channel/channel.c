/* One channel, see channel.h. The encoded packet comes back from the pool a little later, on the loop's thread, and goes to the
 * ring and to everybody who reads it; the order is that of the beats. */
#include "channel/channel.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

#define LINGER_MS 10000 /* a rendition whose last listener left goes on this long: people switch back and forth */

struct output {
	struct channel *channel;
	struct ring *ring;
	struct audience *audience;
	struct lane *lane;
	bool running;          /* its frames are encoded */
	uint32_t linger_beats; /* until it stops for lack of listeners; it restarts with a fresh encoder */
};

struct channel {
	uint8_t number;
	unsigned frame_samples;
	struct mixer *mixer;
	struct level *level;
	struct frame frame;
	struct plan_line line; /* of the beat before, to see changes */
	uint8_t floor_source;  /* the same, when the line carries the floor */
	struct output output[RENDITION_COUNT];
	struct histogram *encode_seconds;
};

static void encoded(void *user, const struct job_tag *tag, const uint8_t *payload, size_t size, uint32_t encode_us)
{
	struct output *output = user;
	if (!output->running)
		return; /* the last frames of a rendition that has stopped */
	if (output->channel->encode_seconds != NULL)
		histogram_add(output->channel->encode_seconds, encode_us / 1e6);
	ring_put(output->ring, tag->seq, tag->flags, (enum label)tag->label, payload, size);
	audience_deliver(output->audience);
}

static void open_output(struct channel *channel, enum rendition rendition, const struct channel_options *options)
{
	struct output *output = &channel->output[rendition];
	struct encoder_options encoder = {
		.frame_samples = options->frame_samples,
		.bitrate = options->bitrate[rendition],
		.complexity = options->complexity,
	};
	output->channel = channel;
	output->ring =
		ring_new((uint16_t)(options->stream_first + rendition), options->epoch, options->frame_samples * 1000 / RATE_HZ);
	output->audience = audience_new(output->ring);
	output->lane = pool_lane(options->pool, &encoder, encoded, output);
}

struct channel *channel_new(const struct channel_options *options)
{
	struct channel *channel = check_alloc(calloc(1, sizeof *channel));
	channel->number = options->number;
	channel->frame_samples = options->frame_samples;
	channel->mixer = mixer_new(options->number, options->frame_samples);
	channel->level = level_new();
	channel->encode_seconds = options->encode_seconds;
	for (int i = 0; i < RENDITION_COUNT; i++)
		open_output(channel, (enum rendition)i, options);
	return channel;
}

void channel_free(struct channel *channel)
{
	if (channel == NULL)
		return;
	for (int i = 0; i < RENDITION_COUNT; i++) {
		lane_close(channel->output[i].lane);
		audience_free(channel->output[i].audience);
		ring_free(channel->output[i].ring);
	}
	mixer_free(channel->mixer);
	level_free(channel->level);
	free(channel);
}

/* Whether a rendition is to be encoded on this beat, and whether it starts anew with it. */
static bool output_wanted(struct output *output, enum rendition rendition, bool *restart)
{
	bool ran = output->running;
	if (rendition == RENDITION_STANDARD || audience_count(output->audience) > 0)
		output->linger_beats = LINGER_MS / ring_frame_ms(output->ring);
	else if (output->linger_beats > 0)
		output->linger_beats--;
	output->running = output->linger_beats > 0;
	if (ran && !output->running)
		ring_forget(output->ring); /* it would be stale when somebody comes again */
	*restart = output->running && !ran;
	return output->running;
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
	uint8_t flags = 0, floor_source = line->bed == PLAN_BED_FLOOR ? now->floor_source : PLAN_NO_SOURCE;
	if (memcmp(line, &channel->line, sizeof *line) != 0 || floor_source != channel->floor_source) {
		flags |= WIRE_SOURCE_CHANGED;
		channel->line = *line;
		channel->floor_source = floor_source;
	}
	if (!heard && is_silence(&channel->frame, channel->frame_samples))
		flags |= WIRE_SILENCE;
	return flags;
}

void channel_beat(struct channel *channel, const struct plan *now, const struct plan *next, const struct mixer_sound *sound,
		  uint64_t beat)
{
	bool heard = mixer_beat(channel->mixer, now, next, sound, &channel->frame);
	level_put(channel->level, channel->frame.sample, channel->frame_samples);
	struct job_tag tag = {
		.seq = (uint32_t)beat,
		.flags = frame_flags(channel, now, heard),
		.label = now->line[channel->number].label,
	};
	for (int i = 0; i < RENDITION_COUNT; i++) {
		bool restart;
		if (output_wanted(&channel->output[i], (enum rendition)i, &restart))
			lane_submit(channel->output[i].lane, &channel->frame, &tag, restart);
	}
}

struct audience *channel_audience(struct channel *channel, enum rendition rendition)
{
	return channel->output[rendition].audience;
}

uint32_t channel_listeners(const struct channel *channel)
{
	uint32_t count = 0;
	for (int i = 0; i < RENDITION_COUNT; i++)
		count += audience_count(channel->output[i].audience);
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
		refused += lane_refused(channel->output[i].lane);
	return refused;
}

unsigned channel_delay_samples(const struct channel *channel)
{
	return lane_delay_samples(channel->output[RENDITION_STANDARD].lane);
}

static const char *const words[RENDITION_COUNT] = {"standard", "high"};

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
