/* Ogg Opus (RFC 7845): pages are taken apart as they come, packets wait undecoded.
 *
 *   bytes --libogg--> pages --> packets --check--> records in `pending` --take--> decoder --> sound
 *
 * Each record is a packet with its length in samples, or a head: a new logical stream begins (chained streams: an encoder that was
 * restarted, a relay that changed its title). Comments are passed over without being collected, however long. Damaged pages are
 * lost sound, and what comes after goes on. Called by stream.c. */
#include "ingest/container.h"
#include "ingest/opus_packet.h"
#include "ingest/pending.h"

#include "base/check.h"
#include "boothcast/frame.h"

#include <ogg/ogg.h>
#include <opus/opus.h>
#include <opus/opusfile.h>
#include <stdlib.h>
#include <string.h>

#define SLICE        4096      /* bytes that libogg is given at once: bounds what it holds besides one page */
#define GARBAGE_MAX  65536     /* bytes in a row that are no page: a page is never longer */
#define PACKET_MAX   65536     /* bytes of one packet: longer is no sound */
#define BURST_MS     1500.0    /* pages hold a second with ffmpeg and opusenc */
#define BAD_MAX      50        /* packets in a row that are not Opus */
#define PREROLL      3840      /* samples that the decoder needs before a place in the middle (RFC 7845, 4.2: 80 ms) */

enum expecting { EXPECT_HEAD, EXPECT_COMMENTS, EXPECT_MORE_COMMENTS, EXPECT_SOUND };

struct record {
	uint32_t size;     /* bytes that follow; 0: a head */
	uint32_t samples;  /* of a packet; of a head: to leave out at the beginning (pre-skip) */
	int32_t gain;      /* of a head: in 1/256 dB */
};

struct ogg {
	struct container base; /* first */
	ogg_sync_state sync;
	ogg_stream_state stream;
	enum expecting expecting;
	size_t seen;           /* bytes, up to 4: the capture pattern */
	bool any_page;
	size_t garbage;        /* bytes since the last page */
	unsigned bad;          /* packets since the last good one */
	/* packets that wait */
	struct pending pending;
	uint64_t waiting;      /* samples in them */
	/* decoding */
	OpusDecoder *decoder;  /* owned */
	size_t leave_out;      /* samples of the pre-skip still to come */
};

static struct ogg *ogg_of(struct container *container)
{
	return (struct ogg *)container;
}

static double ms_of(uint64_t samples)
{
	return 1000.0 * (double)samples / RATE_HZ;
}

/* ---- bytes to records ---- */

static enum status add_record(struct ogg *ogg, const struct record *record, const uint8_t *bytes)
{
	size_t size = sizeof *record + record->size;
	if (size > pending_room(&ogg->pending)) {
		if (!ogg->base.may_drop)
			return STATUS_TOO_FAST;
		ogg->base.dropped_ms += ogg->base.ops->skip(&ogg->base, ms_of(ogg->waiting / 2));
		if (size > pending_room(&ogg->pending))
			return STATUS_TOO_FAST;
	}
	pending_put(&ogg->pending, record, sizeof *record);
	pending_put(&ogg->pending, bytes, record->size);
	if (record->size > 0)
		ogg->waiting += record->samples;
	return STATUS_OK;
}

/* The first page of a logical stream. One that is not Opus is no sound of ours, and fatal only when nothing else was there. */
static enum status begin_stream(struct ogg *ogg, ogg_page *page)
{
	OpusHead head;
	if (opus_head_parse(&head, page->body, (size_t)page->body_len) != 0 || head.channel_count > 2 || head.stream_count != 1)
		return ogg->expecting == EXPECT_HEAD ? STATUS_BAD_FORMAT : STATUS_OK;
	ogg_stream_reset_serialno(&ogg->stream, ogg_page_serialno(page));
	ogg->expecting = EXPECT_COMMENTS;
	ogg->base.rate_hz = RATE_HZ;
	struct record record = {.samples = head.pre_skip, .gain = head.output_gain};
	return add_record(ogg, &record, NULL);
}

/* Comments end with their page (RFC 7845, 3). */
static enum status pass_comments(struct ogg *ogg, const ogg_page *page)
{
	if (ogg->expecting == EXPECT_COMMENTS && (page->body_len < 8 || memcmp(page->body, "OpusTags", 8) != 0))
		return STATUS_BAD_FORMAT;
	ogg->expecting = ogg_page_packets(page) > 0 ? EXPECT_SOUND : EXPECT_MORE_COMMENTS;
	return STATUS_OK;
}

static enum status add_packet(struct ogg *ogg, const ogg_packet *packet)
{
	size_t samples = packet->bytes <= PACKET_MAX ? opus_packet_samples(packet->packet, (size_t)packet->bytes) : 0;
	if (samples == 0)
		return ++ogg->bad > BAD_MAX ? STATUS_BAD_FORMAT : STATUS_OK;
	ogg->bad = 0;
	struct record record = {.size = (uint32_t)packet->bytes, .samples = (uint32_t)samples};
	return add_record(ogg, &record, packet->packet);
}

static enum status add_page(struct ogg *ogg, ogg_page *page)
{
	enum status status = STATUS_OK;
	ogg_packet packet;
	int got;
	ogg_stream_pagein(&ogg->stream, page);
	while (status == STATUS_OK && (got = ogg_stream_packetout(&ogg->stream, &packet)) != 0)
		if (got > 0)
			status = add_packet(ogg, &packet);
	if (ogg->stream.body_fill - ogg->stream.body_returned > PACKET_MAX)
		return STATUS_BAD_FORMAT; /* a packet without end */
	return status;
}

