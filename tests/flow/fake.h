/* A whole house in a test: the settings of the example event, a clock that the test moves, and connections that are arrays.
 *
 *   world_beat: uplinks send a frame --> the clock moves to the beat --> house_beat --> closed connections are told so
 *
 * Connections come in as they do from a gateway, through edge/, whose posts are direct.
 *
 * Everything is on one thread and nothing waits: a minute of conference takes as long as its encoding. A fake connection keeps the
 * contract of boothcast/conn.h to the letter and fails the test when the house breaks it.
 */
#ifndef FLOW_FAKE_H
#define FLOW_FAKE_H

#include "boothcast/frame.h"
#include "control/house.h"
#include "edge/edge.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define FAKE_FRAME_MS 20

struct OpusEncoder;
struct OpusDecoder;

/* ---- the world ---- */

#define MUSIC_HZ 500
#define MUSIC_SIZE 0.05 /* of its peaks, about */

/* What takes long to make and no world changes: many may stand on one ground, one after the other. */
struct ground {
	struct settings *settings;
	struct music_shelf *music; /* of the first room: MUSIC_HZ, at MUSIC_SIZE; the other rooms have none */
	unsigned rooms_in_file;
	char state[64]; /* folder of keys and of the list of revoked tickets */
};

struct world {
	struct ground *own_ground; /* NULL: it stands on somebody else's */
	struct settings *settings; /* of the ground, as the music */
	struct music_shelf *music;
	struct ticket_keys *keys;
	struct metrics *metrics;
	struct encode_pool *pool;
	struct house *house;
	struct edge edge; /* the loop of the connections, which is here; without a gateway */
	uint32_t epoch;
	uint64_t beat; /* the next one */
	const char *state; /* folder, of the ground */
	bool deaf;         /* what connections hear is counted, and not decoded */
	struct fake_conn *conns;
	struct fake_exchange *exchanges;
	struct fake_uplink *uplinks;
};

/* The first `rooms` of config/chengdu-2025.yaml: hall, talks, visit, dinner. Ended with world_free(), which closes what is open. */
struct world *world_new(unsigned rooms);
void world_free(struct world *world);
/* The first `rooms` of a file of settings. Ended with ground_free(), after the worlds on it. */
struct ground *ground_new(const char *settings, unsigned rooms);
void ground_free(struct ground *ground);
/* What its house writes into the state folder stays there when it ends. */
struct world *world_on(const struct ground *ground);
/* The server ends in mid-conference: everybody is cut off. */
void world_go_down(struct world *world);
/* And runs again on the same state folder, with what it remembers. */
void world_come_up(struct world *world);
/* The same as a fixture of cmocka, with hall and talks. */
int world_set_up(void **state);
int world_tear_down(void **state);

void world_beat(struct world *world);
void world_beats(struct world *world, unsigned count);
void world_seconds(struct world *world, unsigned seconds);
/* Lets the clock go on without a beat. */
void world_wait_ms(struct world *world, unsigned ms);
/* Tells closed connections and exchanges so, as the loop does after each callback. */
void world_settle(struct world *world);
uint64_t world_now_us(void);
int64_t world_wall_s(void);

/* A ticket as text, valid for an hour; good until the next call. `booth` may be NULL. */
struct fake_ticket {
	const char *room, *booth;
	enum role role;
	unsigned desk;
	uint32_t channels;
	int64_t valid_s; /* 0: an hour */
	int64_t nbf;
	const char *id, *input;
};
const char *world_ticket(struct world *world, const struct fake_ticket *ticket);

/* ---- connections ---- */

/* What was heard of one stream. */
struct fake_stream {
	uint16_t stream;
	struct wire_down *header; /* by packet, history too */
	unsigned samples;         /* of each packet: 960, or PACKET_SAMPLES_MAX */
	float *pcm;               /* decoded; NULL in a deaf world */
	unsigned *order;          /* of the packet among everything that the connection got */
	unsigned count, capacity;
	unsigned history; /* packets with the flag */
	unsigned gaps;    /* packets (without the flag) whose number is not one more than that of the one before */
	struct OpusDecoder *decoder; /* NULL in a deaf world */
};

#define FAKE_STREAMS 48

struct fake_conn {
	struct conn conn; /* first */
	struct world *world;
	struct fake_conn *next;
	json_t *inbox;        /* array of every text message */
	unsigned *text_order; /* of each of them */
	size_t read;          /* messages that fake_next() has passed */
	unsigned order;       /* how much came so far */
	struct fake_stream stream[FAKE_STREAMS];
	unsigned streams;
	bool full, asked;     /* nothing goes out; `writable` was promised */
	bool closing, closed; /* by the house, and `closed` has been called */
	enum close_code code;
	char reason[128];
};

