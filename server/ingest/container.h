/* A container: turns a byte stream, cut anywhere, into mono sound at the stream's own rate. Three kinds, one interface.
 *
 * What waits undecoded is bounded by STREAM_PENDING_MAX bytes. No allocation per put, but for what libogg does within the same
 * bound.
 */
#ifndef INGEST_CONTAINER_H
#define INGEST_CONTAINER_H

#include "boothcast/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_PENDING_MAX (1024 * 1024) /* bytes: 0.7 s of the thickest PCM (192 kHz, floats, stereo), minutes of Opus */
#define CONTAINER_PIECE    3840 /* samples that one take gives at most: 20 ms of PCM at 192 kHz, one packet of Opus */

struct container;

struct container_ops {
	/* Takes the bytes in. STATUS_BAD_FORMAT; STATUS_TOO_FAST when there is no room and nothing may be dropped. */
	enum status (*put)(struct container *container, const uint8_t *bytes, size_t size);
	/* Decodes the next CONTAINER_PIECE or fewer samples; 0 when no whole piece waits. */
	size_t (*take)(struct container *container, float *mono);
	/* Throws away at least `ms` of the oldest sound, or all; returns how much. */
	double (*skip)(struct container *container, double ms);
	/* No more bytes will come: decides what was left open. */
	void (*end)(struct container *container);
	/* Sound that waits undecoded, and its bytes. */
	double (*pending_ms)(const struct container *container);
	size_t (*pending_bytes)(const struct container *container);
	void (*free)(struct container *container);
};

struct container {
	const struct container_ops *ops;
	unsigned rate_hz;   /* 0 until the header has come */
	double burst_ms;    /* how far a live encoder's pieces may run ahead of time */
	bool may_drop;      /* a live stream: when there is no room the oldest sound goes */
	double dropped_ms;  /* what went so; taken back by the owner */
	size_t cut_bytes;   /* after end(): the last bytes, when they are no whole sample and are not played */
};

/* Each is freed by its ops->free. */
struct container *container_ogg_new(void);
struct container *container_wav_new(void);

enum byte_order { ORDER_BIG, ORDER_LITTLE, ORDER_GUESS };
/* `rate_hz` and `channels` were checked by the caller. */
struct container *container_raw_new(unsigned rate_hz, unsigned channels, enum byte_order order);

#endif
