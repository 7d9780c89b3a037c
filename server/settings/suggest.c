/* Edit distance for slips of the finger. Near enough is one change in a word of up to four letters, and one for every three
 * letters in longer ones: a suggestion that nobody could have meant is worse than none.
 */
#include "settings/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

unsigned suggest_distance(const char *a, const char *b)
{
	size_t rows = strnlen(a, SUGGEST_WORD_MAX), columns = strnlen(b, SUGGEST_WORD_MAX);
	/* three rows of the table are enough: a swap looks two back */
	unsigned row[3][SUGGEST_WORD_MAX + 1];

	for (size_t j = 0; j <= columns; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= rows; i++) {
		unsigned *now = row[i % 3], *before = row[(i + 2) % 3], *older = row[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= columns; j++) {
			unsigned changed = before[j - 1] + !same(a[i - 1], b[j - 1]);
			now[j] = least(changed, least(before[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				now[j] = least(now[j], older[j - 2] + 1);
		}
	}
	return row[rows % 3][columns];
}

void suggest_offer(struct suggestion *suggestion, const char *candidate)
{
	size_t length = strlen(suggestion->written);
	unsigned allowed = length <= 4 ? 1 : (unsigned)(length / 3);
	unsigned distance = suggest_distance(suggestion->written, candidate);
	if (distance > allowed || (suggestion->best != NULL && distance >= suggestion->distance))
		return;
	suggestion->best = candidate;
	suggestion->distance = distance;
}