static enum status take_page(struct ogg *ogg, ogg_page *page)
{
	ogg->any_page = true;
	ogg->garbage = 0;
	if (ogg_page_bos(page))
		return begin_stream(ogg, page);
	if (ogg->expecting == EXPECT_HEAD)
		return STATUS_BAD_FORMAT;
	if (ogg_page_serialno(page) != ogg->stream.serialno)
		return STATUS_OK;
	return ogg->expecting == EXPECT_SOUND ? add_page(ogg, page) : pass_comments(ogg, page);
}

static enum status take_pages(struct ogg *ogg)
{
	enum status status = STATUS_OK;
	ogg_page page;
	long size;
	while (status == STATUS_OK && (size = ogg_sync_pageseek(&ogg->sync, &page)) != 0) {
		if (size > 0) {
			status = take_page(ogg, &page);
		} else {
			ogg->garbage += (size_t)-size;
			if (!ogg->any_page || ogg->garbage > GARBAGE_MAX)
				status = STATUS_BAD_FORMAT;
		}
	}
	return status;
}

static enum status ogg_put(struct container *container, const uint8_t *bytes, size_t size)
{
	struct ogg *ogg = ogg_of(container);
	enum status status = STATUS_OK;
	for (size_t i = 0; i < size && ogg->seen < 4; i++)
		if (bytes[i] != "OggS"[ogg->seen++])
			return STATUS_BAD_FORMAT;
	while (size > 0 && status == STATUS_OK) {
		size_t now = size < SLICE ? size : SLICE;
		memcpy(check_alloc(ogg_sync_buffer(&ogg->sync, SLICE)), bytes, now);
		ogg_sync_wrote(&ogg->sync, (long)now);
		status = take_pages(ogg);
		bytes += now;
		size -= now;
	}
	return status;
}

/* ---- records to sound ---- */

/* Takes the oldest record's head off; its bytes stand at pending_at() and are dropped by the caller. False when there is none. */
static bool next_record(struct ogg *ogg, struct record *record)
{
	if (ogg->pending.count == 0)
		return false;
	memcpy(record, pending_at(&ogg->pending), sizeof *record);
	pending_drop(&ogg->pending, sizeof *record);
	if (record->size > 0)
		ogg->waiting -= record->samples;
	return true;
}

static void new_head(struct ogg *ogg, const struct record *record)
{
	opus_decoder_ctl(ogg->decoder, OPUS_RESET_STATE);
	opus_decoder_ctl(ogg->decoder, OPUS_SET_GAIN(record->gain));
	ogg->leave_out = record->samples;
}

/* Decodes and uses up the packet; what cannot be decoded is silence. */
static void decode(struct ogg *ogg, const struct record *record, float *mono)
{
	int got = opus_decode_float(ogg->decoder, pending_at(&ogg->pending), (opus_int32)record->size, mono, CONTAINER_PIECE, 0);
	if (got != (int)record->samples)
		memset(mono, 0, record->samples * sizeof *mono);
	pending_drop(&ogg->pending, record->size);
}

static size_t ogg_take(struct container *container, float *mono)
{
	struct ogg *ogg = ogg_of(container);
	struct record record;
	while (next_record(ogg, &record)) {
		if (record.size == 0) {
			new_head(ogg, &record);
			continue;
		}
		decode(ogg, &record, mono);
		size_t skip = ogg->leave_out < record.samples ? ogg->leave_out : record.samples;
		ogg->leave_out -= skip;
		if (skip < record.samples) {
			memmove(mono, mono + skip, (record.samples - skip) * sizeof *mono);
			return record.samples - skip;
		}
	}
	return 0;
}

/* The last packets in front of the new place are decoded, so that the decoder has caught up. */
static double ogg_skip(struct container *container, double ms)
{
	struct ogg *ogg = ogg_of(container);
	struct record record;
	float nobody_hears[CONTAINER_PIECE];
	uint64_t wanted = (uint64_t)(ms * RATE_HZ / 1000) + 1, skipped = 0;
	while (skipped < wanted && next_record(ogg, &record)) {
		if (record.size == 0) {
			new_head(ogg, &record);
			continue;
		}
		if (skipped + PREROLL >= wanted)
			decode(ogg, &record, nobody_hears);
		else
			pending_drop(&ogg->pending, record.size);
		skipped += record.samples;
	}
	return ms_of(skipped);
}

static void ogg_end(struct container *container)
{
	(void)container; /* half a page is no sound */
}

static double ogg_pending_ms(const struct container *container)
{
	return ms_of(((const struct ogg *)container)->waiting);
}

static size_t ogg_pending_bytes(const struct container *container)
{
	return ((const struct ogg *)container)->pending.count;
}

static void ogg_free(struct container *container)
{
	struct ogg *ogg = ogg_of(container);
	ogg_stream_clear(&ogg->stream);
	ogg_sync_clear(&ogg->sync);
	opus_decoder_destroy(ogg->decoder);
	pending_free(&ogg->pending);
	free(ogg);
}

struct container *container_ogg_new(void)
{
	static const struct container_ops ops = {ogg_put, ogg_take, ogg_skip, ogg_end, ogg_pending_ms, ogg_pending_bytes, ogg_free};
	struct ogg *ogg = check_alloc(calloc(1, sizeof *ogg));
	ogg->base.ops = &ops;
	ogg->base.burst_ms = BURST_MS;
	ogg_sync_init(&ogg->sync);
	check(ogg_stream_init(&ogg->stream, 0) == 0);
	ogg->decoder = check_alloc(opus_decoder_create(RATE_HZ, 1, NULL));
	pending_init(&ogg->pending, STREAM_PENDING_MAX);
	return &ogg->base;
}
