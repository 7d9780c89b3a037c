/* HTTP beside the pages: what may be known, health, metrics, sound out (/live) and sound in (/ingest). */
#include "flow/fake.h"

#include "base/check.h"

#include <math.h>
#include <opus/opusfile.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define TONE_HZ 440

static const char *word(const json_t *message, const char *key)
{
	const char *value = json_string_value(json_object_get(message, key));
	assert_non_null(value);
	return value;
}

static void expect_status(const struct fake_exchange *ex, int status, const char *code)
{
	assert_true(ex->over);
	assert_int_equal(ex->status, status);
	json_t *json = fake_json(ex);
	assert_string_equal(word(json, "code"), code);
	assert_true(strlen(word(json, "message")) > 10); /* a sentence */
	json_decref(json);
	if (status == 401)
		assert_non_null(strstr(ex->headers, "WWW-Authenticate: "));
}

static const char *bearer(struct world *world, const struct fake_ticket *ticket)
{
	static char text[TICKET_SIZE + 16];
	snprintf(text, sizeof text, "Bearer %s", world_ticket(world, ticket));
	return text;
}

/* As source clients do: any name, the ticket as password. */
static const char *basic(struct world *world, const struct fake_ticket *ticket)
{
	static char text[2 * TICKET_SIZE];
	char pair[TICKET_SIZE + 16];
	int size = snprintf(pair, sizeof pair, "source:%s", world_ticket(world, ticket));
	memcpy(text, "Basic ", 6);
	sodium_bin2base64(text + 6, sizeof text - 6, (const unsigned char *)pair, (size_t)size, sodium_base64_VARIANT_ORIGINAL);
	return text;
}

/* ---- /api ---- */

static void rooms_for_anybody(void **state)
{
	struct world *world = *state;
	world_beats(world, 3);
	struct fake_exchange *ex = fake_request(world, "GET", "/api/rooms", NULL, NULL);
	assert_int_equal(ex->status, 200);
	json_t *json = fake_json(ex);
	const json_t *rooms = json_object_get(json, "rooms"), *hall = json_array_get(rooms, 0), *talks = json_array_get(rooms, 1);
	assert_string_equal(word(json_object_get(json, "event"), "id"), "chengdu-2025");
	assert_int_equal(json_array_size(rooms), 2);
	assert_string_equal(word(hall, "id"), "hall");
	assert_int_equal(json_array_size(json_object_get(hall, "channels")), 7);
	assert_int_equal(json_array_size(json_object_get(hall, "desks")), 0);
	/* Of the closed room its names, and nothing of what goes on in it. */
	assert_string_equal(word(talks, "id"), "talks");
	assert_true(json_is_true(json_object_get(talks, "closed")));
	assert_int_equal(json_array_size(json_object_get(talks, "channels")), 0);
	assert_int_equal(json_object_size(talks), 4);
	json_decref(json);
}

static void one_room(void **state)
{
	struct world *world = *state;
	struct fake_exchange *ex = fake_request(world, "GET", "/api/rooms/hall", NULL, NULL);
	assert_int_equal(ex->status, 200);
	json_t *json = fake_json(ex);
	assert_string_equal(word(json, "id"), "hall");
	json_decref(json);
	expect_status(fake_request(world, "GET", "/api/rooms/talks", NULL, NULL), 401, "ticket_needed");
	ex = fake_request(world, "GET", "/api/rooms/talks",
			  bearer(world, &(struct fake_ticket){.room = "talks", .role = ROLE_LISTENER}), NULL);
	assert_int_equal(ex->status, 200);
	json = fake_json(ex);
	assert_int_equal(json_array_size(json_object_get(json, "channels")), 3);
	assert_int_equal(json_array_size(json_object_get(json, "desks")), 0);
	json_decref(json);
	ex = fake_request(world, "GET", "/api/rooms/talks", bearer(world, &(struct fake_ticket){.room = "talks", .role = ROLE_AV}),
			  NULL);
	json = fake_json(ex);
	assert_int_equal(json_array_size(json_object_get(json, "desks")), 2);
	json_decref(json);
	expect_status(fake_request(world, "GET", "/api/rooms/talks",
				   bearer(world, &(struct fake_ticket){.room = "hall", .role = ROLE_AV}), NULL),
		      401, "ticket_needed");
	expect_status(fake_request(world, "GET", "/api/rooms/talks", "Bearer nonsense", NULL), 401, "bad_ticket");
	expect_status(fake_request(world, "GET", "/api/rooms/talks", "Basic !!!", NULL), 401, "ticket_needed");
	expect_status(fake_request(world, "GET", "/api/rooms/cellar", NULL, NULL), 404, "no_room");
	expect_status(fake_request(world, "GET", "/api/cellar", NULL, NULL), 404, "not_found");
	assert_int_equal(fake_request(world, "POST", "/api/rooms", NULL, NULL)->status, 405);
	assert_int_equal(fake_request(world, "GET", "/ingest/hall/main", NULL, NULL)->status, 405);
}

