/* Which pages may open a WebSocket: those of this server, and those that the settings name. A program that is no browser sends no
 * Origin. */
#include "control/session.h"

#include <string.h>

static const char *after_scheme(const char *origin)
{
	const char *slashes = strstr(origin, "://");
	return slashes != NULL ? slashes + 3 : origin;
}

bool origin_allowed(const struct settings *settings, const struct request *request)
{
	if (request->origin[0] == '\0' || strcasecmp(after_scheme(request->origin), request->host) == 0)
		return true;
	for (unsigned i = 0; i < settings->server.origins_count; i++) {
		if (strcasecmp(settings->server.origins[i], request->origin) == 0)
			return true;
	}
	return settings->server.public_url != NULL && strcasecmp(settings->server.public_url, request->origin) == 0;
}
