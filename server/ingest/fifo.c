/* The queue of fifo.h. What waits always lies in one piece of memory, so that a splice is plain arithmetic:
 *
 *   before   |........a====|xxxxxxxxxxxxxxx b====|.........|      a, b: the two stretches of FIFO_FADE samples that look most alike
 *   after    |........a\\//b|.........|                           a fades into b, what stood between is gone
 *
 * source.c takes, feed.c puts. It knows neither time nor where the sound comes from, and allocates only in fifo_init(). */
#include "ingest/fifo.h"

#include "base/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCAN_STEP  24    /* samples between two places that are compared: 0.5 ms, a quarter period at 500 Hz */
#define SCAN_MAX   19200 /* samples in which a place is looked for: 400 ms, some syllables */

void fifo_init(struct fifo *fifo, size_t capacity)
{
	*fifo = (struct fifo){.capacity = capacity};
	fifo->sample = check_alloc(calloc(2 * capacity, sizeof *fifo->sample));
}

void fifo_free(struct fifo *fifo)
{
	free(fifo->sample);
	fifo->sample = NULL;
}

size_t fifo_room(const struct fifo *fifo)
{
	return fifo->capacity - fifo->count;
}

/* Moves what waits to the front when `count` more would not fit behind it. */
static float *end_for(struct fifo *fifo, size_t count)
{
	if (fifo->head + fifo->count + count > 2 * fifo->capacity) {
		memmove(fifo->sample, fifo->sample + fifo->head, fifo->count * sizeof *fifo->sample);
		fifo->head = 0;
	}
	return fifo->sample + fifo->head + fifo->count;
}

static void rise(struct fifo *fifo, float *samples, size_t count)
{
	for (size_t i = 0; i < count && fifo->rising > 0; i++, fifo->rising--)
		samples[i] *= 1.0f - (float)fifo->rising / FIFO_FADE;
}

void fifo_put(struct fifo *fifo, const float *samples, size_t count)
{
	check(count <= fifo_room(fifo));
	float *end = end_for(fifo, count);
	if (samples == NULL) {
		memset(end, 0, count * sizeof *end);
	} else {
		memcpy(end, samples, count * sizeof *end);
		rise(fifo, end, count);
	}
	fifo->count += count;
}

size_t fifo_take(struct fifo *fifo, float *to, size_t count)
{
	size_t n = count < fifo->count ? count : fifo->count;
	memcpy(to, fifo->sample + fifo->head, n * sizeof *to);
	fifo->head += n;
	fifo->count -= n;
	if (fifo->count == 0)
		fifo->head = 0;
	return n;
}

void fifo_join(struct fifo *fifo)
{
	size_t n = fifo->count < FIFO_FADE ? fifo->count : FIFO_FADE;
	float *tail = fifo->sample + fifo->head + fifo->count - n;
	for (size_t i = 0; i < n; i++)
		tail[i] *= 1.0f - (float)(i + 1) / (float)n;
	fifo->rising = FIFO_FADE;
}

/* How unlike two stretches are: the energy of their difference. */
static float unlikeness(const float *a, const float *b)
{
	float sum = 0;
	for (size_t i = 0; i < FIFO_FADE; i++)
		sum += (a[i] - b[i]) * (a[i] - b[i]);
	return sum;
}

static size_t best_place(const float *samples, size_t places, size_t gap)
{
	size_t best = 0;
	float least = INFINITY;
	for (size_t at = 0; at < places && at < SCAN_MAX; at += SCAN_STEP) {
		float unlike = unlikeness(samples + at, samples + at + gap);
		if (unlike < least) {
			least = unlike;
			best = at;
		}
	}
	return best;
}

size_t fifo_cut(struct fifo *fifo, size_t count)
{
	if (fifo->count <= FIFO_FADE)
		return 0;
	if (count > fifo->count - FIFO_FADE)
		count = fifo->count - FIFO_FADE;
	float *from = fifo->sample + fifo->head;
	size_t at = best_place(from, fifo->count - FIFO_FADE - count + 1, count);
	float *a = from + at;
	const float *b = a + count;
	for (size_t i = 0; i < FIFO_FADE; i++) {
		float w = (float)(i + 1) / (FIFO_FADE + 1);
		a[i] = (1 - w) * a[i] + w * b[i];
	}
	memmove(a + FIFO_FADE, b + FIFO_FADE, (fifo->count - at - count - FIFO_FADE) * sizeof *a);
	fifo->count -= count;
	return count;
}
