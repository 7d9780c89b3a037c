/* Draws what libqrencode computes. A character stands for two modules, one above the other:
 *
 *   upper lower        upper lower        upper lower        upper lower
 *   light light  █     light dark   ▀     dark  light  ▄     dark  dark   blank
 *
 * With colours the glyph is the light part: white letters on black. Called by ticket.c and links.c.
 */
#include "command/qr.h"

#include <qrencode.h>

/* Light modules around the code that a reader needs (ISO/IEC 18004: four). */
#define QUIET 4

static bool is_light(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return y < code->width + QUIET; /* below the quiet zone is nothing */
	return (code->data[y * code->width + x] & 1) == 0;
}

static void print_line(FILE *out, const QRcode *code, int y)
{
	static const char *const glyphs[2][2] = {{" ", "▄"}, {"▀", "█"}};
	for (int x = -QUIET; x < code->width + QUIET; x++)
		fputs(glyphs[is_light(code, x, y)][is_light(code, x, y + 1)], out);
}

int qr_print(FILE *out, const char *text, bool colour)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	if (code == NULL)
		return -1;
	for (int y = -QUIET; y < code->width + QUIET; y += 2) {
		if (colour)
			fputs("\033[97;40m", out);
		print_line(out, code, y);
		fputs(colour ? "\033[0m\n" : "\n", out);
	}
	QRcode_free(code);
	return 0;
}
