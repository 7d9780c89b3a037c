/* A plain broadcast over WebSocket: whoever is let in hears packets, with the same 12 bytes in front of them as Boothcast's. */
#include "bench/hear/ear.h"

#include "boothcast/wire.h"

static void message(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	struct wire_down header;
	if (wire_get_down(bytes, size, &header))
		ear_heard(ear, crowd, header.seq, size);
	else
		ear_fail(ear, crowd, "a message that is no packet");
}

const struct dialect dialect_plain = {.name = "plain", .path = "/", .admitted = ear_listens, .message = message};
