/* The cases that must have a test (room/README.md, "Cases"), each by its name and end to end: from keys and links to what a listener decodes and
 * everybody is told. Handovers and speaking to the floor are in test_flow_booth.c; the routing alone, without sound, is in
 * unit/room.
 */
#include "flow/scene.h"

#include "channel/channel.h"

#include <math.h>
#include <string.h>

static struct fake_stream *stream_of(const struct scene *scene, unsigned channel)
{
	return fake_stream_of(scene->listener, channel);
}

/* One frame as it left the mixer: the encoder's delay is taken out. */
static double of_frame(const struct scene *scene, unsigned channel, unsigned frame, double hz)
{
	unsigned delay = channel_delay_samples(stage_channel(scene->world->house->hall[0].stage, channel));
	return scene_amplitude(stream_of(scene, channel), (size_t)frame * FRAME_SAMPLES_MAX + delay, FRAME_SAMPLES_MAX, hz);
}

static const char *mic(const struct scene *scene, const char *desk)
{
	return scene_word(scene_desk(scene->av, desk), "mic");
}

static bool lamp(const struct seat seat, const char *desk, const char *name)
{
	return scene_flag(scene_desk(seat.conn, desk), name);
}

/* ---- one desk ---- */

static void cough_for_20_s(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ);
	scene_mic(one, "on");
	world_seconds(scene.world, 1);
	scene_mic(one, "cough");
	world_beats(scene.world, 5);
	unsigned from = stream_of(&scene, EN)->count;
	assert_false(lamp(one, "zh-en/1", "on_air"));
	world_beats(scene.world, 735); /* 14.8 s */
	assert_false(lamp(one, "zh-en/1", "cough_long"));
	world_beats(scene.world, 25);
	assert_true(lamp(one, "zh-en/1", "cough_long"));
	world_beats(scene.world, 235);
	const struct fake_stream *stream = stream_of(&scene, EN);
	for (unsigned i = from; i < stream->count; i++) {
		assert_int_equal(stream->header[i].label, LABEL_DIRECT);
		assert_true(stream->header[i].flags & WIRE_SILENCE);
	}
	for (size_t i = (size_t)from * FRAME_SAMPLES_MAX; i < (size_t)stream->count * FRAME_SAMPLES_MAX; i++)
		assert_true(fabsf(stream->pcm[i]) < 0.001f); /* neither voice nor floor */
	scene_mic(one, "on");
	world_seconds(scene.world, 1);
	assert_false(lamp(one, "zh-en/1", "cough_long"));
	assert_true(scene_heard(&scene, EN, ONE_HZ));
	scene_no_hole(&scene);
}

/* No frame with the interpreter on both channels, none with the interpreter on neither. */
static void flip_a_to_b_while_speaking(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ);
	scene_mic(one, "on");
	world_seconds(scene.world, 1);
	for (unsigned round = 0; round < 6; round++) {
		unsigned from = stream_of(&scene, EN)->count, changes = 0;
		scene_press(one.conn, "output", "to", round % 2 == 0 ? "B" : "A");
		world_beats(scene.world, 20);
		const struct fake_stream *en = stream_of(&scene, EN), *zh = stream_of(&scene, ZH);
		for (unsigned i = from; i + 1 < en->count; i++) {
			double in_en = of_frame(&scene, EN, i, ONE_HZ), in_zh = of_frame(&scene, ZH, i, ONE_HZ);
			assert_int_equal(en->header[i].seq, zh->header[i].seq);
			assert_int_not_equal(en->header[i].label,
					     zh->header[i].label); /* one DIRECT, one ORIGINAL: on the same frame */
			assert_true(fmin(in_en, in_zh) < 0.05 * FULL);
			assert_true(fmax(in_en, in_zh) > 0.4 * FULL);
			changes += en->header[i].label != en->header[i - 1].label;
		}
		assert_int_equal(changes, 1);
	}
	scene_no_hole(&scene);
}

static void joining_with_a_hot_microphone(void **state)
{
	struct scene scene = scene_set(*state);
	struct fake_conn *conn = fake_join_as(scene.world, ROLE_INTERPRETER, "zh-en/1");
	uint8_t frame[BINARY_MAX] = {0};
	const struct wire_up header = {.stream = INPUTS_MAX + 1, .seq = 1};
	wire_put_up(frame, &header);
	fake_send(conn, frame, WIRE_UP_HEADER + 1920); /* before it publishes */
	fake_expect_error(conn, "not_publishing", "publish");
	fake_publish(conn, "desk", ONE_HZ, true);
	world_seconds(scene.world, 3);
	for (unsigned channel = FLOOR; channel <= FR; channel++) {
		assert_true(fake_amplitude_now(stream_of(&scene, channel), 140, ONE_HZ) < 0.001);
		assert_true(scene_heard(&scene, channel, FLOOR_HZ));
		assert_int_equal(scene_label(&scene, channel), LABEL_ORIGINAL);
	}
	assert_string_equal(mic(&scene, "zh-en/1"), "off");
	assert_false(scene_flag(scene_desk(scene.av, "zh-en/1"), "on_air"));
	scene_no_hole(&scene);
}

