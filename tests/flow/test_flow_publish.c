/* Speaking: a floor input from its ticket to a listener's ear, and everything that can be wrong with what a client sends. In each
 * test of bad input a good speaker talks on and a listener hears on: their sound must not show a trace of it. */
#include "flow/fake.h"

#include "boothcast/wire.h"

#include <math.h>
#include <string.h>

#define TONE_HZ 440

static const char *word(const json_t *message, const char *key)
{
	const char *value = json_string_value(json_object_get(message, key));
	assert_non_null(value);
	return value;
}

/* ---- from the microphone to the ear ---- */

static void tone_arrives(struct world *world, bool opus)
{
	struct fake_conn *listener = fake_listener(world, 2), *speaker = fake_join_as(world, ROLE_SPEAKER, NULL);
	world_beats(world, 10);
	fake_publish(speaker, "floor/main", TONE_HZ, opus);
	world_beats(world, 60);
	struct fake_stream *stream = fake_stream_of(listener, 2);
	unsigned first = 0;
	while (first < stream->count && stream->header[first].label != LABEL_ORIGINAL)
		first++;
	assert_in_range(first, 10, 10 + 6); /* 100 ms: the way to the ear, but for the net */
	for (unsigned i = 0; i < first; i++)
		assert_int_equal(stream->header[i].label, LABEL_SILENT);
	assert_true(stream->header[first].flags & WIRE_SOURCE_CHANGED);
	assert_true(fabs(fake_amplitude(stream, first + 12, 40, TONE_HZ) - 0.2) < 0.02);
	assert_true(fake_amplitude(stream, first + 12, 40, 1000) < 0.005);
	assert_true(fake_amplitude(stream, 0, 10, TONE_HZ) < 0.0001);
	/* `state` says it with the number of the very frame. */
	const json_t *changed = fake_next(listener, "state"), *channel;
	size_t i;
	bool found = false;
	json_array_foreach(json_object_get(changed, "channels"), i, channel)
	{
		assert_string_equal(word(channel, "label"), "original");
		assert_string_equal(word(channel, "carries"), "zh-CN");
		found |= json_integer_value(json_object_get(channel, "number")) == 2;
	}
	assert_true(found);
	assert_int_equal(json_integer_value(json_object_get(changed, "seq")), stream->header[first].seq);
	fake_assert_perfect(listener, 2);
	fake_expect_no_error(speaker);
}

static void pcm_is_heard(void **state)
{
	tone_arrives(*state, false);
}

static void opus_is_heard(void **state)
{
	tone_arrives(*state, true);
}

static void other_rates_are_heard_at_their_pitch(void **state)
{
	struct world *world = *state;
	struct fake_conn *listener = fake_listener(world, 1), *speaker = fake_join_as(world, ROLE_SPEAKER, NULL);
	fake_say(speaker, "{'type':'publish','source':'floor/main','codec':'pcm_s16le','rate':16000,'channels':2}");
	uint16_t stream = (uint16_t)json_integer_value(json_object_get(fake_next(speaker, "publishing"), "stream"));
	uint8_t bytes[WIRE_UP_HEADER + 320 * 4];
	for (uint32_t n = 0; n < 100; n++) {
		const struct wire_up header = {.stream = stream, .seq = n};
		wire_put_up(bytes, &header);
		for (unsigned i = 0; i < 320; i++) {
			int16_t value = (int16_t)lrint(6553 * sin(2 * M_PI * TONE_HZ * (n * 320 + i) / 16000.0));
			for (unsigned c = 0; c < 2; c++) {
				bytes[WIRE_UP_HEADER + 4 * i + 2 * c] = (uint8_t)value;
				bytes[WIRE_UP_HEADER + 4 * i + 2 * c + 1] = (uint8_t)(value >> 8);
			}
		}
		fake_send(speaker, bytes, sizeof bytes);
		world_beat(world);
	}
	assert_true(fabs(fake_amplitude_now(fake_stream_of(listener, 1), 50, TONE_HZ) - 0.2) < 0.02);
	fake_expect_no_error(speaker);
}

