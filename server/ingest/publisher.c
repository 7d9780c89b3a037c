/* One uplink: message by message, checked before anything is changed, then decoded and put.
 *
 *   header --> in sequence? --> not faster than time? --> sound valid? --> gap filled --> decoder --> feed
 *               BAD_SEQUENCE     TOO_FAST                  BAD_OPUS, BAD_PCM
 *
 * A gap by the sender's own numbers is time that must pass: up to GAP_MADE_UP frames are made up (by the decoder, or by
 * audio/conceal for PCM), a longer one becomes silence, in both cases only as far as the beat has not made it up already.
 * Called by whoever holds the WebSocket; it never sees JSON or a connection. No allocation after publisher_open(). */
#include "ingest/publisher.h"

#include "audio/conceal.h"
#include "base/check.h"
#include "boothcast/frame.h"
#include "ingest/feed.h"
#include "ingest/opus_packet.h"
#include "ingest/pcm.h"
#include "ingest/rate.h"

#include <math.h>
#include <opus/opus.h>
#include <stdlib.h>
#include <string.h>

#define GAP_MADE_UP       3       /* lost frames in a row that are made up: with 20 ms, CONCEAL_MS */
#define MADE_UP_STEP_MS   2.5     /* Opus makes up multiples of this */
#define GAP_SILENCE_MS    200.0   /* silence put for a longer gap: as much as the jitter control may hold back at most */
#define JUMP_MAX_MS       10000.0 /* a jump further ahead than this is a mistake of the sender */
#define BURST_MS          1000.0  /* sound that may come beyond the time that has passed */
#define CREDIT_MAX_MS     10000.0 /* time that counts after a stall */
#define CREDIT_RATE       1.02    /* a sender's clock may be fast, all day long */
#define PCM_MESSAGE_MS    60      /* the longest message of PCM; the same as Opus */
#define PIECE             2880    /* samples that are converted at once: the longest Opus packet */

struct publisher {
	struct feed *feed;          /* owned */
	struct publisher_format format;
	OpusDecoder *decoder;       /* for Opus, owned */
	struct conceal *conceal;    /* for PCM at its own rate, owned */
	/* the order of messages */
	bool started;
	bool torn;                  /* messages were dropped since the last good one */
	uint32_t next_seq;
	size_t frame;               /* samples of the last message, at the format's rate */
	/* time that may still be filled with sound */
	double credit_ms;
	uint64_t credited_us;
	float piece[PIECE];
};

/* What one message says, once it was found good. */
struct message {
	const uint8_t *sound;
	size_t size;     /* bytes */
	size_t samples;  /* per channel, at the format's rate */
	double ms;
	bool fresh;      /* nothing before it counts: the first one, or marked as a discontinuity */
	uint32_t gap;    /* frames missing before it */
};

static bool good_format(struct publisher_format *format)
{
	if (format->codec == CODEC_OPUS)
		format->rate_hz = RATE_HZ;
	if (format->channels < 1 || format->channels > 2)
		return false;
	return format->rate_hz >= RATE_IN_MIN_HZ && format->rate_hz <= RATE_IN_MAX_HZ;
}

enum status publisher_open(struct publisher **out, struct source *source, const struct publisher_format *format, uint64_t now_us)
{
	struct publisher_format agreed = *format;
	struct feed *feed;
	if (!good_format(&agreed))
		return STATUS_BAD_FORMAT;
	enum status status = feed_open(&feed, source, agreed.rate_hz, FEED_MARGIN_MS);
	if (status != STATUS_OK)
		return status;
	struct publisher *publisher = check_alloc(calloc(1, sizeof *publisher));
	publisher->feed = feed;
	publisher->format = agreed;
	publisher->credit_ms = BURST_MS;
	publisher->credited_us = now_us;
	if (agreed.codec == CODEC_OPUS)
		publisher->decoder = check_alloc(opus_decoder_create(RATE_HZ, 1, NULL));
	else
		publisher->conceal = conceal_new(agreed.rate_hz);
	*out = publisher;
	return STATUS_OK;
}

void publisher_close(struct publisher *publisher)
{
	feed_close(publisher->feed);
	if (publisher->decoder != NULL)
		opus_decoder_destroy(publisher->decoder);
	conceal_free(publisher->conceal);
	free(publisher);
}

/* How long the sound is, when it is well formed. */
static enum status measure(const struct publisher *publisher, struct message *message)
{
	const struct publisher_format *format = &publisher->format;
	if (format->codec == CODEC_OPUS) {
		message->samples = opus_packet_samples(message->sound, message->size);
		if (message->samples == 0)
			return STATUS_BAD_OPUS;
	} else {
		size_t sample_size = 2 * format->channels;
		message->samples = message->size / sample_size;
		size_t most = format->rate_hz * PCM_MESSAGE_MS / 1000;
		if (message->size == 0 || message->size % sample_size != 0 || message->samples > most)
			return STATUS_BAD_PCM;
	}
	message->ms = 1000.0 * (double)message->samples / format->rate_hz;
	return STATUS_OK;
}

