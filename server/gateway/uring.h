/* Many sends by one system call: io_uring behind a call that ends when the kernel has dealt with them all. Private to gateway/.
 *
 * Nothing is ever under way between two calls: every send either went out whole, or its failure was told, before uring_send()
 * returns. So buffers and sockets are the caller's again at once, and closing a socket asks for nothing.
 */
#ifndef GATEWAY_URING_H
#define GATEWAY_URING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define URING_SENDS_MAX 4096 /* in one call: what the kernel's ring may hold without asking for more locked memory */

struct uring;

struct uring_send {
	const uint8_t *bytes; /* neither copied nor changed */
	void *user;
	uint32_t size; /* bytes */
	int fd;        /* a stream socket */
	bool kernel_seals; /* with kernel TLS, which does not take all flags */
};

/* A send that did not go out whole: `result` is how many of its bytes did, or a negative errno (-EAGAIN: the socket is full). */
typedef void (*uring_failed)(void *host, const struct uring_send *send, int result);

/* A ring for `sends` at once, tried on a pair of sockets before it is given out. NULL with half a sentence in `why` when the kernel
 * has none, forbids it, or does not behave as is needed here. It belongs to the calling thread, which alone may send with it and
 * ends it with uring_close(). */
struct uring *uring_open(unsigned sends, uring_failed failed, void *host, char *why, size_t size);
void uring_close(struct uring *uring);
/* Sends all, in their order, without waiting and without SIGPIPE; calls `failed` for those that did not go out whole. Returns how
 * many were dealt with: fewer than `count` (at most the ring's size) only when the ring is broken, and then errno says why, the
 * others were not begun, and the ring must not be used again. */
unsigned uring_send_all(struct uring *uring, const struct uring_send *sends, unsigned count);

#endif
