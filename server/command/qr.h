/* A QR code in the terminal. */
#ifndef COMMAND_QR_H
#define COMMAND_QR_H

#include <stdbool.h>
#include <stdio.h>

/* Prints `text` as a QR code (ISO/IEC 18004, correction level L) of half blocks, two modules to a line, with its quiet zone.
 * `colour` sets black on white by escape sequences, for a terminal of any colours; without, light modules are drawn, which is
 * right on a dark ground. 0, or -1 when the text is too long for any code (2,953 bytes). */
int qr_print(FILE *out, const char *text, bool colour);

#endif
