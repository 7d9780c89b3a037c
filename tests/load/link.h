/* A member's way to the server: its socket, with TLS or without. */
#ifndef LOAD_LINK_H
#define LOAD_LINK_H

#include "load/member.h"

#include <sys/types.h>

struct link_context;

/* What all TLS members share: a buffer is held only while it is used. `name` is the server's (borrowed). With `verify` its
 * certificate must be for that name, and signed by somebody this machine trusts. */
struct link_context *link_context_new(const char *name, bool verify);
void link_context_free(struct link_context *context);
/* Begins TLS on a connected socket, and goes on with it. 1: done, 0: more has to come, -1: failed. */
int link_secure(struct member *member, struct link_context *context);
/* What is wrong with the certificate, as OpenSSL says it; NULL when nothing is. After link_secure() has failed. */
const char *link_distrust(const struct member *member);
/* As recv() and send(): -1 with EAGAIN when there is nothing, or no room. */
ssize_t link_receive(struct member *member, void *to, size_t size);
ssize_t link_send(struct member *member, const void *bytes, size_t size);
/* Ends it, without a goodbye. */
void link_drop(struct member *member);

#endif
