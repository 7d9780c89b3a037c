/* The address of a server, as people write it: http://HOST:PORT. */
#ifndef BASE_URL_H
#define BASE_URL_H

#include <stdbool.h>
#include <stddef.h>

/* Splits scheme://host:port; a path behind it is left out. `secure`: https or wss; `host` is without the brackets of an IPv6
 * address; without a port it is 443 or 80. False when it is no such address, or the host does not fit in `size` bytes. */
bool url_split(const char *url, bool *secure, char *host, size_t size, int *port);

#endif
