/* Links that carry tickets, and those of a demo event. */
#ifndef COMMAND_LINKS_H
#define COMMAND_LINKS_H

#include "control/ticket.h"
#include "settings/settings.h"

#include <stdio.h>

/* Longest address of a server, and longest link: address, path, ticket. With the end mark. */
#define LINK_BASE_SIZE 1024
#define LINK_SIZE (LINK_BASE_SIZE + NAME_SIZE + 16 + TICKET_SIZE)

/* Where the pages are by the settings: public_url, else http or https with the address of `listen` (localhost when that is all
 * networks). Without a slash at the end. */
void links_base(const struct settings *settings, char *to, size_t size);
/* The page of the ticket's role (of a speaker at a mixed floor: the talk) with the ticket in the fragment, which browsers do not send
 * and servers do not log. */
void links_make(char to[LINK_SIZE], const char *base_url, const struct settings *settings, const struct ticket *ticket,
		const char *text);

/* Prints the links of the first room, with tickets for 12 hours, and a QR code of the listener's: each desk of the first booth,
 * speaker, AV, the people and the interpreter of each room with a mixed floor, listener. 0, or -1 when a link is too long for a QR
 * code. */
int links_print(FILE *out, const struct settings *settings, const struct ticket_keys *keys, const char *base_url);

#endif
