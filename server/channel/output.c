/* The output, see output.h. On a beat it decides whether anybody needs the sound and hands the frame to its lane; the encoded
 * packet comes back from the pool on the loop's thread and goes to the ring and to everybody who reads it. Called by channel.c and
 * tap.c; it never looks at the sound.
 */
#include "channel/output.h"

#include "base/check.h"

#include <stdlib.h>

struct output {
	struct ring *ring;
	struct audience *audience;
	struct lane *lane;
	struct histogram *encode_seconds;
	bool always;
	bool running;          /* its frames are encoded */
	uint32_t linger_beats; /* until it stops for lack of listeners */
};

static void encoded(void *user, const struct job_tag *tag, const uint8_t *payload, size_t size, uint32_t encode_us)
{
	struct output *output = user;
	if (!output->running)
		return; /* the last frames of an output that has stopped */
	if (output->encode_seconds != NULL)
		histogram_add(output->encode_seconds, encode_us / 1e6);
	ring_put(output->ring, tag->seq, tag->flags, (enum label)tag->label, payload, size);
	audience_deliver(output->audience);
}

struct output *output_new(const struct output_options *options)
{
	struct output *output = check_alloc(calloc(1, sizeof *output));
	struct encoder_options encoder = {
		.frame_samples = options->frame_samples,
		.bitrate = options->bitrate,
		.complexity = options->complexity,
	};
	output->always = options->always;
	output->encode_seconds = options->encode_seconds;
	output->ring = ring_new(options->stream, options->epoch, options->frame_samples * 1000 / RATE_HZ);
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
	ring_free(output->ring);
	free(output);
}

/* Whether this beat is to be encoded, and whether the output starts anew with it. */
static bool wanted(struct output *output, bool *restart)
{
	bool ran = output->running;
	if (output->always || audience_count(output->audience) > 0)
		output->linger_beats = OUTPUT_LINGER_MS / ring_frame_ms(output->ring);
	else if (output->linger_beats > 0)
		output->linger_beats--;
	output->running = output->linger_beats > 0;
	if (ran && !output->running)
		ring_forget(output->ring); /* it would be stale when somebody comes again */
	*restart = output->running && !ran;
	return output->running;
}

void output_beat(struct output *output, const struct frame *frame, const struct job_tag *tag)
{
	bool restart;
	if (wanted(output, &restart))
		lane_submit(output->lane, frame, tag, restart);
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
