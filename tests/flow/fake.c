/* The fakes of fake.h: a clock, connections and uplinks. HTTP is in fake_http.c. */
#include "flow/fake.h"

#include "base/check.h"
#include "base/log.h"
#include "boothcast/wire.h"
#include "encode/pool.h"
#include "unit/fanout/frames.h"

#include <ftw.h>
#include <math.h>
#include <opus/opus.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_BEAT 1000000u
#define PIECE 4800              /* samples, 100 ms: tells tones apart that are 10 Hz from each other */
#define WALL_START_S 1742433600 /* 20 March 2025, the day before: no session is on */

/* The clock has no user pointer: one world at a time. */
static uint64_t now_us;

uint64_t world_now_us(void)
{
	return now_us;
}

int64_t world_wall_s(void)
{
	return WALL_START_S + (int64_t)((now_us - beat_due_us(FAKE_FRAME_MS, FIRST_BEAT - 1)) / 1000000);
}

/* ---- the ground ---- */

static void load_settings(struct ground *ground, const char *path, unsigned rooms)
{
	struct text errors;
	text_init(&errors, 100000);
	if (settings_load(&ground->settings, path, &errors) != 0)
		fail_msg("%s", errors.at);
	text_free(&errors);
	assert_int_equal(ground->settings->sound.frame_ms, FAKE_FRAME_MS);
	ground->settings->sound.complexity = 0; /* the tests are about who hears what */
	ground->rooms_in_file = ground->settings->rooms_count;
	ground->settings->rooms_count = rooms;
}