/* ---- health ---- */

static void health_is(struct world *world, const char *path, int status, const char *reason)
{
	struct fake_exchange *ex = fake_request(world, "GET", path, NULL, NULL);
	json_t *json = fake_json(ex);
	const json_t *reasons = json_object_get(json, "reasons");
	assert_int_equal(ex->status, status);
	assert_true(json_is_boolean(json_object_get(json, "ok")) && json_is_true(json_object_get(json, "ok")) == (status == 200));
	assert_int_equal(json_array_size(reasons), reason != NULL);
	if (reason != NULL)
		assert_non_null(strstr(json_string_value(json_array_get(reasons, 0)), reason));
	json_decref(json);
}

static void healthy_and_ready(void **state)
{
	struct world *world = *state;
	health_is(world, "/healthz", 200, NULL); /* the first beat is still to come */
	world_wait_ms(world, 3000);
	health_is(world, "/healthz", 503, "beat");
	world_beats(world, 3);
	health_is(world, "/healthz", 200, NULL);
	health_is(world, "/readyz", 503, "sound");
	struct fake_uplink *uplink = fake_publish(fake_join_as(world, ROLE_SPEAKER, NULL), "floor/main", TONE_HZ, false);
	world_seconds(world, 1);
	health_is(world, "/readyz", 200, NULL);
	uplink->on = false;
	world_seconds(world, 4);
	health_is(world, "/readyz", 503, "sound");
	uplink->on = true;
	world_seconds(world, 1);
	health_is(world, "/readyz", 200, NULL);
	world_wait_ms(world, 3000); /* the loop hangs */
	health_is(world, "/healthz", 503, "beat");
	world_beats(world, 3);
	health_is(world, "/healthz", 200, NULL);
	house_announce_restart(world->house, 1000);
	health_is(world, "/readyz", 503, "restart");
	health_is(world, "/healthz", 200, NULL);
}

/* A closed room with sound makes nobody ready: a listener would not get in. */
static void closed_room_is_not_ready(void **state)
{
	struct world *world = *state;
	struct fake_conn *speaker =
		fake_join(world, "talks", world_ticket(world, &(struct fake_ticket){.room = "talks", .role = ROLE_SPEAKER}));
	fake_publish(speaker, "floor/main", TONE_HZ, false);
	world_seconds(world, 1);
	health_is(world, "/readyz", 503, "sound");
}

