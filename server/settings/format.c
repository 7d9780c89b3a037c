/* The formats of single strings. Each says what is wrong in a sentence that ends with something to write. Named by the rules
 * of schema.c and called by shape.c; languages are language.c's matter.
 */
#include "settings/format.h"

#include "base/url.h"
#include "settings/language.h"
#include "settings/settings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool format_id(const char *text, struct text *wrong)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	if (text[strspn(text, allowed)] == '\0' && isalnum((unsigned char)text[0]))
		return true;

	char better[NAME_SIZE] = "";
	size_t n = 0;
	for (const char *c = text; *c != '\0' && n + 1 < sizeof(better); c++) {
		if (isalnum((unsigned char)*c))
			better[n++] = (char)tolower((unsigned char)*c);
		else if ((unsigned char)*c < 0x80 && n > 0 && better[n - 1] != '-')
			better[n++] = '-';
	}
	while (n > 0 && better[n - 1] == '-')
		n--;
	better[n] = '\0';
	text_add(wrong, "\"%s\" is no identifier; write small letters, digits and hyphens, such as \"%s\"", text,
		 n > 0 ? better : "hall-1");
	return false;
}

bool format_language(const char *text, struct text *wrong)
{
	char tag[TAG_SIZE];
	if (language_canonical(text, tag))
		return true;
	if (language_suggest(text, tag))
		text_add(wrong, "\"%s\" is not a known language tag; did you mean \"%s\"?", text, tag);
	else
		text_add(wrong,
			 "\"%s\" is not a known language tag; write language and region (BCP 47), such as zh-CN, en-GB or fr-FR",
			 text);
	return false;
}

static unsigned days_of(unsigned year, unsigned month)
{
	static const unsigned char days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month == 2 && leap ? 29 : days[month - 1];
}

bool format_time(const char *text, struct text *wrong)
{
	static const char pattern[] = "0000-00-00 00:00";
	bool shaped = strlen(text) == sizeof(pattern) - 1;
	for (size_t i = 0; shaped && i < sizeof(pattern) - 1; i++)
		shaped = pattern[i] == '0' ? isdigit((unsigned char)text[i]) : text[i] == pattern[i];
	if (!shaped) {
		text_add(wrong, "\"%s\" cannot be read as a time; write year-month-day hour:minute, such as 2025-03-21 09:00",
			 text);
		return false;
	}
	unsigned year = (unsigned)atoi(text), month = (unsigned)atoi(text + 5), day = (unsigned)atoi(text + 8);
	unsigned hour = (unsigned)atoi(text + 11), minute = (unsigned)atoi(text + 14);
	if (year < 1900 || month < 1 || month > 12 || day < 1 || day > days_of(year, month)) {
		text_add(wrong, "\"%.10s\" is no day of the calendar; write year-month-day, such as 2025-03-21", text);
		return false;
	}
	if (hour > 23 || minute > 59) {
		text_add(wrong, "\"%s\" is no time of the day; write 00:00 to 23:59", text + 11);
		return false;
	}
	return true;
}

bool settings_time_s(const struct settings *settings, const char *written, int64_t *seconds)
{
	struct text unused;
	text_init(&unused, 200);
	bool good = format_time(written, &unused);
	text_free(&unused);
	if (good)
		*seconds = language_time_s(settings->event.timezone, atoi(written), atoi(written + 5), atoi(written + 8),
					   atoi(written + 11), atoi(written + 14));
	return good;
}

bool format_timezone(const char *text, struct text *wrong)
{
	char better[64];
	if (language_timezone(text, better, sizeof(better)))
		return true;
	if (better[0] != '\0')
		text_add(wrong, "\"%s\" is no known time zone; did you mean \"%s\"?", text, better);
	else
		text_add(
			wrong,
			"\"%s\" is no known time zone; write one of the time zone database, such as Asia/Shanghai or Europe/London",
			text);
	return false;
}

bool format_listen(const char *text, struct text *wrong)
{
	struct host_port at;
	struct in_addr four;
	const char *why = host_port_split(text, &at);
	if (why == NULL && (at.six || inet_pton(AF_INET, at.host, &four) == 1 || strcmp(at.host, "localhost") == 0))
		return true;
	text_add(wrong,
		 "\"%s\" is no address to listen on, because %s; write an address of this machine in numbers, a colon and a port, "
		 "such as 127.0.0.1:8080, or [::]:8080 for all networks",
		 text, why != NULL ? why : "its host is a name");
	return false;
}

bool format_origin(const char *text, struct text *wrong)
{
	struct url url;
	const char *why = url_split(text, &url);
	if (strncmp(text, "https://", 8) != 0 && strncmp(text, "http://", 7) != 0)
		text_add(wrong, "\"%s\" does not begin with https:// or http://; write, for example, https://live.example.org", text);
	else if (why != NULL)
		text_add(wrong,
			 "\"%s\" is no address of a web site, because %s; write, for example, https://live.example.org or "
			 "http://192.168.1.5:8080",
			 text, why);
	else if (url.rest[0] != '\0')
		text_add(wrong, "\"%s\" goes on after the host; write only \"%.*s\"", text, (int)(url.rest - text), text);
	else
		return true;
	return false;
}
