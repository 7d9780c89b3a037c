/* The hall at work, for tests of what interpreters do: a floor, a listener on all channels that matter, a technician, and seats to
 * sit down on. Every source is a tone of its own, so who is heard where is measured in what the listener decodes.
 */
#ifndef FLOW_SCENE_H
#define FLOW_SCENE_H

#include "flow/fake.h"

#define FLOOR 0
#define ZH 1
#define EN 2
#define FR 3

/* All are whole numbers of periods in 10 ms. */
#define FLOOR_HZ 400
#define ONE_HZ 1000 /* zh-en/1 */
#define TWO_HZ 1600 /* zh-en/2 */
#define FR_HZ 2300  /* fr/1 */
#define FULL 0.2    /* amplitude of each */

struct seat {
	struct fake_conn *conn;
	struct fake_uplink *voice;
};

struct scene {
	struct world *world;
	struct fake_conn *listener, *av, *speaker;
	struct fake_uplink *floor;
};

/* The floor speaks Chinese; everybody is told what they are told for a second. */
struct scene scene_set(struct world *world);
/* Sits down at a desk, such as "zh-en/1", and sends a tone (uncompressed). The microphone is OFF. */
struct seat scene_sit(struct scene *scene, const char *desk, double hz);
/* The same page again, with its token and a new connection, and sends as before. */
struct seat scene_come_back(struct scene *scene, struct seat old, const char *desk, double hz);
/* A key: {'type':key,field:value}. */
void scene_press(struct fake_conn *conn, const char *key, const char *field, const char *value);
void scene_mic(struct seat seat, const char *state);
void scene_handover(struct seat seat, const char *action);

/* Whether a tone is on a channel over the last 200 ms: it must be whole or not there at all. */
bool scene_heard(const struct scene *scene, unsigned channel, double hz);
enum label scene_label(const struct scene *scene, unsigned channel);
/* Nothing was missed on any channel, and nobody complained to the listener. */
void scene_no_hole(struct scene *scene);
/* The amplitude of a tone in a stream, over any samples. */
double scene_amplitude(const struct fake_stream *stream, size_t first, size_t samples, double hz);

/* What a connection knows of a channel, desk or booth by the last message that names it; borrowed. */
const json_t *scene_channel(const struct fake_conn *conn, unsigned number);
const json_t *scene_desk(const struct fake_conn *conn, const char *id);
const json_t *scene_booth(const struct fake_conn *conn, const char *id);
/* Fields, which must be there. */
const char *scene_word(const json_t *object, const char *key);
long scene_number(const json_t *object, const char *key);
bool scene_flag(const json_t *object, const char *key);
/* handover.state and handover.ended of the booth zh-en. */
void scene_expect_handover(const struct fake_conn *conn, const char *state, const char *ended);

#endif
