/* A stage: one room in service. Its state, its plan, its sources and its channels, run by the beat.
 *
 *   publishers --> sources --+--> taps (taps.h), while somebody listens
 *   keys, links --> room --> plan --> channels --> rings
 *
 * Control changes the state by stage_apply(); the plan that follows from it is made on the next beat, announced to the channels
 * during that beat, and holds from the one after. stage_events tell when it holds. One thread: the loop's.
 */
#ifndef STAGE_STAGE_H
#define STAGE_STAGE_H

#include "channel/channel.h"
#include "ingest/source.h"
#include "room/room.h"
#include "settings/settings.h"
#include "stage/music.h"

struct stage;

struct stage_options {
	const struct settings *settings;
	const struct settings_room *room;
	uint8_t index; /* of the room in the event: makes stream numbers unique */
	uint32_t epoch;
	uint64_t beat; /* the one before the first: what a listener is told who comes before any beat */
	struct encode_pool *pool;
	struct metrics *metrics;
	const struct music *music; /* borrowed, for breaks; NULL: there is none */
	/* The state changed and holds from this beat on; called after the beat's sound has gone to the encoders. */
	void (*changed)(void *user, struct stage *stage);
	/* An event was applied and changed the state. May be NULL. */
	void (*applied)(void *user, struct stage *stage, const struct room_event *event);
	void *user;
};

/* The caller frees with stage_free(), after everybody has left its audiences and sources. */
struct stage *stage_new(const struct stage_options *options);
void stage_free(struct stage *stage);

/* One beat of the media clock. */
void stage_beat(struct stage *stage, uint64_t beat, uint64_t now_us);
/* A key, a link, an operator. As room_apply(); the beat is filled in here. */
enum status stage_apply(struct stage *stage, struct room_event event);

/* What the settings say of it. */
const struct settings_room *stage_settings(const struct stage *stage);
/* The state that holds: what listeners hear now. stage_apply() shows in it within two beats. */
const struct room *stage_room(const struct stage *stage);
/* The state with everything applied so far: for checking a key against what was pressed just before. */
const struct room *stage_room_next(const struct stage *stage);
const struct plan *stage_plan(const struct stage *stage);
/* Whether there is break music to be put on its channels. */
bool stage_has_music(const struct stage *stage);
/* The number of the last beat; before the first, of the one before that. */
uint64_t stage_now(const struct stage *stage);
/* The first beat will be this one. */
void stage_await(struct stage *stage, uint64_t beat);
uint32_t stage_epoch(const struct stage *stage);

/* Channels by number, sources by their index in plan.h; NULL when there is none. */
struct channel *stage_channel(struct stage *stage, unsigned number);
struct source *stage_source(struct stage *stage, unsigned index);
struct level *stage_source_level(struct stage *stage, unsigned index);
enum link stage_source_link(const struct stage *stage, unsigned index);
/* The audience of a source by itself, as it comes in; of a desk's microphone while that is ON. For somebody who joins it now. NULL
 * when TAPS_MAX other sources of the room are listened to. There must be such a source. Never on the beat. */
struct audience *stage_tap(struct stage *stage, unsigned index);
/* The index of "floor/INPUT" or "desk/BOOTH/NUMBER", -1 when there is none. For joining, never on the beat. */
int stage_find_source(const struct stage *stage, const char *name);
/* The channel number of "0", "2", "fr-FR" or "floor", -1 when there is none. */
int stage_find_channel(const struct stage *stage, const char *word);

#endif
