/* A gateway with toy handlers, in the test's own thread, and clients on raw sockets beside it.
 *
 * Clients are blocking sockets with a short receive timeout; between their calls the rig turns the loop. Nothing here measures
 * time: waiting means turning the loop until something is true, and giving up after WAIT_MS.
 */
#ifndef TESTS_GATEWAY_RIG_H
#define TESTS_GATEWAY_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "boothcast/limits.h"
#include "boothcast/packet.h"
#include "gateway/gateway.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define WAIT_MS 10000
#define BUSY_TURNS 200 /* so many without a pause: most of what is awaited comes within them */
#define RIG_FILES 4096

struct rig {
	struct loop *loop;
	struct metrics *metrics;
	struct gateway *gateway;
	uint16_t port;
	uint8_t from; /* clients come from 127.0.0.from; 0: from 127.0.0.1, which has no limits */
	SSL_CTX *tls;        /* clients speak TLS with it; NULL: plain */
	SSL *ssl[RIG_FILES]; /* of each client's socket */

	/* WebSockets */
	struct conn *conn; /* the newest */
	unsigned opened, closed, writable;
	struct text texts; /* "[...]" for each */
	size_t text_size;  /* of the newest */
	unsigned binaries;
	size_t binary_size;   /* of the newest */
	uint8_t binary_sum;   /* of all bytes of the newest */
	const char *greeting; /* sent from `opened` */
	char origin[256], query[256], authorization[2048], peer[64];

	/* exchanges */
	struct exchange *ex; /* the newest */
	unsigned ex_opened, ex_closed, ex_writable, ex_ended;
	struct text body; /* of the newest */
	char method[8], path[256], type[128];
	int64_t length;
	size_t pause_after; /* bytes of body after which the handler pauses; 0: never */
	unsigned pauses;
};

static void *rig_conn_opened(void *host, struct conn *conn, const struct request *request)
{
	struct rig *rig = host;
	rig->conn = conn;
	rig->opened++;
	snprintf(rig->origin, sizeof rig->origin, "%s", request->origin);
	snprintf(rig->query, sizeof rig->query, "%s", request->query);
	snprintf(rig->peer, sizeof rig->peer, "%s", request->peer);
	snprintf(rig->authorization, sizeof rig->authorization, "%s", request->authorization);
	conn->user = rig;
	if (rig->greeting != NULL)
		conn->ops->send_text(conn, rig->greeting, strlen(rig->greeting));
	return rig;
}

static void rig_conn_text(struct conn *conn, const char *text, size_t size)
{
	struct rig *rig = conn->user;
	assert_int_equal(text[size], 0);
	rig->text_size = size;
	text_add(&rig->texts, "[");
	text_add_bytes(&rig->texts, text, size);
	text_add(&rig->texts, "]");
	if (size == 3 && memcmp(text, "bye", 3) == 0)
		conn->ops->close(conn, CLOSE_NORMAL, "bye");
}

static void rig_conn_binary(struct conn *conn, const uint8_t *bytes, size_t size)
{
	struct rig *rig = conn->user;
	rig->binaries++;
	rig->binary_size = size;
	rig->binary_sum = 0;
	for (size_t i = 0; i < size; i++)
		rig->binary_sum = (uint8_t)(rig->binary_sum + bytes[i]);
}

static void rig_conn_writable(struct conn *conn)
{
	((struct rig *)conn->user)->writable++;
}

static void rig_conn_closed(struct conn *conn)
{
	((struct rig *)conn->user)->closed++;
}

static const struct conn_handler rig_conns = {
	.opened = rig_conn_opened,
	.text = rig_conn_text,
	.binary = rig_conn_binary,
	.writable = rig_conn_writable,
	.closed = rig_conn_closed,
};

