/* Where the server is, see target.h. Asked once at the start: the host's name is looked up before the first listener comes, so
 * that no measurement waits for a name server.
 */
#include "load/target.h"

#include "base/text.h"
#include "base/url.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool target_find(struct target *target, const char *url, char *error, size_t size)
{
	char port_text[16];
	struct url where;
	const char *wrong = url_split(url, &where);
	struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM};
	if (wrong != NULL) {
		text_print(error, size, "%s is no address of a server. Write http://HOST:PORT, or https://HOST:PORT (%s).", url, wrong);
		return false;
	}
	target->secure = where.secure;
	strcpy(target->name, where.at.host);
	snprintf(port_text, sizeof port_text, "%u", where.at.port);
	host_port_write(&where.at, target->host, sizeof target->host);
	int code = getaddrinfo(target->name, port_text, &hints, &found);
	if (code != 0) {
		text_print(error, size, "There is no host %s: %s.", target->name, gai_strerror(code));
		return false;
	}
	memcpy(&target->address, found->ai_addr, found->ai_addrlen);
	target->address_size = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

/* The kernel lets a socket have an address only if it is the machine's own. */
bool target_is_here(const struct target *target)
{
	struct sockaddr_storage address = target->address;
	if (address.ss_family == AF_INET)
		((struct sockaddr_in *)&address)->sin_port = 0;
	else if (address.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&address)->sin6_port = 0;
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	bool here = bind(fd, (struct sockaddr *)&address, target->address_size) == 0;
	close(fd);
	return here;
}

/* Before it connects: the window that is agreed on depends on it. */
static bool set_up(int fd, unsigned receive_bytes)
{
	static const int one = 1;
	int bytes = (int)receive_bytes;
	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0 &&
	       (bytes == 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) == 0);
}

int target_connect(const struct target *target, unsigned receive_bytes)
{
	int fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (set_up(fd, receive_bytes) &&
	    (connect(fd, (const struct sockaddr *)&target->address, target->address_size) == 0 || errno == EINPROGRESS))
		return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}
