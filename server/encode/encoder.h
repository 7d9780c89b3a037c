/* One Opus encoder: the sound of one packet in, its payload out. Mono, constrained VBR, no DTX, no FEC. */
#ifndef ENCODE_ENCODER_H
#define ENCODE_ENCODER_H

#include "boothcast/frame.h"

#include <stddef.h>

struct encoder;

struct encoder_options {
	unsigned frame_samples; /* of one packet: 480, 960 or 2880 */
	unsigned bitrate;       /* bit/s, 6000 .. 256000 */
	unsigned complexity;    /* 0 .. 10 */
};

/* The caller frees it with encoder_free(). Ends the program when libopus refuses the options, which settings/ has checked. */
struct encoder *encoder_new(const struct encoder_options *options);
void encoder_free(struct encoder *encoder);
/* Encodes `frame_samples` samples. Writes at most `size` (OPUS_PAYLOAD_MAX is enough) bytes; returns how many, always at least 2.
 */
size_t encoder_encode(struct encoder *encoder, const float *samples, uint8_t *to, size_t size);
/* The encoder's delay in samples at 48 kHz (312 in this mode): the pre-skip of an Ogg header. */
unsigned encoder_delay_samples(const struct encoder *encoder);
/* Forgets the past: for a rendition that starts again after it was not needed. */
void encoder_reset(struct encoder *encoder);

#endif