static void unpublish_gives_the_input_back(void **state)
{
	struct world *world = *state;
	struct fake_conn *listener = fake_listener(world, 1), *speaker = fake_join_as(world, ROLE_SPEAKER, NULL);
	struct fake_uplink *uplink = fake_publish(speaker, "floor/main", TONE_HZ, false);
	world_seconds(world, 1);
	uplink->on = false;
	fake_say(speaker, "{'type':'unpublish','source':'floor/main'}");
	fake_expect_no_error(speaker);
	fake_say(speaker, "{'type':'unpublish','source':'floor/main'}");
	fake_expect_error(speaker, "not_publishing", "unpublish");
	world_seconds(world, 1);
	struct fake_stream *stream = fake_stream_of(listener, 1);
	assert_int_equal(stream->header[stream->count - 1].label, LABEL_SILENT);
	assert_true(fake_amplitude_now(stream, 10, TONE_HZ) < 0.0001);
	struct fake_conn *second = fake_join_as(world, ROLE_SPEAKER, NULL);
	fake_publish(second, "floor/main", 800, false);
	world_seconds(world, 1);
	assert_true(fake_amplitude_now(stream, 20, 800) > 0.18);
	fake_assert_perfect(listener, 1);
}

static void backup_takes_over_and_back(void **state)
{
	struct world *world = *state;
	struct fake_conn *listener = fake_listener(world, 0);
	struct fake_uplink *main_input = fake_publish(fake_join_as(world, ROLE_SPEAKER, NULL), "floor/main", TONE_HZ, false);
	fake_publish(fake_join_as(world, ROLE_SPEAKER, NULL), "floor/backup", 800, false);
	world_seconds(world, 1);
	struct fake_stream *stream = fake_stream_of(listener, 0);
	assert_true(fake_amplitude_now(stream, 20, TONE_HZ) > 0.18);
	assert_true(fake_amplitude_now(stream, 20, 800) < 0.002);
	main_input->on = false;
	world_seconds(world, 4);
	assert_true(fake_amplitude_now(stream, 20, 800) > 0.18);
	assert_int_equal(stream->header[stream->count - 1].label, LABEL_ORIGINAL);
	main_input->on = true;
	world_seconds(world, 3);
	assert_true(fake_amplitude_now(stream, 20, TONE_HZ) > 0.18);
	assert_true(fake_amplitude_now(stream, 20, 800) < 0.002);
	fake_assert_unbroken(listener, 0);
}

/* ---- who may ---- */

static void second_publisher_is_refused(void **state)
{
	struct world *world = *state;
	struct fake_conn *listener = fake_listener(world, 1);
	fake_publish(fake_join_as(world, ROLE_SPEAKER, NULL), "floor/main", TONE_HZ, false);
	world_seconds(world, 1);
	struct fake_conn *second = fake_join_as(world, ROLE_SPEAKER, NULL);
	fake_say(second, "{'type':'publish','source':'floor/main','codec':'pcm_s16le','rate':48000}");
	fake_expect_error(second, "taken", "publish");
	uint8_t bytes[WIRE_UP_HEADER + 1920] = {0};
	for (unsigned i = 0; i < 20; i++) { /* it sends all the same */
		const struct wire_up header = {.stream = 1, .seq = i};
		wire_put_up(bytes, &header);
		fake_send(second, bytes, sizeof bytes);
		fake_expect_error(second, "not_publishing", "publish");
		world_beat(world);
	}
	assert_true(fake_amplitude_now(fake_stream_of(listener, 1), 20, TONE_HZ) > 0.18);
	fake_assert_perfect(listener, 1);
}

/* A telephone that went out of reach: its connection is open for half a minute, and the guide goes on with another one. */
static void who_is_quiet_does_not_keep_the_input(void **state)
{
	struct world *world = *state;
	struct fake_conn *first = fake_join_as(world, ROLE_SPEAKER, NULL), *listener = fake_listener(world, 1);
	struct fake_uplink *uplink = fake_publish(first, "floor/main", TONE_HZ, false);
	world_seconds(world, 1);
	uplink->on = false;
	world_seconds(world, 4);
	struct fake_conn *second = fake_join_as(world, ROLE_SPEAKER, NULL);
	fake_say(second, "{'type':'publish','source':'floor/main','codec':'pcm_s16le','rate':48000}");
	fake_expect_error(second, "taken", "publish");
	world_seconds(world, 2);
	fake_publish(second, "floor/main", 800, false);
	fake_expect_error(first, "displaced", "publish");
	fake_expect_closed(world, first, CLOSE_REFUSED);
	world_seconds(world, 1);
	assert_true(fake_amplitude_now(fake_stream_of(listener, 1), 20, 800) > 0.18);
	fake_assert_perfect(listener, 1);
}

