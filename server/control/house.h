/* The house: everything that control/ works with. The rooms in service, who is in them, and what it takes to let them in.
 *
 * Made by server.c; the only place where rooms are found by name.
 */
#ifndef CONTROL_HOUSE_H
#define CONTROL_HOUSE_H

#include "base/metrics.h"
#include "base/wall.h"
#include "boothcast/conn.h"
#include "control/admission.h"
#include "control/programme.h"
#include "control/public_answers.h"
#include "control/shown.h"
#include "control/ticket.h"
#include "fanout/broadcast.h"
#include "settings/settings.h"
#include "stage/stage.h"

#include <jansson.h>

struct session;
struct exchange_user;
struct journal_file;

/* Numbers for /metrics that control changes itself. */
struct house_counts {
	uint64_t *joins, *refusals;
	double *clock_step, *revoked_unread; /* gauges */
	uint64_t *journal_lost;
	double *journal_trouble; /* gauge: rooms whose disk refuses */
	uint64_t *unwritten;                 /* messages and answers that could not be made */
	uint64_t *errors[STATUS_COUNT];
	uint64_t *reports, *late, *concealed; /* told by listeners */
	uint64_t *moves[RENDITION_COUNT];     /* of listeners, by where to */
};

/* How often something happened lately: a bucket that empties with time. */
struct allowance {
	double level;
	uint64_t at_us;
};

#define NAMED_LISTS 1024 /* a handful in each when a server is full */

/* A room and those who are in it. */
struct hall {
	struct house *house;
	struct stage *stage;
	struct session *first;              /* everybody who joined, newest first */
	struct session *named[NAMED_LISTS]; /* the same, in short lists by their id */
	uint64_t revision[2];               /* of `state` messages, [0] for the audience and [1] for those who work here */
	struct shown shown, told;           /* what is so, and what they were told last */
	struct shown_since since;
	struct handover handover[BOOTHS_MAX];
	struct journal_file *journal;    /* the event log; NULL: not written */
	uint64_t journal_lost; /* of it, as far as told */
	int journal_trouble; /* why its disk refused the last write, as far as told; 0: it did not */
	bool returning[DESKS_MAX];       /* sat there before the restart, and has not come back yet */
	uint64_t return_until_us;        /* when those seats are given up; 0: nobody is waited for */
	uint64_t desks_entered;          /* bit by desk: somebody new sits there since they were told */
	struct broadcast *broadcast[2];  /* `state` messages: [0] to the audience, [1] to those who work here */
	bool changed;                    /* the state is not what they were told: the next slice tells */
	bool ticked;                     /* a tenth of a second has passed: timers and levels are told in the next slice */
	struct session *monitors;        /* those who are told levels, by next_monitor */
	struct session *desk[DESKS_MAX]; /* who sits there; NULL: nobody */
	json_t *emergency_text;  /* what is said in the emergency, by language; NULL: nothing besides the pages' own words */
	bool emergency_text_new; /* since they were told */
	struct programme programme;
	uint64_t late[CHANNELS_MAX], concealed[CHANNELS_MAX]; /* reported by listeners */
};

/* Where the house reads the time: base/clock.h, or what a test sets. */
struct house_clock {
	uint64_t (*now_us)(void); /* as clock_us() */
	int64_t (*wall_s)(void);  /* as clock_wall_s() */
};

struct house {
	const struct settings *settings;
	struct house_clock clock;
	struct ticket_keys *keys;
	struct metrics *metrics;
	struct house_counts counts;
	struct hall hall[ROOMS_MAX];
	unsigned halls;
	struct session *arriving;        /* connected, not yet joined */
	struct admission admission;      /* who of them waits to be let in */
	struct allowance joins;          /* of listeners */
	struct exchange_user *exchanges; /* streams in and out over HTTP */
	struct wall wall;                /* the time of day, without the steps of the machine's clock */
	uint32_t epoch;
	uint64_t started_us;
	uint64_t beats;        /* since the start, for what happens every so many */
	uint64_t swept_us;     /* when time-outs were looked at last */
	bool sweeps;           /* the next slice looks at time-outs */
	bool admits;           /* a beat has passed: the next slice lets in listeners whose turn it is */
	unsigned next_hall;    /* the hall that is told next, so that all have their turn */
	uint64_t unwritten_us; /* when a message that could not be made was logged last; 0: never */
	struct public_answers answers;
	unsigned live_streams;
	bool restarting; /* nobody new is let in */
};

struct house_options {
	const struct settings *settings;
	struct ticket_keys *keys;
	struct metrics *metrics;
	struct encode_pool *pool;
	const struct music_shelf *music; /* borrowed; NULL: there is none */
	uint32_t epoch;
	const struct house_clock *clock; /* copied; NULL: base/clock.h */
};

/* Makes every room of the settings. Ended with house_free(), when every connection has been closed. */
struct house *house_new(const struct house_options *options);
void house_free(struct house *house);
/* Takes every room up where its event log in the folder `state` ends, and goes on writing it. Before the first beat, at most once.
 */
void house_remember(struct house *house, const char *state);
/* The clock begins with this beat, some beats after the house was built. Who listens before it has come is told numbers of it. */
void house_await(struct house *house, uint64_t beat);
/* One beat of every room: sound, and nothing but what sound needs. What follows from it for people is marked, and done by
 * house_work(). */
void house_beat(struct house *house, uint64_t beat, uint64_t now_us);
/* Work that waits until no sound does: a change of state, levels, who is let in, time-outs, answers that anybody may ask for. One
 * slice of about a millisecond; false when nothing was left. Called again and again by whoever runs the loop, between two beats. */
bool house_work(struct house *house);
/* The time: on the anchored clock, and by the time of day in seconds since 1970 (base/wall.h). */
uint64_t house_now_us(const struct house *house);
int64_t house_wall_s(struct house *house);
/* STATUS_OK while a ticket that was good when it came still is, or when there was none (all zero); else STATUS_TICKET_EXPIRED, or
 * STATUS_BAD_TICKET when it was revoked. To be asked again and again while a connection is open. */
enum status house_ticket_still_good(struct house *house, const struct ticket *ticket);
/* A message or an answer could not be made: memory is short, or a string in it is not UTF-8. Counted; logged once a minute. */
void house_count_unwritten(struct house *house);
/* NULL when there is no such room. */
struct hall *house_find(struct house *house, const char *room);
struct hall *house_hall_of(struct house *house, const struct stage *stage);
/* Tells everybody that the server goes, and when to come back. They are closed by the gateway. */
void house_announce_restart(struct house *house, unsigned retry_after_ms);

/* The handlers for the gateway; `host` is the house. */
extern const struct conn_handler house_conns;
extern const struct exchange_handler house_exchanges;

#endif
