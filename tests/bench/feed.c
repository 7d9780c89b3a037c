/* bench_feed: what the rivals broadcast. Boothcast and the bare loops have a media clock of their own; Icecast and NATS are fed:
 *
 *   due beat -> one Opus packet of 80 bytes --> a page of Ogg                        --PUT--> Icecast
 *                                          \--> 12 bytes in front, as Boothcast's   --PUB--> NATS
 *
 * It goes by the same media clock (boothcast/frame.h), so that listeners read the number of the beat in each packet: of a page,
 * from its granule position. The packet is that of a tone, encoded once, and always the same: servers do not look into it.
 *
 * Used by tests/bench/run. Prints "feeding" when it was let in, and feeds until it is ended by a signal. It believes the server.
 */
#include "base/clock.h"
#include "boothcast/frame.h"
#include "boothcast/wire.h"
#include "fanout/muxer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <opus.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MS      20
#define FRAME_SAMPLES 960
#define PAYLOAD_BYTES 80 /* 20 ms of Opus at 32 kbit/s */
#define BITRATE       (PAYLOAD_BYTES * 8 * 1000 / FRAME_MS)
#define TONE_HZ       500.0
#define PRE_SKIP      312

struct feed {
	int fd;
	uint8_t payload[PAYLOAD_BYTES];
	struct muxer *muxer; /* NULL: not Icecast */
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench_feed: %s\n", what);
	exit(1);
}

static void make_payload(struct feed *feed)
{
	float sample[FRAME_SAMPLES];
	int error, size = 0;
	OpusEncoder *encoder = opus_encoder_create(RATE_HZ, 1, OPUS_APPLICATION_VOIP, &error);
	if (encoder == NULL)
		die("no encoder");
	opus_encoder_ctl(encoder, OPUS_SET_BITRATE(BITRATE));
	opus_encoder_ctl(encoder, OPUS_SET_VBR(0));
	for (int i = 0; i < FRAME_SAMPLES; i++)
		sample[i] = (float)(0.25 * sin(2 * M_PI * TONE_HZ * i / RATE_HZ));
	size = opus_encode_float(encoder, sample, FRAME_SAMPLES, feed->payload, PAYLOAD_BYTES);
	opus_encoder_destroy(encoder);
	if (size != PAYLOAD_BYTES)
		die("a packet of another size");
}

/* ---- the connection ---- */

static void dial(struct feed *feed, const char *port)
{
	static const int one = 1;
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)atoi(port))};
	feed->fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(feed->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(feed->fd, (struct sockaddr *)&address, sizeof address) != 0)
		die(strerror(errno));
}

static void put(struct feed *feed, const void *bytes, size_t size)
{
	if (send(feed->fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
		die("the server takes no more");
}

static void expect(struct feed *feed, const char *word)
{
	char answer[4096];
	ssize_t size = recv(feed->fd, answer, sizeof answer - 1, 0);
	if (size <= 0)
		die("the server ended the connection");
	answer[size] = '\0';
	if (strstr(answer, word) == NULL)
		die(answer);
}

/* ---- Icecast ---- */

static void put_page(void *user, const uint8_t *bytes, size_t size)
{
	put(user, bytes, size);
}

/* The password is that of the settings which tests/bench/lib/rivals.mjs writes: source, bench. */
static void begin_icecast(struct feed *feed)
{
	static const char request[] = "PUT /bench.opus HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic c291cmNlOmJlbmNo\r\n"
				      "Content-Type: audio/ogg\r\n\r\n";
	struct muxer_options options = {.title = "bench", .language = "", .pre_skip = PRE_SKIP, .page = put_page, .user = feed};
	put(feed, request, sizeof request - 1);
	expect(feed, "200 OK");
	feed->muxer = muxer_new(&options);
}

/* ---- NATS ---- */

static void begin_nats(struct feed *feed)
{
	static const char words[] = "CONNECT {\"verbose\":false}\r\nPING\r\n";
	expect(feed, "INFO");
	put(feed, words, sizeof words - 1);
	expect(feed, "PONG");
}

static void publish(struct feed *feed, uint64_t beat)
{
	uint8_t message[64 + WIRE_DOWN_HEADER + PAYLOAD_BYTES];
	struct wire_down header = {.label = LABEL_ORIGINAL, .stream = 1, .epoch = 1, .seq = (uint32_t)beat};
	int head = snprintf((char *)message, 64, "PUB bench %d\r\n", WIRE_DOWN_HEADER + PAYLOAD_BYTES);
	uint8_t *end = message + head;
	wire_put_down(end, &header);
	memcpy(end + WIRE_DOWN_HEADER, feed->payload, PAYLOAD_BYTES);
	end += WIRE_DOWN_HEADER + PAYLOAD_BYTES;
	memcpy(end, "\r\n", 2);
	put(feed, message, (size_t)(end + 2 - message));
}

/* It asks from time to time whether anybody is there. */
static void answer_ping(struct feed *feed)
{
	char text[512];
	ssize_t size = recv(feed->fd, text, sizeof text, MSG_DONTWAIT);
	if (size == 0)
		die("the server ended the connection");
	if (size > 0 && memmem(text, (size_t)size, "PING", 4) != NULL)
		put(feed, "PONG\r\n", 6);
}

/* ---- the beat ---- */

static void feed_beat(struct feed *feed, uint64_t beat)
{
	if (feed->muxer != NULL) {
		muxer_put(feed->muxer, feed->payload, PAYLOAD_BYTES, (int64_t)(beat + 1) * FRAME_SAMPLES);
		return;
	}
	answer_ping(feed);
	publish(feed, beat);
}

static void wait_for(uint64_t due_us)
{
	uint64_t now_us = clock_us(), wait_us = due_us > now_us ? due_us - now_us : 0;
	struct timespec pause = {.tv_nsec = (long)wait_us * 1000};
	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

int main(int argc, char **argv)
{
	struct feed feed = {0};
	bool icecast = argc == 3 && strcmp(argv[1], "icecast") == 0;
	if (argc != 3 || (!icecast && strcmp(argv[1], "nats") != 0))
		die("write bench_feed icecast PORT, or bench_feed nats PORT");
	make_payload(&feed);
	dial(&feed, argv[2]);
	(icecast ? begin_icecast : begin_nats)(&feed);
	puts("feeding");
	fflush(stdout);
	for (uint64_t beat = beat_at(FRAME_MS, clock_us());; beat++) {
		wait_for(beat_due_us(FRAME_MS, beat));
		feed_beat(&feed, beat);
	}
}
