/* A member's way to the server: its socket, with TLS or without. */
#ifndef LOAD_LINK_H
#define LOAD_LINK_H

#include "load/member.h"

#include <sys/types.h>

/* What all TLS members share: no certificate is checked, and a buffer is held only while it is used. */
void *link_context_new(void);
void link_context_free(void *context);
/* Begins TLS on a connected socket, and goes on with it. 1: done, 0: more has to come, -1: failed. */
int link_secure(struct member *member, void *context);
/* As recv() and send(): -1 with EAGAIN when there is nothing, or no room. */
ssize_t link_receive(struct member *member, void *to, size_t size);
ssize_t link_send(struct member *member, const void *bytes, size_t size);
/* Ends it, without a goodbye. */
void link_drop(struct member *member);

#endif
