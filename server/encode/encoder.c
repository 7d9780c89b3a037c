/* libopus behind encoder.h; nothing else in the server encodes.
 *
 *   10, 20 or 60 ms of float --> opus_encode_float --> payload, 2 .. OPUS_PAYLOAD_MAX bytes
 *
 * The settings are those of a channel that goes over TCP to people who listen to speech for hours: fullband, because lost highs
 * are interpreters' first complaint (room/README.md, "Numbers"), unless so few bits are there that the words would pay for the highs;
 * constrained VBR, so that no packet is much larger than the mean; no DTX and no FEC, because silence is sent as packets and TCP
 * loses none. Called by pool.c, on the thread to which the lane belongs. No allocation after encoder_new(). */
#include "encode/encoder.h"

#include "base/check.h"

#include <opus.h>
#include <stdlib.h>

#define FULLBAND_BITRATE 24000 /* bit/s; below, the codec chooses what it can carry well */

struct encoder {
	OpusEncoder *opus;
	unsigned frame_samples;
	unsigned delay_samples;
};

static void set_options(OpusEncoder *opus, const struct encoder_options *options)
{
	const opus_int32 bandwidth = options->bitrate < FULLBAND_BITRATE ? OPUS_AUTO : OPUS_BANDWIDTH_FULLBAND;
	check(opus_encoder_ctl(opus, OPUS_SET_BITRATE((opus_int32)options->bitrate)) == OPUS_OK);
	check(opus_encoder_ctl(opus, OPUS_SET_COMPLEXITY((opus_int32)options->complexity)) == OPUS_OK);
	check(opus_encoder_ctl(opus, OPUS_SET_BANDWIDTH(bandwidth)) == OPUS_OK);
	check(opus_encoder_ctl(opus, OPUS_SET_VBR(1)) == OPUS_OK);
	check(opus_encoder_ctl(opus, OPUS_SET_VBR_CONSTRAINT(1)) == OPUS_OK);
	check(opus_encoder_ctl(opus, OPUS_SET_DTX(0)) == OPUS_OK);
	check(opus_encoder_ctl(opus, OPUS_SET_INBAND_FEC(0)) == OPUS_OK);
}

struct encoder *encoder_new(const struct encoder_options *options)
{
	check(options->frame_samples == 480 || options->frame_samples == 960 || options->frame_samples == PACKET_SAMPLES_MAX);
	check(options->bitrate >= 6000 && options->bitrate <= 256000 && options->complexity <= 10);
	struct encoder *encoder = check_alloc(calloc(1, sizeof *encoder));
	int error;
	encoder->opus = opus_encoder_create(RATE_HZ, 1, OPUS_APPLICATION_AUDIO, &error);
	check(error == OPUS_OK);
	set_options(encoder->opus, options);
	encoder->frame_samples = options->frame_samples;
	opus_int32 lookahead;
	check(opus_encoder_ctl(encoder->opus, OPUS_GET_LOOKAHEAD(&lookahead)) == OPUS_OK);
	encoder->delay_samples = (unsigned)lookahead;
	return encoder;
}

void encoder_free(struct encoder *encoder)
{
	if (encoder == NULL)
		return;
	opus_encoder_destroy(encoder->opus);
	free(encoder);
}

size_t encoder_encode(struct encoder *encoder, const float *samples, uint8_t *to, size_t size)
{
	const opus_int32 most = size < OPUS_PAYLOAD_MAX ? (opus_int32)size : OPUS_PAYLOAD_MAX;
	const opus_int32 bytes = opus_encode_float(encoder->opus, samples, (int)encoder->frame_samples, to, most);
	check(bytes >= 2);
	return (size_t)bytes;
}

unsigned encoder_delay_samples(const struct encoder *encoder)
{
	return encoder->delay_samples;
}

void encoder_reset(struct encoder *encoder)
{
	check(opus_encoder_ctl(encoder->opus, OPUS_RESET_STATE) == OPUS_OK);
}