static void the_same_desk_in_two_tabs(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ);
	scene_mic(one, "on");
	struct fake_conn *second = fake_open(scene.world);
	fake_say(second, "{'type':'join','room':'hall','ticket':'%s'}",
		 world_ticket(scene.world,
			      &(struct fake_ticket){.room = "hall", .booth = "zh-en", .role = ROLE_INTERPRETER, .desk = 1}));
	fake_expect_error(second, "taken", "join");
	fake_say(second, "{'type':'mic','state':'off'}");
	fake_expect_error(second, "join_first", "mic");
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, EN, ONE_HZ)); /* the first goes on */
	fake_expect_no_error(one.conn);
	struct seat copy = scene_come_back(&scene, one, "zh-en/1", ONE_HZ); /* a tab that was doubled has the token too */
	fake_expect_error(one.conn, "displaced", "join");
	fake_expect_closed(scene.world, one.conn, CLOSE_REFUSED);
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, EN, ONE_HZ));
	scene_mic(copy, "off");
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, EN, FLOOR_HZ));
	scene_no_hole(&scene);
}

/* AV wins, the desk is told why; a press of its key ends it. */
static void av_cuts_an_open_microphone(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ);
	scene_mic(one, "on");
	world_seconds(scene.world, 1);
	fake_say(scene.av, "{'type':'operate','action':'mic_off','desk':'zh-en/1'}");
	world_seconds(scene.world, 1);
	assert_false(scene_heard(&scene, EN, ONE_HZ));
	assert_true(scene_heard(&scene, EN, FLOOR_HZ));
	assert_true(lamp(one, "zh-en/1", "cut"));
	assert_false(lamp(one, "zh-en/1", "on_air"));
	assert_string_equal(scene_word(scene_desk(one.conn, "zh-en/1"), "mic"), "off");
	scene_mic(one, "on");
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, EN, ONE_HZ));
	assert_false(lamp(one, "zh-en/1", "cut"));
	scene_mic(one, "cough"); /* in the same tick as the operator's: the operator's holds */
	fake_say(scene.av, "{'type':'operate','action':'mic_off','desk':'zh-en/1'}");
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, EN, FLOOR_HZ));
	scene_no_hole(&scene);
}

/* ---- several booths ---- */

static void two_booths_press_on_in_the_same_tick(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ), french = scene_sit(&scene, "fr/1", FR_HZ),
		    spanish = scene_sit(&scene, "es/1", TWO_HZ);
	scene_press(french.conn, "output", "to", "B"); /* all of them into English */
	scene_press(spanish.conn, "output", "to", "B");
	scene_mic(french, "on");
	scene_mic(spanish, "on");
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, EN, FR_HZ)); /* equals: the first */
	assert_false(scene_heard(&scene, EN, TWO_HZ));
	assert_true(lamp(spanish, "es/1", "engaged"));
	assert_false(lamp(spanish, "es/1", "on_air"));
	assert_string_equal(scene_word(scene_desk(spanish.conn, "es/1"), "holder"), "fr/1");
	scene_mic(french, "off");
	scene_mic(spanish, "off");
	world_seconds(scene.world, 1);
	unsigned from = stream_of(&scene, EN)->count;
	scene_mic(french, "on");
	scene_mic(one, "on"); /* at home there: it outranks, though it was second */
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, EN, ONE_HZ));
	for (unsigned i = from; i < stream_of(&scene, EN)->count; i++)
		assert_true(fake_amplitude(stream_of(&scene, EN), i, 1, FR_HZ) < 0.01); /* and the other is never heard */
	assert_true(lamp(french, "fr/1", "engaged"));
	scene_no_hole(&scene);
}

/* Under override the new one takes and the displaced one waits; under toggle-override a second press takes it back at once. */
static void displaced_desk_presses_again(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat french = scene_sit(&scene, "fr/1", FR_HZ), spanish = scene_sit(&scene, "es/1", TWO_HZ);
	scene_press(french.conn, "output", "to", "B");
	scene_press(spanish.conn, "output", "to", "B");
	for (unsigned toggles = 0; toggles < 2; toggles++) {
		fake_say(scene.av, "{'type':'operate','action':'interlock','channel':%d,'mode':'%s'}", EN,
			 toggles ? "toggle-override" : "override");
		scene_mic(french, "on");
		world_seconds(scene.world, 1);
		scene_mic(spanish, "on");
		world_seconds(scene.world, 1);
		assert_true(scene_heard(&scene, EN, TWO_HZ));
		assert_false(scene_heard(&scene, EN, FR_HZ));
		assert_true(lamp(french, "fr/1", "engaged"));
		scene_mic(french, "on");
		world_seconds(scene.world, 1);
		assert_int_equal(scene_heard(&scene, EN, FR_HZ), toggles);
		assert_int_equal(scene_heard(&scene, EN, TWO_HZ), !toggles);
		scene_mic(spanish, "off");
		world_seconds(scene.world, 1);
		assert_true(scene_heard(&scene, EN, FR_HZ)); /* returns when the other lets go */
		scene_mic(french, "off");
		world_seconds(scene.world, 1);
	}
	scene_no_hole(&scene);
}

