/* Reads a length of time: numbers, each with a unit, from the largest unit to the smallest. A number alone is refused, because
 * one person means minutes by it and the next one hours.
 */
#include "command/duration.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Ten years: longer is a slip of the finger. */
#define DURATION_MAX_S (INT64_C(3653) * 86400)

bool duration_read_s(const char *text, int64_t *seconds)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
	int64_t total = 0;
	size_t unit = 0;

	while (isdigit((unsigned char)*text)) {
		char *end = NULL;
		if (strspn(text, "0123456789") > 9)
			return false;
		int64_t number = strtoll(text, &end, 10);
		while (unit < 4 && units[unit].letter != *end)
			unit++;
		if (unit == 4)
			return false;
		total += number * units[unit++].seconds;
		text = end + 1;
	}
	if (*text != '\0' || total == 0 || total > DURATION_MAX_S)
		return false;
	*seconds = total;
	return true;
}
