/* The ears of bench_hear: what each dialect says and counts, however the bytes are cut. The server is the other end of a socket
 * pair that takes what an ear says; what it answers is handed over piece by piece, as hall.c does. */
#include "bench/hear/ear.h"

#include "base/check.h"
#include "base/clock.h"
#include "boothcast/frame.h"
#include "boothcast/wire.h"
#include "fanout/muxer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FRAME_MS      20
#define PAYLOAD_BYTES 80
#define BYTES_MAX     8192

static const char upgraded[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/* An ear, the server's end of its socket, and what that is going to say. */
struct scene {
	struct ear ear;
	struct crowd crowd;
	int server;
	size_t size;
	uint8_t bytes[BYTES_MAX];
	char said[BYTES_MAX];    /* by the ear, since the last look; frames without their headers */
};

static struct scene *open_scene(const struct dialect *dialect)
{
	struct scene *s = check_alloc(calloc(1, sizeof *s));
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	s->ear = (struct ear){.cord.fd = pair[0], .frame_ms = FRAME_MS, .channel = 7};
	s->server = pair[1];
	s->crowd = (struct crowd){.dialect = dialect, .host = "localhost:1", .rendition = "standard", .now_us = clock_us()};
	ear_connected(&s->ear, &s->crowd);
	return s;
}

static void close_scene(struct scene *s)
{
	rest_keep(&s->ear.outer, NULL, 0);
	rest_keep(&s->ear.inner, NULL, 0);
	cord_close(&s->ear.cord);
	close(s->server);
	free(s);
}

/* What the ear has said since. */
static const char *said(struct scene *s)
{
	ssize_t size = recv(s->server, s->said, sizeof s->said - 1, 0);
	for (ssize_t i = 0; i < size; i++) {
		if (s->said[i] == '\0')
			s->said[i] = '.';
	}
	s->said[size > 0 ? size : 0] = '\0';
	return s->said;
}

static void put(struct scene *s, const void *bytes, size_t size)
{
	assert_true(s->size + size <= BYTES_MAX);
	memcpy(s->bytes + s->size, bytes, size);
	s->size += size;
}

static void put_frame(struct scene *s, unsigned opcode, const void *payload, size_t size)
{
	uint8_t head[4] = {(uint8_t)(0x80 | opcode), (uint8_t)(size < 126 ? size : 126), (uint8_t)(size >> 8), (uint8_t)size};
	put(s, head, size < 126 ? 2 : 4);
	put(s, payload, size);
}

static void put_text(struct scene *s, const char *text)
{
	put_frame(s, 1, text, strlen(text));
}

/* The ear takes all that was put, at most `cut` bytes at a time. */
static void hand_over(struct scene *s, size_t cut)
{
	size_t from = 0, to = 0;
	while (to < s->size && s->ear.state != EAR_GONE) {
		to = to + cut < s->size ? to + cut : s->size;
		uint8_t *piece = check_alloc(malloc(to - from)); /* so that a sanitizer sees a step too far */
		memcpy(piece, s->bytes + from, to - from);
		from += ear_take(&s->ear, &s->crowd, piece, to - from);
		free(piece);
	}
	assert_true(s->ear.state == EAR_GONE || from == s->size);
	s->size = 0;
}

static uint32_t newest(const struct scene *s)
{
	return (uint32_t)beat_at(FRAME_MS, s->crowd.now_us);
}

static size_t make_packet(uint8_t *to, uint32_t seq)
{
	struct wire_down header = {.label = LABEL_ORIGINAL, .stream = 1, .epoch = 1, .seq = seq};
	wire_put_down(to, &header);
	memset(to + WIRE_DOWN_HEADER, 37, PAYLOAD_BYTES);
	return WIRE_DOWN_HEADER + PAYLOAD_BYTES;
}

static void put_packet(struct scene *s, uint32_t seq)
{
	uint8_t packet[WIRE_DOWN_HEADER + PAYLOAD_BYTES];
	put_frame(s, 2, packet, make_packet(packet, seq));
}

static void assert_heard(const struct scene *s, unsigned packets, unsigned lost, unsigned doubled)
{
	assert_int_equal(s->ear.state, EAR_LISTENING);
	assert_int_equal(s->crowd.tally.packets, packets);
	assert_int_equal(s->crowd.tally.lost, lost);
	assert_int_equal(s->crowd.tally.doubled, doubled);
	assert_int_equal(s->crowd.tally.listening, 1);
}

/* ---- Boothcast ---- */

static void joins_and_listens(void **state)
{
	(void)state;
	struct scene *s = open_scene(&dialect_boothcast);
	assert_non_null(strstr(said(s), "GET /ws HTTP/1.1\r\n"));
	put(s, upgraded, sizeof upgraded - 1);
	hand_over(s, 1);
	assert_non_null(strstr(said(s), "{\"type\":\"join\",\"room\":\"hall1\""));
	put_text(s, "{\"type\":\"joined\"}");
	hand_over(s, 1);
	assert_non_null(strstr(said(s), "{\"type\":\"listen\",\"channel\":7,\"rendition\":\"standard\""));
	put_text(s, "{\"type\":\"listening\",\"frame_ms\":20}");
	put_packet(s, newest(s) - 1);
	put_packet(s, newest(s));
	hand_over(s, 3);
	assert_heard(s, 2, 0, 0);
	close_scene(s);
}

static void counts_what_is_lost_and_what_comes_again(void **state)
{
	(void)state;
	static const int numbers[] = {-9, -8, -5, -5, -6, -4};
	struct scene *s = open_scene(&dialect_boothcast);
	put(s, upgraded, sizeof upgraded - 1);
	put_text(s, "{\"type\":\"listening\",\"frame_ms\":20}");
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		put_packet(s, newest(s) + (uint32_t)numbers[i]);
	hand_over(s, BYTES_MAX);
	assert_heard(s, 6, 2, 2);
	assert_int_equal(s->crowd.tally.delays.total, 4);
	assert_in_range(s->crowd.tally.delays.max_us, 9 * FRAME_MS * 1000, 10 * FRAME_MS * 1000);
	close_scene(s);
}

static void says_why_it_was_refused(void **state)
{
	(void)state;
	struct scene *s = open_scene(&dialect_boothcast);
	put(s, upgraded, sizeof upgraded - 1);
	put_text(s, "{\"type\":\"error\",\"code\":\"no_room\",\"message\":\"There is none.\"}");
	hand_over(s, BYTES_MAX);
	assert_int_equal(s->ear.state, EAR_GONE);
	assert_string_equal(s->crowd.tally.reason, "no_room: There is none.");
	close_scene(s);
	s = open_scene(&dialect_plain);
	put(s, "HTTP/1.1 503 Busy\r\n\r\n", 21);
	hand_over(s, 2);
	assert_string_equal(s->crowd.tally.reason, "refused: HTTP/1.1 503 Busy");
	assert_int_equal(s->crowd.tally.gone, 1);
	close_scene(s);
}

/* ---- a plain broadcast ---- */

static void hears_at_once_and_answers_a_ping(void **state)
{
	(void)state;
	struct scene *s = open_scene(&dialect_plain);
	said(s);
	put(s, upgraded, sizeof upgraded - 1);
	put_packet(s, newest(s));
	put_frame(s, 9, "who", 3);
	hand_over(s, 5);
	assert_heard(s, 1, 0, 0);
	assert_non_null(strstr(said(s), "who"));
	assert_int_equal((uint8_t)s->said[0], 0x8a);
	close_scene(s);
}

/* ---- NATS ---- */

/* Its stream with three packets, as WebSocket messages of `cut` bytes. */
static void put_nats(struct scene *s, size_t cut)
{
	uint8_t stream[1024];
	size_t size = (size_t)sprintf((char *)stream, "INFO {}\r\nPONG\r\n");
	for (uint32_t i = 0; i < 3; i++) {
		size += (size_t)sprintf((char *)stream + size, "MSG bench 1 %d\r\n", WIRE_DOWN_HEADER + PAYLOAD_BYTES);
		size += make_packet(stream + size, newest(s) - 2 + i);
		size += (size_t)sprintf((char *)stream + size, "\r\n");
	}
	for (size_t from = 0; from < size; from += cut)
		put_frame(s, 2, stream + from, size - from < cut ? size - from : cut);
}

static void hears_nats_wherever_it_is_cut(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < 400; cut++) {
		struct scene *s = open_scene(&dialect_nats);
		said(s);
		put(s, upgraded, sizeof upgraded - 1);
		put_nats(s, cut);
		hand_over(s, 1 + cut % 7);
		assert_heard(s, 3, 0, 0);
		assert_non_null(strstr(said(s), "SUB bench 1\r\nPING\r\n"));
		assert_null(s->ear.inner.bytes);
		close_scene(s);
	}
}