/* Six seconds of a tone: the join, which bends it, comes round seldom. */
static void load_music(struct ground *ground)
{
	char path[128], error[256];
	SF_INFO info = {.samplerate = RATE_HZ, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	snprintf(path, sizeof path, "%s/music.wav", ground->state);
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	for (unsigned i = 0; i < 6 * RATE_HZ; i++) {
		float sample = 0.3f * sinf(2 * (float)M_PI * MUSIC_HZ * (float)(i % RATE_HZ) / RATE_HZ);
		sf_writef_float(file, &sample, 1);
	}
	sf_close(file);
	ground->settings->rooms[0].break_music = check_alloc(strdup(path));
	ground->music = music_shelf_load(ground->settings, error, sizeof error);
	unlink(path); /* the state folder is looked into: nothing but what the house writes is there */
	if (ground->music == NULL)
		fail_msg("%s", error);
}

struct ground *ground_new(const char *settings, unsigned rooms)
{
	struct ground *ground = check_alloc(calloc(1, sizeof *ground));
	log_set_level(LOG_ERROR);
	snprintf(ground->state, sizeof ground->state, "/tmp/boothcast-flow-XXXXXX");
	assert_non_null(mkdtemp(ground->state));
	load_settings(ground, settings, rooms);
	load_music(ground);
	return ground;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
	(void)about;
	(void)kind;
	(void)where;
	return remove(path);
}

void ground_free(struct ground *ground)
{
	music_shelf_free(ground->music);
	ground->settings->rooms_count = ground->rooms_in_file;
	settings_free(ground->settings);
	assert_int_equal(nftw(ground->state, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(ground);
}

/* ---- the world ---- */

static void open_keys(struct world *world)
{
	struct text error;
	text_init(&error, 1000);
	world->keys = ticket_keys_open(world->state, &error);
	if (world->keys == NULL)
		fail_msg("%s", error.at);
	text_free(&error);
}

static void open_house(struct world *world)
{
	static const struct house_clock clock = {world_now_us, world_wall_s};
	world->metrics = metrics_new();
	world->house = house_new(&(struct house_options){
		.settings = world->settings,
		.keys = world->keys,
		.metrics = world->metrics,
		.pool = world->pool,
		.music = world->music,
		.epoch = world->epoch,
		.clock = &clock,
	});
}

struct world *world_on(const struct ground *ground)
{
	struct world *world = check_alloc(calloc(1, sizeof *world));
	world->beat = FIRST_BEAT;
	now_us = beat_due_us(FAKE_FRAME_MS, world->beat - 1);
	world->settings = ground->settings;
	world->music = ground->music;
	world->state = ground->state;
	world->epoch = 0x100;
	open_keys(world);
	world->pool = pool_new(NULL, 0);
	open_house(world);
	world->edge.house = (struct edge_house){&house_conns, &house_exchanges, world->house, world_now_us};
	world->edge.orders = post_new(NULL);
	world->edge.events = post_new(NULL);
	world->edge.walk = walk_new(&(struct walk_options){.orders = world->edge.orders, .events = world->edge.events});
	return world;
}

struct world *world_new(unsigned rooms)
{
	struct ground *ground = ground_new(TEST_ROOT "/config/chengdu-2025.yaml", rooms);
	struct world *world = world_on(ground);
	world->own_ground = ground;
	return world;
}

static void free_stream(struct fake_stream *stream)
{
	free(stream->header);
	free(stream->pcm);
	free(stream->order);
	if (stream->decoder != NULL)
		opus_decoder_destroy(stream->decoder);
}

static void free_conns(struct world *world)
{
	while (world->conns != NULL) {
		struct fake_conn *conn = world->conns;
		world->conns = conn->next;
		for (unsigned i = 0; i < conn->streams; i++)
			free_stream(&conn->stream[i]);
		json_decref(conn->inbox);
		free(conn->text_order);
		free(conn);
	}
}

static void free_uplinks(struct world *world)
{
	while (world->uplinks != NULL) {
		struct fake_uplink *uplink = world->uplinks;
		world->uplinks = uplink->next;
		if (uplink->encoder != NULL)
			opus_encoder_destroy(uplink->encoder);
		free(uplink);
	}
}

static void free_exchanges(struct world *world)
{
	while (world->exchanges != NULL) {
		struct fake_exchange *ex = world->exchanges;
		world->exchanges = ex->next;
		text_free(&ex->body);
		free(ex);
	}
}

static void cut_off_all(struct world *world)
{
	for (struct fake_conn *conn = world->conns; conn != NULL; conn = conn->next)
		fake_drop(conn);
	for (struct fake_exchange *ex = world->exchanges; ex != NULL; ex = ex->next)
		fake_hang_up(ex);
}

void world_go_down(struct world *world)
{
	house_announce_restart(world->house, 1000);
	cut_off_all(world);
	house_free(world->house);
	metrics_free(world->metrics);
	world_wait_ms(world, 1500);
}

void world_come_up(struct world *world)
{
	world->epoch += 0x100;
	open_house(world);
	world->edge.house.host = world->house;
	house_remember(world->house, world->state);
}

void world_free(struct world *world)
{
	cut_off_all(world);
	walk_free(world->edge.walk);
	post_close(world->edge.orders);
	post_close(world->edge.events);
	house_free(world->house);
	free_conns(world);
	free_exchanges(world);
	free_uplinks(world);
	pool_close(world->pool);
	metrics_free(world->metrics);
	ticket_keys_free(world->keys);
	if (world->own_ground != NULL)
		ground_free(world->own_ground);
	free(world);
}

int world_set_up(void **state)
{
	*state = world_new(2);
	return 0;
}

int world_tear_down(void **state)
{
	world_free(*state);
	return 0;
}

static void send_uplinks(struct world *world)
{
	uint8_t bytes[BINARY_MAX];
	for (struct fake_uplink *uplink = world->uplinks; uplink != NULL; uplink = uplink->next) {
		if (uplink->on && !uplink->conn->closed && !uplink->conn->closing)
			fake_send(uplink->conn, bytes, fake_frame(uplink, bytes));
	}
}

void world_settle(struct world *world)
{
	for (struct fake_conn *conn = world->conns; conn != NULL; conn = conn->next) {
		if (conn->closing && !conn->closed)
			fake_drop(conn);
	}
	for (struct fake_exchange *ex = world->exchanges; ex != NULL; ex = ex->next) {
		if (ex->over && !ex->closed)
			fake_hang_up(ex);
	}
}

static void deliver(struct world *world)
{
	bool more = true;
	while (more) {
		more = walk_run(world->edge.walk);
		walk_settle(world->edge.walk, now_us);
	}
}

void world_beat(struct world *world)
{
	send_uplinks(world);
	now_us = beat_due_us(FAKE_FRAME_MS, world->beat);
	house_beat(world->house, world->beat++, now_us);
	deliver(world);
	while (house_work(world->house))
		continue;
	deliver(world);
	world_settle(world);
}

void world_beats(struct world *world, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		world_beat(world);
}

void world_seconds(struct world *world, unsigned seconds)
{
	world_beats(world, seconds * 1000 / FAKE_FRAME_MS);
}

void world_wait_ms(struct world *world, unsigned ms)
{
	now_us += ms * 1000u;
	while (beat_due_us(FAKE_FRAME_MS, world->beat) < now_us)
		world->beat++;
}

const char *world_ticket(struct world *world, const struct fake_ticket *t)
{
	static char text[TICKET_SIZE];
	struct ticket ticket = {.role = t->role, .desk = (uint8_t)t->desk, .channels = t->channels, .nbf = t->nbf};
	text_copy(ticket.room, sizeof ticket.room, t->room);
	text_copy(ticket.booth, sizeof ticket.booth, t->booth);
	text_copy(ticket.id, sizeof ticket.id, t->id);
	text_copy(ticket.input, sizeof ticket.input, t->input);
	ticket.exp = world_wall_s() + (t->valid_s != 0 ? t->valid_s : 3600);
	ticket_issue(world->keys, &ticket, text);
	return text;
}

/* ---- what a connection gets ---- */

static struct fake_stream *stream_numbered(struct fake_conn *conn, uint16_t number)
{
	for (unsigned i = 0; i < conn->streams; i++) {
		if (conn->stream[i].stream == number)
			return &conn->stream[i];
	}
	assert_true(conn->streams < FAKE_STREAMS);
	struct fake_stream *stream = &conn->stream[conn->streams++];
	stream->stream = number;
	stream->decoder = conn->world->deaf ? NULL : opus_decoder_create(RATE_HZ, 1, NULL);
	return stream;
}

/* All packets of a stream are of one length. */
static void note_length(struct fake_stream *stream, const uint8_t *payload, size_t size)
{
	int samples = opus_packet_get_nb_samples(payload, (opus_int32)size, RATE_HZ);
	assert_true(samples == 960 || samples == PACKET_SAMPLES_MAX);
	if (stream->count == 0)
		stream->samples = (unsigned)samples;
	assert_int_equal(samples, stream->samples);
}

static void grow(struct fake_stream *stream)
{
	if (stream->count < stream->capacity)
		return;
	stream->capacity = stream->capacity ? 2 * stream->capacity : 256;
	stream->header = check_alloc(realloc(stream->header, stream->capacity * sizeof *stream->header));
	stream->order = check_alloc(realloc(stream->order, stream->capacity * sizeof *stream->order));
	if (stream->decoder != NULL)
		stream->pcm = check_alloc(realloc(stream->pcm, stream->capacity * stream->samples * sizeof *stream->pcm));
}

/* The samples of the packet behind all others. */
static void decode(struct fake_stream *stream, const uint8_t *payload, size_t size)
{
	float *pcm = stream->pcm + (size_t)stream->count * stream->samples;
	int samples = opus_decode_float(stream->decoder, payload, (opus_int32)size, pcm, (int)stream->samples, 0);
	assert_int_equal(samples, stream->samples);
}

static void note_packet(struct fake_conn *conn, const uint8_t *bytes, size_t size)
{
	struct wire_down header;
	assert_true(wire_get_down(bytes, size, &header));
	struct fake_stream *stream = stream_numbered(conn, header.stream);
	const uint8_t *payload = bytes + WIRE_DOWN_HEADER;
	size -= WIRE_DOWN_HEADER;
	note_length(stream, payload, size);
	grow(stream);
	if (stream->decoder != NULL)
		decode(stream, payload, size);
	if (header.flags & WIRE_HISTORY)
		stream->history++;
	else if (stream->count > 0 && header.seq != stream->header[stream->count - 1].seq + 1)
		stream->gaps++;
	stream->header[stream->count] = header;
	stream->order[stream->count++] = conn->order++;
}

static enum sent may_send(struct fake_conn *conn)
{
	assert_false(conn->closed);
	if (conn->closing)
		return SENT_GONE;
	conn->asked = conn->asked || conn->full;
	return conn->full ? SENT_FULL : SENT;
}

static enum sent conn_shared(struct conn *c, const uint8_t *bytes, size_t size)
{
	struct fake_conn *conn = (struct fake_conn *)c;
	enum sent sent = may_send(conn);
	if (sent == SENT)
		note_packet(conn, bytes, size);
	return sent;
}

static enum sent conn_run(struct conn *c, const uint8_t *frames, size_t size, unsigned count)
{
	struct fake_conn *conn = (struct fake_conn *)c;
	const uint8_t *at = frames, *message;
	size_t message_size;
	enum sent sent = may_send(conn);
	if (sent != SENT)
		return sent;
	for (; (message = frames_next(&at, frames + size, &message_size)) != NULL; count--)
		note_packet(conn, message, message_size);
	assert_int_equal(count, 0);
	return SENT;
}

static void conn_text(struct conn *c, const char *text, size_t size)
{
	struct fake_conn *conn = (struct fake_conn *)c;
	assert_false(conn->closed);
	if (conn->closing)
		return;
	json_t *message = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(message);
	assert_non_null(json_string_value(json_object_get(message, "type")));
	size_t count = json_array_size(conn->inbox);
	conn->text_order = check_alloc(realloc(conn->text_order, (count + 1) * sizeof *conn->text_order));
	conn->text_order[count] = conn->order++;
	json_array_append_new(conn->inbox, message);
}

static enum sent conn_message(struct conn *c, const uint8_t *text, size_t size)
{
	enum sent sent = may_send((struct fake_conn *)c);
	if (sent == SENT)
		conn_text(c, (const char *)text, size);
	return sent;
}

static void conn_close(struct conn *c, enum close_code code, const char *reason)
{
	struct fake_conn *conn = (struct fake_conn *)c;
	assert_false(conn->closed);
	assert_true(strlen(reason) <= 120);
	if (conn->closing)
		return;
	conn->closing = true;
	conn->code = code;
	snprintf(conn->reason, sizeof conn->reason, "%s", reason);
}

static const struct conn_ops ops = {.send_shared = conn_shared,
				    .send_run = conn_run,
				    .send_message = conn_message,
				    .send_text = conn_text,
				    .close = conn_close};

/* ---- what a connection does ---- */

struct fake_conn *fake_open_from(struct world *world, const struct request *request)
{
	struct fake_conn *conn = check_alloc(calloc(1, sizeof *conn));
	conn->conn.ops = &ops;
	conn->conn.peer = "192.0.2.1:1234";
	conn->world = world;
	conn->inbox = json_array();
	conn->next = world->conns;
	world->conns = conn;
	conn->conn.user = edge_conns.opened(&world->edge, &conn->conn, request);
	return conn;
}

struct fake_conn *fake_open(struct world *world)
{
	const struct request request = {
		.method = "GET", .path = "/ws", .host = "127.0.0.1:8080", .content_length = -1, .peer = "192.0.2.1:1234"};
	return fake_open_from(world, &request);
}

void fake_say_bytes(struct fake_conn *conn, const char *bytes, size_t size)
{
	assert_false(conn->closed);
	assert_true(size <= TEXT_MAX);
	if (!conn->closing) /* reading has stopped */
		edge_conns.text(&conn->conn, bytes, size);
}

void fake_say_raw(struct fake_conn *conn, const char *text)
{
	fake_say_bytes(conn, text, strlen(text));
}

void fake_say(struct fake_conn *conn, const char *format, ...)
{
	char text[TEXT_MAX + 1];
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	assert_in_range(size, 1, TEXT_MAX);
	for (char *at = text; *at != '\0'; at++) {
		if (*at == '\'')
			*at = '"';
	}
	fake_say_raw(conn, text);
}

void fake_send(struct fake_conn *conn, const void *bytes, size_t size)
{
	assert_false(conn->closed);
	assert_true(size <= BINARY_MAX);
	if (!conn->closing)
		edge_conns.binary(&conn->conn, bytes, size);
}

void fake_drop(struct fake_conn *conn)
{
	if (conn->closed)
		return;
	edge_conns.closed(&conn->conn);
	conn->closed = true;
}

void fake_set_full(struct fake_conn *conn, bool full)
{
	conn->full = full;
	if (full || !conn->asked)
		return;
	conn->asked = false;
	edge_conns.writable(&conn->conn);
}

/* ---- reading ---- */

static bool is_type(const json_t *message, const char *type)
{
	return strcmp(json_string_value(json_object_get(message, "type")), type) == 0;
}

const json_t *fake_next(struct fake_conn *conn, const char *type)
{
	for (size_t i = conn->read; i < json_array_size(conn->inbox); i++) {
		const json_t *message = json_array_get(conn->inbox, i);
		if (!is_type(message, type))
			continue;
		conn->read = i + 1;
		return message;
	}
	return NULL;
}

unsigned fake_count(const struct fake_conn *conn, const char *type)
{
	unsigned count = 0;
	for (size_t i = 0; i < json_array_size(conn->inbox); i++)
		count += is_type(json_array_get(conn->inbox, i), type);
	return count;
}

void fake_expect_error(struct fake_conn *conn, const char *code, const char *about)
{
	const json_t *error = fake_next(conn, "error");
	assert_non_null(error);
	assert_string_equal(json_string_value(json_object_get(error, "code")), code);
	assert_string_equal(json_string_value(json_object_get(error, "about")), about);
	assert_true(json_string_length(json_object_get(error, "message")) > 10); /* a sentence */
}

void fake_expect_no_error(struct fake_conn *conn)
{
	const json_t *error = fake_next(conn, "error");
	if (error != NULL)
		fail_msg("%s", json_dumps(error, 0));
}

void fake_expect_closed(struct world *world, const struct fake_conn *conn, enum close_code code)
{
	assert_true(conn->closing);
	assert_int_equal(conn->code, code);
	world_settle(world);
	assert_true(conn->closed);
}

/* The last `listening` with that value under a key says which stream it is. Takes `value`. */
static struct fake_stream *stream_told(struct fake_conn *conn, const char *key, json_t *value)
{
	struct fake_stream *found = NULL;
	for (size_t i = json_array_size(conn->inbox); i-- > 0 && found == NULL;) {
		const json_t *message = json_array_get(conn->inbox, i);
		if (!is_type(message, "listening") || !json_equal(json_object_get(message, key), value))
			continue;
		uint16_t number = (uint16_t)json_integer_value(json_object_get(message, "stream"));
		for (unsigned k = 0; k < conn->streams; k++) {
			if (conn->stream[k].stream == number)
				found = &conn->stream[k];
		}
	}
	json_decref(value);
	return found;
}

struct fake_stream *fake_stream_of(struct fake_conn *conn, unsigned channel)
{
	return stream_told(conn, "channel", json_integer(channel));
}

struct fake_stream *fake_stream_of_source(struct fake_conn *conn, const char *source)
{
	return stream_told(conn, "source", json_string(source));
}

struct fake_conn *fake_join(struct world *world, const char *room, const char *ticket)
{
	struct fake_conn *conn = fake_open(world);
	fake_say(conn, "{'type':'join','room':'%s','ticket':'%s','name':'Test'}", room, ticket != NULL ? ticket : "");
	if (fake_count(conn, "joined") != 1)
		fail_msg("not joined: %s", json_dumps(conn->inbox, 0));
	return conn;
}

const json_t *fake_joined(struct fake_conn *conn)
{
	for (size_t i = 0; i < json_array_size(conn->inbox); i++) {
		if (is_type(json_array_get(conn->inbox, i), "joined"))
			return json_array_get(conn->inbox, i);
	}
	return NULL;
}

struct fake_conn *fake_join_as(struct world *world, enum role role, const char *desk)
{
	char booth[NAME_SIZE] = "";
	unsigned number = 0;
	if (desk != NULL)
		assert_int_equal(sscanf(desk, "%31[^/]/%u", booth, &number), 2);
	return fake_join(world, "hall",
			 world_ticket(world, &(struct fake_ticket){.room = "hall", .role = role, .booth = booth, .desk = number}));
}

struct fake_conn *fake_listener(struct world *world, unsigned channel)
{
	struct fake_conn *conn = fake_join(world, "hall", NULL);
	fake_say(conn, "{'type':'listen','channel':%u}", channel);
	assert_int_equal(fake_count(conn, "listening"), 1);
	return conn;
}

void fake_assert_unbroken(struct fake_conn *conn, unsigned channel)
{
	struct fake_stream *stream = fake_stream_of(conn, channel);
	assert_non_null(stream);
	assert_int_equal(stream->gaps, 0);
	assert_int_equal(stream->header[stream->count - 1].seq, (uint32_t)(conn->world->beat - 1));
	for (unsigned i = 0; i < stream->count; i++)
		assert_int_equal(stream->header[i].flags & WIRE_DISCONTINUITY, 0);
	assert_false(conn->closing);
}

void fake_assert_perfect(struct fake_conn *conn, unsigned channel)
{
	fake_assert_unbroken(conn, channel);
	assert_int_equal(fake_count(conn, "error"), 0);
}

/* ---- sound ---- */

struct fake_uplink *fake_publish(struct fake_conn *conn, const char *source, double hz, bool opus)
{
	struct fake_uplink *uplink = check_alloc(calloc(1, sizeof *uplink));
	fake_say(conn, "{'type':'publish','source':'%s','codec':'%s','rate':48000}", source, opus ? "opus" : "pcm_s16le");
	const json_t *publishing = fake_next(conn, "publishing");
	if (publishing == NULL)
		fail_msg("not publishing: %s", json_dumps(conn->inbox, 0));
	assert_string_equal(json_string_value(json_object_get(publishing, "source")), source);
	*uplink = (struct fake_uplink){
		.next = conn->world->uplinks,
		.conn = conn,
		.stream = (uint16_t)json_integer_value(json_object_get(publishing, "stream")),
		.opus = opus,
		.on = true,
		.hz = hz,
		.size = 0.2f,
		.encoder = opus ? opus_encoder_create(RATE_HZ, 1, OPUS_APPLICATION_AUDIO, NULL) : NULL,
	};
	conn->world->uplinks = uplink;
	return uplink;
}

static size_t put_pcm(uint8_t *to, const float *samples)
{
	for (unsigned i = 0; i < 960; i++) {
		int16_t value = (int16_t)lrintf(samples[i] * 32767);
		to[2 * i] = (uint8_t)value;
		to[2 * i + 1] = (uint8_t)(value >> 8);
	}
	return 2 * 960;
}

size_t fake_frame(struct fake_uplink *uplink, uint8_t *to)
{
	const struct wire_up header = {.stream = uplink->stream, .seq = uplink->seq++, .captured_us = now_us};
	float samples[960];
	for (unsigned i = 0; i < 960; i++)
		samples[i] = uplink->size * (float)sin(2 * M_PI * uplink->hz * (double)uplink->at++ / RATE_HZ);
	wire_put_up(to, &header);
	if (!uplink->opus)
		return WIRE_UP_HEADER + put_pcm(to + WIRE_UP_HEADER, samples);
	int size = opus_encode_float(uplink->encoder, samples, 960, to + WIRE_UP_HEADER, BINARY_MAX - WIRE_UP_HEADER);
	assert_true(size > 0);
	return WIRE_UP_HEADER + (size_t)size;
}

/* Of one piece: the component of the Fourier sum at that frequency, by Goertzel's recurrence. */
static double amplitude(const float *pcm, size_t samples, double hz)
{
	const double c = 2 * cos(2 * M_PI * hz / RATE_HZ);
	double last = 0, before = 0;
	for (size_t i = 0; i < samples; i++) {
		double next = pcm[i] + c * last - before;
		before = last;
		last = next;
	}
	return 2 * sqrt(fmax(0, last * last + before * before - c * last * before)) / (double)samples;
}

/* In pieces: the drift control moves the pitch a little, and over a long time the phase. */
double fake_amplitude_of(const float *pcm, size_t samples, double hz)
{
	double sum = 0;
	assert_true(samples > 0);
	for (size_t done = 0; done < samples;) {
		size_t piece = samples - done < PIECE ? samples - done : PIECE;
		sum += (double)piece * amplitude(pcm + done, piece, hz);
		done += piece;
	}
	return sum / (double)samples;
}

double fake_amplitude(const struct fake_stream *stream, unsigned first, unsigned count, double hz)
{
	assert_non_null(stream);
	assert_true(first + count <= stream->count);
	return fake_amplitude_of(stream->pcm + (size_t)first * stream->samples, count * (size_t)stream->samples, hz);
}

double fake_amplitude_now(const struct fake_stream *stream, unsigned count, double hz)
{
	assert_non_null(stream);
	assert_true(stream->count >= count);
	return fake_amplitude(stream, stream->count - count, count, hz);
}