static void metrics_are_well_formed(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_listener(world, 1);
	world_beats(world, 10);
	fake_say(conn, "{'type':'dance'}");
	struct fake_exchange *ex = fake_request(world, "GET", "/metrics", NULL, NULL);
	assert_int_equal(ex->status, 200);
	assert_true(strncmp(ex->type, "text/plain; version=0.0.4", 25) == 0);
	assert_non_null(strstr(ex->body.at, "\nboothcast_joins_total 1\n"));
	assert_non_null(strstr(ex->body.at, "\nboothcast_errors_total{code=\"unknown_type\"} 1\n"));
	assert_non_null(strstr(ex->body.at, "boothcast_encode_seconds_count{room=\"hall\"} "));
	if (system("command -v promtool >/dev/null 2>&1") != 0) {
		print_message("skipped: promtool is not installed (package prometheus)\n");
		return;
	}
	FILE *promtool = popen("promtool check metrics", "w");
	assert_non_null(promtool);
	assert_int_equal(fwrite(ex->body.at, 1, ex->body.size, promtool), ex->body.size);
	assert_int_equal(pclose(promtool), 0);
}

/* ---- /live ---- */

/* Decodes a whole Ogg Opus stream; the mean amplitude of a tone from `from_s` to its end. */
static double decoded_amplitude(const struct text *ogg, double hz, double from_s, double *seconds)
{
	int error;
	OggOpusFile *file = op_open_memory((const unsigned char *)ogg->at, ogg->size, &error);
	assert_non_null(file);
	size_t capacity = 60 * RATE_HZ, count = 0;
	float *pcm = calloc(capacity, sizeof *pcm);
	for (int n; (n = op_read_float(file, pcm + count, (int)(capacity - count), NULL)) != 0; count += (size_t)n)
		assert_true(n > 0);
	op_free(file);
	*seconds = (double)count / RATE_HZ;
	size_t from = (size_t)(from_s * RATE_HZ);
	double amplitude = fake_amplitude_of(pcm + from, count - from, hz);
	free(pcm);
	return amplitude;
}

static void put_tone_on_the_floor(struct world *world, double hz)
{
	fake_publish(fake_join_as(world, ROLE_SPEAKER, NULL), "floor/main", hz, false);
	world_seconds(world, 1);
}

static void live_plays(void **state)
{
	struct world *world = *state;
	double seconds;
	put_tone_on_the_floor(world, TONE_HZ);
	static const char *const paths[] = {"/live/hall/2.opus", "/live/hall/en-GB.opus", "/live/hall/0.opus", "/live/hall/EN-gb"};
	struct fake_exchange *ex[4];
	for (unsigned i = 0; i < 4; i++) {
		ex[i] = fake_request(world, "GET", paths[i], NULL, NULL);
		assert_int_equal(ex[i]->status, 200);
		assert_string_equal(ex[i]->type, "audio/ogg");
		assert_true(ex[i]->body.size > 0); /* the first sound is there at once */
	}
	world_seconds(world, 3);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(fabs(decoded_amplitude(&ex[i]->body, TONE_HZ, 1, &seconds) - 0.2) < 0.03);
		assert_true(seconds > 2.9 && seconds < 3.2);
	}
	assert_int_equal(world->house->live_streams, 4);
	fake_hang_up(ex[0]);
	assert_int_equal(world->house->live_streams, 3);
	world_beats(world, 5);
}

/* A player that does not read for a while. */
static void live_goes_on_after_a_stall(void **state)
{
	struct world *world = *state;
	double seconds;
	put_tone_on_the_floor(world, TONE_HZ);
	struct fake_exchange *ex = fake_request(world, "GET", "/live/hall/1.opus", NULL, NULL);
	world_beats(world, 10);
	ex->full = true;
	world_beats(world, 60);
	ex->full = false;
	edge_exchanges.writable(&ex->ex);
	world_beats(world, 60);
	decoded_amplitude(&ex->body, TONE_HZ, 0, &seconds);
	assert_true(seconds > 2.5);
	ex->full = true;
	world_seconds(world, 12);
	assert_true(ex->over && ex->closed);
	assert_int_equal(world->house->live_streams, 0);
}

