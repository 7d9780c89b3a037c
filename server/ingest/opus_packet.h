/* Is this one good Opus packet, and how long is it? (RFC 6716, section 3.) */
#ifndef INGEST_OPUS_PACKET_H
#define INGEST_OPUS_PACKET_H

#include <stddef.h>
#include <stdint.h>

#define OPUS_PACKET_SAMPLES_MAX 2880 /* 60 ms at 48 kHz: longer packets (up to 120 ms) delay everybody */

/* Samples at 48 kHz per channel, 120 (2.5 ms) to OPUS_PACKET_SAMPLES_MAX; 0 when the bytes are not one well-formed packet: empty,
 * frame lengths that do not add up (RFC 6716, 3.4), longer than 60 ms. Whether the frames decode only the decoder can tell. */
size_t opus_packet_samples(const uint8_t *packet, size_t size);

#endif
