/* The header of a WebSocket frame from a server (RFC 6455, 5.2): without a mask. */
#ifndef LOAD_FRAME_H
#define LOAD_FRAME_H

#include <stddef.h>
#include <stdint.h>

/* The size of the header that `bytes` begin with, and that of its payload, in bytes; 0 when the header is not whole yet. */
static inline size_t frame_header(const uint8_t *bytes, size_t size, uint64_t *payload)
{
	size_t header = size < 2 || bytes[1] < 126 ? 2 : bytes[1] == 126 ? 4 : 10;
	if (size < header)
		return 0;
	*payload = header == 2 ? bytes[1] : 0;
	for (size_t i = 2; i < header; i++)
		*payload = *payload << 8 | bytes[i];
	return header;
}

#endif