static void answers_the_ping_of_nats_and_believes_no_length(void **state)
{
	(void)state;
	struct scene *s = open_scene(&dialect_nats);
	put(s, upgraded, sizeof upgraded - 1);
	hand_over(s, BYTES_MAX);
	said(s);
	put_frame(s, 2, "PING\r\n", 6);
	hand_over(s, BYTES_MAX);
	assert_non_null(strstr(said(s), "PONG\r\n"));
	put_frame(s, 2, "MSG bench 1 99999999\r\n", 22);
	hand_over(s, BYTES_MAX);
	assert_string_equal(s->crowd.tally.reason, "a MSG without a good length");
	close_scene(s);
}

/* ---- Icecast ---- */

static void put_page(void *user, const uint8_t *bytes, size_t size)
{
	put(user, bytes, size);
}

static void hears_icecast_wherever_it_is_cut(void **state)
{
	(void)state;
	static const uint8_t payload[PAYLOAD_BYTES] = {0x78};
	for (size_t cut = 1; cut < 300; cut += 7) {
		struct scene *s = open_scene(&dialect_icecast);
		struct muxer_options options = {.title = "bench", .language = "", .page = put_page, .user = s};
		assert_null(strstr(said(s), "Upgrade"));
		put(s, "HTTP/1.0 200 OK\r\nContent-Type: audio/ogg\r\n\r\n", 44);
		struct muxer *muxer = muxer_new(&options);
		int64_t beat = (int64_t)beat_at(FRAME_MS, s->crowd.now_us);
		for (int64_t i = -4; i <= 0; i++) {
			if (i != -2) /* one is missing */
				muxer_put(muxer, payload, sizeof payload, (beat + i + 1) * 960);
		}
		muxer_free(muxer);
		hand_over(s, cut);
		assert_heard(s, 4, 1, 0);
		close_scene(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_and_listens),
		cmocka_unit_test(counts_what_is_lost_and_what_comes_again),
		cmocka_unit_test(says_why_it_was_refused),
		cmocka_unit_test(hears_at_once_and_answers_a_ping),
		cmocka_unit_test(hears_nats_wherever_it_is_cut),
		cmocka_unit_test(answers_the_ping_of_nats_and_believes_no_length),
		cmocka_unit_test(hears_icecast_wherever_it_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
