/* bare: the yardstick. The cheapest plain server that a careful person writes without a library: every 20 ms one packet, already
 * framed, by one send() to every listener, one after the other. Nothing is encoded, queued, retried or checked.
 *
 *   accept -> upgrade -> join -> listen          (canned answers, so that boothcast bench can talk to it)
 *   timer  -> next number into the packet -> send() to all who listen
 *
 * `bare ring` hands the sends to io_uring instead, RING_SENDS in one system call; `bare ring N` takes another number of them, and
 * `bare ring N fixed` has the sockets registered with the ring. `bare tls CERTIFICATE KEY` writes with OpenSSL, one SSL_write() for
 * each.
 *
 * Who uses it: tests/bench/run, for the ratio. It prints "listening on http://127.0.0.1:PORT" and runs until it is ended by a
 * signal. It believes its client: a request comes in one piece, the key is that of the example in RFC 6455, the mask is zero.
 */
#include "base/clock.h"
#include "boothcast/frame.h"
#include "boothcast/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#ifdef BOOTHCAST_URING
#include <liburing.h>
#endif

#define FRAME_MS      20
#define PAYLOAD_BYTES 80  /* 20 ms of Opus at 32 kbit/s */
#define MESSAGE_BYTES (WIRE_DOWN_HEADER + PAYLOAD_BYTES)
#define PACKET_BYTES  (2 + MESSAGE_BYTES) /* with the frame's header */
#define EVENTS_MAX    256
#define FILES_MAX     65536
#define RING_SENDS    256

static const char upgraded[] =
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: " WIRE_SUBPROTOCOL "\r\n\r\n";

struct bare {
	int epoll, door, timer;
	int listener[FILES_MAX];  /* sockets of those who listen, dense */
	unsigned listeners;
	uint64_t beat, refused;   /* sends that the kernel did not take */
	uint8_t packet[PACKET_BYTES];
#ifdef BOOTHCAST_URING
	struct io_uring ring;
#endif
	unsigned ring_sends;      /* 0: no ring */
	SSL_CTX *context;         /* NULL: plain */
	SSL *tls[FILES_MAX];      /* by socket */
	bool fixed;               /* sockets are registered, each under its own number */
};

static void die(const char *what)
{
	fprintf(stderr, "bare: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void watch(struct bare *bare, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	if (epoll_ctl(bare->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		die("epoll");
}

static void open_door(struct bare *bare)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	bare->door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (bind(bare->door, (struct sockaddr *)&address, size) != 0 || listen(bare->door, 1024) != 0 ||
	    getsockname(bare->door, (struct sockaddr *)&address, &size) != 0)
		die("listen");
	watch(bare, bare->door);
	printf("listening on http%s://127.0.0.1:%u\n", bare->context != NULL ? "s" : "", ntohs(address.sin_port));
	fflush(stdout);
}

static void start_timer(struct bare *bare)
{
	bare->beat = beat_at(FRAME_MS, clock_us());
	uint64_t wait_ns = (beat_due_us(FRAME_MS, bare->beat + 1) - clock_us()) * 1000;
	struct itimerspec every = {.it_value.tv_nsec = (long)wait_ns + 1, .it_interval.tv_nsec = FRAME_MS * 1000000};
	bare->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	if (timerfd_settime(bare->timer, 0, &every, NULL) != 0)
		die("timer");
	watch(bare, bare->timer);
}

static void make_packet(struct bare *bare)
{
	bare->packet[0] = 0x82; /* final, binary (RFC 6455, 5.2) */
	bare->packet[1] = MESSAGE_BYTES;
	for (unsigned i = 0; i < PAYLOAD_BYTES; i++)
		bare->packet[2 + WIRE_DOWN_HEADER + i] = (uint8_t)(i * 37);
}

/* ---- by io_uring ---- */

#ifdef BOOTHCAST_URING

