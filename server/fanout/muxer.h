/* Ogg Opus, a page for each packet, so that nothing waits for a page to fill (RFC 7845 over RFC 3533; the container is libogg's).
 * For /live, for `boothcast listen`, and for the recorder. */
#ifndef FANOUT_MUXER_H
#define FANOUT_MUXER_H

#include "boothcast/limits.h"

#include <stddef.h>
#include <stdint.h>

#define MUXER_HEADERS_MAX 1024                 /* OpusHead and OpusTags with their page headers, bytes */
#define MUXER_PAGE_MAX (OPUS_PAYLOAD_MAX + 64) /* a page of one packet: 27 bytes and at most 6 of lacing in front */

struct muxer;

struct muxer_options {
	const char *title;    /* for the player's display, at most 128 bytes of it */
	const char *language; /* BCP 47, "" when not known */
	unsigned pre_skip;    /* the encoder's delay, samples at 48 kHz */
	/* Takes the bytes of finished pages, borrowed: two for the headers from inside muxer_new(), then one a packet. */
	void (*page)(void *user, const uint8_t *bytes, size_t size);
	void *user;
};

/* Writes the header pages at once. The caller frees with muxer_free(). */
struct muxer *muxer_new(const struct muxer_options *options);
void muxer_free(struct muxer *muxer);
/* One packet. `end_samples`: 48 kHz samples from the start of the stream to the end of this packet, growing; a gap in it is a gap
 * in time. */
void muxer_put(struct muxer *muxer, const uint8_t *payload, size_t size, int64_t end_samples);

#endif