static bool uninterpreted(const struct scene *scene, unsigned channel)
{
	return scene_flag(scene_channel(scene->av, channel), "uninterpreted");
}

static void both_desks_off_mid_speech(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ), two = scene_sit(&scene, "zh-en/2", TWO_HZ);
	scene_mic(one, "on");
	scene_mic(two, "on");
	world_seconds(scene.world, 1);
	assert_true(scene_heard(&scene, EN, ONE_HZ) && scene_heard(&scene, EN, TWO_HZ));
	assert_false(lamp(one, "zh-en/1", "overlap"));
	world_seconds(scene.world, 2);
	assert_true(lamp(one, "zh-en/1", "overlap") && lamp(two, "zh-en/2", "overlap"));
	unsigned from = stream_of(&scene, EN)->count;
	scene_mic(one, "off");
	scene_mic(two, "off");
	world_beats(scene.world, 25); /* half a second */
	assert_true(stream_of(&scene, EN)->header[from + 2].label == LABEL_ORIGINAL);
	assert_true(scene_heard(&scene, EN, FLOOR_HZ));
	assert_false(scene_heard(&scene, EN, ONE_HZ));
	world_beats(scene.world, 215); /* 4.8 s */
	assert_false(uninterpreted(&scene, EN));
	world_beats(scene.world, 20);
	assert_true(uninterpreted(&scene, EN));
	assert_false(uninterpreted(&scene, ZH)); /* the floor speaks it */
	assert_false(uninterpreted(&scene, FR)); /* nobody is there who could */
	fake_say(scene.av, "{'type':'operate','action':'fill','channel':%d,'on':false}", EN);
	world_seconds(scene.world, 1);
	assert_true(uninterpreted(&scene, EN)); /* silence instead is no better */
	scene_mic(two, "on");
	world_beats(scene.world, 10);
	assert_false(uninterpreted(&scene, EN));
	scene_no_hole(&scene);
}

/* Direct or relay, as the desk and the listener see it. */
static void expect_quality(const struct scene *scene, const char *desk, long hears, const char *quality, unsigned channel,
			   enum label label)
{
	assert_int_equal(scene_number(scene_desk(scene->av, desk), "hears"), hears);
	assert_string_equal(scene_word(scene_desk(scene->av, desk), "quality"), quality);
	assert_int_equal(scene_label(scene, channel), label);
}

static void relay_source_flips_away(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ), french = scene_sit(&scene, "fr/1", FR_HZ);
	fake_say(french.conn, "{'type':'input','channel':%d}", EN);
	scene_mic(french, "on");
	world_beats(scene.world, 10);
	expect_quality(&scene, "fr/1", FLOOR, "original", FR, LABEL_DIRECT); /* nobody makes English */
	scene_mic(one, "on");
	world_beats(scene.world, 10);
	expect_quality(&scene, "fr/1", EN, "direct", FR, LABEL_RELAY);
	unsigned from = stream_of(&scene, FR)->count;
	scene_press(one.conn, "output", "to", "B");
	world_seconds(scene.world, 1);
	expect_quality(&scene, "fr/1", FLOOR, "original", FR, LABEL_DIRECT);
	assert_int_equal(scene_number(scene_desk(scene.av, "fr/1"), "input"), EN); /* the preset stays */
	assert_false(lamp(french, "fr/1", "relay_lost"));
	const struct fake_stream *stream = stream_of(&scene, FR), *zh = stream_of(&scene, ZH);
	for (unsigned i = from; i < stream->count; i++) /* quality and flip change on one frame */
		assert_int_equal(stream->header[i].label == LABEL_RELAY, zh->header[i].label == LABEL_ORIGINAL);
	assert_true(scene_heard(&scene, FR, FR_HZ));
	scene_press(one.conn, "output", "to", "A");
	world_beats(scene.world, 10);
	expect_quality(&scene, "fr/1", EN, "direct", FR, LABEL_RELAY);
	scene_no_hole(&scene);
}

static void flip_creates_a_relay_loop(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ), french = scene_sit(&scene, "fr/1", FR_HZ);
	fake_say(french.conn, "{'type':'input','channel':%d}", EN);
	fake_say(one.conn, "{'type':'input','channel':%d}", FR);
	scene_press(one.conn, "output", "to", "B");
	scene_mic(french, "on");
	scene_mic(one, "on");
	world_beats(scene.world, 10);
	expect_quality(&scene, "zh-en/1", FR, "direct", ZH, LABEL_RELAY);
	scene_press(one.conn, "output", "to", "A"); /* English from French from English */
	world_seconds(scene.world, 1);
	expect_quality(&scene, "zh-en/1", FLOOR, "original", EN, LABEL_DIRECT);
	expect_quality(&scene, "fr/1", FLOOR, "original", FR, LABEL_DIRECT);
	assert_true(lamp(one, "zh-en/1", "relay_lost") && lamp(french, "fr/1", "relay_lost"));
	assert_true(scene_heard(&scene, EN, ONE_HZ) && scene_heard(&scene, FR, FR_HZ)); /* nobody is off the air for it */
	scene_press(one.conn, "output", "to", "B");
	world_beats(scene.world, 10);
	assert_false(lamp(one, "zh-en/1", "relay_lost") || lamp(french, "fr/1", "relay_lost"));
	expect_quality(&scene, "zh-en/1", FR, "direct", ZH, LABEL_RELAY);
	scene_no_hole(&scene);
}

