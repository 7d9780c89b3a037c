/* libogg behind muxer.h; its types stay in this file. */
#include "fanout/muxer.h"

#include "base/check.h"
#include "base/text.h"

#include <ogg/ogg.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct muxer {
	ogg_stream_state ogg;
	int64_t packets;
	void (*page)(void *user, const uint8_t *bytes, size_t size);
	void *user;
};

static void flush_pages(struct muxer *muxer)
{
	uint8_t whole[MUXER_HEADERS_MAX + MUXER_PAGE_MAX];
	ogg_page page;
	while (ogg_stream_flush(&muxer->ogg, &page) != 0) {
		size_t size = (size_t)(page.header_len + page.body_len);
		check(size <= sizeof whole);
		memcpy(whole, page.header, (size_t)page.header_len);
		memcpy(whole + page.header_len, page.body, (size_t)page.body_len);
		muxer->page(muxer->user, whole, size);
	}
}

void muxer_put(struct muxer *muxer, const uint8_t *payload, size_t size, int64_t end_samples)
{
	ogg_packet packet = {
		.packet = (unsigned char *)(uintptr_t)payload,
		.bytes = (long)size,
		.b_o_s = muxer->packets == 0,
		.granulepos = end_samples,
		.packetno = muxer->packets,
	};
	muxer->packets++;
	check(ogg_stream_packetin(&muxer->ogg, &packet) == 0);
	flush_pages(muxer);
}

static void little_endian(uint8_t *to, uint32_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

/* RFC 7845, 5.1 */
static void put_head(struct muxer *muxer, unsigned pre_skip)
{
	uint8_t head[19] = "OpusHead";
	head[8] = 1; /* version */
	head[9] = 1; /* channels */
	little_endian(head + 10, pre_skip, 2);
	little_endian(head + 12, 48000, 4);
	muxer_put(muxer, head, sizeof head, 0);
}

static size_t put_string(uint8_t *to, const char *string)
{
	size_t size = strlen(string);
	little_endian(to, (uint32_t)size, 4);
	memcpy(to + 4, string, size);
	return 4 + size;
}

/* RFC 7845, 5.2 */
static void put_tags(struct muxer *muxer, const struct muxer_options *options)
{
	uint8_t tags[MUXER_HEADERS_MAX / 2] = "OpusTags";
	char title[136], language[TAG_SIZE + 16];
	text_print(title, sizeof title, "TITLE=%s", options->title);
	text_print(language, sizeof language, "LANGUAGE=%s", options->language);
	bool has_language = options->language[0] != '\0';
	size_t n = 8;
	n += put_string(tags + n, "boothcast " BOOTHCAST_VERSION);
	little_endian(tags + n, has_language ? 2 : 1, 4);
	n += 4;
	n += put_string(tags + n, title);
	if (has_language)
		n += put_string(tags + n, language);
	muxer_put(muxer, tags, n, 0);
}

struct muxer *muxer_new(const struct muxer_options *options)
{
	struct muxer *muxer = check_alloc(calloc(1, sizeof *muxer));
	muxer->page = options->page;
	muxer->user = options->user;
	check(ogg_stream_init(&muxer->ogg, (int)randombytes_random()) == 0);
	put_head(muxer, options->pre_skip);
	put_tags(muxer, options);
	return muxer;
}

void muxer_free(struct muxer *muxer)
{
	if (muxer == NULL)
		return;
	ogg_stream_clear(&muxer->ogg);
	free(muxer);
}
