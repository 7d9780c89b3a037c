/* Sound that waits for its beat: a bounded queue of samples at 48 kHz, which can lose a piece of its middle without a click. */
#ifndef INGEST_FIFO_H
#define INGEST_FIFO_H

#include <stdbool.h>
#include <stddef.h>

#define FIFO_FADE 240 /* samples of a splice: 5 ms at 48 kHz */

struct fifo {
	float *sample;   /* owned; twice the capacity, so that what waits always lies in one piece */
	size_t head;     /* where the next sample to take stands */
	size_t count;    /* samples that wait */
	size_t capacity;
	size_t rising;   /* samples until the fade-in of a joint has reached full strength */
};

/* Allocates for `capacity` samples; ended by fifo_free(). */
void fifo_init(struct fifo *fifo, size_t capacity);
void fifo_free(struct fifo *fifo);
/* How many samples can still be put. */
size_t fifo_room(const struct fifo *fifo);
/* Adds samples at the end; at most fifo_room(), asserted. NULL adds silence. */
void fifo_put(struct fifo *fifo, const float *samples, size_t count);
/* Takes up to `count` of the oldest samples; returns how many there were. */
size_t fifo_take(struct fifo *fifo, float *to, size_t count);
/* What is put next does not continue what waits: fades out the end of the one and the start of the other, FIFO_FADE each. */
void fifo_join(struct fifo *fifo);
/* Removes up to `count` samples where it is heard least: the two ends of the gap are cross-faded at the place where they are most
 * alike (two quiet places are). Returns how many were removed: less when the rest would be shorter than the fade. */
size_t fifo_cut(struct fifo *fifo, size_t count);

#endif