static void live_refusals(void **state)
{
	struct world *world = *state;
	expect_status(fake_request(world, "GET", "/live/hall/9.opus", NULL, NULL), 404, "no_channel");
	expect_status(fake_request(world, "GET", "/live/hall/.opus", NULL, NULL), 404, "no_channel");
	expect_status(fake_request(world, "GET", "/live/hall/1x.opus", NULL, NULL), 404, "no_channel");
	expect_status(fake_request(world, "GET", "/live/hall/a-language-that-is-far-too-long.opus", NULL, NULL), 404, "no_channel");
	expect_status(fake_request(world, "GET", "/live/cellar/1.opus", NULL, NULL), 404, "no_room");
	expect_status(fake_request(world, "GET", "/live/hall", NULL, NULL), 404, "no_room");
	expect_status(fake_request(world, "GET", "/live/talks/1.opus", NULL, NULL), 401, "ticket_needed");
	const struct fake_ticket one = {.room = "talks", .role = ROLE_PRESS, .channels = 1 << 2};
	expect_status(fake_request(world, "GET", "/live/talks/1.opus", bearer(world, &one), NULL), 403, "not_allowed");
	assert_int_equal(fake_request(world, "GET", "/live/talks/2.opus", bearer(world, &one), NULL)->status, 200);
	assert_int_equal(fake_request(world, "GET", "/live/talks/2.opus", basic(world, &one), NULL)->status, 200);
	struct fake_exchange *head = fake_request(world, "HEAD", "/live/hall/1.opus", NULL, NULL);
	assert_int_equal(head->status, 200);
	assert_string_equal(head->type, "audio/ogg");
	assert_true(head->over);
}

static void live_ends_with_its_ticket(void **state)
{
	struct world *world = *state;
	const struct fake_ticket brief = {.room = "talks", .role = ROLE_LISTENER, .valid_s = 3};
	struct fake_exchange *ex = fake_request(world, "GET", "/live/talks/1.opus", bearer(world, &brief), NULL);
	struct fake_exchange *open = fake_request(world, "GET", "/live/hall/1.opus", NULL, NULL);
	world_seconds(world, 2);
	assert_false(ex->over);
	world_seconds(world, 3);
	assert_true(ex->over && ex->closed);
	assert_false(open->over);
}

/* ---- /ingest ---- */

static const struct fake_ticket speaker = {.room = "hall", .role = ROLE_SPEAKER};

/* A WAV file of a tone at 0.2: 44 bytes of header, 16 bits, mono. The caller frees. */
static uint8_t *make_wav(unsigned rate_hz, unsigned seconds, size_t *size)
{
	uint32_t data = rate_hz * seconds * 2;
	uint8_t *wav = check_alloc(calloc(1, 44 + data));
	const uint32_t fields[] = {36 + data, 16, 1 | 1 << 16, rate_hz, rate_hz * 2, 2 | 16 << 16, data};
	const unsigned at[] = {4, 16, 20, 24, 28, 32, 40};
	memcpy(wav, "RIFF    WAVEfmt ", 16);
	memcpy(wav + 36, "data", 4);
	for (unsigned i = 0; i < 7; i++) {
		for (unsigned b = 0; b < 4; b++)
			wav[at[i] + b] = (uint8_t)(fields[i] >> 8 * b);
	}
	for (uint32_t i = 0; i < rate_hz * seconds; i++) {
		int16_t value = (int16_t)lrint(6553 * sin(2 * M_PI * TONE_HZ * i / rate_hz));
		wav[44 + 2 * i] = (uint8_t)value;
		wav[44 + 2 * i + 1] = (uint8_t)(value >> 8);
	}
	*size = 44 + data;
	return wav;
}

/* Sends a body as fast as the house reads it, and goes on for some seconds after its end. Returns the beats until it was answered.
 */
static unsigned upload(struct world *world, struct fake_exchange *ex, const uint8_t *bytes, size_t size)
{
	size_t sent = 0;
	unsigned beats = 0;
	for (; !ex->over && beats < 3000; beats++) {
		while (sent < size && !ex->paused && !ex->over) {
			size_t piece = size - sent < 1500 ? size - sent : 1500;
			fake_body(ex, bytes + sent, piece);
			sent += piece;
			if (sent == size)
				fake_body_end(ex);
		}
		world_beat(world);
	}
	return beats;
}

