/* Gathering and sending, see batch.h. Rounds are numbered from 1, so a zeroed number is never held.
 *
 * A ring that fails in service is given up for good: the kernel has dealt with the first sends of the batch and has not begun the
 * others (uring.h), so these go out one by one and no packet is lost or doubled.
 */
#include "gateway/batch.h"

#include "base/check.h"
#include "base/log.h"
#include "gateway/uring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Sends in one system call. More gains nothing: what is gathered shall still be in the cache when the kernel comes to it. And the
 * first listener does not wait for the last. */
#define BATCH_SENDS 256

/* A batch of sealed packets, as most of them are: 20 ms at 64 kbit/s, and what TLS puts around it. */
#define ROOM_BYTES (BATCH_SENDS * 256)

_Static_assert(ROOM_BYTES >= BATCH_ROOM_MAX, "there is room for one");
_Static_assert(BATCH_SENDS <= URING_SENDS_MAX, "the ring holds a batch");

struct batch {
	struct uring *uring; /* NULL: every send goes out at once */
	bool open;           /* between begin and end */
	bool sending;        /* nothing is put meanwhile */
	uint32_t round;
	unsigned count;
	struct uring_send send[BATCH_SENDS];
	size_t room_used;
	uint8_t room[ROOM_BYTES];
	void (*unsent)(void *user, const uint8_t *rest, size_t size, int error);
	char why[128]; /* it goes out as it does */
	struct cell *by_uring, *direct, *calls, *packets, *partial;
};

/* ---- sending ---- */

static bool is_full(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* `result` as of uring_failed. */
static void failed(void *host, const struct uring_send *send, int result)
{
	struct batch *batch = host;
	uint32_t done = result > 0 ? (uint32_t)result : 0;
	int error = result < 0 && !is_full(-result) ? -result : 0;
	check(done <= send->size);
	if (done == send->size)
		return;
	cell_add(batch->partial, 1);
	batch->unsent(send->user, send->bytes + done, send->size - done, error);
}

static void send_now(struct batch *batch, const struct uring_send *one)
{
	ssize_t sent = send(one->fd, one->bytes, one->size, MSG_DONTWAIT | MSG_NOSIGNAL);
	cell_add(batch->calls, 1);
	if (sent != (ssize_t)one->size)
		failed(batch, one, sent >= 0 ? (int)sent : -errno);
}

/* One loop more (or less) delivers in the way that this one does now. */
static void count_way(struct batch *batch, int64_t change)
{
	cell_add(batch->uring != NULL ? batch->by_uring : batch->direct, (uint64_t)change);
}

static void give_up_ring(struct batch *batch, int error)
{
	log_event(LOG_WARNING, "delivery", LOG_STRING("path", "direct"), LOG_STRING("why", strerror(error)));
	count_way(batch, -1);
	uring_close(batch->uring);
	batch->uring = NULL;
	count_way(batch, 1);
}

void batch_settle(struct batch *batch)
{
	unsigned count = batch->count;
	if (count == 0)
		return;
	check(!batch->sending);
	batch->sending = true;
	batch->round++;
	batch->count = 0;
	batch->room_used = 0;
	cell_add(batch->calls, 1);
	unsigned done = uring_send_all(batch->uring, batch->send, count);
	if (done < count)
		give_up_ring(batch, errno);
	while (done < count)
		send_now(batch, &batch->send[done++]);
	batch->sending = false;
}

/* The next of the list is filled in. */
static uint32_t put(struct batch *batch)
{
	struct uring_send *one = &batch->send[batch->count];
	check(!batch->sending && one->size > 0);
	if (!batch->open || batch->uring == NULL) {
		send_now(batch, one);
		return 0;
	}
	uint32_t round = batch->round;
	if (one->bytes == batch->room + batch->room_used)
		batch->room_used += one->size;
	if (++batch->count == BATCH_SENDS)
		batch_settle(batch);
	return round;
}

uint32_t batch_put(struct batch *batch, int fd, const uint8_t *bytes, uint32_t size, void *user)
{
	batch->send[batch->count] = (struct uring_send){.fd = fd, .bytes = bytes, .size = size, .user = user};
	return put(batch);
}

uint32_t batch_put_for_kernel(struct batch *batch, int fd, const uint8_t *bytes, uint32_t size, void *user)
{
	batch->send[batch->count] = (struct uring_send){.fd = fd, .bytes = bytes, .size = size, .user = user, .kernel_seals = true};
	return put(batch);
}

void batch_count(struct batch *batch, unsigned packets)
{
	cell_add(batch->packets, packets);
}

uint8_t *batch_room(struct batch *batch, size_t size)
{
	check(size <= BATCH_ROOM_MAX && !batch->sending);
	if (size > ROOM_BYTES - batch->room_used)
		batch_settle(batch);
	return batch->room + batch->room_used;
}

bool batch_holds(const struct batch *batch, uint32_t round)
{
	return batch->count > 0 && batch->round == round;
}

void batch_begin(struct batch *batch)
{
	check(!batch->open);
	batch->open = true;
}

void batch_end(struct batch *batch)
{
	check(batch->open);
	batch_settle(batch);
	batch->open = false;
}

/* ---- opening ---- */

static void make_metrics(struct batch *batch, struct metrics *metrics)
{
	static const char info[] = "boothcast_delivery_info", help[] = "How packets go to sockets: loops that use a way.";
	batch->by_uring = metrics_gauge_cell(metrics, info, help, "path=\"io_uring\"");
	batch->direct = metrics_gauge_cell(metrics, info, help, "path=\"direct\"");
	batch->packets = metrics_counter_cell(metrics, "boothcast_delivery_packets_total", "Packets sent to WebSockets.", NULL);
	batch->calls = metrics_counter_cell(metrics, "boothcast_delivery_calls_total", "System calls that sent them.", NULL);
	batch->partial = metrics_counter_cell(metrics, "boothcast_delivery_partial_total",
					 "Packets, or runs of them, that a socket did not take whole at once; the rest follows when it has room.", NULL);
}

struct batch *batch_open(const struct batch_options *options, char *error, size_t size)
{
	struct batch *batch = check_alloc(calloc(1, sizeof *batch));
	struct uring *uring = NULL;
	char why[128] = "asked for";
	batch->round = 1;
	batch->unsent = options->unsent;
	if (options->delivery != DELIVERY_DIRECT)
		uring = uring_open(BATCH_SENDS, failed, batch, why, sizeof why);
	if (uring == NULL && options->delivery == DELIVERY_BATCH) {
		snprintf(error, size, "cannot deliver in batches, io_uring is not there: %s", why);
		free(batch);
		return NULL;
	}
	make_metrics(batch, options->metrics);
	batch->uring = uring;
	count_way(batch, 1);
	snprintf(batch->why, sizeof batch->why, "%s", uring != NULL ? "the kernel has it" : why);
	return batch;
}

void batch_close(struct batch *batch)
{
	if (batch == NULL)
		return;
	check(!batch->open && batch->count == 0);
	uring_close(batch->uring);
	free(batch);
}

void batch_log(const struct batch *batch)
{
	log_event(LOG_INFO, "delivery", LOG_STRING("path", batch->uring != NULL ? "io_uring" : "direct"), LOG_STRING("why", batch->why));
}