static void *rig_ex_opened(void *host, struct exchange *ex, const struct request *request)
{
	struct rig *rig = host;
	rig->ex = ex;
	rig->ex_opened++;
	text_clear(&rig->body);
	snprintf(rig->method, sizeof rig->method, "%s", request->method);
	snprintf(rig->path, sizeof rig->path, "%s", request->path);
	snprintf(rig->type, sizeof rig->type, "%s", request->content_type);
	snprintf(rig->authorization, sizeof rig->authorization, "%s", request->authorization);
	rig->length = request->content_length;
	if (strcmp(request->path, "/api/hello") == 0) {
		ex->ops->answer(ex, 200, "text/plain", "hello", 5, NULL);
	} else if (strcmp(request->path, "/api/big") == 0) {
		char *big = check_alloc(malloc(HTTP_ANSWER_MAX));
		memset(big, 'b', HTTP_ANSWER_MAX);
		ex->ops->answer(ex, 200, "text/plain", big, HTTP_ANSWER_MAX, NULL);
		free(big);
	} else if (strncmp(request->path, "/live/", 6) == 0) {
		ex->ops->begin(ex, 200, "audio/ogg");
	} else if (strcmp(request->path, "/ingest/hall/no") == 0) {
		ex->ops->answer(ex, 401, "text/plain", "no ticket", 9, "WWW-Authenticate: Basic realm=\"boothcast\"\r\n");
	}
	return rig;
}

static void rig_ex_body(struct exchange *ex, const uint8_t *bytes, size_t size)
{
	struct rig *rig = ex->user;
	assert_true(size > 0);
	text_add_bytes(&rig->body, (const char *)bytes, size);
	if (rig->pause_after > 0 && rig->body.size >= rig->pause_after) {
		rig->pauses++;
		rig->pause_after = 0;
		ex->ops->pause(ex, true);
	}
}

static void rig_ex_ended(struct exchange *ex)
{
	struct rig *rig = ex->user;
	char words[64];
	rig->ex_ended++;
	snprintf(words, sizeof words, "took %zu bytes", rig->body.size);
	ex->ops->answer(ex, 200, "text/plain", words, strlen(words), NULL);
}

static void rig_ex_writable(struct exchange *ex)
{
	((struct rig *)ex->user)->ex_writable++;
}

static void rig_ex_closed(struct exchange *ex)
{
	((struct rig *)ex->user)->ex_closed++;
}

static const struct exchange_handler rig_exchanges = {rig_ex_opened, rig_ex_body, rig_ex_ended, rig_ex_writable, rig_ex_closed};

/* Opens with these options filled in; connections_max, listen, web and the certificate may be set before. */
static inline void rig_open_with(struct rig *rig, struct gateway_options options)
{
	char error[512] = "";
	memset(rig, 0, sizeof *rig);
	rig->loop = loop_new();
	rig->metrics = metrics_new();
	text_init(&rig->texts, 1 << 20);
	text_init(&rig->body, 1 << 24);
	if (options.listen == NULL)
		options.listen = "127.0.0.1:0";
	options.conns = &rig_conns;
	options.exchanges = &rig_exchanges;
	options.host = rig;
	options.metrics = rig->metrics;
	if (gateway_open(&rig->gateway, rig->loop, &options, error, sizeof error) != 0)
		fail_msg("gateway_open: %s", error);
	rig->port = (uint16_t)atoi(strrchr(gateway_url(rig->gateway), ':') + 1);
}

/* A certificate for localhost and its key, in files of this folder. */
static inline void rig_make_certificate(const char *folder, char certificate[64], char key[64])
{
	char command[512];
	snprintf(certificate, 64, "%s/cert.pem", folder);
	snprintf(key, 64, "%s/key.pem", folder);
	snprintf(command, sizeof command,
		 "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost -keyout %s -out "
		 "%s "
		 "2>/dev/null",
		 key, certificate);
	assert_int_equal(system(command), 0);
}

static inline void rig_open(struct rig *rig)
{
	rig_open_with(rig, (struct gateway_options){0});
}

