/* A byte stream as a source: opens the right container, paces, and hands its sound to the feed.
 *
 *   stream_put   bytes into the container; what became whole sound is an arrival
 *   stream_pump  skips what is stale (live only), then decodes until DECODED_MS wait in the FIFO
 *
 * File or live is judged by what is there to be read: a file never lets the reader wait (ahead stays above LIVE_BELOW_MS), and once
 * live, a stream that gains more than a burst on the clock is a file again (after a hiccup). Called by whoever holds the HTTP
 * request. */
#include "ingest/stream.h"

#include "base/check.h"
#include "ingest/container.h"
#include "ingest/feed.h"
#include "ingest/media_type.h"
#include "ingest/rate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DECODED_MS     100.0  /* sound that is decoded ahead: more than the longest packet, less than is worth a cut */
#define LIVE_BELOW_MS  30.0   /* less than this in front of the target: the sender has no more to give than time */
#define JUDGE_AFTER_MS 500    /* of sound: a file has filled up by then */
#define LEAD_LEAK      0.002  /* of time: a sender's clock may be fast */

struct stream {
	struct container *container; /* owned */
	struct feed *feed;           /* owned */
	enum status over;            /* what ended it; STATUS_OK while it runs */
	bool ready;                  /* the rate is known */
	/* file or live */
	bool file;
	uint64_t heard_us;           /* when the first sound came; 0: none yet */
	double lead_ms;              /* live: sound that came, minus time that passed */
	uint64_t seen_us;            /* time up to which `lead_ms` counts */
};

/* A number of decimal digits only; 0 when it is none. */
static unsigned number_parameter(const char *content_type, const char *name, unsigned otherwise)
{
	char value[12], *end;
	if (!media_parameter(content_type, name, value, sizeof value))
		return otherwise;
	unsigned long number = strtoul(value, &end, 10);
	return *end == '\0' && value[0] >= '0' && value[0] <= '9' && number <= 1000000 ? (unsigned)number : 0;
}

static struct container *open_raw(const char *content_type)
{
	char word[16];
	enum byte_order order = ORDER_GUESS;
	unsigned rate_hz = number_parameter(content_type, "rate", 0), channels = number_parameter(content_type, "channels", 1);
	if (media_parameter(content_type, "endianness", word, sizeof word)) {
		if (strcasecmp(word, "little-endian") != 0 && strcasecmp(word, "big-endian") != 0)
			return NULL;
		order = strcasecmp(word, "little-endian") == 0 ? ORDER_LITTLE : ORDER_BIG;
	}
	if (rate_hz < RATE_IN_MIN_HZ || rate_hz > RATE_IN_MAX_HZ || channels < 1 || channels > 2)
		return NULL;
	return container_raw_new(rate_hz, channels, order);
}

static struct container *open_container(const char *content_type)
{
	switch (media_type(content_type)) {
	case MEDIA_OGG: return container_ogg_new();
	case MEDIA_WAV: return container_wav_new();
	case MEDIA_L16: return open_raw(content_type);
	case MEDIA_OTHER: break;
	}
	return NULL;
}

enum status stream_open(struct stream **out, struct source *source, const char *content_type, uint64_t now_us)
{
	struct container *container = open_container(content_type);
	struct feed *feed;
	if (container == NULL)
		return STATUS_BAD_FORMAT;
	unsigned rate_hz = container->rate_hz != 0 ? container->rate_hz : RATE_HZ;
	enum status status = feed_open(&feed, source, rate_hz, FEED_STREAM_MARGIN_MS);
	if (status != STATUS_OK) {
		container->ops->free(container);
		return status;
	}
	struct stream *stream = check_alloc(calloc(1, sizeof *stream));
	stream->container = container;
	stream->feed = feed;
	stream->ready = container->rate_hz != 0;
	stream->file = true;
	stream->seen_us = now_us;
	feed_set_paced(feed, true);
	*out = stream;
	return STATUS_OK;
}

void stream_close(struct stream *stream)
{
	feed_close(stream->feed);
	stream->container->ops->free(stream->container);
	free(stream);
}

static double pending_ms(const struct stream *stream)
{
	return stream->container->ops->pending_ms(stream->container);
}

