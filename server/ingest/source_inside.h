/* What a source is made of: for source.c (take) and feed.c (put) only. */
#ifndef INGEST_SOURCE_INSIDE_H
#define INGEST_SOURCE_INSIDE_H

#include "audio/conceal.h"
#include "ingest/feed.h"
#include "ingest/fifo.h"
#include "ingest/jitter.h"
#include "ingest/source.h"

#include <stdbool.h>

#define SAMPLES_PER_MS 48
#define SOURCE_NAME_SIZE 80 /* desk/BOOTH/NUMBER with the longest identifiers, and some more */

struct source {
	char name[SOURCE_NAME_SIZE];
	size_t frame_samples;
	struct fifo fifo;
	struct jitter jitter;
	struct conceal *conceal;     /* owned */
	struct feed *feed;           /* whoever publishes; NULL: nobody */
	/* past the FIFO */
	struct frame on_beat;
	bool on_beat_ready;
	/* what was taken */
	enum source_state state;     /* of the last frame */
	bool ever;                   /* there was real sound */
	uint64_t silent_samples;     /* taken since the last real one */
	uint64_t made_up_samples;    /* the same since the last arrival */
	bool gap_explained;          /* the sender's own loss, not the network's jitter */
	/* counts */
	uint64_t received, lost, late;
	uint64_t dropped_samples;
};

#endif