static void open_ring(struct bare *bare)
{
	unsigned flags = IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
	int error = io_uring_queue_init(bare->ring_sends, &bare->ring, flags);
	if (error == 0 && bare->fixed)
		error = io_uring_register_files_sparse(&bare->ring, FILES_MAX / 4);
	errno = -error;
	if (error != 0)
		die("io_uring");
}

static void submit(struct bare *bare)
{
	struct io_uring_cqe *cqe;
	unsigned head, count = 0;
	if (io_uring_submit(&bare->ring) < 0)
		die("io_uring");
	io_uring_for_each_cqe(&bare->ring, head, cqe)
		count++;
	io_uring_cq_advance(&bare->ring, count);
	bare->refused += count;
}

static void ring_beat(struct bare *bare)
{
	for (unsigned i = 0; i < bare->listeners; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&bare->ring);
		io_uring_prep_send(sqe, bare->listener[i], bare->packet, PACKET_BYTES, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_WAITALL);
		sqe->flags = IOSQE_CQE_SKIP_SUCCESS | (bare->fixed ? IOSQE_FIXED_FILE : 0);
		if (io_uring_sq_space_left(&bare->ring) == 0)
			submit(bare);
	}
	submit(bare);
}

static void register_socket(struct bare *bare, int fd, int file)
{
	if (bare->fixed && io_uring_register_files_update(&bare->ring, (unsigned)fd, &file, 1) < 0)
		die("io_uring files");
}

#else

static void open_ring(struct bare *bare)
{
	(void)bare;
	errno = ENOSYS;
	die("built without liburing");
}

static void ring_beat(struct bare *bare)
{
	(void)bare;
}

static void register_socket(struct bare *bare, int fd, int file)
{
	(void)bare;
	(void)fd;
	(void)file;
}

#endif

/* ---- with or without TLS ---- */

