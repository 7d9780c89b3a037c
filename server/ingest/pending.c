/* The queue of pending.h: bytes are moved to the front only when the end of the memory is reached. Used by the containers. */
#include "ingest/pending.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

void pending_init(struct pending *pending, size_t capacity)
{
	*pending = (struct pending){.capacity = capacity};
	pending->memory = check_alloc(malloc(capacity));
}

void pending_free(struct pending *pending)
{
	free(pending->memory);
	pending->memory = NULL;
}

size_t pending_room(const struct pending *pending)
{
	return pending->capacity - pending->count;
}

void pending_put(struct pending *pending, const void *bytes, size_t size)
{
	check(size <= pending_room(pending));
	if (size == 0)
		return;
	if (pending->head + pending->count + size > pending->capacity) {
		memmove(pending->memory, pending->memory + pending->head, pending->count);
		pending->head = 0;
	}
	memcpy(pending->memory + pending->head + pending->count, bytes, size);
	pending->count += size;
}

const uint8_t *pending_at(const struct pending *pending)
{
	return pending->memory + pending->head;
}

void pending_drop(struct pending *pending, size_t size)
{
	check(size <= pending->count);
	pending->head += size;
	pending->count -= size;
	if (pending->count == 0)
		pending->head = 0;
}
