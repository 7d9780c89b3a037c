/* A listener's way to the server: its socket, with TLS or without. */
#ifndef LOAD_CORD_H
#define LOAD_CORD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

struct cord {
	int fd;
	struct ssl_st *tls; /* NULL: plain, or not begun */
};

/* What all TLS cords share: no certificate is checked unless the caller asks for it, and a buffer is held only while it is used. The
 * caller frees it. */
struct ssl_ctx_st *cord_context_new(void);
void cord_context_free(struct ssl_ctx_st *context);
/* Begins to connect. False with errno when that is not possible; cord_close() is due all the same. `receive_bytes`: the socket's
 * buffer. */
bool cord_open(struct cord *cord, const struct sockaddr *address, socklen_t size, int receive_bytes);
/* The socket can be written: 1 when the cord is ready, 0 when more has to come first, -1 with errno. `context`: NULL for plain. */
int cord_ready(struct cord *cord, struct ssl_ctx_st *context);
/* One step of the handshake of `tls`, which is there: 1 done, 0 when more has to come, -1 with errno. */
int cord_secure(struct cord *cord);
/* As recv() and send(): -1 with EAGAIN when there is nothing, or no room. */
ssize_t cord_receive(struct cord *cord, void *to, size_t size);
ssize_t cord_send(struct cord *cord, const void *bytes, size_t size);
/* Ends it, without a goodbye. */
void cord_close(struct cord *cord);

#endif