static void publishing_again_goes_on(void **state)
{
	struct world *world = *state;
	struct fake_conn *listener = fake_listener(world, 1), *speaker = fake_join_as(world, ROLE_SPEAKER, NULL);
	fake_publish(speaker, "floor/main", TONE_HZ, false)->on = false;
	fake_publish(speaker, "floor/main", TONE_HZ, true);
	world_seconds(world, 1);
	assert_true(fake_amplitude_now(fake_stream_of(listener, 1), 20, TONE_HZ) > 0.18);
	fake_expect_no_error(speaker);
}

/* A speaker whose connection broke does not keep the input from the next one. */
static void broken_speaker_gives_way(void **state)
{
	struct world *world = *state;
	struct fake_conn *listener = fake_listener(world, 1), *first = fake_join_as(world, ROLE_SPEAKER, NULL);
	fake_publish(first, "floor/main", TONE_HZ, false);
	world_seconds(world, 1);
	fake_drop(first);
	fake_publish(fake_join_as(world, ROLE_SPEAKER, NULL), "floor/main", 800, false);
	world_seconds(world, 1);
	assert_true(fake_amplitude_now(fake_stream_of(listener, 1), 20, 800) > 0.18);
	fake_assert_perfect(listener, 1);
}

static void refused_publishes(void **state)
{
	struct world *world = *state;
	struct fake_conn *listener = fake_join(world, "hall", NULL), *speaker = fake_join_as(world, ROLE_SPEAKER, NULL);
	struct fake_conn *interpreter = fake_join_as(world, ROLE_INTERPRETER, "fr/1");
	fake_say(listener, "{'type':'publish','source':'floor/main','codec':'opus'}");
	fake_expect_error(listener, "not_allowed", "publish");
	fake_say(interpreter, "{'type':'publish','source':'floor/main','codec':'opus'}");
	fake_expect_error(interpreter, "not_allowed", "publish");
	static const struct {
		const char *message, *code;
	} all[] = {
		{"{'type':'publish'}", "bad_field"},
		{"{'type':'publish','source':'floor/main'}", "bad_field"},
		{"{'type':'publish','source':'floor/cellar','codec':'opus'}", "no_source"},
		{"{'type':'publish','source':'desk','codec':'opus'}", "no_desk"},
		{"{'type':'publish','source':'desk/fr/1','codec':'opus'}", "no_source"},
		{"{'type':'publish','source':'floor/main','codec':'mp3'}", "bad_format"},
		{"{'type':'publish','source':'floor/main','codec':'pcm_s16le','rate':7999}", "bad_format"},
		{"{'type':'publish','source':'floor/main','codec':'pcm_s16le','rate':192001}", "bad_format"},
		{"{'type':'publish','source':'floor/main','codec':'pcm_s16le','channels':3}", "bad_format"},
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		fake_say(speaker, "%s", all[i].message);
		fake_expect_error(speaker, all[i].code, "publish");
	}
	fake_publish(speaker, "floor/main", TONE_HZ, false); /* and then rightly */
}

/* ---- bad input ---- */

/* A good speaker, a listener, and somebody on the second input who does wrong. */
struct scene {
	struct world *world;
	struct fake_conn *listener, *bad;
	struct fake_uplink *uplink; /* of the bad one, off */
	uint8_t bytes[BINARY_MAX];
	size_t size; /* of a good message in `bytes` */
};

static struct scene set_scene(struct world *world, bool opus)
{
	struct scene scene = {.world = world, .listener = fake_listener(world, 2), .bad = fake_join_as(world, ROLE_SPEAKER, NULL)};
	fake_publish(fake_join_as(world, ROLE_SPEAKER, NULL), "floor/main", TONE_HZ, false);
	scene.uplink = fake_publish(scene.bad, "floor/backup", 3000, opus);
	world_seconds(world, 1); /* it begins well */
	scene.uplink->on = false;
	return scene;
}

static void next_message(struct scene *scene)
{
	scene->size = fake_frame(scene->uplink, scene->bytes);
}