static double ahead_ms(const struct stream *stream)
{
	return fmax(pending_ms(stream) + feed_waiting_ms(stream->feed) - feed_target_ms(stream->feed), 0);
}

static void set_file(struct stream *stream, bool file)
{
	stream->file = file;
	stream->lead_ms = 0;
	stream->container->may_drop = !file;
	feed_set_paced(stream->feed, file);
}

/* Time passes for the judgement. */
static void pass(struct stream *stream, uint64_t now_us)
{
	double passed_ms = now_us > stream->seen_us ? (double)(now_us - stream->seen_us) / 1000 : 0;
	stream->seen_us = now_us;
	stream->lead_ms -= passed_ms;
	stream->lead_ms -= copysign(fmin(passed_ms * LEAD_LEAK, fabs(stream->lead_ms)), stream->lead_ms);
}

static void judge(struct stream *stream, uint64_t now_us)
{
	bool judged = stream->heard_us != 0 && now_us > stream->heard_us + JUDGE_AFTER_MS * 1000;
	if (stream->file && judged && ahead_ms(stream) < LIVE_BELOW_MS)
		set_file(stream, false);
	else if (!stream->file && stream->lead_ms > stream->container->burst_ms)
		set_file(stream, true);
}

static enum status learn_rate(struct stream *stream)
{
	if (stream->ready || stream->container->rate_hz == 0)
		return STATUS_OK;
	stream->ready = true;
	return feed_set_rate(stream->feed, stream->container->rate_hz);
}

/* What the container threw away, by itself or when asked. */
static void skipped(struct stream *stream, double ms)
{
	if (ms <= 0)
		return;
	feed_skipped(stream->feed, ms);
	feed_join(stream->feed);
}

static void sound_came(struct stream *stream, double before_ms, uint64_t now_us)
{
	double came_ms = pending_ms(stream) + stream->container->dropped_ms - before_ms;
	if (came_ms > 0) {
		feed_arrived(stream->feed, before_ms, now_us);
		stream->lead_ms += came_ms;
		if (stream->heard_us == 0)
			stream->heard_us = now_us;
	}
	skipped(stream, stream->container->dropped_ms);
	stream->container->dropped_ms = 0;
}

enum status stream_put(struct stream *stream, const uint8_t *bytes, size_t size, uint64_t now_us)
{
	if (stream->over != STATUS_OK)
		return stream->over;
	double before_ms = pending_ms(stream);
	pass(stream, now_us);
	stream->over = stream->container->ops->put(stream->container, bytes, size);
	if (stream->over == STATUS_OK)
		stream->over = learn_rate(stream);
	if (stream->over == STATUS_OK)
		sound_came(stream, before_ms, now_us);
	return stream->over;
}

enum status stream_end(struct stream *stream, uint64_t now_us)
{
	double before_ms = pending_ms(stream);
	if (stream->over != STATUS_OK)
		return stream->over;
	stream->container->ops->end(stream->container);
	sound_came(stream, before_ms, now_us);
	if (stream->heard_us == 0)
		stream->over = STATUS_BAD_FORMAT;
	return stream->over;
}

void stream_pump(struct stream *stream, uint64_t now_us)
{
	float mono[CONTAINER_PIECE];
	struct container *container = stream->container;
	size_t count;
	if (!stream->ready || stream->over != STATUS_OK)
		return;
	pass(stream, now_us);
	judge(stream, now_us);
	double excess_ms = fmin(feed_excess_ms(stream->feed), pending_ms(stream));
	if (excess_ms > 0)
		skipped(stream, container->ops->skip(container, excess_ms));
	while (feed_waiting_ms(stream->feed) < DECODED_MS && (count = container->ops->take(container, mono)) > 0)
		feed_put(stream->feed, mono, count);
}

unsigned stream_ahead_ms(const struct stream *stream)
{
	bool thick = stream->container->ops->pending_bytes(stream->container) > STREAM_PENDING_MAX / 4 * 3;
	return stream->file || thick ? (unsigned)ahead_ms(stream) : 0;
}

size_t stream_cut_bytes(const struct stream *stream)
{
	return stream->container->cut_bytes;
}

bool stream_drained(const struct stream *stream)
{
	return stream->over != STATUS_OK || pending_ms(stream) <= 0;
}