/* Somebody speaks French in a room of Chinese and English: the operator says so; labels and warnings follow, the routing does not.
 */
static void third_language_on_the_floor(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ), french = scene_sit(&scene, "fr/1", FR_HZ);
	scene_mic(one, "on");
	fake_say(scene.av, "{'type':'operate','action':'floor_language','language':'fr-CA'}");
	world_seconds(scene.world, 6);
	assert_true(scene_heard(&scene, EN, ONE_HZ));
	assert_true(scene_heard(&scene, ZH, FLOOR_HZ) && scene_heard(&scene, FR, FLOOR_HZ));
	assert_string_equal(scene_word(scene_channel(scene.listener, ZH), "carries"), "fr-CA");
	assert_string_equal(scene_word(scene_channel(scene.listener, EN), "carries"), "en-GB");
	assert_true(uninterpreted(&scene, ZH)); /* the booth does English now */
	assert_false(uninterpreted(&scene, EN));
	assert_false(uninterpreted(&scene, FR));
	assert_false(lamp(one, "zh-en/1", "wrong_direction"));
	scene_mic(french, "on"); /* into French */
	world_beats(scene.world, 10);
	assert_true(lamp(french, "fr/1", "wrong_direction"));
	assert_true(scene_flag(scene_desk(scene.av, "fr/1"), "wrong_direction"));
	scene_press(french.conn, "output", "to", "B"); /* the right one, which is engaged */
	world_beats(scene.world, 10);
	assert_false(lamp(french, "fr/1", "wrong_direction"));
	assert_true(lamp(french, "fr/1", "engaged"));
	scene_no_hole(&scene);
}

/* ---- listeners ---- */

static void listener_joins_during_a_crossfade(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ), two = scene_sit(&scene, "zh-en/2", TWO_HZ);
	for (unsigned beats = 0; beats < 6; beats++) {
		struct seat from = beats % 2 == 0 ? one : two, to = beats % 2 == 0 ? two : one;
		scene_mic(from, "on");
		world_seconds(scene.world, 1);
		scene_handover(from, "offer");
		scene_handover(to, "accept");
		world_beats(scene.world, beats);
		struct fake_conn *late = fake_join(scene.world, "hall", NULL);
		fake_say(late, "{'type':'listen','channel':%d,'history':8}", EN);
		world_beats(scene.world, 20);
		struct fake_stream *stream = fake_stream_of(late, EN);
		assert_int_equal(stream->count, 28);
		assert_int_equal(stream->history, 8);
		for (unsigned i = 1; i < stream->count; i++)
			assert_int_equal(stream->header[i].seq, stream->header[i - 1].seq + 1);
		for (unsigned i = 4; i < stream->count; i++) { /* its decoder has begun by then */
			double a = fake_amplitude(stream, i, 1, ONE_HZ), b = fake_amplitude(stream, i, 1, TWO_HZ);
			assert_true(sqrt(a * a + b * b) > 0.8 * FULL);
		}
		assert_true(fake_amplitude_now(stream, 10, beats % 2 == 0 ? TWO_HZ : ONE_HZ) > 0.8 * FULL);
		fake_assert_unbroken(late, EN);
		scene_mic(to, "off");
	}
	scene_no_hole(&scene);
}

static void a_listener_on_original_always_gets_the_floor(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = scene_sit(&scene, "zh-en/1", ONE_HZ), two = scene_sit(&scene, "zh-en/2", TWO_HZ),
		    french = scene_sit(&scene, "fr/1", FR_HZ);
	unsigned from = stream_of(&scene, FLOOR)->count;
	scene_mic(one, "on");
	scene_mic(french, "on");
	for (unsigned channel = ZH; channel <= FR; channel++)
		fake_say(scene.av, "{'type':'operate','action':'fill','channel':%u,'on':false}", channel);
	world_seconds(scene.world, 1);
	scene_press(one.conn, "output", "to", "B");
	scene_handover(two, "take");
	fake_say(french.conn, "{'type':'input','channel':%d}", EN);
	world_seconds(scene.world, 4);
	scene_mic(two, "cough");
	fake_say(scene.av, "{'type':'operate','action':'auto_relay','channel':%d}", EN);
	fake_say(scene.av, "{'type':'operate','action':'floor_language','language':''}");
	world_seconds(scene.world, 1);
	fake_drop(two.conn);
	world_seconds(scene.world, 3);
	const struct fake_stream *stream = stream_of(&scene, FLOOR);
	for (unsigned i = from; i < stream->count; i++) {
		assert_int_equal(stream->header[i].label, LABEL_ORIGINAL);
		assert_true(fake_amplitude(stream, i, 1, FLOOR_HZ) > 0.8 * FULL);
		assert_true(fake_amplitude(stream, i, 1, ONE_HZ) < 0.01 && fake_amplitude(stream, i, 1, TWO_HZ) < 0.01);
	}
	scene_no_hole(&scene);
}

