/* Lengths of time as people write them on a command line. */
#ifndef COMMAND_DURATION_H
#define COMMAND_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/* 90s, 30m, 12h, 3d, or several in falling order such as 1d12h. False when it is none, zero, or beyond ten years. */
bool duration_read_s(const char *text, int64_t *seconds);

#endif
