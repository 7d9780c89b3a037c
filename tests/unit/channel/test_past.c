/* The past: frames that lie in one piece where a packet wants them, holes that are seen, and what is said of several beats at once. */
#include "channel/past.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A frame whose samples say where they are: beat and place. */
static void put(struct past *past, unsigned samples, uint64_t beat, uint8_t flags, enum label label)
{
	struct frame frame;
	for (unsigned i = 0; i < samples; i++)
		frame.sample[i] = (float)(beat * samples + i);
	past_put(past, beat, &frame, (struct past_words){flags, label});
}

static void packets_of_every_length(void **state)
{
	(void)state;
	for (unsigned samples = 480; samples <= 960; samples += 480) {
		struct past *past = past_new(samples);
		unsigned beats = PACKET_SAMPLES_MAX / samples, kept = PAST_MS * 48 / samples;
		struct past_words words;
		assert_int_equal(past_end(past), 0);
		assert_null(past_packet(past, 0, 1, &words));
		for (uint64_t beat = 1000; beat < 1300; beat++) {
			put(past, samples, beat, 0, LABEL_DIRECT);
			assert_int_equal(past_end(past), beat + 1);
			const float *one = past_packet(past, beat, 1, &words);
			assert_non_null(one);
			assert_true(one[samples - 1] == (float)(beat * samples + samples - 1));
			if ((beat + 1) % beats != 0 || beat < 1000 + kept)
				continue;
			for (uint64_t first = beat + 1 - beats; first > beat - kept; first -= beats) {
				const float *packet = past_packet(past, first, beats, &words);
				assert_non_null(packet);
				for (unsigned i = 0; i < PACKET_SAMPLES_MAX; i++)
					assert_true(packet[i] == (float)(first * samples + i));
			}
		}
		assert_null(past_packet(past, 1300 / beats * beats - kept - beats, beats, &words)); /* written over */
		assert_null(past_packet(past, 1302 / beats * beats, beats, &words));               /* not there yet */
		past_free(past);
	}
}

/* After a stall the clock jumps: what was before and what comes is there, and no packet is made of both. */
static void a_jump_is_a_hole(void **state)
{
	(void)state;
	struct past *past = past_new(960);
	struct past_words words;
	for (uint64_t beat = 300; beat < 304; beat++)
		put(past, 960, beat, 0, LABEL_DIRECT);
	for (uint64_t beat = 305; beat < 309; beat++)
		put(past, 960, beat, 0, LABEL_DIRECT);
	assert_non_null(past_packet(past, 300, 3, &words));
	assert_null(past_packet(past, 303, 3, &words)); /* 304 is missing */
	assert_false(past_holds(past, 303));
	assert_true(past_holds(past, 305));
	assert_true(past_holds(past, 309)); /* none is newer */
	assert_non_null(past_packet(past, 306, 3, &words));
	put(past, 960, 306 + 12, 0, LABEL_DIRECT); /* a whole round later, in the place of 306 */
	assert_null(past_packet(past, 306, 3, &words));
	past_free(past);
}

static void words_of_several_beats(void **state)
{
	(void)state;
	enum { CHANGED = WIRE_SOURCE_CHANGED, SILENT = WIRE_SILENCE };
	static const struct {
		uint8_t flags[3];
		enum label label[3];
		uint8_t all;
		enum label shown;
	} cases[] = {
		{{0, 0, 0}, {LABEL_DIRECT, LABEL_DIRECT, LABEL_DIRECT}, 0, LABEL_DIRECT},
		{{CHANGED, 0, 0}, {LABEL_DIRECT, LABEL_DIRECT, LABEL_DIRECT}, CHANGED, LABEL_DIRECT},
		{{0, CHANGED, 0}, {LABEL_ORIGINAL, LABEL_DIRECT, LABEL_DIRECT}, CHANGED, LABEL_DIRECT},
		{{0, 0, CHANGED}, {LABEL_ORIGINAL, LABEL_ORIGINAL, LABEL_EMERGENCY}, CHANGED, LABEL_EMERGENCY},
		{{0, CHANGED, CHANGED}, {LABEL_ORIGINAL, LABEL_DIRECT, LABEL_ORIGINAL}, CHANGED, LABEL_ORIGINAL},
		{{SILENT, SILENT, SILENT}, {LABEL_SILENT, LABEL_SILENT, LABEL_SILENT}, SILENT, LABEL_SILENT},
		{{SILENT, SILENT, 0}, {LABEL_DIRECT, LABEL_DIRECT, LABEL_DIRECT}, 0, LABEL_DIRECT}, /* somebody begins to speak */
		{{0, SILENT, SILENT | CHANGED}, {LABEL_DIRECT, LABEL_DIRECT, LABEL_SILENT}, CHANGED, LABEL_SILENT},
		{{SILENT | CHANGED, SILENT, SILENT}, {LABEL_SILENT, LABEL_SILENT, LABEL_SILENT}, SILENT | CHANGED, LABEL_SILENT},
	};
	struct past *past = past_new(960);
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct past_words words;
		for (unsigned k = 0; k < 3; k++)
			put(past, 960, 300 + 3 * i + k, cases[i].flags[k], cases[i].label[k]);
		assert_non_null(past_packet(past, 300 + 3 * i, 3, &words));
		assert_int_equal(words.flags, cases[i].all);
		assert_int_equal(words.label, cases[i].shown);
	}
	past_free(past);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_of_every_length),
		cmocka_unit_test(a_jump_is_a_hole),
		cmocka_unit_test(words_of_several_beats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