/* ---- rooms of their own kind ---- */

static struct fake_conn *in_talks(struct world *world, enum role role, const char *seat, uint32_t channels)
{
	struct fake_ticket ticket = {.room = "talks", .role = role, .channels = channels};
	if (role == ROLE_INTERPRETER) {
		ticket.booth = seat;
		ticket.desk = 1;
	} else {
		ticket.input = seat;
	}
	return fake_join(world, "talks", world_ticket(world, &ticket));
}

static double heard_by(struct fake_conn *conn, unsigned channel, double hz)
{
	return fake_amplitude_now(fake_stream_of(conn, channel), 10, hz) / FULL;
}

static double tapped_by(struct fake_conn *conn, const char *source, double hz)
{
	return fake_amplitude_now(fake_stream_of_source(conn, source), 10, hz) / FULL;
}

#define HOST_HZ 600
#define GUEST_HZ 700

/* A talk: the host speaks Chinese and hears it, the guest English; each may lay the other's own voice under the interpreter's. */
struct talk {
	struct fake_conn *host, *guest;
	struct fake_uplink *host_voice, *guest_voice;
	struct seat desk;
};

static struct talk begin_talk(struct world *world)
{
	struct talk talk = {.host = in_talks(world, ROLE_SPEAKER, "main", 1u << ZH),
			    .guest = in_talks(world, ROLE_SPEAKER, "guest", 1u << EN)};
	talk.host_voice = fake_publish(talk.host, "floor/main", HOST_HZ, true);
	talk.guest_voice = fake_publish(talk.guest, "floor/guest", GUEST_HZ, true);
	fake_say(talk.host, "{'type':'listen','channel':%d}", ZH);
	fake_say(talk.guest, "{'type':'listen','channel':%d}", EN);
	fake_say(talk.host, "{'type':'listen','source':'floor/guest'}");
	fake_say(talk.guest, "{'type':'listen','source':'floor/main'}");
	talk.desk.conn = in_talks(world, ROLE_INTERPRETER, "zh-en", 0);
	talk.desk.voice = fake_publish(talk.desk.conn, "desk", ONE_HZ, true);
	fake_say(talk.desk.conn, "{'type':'listen','channel':%d}", FLOOR);
	return talk;
}

/* Whoever listens sends silence: the microphone is open, and nobody speaks into it. */
static void takes_the_word(struct fake_uplink *speaks, struct fake_uplink *listens)
{
	speaks->size = (float)FULL;
	listens->size = 0;
}

static void expect_place(struct fake_conn *conn, const char *input, long channel, const char *other)
{
	const json_t *talk = json_object_get(fake_joined(conn), "talk");
	assert_string_equal(scene_word(talk, "input"), input);
	assert_int_equal(json_array_size(json_object_get(talk, "channels")), 1);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(talk, "channels"), 0)), channel);
	assert_int_equal(json_array_size(json_object_get(talk, "others")), 1);
	assert_string_equal(json_string_value(json_array_get(json_object_get(talk, "others"), 0)), other);
}

/* Their own language is spoken: no channel brings anybody their own voice, nor is there another one on it. */
static bool hears_nothing(struct fake_conn *conn, unsigned channel)
{
	return heard_by(conn, channel, HOST_HZ) < 0.02 && heard_by(conn, channel, GUEST_HZ) < 0.02 &&
	       heard_by(conn, channel, ONE_HZ) < 0.02;
}

static void strangers_get_nothing(struct world *world)
{
	struct fake_conn *stranger = fake_open(world);
	fake_say(stranger, "{'type':'join','room':'talks'}");
	fake_expect_error(stranger, "ticket_needed", "join");
	fake_expect_closed(world, stranger, CLOSE_REFUSED);
	stranger = fake_open(world);
	fake_say(stranger, "{'type':'join','room':'talks','ticket':'%s'}",
		 world_ticket(world, &(struct fake_ticket){.room = "hall", .role = ROLE_AV}));
	fake_expect_error(stranger, "ticket_needed", "join");
	struct fake_conn *elsewhere = fake_join_as(world, ROLE_AV, NULL);
	fake_say(elsewhere, "{'type':'listen','source':'floor/guest'}"); /* of the talks, not of the hall */
	fake_expect_error(elsewhere, "no_source", "listen");
}

