/* The packets of one delivery on their way to sockets. Private to gateway/.
 *
 *   batch_begin
 *   batch_put x N --> [ send | send | ... ] --full, or batch_end--> io_uring, one system call for all of them
 *   batch_end                                                         whole: nothing more is said
 *                                                                     short, full or broken --> unsent()
 *
 * Without io_uring, and outside of begin and end, batch_put() sends at once by a system call of its own. That is all the
 * difference: who puts need not know. One thread, which is the one that opened it.
 */
#ifndef GATEWAY_BATCH_H
#define GATEWAY_BATCH_H

#include "base/metrics.h"
#include "gateway/gateway.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH_ROOM_MAX 16384

struct batch;

struct batch_options {
	enum delivery delivery;
	struct metrics *metrics;
	/* A send that the socket did not take whole: the `size` bytes at `rest` are left. `error` is 0 when the socket is full, else an
	 * errno: the connection is broken. Called from put, settle and end; must not put. `user` is that of the put. */
	void (*unsent)(void *user, const uint8_t *rest, size_t size, int error);
};

/* NULL with a sentence in `error` when DELIVERY_BATCH was asked for and cannot be. What was chosen is
 * boothcast_delivery_info. The caller ends it with batch_close(). */
struct batch *batch_open(const struct batch_options *options, char *error, size_t size);
void batch_close(struct batch *batch);
/* Logs what was chosen, and why. */
void batch_log(const struct batch *batch);

/* From here on sends are gathered. */
void batch_begin(struct batch *batch);
/* Sends what is gathered; nothing is gathered any more. */
void batch_end(struct batch *batch);
/* `size` bytes to the socket. They stay as they are until batch_end(); one socket once only until it is settled (batch_holds()).
 * Returns the round in which it is gathered. */
uint32_t batch_put(struct batch *batch, int fd, const uint8_t *bytes, uint32_t size, void *user);
/* The same to a socket for which the kernel seals (kernel_tls.h). */
uint32_t batch_put_for_kernel(struct batch *batch, int fd, const uint8_t *bytes, uint32_t size, void *user);
/* So many packets are put, one by one or several in one piece. For the account. */
void batch_count(struct batch *batch, unsigned packets);
/* Room for `size` bytes, at most BATCH_ROOM_MAX, that stay until they are sent: for what is not lying anywhere else. What is written
 * there is put next, before any other call, or not at all. */
uint8_t *batch_room(struct batch *batch, size_t size);
/* Whether what was put in this round still waits. */
bool batch_holds(const struct batch *batch, uint32_t round);
/* Sends what is gathered; gathering goes on. */
void batch_settle(struct batch *batch);

#endif
