/* The epoch of a server: a number that grows with every start, so that clients know packets of this run from packets of one before.
 */
#ifndef EPOCH_H
#define EPOCH_H

#include <stddef.h>
#include <stdint.h>

/* The epoch of this start: the counter in the file `epoch` of the state folder plus one, and at least the minutes since 2025, by
 * the time of day `wall_s`; in the upper 24 bits, the number of the node (0) in the lower 8. It is written back to the file. A disk
 * that is full or read-only does not prevent the start: -1 is returned with a sentence in `warning` (size bytes), and the epoch,
 * which the minutes keep growing, is good unless the server starts twice within a minute. 0 otherwise. */
int epoch_next(const char *state, int64_t wall_s, uint32_t *epoch, char *warning, size_t size);

#endif
