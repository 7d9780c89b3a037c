/* Sound from a file or a pipe, read in blocks on a thread that may wait for it: for `boothcast send`. libsndfile knows the containers. */
#ifndef INGEST_PIPE_H
#define INGEST_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pipe;

struct pipe_options {
	const char *path;  /* NULL or "-": standard input */
	bool raw;          /* no container: 16-bit little-endian samples */
	unsigned rate_hz;  /* of raw sound */
	unsigned channels; /* of raw sound, 1 or 2 */
};

/* NULL with a sentence in `error` when it cannot be read as sound. Waits for the container's header. Freed with pipe_free(). */
struct pipe *pipe_open(const struct pipe_options *options, char *error, size_t size);
void pipe_free(struct pipe *pipe);
unsigned pipe_rate_hz(const struct pipe *pipe);
/* Reads up to `count` samples, mixed down to mono; waits for them. 0 at the end. */
size_t pipe_read(struct pipe *pipe, int16_t *to, size_t count);

#endif