/* The listener has an unbroken row of packets and heard the good speaker all the time, and nothing else. */
static void nobody_noticed(struct scene *scene)
{
	world_beats(scene->world, 10);
	struct fake_stream *stream = fake_stream_of(scene->listener, 2);
	for (unsigned i = 25; i + 5 <= stream->count; i += 5) {
		assert_true(fabs(fake_amplitude(stream, i, 5, TONE_HZ) - 0.2) < 0.02);
		assert_true(fake_amplitude(stream, i, 5, 3000) < 0.005);
		assert_int_equal(stream->header[i].label, LABEL_ORIGINAL);
	}
	fake_assert_perfect(scene->listener, 2);
}

static uint64_t counted(const struct scene *scene, enum status status)
{
	return *scene->world->house->counts.errors[status];
}

/* Sends a spoilt message every beat and expects an error for each. */
static void expect_refusals(struct scene *scene, void (*spoil)(struct scene *scene), enum status status)
{
	uint64_t before = counted(scene, status);
	for (unsigned i = 0; i < 10; i++) {
		next_message(scene);
		spoil(scene);
		fake_send(scene->bad, scene->bytes, scene->size);
		fake_expect_error(scene->bad, status_word(status), "publish");
		world_beat(scene->world);
	}
	assert_int_equal(counted(scene, status) - before, 10);
	assert_false(scene->bad->closing);
}

static void make_short(struct scene *scene)
{
	scene->size = WIRE_UP_HEADER - 1;
}

static void make_empty(struct scene *scene)
{
	scene->size = 0;
}

static void make_version_2(struct scene *scene)
{
	scene->bytes[0] = 2;
}

static void make_other_stream(struct scene *scene)
{
	scene->bytes[3] ^= 0x40;
}

static void make_stream_0(struct scene *scene)
{
	scene->bytes[2] = scene->bytes[3] = 0;
}

static void make_stream_of_main(struct scene *scene)
{
	scene->bytes[3] = 1; /* the good speaker's */
}

static void bad_headers(void **state)
{
	struct scene scene = set_scene(*state, false);
	expect_refusals(&scene, make_short, STATUS_BAD_HEADER);
	expect_refusals(&scene, make_empty, STATUS_BAD_HEADER);
	expect_refusals(&scene, make_version_2, STATUS_BAD_HEADER);
	world_seconds(scene.world, 10); /* the allowance of errors recovers */
	expect_refusals(&scene, make_other_stream, STATUS_NOT_PUBLISHING);
	expect_refusals(&scene, make_stream_0, STATUS_NOT_PUBLISHING);
	expect_refusals(&scene, make_stream_of_main, STATUS_NOT_PUBLISHING);
	nobody_noticed(&scene);
}

static void make_odd(struct scene *scene)
{
	scene->size--;
}

static void make_soundless(struct scene *scene)
{
	scene->size = WIRE_UP_HEADER;
}

static void bad_pcm(void **state)
{
	struct scene scene = set_scene(*state, false);
	expect_refusals(&scene, make_odd, STATUS_BAD_PCM);
	expect_refusals(&scene, make_soundless, STATUS_BAD_PCM);
	nobody_noticed(&scene);
}

static void make_garbage(struct scene *scene)
{
	scene->bytes[WIRE_UP_HEADER] = 0xff; /* code 3: a count of frames follows, 63 of them, far longer than 120 ms */
	scene->bytes[WIRE_UP_HEADER + 1] = 0xff;
}

static void bad_opus(void **state)
{
	struct scene scene = set_scene(*state, true);
	expect_refusals(&scene, make_garbage, STATUS_BAD_OPUS);
	expect_refusals(&scene, make_soundless, STATUS_BAD_OPUS);
	nobody_noticed(&scene);
}

/* Random bytes as Opus, whatever they decode to: told or taken, never more. */
static void noise_as_opus(void **state)
{
	struct scene scene = set_scene(*state, true);
	uint32_t random = 99;
	for (unsigned n = 0; n < 500; n++) {
		next_message(&scene);
		for (size_t i = WIRE_UP_HEADER; i < scene.size; i++)
			scene.bytes[i] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
		if (scene.bad->closing)
			break;
		fake_send(scene.bad, scene.bytes, scene.size);
		world_beat(scene.world);
	}
	nobody_noticed(&scene);
}