/* Bytes of all files of the state folder: keys and the event log. */
static unsigned long written(const struct world *world)
{
	char command[160];
	unsigned long bytes = 0;
	snprintf(command, sizeof command, "find '%s' -type f -printf '%%s\\n' | awk '{n += $1} END {print n}'", world->state);
	FILE *pipe = popen(command, "r");
	assert_int_equal(fscanf(pipe, "%lu", &bytes), 1);
	pclose(pipe);
	return bytes;
}

/* Two people and an interpreter behind a closed door: each hears the other language only, and of the other's own voice as much as
 * they like; nobody hears themselves, and no sound stays anywhere. */
static void one_to_one_talk(void **state)
{
	struct world *world = *state;
	house_remember(world->house, world->state);
	strangers_get_nothing(world);
	struct talk talk = begin_talk(world);
	expect_place(talk.host, "main", ZH, "floor/guest");
	expect_place(talk.guest, "guest", EN, "floor/main");
	takes_the_word(talk.host_voice, talk.guest_voice);
	world_seconds(world, 1);
	assert_true(hears_nothing(talk.host, ZH) && hears_nothing(talk.guest, EN)); /* nobody interprets yet, and nothing is filled in */
	scene_mic(talk.desk, "on");
	world_seconds(world, 2);
	assert_true(heard_by(talk.guest, EN, ONE_HZ) > 0.8 && heard_by(talk.guest, EN, HOST_HZ) < 0.02);
	assert_true(hears_nothing(talk.host, ZH));
	assert_true(tapped_by(talk.guest, "floor/main", HOST_HZ) > 0.8 && tapped_by(talk.guest, "floor/main", ONE_HZ) < 0.02);
	assert_true(tapped_by(talk.host, "floor/guest", HOST_HZ) < 0.02);
	assert_true(heard_by(talk.desk.conn, FLOOR, HOST_HZ) > 0.8);
	takes_the_word(talk.guest_voice, talk.host_voice); /* and the interpreter turns round */
	scene_press(talk.desk.conn, "output", "to", "B");
	world_seconds(world, 2);
	assert_true(heard_by(talk.host, ZH, ONE_HZ) > 0.8 && heard_by(talk.host, ZH, GUEST_HZ) < 0.02);
	assert_true(hears_nothing(talk.guest, EN));
	assert_true(tapped_by(talk.host, "floor/guest", GUEST_HZ) > 0.8 && tapped_by(talk.guest, "floor/main", GUEST_HZ) < 0.02);
	talk.host_voice->size = (float)FULL; /* they speak at once: the interpreter hears both */
	world_seconds(world, 10);
	assert_true(heard_by(talk.desk.conn, FLOOR, HOST_HZ) > 0.8 && heard_by(talk.desk.conn, FLOOR, GUEST_HZ) > 0.8);
	fake_assert_perfect(talk.host, ZH);
	fake_assert_perfect(talk.guest, EN);
	fake_expect_no_error(talk.desk.conn);
	assert_true(written(world) < 8192); /* a second of it encoded would be half of that */
}

/* Nobody gets at their own voice, at the other's language, or at the other's microphone. */
static void one_to_one_talk_stays_between_them(void **state)
{
	struct world *world = *state;
	struct fake_conn *early = in_talks(world, ROLE_SPEAKER, "guest", 1u << EN);
	fake_say(early, "{'type':'listen','source':'floor/guest'}"); /* by the ticket, before anybody sends */
	fake_expect_error(early, "not_allowed", "listen");
	struct talk talk = begin_talk(world);
	fake_say(talk.guest, "{'type':'listen','source':'floor/guest'}");
	fake_expect_error(talk.guest, "not_allowed", "listen");
	fake_say(talk.guest, "{'type':'listen','channel':%d}", ZH);
	fake_expect_error(talk.guest, "not_allowed", "listen");
	fake_say(talk.guest, "{'type':'listen','channel':%d}", FLOOR);
	fake_expect_error(talk.guest, "not_allowed", "listen");
	fake_say(talk.guest, "{'type':'listen','source':'desk/zh-en/1'}");
	fake_expect_error(talk.guest, "not_allowed", "listen");
	fake_say(talk.guest, "{'type':'publish','source':'floor/main','codec':'opus'}");
	fake_expect_error(talk.guest, "not_allowed", "publish");
	fake_say(talk.desk.conn, "{'type':'listen','source':'floor/main'}");
	fake_expect_error(talk.desk.conn, "not_allowed", "listen");
	struct fake_conn *listener = in_talks(world, ROLE_LISTENER, NULL, 1u << EN);
	fake_say(listener, "{'type':'listen','source':'floor/main'}");
	fake_expect_error(listener, "not_allowed", "listen");
	assert_null(json_object_get(fake_joined(listener), "talk"));
	world_seconds(world, 1);
	assert_int_equal(talk.guest->streams, 2);
	assert_int_equal(listener->streams, 0);
}

