/* The end of the program when one of its own contracts is broken: a sentence on standard error and a core to look at. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "boothcast: broken contract at %s:%d: %s\n", file, line, what);
	abort();
}

void *check_alloc(void *memory)
{
	check(memory != NULL);
	return memory;
}