static inline void rig_close(struct rig *rig)
{
	gateway_close(rig->gateway, CLOSE_RESTARTING, "test over");
	assert_int_equal(rig->opened, rig->closed);
	assert_int_equal(rig->ex_opened, rig->ex_closed);
	for (int fd = 0; fd < RIG_FILES; fd++)
		SSL_free(rig->ssl[fd]);
	SSL_CTX_free(rig->tls);
	text_free(&rig->texts);
	text_free(&rig->body);
	metrics_free(rig->metrics);
	loop_free(rig->loop);
}

static inline void rig_turn(struct rig *rig)
{
	loop_run_once(rig->loop);
}

/* One turn while something is awaited, the `turns`-th of them; who waits long leaves the processor to others. */
static inline void rig_turn_waiting(struct rig *rig, unsigned turns)
{
	if (turns > BUSY_TURNS)
		usleep(500);
	rig_turn(rig);
}

/* Turns the loop some more, for what must not happen. */
static inline void rig_settle(struct rig *rig)
{
	for (int i = 0; i < 30; i++) {
		rig_turn(rig);
		usleep(1000);
	}
}

#define rig_until(rig, condition)                                                                                                  \
	do {                                                                                                                       \
		uint64_t give_up_us = clock_us() + WAIT_MS * 1000;                                                                 \
		for (unsigned turns = 0; !(condition); turns++) {                                                                  \
			rig_turn_waiting(rig, turns);                                                                              \
			if (clock_us() > give_up_us)                                                                               \
				fail_msg("waited in vain for %s", #condition);                                                     \
		}                                                                                                                  \
	} while (0)

/* A number of the metrics text, such as `boothcast_connections`; -1 when it is not there. */
static inline double rig_metric(struct rig *rig, const char *name)
{
	struct text all;
	double value = -1;
	text_init(&all, 1 << 20);
	metrics_write(rig->metrics, &all);
	size_t length = strlen(name);
	for (const char *line = all.at; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) == 0 && line[length] == ' ')
			value = atof(line + length);
	}
	text_free(&all);
	return value;
}

/* ---- clients ---- */

static inline void rig_secure(struct rig *rig, int fd)
{
	uint64_t give_up_us = clock_us() + WAIT_MS * 1000;
	assert_true(fd < RIG_FILES);
	SSL_free(rig->ssl[fd]);
	rig->ssl[fd] = SSL_new(rig->tls);
	SSL_set_fd(rig->ssl[fd], fd);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int done; (done = SSL_connect(rig->ssl[fd])) != 1;) {
		int error = SSL_get_error(rig->ssl[fd], done);
		if ((error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) || clock_us() > give_up_us)
			fail_msg("no TLS: %d", error);
		rig_turn(rig);
	}
}

/* recv() and send(), through TLS where the rig speaks it. */
static inline ssize_t rig_recv(struct rig *rig, int fd, void *to, size_t size)
{
	if (rig->tls == NULL)
		return recv(fd, to, size, MSG_DONTWAIT);
	int n = SSL_read(rig->ssl[fd], to, (int)size);
	if (n > 0)
		return n;
	int error = SSL_get_error(rig->ssl[fd], n);
	if (error == SSL_ERROR_SSL)
		fail_msg("what came is no TLS");
	if (error == SSL_ERROR_WANT_READ)
		errno = EAGAIN;
	return error == SSL_ERROR_WANT_READ ? -1 : 0;
}

static inline ssize_t rig_put(struct rig *rig, int fd, const void *bytes, size_t size)
{
	if (rig->tls == NULL)
		return send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	int n = SSL_write(rig->ssl[fd], bytes, (int)size);
	if (n <= 0)
		errno = SSL_get_error(rig->ssl[fd], n) == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
	return n;
}

static inline int rig_connect(struct rig *rig)
{
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(rig->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	if (rig->from != 0) {
		struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000u + rig->from)};
		assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
	}
	assert_int_equal(connect(fd, (struct sockaddr *)&where, sizeof where), 0);
	if (rig->tls != NULL)
		rig_secure(rig, fd);
	return fd;
}

