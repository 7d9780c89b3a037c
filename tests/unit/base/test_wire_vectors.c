/* The golden vectors of the binary headers (include/boothcast/vectors/headers.json) through wire.h, in both directions. */
#include "boothcast/limits.h"
#include "boothcast/wire.h"
#include "unit/vectors.h"

#include <stdlib.h>

static json_t *vectors;

static int load(void **state)
{
	(void)state;
	vectors = vectors_load("headers.json");
	return 0;
}

static int unload(void **state)
{
	(void)state;
	json_decref(vectors);
	return 0;
}

static uint8_t flags_of(const json_t *vector)
{
	static const struct {
		const char *word;
		uint8_t flag;
	} flags[] = {{"discontinuity", WIRE_DISCONTINUITY},
		     {"source_changed", WIRE_SOURCE_CHANGED},
		     {"silence", WIRE_SILENCE},
		     {"history", WIRE_HISTORY}};
	const json_t *list = json_object_get(vector, "flags"), *word;
	uint8_t sum = 0;
	size_t i, known = 0;
	json_array_foreach(list, i, word)
	{
		for (size_t k = 0; k < sizeof flags / sizeof *flags; k++) {
			if (strcmp(flags[k].word, json_string_value(word)) != 0)
				continue;
			sum |= flags[k].flag;
			known++;
		}
	}
	assert_int_equal(known, json_array_size(list));
	return sum;
}

static enum label label_of(const json_t *vector)
{
	for (unsigned label = LABEL_SILENT; label <= LABEL_EMERGENCY; label++) {
		if (strcmp(label_word((enum label)label), vectors_word(vector, "label")) == 0)
			return (enum label)label;
	}
	fail_msg("no such label: %s", vectors_word(vector, "label"));
	return LABEL_SILENT;
}

static void expect_payload(const json_t *vector, const uint8_t *bytes, size_t size)
{
	uint8_t payload[BINARY_MAX];
	assert_int_equal(vectors_bytes(vectors_word(vector, "payload"), payload, sizeof payload), size);
	assert_memory_equal(payload, bytes, size);
}

static void read_down(const json_t *vector)
{
	uint8_t bytes[BINARY_MAX];
	struct wire_down header = {0};
	size_t size = vectors_bytes(vectors_word(vector, "hex"), bytes, sizeof bytes);
	assert_true(wire_get_down(bytes, size, &header));
	assert_int_equal(header.flags, flags_of(vector));
	assert_string_equal(label_word(header.label), vectors_word(vector, "label"));
	assert_int_equal(header.stream, vectors_number(vector, "stream"));
	assert_int_equal(header.epoch, vectors_number(vector, "epoch"));
	assert_int_equal(header.seq, vectors_number(vector, "seq"));
	expect_payload(vector, bytes + WIRE_DOWN_HEADER, size - WIRE_DOWN_HEADER);
}

static void down(void **state)
{
	(void)state;
	size_t i;
	const json_t *vector;
	json_array_foreach(vectors_list(vectors, "down"), i, vector)
	{
		uint8_t bytes[BINARY_MAX], made[WIRE_DOWN_HEADER];
		read_down(vector);
		wire_put_down(made, &(struct wire_down){
					    .flags = flags_of(vector),
					    .label = label_of(vector),
					    .stream = (uint16_t)vectors_number(vector, "stream"),
					    .epoch = (uint32_t)vectors_number(vector, "epoch"),
					    .seq = (uint32_t)vectors_number(vector, "seq"),
				    });
		vectors_bytes(vectors_word(vector, "hex"), bytes, sizeof bytes);
		assert_memory_equal(made, bytes, sizeof made);
	}
	json_array_foreach(vectors_list(vectors, "down_reserved"), i, vector) read_down(vector);
}

static void up(void **state)
{
	(void)state;
	size_t i;
	const json_t *vector;
	json_array_foreach(vectors_list(vectors, "up"), i, vector)
	{
		uint8_t bytes[BINARY_MAX], made[WIRE_UP_HEADER];
		struct wire_up header = {0};
		size_t size = vectors_bytes(vectors_word(vector, "hex"), bytes, sizeof bytes);
		uint64_t captured_us = strtoull(vectors_word(vector, "captured_us"), NULL, 10);
		assert_true(wire_get_up(bytes, size, &header));
		assert_int_equal(header.flags, flags_of(vector));
		assert_int_equal(header.stream, vectors_number(vector, "stream"));
		assert_int_equal(header.seq, vectors_number(vector, "seq"));
		assert_int_equal(header.captured_us, captured_us);
		expect_payload(vector, bytes + WIRE_UP_HEADER, size - WIRE_UP_HEADER);
		wire_put_up(made, &header);
		assert_memory_equal(made, bytes, sizeof made);
	}
}

static void refused(void **state)
{
	(void)state;
	size_t i;
	uint8_t bytes[BINARY_MAX];
	const json_t *vector;
	json_array_foreach(vectors_list(vectors, "down_refused"), i, vector)
	{
		struct wire_down header = {0};
		size_t size = vectors_bytes(vectors_word(vector, "hex"), bytes, sizeof bytes);
		assert_false(wire_get_down(bytes, size, &header));
	}
	json_array_foreach(vectors_list(vectors, "up_refused"), i, vector)
	{
		struct wire_up header = {0};
		size_t size = vectors_bytes(vectors_word(vector, "hex"), bytes, sizeof bytes);
		assert_false(wire_get_up(bytes, size, &header));
	}
}

static void distance(void **state)
{
	(void)state;
	size_t i;
	const json_t *vector;
	json_array_foreach(vectors_list(vectors, "distance"), i, vector)
	{
		uint32_t a = (uint32_t)vectors_number(vector, "a"), b = (uint32_t)vectors_number(vector, "b");
		assert_int_equal(wire_seq_distance(a, b), vectors_number(vector, "distance"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(down),
		cmocka_unit_test(up),
		cmocka_unit_test(refused),
		cmocka_unit_test(distance),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
