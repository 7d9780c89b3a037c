/* Everything at once, at random: ten interpreters press keys, lose their sound and their connections, the technician changes rules,
 * listeners come and go. What must hold on every beat (room/README.md, "Invariants"):
 *
 *   every channel gives exactly one packet, numbered on
 *   who is OFF or coughs is heard nowhere, once the fade is over
 *   who is on air by the plan is heard there, and nowhere else
 *   who is tapped is heard by the technician while the microphone is ON, and not otherwise
 *
 * Every desk has a tone of its own, so who is heard where is measured in what a listener decodes.
 */
#include "flow/fake.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DESKS 10
#define CHANNELS 7
#define BEATS 4000
#define WINDOW 5   /* beats that are measured at once */
#define FADE 4     /* beats until what left is gone: two until the plan holds, its fade, the encoder's delay */
#define SETTLE 50  /* beats until sound that came back is whole again */
#define SIZE 0.05f /* of each tone: all of them together stay below the limiter */
#define NOTHING 0.008
#define SURELY 0.03

/* Some of them are tapped. */
#define TAPPED(d) ((d) % 4 == 0)

static const char *const desk_names[DESKS] = {"zh-en/1", "zh-en/2", "fr/1", "fr/2", "es/1", "es/2", "ru/1", "ru/2", "it/1", "it/2"};

/* What is known of a desk on one beat. */
struct truth {
	bool off;        /* the key is OFF or COUGH, for sure */
	bool open;       /* the microphone is ON and linked, by the room */
	bool sends;      /* its sound arrives */
	uint8_t channel; /* that carries it by the plan, unmuted; 255 none */
};

struct desk {
	struct fake_conn *conn;
	struct fake_uplink *uplink;
	bool key_known, key_on;
	uint64_t back_at;  /* beat at which it comes back; 0 it is here */
	uint64_t sound_at; /* beat at which its sound comes back; 0 it is there */
};

struct play {
	struct world *world;
	struct fake_conn *listener, *av;
	struct desk desk[DESKS];
	struct truth truth[BEATS][DESKS];
	uint32_t random;
	uint32_t first_seq;
};

/* None near a multiple of 800 or 1000, of which the attention signal is made. */
static double hz_of(unsigned desk)
{
	return 1130 + 170.0 * desk;
}

static uint32_t throw(struct play * play, uint32_t sides)
{
	play->random = play->random * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)play->random * sides >> 32);
}

static void sit_down(struct play *play, unsigned d)
{
	struct desk *desk = &play->desk[d];
	char token[TICKET_SIZE] = "", booth[NAME_SIZE];
	unsigned number;
	assert_int_equal(sscanf(desk_names[d], "%31[^/]/%u", booth, &number), 2);
	if (desk->conn != NULL && throw(play, 2) == 0)
		snprintf(token, sizeof token, "%s", json_string_value(json_object_get(fake_joined(desk->conn), "resume")));
	desk->conn = fake_open(play->world);
	fake_say(desk->conn, "{'type':'join','room':'hall','ticket':'%s','resume':{'token':'%s'}}",
		 world_ticket(play->world,
			      &(struct fake_ticket){.room = "hall", .role = ROLE_INTERPRETER, .booth = booth, .desk = number}),
		 token);
	assert_non_null(fake_joined(desk->conn));
	desk->uplink = fake_publish(desk->conn, "desk", hz_of(d), false);
	desk->uplink->size = SIZE;
	desk->key_known = false;
	desk->back_at = desk->sound_at = 0;
}

static void press_key(struct play *play, struct desk *desk)
{
	static const char *const states[] = {"off", "on", "cough", "on"};
	uint32_t which = throw(play, 4);
	fake_say(desk->conn, "{'type':'mic','state':'%s'}", states[which]);
	desk->key_known = true;
	desk->key_on = which % 2 == 1;
}

static void something_at_a_desk(struct play *play)
{
	struct desk *desk = &play->desk[throw(play, DESKS)];
	if (desk->back_at != 0)
		return;
	switch (throw(play, 12)) {
	case 0:
		fake_drop(desk->conn);
		desk->back_at = play->world->beat + 1 + throw(play, 200);
		break;
	case 1:
		desk->uplink->on = false;
		desk->sound_at = play->world->beat + 1 + throw(play, 150);
		break;
	case 2:
	case 3:
	case 4: fake_say(desk->conn, "{'type':'output','to':'%s'}", throw(play, 2) ? "A" : "B"); break;
	case 5: fake_say(desk->conn, "{'type':'input','channel':%u}", throw(play, CHANNELS)); break;
	default: press_key(play, desk);
	}
}

