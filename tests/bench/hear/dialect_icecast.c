/* Icecast: the answer to a GET is an Ogg stream without end, a page for each packet. bench_feed counts the stream's samples from
 * beat 0 of the media clock on, so that a page's granule position (RFC 3533, 6) says the number of its beat. */
#include "bench/hear/ear.h"

#include "boothcast/frame.h"

#include <ogg/ogg.h>
#include <string.h>

#define HEAD_BYTES   27 /* of a page, before its lacing values; the last byte of it says how many there are */
#define GRANULE_BEAT 960

/* 0 when it is not whole yet. */
static size_t page_size(const uint8_t *bytes, size_t size)
{
	size_t header = size < HEAD_BYTES ? 0 : HEAD_BYTES + (size_t)bytes[HEAD_BYTES - 1], whole = header;
	if (header == 0 || size < header)
		return 0;
	for (size_t i = HEAD_BYTES; i < header; i++)
		whole += bytes[i];
	return size < whole ? 0 : whole;
}

static size_t stream(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	size_t used = 0;
	for (size_t page; (page = page_size(bytes + used, size - used)) > 0; used += page) {
		if (memcmp(bytes + used, "OggS", 4) != 0) {
			ear_fail(ear, crowd, "this is no Ogg stream");
			return used;
		}
		ogg_page head = {.header = (unsigned char *)bytes + used};
		ogg_int64_t end = ogg_page_granulepos(&head);
		if (end > 0) /* it is 0 in the headers */
			ear_heard(ear, crowd, (uint32_t)(end / GRANULE_BEAT - 1), page);
	}
	return used;
}

const struct dialect dialect_icecast = {.name = "icecast", .path = "/bench.opus", .admitted = ear_listens, .stream = stream};
