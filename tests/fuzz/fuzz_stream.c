/* Any body under any of the served types, in pieces of any size, with beats between them. */
#include "ingest/source.h"
#include "ingest/stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Input: the type, the size of pieces, how much time passes with each; then the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {"audio/ogg", "audio/wav", "audio/L16; rate=8000", "audio/L16; rate=192000; channels=2"};
	struct frame frame;
	struct stream *stream;
	uint64_t now_us = 1000000;
	if (size < 3)
		return 0;
	struct source *source = source_new("fuzz", 960);
	if (stream_open(&stream, source, types[data[0] & 3], now_us) != STATUS_OK)
		abort();
	size_t piece = (size_t)data[1] * 8 + 1;
	unsigned beats = data[2] & 15;
	enum status status = STATUS_OK;
	for (data += 3, size -= 3; size > 0 && status == STATUS_OK;) {
		size_t now = size < piece ? size : piece;
		status = stream_put(stream, data, now, now_us);
		data += now;
		size -= now;
		for (unsigned i = 0; i < beats; i++) {
			stream_pump(stream, now_us += 20000);
			source_take(source, &frame, now_us);
		}
	}
	if (status == STATUS_OK)
		status = stream_end(stream, now_us);
	for (unsigned i = 0; i < 500 && !stream_drained(stream); i++) {
		stream_pump(stream, now_us += 20000);
		source_take(source, &frame, now_us);
	}
	stream_close(stream);
	source_free(source);
	return 0;
}