static void something_by_the_technician(struct play *play)
{
	static const char *const modes[] = {"none", "interlock", "override", "toggle-override"};
	unsigned channel = 1 + throw(play, CHANNELS - 1);
	switch (throw(play, 7)) {
	case 0:
		fake_say(play->av, "{'type':'operate','action':'fill','channel':%u,'on':%s}", channel,
			 throw(play, 2) ? "true" : "false");
		break;
	case 1:
	case 2:
		fake_say(play->av, "{'type':'operate','action':'interlock','channel':%u,'mode':'%s'}", channel,
			 modes[throw(play, 4)]);
		break;
	case 3:
		fake_say(play->av, "{'type':'operate','action':'floor_language','language':'%s'}",
			 throw(play, 2) ? "zh-CN" : "en-GB");
		break;
	case 4:
	case 5:
		fake_say(play->av, "{'type':'operate','action':'%s','channel':%u,'on':%s}", throw(play, 2) ? "line_up" : "break_music",
			 throw(play, CHANNELS), throw(play, 3) == 0 ? "true" : "false");
		break;
	default: fake_say(play->av, "{'type':'operate','action':'emergency','on':%s}", throw(play, 4) == 0 ? "true" : "false");
	}
}

static void those_who_come_back(struct play *play)
{
	for (unsigned d = 0; d < DESKS; d++) {
		struct desk *desk = &play->desk[d];
		if (desk->back_at != 0 && desk->back_at <= play->world->beat)
			sit_down(play, d);
		if (desk->sound_at != 0 && desk->sound_at <= play->world->beat) {
			desk->sound_at = 0;
			desk->uplink->on = true;
		}
	}
}

static uint8_t channel_of(const struct plan *plan, unsigned desk)
{
	uint8_t found = 255;
	for (uint8_t c = 0; c < plan->channels; c++) {
		for (unsigned i = 0; i < plan->line[c].voices; i++) {
			if (plan->line[c].voice[i].source != INPUTS_MAX + desk)
				continue;
			assert_int_equal(found, 255); /* no desk in two channels */
			found = c;
			if (plan->line[c].voice[i].muted)
				return 255;
		}
	}
	return found;
}

static void note_truth(struct play *play, struct truth truth[DESKS])
{
	struct stage *stage = house_find(play->world->house, "hall")->stage;
	const struct plan *plan = stage_plan(stage);
	for (unsigned d = 0; d < DESKS; d++) {
		const struct desk *desk = &play->desk[d];
		truth[d] = (struct truth){
			.off = desk->back_at == 0 && desk->key_known && !desk->key_on,
			.open = room_mic_open(stage_room(stage), d),
			.sends = desk->back_at == 0 && desk->sound_at == 0,
			.channel = channel_of(plan, d),
		};
	}
}

static void run(struct play *play)
{
	for (unsigned beat = 0; beat < BEATS; beat++) {
		those_who_come_back(play);
		if (throw(play, 8) == 0)
			something_at_a_desk(play);
		if (throw(play, 100) == 0)
			something_by_the_technician(play);
		world_beat(play->world);
		note_truth(play, play->truth[beat]);
	}
}

/* True when it held on all beats of the window and some before it. */
static bool always_off(const struct play *play, unsigned first, unsigned d)
{
	for (unsigned b = first - FADE; b < first + WINDOW; b++) {
		if (!play->truth[b][d].off)
			return false;
	}
	return true;
}

static bool always_sends(const struct play *play, unsigned first, unsigned d)
{
	for (unsigned b = first - SETTLE; b < first + WINDOW; b++) {
		if (!play->truth[b][d].sends)
			return false;
	}
	return true;
}

/* On how many of these beats the plan had the desk on the channel: 0 none, 1 some, 2 all. */
static unsigned carried(const struct play *play, unsigned first, unsigned d, unsigned channel)
{
	unsigned count = 0;
	for (unsigned b = first - FADE; b < first + WINDOW; b++)
		count += play->truth[b][d].channel == channel;
	return count == 0 ? 0 : count < FADE + WINDOW ? 1 : 2;
}

/* The same for an open microphone. */
static unsigned open(const struct play *play, unsigned first, unsigned d)
{
	unsigned count = 0;
	for (unsigned b = first - FADE; b < first + WINDOW; b++)
		count += play->truth[b][d].open;
	return count == 0 ? 0 : count < FADE + WINDOW ? 1 : 2;
}