/* Sends all, turning the loop when the socket is full. */
static inline void rig_send(struct rig *rig, int fd, const void *bytes, size_t size)
{
	const char *at = bytes;
	uint64_t give_up_us = clock_us() + WAIT_MS * 1000;
	while (size > 0) {
		ssize_t n = rig_put(rig, fd, at, size);
		if (n > 0) {
			at += n;
			size -= (size_t)n;
		} else if (errno != EAGAIN) {
			return; /* the other end has closed: the test sees that in what it receives */
		}
		rig_turn(rig);
		if (clock_us() > give_up_us)
			fail_msg("nobody takes what is sent");
	}
}

static inline void rig_say(struct rig *rig, int fd, const char *words)
{
	rig_send(rig, fd, words, strlen(words));
}

/* One recv() with the loop turning: bytes, 0 at the end of the connection (or a reset). */
static inline size_t rig_receive(struct rig *rig, int fd, void *to, size_t size)
{
	uint64_t give_up_us = clock_us() + WAIT_MS * 1000;
	for (unsigned turns = 0;; turns++) {
		ssize_t n = rig_recv(rig, fd, to, size);
		if (n >= 0)
			return (size_t)n;
		if (errno != EAGAIN)
			return 0;
		rig_turn_waiting(rig, turns);
		if (clock_us() > give_up_us)
			fail_msg("nothing comes");
	}
}

static inline void rig_receive_all(struct rig *rig, int fd, void *to, size_t size)
{
	for (size_t done = 0; done < size;) {
		size_t n = rig_receive(rig, fd, (char *)to + done, size - done);
		if (n == 0)
			fail_msg("the connection ended");
		done += n;
	}
}

/* Everything until the connection ends. The caller frees. */
static inline char *rig_receive_to_end(struct rig *rig, int fd)
{
	struct text all;
	char piece[4096];
	text_init(&all, 1 << 24);
	for (size_t n; (n = rig_receive(rig, fd, piece, sizeof piece)) > 0;)
		text_add_bytes(&all, piece, n);
	return all.at;
}

/* One answer: head and body by its Content-Length. The caller frees. */
static inline char *rig_receive_answer(struct rig *rig, int fd, bool body)
{
	struct text all;
	char c;
	text_init(&all, 1 << 24);
	while (strstr(all.at, "\r\n\r\n") == NULL) {
		if (rig_receive(rig, fd, &c, 1) == 0)
			fail_msg("the connection ended in a head: %s", all.at);
		text_add_bytes(&all, &c, 1);
	}
	const char *length = strstr(all.at, "Content-Length: ");
	for (long left = body && length != NULL ? atol(length + 16) : 0; left > 0; left--) {
		rig_receive_all(rig, fd, &c, 1);
		text_add_bytes(&all, &c, 1);
	}
	return all.at;
}

/* A packet that is for this connection alone, with PACKET_HEADROOM bytes in front. */
static inline enum sent rig_give(struct conn *conn, uint8_t *message, size_t size)
{
	wire_put_frame(message, size, WIRE_FRAME_BINARY);
	size_t header = wire_frame_header(size);
	return conn->ops->send_run(conn, message - header, header + size, 1);
}

/* A request on a connection of its own; the whole answer. The caller frees. */
static inline char *rig_ask(struct rig *rig, const char *request)
{
	int fd = rig_connect(rig);
	rig_say(rig, fd, request);
	char *answer = rig_receive_to_end(rig, fd);
	close(fd);
	return answer;
}

static inline void assert_answer(const char *answer, const char *begins)
{
	if (strncmp(answer, begins, strlen(begins)) != 0)
		fail_msg("expected %s, got: %.200s", begins, answer);
}

static inline void assert_contains(const char *all, const char *part)
{
	if (strstr(all, part) == NULL)
		fail_msg("expected %s in: %.1500s", part, all);
}

