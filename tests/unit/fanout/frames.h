/* WebSocket frames that lie one behind the other, as a client reads them. */
#ifndef UNIT_FANOUT_FRAMES_H
#define UNIT_FANOUT_FRAMES_H

#include "boothcast/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The message of the frame at `*at`, which goes on to the next; NULL at the end. */
static inline const uint8_t *frames_next(const uint8_t **at, const uint8_t *end, size_t *size)
{
	const uint8_t *frame = *at;
	if (frame == end)
		return NULL;
	assert_true(end - frame > 4);
	assert_int_equal(frame[0], WIRE_FRAME_BINARY);
	*size = frame[1] <= WIRE_FRAME_SHORT ? frame[1] : (size_t)frame[2] << 8 | frame[3];
	const uint8_t *message = frame + wire_frame_header(*size);
	assert_true(*size > 0 && message + *size <= end);
	*at = message + *size;
	return message;
}

#endif
