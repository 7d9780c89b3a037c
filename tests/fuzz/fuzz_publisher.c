/* Any messages of an uplink, of any format, at any time, with beats between them. */
#include "ingest/publisher.h"
#include "ingest/source.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Input: a format, then messages: flags, how far the number moves, how much time passes, length, sound. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned rates_hz[] = {8000, 11025, 16000, 44100, 48000, 96000, 192000, 7};
	struct frame frame;
	struct publisher *publisher;
	uint64_t now_us = 1000000;
	if (size < 1)
		return 0;
	struct publisher_format format = {data[0] & 1 ? CODEC_PCM_S16LE : CODEC_OPUS, rates_hz[data[0] >> 1 & 7], data[0] >> 4 & 3};
	struct source *source = source_new("fuzz", data[0] & 0x80 ? 480 : 960);
	struct wire_up header = {0};
	if (publisher_open(&publisher, source, &format, now_us) != STATUS_OK) {
		source_free(source);
		return 0;
	}
	for (data++, size--; size >= 5; ) {
		size_t length = (size_t)(data[3] << 8 | data[4]) % 2049;
		header.flags = data[0];
		header.seq += data[1] < 250 ? data[1] & 15 : (uint32_t)data[1] << 24;
		for (unsigned beats = data[2] & 63; beats > 0; beats--)
			source_take(source, &frame, now_us += data[2] & 64 ? 19000 : 20000);
		data += 5;
		size -= 5;
		if (length > size)
			length = size;
		if (publisher_put(publisher, &header, data, length, now_us) == STATUS_OK)
			header.seq++;
		data += length;
		size -= length;
	}
	publisher_close(publisher);
	source_take(source, &frame, now_us);
	source_free(source);
	return 0;
}