/* Runs a command beside the loop; its exit status. */
static inline int rig_run_beside(struct rig *rig, const char *command)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
	pid_t pid;
	int status = -1;
	uint64_t give_up_us = clock_us() + 60 * 1000000u;
	assert_int_equal(posix_spawnp(&pid, "sh", NULL, NULL, argv, environ), 0);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		rig_turn(rig);
		usleep(500);
		if (clock_us() > give_up_us) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			fail_msg("%s does not end", command);
		}
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- WebSocket clients ---- */

#define RIG_HANDSHAKE                                                                                                              \
	"GET /ws HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"             \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: boothcast.v1\r\n\r\n"

static inline int rig_ws(struct rig *rig)
{
	unsigned before = rig->opened;
	int fd = rig_connect(rig);
	rig_say(rig, fd, RIG_HANDSHAKE);
	char *answer = rig_receive_answer(rig, fd, false);
	assert_answer(answer, "HTTP/1.1 101 ");
	assert_contains(answer, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
	assert_contains(answer, "Sec-WebSocket-Protocol: boothcast.v1\r\n");
	assert_null(strstr(answer, "Sec-WebSocket-Extensions"));
	free(answer);
	rig_until(rig, rig->opened == before + 1);
	return fd;
}

/* One masked frame; `first` is the first byte, with FIN and opcode. */
static inline void rig_frame(struct rig *rig, int fd, uint8_t first, const void *payload, size_t size)
{
	uint8_t frame[14 + 8192] = {first};
	size_t n = 2;
	assert_true(size <= 8192);
	if (size < 126) {
		frame[1] = (uint8_t)(0x80 | size);
	} else {
		frame[1] = 0x80 | 126;
		frame[2] = (uint8_t)(size >> 8);
		frame[3] = (uint8_t)size;
		n = 4;
	}
	const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
	memcpy(frame + n, mask, 4);
	n += 4;
	for (size_t i = 0; i < size; i++)
		frame[n + i] = ((const uint8_t *)payload)[i] ^ mask[i & 3];
	rig_send(rig, fd, frame, n + size);
}

#define FIN 0x80
#define OP_MORE 0x00
#define OP_TEXT 0x01
#define OP_BINARY 0x02
#define OP_CLOSE 0x08
#define OP_PING 0x09
#define OP_PONG 0x0a

struct rig_message {
	uint8_t first; /* 0 when the connection ended */
	size_t size;
	uint8_t bytes[70000];
};

/* The next frame from the server; never masked. */
static inline void rig_next(struct rig *rig, int fd, struct rig_message *message)
{
	uint8_t head[2], more[8];
	memset(message, 0, offsetof(struct rig_message, bytes));
	if (rig_receive(rig, fd, head, 1) == 0)
		return;
	rig_receive_all(rig, fd, head + 1, 1);
	message->first = head[0];
	message->size = head[1];
	assert_true(head[1] < 128);
	if (head[1] == 126) {
		rig_receive_all(rig, fd, more, 2);
		message->size = (size_t)more[0] << 8 | more[1];
	} else if (head[1] == 127) {
		rig_receive_all(rig, fd, more, 8);
		message->size = 0;
		for (int i = 0; i < 8; i++)
			message->size = message->size << 8 | more[i];
	}
	assert_true(message->size < sizeof message->bytes);
	rig_receive_all(rig, fd, message->bytes, message->size);
	message->bytes[message->size] = 0;
}

static inline void assert_text(const struct rig_message *message, const char *text)
{
	assert_int_equal(message->first, FIN | OP_TEXT);
	assert_string_equal((const char *)message->bytes, text);
}

static inline void assert_close(const struct rig_message *message, int code)
{
	assert_int_equal(message->first, FIN | OP_CLOSE);
	assert_true(message->size >= 2);
	assert_int_equal(message->bytes[0] << 8 | message->bytes[1], code);
}

#endif
