/* The server's clock: microseconds that never step, anchored once to the time of day when the program starts.
 *
 * So two times can be subtracted safely, and times of two runs (before and after a restart) can be compared too.
 * Modules take `now_us` as an argument and do not read the clock themselves; the loop's callbacks read it once.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Microseconds since 1970 on the anchored monotonic clock. Thread-safe. */
uint64_t clock_us(void);

/* Seconds since 1970 by the time of day as it is now: for tickets, whose times people wrote. Thread-safe. */
int64_t clock_wall_s(void);

/* CPU time of the whole process, microseconds. */
uint64_t clock_cpu_us(void);

#endif
