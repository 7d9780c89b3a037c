/* Contracts inside the program: asserted, also in release. Never for input from outside (boothcast/status.h). */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/* Prints the broken contract and ends the program with abort(). */
_Noreturn void check_failed(const char *what, const char *file, int line);

#define check(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

/* malloc, calloc, realloc and strdup that end the program when the machine has no memory left: for start-up and for
 * bounded pieces. The caller owns the result and frees it with free(). */
void *check_alloc(void *memory);

#endif