/* Of the last message. */
static double frame_ms(const struct publisher *publisher)
{
	return 1000.0 * (double)publisher->frame / publisher->format.rate_hz;
}

static enum status place(const struct publisher *publisher, const struct wire_up *header, struct message *message)
{
	int32_t ahead = wire_seq_distance(header->seq, publisher->next_seq);
	message->fresh = !publisher->started || (header->flags & WIRE_DISCONTINUITY) != 0;
	if (message->fresh)
		return STATUS_OK;
	if (ahead < 0 || ahead * frame_ms(publisher) > JUMP_MAX_MS)
		return STATUS_BAD_SEQUENCE;
	message->gap = (uint32_t)ahead;
	return STATUS_OK;
}

/* Pays for the sound with the time that has passed. */
static enum status pay(struct publisher *publisher, double ms, uint64_t now_us)
{
	if (now_us > publisher->credited_us) {
		double passed_ms = (double)(now_us - publisher->credited_us) / 1000;
		publisher->credit_ms = fmin(publisher->credit_ms + passed_ms * CREDIT_RATE, CREDIT_MAX_MS + BURST_MS);
		publisher->credited_us = now_us;
	}
	if (publisher->credit_ms < ms)
		return STATUS_TOO_FAST;
	publisher->credit_ms -= ms;
	return STATUS_OK;
}

/* The decoder's or concealment's guess at `count` samples, a multiple of MADE_UP_STEP_MS. */
static void make_up(struct publisher *publisher, size_t count)
{
	while (count > 0) {
		size_t now = count < publisher->frame ? count : publisher->frame;
		now = now < PIECE ? now : PIECE;
		if (publisher->conceal != NULL)
			conceal_make(publisher->conceal, publisher->piece, now);
		else if (opus_decode_float(publisher->decoder, NULL, 0, publisher->piece, (int)now, 0) != (int)now)
			memset(publisher->piece, 0, now * sizeof *publisher->piece);
		feed_put(publisher->feed, publisher->piece, now);
		count -= now;
	}
}

static void fill_gap(struct publisher *publisher, uint32_t frames)
{
	double missing_ms = frames * frame_ms(publisher) - feed_made_up_ms(publisher->feed);
	feed_count_lost(publisher->feed, frames);
	if (frames > GAP_MADE_UP) {
		feed_join(publisher->feed);
		feed_put_silence(publisher->feed, fmin(missing_ms, GAP_SILENCE_MS));
	} else {
		size_t step = (size_t)(publisher->format.rate_hz * MADE_UP_STEP_MS / 1000);
		make_up(publisher, (size_t)lround(fmax(missing_ms, 0) / MADE_UP_STEP_MS) * step);
	}
}

/* The sound before and after has nothing in common. */
static void start_anew(struct publisher *publisher)
{
	if (publisher->decoder != NULL)
		check(opus_decoder_ctl(publisher->decoder, OPUS_RESET_STATE) == OPUS_OK);
	feed_join(publisher->feed);
}

static enum status put_opus(struct publisher *publisher, const struct message *message)
{
	int count = opus_decode_float(publisher->decoder, message->sound, (opus_int32)message->size, publisher->piece, PIECE, 0);
	if (count <= 0)
		return STATUS_BAD_OPUS;
	feed_put(publisher->feed, publisher->piece, (size_t)count);
	return STATUS_OK;
}

static enum status put_pcm(struct publisher *publisher, const struct message *message)
{
	unsigned channels = publisher->format.channels;
	for (size_t done = 0; done < message->samples;) {
		size_t count = message->samples - done < PIECE ? message->samples - done : PIECE;
		pcm_to_mono(publisher->piece, message->sound + 2 * channels * done, count, channels, false);
		conceal_resume(publisher->conceal, publisher->piece, count);
		feed_put(publisher->feed, publisher->piece, count);
		done += count;
	}
	return STATUS_OK;
}

enum status publisher_put(struct publisher *publisher, const struct wire_up *header, const uint8_t *sound, size_t size,
			  uint64_t now_us)
{
	struct message message = {.sound = sound, .size = size};
	enum status status = measure(publisher, &message);
	if (status == STATUS_OK)
		status = place(publisher, header, &message);
	if (status != STATUS_OK)
		return status;
	publisher->next_seq = header->seq + 1; /* too much is not lost: no gap after it */
	status = pay(publisher, message.ms, now_us);
	if (status != STATUS_OK) {
		publisher->torn = true;
		return status;
	}
	if (publisher->torn || (message.fresh && publisher->started))
		start_anew(publisher);
	if (message.gap > 0)
		fill_gap(publisher, message.gap);
	feed_arrived(publisher->feed, 0, now_us);
	publisher->started = true;
	publisher->torn = false;
	publisher->frame = message.samples;
	return publisher->format.codec == CODEC_OPUS ? put_opus(publisher, &message) : put_pcm(publisher, &message);
}
