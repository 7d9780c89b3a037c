/* A frame: one beat of sound before encoding. Mono, 48 kHz, 32-bit float, full scale is 1.0.
 *
 * The length is that of the beat (10 or 20 ms, 480 or 960 samples), the same for everything in one server.
 */
#ifndef BOOTHCAST_FRAME_H
#define BOOTHCAST_FRAME_H

#include "boothcast/limits.h"

#include <stdint.h>

#define RATE_HZ 48000

struct frame {
	float sample[FRAME_SAMPLES_MAX]; /* the first `samples of a beat` are used */
};

/* The media clock: beat n is due at BEAT_ORIGIN_US + n * frame, on the clock of base/clock.h, which survives restarts. So the numbers go
 * on after one, and the hole in them is the true hole in time. */
#define BEAT_ORIGIN_US 1735689600000000u /* 2025-01-01: beat 0; the 32 bits of the wire last until 2027 and then go round */

/* When a beat is due, microseconds of clock_us(). */
static inline uint64_t beat_due_us(unsigned frame_ms, uint64_t beat)
{
	return BEAT_ORIGIN_US + beat * frame_ms * 1000;
}

/* The newest beat that is due. */
static inline uint64_t beat_at(unsigned frame_ms, uint64_t now_us)
{
	return (now_us - BEAT_ORIGIN_US) / (frame_ms * 1000);
}

#endif