struct measured {
	unsigned silent, heard, off;
	unsigned tap_silent, tap_heard;
};

static void measure(const struct play *play, const struct fake_stream *stream, unsigned channel, unsigned first,
		    struct measured *measured)
{
	for (unsigned d = 0; d < DESKS; d++) {
		double amplitude = fake_amplitude(stream, first, WINDOW, hz_of(d));
		unsigned by_plan = carried(play, first, d, channel);
		if (always_off(play, first, d)) {
			assert_true(amplitude < NOTHING);
			measured->off++;
		}
		if (by_plan == 0) {
			assert_true(amplitude < NOTHING);
			measured->silent++;
		}
		if (by_plan == 2 && always_sends(play, first, d)) {
			assert_true(amplitude > SURELY);
			measured->heard++;
		}
	}
}

/* What the technician hears of one desk: itself while it is open, and never another. */
static void measure_tap(const struct play *play, const struct fake_stream *stream, unsigned tapped, unsigned first,
			struct measured *measured)
{
	double own = fake_amplitude(stream, first, WINDOW, hz_of(tapped));
	unsigned by_room = open(play, first, tapped);
	if (by_room == 0 || always_off(play, first, tapped)) {
		assert_true(own < NOTHING);
		measured->tap_silent++;
	}
	if (by_room == 2 && always_sends(play, first, tapped)) {
		assert_true(own > SURELY);
		measured->tap_heard++;
	}
	assert_true(fake_amplitude(stream, first, WINDOW, hz_of((tapped + 1) % DESKS)) < NOTHING);
}

static void judge_taps(struct play *play, struct measured *measured)
{
	for (unsigned d = 0; d < DESKS; d++) {
		if (!TAPPED(d))
			continue;
		char source[64];
		snprintf(source, sizeof source, "desk/%s", desk_names[d]);
		struct fake_stream *stream = fake_stream_of_source(play->av, source);
		assert_int_equal(stream->count, BEATS);
		assert_int_equal(stream->gaps, 0);
		for (unsigned first = SETTLE; first + WINDOW <= BEATS; first += WINDOW)
			measure_tap(play, stream, d, first, measured);
	}
}

static void judge(struct play *play)
{
	struct measured measured = {0};
	for (unsigned c = 0; c < CHANNELS; c++) {
		struct fake_stream *stream = fake_stream_of(play->listener, c);
		fake_assert_perfect(play->listener, c);
		assert_int_equal(stream->count, BEATS);
		assert_int_equal(stream->header[0].seq, play->first_seq);
		for (unsigned first = SETTLE; first + WINDOW <= BEATS; first += WINDOW)
			measure(play, stream, c, first, &measured);
	}
	judge_taps(play, &measured);
	print_message("windows measured: %u off, %u elsewhere or nowhere, %u heard; of taps %u silent, %u heard\n", measured.off,
		      measured.silent, measured.heard, measured.tap_silent, measured.tap_heard);
	assert_true(measured.off > 1000 && measured.silent > 1000 && measured.heard > 500);
	assert_true(measured.tap_silent > 200 && measured.tap_heard > 200);
}

static void random_keys(struct world *world, uint32_t seed)
{
	struct play *play = calloc(1, sizeof *play);
	play->world = world;
	play->random = seed;
	play->first_seq = (uint32_t)world->beat;
	play->listener = fake_listener(world, 0);
	for (unsigned c = 1; c < CHANNELS; c++)
		fake_say(play->listener, "{'type':'listen','channel':%u}", c);
	play->av = fake_join_as(world, ROLE_AV, NULL);
	fake_publish(fake_join_as(world, ROLE_SPEAKER, NULL), "floor/main", 440, false);
	for (unsigned d = 0; d < DESKS; d++)
		sit_down(play, d);
	for (unsigned d = 0; d < DESKS; d++) {
		if (TAPPED(d))
			fake_say(play->av, "{'type':'listen','source':'desk/%s'}", desk_names[d]);
	}
	run(play);
	judge(play);
	free(play);
}

static int only_the_hall(void **state)
{
	*state = world_new(1);
	return 0;
}

static void seed_1(void **state)
{
	random_keys(*state, 1);
}

static void seed_2(void **state)
{
	random_keys(*state, 20250321);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(seed_1, only_the_hall, world_tear_down),
		cmocka_unit_test_setup_teardown(seed_2, only_the_hall, world_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
