/* The names and addresses under which people reach a server: what a certificate for it, or a link to it, has to say. */
#ifndef GATEWAY_HOST_NAMES_H
#define GATEWAY_HOST_NAMES_H

#include "boothcast/limits.h"

#include <stdbool.h>
#include <stddef.h>

#define HOST_NAME_SIZE 254 /* the longest name of the DNS (RFC 1035, 2.3.4), with the end mark */

struct host_name {
	char text[HOST_NAME_SIZE]; /* a name of the DNS, or an address in numbers, without brackets */
	bool address;
	bool passing; /* an IPv6 address of an interface: machines change them by the day (RFC 8981), and nobody types them */
};

struct host_names {
	struct host_name list[HOST_NAMES_MAX];
	unsigned count;
	unsigned left_out; /* those that found no place */
};

/* All of them, those first that matter most: this machine by itself, the host of `public_url` (https://HOST[:PORT], may be NULL),
 * the machine's own name, and the host of `listen` (HOST:PORT) or, where that means all networks, the address of every interface
 * that is up. */
void host_names_find(struct host_names *names, const char *listen, const char *public_url);
/* Writes the address of a server that listens there (http or https://HOST:PORT) as a browser can open it: where HOST means all
 * networks, with that of the first interface that leads out, or localhost when there is none, or for http, which gives a browser
 * its microphone nowhere else. */
void host_names_reach(const char *listening, char *to, size_t size);
/* Adds one, unless it is there already; what is neither a name nor an address without a scope is passed over. */
void host_names_add(struct host_names *names, const char *text, bool passing);

#endif
