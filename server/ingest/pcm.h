/* Raw samples: 16-bit integers of either byte order to mono floats. */
#ifndef INGEST_PCM_H
#define INGEST_PCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads `count` samples of 1 or 2 channels and writes their mean; full scale is 1.0. */
void pcm_to_mono(float *to, const uint8_t *bytes, size_t count, unsigned channels, bool big_endian);

#endif
