/* Who may speak where: the state of one room, the events that change it, and the plan that follows from it. Pure: no socket, no
 * sound, no clock, no allocation; a plain struct that can be copied and compared. Time is the number of the beat.
 *
 *   key, link, operator --room_event--> room_apply() --> struct room --plan_make()--> struct plan --> channel/
 *
 * Source of every rule: room/README.md. The same events give the same plans: that is what replay relies on.
 */
#ifndef ROOM_ROOM_H
#define ROOM_ROOM_H

#include "boothcast/limits.h"
#include "boothcast/plan.h"
#include "boothcast/status.h"

#include <stdbool.h>
#include <stdint.h>

#define ROOM_NOBODY 255 /* no desk, no booth */

enum mic { MIC_OFF, MIC_ON, MIC_COUGH };

/* The uplink of a source, by how long its sound is missing (room/README.md, "Lost links"). */
enum link { LINK_DOWN, LINK_UP, LINK_LATE /* 400 ms to 2 s */, LINK_LOST /* over 2 s */ };

enum interlock { ROOM_INTERLOCK_NONE, ROOM_INTERLOCK_FIRST, ROOM_INTERLOCK_OVERRIDE, ROOM_INTERLOCK_TOGGLE };

struct room_channel {
	char language[TAG_SIZE];      /* "" for the floor, and for a number that no channel has */
	bool fill;                    /* a channel that nobody holds carries the floor */
	uint8_t interlock;            /* enum interlock */
	bool line_up;                 /* the operator put line-up tone on it, in place of whatever would be there */
	bool music;                   /* the operator put break music on it: heard while no booth holds it */
	uint8_t taken_by[BOOTHS_MAX]; /* by booth: 1 + the booth that took this channel from it and still wants it; 0 none */
};

struct room_booth {
	char id[NAME_SIZE];
	uint8_t outputs;             /* how many of output[] */
	uint8_t output[OUTPUTS_MAX]; /* channel numbers: A, B, C */
	uint8_t output_now;          /* index: belongs to the booth, and survives a handover */
	uint8_t input_now;           /* channel number that the booth hears; 0 the floor */
	bool overlap;                /* two of its desks are ON in one channel, as at a handover */
	uint64_t overlap_since;      /* beat at which that began */
};

struct room_desk {
	uint8_t booth;   /* index */
	uint8_t number;  /* 1, 2, ... within the booth, as on the ticket */
	bool seated;     /* somebody is there */
	uint8_t mic;     /* enum mic: the key, not the sound */
	uint8_t link;    /* enum link */
	uint8_t output;  /* index into the booth's outputs */
	uint8_t input;   /* channel number selected; what is heard is in struct desk_view (view.h) */
	bool true_floor; /* does not want the auto-relay in place of the floor */
	bool to_floor;   /* speaks to the floor and into no channel: while ON it is what the floor carries */
	bool cut;        /* the operator switched the microphone off; until the next press of a key */
	bool engaged;    /* wants its channel and another booth holds it under the interlock */
	bool holds;      /* is among holders(c) of its output's channel */
	uint64_t since;  /* order in which it took the channel: smaller was first; 0 while it does not hold */
	uint64_t asked;  /* order in which it asked for the channel; 0 while it does not want it */
};

struct room {
	uint16_t frame_ms; /* length of a beat, 20 or 10 */
	uint8_t channels;  /* the highest channel number and 1 */
	uint8_t inputs, booths, desks;
	struct room_channel channel[CHANNELS_MAX]; /* by number; 0 is the floor */
	uint8_t input_link[INPUTS_MAX];            /* enum link */
	uint8_t input_chosen;                      /* the operator's: the input to prefer, 0 main; nothing to choose where it is mixed */
	bool floor_mixed; /* every input with sound is the floor at once: a talk, a round table; set before the first event */
	struct room_booth booth[BOOTHS_MAX];
	struct room_desk desk[DESKS_MAX];
	char floor_language[TAG_SIZE];     /* what the operator said; "" nothing. Labels only, never routing (floor_language.h) */
	char programme_language[TAG_SIZE]; /* what the programme says is spoken now; "" nothing */
	uint8_t auto_relay; /* the pivot's channel: takes the place of the floor at other booths' desks while it is held; 0 none */
	bool emergency;
	uint8_t emergency_source; /* PLAN_NO_SOURCE: the tone */
	uint64_t takes;           /* counts wishes and holdings, for `asked` and `since` */
	uint64_t revision;        /* grows by one with each event that changed something */
};