static void make_seq_back(struct scene *scene)
{
	struct wire_up header = {0};
	wire_get_up(scene->bytes, scene->size, &header);
	header.seq -= 20;
	wire_put_up(scene->bytes, &header);
}

static void make_seq_far_ahead(struct scene *scene)
{
	struct wire_up header = {0};
	wire_get_up(scene->bytes, scene->size, &header);
	header.seq += 1000000;
	wire_put_up(scene->bytes, &header);
}

static void bad_sequence(void **state)
{
	struct scene scene = set_scene(*state, false);
	expect_refusals(&scene, make_seq_back, STATUS_BAD_SEQUENCE);
	expect_refusals(&scene, make_seq_far_ahead, STATUS_BAD_SEQUENCE);
	/* With the flag it starts anew. */
	next_message(&scene);
	make_seq_far_ahead(&scene);
	scene.bytes[1] |= WIRE_DISCONTINUITY;
	fake_send(scene.bad, scene.bytes, scene.size);
	fake_expect_no_error(scene.bad);
	nobody_noticed(&scene);
}

/* Ten times real time: told about once a second, then closed with 1008. */
static void too_fast(void **state)
{
	struct scene scene = set_scene(*state, false);
	unsigned beats = 0;
	for (; beats < 500 && !scene.bad->closing; beats++) {
		for (unsigned i = 0; i < 10; i++) {
			next_message(&scene);
			fake_send(scene.bad, scene.bytes, scene.size);
		}
		world_beat(scene.world);
	}
	fake_expect_error(scene.bad, "too_fast", "publish");
	fake_expect_error(scene.bad, "too_fast", "publish");
	assert_in_range(beats, 100, 300);
	assert_in_range(fake_count(scene.bad, "error"), 2, 8);
	fake_expect_closed(scene.world, scene.bad, CLOSE_REFUSED);
	nobody_noticed(&scene);
}

/* A stall of the net and its burst is no flood. */
static void burst_after_a_stall_is_fine(void **state)
{
	struct scene scene = set_scene(*state, false);
	for (unsigned round = 0; round < 5; round++) {
		world_beats(scene.world, 40);
		for (unsigned i = 0; i < 40; i++) {
			next_message(&scene);
			fake_send(scene.bad, scene.bytes, scene.size);
		}
	}
	fake_expect_no_error(scene.bad);
	nobody_noticed(&scene);
}

static void bad_texts(void **state)
{
	struct scene scene = set_scene(*state, false);
	static const char *const not_json[] = {
		"", "hello", "[1,2]", "{\"type\":5}", "{}", "{\"type\":\"mic\",\"type\":\"mic\"}", "\"x\"", "{\"a\":"};
	for (size_t i = 0; i < sizeof not_json / sizeof *not_json; i++) {
		fake_say_raw(scene.bad, not_json[i]);
		fake_expect_error(scene.bad, "bad_json", "message");
	}
	fake_say(scene.bad, "{'type':'dance'}");
	fake_expect_error(scene.bad, "unknown_type", "message");
	assert_false(scene.bad->closing);
	nobody_noticed(&scene);
}

/* Deep and long JSON, up to what a message may hold. */
static void nested_json(void **state)
{
	struct scene scene = set_scene(*state, false);
	char text[TEXT_MAX + 1];
	memset(text, '[', TEXT_MAX);
	text[TEXT_MAX] = '\0';
	fake_say_raw(scene.bad, text);
	fake_expect_error(scene.bad, "bad_json", "message");
	int n = snprintf(text, sizeof text, "{\"type\":\"");
	memset(text + n, 'x', (size_t)(TEXT_MAX - n - 2));
	memcpy(text + TEXT_MAX - 2, "\"}", 3);
	fake_say_raw(scene.bad, text);
	fake_expect_error(scene.bad, "unknown_type", "message");
	nobody_noticed(&scene);
}

static void text_flood(void **state)
{
	struct scene scene = set_scene(*state, false);
	for (unsigned i = 0; i < TEXTS_PER_S_MAX - 5; i++)
		fake_say(scene.bad, "{'type':'ping','t':1}");
	fake_expect_no_error(scene.bad);
	for (unsigned i = 0; i < 20; i++)
		fake_say(scene.bad, "{'type':'ping','t':1}");
	fake_expect_error(scene.bad, "too_many", "message");
	assert_in_range(fake_count(scene.bad, "pong"), TEXTS_PER_S_MAX - 5, TEXTS_PER_S_MAX + 1);
	assert_false(scene.bad->closing);
	for (unsigned i = 0; i < 1000 && !scene.bad->closing; i++)
		fake_say(scene.bad, "{'type':'ping','t':1}");
	fake_expect_closed(scene.world, scene.bad, CLOSE_REFUSED);
	nobody_noticed(&scene);
}

