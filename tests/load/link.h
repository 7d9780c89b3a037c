/* A member's TLS: to which name it goes, and whether the certificate must be good for that. Its socket is a cord (cord.h). */
#ifndef LOAD_LINK_H
#define LOAD_LINK_H

#include "load/member.h"

struct link_context;

/* What all TLS members share: a buffer is held only while it is used. `name` is the server's (borrowed). With `verify` its
 * certificate must be for that name, and signed by somebody this machine trusts. */
struct link_context *link_context_new(const char *name, bool verify);
void link_context_free(struct link_context *context);
/* Begins TLS on a connected socket, and goes on with it. 1: done, 0: more has to come, -1: failed. */
int link_secure(struct member *member, struct link_context *context);
/* What is wrong with the certificate, as OpenSSL says it; NULL when nothing is. After link_secure() has failed. */
const char *link_distrust(const struct member *member);

#endif
