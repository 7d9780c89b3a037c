/* Hosts, ports and the addresses of servers, as people write them: the only place where they are taken apart.
 *
 *   HOST:PORT               where to listen; port 0 picks a free one
 *   SCHEME://HOST[:PORT]    where a server is; http, https, ws or wss
 *
 * HOST is a name of the DNS or an IPv4 address, or an IPv6 address in brackets. PORT is digits alone. Pure; looks nothing up.
 */
#ifndef BASE_URL_H
#define BASE_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_SIZE 256 /* the longest name of the DNS (RFC 1035, 2.3.4), with the end mark; an IPv6 address with its scope is shorter */

struct host_port {
	char host[HOST_SIZE]; /* without brackets */
	bool six;             /* an IPv6 address */
	uint16_t port;
};

/* Takes HOST:PORT apart. NULL when it is one; else what is wrong with it, in words that go on from "..., because". */
const char *host_port_split(const char *text, struct host_port *to);

struct url {
	struct host_port at;
	bool secure;      /* https or wss */
	const char *rest; /* borrowed from the text: what stands behind, such as a path; "" */
};

/* Takes the address of a server apart; without a port it is 443 or 80, and port 0 is none. Otherwise as host_port_split(). */
const char *url_split(const char *text, struct url *to);
/* Writes HOST:PORT, with the brackets of an IPv6 address. */
void host_port_write(const struct host_port *from, char *to, size_t size);

#endif