struct fake_conn *fake_open(struct world *world);
struct fake_conn *fake_open_from(struct world *world, const struct request *request);
/* A text message: JSON with ' for ". */
void fake_say(struct fake_conn *conn, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fake_say_raw(struct fake_conn *conn, const char *text);
/* The same with zeros in it; bytes[size] is 0. */
void fake_say_bytes(struct fake_conn *conn, const char *bytes, size_t size);
void fake_send(struct fake_conn *conn, const void *bytes, size_t size);
/* The peer goes away. The object stays readable until the world ends. */
void fake_drop(struct fake_conn *conn);
void fake_set_full(struct fake_conn *conn, bool full);

/* The next message of a type that was not read yet, passing over others; NULL when there is none. Borrowed. */
const json_t *fake_next(struct fake_conn *conn, const char *type);
/* How many of a type came in all. */
unsigned fake_count(const struct fake_conn *conn, const char *type);
/* The next message must be there and be this error. */
void fake_expect_error(struct fake_conn *conn, const char *code, const char *about);
void fake_expect_no_error(struct fake_conn *conn);
void fake_expect_closed(struct world *world, const struct fake_conn *conn, enum close_code code);

/* What was heard of a channel, by its last `listening`; NULL before the first packet. */
struct fake_stream *fake_stream_of(struct fake_conn *conn, unsigned channel);
/* The same of a source by itself, such as "floor/main". */
struct fake_stream *fake_stream_of_source(struct fake_conn *conn, const char *source);

/* Opens, joins and expects `joined`, which fake_joined() gives then. `ticket` may be NULL. */
struct fake_conn *fake_join(struct world *world, const char *room, const char *ticket);
const json_t *fake_joined(struct fake_conn *conn);
/* The same with a ticket for a role of the hall; `desk` such as "zh-en/1", NULL for none. */
struct fake_conn *fake_join_as(struct world *world, enum role role, const char *desk);
/* A listener of the hall who hears a channel from now on. */
struct fake_conn *fake_listener(struct world *world, unsigned channel);
/* Nothing is missing, doubled or flagged as a jump since the first packet, and the newest is that of the last beat. */
void fake_assert_unbroken(struct fake_conn *conn, unsigned channel);
/* And not a word of complaint came to this connection. */
void fake_assert_perfect(struct fake_conn *conn, unsigned channel);

/* ---- sound ---- */

/* An uplink that sends a frame of a tone before each beat. */
struct fake_uplink {
	struct fake_uplink *next;
	struct fake_conn *conn;
	uint16_t stream;
	uint32_t seq;
	bool opus, on;
	double hz;
	float size;  /* of its peaks */
	uint64_t at; /* samples */
	struct OpusEncoder *encoder;
};

/* Publishes `source` and sends a tone from now on. Ended by the world, or by its connection's end. */
struct fake_uplink *fake_publish(struct fake_conn *conn, const char *source, double hz, bool opus);
/* One message of an uplink as bytes; returns its size. `to` holds BINARY_MAX. */
size_t fake_frame(struct fake_uplink *uplink, uint8_t *to);

/* The mean amplitude of a sine in samples at 48 kHz. */
double fake_amplitude_of(const float *pcm, size_t samples, double hz);
/* The same in `count` packets from packet `first` of a stream. */
double fake_amplitude(const struct fake_stream *stream, unsigned first, unsigned count, double hz);
/* The same for the newest packets. */
double fake_amplitude_now(const struct fake_stream *stream, unsigned count, double hz);

/* ---- HTTP ---- */

struct fake_exchange {
	struct exchange ex; /* first */
	struct world *world;
	struct fake_exchange *next;
	int status; /* 0 before the answer */
	char type[128], headers[512];
	struct text body;
	bool begun, over, closed, paused, full, asked;
};

/* A request. `authorization` and `content_type` may be NULL. */
struct fake_exchange *fake_request(struct world *world, const char *method, const char *path, const char *authorization,
				   const char *content_type);
void fake_body(struct fake_exchange *ex, const void *bytes, size_t size);
void fake_body_end(struct fake_exchange *ex);
void fake_hang_up(struct fake_exchange *ex);
/* The answer as JSON; the caller gives the reference back. */
json_t *fake_json(const struct fake_exchange *ex);

#endif
