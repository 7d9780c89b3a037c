/* Raw 16-bit PCM, audio/L16 (RFC 2586): samples in network order, but some encoders send little-endian all the same.
 *
 * When the order is not said, the first 100 ms that are not silence are read in both: sound is smooth, and bytes read the wrong
 * way round are noise. Little-endian is taken only when it is at least LITTLE_TIMES smoother: the standard wins a draw. Until then
 * the bytes wait. Called by stream.c. */
#include "ingest/container.h"
#include "ingest/pcm.h"
#include "ingest/pending.h"

#include "base/check.h"

#include <stdlib.h>

#define LITTLE_TIMES 4
#define GUESS_MS     100 /* of samples that are not zero */
#define BURST_MS     500.0 /* 64 KiB buffers of 48 kHz stereo hold a third of a second */
#define GUESS_MAX_MS 400 /* of any: then the guess is made with what there is */

struct raw {
	struct container base; /* first */
	struct pending pending;
	unsigned channels;
	enum byte_order order;
	/* the guess */
	size_t looked_at;      /* bytes of pending */
	size_t telling;        /* samples that are not zero */
	uint64_t rough_big, rough_little; /* sum of the steps between neighbours */
};

static struct raw *raw_of(struct container *container)
{
	return (struct raw *)container;
}

static size_t sample_size(const struct raw *raw)
{
	return 2 * raw->channels;
}

static int as_big(const uint8_t *at)
{
	return (int16_t)(at[0] << 8 | at[1]);
}

static int as_little(const uint8_t *at)
{
	return (int16_t)(at[1] << 8 | at[0]);
}

static void decide(struct raw *raw)
{
	bool little = raw->rough_big > 0 && raw->rough_little * LITTLE_TIMES <= raw->rough_big;
	raw->order = little ? ORDER_LITTLE : ORDER_BIG;
}

/* Looks at what has come since the last time, and decides when it is enough. */
static void guess(struct raw *raw)
{
	const uint8_t *bytes = pending_at(&raw->pending);
	size_t size = sample_size(raw), start = raw->looked_at > size ? raw->looked_at : size;
	for (; start + size <= raw->pending.count; start += size) {
		const uint8_t *now = bytes + start, *before = now - size;
		raw->telling += as_big(now) != 0;
		raw->rough_big += (uint64_t)abs(as_big(now) - as_big(before));
		raw->rough_little += (uint64_t)abs(as_little(now) - as_little(before));
	}
	raw->looked_at = start;
	size_t enough = raw->base.rate_hz * GUESS_MS / 1000, most = raw->base.rate_hz * GUESS_MAX_MS / 1000 * size;
	if (raw->telling >= enough || raw->looked_at >= most)
		decide(raw);
}

/* Silence is the same in both orders: nothing to learn, nothing to wait for. True when only silence has come. */
static bool only_silence(const struct raw *raw)
{
	return raw->order == ORDER_GUESS && raw->telling == 0 && raw->rough_big == 0;
}

static double ms_of(const struct raw *raw, size_t bytes)
{
	return 1000.0 * (double)(bytes / sample_size(raw)) / raw->base.rate_hz;
}

static enum status raw_put(struct container *container, const uint8_t *bytes, size_t size)
{
	struct raw *raw = raw_of(container);
	while (size > 0) {
		size_t now = size < STREAM_PENDING_MAX / 4 ? size : STREAM_PENDING_MAX / 4;
		if (now > pending_room(&raw->pending)) {
			if (!container->may_drop)
				return STATUS_TOO_FAST;
			container->dropped_ms += container->ops->skip(container, ms_of(raw, STREAM_PENDING_MAX / 2));
		}
		pending_put(&raw->pending, bytes, now);
		if (raw->order == ORDER_GUESS)
			guess(raw);
		bytes += now;
		size -= now;
	}
	return STATUS_OK;
}

static void forget(struct raw *raw, size_t bytes)
{
	pending_drop(&raw->pending, bytes);
	raw->looked_at = raw->looked_at > bytes ? raw->looked_at - bytes : 0;
}

static size_t raw_take(struct container *container, float *mono)
{
	struct raw *raw = raw_of(container);
	size_t count = raw->pending.count / sample_size(raw);
	if (raw->order == ORDER_GUESS && !only_silence(raw))
		return 0;
	if (count > raw->base.rate_hz / 50)
		count = raw->base.rate_hz / 50;
	pcm_to_mono(mono, pending_at(&raw->pending), count, raw->channels, raw->order != ORDER_LITTLE);
	forget(raw, count * sample_size(raw));
	return count;
}

static double raw_skip(struct container *container, double ms)
{
	struct raw *raw = raw_of(container);
	size_t all = raw->pending.count / sample_size(raw), count = (size_t)(ms * raw->base.rate_hz / 1000) + 1;
	if (count > all)
		count = all;
	forget(raw, count * sample_size(raw));
	return 1000.0 * (double)count / raw->base.rate_hz;
}

static void raw_end(struct container *container)
{
	struct raw *raw = raw_of(container);
	container->cut_bytes = raw->pending.count % sample_size(raw);
	if (raw->order == ORDER_GUESS)
		decide(raw);
}

/* Before the guess nothing can be played, so nothing waits to be played. */
static double raw_pending_ms(const struct container *container)
{
	const struct raw *raw = (const struct raw *)container;
	return raw->order == ORDER_GUESS && !only_silence(raw) ? 0 : ms_of(raw, raw->pending.count);
}

static size_t raw_pending_bytes(const struct container *container)
{
	return ((const struct raw *)container)->pending.count;
}

static void raw_free(struct container *container)
{
	pending_free(&raw_of(container)->pending);
	free(container);
}

struct container *container_raw_new(unsigned rate_hz, unsigned channels, enum byte_order order)
{
	static const struct container_ops ops = {raw_put, raw_take, raw_skip, raw_end, raw_pending_ms, raw_pending_bytes, raw_free};
	struct raw *raw = check_alloc(calloc(1, sizeof *raw));
	raw->base = (struct container){.ops = &ops, .rate_hz = rate_hz, .burst_ms = BURST_MS};
	raw->channels = channels;
	raw->order = order;
	pending_init(&raw->pending, STREAM_PENDING_MAX);
	return &raw->base;
}
