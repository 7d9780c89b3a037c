/* Who may speak where: the state of one room, the events that change it, and the plan that follows from it. Pure: no socket, no sound, no
 * clock, no allocation; a plain struct that can be copied and compared. Time is the number of the beat.
 *
 *   key, link, operator --room_event--> room_apply() --> struct room --plan_make()--> struct plan --> channel/
 *
 * Source of every rule: field.md. The same events give the same plans: that is what replay relies on.
 */
#ifndef ROOM_ROOM_H
#define ROOM_ROOM_H

#include "boothcast/limits.h"
#include "boothcast/plan.h"
#include "boothcast/status.h"

#include <stdbool.h>
#include <stdint.h>

enum mic { MIC_OFF, MIC_ON, MIC_COUGH };

/* The uplink of a source, by how long its sound is missing (field.md, lost links). */
enum link { LINK_DOWN, LINK_UP, LINK_LATE /* 400 ms to 2 s */, LINK_LOST /* over 2 s */ };

enum interlock { ROOM_INTERLOCK_NONE, ROOM_INTERLOCK_FIRST, ROOM_INTERLOCK_OVERRIDE, ROOM_INTERLOCK_TOGGLE };

struct room_channel {
	char language[TAG_SIZE]; /* "" for the floor */
	bool fill;               /* a channel that nobody holds carries the floor */
	uint8_t interlock;       /* enum interlock */
};

struct room_booth {
	char id[NAME_SIZE];
	uint8_t outputs;                   /* how many of output[] */
	uint8_t output[OUTPUTS_MAX];       /* channel numbers: A, B, C */
	uint8_t output_now;                /* index: belongs to the booth, and survives a handover */
	uint8_t input_now;                 /* channel number that the booth hears; 0 the floor */
};

struct room_desk {
	uint8_t booth;           /* index */
	uint8_t number;          /* 1, 2, ... within the booth, as on the ticket */
	bool seated;             /* somebody is there */
	uint8_t mic;             /* enum mic: the key, not the sound */
	uint8_t link;            /* enum link */
	uint8_t output;          /* index into the booth's outputs */
	uint8_t input;           /* channel number heard */
	bool engaged;            /* wants its channel and another holds it under the interlock */
	bool holds;              /* is among holders(c) of its output's channel */
	uint64_t since;          /* order in which it took the channel: smaller was first; 0 while it does not hold */
};

struct room {
	uint8_t channels, inputs, booths, desks;
	struct room_channel channel[CHANNELS_MAX]; /* by number; 0 is the floor */
	uint8_t input_link[INPUTS_MAX];            /* enum link */
	uint8_t input_chosen;                      /* the operator's: the input to prefer, 0 main */
	struct room_booth booth[BOOTHS_MAX];
	struct room_desk desk[DESKS_MAX];
	char floor_language[TAG_SIZE];             /* "" not known; labels only, never routing (rule 5) */
	bool emergency;
	uint8_t emergency_source;                  /* PLAN_NO_SOURCE: the tone */
	uint64_t takes;                            /* counts holdings, for `since` */
	uint64_t revision;                         /* grows by one with each event that changed something */
};

enum room_event_type {
	ROOM_SEAT,            /* desk: somebody sits down; mic OFF always */
	ROOM_LEAVE,           /* desk */
	ROOM_MIC,             /* desk, value: enum mic */
	ROOM_OUTPUT,          /* desk, value: index of the booth's output */
	ROOM_INPUT,           /* desk, value: channel number */
	ROOM_DESK_LINK,       /* desk, value: enum link */
	ROOM_INPUT_LINK,      /* input (in `desk`), value: enum link */
	ROOM_CHOOSE_INPUT,    /* value: input to prefer */
	ROOM_FILL,            /* channel, value: 0 or 1 */
	ROOM_INTERLOCK,       /* channel, value: enum interlock */
	ROOM_FLOOR_LANGUAGE,  /* text */
	ROOM_EMERGENCY,       /* value: 0 or 1; source in `desk`, PLAN_NO_SOURCE for the tone */
	ROOM_MIC_CUT          /* desk: the operator switches a microphone off; the operator wins */
};

struct room_event {
	uint8_t type;          /* enum room_event_type */
	uint8_t desk;          /* index of desk (or of the floor input) */
	uint8_t channel;
	uint8_t value;
	uint64_t beat;
	char text[TAG_SIZE];
};

/* Applies one event. STATUS_OK also when it changes nothing (then `revision` stays). STATUS_BAD_FIELD, STATUS_NO_DESK,
 * STATUS_NO_CHANNEL, STATUS_NO_SOURCE, STATUS_NOT_ALLOWED (a key of a desk where nobody sits): nothing changed. */
enum status room_apply(struct room *room, const struct room_event *event);

/* What every channel carries in this state. Writes all of `*plan`, zeros included. */
void plan_make(const struct room *room, struct plan *plan);

/* The index of a desk by its booth's name and its number, or -1. For joining, never on the beat. */
int room_find_desk(const struct room *room, const char *booth, unsigned number);
/* The channel number of a language tag (ASCII case aside), or -1. */
int room_find_channel(const struct room *room, const char *language);

#endif
