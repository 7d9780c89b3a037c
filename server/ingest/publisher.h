/* One uplink into a source: binary messages of protocol v1 in, validated, decoded, put in the source's FIFO.
 *
 * Whatever is wrong with a message is answered with a status and disturbs nothing: the message is dropped.
 */
#ifndef INGEST_PUBLISHER_H
#define INGEST_PUBLISHER_H

#include "boothcast/status.h"
#include "boothcast/wire.h"
#include "ingest/source.h"

struct publisher;

enum codec { CODEC_OPUS, CODEC_PCM_S16LE };

struct publisher_format {
	enum codec codec;
	unsigned rate_hz;  /* 8000 .. 192000; for Opus the decoder's 48000 whatever is said */
	unsigned channels; /* 1 or 2, mixed down to mono */
};

/* Takes the source. STATUS_TAKEN while another has it, STATUS_BAD_FORMAT. The caller ends it with publisher_close(). */
enum status publisher_open(struct publisher **out, struct source *source, const struct publisher_format *format, uint64_t now_us);
/* One message's header and sound: an Opus packet of 2.5 to 60 ms, or whole samples of at most 60 ms, little-endian, channels
 * interleaved. STATUS_BAD_OPUS, STATUS_BAD_PCM; STATUS_BAD_SEQUENCE when the number goes back or more than 10 s ahead without the
 * discontinuity flag; STATUS_TOO_FAST: more sound than time + 1 s is dropped, and the status says so for each message. Time without
 * sound counts for up to 10 s, because a network that stalled delivers in one burst what it held. */
enum status publisher_put(struct publisher *publisher, const struct wire_up *header, const uint8_t *sound, size_t size,
			  uint64_t now_us);
/* Gives the source back; what waits in its FIFO is still heard, then fades. */
void publisher_close(struct publisher *publisher);

#endif
