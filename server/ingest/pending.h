/* Bytes that wait: a bounded queue whose content always lies in one piece of memory. */
#ifndef INGEST_PENDING_H
#define INGEST_PENDING_H

#include <stddef.h>
#include <stdint.h>

struct pending {
	uint8_t *memory; /* owned */
	size_t head, count, capacity;
};

/* Allocates `capacity` bytes; ended by pending_free(). */
void pending_init(struct pending *pending, size_t capacity);
void pending_free(struct pending *pending);
size_t pending_room(const struct pending *pending);
/* At most pending_room() bytes, asserted. */
void pending_put(struct pending *pending, const void *bytes, size_t size);
/* The oldest byte; pending->count bytes stand there until the next put. */
const uint8_t *pending_at(const struct pending *pending);
/* Forgets the oldest `size` bytes; at most pending->count, asserted. */
void pending_drop(struct pending *pending, size_t size);

#endif
