/* The hall at work, see scene.h. */
#include "flow/scene.h"

#include <math.h>
#include <string.h>

#define NOTHING (0.05 * FULL)
#define WHOLE (0.75 * FULL)

struct scene scene_set(struct world *world)
{
	struct scene scene = {
		.world = world, .av = fake_join_as(world, ROLE_AV, NULL), .speaker = fake_join_as(world, ROLE_SPEAKER, NULL)};
	scene.floor = fake_publish(scene.speaker, "floor/main", FLOOR_HZ, false);
	scene.listener = fake_listener(world, FLOOR);
	for (unsigned channel = ZH; channel <= FR; channel++)
		fake_say(scene.listener, "{'type':'listen','channel':%u}", channel);
	world_seconds(world, 1);
	return scene;
}

struct seat scene_sit(struct scene *scene, const char *desk, double hz)
{
	struct seat seat = {.conn = fake_join_as(scene->world, ROLE_INTERPRETER, desk)};
	seat.voice = fake_publish(seat.conn, "desk", hz, false);
	world_seconds(scene->world, 1);
	return seat;
}

struct seat scene_come_back(struct scene *scene, struct seat old, const char *desk, double hz)
{
	struct seat seat = {.conn = fake_open(scene->world)};
	struct fake_ticket ticket = {.room = "hall", .role = ROLE_INTERPRETER};
	char booth[NAME_SIZE] = "";
	assert_int_equal(sscanf(desk, "%31[^/]/%u", booth, &ticket.desk), 2);
	ticket.booth = booth;
	fake_say(seat.conn, "{'type':'join','room':'hall','ticket':'%s','name':'Test','resume':{'token':'%s'}}",
		 world_ticket(scene->world, &ticket), scene_word(fake_joined(old.conn), "resume"));
	assert_non_null(fake_joined(seat.conn));
	seat.voice = fake_publish(seat.conn, "desk", hz, false);
	return seat;
}

void scene_press(struct fake_conn *conn, const char *key, const char *field, const char *value)
{
	fake_say(conn, "{'type':'%s','%s':'%s'}", key, field, value);
}

void scene_mic(struct seat seat, const char *state)
{
	scene_press(seat.conn, "mic", "state", state);
}

void scene_handover(struct seat seat, const char *action)
{
	scene_press(seat.conn, "handover", "action", action);
}

bool scene_heard(const struct scene *scene, unsigned channel, double hz)
{
	double amplitude = fake_amplitude_now(fake_stream_of(scene->listener, channel), 10, hz);
	if (amplitude > NOTHING && amplitude < WHOLE)
		fail_msg("channel %u has %g Hz half: %g", channel, hz, amplitude);
	return amplitude >= WHOLE;
}

enum label scene_label(const struct scene *scene, unsigned channel)
{
	struct fake_stream *stream = fake_stream_of(scene->listener, channel);
	return stream->header[stream->count - 1].label;
}

void scene_no_hole(struct scene *scene)
{
	for (unsigned channel = FLOOR; channel <= FR; channel++)
		fake_assert_perfect(scene->listener, channel);
}

double scene_amplitude(const struct fake_stream *stream, size_t first, size_t samples, double hz)
{
	double re = 0, im = 0;
	assert_true(first + samples <= (size_t)stream->count * FRAME_SAMPLES_MAX);
	for (size_t i = 0; i < samples; i++) {
		re += stream->pcm[first + i] * cos(2 * M_PI * hz * (double)i / RATE_HZ);
		im += stream->pcm[first + i] * sin(2 * M_PI * hz * (double)i / RATE_HZ);
	}
	return 2 * sqrt(re * re + im * im) / (double)samples;
}

/* ---- what was told ---- */

static const json_t *find(const json_t *from, const char *list, const char *key, const json_t *value)
{
	const json_t *entry;
	size_t i;
	json_array_foreach(json_object_get(from, list), i, entry)
	{
		if (json_equal(json_object_get(entry, key), value))
			return entry;
	}
	return NULL;
}

static const json_t *last_told(const struct fake_conn *conn, const char *list, const char *key, json_t *value)
{
	const json_t *found = NULL;
	for (size_t i = json_array_size(conn->inbox); i-- > 0 && found == NULL;) {
		const json_t *message = json_array_get(conn->inbox, i), *room = json_object_get(message, "room");
		found = find(room != NULL ? room : message, list, key, value);
	}
	json_decref(value);
	assert_non_null(found);
	return found;
}

const json_t *scene_channel(const struct fake_conn *conn, unsigned number)
{
	return last_told(conn, "channels", "number", json_integer(number));
}

const json_t *scene_desk(const struct fake_conn *conn, const char *id)
{
	return last_told(conn, "desks", "id", json_string(id));
}

const json_t *scene_booth(const struct fake_conn *conn, const char *id)
{
	return last_told(conn, "booths", "id", json_string(id));
}

const char *scene_word(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));
	if (value == NULL)
		fail_msg("no %s", key);
	return value;
}

long scene_number(const json_t *object, const char *key)
{
	assert_true(json_is_integer(json_object_get(object, key)));
	return (long)json_integer_value(json_object_get(object, key));
}

bool scene_flag(const json_t *object, const char *key)
{
	const json_t *field = json_object_get(object, key);
	assert_true(json_is_boolean(field));
	return json_is_true(field);
}

void scene_expect_handover(const struct fake_conn *conn, const char *state, const char *ended)
{
	const json_t *handover = json_object_get(scene_booth(conn, "zh-en"), "handover");
	assert_string_equal(scene_word(handover, "state"), state);
	assert_string_equal(scene_word(handover, "ended"), ended);
}
