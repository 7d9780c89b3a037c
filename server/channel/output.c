/* The output, see output.h. On a beat it decides whether anybody needs the sound and hands a packet's worth to its lane; the
 * encoded packet comes back from the pool on the loop's thread and goes to the ring, which every loop reads for its part of the
 * audience. Called by channel.c and tap.c; it never looks at the sound.
 */
#include "channel/output.h"

#include "base/check.h"

#include <stdlib.h>

struct output {
	struct ring *ring;
	struct audience *audience;
	struct lane *lane;
	struct histogram *encode_seconds;
	unsigned beats;        /* of one packet */
	bool running;          /* its packets are encoded */
	unsigned under_way;    /* packets that have not come back */
	unsigned stale;        /* of these, the first so many are from before it was started */
	uint32_t linger_beats; /* until it stops for lack of listeners */
};

static void encoded(void *user, const struct job_tag *tag, const uint8_t *payload, size_t size, uint32_t encode_us,
		    uint64_t encoded_us)
{
	struct output *output = user;
	output->under_way--;
	if (output->stale > 0) {
		output->stale--; /* of an output that has stopped and was started again: the ring was promised others */
		return;
	}
	if (!output->running)
		return; /* the last packets of an output that has stopped */
	if (output->encode_seconds != NULL)
		histogram_add(output->encode_seconds, encode_us / 1e6);
	ring_put(output->ring, tag->seq, tag->flags, (enum label)tag->label, payload, size, encoded_us);
}

struct output *output_new(const struct output_options *options)
{
	struct output *output = check_alloc(calloc(1, sizeof *output));
	struct encoder_options encoder = {
		.frame_samples = options->packet_samples,
		.bitrate = options->bitrate,
		.complexity = options->complexity,
	};
	check(options->packet_samples % options->frame_samples == 0);
	output->beats = options->packet_samples / options->frame_samples;
	output->encode_seconds = options->encode_seconds;
	output->ring = ring_new(options->stream, options->epoch, options->packet_samples * 1000 / RATE_HZ);
	output->audience = audience_new(output->ring);
	output->lane = pool_lane(options->pool, &encoder, encoded, output);
	return output;
}

void output_free(struct output *output)
{
	if (output == NULL)
		return;
	lane_close(output->lane);
	audience_free(output->audience);
	free(output);
}

static void stay(struct output *output)
{
	output->linger_beats = OUTPUT_LINGER_MS / (ring_frame_ms(output->ring) / output->beats);
}

/* Whether this beat is to be encoded. */
static bool wanted(struct output *output)
{
	check(output->running || audience_count(output->audience) == 0);
	if (audience_count(output->audience) > 0)
		stay(output);
	else if (output->running && --output->linger_beats == 0) {
		output->running = false;
		ring_forget(output->ring); /* it would be stale when somebody comes again */
	}
	return output->running;
}

/* Packet number `n`; false when it is not all there. */
static bool submit(struct output *output, const struct past *past, uint64_t n, bool restart)
{
	struct past_words words;
	const float *samples = past_packet(past, n * output->beats, output->beats, &words);
	if (samples == NULL)
		return false;
	struct job_tag tag = {.seq = (uint32_t)n, .flags = words.flags, .label = (uint8_t)words.label};
	output->under_way++; /* first: without threads it comes back at once */
	if (!lane_submit(output->lane, samples, &tag, restart))
		output->under_way--;
	return true;
}

void output_beat(struct output *output, const struct past *past)
{
	uint64_t end = past_end(past);
	if (wanted(output) && end % output->beats == 0)
		submit(output, past, end / output->beats - 1, false);
}

/* How many packets before number `end` are there without a gap, HISTORY_MAX_MS at most. */
static unsigned held(const struct output *output, const struct past *past, uint64_t end)
{
	struct past_words words;
	unsigned count = 0, frame_ms = ring_frame_ms(output->ring), most = (HISTORY_MAX_MS + frame_ms - 1) / frame_ms;
	while (count < most && count < end && past_packet(past, (end - count - 1) * output->beats, output->beats, &words) != NULL)
		count++;
	return count;
}

/* History first: the frames of a moment ago, by a fresh encoder. */
static void start(struct output *output, const struct past *past)
{
	uint64_t end = past_end(past) / output->beats;
	if (!past_holds(past, end * output->beats))
		end++; /* the packet under way lacks a beat and will be left out, and what was before it is no history */
	unsigned count = held(output, past, end);
	output->running = true;
	output->stale = output->under_way;
	if (past_end(past) > 0)
		ring_promise(output->ring, (uint32_t)(end - count), count);
	for (uint64_t n = end - count; n < end; n++)
		submit(output, past, n, n == end - count);
}

struct audience *output_open(struct output *output, const struct past *past)
{
	if (!output->running)
		start(output, past);
	stay(output);
	return output->audience;
}

bool output_running(const struct output *output)
{
	return output->running;
}

struct audience *output_audience(struct output *output)
{
	return output->audience;
}

uint64_t output_refused(const struct output *output)
{
	return lane_refused(output->lane);
}

unsigned output_delay_samples(const struct output *output)
{
	return lane_delay_samples(output->lane);
}
