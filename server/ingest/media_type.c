/* Reads a Content-Type: `type/subtype; name=value; name="value"`. Pure; called by stream.c when a stream is opened. */
#include "ingest/media_type.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	enum media media;
} types[] = {
	{"audio/ogg", MEDIA_OGG},       {"application/ogg", MEDIA_OGG}, {"audio/wav", MEDIA_WAV}, {"audio/x-wav", MEDIA_WAV},
	{"audio/wave", MEDIA_WAV},      {"audio/vnd.wave", MEDIA_WAV},  {"audio/l16", MEDIA_L16},
};

enum media media_type(const char *content_type)
{
	size_t length = strcspn(content_type, "; \t");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strlen(types[i].name) == length && strncasecmp(types[i].name, content_type, length) == 0)
			return types[i].media;
	return MEDIA_OTHER;
}

static bool copy_value(const char *from, char *to, size_t size)
{
	bool quoted = *from == '"';
	from += quoted;
	size_t length = strcspn(from, quoted ? "\"" : "; \t");
	if (length >= size)
		return false;
	memcpy(to, from, length);
	to[length] = '\0';
	return true;
}

bool media_parameter(const char *content_type, const char *name, char *to, size_t size)
{
	const char *at = content_type;
	while ((at = strchr(at, ';')) != NULL) {
		at += 1 + strspn(at + 1, " \t");
		size_t length = strcspn(at, "=; \t");
		if (at[length] == '=' && length == strlen(name) && strncasecmp(at, name, length) == 0)
			return copy_value(at + length + 1, to, size);
	}
	return false;
}