/* A file is played in its own time, although it comes at once, and is answered when it was taken. */
static void wav_is_heard(void **state)
{
	struct world *world = *state;
	size_t size;
	uint8_t *wav = make_wav(44100, 5, &size);
	struct fake_conn *listener = fake_listener(world, 2);
	struct fake_exchange *ex = fake_request(world, "PUT", "/ingest/hall/main", bearer(world, &speaker), "audio/wav");
	assert_int_equal(ex->status, 0);
	unsigned beats = upload(world, ex, wav, size);
	assert_in_range(beats, 225, 260); /* 5 s but for what waits at the end */
	assert_int_equal(ex->status, 200);
	world_beats(world, 25);
	struct fake_stream *stream = fake_stream_of(listener, 2);
	assert_true(fabs(fake_amplitude(stream, 50, 180, TONE_HZ) - 0.2) < 0.02);
	for (unsigned i = 50; i < 225; i += 5)
		assert_true(fabs(fake_amplitude(stream, i, 5, TONE_HZ) - 0.2) < 0.03); /* no hole */
	fake_assert_perfect(listener, 2);
	free(wav);
}

/* What /live gives is what /ingest takes: one server can feed another. */
static void ogg_is_heard(void **state)
{
	struct world *world = *state;
	put_tone_on_the_floor(world, TONE_HZ);
	struct fake_exchange *live = fake_request(world, "GET", "/live/hall/0.opus", NULL, NULL);
	world_seconds(world, 4);
	fake_hang_up(live);
	const struct fake_ticket talks = {.room = "talks", .role = ROLE_SPEAKER};
	struct fake_conn *listener =
		fake_join(world, "talks", world_ticket(world, &(struct fake_ticket){.room = "talks", .role = ROLE_LISTENER}));
	fake_say(listener, "{'type':'listen','channel':0}");
	struct fake_exchange *ex = fake_request(world, "SOURCE", "/ingest/talks/main", basic(world, &talks), "application/ogg");
	assert_int_equal(ex->status, 0);
	upload(world, ex, (const uint8_t *)live->body.at, live->body.size);
	assert_int_equal(ex->status, 200);
	struct fake_stream *stream = fake_stream_of(listener, 0);
	for (unsigned i = 50; i < 180; i += 5)
		assert_true(fabs(fake_amplitude(stream, i, 5, TONE_HZ) - 0.2) < 0.03);
	fake_assert_perfect(listener, 0);
}

/* An encoder that sends as it records. */
static void raw_pcm_is_heard_live(void **state)
{
	struct world *world = *state;
	struct fake_conn *listener = fake_listener(world, 1);
	struct fake_exchange *ex =
		fake_request(world, "PUT", "/ingest/hall/main", basic(world, &speaker), "audio/L16; rate=48000; channels=1");
	uint8_t bytes[1920];
	for (unsigned n = 0; n < 200; n++) {
		for (unsigned i = 0; i < 960; i++) {
			int16_t value = (int16_t)lrint(6553 * sin(2 * M_PI * TONE_HZ * (n * 960 + i) / RATE_HZ));
			bytes[2 * i] = (uint8_t)(value >> 8);
			bytes[2 * i + 1] = (uint8_t)value;
		}
		fake_body(ex, bytes, sizeof bytes);
		assert_false(ex->paused);
		world_beat(world);
	}
	assert_true(fabs(fake_amplitude_now(fake_stream_of(listener, 1), 100, TONE_HZ) - 0.2) < 0.02);
	fake_hang_up(ex); /* without an end */
	world_seconds(world, 1);
	assert_true(fake_amplitude_now(fake_stream_of(listener, 1), 10, TONE_HZ) < 0.001);
	fake_assert_perfect(listener, 1);
}