static void open_tls(struct bare *bare, const char *certificate, const char *key)
{
	bare->context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_mode(bare->context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_ciphersuites(bare->context, "TLS_AES_128_GCM_SHA256");
	if (SSL_CTX_use_certificate_chain_file(bare->context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(bare->context, key, SSL_FILETYPE_PEM) != 1)
		die("certificate");
}

static ssize_t put(struct bare *bare, int fd, const void *bytes, size_t size)
{
	if (bare->context == NULL)
		return send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	return SSL_write(bare->tls[fd], bytes, (int)size);
}

/* As recv(); the handshake is done by the first reads. */
static ssize_t get(struct bare *bare, int fd, void *to, size_t size)
{
	if (bare->context == NULL)
		return recv(fd, to, size, 0);
	ERR_clear_error();
	int got = SSL_read(bare->tls[fd], to, (int)size);
	if (got <= 0 && SSL_get_error(bare->tls[fd], got) == SSL_ERROR_WANT_READ)
		errno = EAGAIN;
	else if (got <= 0)
		errno = ECONNRESET;
	return got;
}

static void begin_tls(struct bare *bare, int fd)
{
	if (bare->context == NULL || fd >= FILES_MAX)
		return;
	bare->tls[fd] = SSL_new(bare->context);
	SSL_set_fd(bare->tls[fd], fd);
	SSL_set_accept_state(bare->tls[fd]);
}

/* The whole of it. */
static void send_beat(struct bare *bare)
{
	struct wire_down header = {.label = LABEL_ORIGINAL, .stream = 1, .epoch = 1, .seq = (uint32_t)++bare->beat};
	wire_put_down(bare->packet + 2, &header);
	if (bare->ring_sends > 0) {
		ring_beat(bare);
		return;
	}
	for (unsigned i = 0; i < bare->listeners; i++) {
		if (put(bare, bare->listener[i], bare->packet, PACKET_BYTES) != PACKET_BYTES)
			bare->refused++;
	}
}

static void beat_due(struct bare *bare)
{
	uint64_t ticks;
	if (read(bare->timer, &ticks, sizeof ticks) != sizeof ticks)
		return;
	while (bare->beat < beat_at(FRAME_MS, clock_us()))
		send_beat(bare);
}

static void let_in(struct bare *bare)
{
	static const int one = 1;
	for (int fd; (fd = accept4(bare->door, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		begin_tls(bare, fd);
		watch(bare, fd);
	}
}

static void say(struct bare *bare, int fd, const char *text)
{
	uint8_t frame[2 + 512] = {0x81};
	size_t size = strlen(text), header = size < 126 ? 2 : 4;
	frame[1] = size < 126 ? (uint8_t)size : 126;
	if (header == 4) {
		frame[2] = (uint8_t)(size >> 8);
		frame[3] = (uint8_t)size;
	}
	memcpy(frame + header, text, size);
	put(bare, fd, frame, header + size);
}

static void begin_listening(struct bare *bare, int fd)
{
	char text[256];
	uint64_t next = bare->beat + 1;
	snprintf(text, sizeof text,
		 "{\"type\":\"listening\",\"channel\":1,\"stream\":1,\"epoch\":1,\"seq\":%llu,\"frame_ms\":%d,\"server_us\":%llu}",
		 (unsigned long long)(uint32_t)next, FRAME_MS, (unsigned long long)beat_due_us(FRAME_MS, next));
	say(bare, fd, text);
	register_socket(bare, fd, fd);
	if (bare->listeners < FILES_MAX)
		bare->listener[bare->listeners++] = fd;
}

static void leave(struct bare *bare, int fd)
{
	for (unsigned i = 0; i < bare->listeners; i++) {
		if (bare->listener[i] == fd)
			bare->listener[i] = bare->listener[--bare->listeners];
	}
	register_socket(bare, fd, -1);
	if (bare->context != NULL)
		SSL_free(bare->tls[fd]);
	close(fd);
}

static void heard(struct bare *bare, int fd)
{
	char bytes[4096];
	ssize_t size = get(bare, fd, bytes, sizeof bytes);
	if (size < 0 && errno == EAGAIN)
		return;
	if (size <= 0)
		leave(bare, fd);
	else if (memcmp(bytes, "GET ", size < 4 ? (size_t)size : 4) == 0)
		put(bare, fd, upgraded, sizeof upgraded - 1);
	else if (memmem(bytes, (size_t)size, "\"join\"", 6) != NULL)
		say(bare, fd, "{\"type\":\"joined\"}");
	else if (memmem(bytes, (size_t)size, "\"listen\"", 8) != NULL)
		begin_listening(bare, fd);
}

static void happened(struct bare *bare, int fd)
{
	if (fd == bare->timer)
		beat_due(bare);
	else if (fd == bare->door)
		let_in(bare);
	else
		heard(bare, fd);
}

static void take_options(struct bare *bare, int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "tls") == 0)
		open_tls(bare, argv[2], argv[3]);
	if (argc < 2 || strcmp(argv[1], "ring") != 0)
		return;
	bare->ring_sends = argc > 2 ? (unsigned)atoi(argv[2]) : RING_SENDS;
	bare->fixed = argc > 3 && strcmp(argv[3], "fixed") == 0;
	open_ring(bare);
}

int main(int argc, char **argv)
{
	struct rlimit files;
	struct bare *bare = calloc(1, sizeof *bare);
	signal(SIGPIPE, SIG_IGN);
	if (bare == NULL || getrlimit(RLIMIT_NOFILE, &files) != 0)
		die("start");
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	bare->epoll = epoll_create1(0);
	take_options(bare, argc, argv);
	make_packet(bare);
	open_door(bare);
	start_timer(bare);
	for (;;) {
		struct epoll_event event[EVENTS_MAX];
		int count = epoll_wait(bare->epoll, event, EVENTS_MAX, -1);
		for (int i = 0; i < count; i++)
			happened(bare, event[i].data.fd);
	}
}
