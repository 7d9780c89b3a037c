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

#endif
