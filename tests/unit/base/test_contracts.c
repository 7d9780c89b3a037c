/* What two parties agree on: the words of errors, the bytes of both headers, the media clock. */
#include "boothcast/frame.h"
#include "boothcast/status.h"
#include "boothcast/wire.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_status_is_complete(void **state)
{
	(void)state;
	for (int i = 0; i < STATUS_COUNT; i++) {
		const char *word = status_word((enum status)i), *sentence = status_sentence((enum status)i);
		size_t length = strlen(sentence);
		for (const char *c = word; *c != '\0'; c++)
			assert_true(islower((unsigned char)*c) || *c == '_');
		assert_true(length > 10 && length < 120); /* also fits in a close reason */
		assert_true(isupper((unsigned char)sentence[0]) && sentence[length - 1] == '.');
		assert_in_range(status_http((enum status)i), 200, 599);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(word, status_word((enum status)k));
	}
}

/* boothcast/PROTOCOL.md, "WebSocket": close codes and their meaning. */
static void close_codes_are_the_protocols(void **state)
{
	(void)state;
	static const enum status refused[] = {STATUS_BAD_TICKET, STATUS_TICKET_EXPIRED,  STATUS_TICKET_NEEDED,
					      STATUS_BAD_ORIGIN, STATUS_TOO_MANY_ERRORS, STATUS_DISPLACED};
	static const enum status open[] = {STATUS_BAD_JSON,    STATUS_BAD_FIELD, STATUS_UNKNOWN_TYPE, STATUS_JOIN_FIRST,
					   STATUS_NOT_ALLOWED, STATUS_NO_ROOM,   STATUS_TAKEN,        STATUS_BAD_HEADER,
					   STATUS_BAD_OPUS,    STATUS_BAD_PCM,   STATUS_BAD_SEQUENCE, STATUS_SKIPPED,
					   STATUS_TOO_FAST};
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		assert_int_equal(status_close_code(refused[i]), 1008);
	for (size_t i = 0; i < sizeof open / sizeof *open; i++)
		assert_int_equal(status_close_code(open[i]), CLOSE_NONE);
	assert_int_equal(status_close_code(STATUS_RESTARTING), 1012);
	assert_int_equal(status_close_code(STATUS_TOO_SLOW), 1013);
	assert_int_equal(status_http(STATUS_TICKET_NEEDED), 401);
	assert_int_equal(status_http(STATUS_BAD_FORMAT), 415);
	assert_int_equal(status_http(STATUS_TAKEN), 409);
}

static void header_down(void **state)
{
	(void)state;
	const struct wire_down out = {.flags = WIRE_SILENCE | WIRE_HISTORY,
				      .label = LABEL_EMERGENCY,
				      .stream = 0x1234,
				      .epoch = 0x89abcdef,
				      .seq = 0xfedcba98};
	const uint8_t expected[WIRE_DOWN_HEADER] = {1, 0x4c, 0x12, 0x34, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98};
	uint8_t bytes[WIRE_DOWN_HEADER];
	struct wire_down in;
	wire_put_down(bytes, &out);
	assert_memory_equal(bytes, expected, sizeof bytes);
	assert_true(wire_get_down(bytes, sizeof bytes, &in));
	assert_int_equal(in.flags, out.flags);
	assert_int_equal(in.label, out.label);
	assert_int_equal(in.stream, out.stream);
	assert_int_equal(in.epoch, out.epoch);
	assert_int_equal(in.seq, out.seq);
	assert_false(wire_get_down(bytes, sizeof bytes - 1, &in));
	bytes[0] = 2;
	assert_false(wire_get_down(bytes, sizeof bytes, &in));
}

static void header_up(void **state)
{
	(void)state;
	const struct wire_up out = {
		.flags = WIRE_DISCONTINUITY, .stream = 0xfffe, .seq = 7, .captured_us = UINT64_C(0x0102030405060708)};
	const uint8_t expected[WIRE_UP_HEADER] = {1, 1, 0xff, 0xfe, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t bytes[WIRE_UP_HEADER];
	struct wire_up in;
	wire_put_up(bytes, &out);
	assert_memory_equal(bytes, expected, sizeof bytes);
	assert_true(wire_get_up(bytes, sizeof bytes, &in));
	assert_int_equal(in.flags, out.flags);
	assert_int_equal(in.stream, out.stream);
	assert_int_equal(in.seq, out.seq);
	assert_int_equal(in.captured_us, out.captured_us);
	assert_false(wire_get_up(bytes, sizeof bytes - 1, &in));
	assert_false(wire_get_up(bytes, 0, &in));
	bytes[0] = 0;
	assert_false(wire_get_up(bytes, sizeof bytes, &in));
}

static void numbers_on_a_circle(void **state)
{
	(void)state;
	assert_int_equal(wire_seq_distance(5, 3), 2);
	assert_int_equal(wire_seq_distance(3, 5), -2);
	assert_int_equal(wire_seq_distance(1, 0xffffffff), 2);
	assert_int_equal(wire_seq_distance(0xffffffff, 1), -2);
}

static void beats_and_times(void **state)
{
	(void)state;
	for (unsigned frame_ms = 10; frame_ms <= 20; frame_ms += 10) {
		for (uint64_t beat = 0; beat < 5000000000u; beat += 123456789) {
			uint64_t due = beat_due_us(frame_ms, beat);
			assert_int_equal(beat_at(frame_ms, due), beat);
			assert_int_equal(beat_at(frame_ms, due + frame_ms * 1000 - 1), beat);
			if (beat > 0)
				assert_int_equal(beat_at(frame_ms, due - 1), beat - 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_is_complete),
		cmocka_unit_test(close_codes_are_the_protocols),
		cmocka_unit_test(header_down),
		cmocka_unit_test(header_up),
		cmocka_unit_test(numbers_on_a_circle),
		cmocka_unit_test(beats_and_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
