/* Raw samples to floats, byte by byte, so that neither alignment nor the machine's order matters. Called by publisher.c and
 * container_raw.c. */
#include "ingest/pcm.h"

static float sample_at(const uint8_t *bytes, bool big_endian)
{
	unsigned value = big_endian ? (unsigned)bytes[0] << 8 | bytes[1] : (unsigned)bytes[1] << 8 | bytes[0];
	return (float)(int16_t)value / 32768.0f;
}

void pcm_to_mono(float *to, const uint8_t *bytes, size_t count, unsigned channels, bool big_endian)
{
	for (size_t i = 0; i < count; i++) {
		const uint8_t *at = bytes + 2 * channels * i;
		to[i] = sample_at(at, big_endian);
		if (channels == 2)
			to[i] = (to[i] + sample_at(at + 2, big_endian)) / 2;
	}
}