static void error_flood(void **state)
{
	struct scene scene = set_scene(*state, false);
	unsigned sent = 0;
	for (; sent < 1000 && !scene.bad->closing; sent++) {
		fake_send(scene.bad, "x", 1);
		if (sent % 4 == 3)
			world_beat(scene.world);
	}
	assert_in_range(sent, ERRORS_PER_10S_MAX, ERRORS_PER_10S_MAX + 10);
	const json_t *last = json_array_get(scene.bad->inbox, json_array_size(scene.bad->inbox) - 1);
	assert_string_equal(word(last, "code"), "too_many_errors");
	assert_int_equal(counted(&scene, STATUS_TOO_MANY_ERRORS), 1);
	fake_expect_closed(scene.world, scene.bad, CLOSE_REFUSED);
	nobody_noticed(&scene);
}

static struct fake_conn *speaker_of(struct world *world, const char *input, const char *id, const char *token)
{
	struct fake_conn *conn = fake_open(world);
	const struct fake_ticket ticket = {.room = "hall", .role = ROLE_SPEAKER, .input = input, .id = id};
	fake_say(conn, "{'type':'join','room':'hall','ticket':'%s','resume':{'token':'%s'}}", world_ticket(world, &ticket), token);
	return conn;
}

/* Who comes back with a resume token keeps of the first ticket's rights what the new ticket gives too, and nothing else. */
static void another_ticket_ends_what_it_does_not_allow(void **state)
{
	struct world *world = *state;
	char token[TICKET_SIZE];
	struct fake_conn *first = speaker_of(world, "main", "first", "");
	snprintf(token, sizeof token, "%s", json_string_value(json_object_get(fake_next(first, "joined"), "resume")));
	fake_publish(first, "floor/main", 440, true);
	world_beats(world, 20);
	struct hall *hall = house_find(world->house, "hall");
	assert_int_equal(stage_source_link(hall->stage, 0), LINK_UP);
	struct fake_conn *same = speaker_of(world, "main", "second", token);
	assert_non_null(fake_next(same, "joined"));
	fake_expect_no_error(same);
	struct fake_conn *other = speaker_of(world, "backup", "third", token);
	assert_non_null(fake_next(other, "joined"));
	fake_expect_error(other, "not_allowed", "publish");
	world_seconds(world, 3);
	assert_int_equal(stage_source_link(hall->stage, 0), LINK_DOWN);
	/* and a ticket that is revoked while its owner is away keeps no input for the way back */
	struct fake_conn *third = speaker_of(world, "main", "fourth", "");
	assert_non_null(fake_next(third, "joined"));
	fake_publish(third, "floor/main", 440, true);
	world_beats(world, 20);
	fake_drop(third);
	char path[128];
	snprintf(path, sizeof path, "%s/revoked", world->state);
	FILE *file = fopen(path, "w");
	fputs("fourth\n", file);
	fclose(file);
	world_seconds(world, 3);
	assert_int_equal(stage_source_link(hall->stage, 0), LINK_DOWN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(another_ticket_ends_what_it_does_not_allow, world_set_up, world_tear_down),
		TEST(pcm_is_heard),
		TEST(opus_is_heard),
		TEST(other_rates_are_heard_at_their_pitch),
		TEST(unpublish_gives_the_input_back),
		TEST(backup_takes_over_and_back),
		TEST(second_publisher_is_refused),
		TEST(who_is_quiet_does_not_keep_the_input),
		TEST(publishing_again_goes_on),
		TEST(broken_speaker_gives_way),
		TEST(refused_publishes),
		TEST(bad_headers),
		TEST(bad_pcm),
		TEST(bad_opus),
		TEST(noise_as_opus),
		TEST(bad_sequence),
		TEST(too_fast),
		TEST(burst_after_a_stall_is_fine),
		TEST(bad_texts),
		TEST(nested_json),
		TEST(text_flood),
		TEST(error_flood),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
