/* An Ogg muxer for each player: two header pages, then a page for each packet, so that nothing waits for a page to fill.
 *
 *   ring packet --> strip the 12 bytes --> libogg --> a page --> exchange
 *
 * The granule position counts the samples since this player's start by the numbers of the beats, so a true gap in time is a gap in the
 * stream too. A page that a full socket did not take is kept (one at most): its packet counts as sent, the next waits in the ring.
 */
#include "fanout/live.h"

#include "base/check.h"

#include <ogg/ogg.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX     (OPUS_PAYLOAD_MAX + 64) /* a page of one packet: 27 bytes and at most 6 of lacing in front */
#define HEADERS_MAX  1024                    /* OpusHead and OpusTags with their page headers */
#define HISTORY      3                       /* packets from before now: players want some sound before they start */

struct live {
	struct reader reader; /* first: the reader is the stream */
	struct exchange *ex;
	ogg_stream_state ogg;
	uint32_t first_seq;   /* of the beat that is granule 0 */
	bool started;         /* the headers are out, first_seq is known */
	size_t waiting;       /* bytes in `page` that a full socket did not take */
	uint8_t page[PACKET_HEADROOM + HEADERS_MAX + PAGE_MAX];
};

static uint8_t *page_bytes(struct live *live)
{
	return live->page + PACKET_HEADROOM;
}

/* Moves what libogg has ready behind what waits. */
static void collect_pages(struct live *live)
{
	ogg_page page;
	while (ogg_stream_flush(&live->ogg, &page) != 0) {
		size_t size = (size_t)(page.header_len + page.body_len);
		check(live->waiting + size <= HEADERS_MAX + PAGE_MAX);
		memcpy(page_bytes(live) + live->waiting, page.header, (size_t)page.header_len);
		memcpy(page_bytes(live) + live->waiting + page.header_len, page.body, (size_t)page.body_len);
		live->waiting += size;
	}
}

static void put_packet(struct live *live, const void *bytes, size_t size, int64_t granule, int64_t number)
{
	ogg_packet packet = {
		.packet = (unsigned char *)(uintptr_t)bytes,
		.bytes = (long)size,
		.b_o_s = number == 0,
		.granulepos = granule,
		.packetno = number,
	};
	check(ogg_stream_packetin(&live->ogg, &packet) == 0);
	collect_pages(live);
}

static void little_endian(uint8_t *to, uint32_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

/* RFC 7845, 5.1 */
static void put_head(struct live *live, unsigned pre_skip)
{
	uint8_t head[19] = "OpusHead";
	head[8] = 1; /* version */
	head[9] = 1; /* channels */
	little_endian(head + 10, pre_skip, 2);
	little_endian(head + 12, 48000, 4);
	put_packet(live, head, sizeof head, 0, 0);
}

static size_t put_string(uint8_t *to, const char *string)
{
	size_t size = strlen(string);
	little_endian(to, (uint32_t)size, 4);
	memcpy(to + 4, string, size);
	return 4 + size;
}

/* RFC 7845, 5.2 */
static void put_tags(struct live *live, const struct live_options *options)
{
	uint8_t tags[HEADERS_MAX / 2] = "OpusTags";
	char title[LABEL_SIZE * 2 + 8] = "TITLE=", language[TAG_SIZE + 16] = "LANGUAGE=";
	strncat(title, options->title, sizeof title - 8);
	strncat(language, options->language, TAG_SIZE);
	size_t n = 8;
	n += put_string(tags + n, "boothcast " BOOTHCAST_VERSION);
	little_endian(tags + n, options->language[0] != '\0' ? 2 : 1, 4);
	n += 4;
	n += put_string(tags + n, title);
	if (options->language[0] != '\0')
		n += put_string(tags + n, language);
	put_packet(live, tags, n, 0, 1);
}

/* True when nothing waits any more. */
static bool send_waiting(struct live *live)
{
	if (live->waiting > 0 && live->ex->ops->send(live->ex, page_bytes(live), live->waiting) == SENT)
		live->waiting = 0;
	return live->waiting == 0;
}

static enum sent live_send(struct reader *reader, uint8_t *bytes, size_t size)
{
	struct live *live = (struct live *)reader;
	struct wire_down header;
	check(wire_get_down(bytes, size, &header));
	if (!send_waiting(live))
		return SENT_FULL;
	if (!live->started) {
		live->started = true;
		live->first_seq = header.seq;
	}
	int64_t frame_samples = 48 * (int64_t)ring_frame_ms(audience_ring(reader->audience));
	int64_t number = wire_seq_distance(header.seq, live->first_seq);
	put_packet(live, bytes + WIRE_DOWN_HEADER, size - WIRE_DOWN_HEADER, (number + 1) * frame_samples, number + 2);
	send_waiting(live);
	return SENT;
}

static void live_skipped(struct reader *reader, uint32_t skipped_ms)
{
	(void)reader; /* the gap in the granule positions says it */
	(void)skipped_ms;
}

static void live_stuck(struct reader *reader)
{
	struct live *live = (struct live *)reader;
	live->ex->ops->end(live->ex);
}

static const struct reader_ops live_ops = {
	.send = live_send,
	.skipped = live_skipped,
	.stuck = live_stuck,
};

struct live *live_open(struct exchange *ex, struct audience *audience, const struct live_options *options)
{
	struct live *live = check_alloc(calloc(1, sizeof *live));
	live->ex = ex;
	check(ogg_stream_init(&live->ogg, rand()) == 0);
	put_head(live, options->pre_skip);
	put_tags(live, options);
	ex->ops->begin(ex, 200, "audio/ogg");
	audience_join(audience, &live->reader, &live_ops, HISTORY);
	return live;
}

void live_writable(struct live *live)
{
	if (send_waiting(live))
		reader_writable(&live->reader);
}

void live_close(struct live *live)
{
	audience_leave(&live->reader);
	ogg_stream_clear(&live->ogg);
	free(live);
}