/* Sixteen bits a sample, and a byte is missing at the end: what was whole is heard, and the answer says what was not. */
static void raw_pcm_of_odd_length(void **state)
{
	struct world *world = *state;
	struct fake_exchange *ex =
		fake_request(world, "PUT", "/ingest/hall/main", basic(world, &speaker), "audio/L16; rate=48000; channels=1");
	uint8_t bytes[1921] = {0};
	fake_body(ex, bytes, sizeof bytes);
	fake_body_end(ex);
	world_seconds(world, 1);
	assert_int_equal(ex->status, 200);
	assert_non_null(strstr(ex->body.at, "(1)"));
	assert_non_null(strstr(ex->body.at, "no whole sample"));
}

static void ingest_refusals(void **state)
{
	struct world *world = *state;
	struct fake_conn *listener = fake_listener(world, 1);
	put_tone_on_the_floor(world, TONE_HZ);
	const struct fake_ticket other = {.room = "talks", .role = ROLE_SPEAKER}, hearer = {.room = "hall", .role = ROLE_LISTENER};
	const struct fake_ticket av = {.room = "hall", .role = ROLE_AV};
	const struct fake_ticket main_only = {.room = "hall", .role = ROLE_SPEAKER, .input = "main"};
	const struct fake_ticket interpreter = {.room = "hall", .role = ROLE_INTERPRETER, .booth = "fr", .desk = 1};
	expect_status(fake_request(world, "PUT", "/ingest/hall/backup", NULL, "audio/wav"), 401, "ticket_needed");
	expect_status(fake_request(world, "PUT", "/ingest/hall/backup", "Bearer no", "audio/wav"), 401, "bad_ticket");
	expect_status(fake_request(world, "PUT", "/ingest/hall/backup", bearer(world, &other), "audio/wav"), 401, "ticket_needed");
	expect_status(fake_request(world, "PUT", "/ingest/hall/backup", bearer(world, &hearer), "audio/wav"), 403, "not_allowed");
	expect_status(fake_request(world, "PUT", "/ingest/hall/backup", bearer(world, &av), "audio/wav"), 403, "not_allowed");
	expect_status(fake_request(world, "PUT", "/ingest/hall/backup", bearer(world, &main_only), "audio/wav"), 403, "not_allowed");
	expect_status(fake_request(world, "PUT", "/ingest/hall/backup", bearer(world, &interpreter), "audio/wav"), 403,
		      "not_allowed");
	expect_status(fake_request(world, "PUT", "/ingest/hall/cellar", bearer(world, &speaker), "audio/wav"), 404, "no_source");
	expect_status(fake_request(world, "PUT", "/ingest/cellar/main", bearer(world, &speaker), "audio/wav"), 404, "no_room");
	expect_status(fake_request(world, "PUT", "/ingest/hall/backup", bearer(world, &speaker), "text/plain"), 415, "bad_format");
	expect_status(fake_request(world, "PUT", "/ingest/hall/main", bearer(world, &speaker), "audio/wav"), 409, "taken");
	world_seconds(world, 1);
	assert_true(fake_amplitude_now(fake_stream_of(listener, 1), 25, TONE_HZ) > 0.18);
	fake_assert_perfect(listener, 1);
}

