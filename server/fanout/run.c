#include "fanout/run.h"

#include "base/check.h"

#include <string.h>

bool run_add(struct run *run, const struct packet *packet, uint8_t flags)
{
	size_t header = wire_frame_header(packet->size), size = header + packet->size;
	if (size > RUN_BYTES - run->size)
		return false;
	uint8_t *frame = run->bytes + run->size;
	memcpy(frame, packet_shared(packet) - header, size);
	frame[header + 1] |= flags;
	run->size += size;
	run->count++;
	return true;
}

const uint8_t *run_first(const struct run *run, size_t *size)
{
	check(run->count > 0);
	bool is_short = run->bytes[1] <= WIRE_FRAME_SHORT;
	*size = is_short ? run->bytes[1] : (size_t)run->bytes[2] << 8 | run->bytes[3];
	return run->bytes + wire_frame_header(*size);
}
