/* The check that stands in front of every decoder: by libopus itself, which knows RFC 6716's rules R1 to R7 for frame lengths.
 *
 * opus_decode() takes an empty packet for a lost one and makes sound up: such a message must never get so far. A packet of a TOC
 * byte alone is valid: a frame of length 0, discontinuous transmission. Called by publisher.c and container_ogg.c. */
#include "ingest/opus_packet.h"

#include "boothcast/frame.h"

#include <opus/opus.h>

#define FRAMES_MAX 48 /* of one packet: 120 ms in 2.5 ms (RFC 6716, 3.2.5) */

size_t opus_packet_samples(const uint8_t *packet, size_t size)
{
	unsigned char toc;
	const unsigned char *frames[FRAMES_MAX];
	opus_int16 sizes[FRAMES_MAX];
	int offset;
	if (size == 0 || size > INT32_MAX)
		return 0;
	if (opus_packet_parse(packet, (opus_int32)size, &toc, frames, sizes, &offset) <= 0)
		return 0;
	int samples = opus_packet_get_nb_samples(packet, (opus_int32)size, RATE_HZ);
	return samples > 0 && samples <= OPUS_PACKET_SAMPLES_MAX ? (size_t)samples : 0;
}
