/* See uplinks.h. At most PUBLISHES_MAX entries, so a list is searched. Filled by control/, read by edge/. */
#include "ingest/uplinks.h"

#include "base/check.h"

static unsigned find(const struct uplinks *uplinks, uint16_t stream)
{
	unsigned i = 0;
	while (i < uplinks->count && uplinks->open[i].stream != stream)
		i++;
	return i;
}

bool uplinks_has(const struct uplinks *uplinks, uint16_t stream)
{
	return find(uplinks, stream) < uplinks->count;
}

enum status uplinks_add(struct uplinks *uplinks, uint16_t stream, struct publisher *publisher)
{
	check(!uplinks_has(uplinks, stream));
	if (uplinks->count == PUBLISHES_MAX)
		return STATUS_TOO_MANY;
	uplinks->open[uplinks->count].publisher = publisher;
	uplinks->open[uplinks->count++].stream = stream;
	return STATUS_OK;
}

void uplinks_close(struct uplinks *uplinks, uint16_t stream)
{
	unsigned i = find(uplinks, stream);
	check(i < uplinks->count);
	publisher_close(uplinks->open[i].publisher);
	uplinks->open[i] = uplinks->open[--uplinks->count];
}

enum status uplinks_put(struct uplinks *uplinks, const uint8_t *bytes, size_t size, uint64_t now_us)
{
	struct wire_up header;
	uplinks->heard_us = now_us;
	if (!wire_get_up(bytes, size, &header))
		return STATUS_BAD_HEADER;
	unsigned i = find(uplinks, header.stream);
	if (i == uplinks->count)
		return STATUS_NOT_PUBLISHING;
	return publisher_put(uplinks->open[i].publisher, &header, bytes + WIRE_UP_HEADER, size - WIRE_UP_HEADER, now_us);
}