/* Tickets without an input: places are given as people come, and whoever takes a microphone stops hearing it. */
static void a_talk_with_places_for_all(void **state)
{
	struct world *world = *state;
	struct fake_conn *named = in_talks(world, ROLE_SPEAKER, "main", 0), *first = in_talks(world, ROLE_SPEAKER, NULL, 0);
	assert_string_equal(scene_word(json_object_get(fake_joined(first), "talk"), "input"), "guest"); /* main is somebody's */
	fake_drop(named);
	fake_drop(first);
	first = in_talks(world, ROLE_SPEAKER, NULL, 0);
	const json_t *talk = json_object_get(fake_joined(first), "talk");
	assert_string_equal(scene_word(talk, "input"), "main");
	assert_int_equal(json_array_size(json_object_get(talk, "channels")), 2); /* the languages, not the floor */
	fake_publish(first, "floor/main", HOST_HZ, false);
	struct fake_conn *second = in_talks(world, ROLE_SPEAKER, NULL, 0);
	assert_string_equal(scene_word(json_object_get(fake_joined(second), "talk"), "input"), "guest");
	fake_say(second, "{'type':'listen','source':'floor/guest'}");
	fake_say(second, "{'type':'listen','source':'floor/main'}");
	fake_expect_no_error(second);
	fake_publish(second, "floor/guest", GUEST_HZ, false);
	world_seconds(world, 1);
	second->read = 0;
	fake_expect_error(second, "not_allowed", "listen");
	assert_null(fake_stream_of_source(second, "floor/guest"));
	assert_true(tapped_by(second, "floor/main", HOST_HZ) > 0.8);
	const json_t *floor = json_object_get(json_object_get(fake_joined(second), "room"), "floor");
	assert_string_equal(scene_word(floor, "mode"), "mixed");
	fake_say(second, "{'type':'unpublish','source':'floor/guest'}");
	fake_say(second, "{'type':'listen','source':'floor/guest'}"); /* not its own any more */
	world_beats(world, 2);
	assert_non_null(fake_stream_of_source(second, "floor/guest"));
}

/* The guide's telephone is the floor: it goes and comes as the street has coverage. */
static void site_visit(void **state)
{
	struct world *world = world_new(3);
	*state = world;
	const struct fake_ticket guide = {.room = "visit", .role = ROLE_SPEAKER};
	struct fake_conn *listener = fake_join(world, "visit", NULL),
			 *phone = fake_join(world, "visit", world_ticket(world, &guide));
	for (unsigned channel = ZH; channel <= EN; channel++)
		fake_say(listener, "{'type':'listen','channel':%u}", channel);
	struct seat one = {
		.conn = fake_join(
			world, "visit",
			world_ticket(world, &(struct fake_ticket){
						    .room = "visit", .role = ROLE_INTERPRETER, .booth = "zh-en", .desk = 1}))};
	one.voice = fake_publish(one.conn, "desk", ONE_HZ, true);
	fake_publish(phone, "floor/main", FLOOR_HZ, true);
	scene_mic(one, "on");
	world_seconds(world, 2);
	for (unsigned round = 0; round < 3; round++) {
		assert_true(heard_by(listener, ZH, FLOOR_HZ) > 0.4);
		fake_drop(phone);
		world_seconds(world, 2 + 10 * round); /* shortly, and until its session is forgotten */
		struct fake_stream *zh = fake_stream_of(listener, ZH);
		assert_true(heard_by(listener, ZH, FLOOR_HZ) < 0.05);
		world_seconds(world, 1);
		assert_int_equal(zh->header[zh->count - 1].label, LABEL_SILENT);
		assert_true(heard_by(listener, EN, ONE_HZ) > 0.8); /* whoever interprets is heard all the time */
		phone = fake_join(world, "visit", world_ticket(world, &guide));
		fake_publish(phone, "floor/main", FLOOR_HZ, true);
		world_seconds(world, 2);
		assert_int_equal(zh->header[zh->count - 1].label, LABEL_ORIGINAL);
	}
	fake_assert_perfect(listener, ZH);
	fake_assert_perfect(listener, EN);
}

static const char *input_link(const struct scene *scene, unsigned input)
{
	for (size_t i = json_array_size(scene->av->inbox); i-- > 0;) {
		const json_t *inputs = json_object_get(json_object_get(json_array_get(scene->av->inbox, i), "floor"), "inputs");
		if (inputs != NULL)
			return scene_word(json_array_get(inputs, input), "link");
	}
	fail();
	return NULL;
}

/* Floor input lost: the backup when there is one and AV is told, else silence and AV red. */
static void floor_falls_back_to_the_spare_microphone(void **state)
{
	struct scene scene = scene_set(*state);
	struct fake_uplink *spare = fake_publish(fake_join_as(scene.world, ROLE_SPEAKER, NULL), "floor/backup", 700, false);
	world_seconds(scene.world, 1);
	assert_false(scene_heard(&scene, FLOOR, 700));
	scene.floor->on = false;
	world_seconds(scene.world, 3);
	assert_string_equal(input_link(&scene, 0), "lost");
	assert_true(scene_heard(&scene, FLOOR, 700) && scene_heard(&scene, EN, 700));
	spare->on = false;
	world_seconds(scene.world, 3);
	assert_string_equal(input_link(&scene, 1), "lost");
	assert_int_equal(scene_label(&scene, FLOOR), LABEL_SILENT);
	assert_int_equal(scene_label(&scene, EN), LABEL_SILENT);
	scene.floor->on = spare->on = true;
	world_seconds(scene.world, 2);
	assert_true(scene_heard(&scene, FLOOR, FLOOR_HZ) && scene_heard(&scene, EN, FLOOR_HZ));
	assert_false(scene_heard(&scene, EN, 700));
	scene_no_hole(&scene);
}

