/* Takes an address apart, see url.h. Who calls: the clients of the command line, and the load generator. Pure; it does not ask
 * whether there is such a host.
 */
#include "base/url.h"

#include <stdlib.h>
#include <string.h>

bool url_split(const char *url, bool *secure, char *host, size_t size, int *port)
{
	const char *rest = strstr(url, "://");
	if (rest == NULL || rest == url)
		return false;
	*secure = rest[-1] == 's';
	rest += 3;
	size_t length = strcspn(rest, "/?#");
	const char *colon = memrchr(rest, ':', length);
	if (rest[0] == '[' && colon != NULL && memchr(colon, ']', length - (size_t)(colon - rest)) != NULL)
		colon = NULL;
	size_t host_length = colon != NULL ? (size_t)(colon - rest) : length;
	*port = colon != NULL ? atoi(colon + 1) : *secure ? 443 : 80;
	if (rest[0] == '[' && host_length > 2) {
		rest++;
		host_length -= 2;
	}
	if (host_length == 0 || host_length >= size || *port <= 0 || *port > 65535)
		return false;
	memcpy(host, rest, host_length);
	host[host_length] = '\0';
	return true;
}