/* A text file that says it is sound; a stream that breaks off; random bytes. The input is free afterwards. */
static void bad_bodies(void **state)
{
	struct world *world = *state;
	struct fake_conn *listener = fake_listener(world, 1);
	put_tone_on_the_floor(world, TONE_HZ);
	static const char *const types[] = {"audio/ogg", "audio/wav", "application/ogg"};
	uint8_t noise[20000];
	uint32_t random = 5;
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
	for (unsigned i = 0; i < 3; i++) {
		struct fake_exchange *ex = fake_request(world, "PUT", "/ingest/hall/backup", bearer(world, &speaker), types[i]);
		for (unsigned n = 0; n < 300 && !ex->over; n++)
			fake_body(ex, "Ladies and gentlemen, this is a text. ", 38);
		fake_body_end(ex);
		world_beats(world, 3);
		expect_status(ex, 415, "bad_format");
		ex = fake_request(world, "PUT", "/ingest/hall/backup", bearer(world, &speaker), types[i]);
		fake_body(ex, noise, sizeof noise);
		fake_body_end(ex);
		world_beats(world, 3);
		assert_true(ex->over);
		assert_int_equal(ex->status, 415);
	}
	struct fake_exchange *half = fake_request(world, "PUT", "/ingest/hall/backup", bearer(world, &speaker), "audio/wav");
	fake_body(half, "RIFF", 4);
	fake_hang_up(half);
	world_seconds(world, 1);
	struct fake_exchange *good = fake_request(world, "PUT", "/ingest/hall/backup", bearer(world, &speaker), "audio/wav");
	assert_int_equal(good->status, 0);
	for (unsigned i = 30; i + 5 < fake_stream_of(listener, 1)->count; i += 5)
		assert_true(fabs(fake_amplitude(fake_stream_of(listener, 1), i, 5, TONE_HZ) - 0.2) < 0.02);
	fake_assert_perfect(listener, 1);
}

/* A body that goes on arriving although it was asked to wait must not be left waiting for ever. */
static void paused_body_goes_on(void **state)
{
	struct world *world = *state;
	size_t size, sent = 0;
	uint8_t *wav = make_wav(48000, 4, &size);
	struct fake_exchange *ex = fake_request(world, "PUT", "/ingest/hall/main", bearer(world, &speaker), "audio/wav");
	while (!ex->paused) {
		fake_body(ex, wav + sent, 1000);
		sent += 1000;
	}
	unsigned more = 0;
	for (unsigned beats = 0; beats < 100 && more < 20; beats++) {
		world_beat(world);
		if (ex->paused && sent + 100 <= size && beats > 3) { /* a little that was on its way */
			fake_body(ex, wav + sent, 100);
			sent += 100;
		}
		more += !ex->paused;
	}
	assert_false(ex->paused);
	free(wav);
}

static void ingest_takes_over_from_a_broken_connection(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_join_as(world, ROLE_SPEAKER, NULL);
	fake_publish(conn, "floor/main", TONE_HZ, false);
	world_seconds(world, 1);
	expect_status(fake_request(world, "PUT", "/ingest/hall/main", bearer(world, &speaker), "audio/wav"), 409, "taken");
	fake_drop(conn);
	world_beats(world, 3);
	assert_int_equal(fake_request(world, "PUT", "/ingest/hall/main", bearer(world, &speaker), "audio/wav")->status, 0);
}

static void ingest_ends_with_its_ticket(void **state)
{
	struct world *world = *state;
	const struct fake_ticket brief = {.room = "hall", .role = ROLE_SPEAKER, .valid_s = 3};
	const uint8_t silence[1920] = {0};
	struct fake_exchange *ex =
		fake_request(world, "PUT", "/ingest/hall/main", bearer(world, &brief), "audio/L16; rate=48000; channels=1");
	for (unsigned i = 0; i < 5 * 50 && !ex->over; i++) {
		fake_body(ex, silence, sizeof silence);
		world_beat(world);
	}
	expect_status(ex, 401, "ticket_expired");
	assert_int_equal(fake_request(world, "PUT", "/ingest/hall/main", bearer(world, &speaker), "audio/wav")->status,
			 0); /* free */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(rooms_for_anybody),
		TEST(one_room),
		TEST(healthy_and_ready),
		TEST(closed_room_is_not_ready),
		TEST(metrics_are_well_formed),
		TEST(live_plays),
		TEST(live_goes_on_after_a_stall),
		TEST(live_refusals),
		TEST(live_ends_with_its_ticket),
		TEST(wav_is_heard),
		TEST(ogg_is_heard),
		TEST(raw_pcm_is_heard_live),
		TEST(raw_pcm_of_odd_length),
		TEST(ingest_refusals),
		TEST(bad_bodies),
		TEST(paused_body_goes_on),
		TEST(ingest_takes_over_from_a_broken_connection),
		TEST(ingest_ends_with_its_ticket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
