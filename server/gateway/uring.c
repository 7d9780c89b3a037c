/* io_uring for small sends, see uring.h. The only file that knows liburing; without it there is no ring, and that is said.
 *
 *   sends --> submission ring --io_uring_enter--> tcp_sendmsg for each, one after the other
 *                                                   whole: silent (CQE_SKIP_SUCCESS)
 *                                                   short, full or broken --> completion ring --> failed()
 *
 * Three flags make the call complete in itself. MSG_DONTWAIT: a full socket fails at once and is not watched by the kernel.
 * MSG_WAITALL: a short send counts as a failure, so that it speaks; DEFER_TASKRUN: nothing of ours is done outside of the call.
 * Kernel TLS refuses MSG_WAITALL, so there each send speaks.
 * What kernels do with them has changed over the years, so the ring is tried before it is believed.
 */
#include "gateway/uring.h"

#include "base/check.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef BOOTHCAST_URING

#include <liburing.h>

#define TRIAL_BYTES (1024 * 1024) /* more than a socket takes */
#define SEND_FLAGS  (MSG_DONTWAIT | MSG_NOSIGNAL)

struct uring {
	struct io_uring ring;
	unsigned sends_max;
	uring_failed failed;
	void *host;
};

/* ---- sending ---- */

static void prepare(struct uring *uring, const struct uring_send *sends, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);
		check(sqe != NULL);
		int flags = sends[i].kernel_seals ? SEND_FLAGS : SEND_FLAGS | MSG_WAITALL;
		io_uring_prep_send(sqe, sends[i].fd, sends[i].bytes, sends[i].size, flags);
		sqe->flags = sends[i].kernel_seals ? 0 : IOSQE_CQE_SKIP_SUCCESS;
		sqe->user_data = i;
	}
}

/* Tells of the failures that this call has brought. */
static void reap(struct uring *uring, const struct uring_send *sends, unsigned begun)
{
	struct io_uring_cqe *cqe;
	unsigned head, count = 0;
	io_uring_for_each_cqe(&uring->ring, head, cqe) {
		check(cqe->user_data < begun);
		count++;
		const struct uring_send *send = &sends[cqe->user_data];
		if (cqe->res != (int)send->size)
			uring->failed(uring->host, send, cqe->res);
	}
	io_uring_cq_advance(&uring->ring, count);
}

unsigned uring_send_all(struct uring *uring, const struct uring_send *sends, unsigned count)
{
	check(count <= uring->sends_max && io_uring_sq_ready(&uring->ring) == 0);
	prepare(uring, sends, count);
	unsigned begun = 0;
	int error = 0;
	while (begun < count && error == 0) {
		int submitted = io_uring_submit(&uring->ring);
		if (submitted > 0)
			begun += (unsigned)submitted;
		else if (submitted != -EINTR)
			error = submitted < 0 ? -submitted : EIO;
	}
	reap(uring, sends, begun);
	errno = error;
	return begun;
}

/* ---- opening ---- */

struct trial {
	unsigned failures;
	int result; /* of the last one */
};

static void trial_failed(void *host, const struct uring_send *send, int result)
{
	struct trial *trial = host;
	(void)send;
	trial->failures++;
	trial->result = result;
}

/* One send; its result as failed() was told it, or its size when nothing was said. */
static int try_send(struct uring *uring, int fd, const uint8_t *bytes, uint32_t size)
{
	struct trial trial = {0};
	struct uring_send send = {.fd = fd, .bytes = bytes, .size = size};
	uring->host = &trial;
	if (uring_send_all(uring, &send, 1) != 1)
		return errno != 0 ? -errno : -EIO;
	check(trial.failures <= 1);
	return trial.failures == 1 ? trial.result : (int)size;
}

/* A whole, a short, a refused and a hopeless send. Half a sentence about the one that is not as it should be, else NULL. */
static const char *try_on(struct uring *uring, int pair[2], const uint8_t *bytes)
{
	int whole = try_send(uring, pair[0], bytes, 64);
	if (whole == -EPERM || whole == -EACCES || whole == -ENOSYS)
		return "it is forbidden here";
	if (whole != 64)
		return "the kernel is too old: a whole send is not silent";
	int part = try_send(uring, pair[0], bytes, TRIAL_BYTES);
	if (part <= 0 || part >= TRIAL_BYTES)
		return "the kernel is too old: a short send is not told";
	while ((part = try_send(uring, pair[0], bytes, TRIAL_BYTES)) > 0 && part < TRIAL_BYTES)
		;
	if (part != -EAGAIN)
		return "the kernel is too old: a full socket is not told";
	close(pair[1]);
	pair[1] = -1;
	return try_send(uring, pair[0], bytes, 64) == -EPIPE ? NULL : "the kernel is too old: a broken socket is not told";
}

static const char *try_out(struct uring *uring)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
		return "no socket to try it on";
	uint8_t *bytes = check_alloc(calloc(1, TRIAL_BYTES));
	const char *wrong = try_on(uring, pair, bytes);
	free(bytes);
	close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
	return wrong;
}

/* The best that the kernel knows; 0 or a negative errno. */
static int set_up(struct uring *uring, unsigned sends)
{
	static const unsigned flags[] = {
		IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, /* Linux 6.1 */
		IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN,                               /* 5.19 */
		0,
	};
	int error = -EINVAL;
	for (size_t i = 0; i < sizeof flags / sizeof *flags && error == -EINVAL; i++)
		error = io_uring_queue_init(sends, &uring->ring, flags[i]);
	return error;
}

static const char *refusal(int error)
{
	switch (error) {
	case -ENOSYS: return "the kernel has none";
	case -EPERM:
	case -EACCES: return "it is forbidden here";
	case -ENOMEM: return "no memory may be locked for it";
	default: return strerror(-error);
	}
}

struct uring *uring_open(unsigned sends, uring_failed failed, void *host, char *why, size_t size)
{
	check(sends > 0 && sends <= URING_SENDS_MAX);
	struct uring *uring = check_alloc(calloc(1, sizeof *uring));
	int error = set_up(uring, sends);
	if (error != 0) {
		snprintf(why, size, "%s", refusal(error));
		free(uring);
		return NULL;
	}
	uring->sends_max = sends;
	uring->failed = trial_failed;
	const char *wrong = try_out(uring);
	if (wrong != NULL) {
		snprintf(why, size, "%s", wrong);
		uring_close(uring);
		return NULL;
	}
	uring->failed = failed;
	uring->host = host;
	return uring;
}

void uring_close(struct uring *uring)
{
	if (uring == NULL)
		return;
	io_uring_queue_exit(&uring->ring);
	free(uring);
}

#else

struct uring *uring_open(unsigned sends, uring_failed failed, void *host, char *why, size_t size)
{
	(void)sends;
	(void)failed;
	(void)host;
	snprintf(why, size, "it was built without liburing");
	return NULL;
}

void uring_close(struct uring *uring)
{
	check(uring == NULL);
}

unsigned uring_send_all(struct uring *uring, const struct uring_send *sends, unsigned count)
{
	(void)uring;
	(void)sends;
	(void)count;
	check(false);
	return 0;
}

#endif
