/* From HOST:PORT to a listening socket, and from a socket to names in numbers.
 *
 * The socket is made here and not by the library, because the library binds 127.0.0.1 as the wildcard address when it has IPv6,
 * does not say which port it got, and takes no second listener on one port. Called when the gateway opens and once per
 * connection; never resolves a peer's name.
 */
#include "gateway/parts.h"

#include "base/url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096 /* a whole audience that comes back within a second (the kernel cuts it to somaxconn) */

static int bind_to(const struct addrinfo *where)
{
	int yes = 1;
	int fd = socket(where->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	/* [::] takes IPv4 too, whatever the machine's default is; another IPv6 address cannot */
	if (where->ai_family == AF_INET6) {
		int only = 0;
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
	}
	if (bind(fd, where->ai_addr, where->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

static void explain(const char *listen, int why, char *error, size_t size)
{
	const char *advice = "";
	if (why == EADDRINUSE)
		advice = "; another program has this port, end it or choose another port (port 0 picks a free one)";
	else if (why == EACCES)
		advice = "; ports below 1024 need the right to bind them (CAP_NET_BIND_SERVICE)";
	else if (why == EADDRNOTAVAIL)
		advice = "; this machine has no such address, 0.0.0.0 means all it has";
	text_print(error, size, "cannot listen on %s: %s%s", listen, strerror(why), advice);
}

int address_listen(const char *listen, char *error, size_t size)
{
	char port[8];
	struct host_port at;
	const char *wrong = host_port_split(listen, &at);
	struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found;
	if (wrong != NULL) {
		text_print(error, size, "cannot listen on %s, because %s: write HOST:PORT, such as 0.0.0.0:8080, 127.0.0.1:0 or [::]:8080",
			   listen, wrong);
		return -1;
	}
	snprintf(port, sizeof port, "%u", at.port);
	int bad = getaddrinfo(at.host, port, &wanted, &found);
	if (bad != 0) {
		text_print(error, size, "cannot listen on %s: %s", listen, gai_strerror(bad));
		return -1;
	}
	int fd = bind_to(found);
	if (fd < 0)
		explain(listen, errno, error, size);
	freeaddrinfo(found);
	return fd;
}

/* An IPv4 address that the kernel shows as ::ffff:1.2.3.4. */
static void unmap(struct sockaddr_storage *address)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
	if (address->ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		return;
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = six->sin6_port};
	memcpy(&four.sin_addr, six->sin6_addr.s6_addr + 12, 4);
	memcpy(address, &four, sizeof four);
}

void address_own(int fd, char to[ADDRESS_SIZE])
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof address;
	char host[ADDRESS_SIZE - 10], port[8];
	to[0] = '\0';
	if (getsockname(fd, (struct sockaddr *)&address, &length) != 0 ||
	    getnameinfo((struct sockaddr *)&address, length, host, sizeof host, port, sizeof port,
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	snprintf(to, ADDRESS_SIZE, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

void address_peer(int fd, char to[PEER_SIZE])
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof address;
	to[0] = '\0';
	if (getpeername(fd, (struct sockaddr *)&address, &length) != 0)
		return;
	unmap(&address);
	length = address.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	if (getnameinfo((struct sockaddr *)&address, length, to, PEER_SIZE, NULL, 0, NI_NUMERICHOST) != 0)
		to[0] = '\0';
}
