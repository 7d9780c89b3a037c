/* A listener's way to the server: its socket, with TLS or without. */
#ifndef HEAR_LINE_H
#define HEAR_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

struct line {
	int fd;
	struct ssl_st *tls; /* NULL: plain, or not begun */
};

/* What all TLS lines share: no certificate is checked, and a buffer is held only while it is used. */
struct ssl_ctx_st *line_context_new(void);
void line_context_free(struct ssl_ctx_st *context);
/* Begins to connect. False with errno when that is not possible; line_close() is due all the same. `receive_bytes`: the socket's
 * buffer. */
bool line_open(struct line *line, const struct sockaddr *address, socklen_t size, int receive_bytes);
/* The socket can be written: 1 when the line is ready, 0 when more has to come first, -1 with errno. `context`: NULL for plain. */
int line_ready(struct line *line, struct ssl_ctx_st *context);
/* As recv() and send(): -1 with EAGAIN when there is nothing, or no room. */
ssize_t line_receive(struct line *line, void *to, size_t size);
ssize_t line_send(struct line *line, const void *bytes, size_t size);
/* Ends it, without a goodbye. */
void line_close(struct line *line);

#endif