/* ---- lost links ---- */

/* Speaks into English, and then nothing arrives for some beats. */
static struct seat silent_for(struct scene *scene, unsigned beats)
{
	struct seat one = scene_sit(scene, "zh-en/1", ONE_HZ);
	scene_mic(one, "on");
	world_seconds(scene->world, 2);
	one.voice->on = false;
	world_beats(scene->world, beats);
	return one;
}

static void expect_link(const struct scene *scene, const char *link, bool on_air, enum label label)
{
	const json_t *desk = scene_desk(scene->av, "zh-en/1");
	assert_string_equal(scene_word(desk, "link"), link);
	assert_int_equal(scene_flag(desk, "on_air"), on_air);
	assert_string_equal(scene_word(desk, "mic"), "on"); /* the key is the person's */
	assert_int_equal(scene_label(scene, EN), label);
}

/* The sound is back, by itself and whole. */
static void expect_back(struct scene *scene, struct seat seat)
{
	seat.voice->on = true;
	world_seconds(scene->world, 2);
	expect_link(scene, "up", true, LABEL_DIRECT);
	assert_true(scene_heard(scene, EN, ONE_HZ));
	assert_false(scene_heard(scene, EN, FLOOR_HZ));
	scene_no_hole(scene);
}

static void sound_missing_for_60_ms_is_made_up(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = silent_for(&scene, 0);
	unsigned from = stream_of(&scene, EN)->count;
	world_beats(scene.world, 3);
	one.voice->on = true;
	world_beats(scene.world, 20);
	for (unsigned i = from; i < stream_of(&scene, EN)->count; i++) {
		float peak = 0;
		for (unsigned k = 0; k < FRAME_SAMPLES_MAX; k++)
			peak = fmaxf(peak, fabsf(stream_of(&scene, EN)->pcm[(size_t)i * FRAME_SAMPLES_MAX + k]));
		assert_true(peak > 0.5 * FULL); /* no hole */
		assert_int_equal(stream_of(&scene, EN)->header[i].label, LABEL_DIRECT);
	}
	expect_back(&scene, one);
}

static void sound_missing_for_400_ms_fades(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = silent_for(&scene, 18);
	expect_link(&scene, "up", true, LABEL_DIRECT);
	assert_true(fake_amplitude_now(stream_of(&scene, EN), 1, ONE_HZ) < 0.3 * FULL);
	assert_true(fake_amplitude_now(stream_of(&scene, EN), 5, FLOOR_HZ) < 0.01);
	expect_back(&scene, one);
}

static void sound_missing_for_a_second_is_a_cough(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = silent_for(&scene, 60);
	expect_link(&scene, "late", false, LABEL_DIRECT);
	assert_false(scene_heard(&scene, EN, FLOOR_HZ));
	assert_false(scene_heard(&scene, EN, ONE_HZ));
	assert_false(lamp(one, "zh-en/1", "cough_long"));
	expect_back(&scene, one);
}

static void sound_missing_for_3_s_is_off(void **state)
{
	struct scene scene = scene_set(*state);
	struct seat one = silent_for(&scene, 150);
	expect_link(&scene, "lost", false, LABEL_ORIGINAL);
	assert_true(scene_heard(&scene, EN, FLOOR_HZ));
	expect_back(&scene, one);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(cough_for_20_s),
		TEST(flip_a_to_b_while_speaking),
		TEST(joining_with_a_hot_microphone),
		TEST(the_same_desk_in_two_tabs),
		TEST(av_cuts_an_open_microphone),
		TEST(two_booths_press_on_in_the_same_tick),
		TEST(displaced_desk_presses_again),
		TEST(both_desks_off_mid_speech),
		TEST(relay_source_flips_away),
		TEST(flip_creates_a_relay_loop),
		TEST(third_language_on_the_floor),
		TEST(listener_joins_during_a_crossfade),
		TEST(a_listener_on_original_always_gets_the_floor),
		TEST(one_to_one_talk),
		TEST(one_to_one_talk_stays_between_them),
		TEST(a_talk_with_places_for_all),
		cmocka_unit_test_teardown(site_visit, world_tear_down),
		TEST(floor_falls_back_to_the_spare_microphone),
		TEST(sound_missing_for_60_ms_is_made_up),
		TEST(sound_missing_for_400_ms_fades),
		TEST(sound_missing_for_a_second_is_a_cough),
		TEST(sound_missing_for_3_s_is_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
