/* The server that is measured: where it is, and whether that is here. */
#ifndef LOAD_TARGET_H
#define LOAD_TARGET_H

#include "base/url.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct target {
	char name[HOST_SIZE]; /* the host alone */
	char host[HOST_SIZE + 8]; /* with its port, as the Host header has it */
	bool secure;
	struct sockaddr_storage address;
	socklen_t address_size;
};

/* Finds the host of an URL such as https://HOST:PORT. False, with a sentence in `error`, when the URL is none or the host is
 * unknown. */
bool target_find(struct target *target, const char *url, char *error, size_t size);
/* Whether the server's address is one of this machine's own: then the two have one clock, and one set of processors. */
bool target_is_here(const struct target *target);
/* Begins to connect a new socket that does not block; -1 with errno when even that fails. `receive_bytes` is its receive buffer, 0
 * the kernel's choice. The caller closes it. */
int target_connect(const struct target *target, unsigned receive_bytes);

#endif