/* The numbers are not written anywhere: the event log has the names (journal.h). */
enum room_event_type {
	ROOM_SEAT,           /* desk: somebody sits down, or takes the seat again; mic OFF always */
	ROOM_LEAVE,          /* desk */
	ROOM_MIC,            /* desk, value: enum mic */
	ROOM_OUTPUT,         /* desk, value: index of the booth's output */
	ROOM_INPUT,          /* desk, value: channel number */
	ROOM_DESK_LINK,      /* desk, value: enum link */
	ROOM_INPUT_LINK,     /* input (in `desk`), value: enum link */
	ROOM_CHOOSE_INPUT,   /* value: input to prefer */
	ROOM_FILL,           /* channel, value: 0 or 1 */
	ROOM_INTERLOCK,      /* channel, value: enum interlock */
	ROOM_FLOOR_LANGUAGE, /* text: the operator's */
	ROOM_EMERGENCY,      /* value: 0 or 1; source (plan.h) in `desk`, PLAN_NO_SOURCE for the tone */
	ROOM_MIC_CUT,        /* desk: the operator switches a microphone off; the operator wins */
	ROOM_SWITCH,         /* desk: takes over from a partner (its index in `value`), who goes OFF: a handover (handover.h) */
	ROOM_AUTO_RELAY,     /* value: the pivot's channel number, 0 ends it */
	ROOM_TRUE_FLOOR,     /* desk, value: 1 while this desk wants the floor itself, whatever the auto-relay */
	ROOM_TO_FLOOR,       /* desk, value: 1 while this desk speaks to the floor; one desk of the room, STATUS_TAKEN while another is ON */
	ROOM_LINE_UP,        /* channel, the floor's too; value: 1 line-up tone on it */
	ROOM_BREAK_MUSIC,    /* channel, the floor's too; value: 1 break music on it while no booth holds it */
	ROOM_PROGRAMME_LANGUAGE, /* text: of the session that is on now */
	ROOM_RESTART,        /* the server ran anew: no link is open, and who was ON is in COUGH until a person presses */
	ROOM_EVENT_TYPES
};

struct room_event {
	uint8_t type; /* enum room_event_type */
	uint8_t desk; /* index of desk (or of the floor input, or a source) */
	uint8_t channel;
	uint8_t value;
	uint64_t beat;
	char text[TAG_SIZE];
};

/* ---- building, once, before the first event ---- */

/* An empty room: the floor's channel, no input, beats of 20 ms. */
void room_init(struct room *room);
/* One more floor input; the first is main. STATUS_TOO_MANY beyond INPUTS_MAX. */
enum status room_add_input(struct room *room);
/* A channel. STATUS_BAD_FIELD: number 0 or above 31, a language that is no tag, an unknown interlock;
 * STATUS_TAKEN: the number or the language is in use. */
enum status room_add_channel(struct room *room, unsigned number, const char *language, bool fill, enum interlock interlock);
/* A booth; `outputs` are 1 to OUTPUTS_MAX channel numbers, the home language first. STATUS_TOO_MANY, STATUS_BAD_FIELD (id, how
 * many, one twice), STATUS_NO_CHANNEL, STATUS_TAKEN (the id). */
enum status room_add_booth(struct room *room, const char *id, const uint8_t *outputs, unsigned count);
/* One more desk of a booth; its number is the next of the booth. STATUS_BAD_FIELD (no such booth), STATUS_TOO_MANY. */
enum status room_add_desk(struct room *room, unsigned booth);

/* ---- running ---- */

/* Applies one event. STATUS_OK also when it changes nothing (then `revision` stays). STATUS_BAD_FIELD, STATUS_NO_DESK,
 * STATUS_NO_CHANNEL, STATUS_NO_SOURCE, STATUS_NOT_ALLOWED (a key or link of a desk where nobody sits, a switch to a desk
 * without a link): nothing changed. */
enum status room_apply(struct room *room, const struct room_event *event);

/* What every channel carries in this state. Writes all of `*plan`, zeros included. */
void plan_make(const struct room *room, struct plan *plan);

/* True when listeners hear this desk by this plan, as a voice of a channel, as the floor or in an emergency: the tally. */
bool plan_hears(const struct plan *plan, unsigned desk);

/* ---- asking ---- */

/* True while a desk's microphone is ON and its link is up: only then may its sound be heard anywhere. */
bool room_mic_open(const struct room *room, unsigned desk);

/* The index of a desk by its booth's name and its number, or -1. For joining, never on the beat. */
int room_find_desk(const struct room *room, const char *booth, unsigned number);
/* The channel number of a language tag (ASCII case aside), or -1. */
int room_find_channel(const struct room *room, const char *language);
/* Whether there is a channel of this number; the floor (0) is one. */
bool room_has_channel(const struct room *room, unsigned number);
/* How many beats last `ms` milliseconds, rounded up. */
uint64_t room_beats(const struct room *room, uint64_t ms);
/* What a link is after `silent_ms` without sound: up below 400 ms, late from there, lost from 2 s; down when not open.
 * Below 60 ms the sound is concealed, and to 400 ms it fades: that is the source's own work (room/README.md, "Lost links"). */
enum link link_of(uint64_t silent_ms, bool open);

#endif
