/* The plan: what every channel of one room carries, computed by room/ from the state of keys and links and executed by
 * channel/ on every beat. Plain data: no pointer, comparable with memcmp when it was zeroed before it was filled.
 *
 * Sources of a room are numbered: floor inputs first (0 .. INPUTS_MAX-1), then desks (INPUTS_MAX + index of the desk).
 * Source of the rules: server/room/README.md, "Routing rules".
 */
#ifndef BOOTHCAST_PLAN_H
#define BOOTHCAST_PLAN_H

#include "boothcast/limits.h"
#include "boothcast/wire.h"

#include <stdbool.h>
#include <stdint.h>

#define PLAN_VOICES_MAX 8 /* voices summed in one channel: more desks than this on one channel is a mistake of the room */
#define PLAN_NO_SOURCE  255

_Static_assert(INPUTS_MAX <= 8, "plan.floor_also has a bit for every input");

/* What a line carries besides voices. */
enum plan_bed {
	PLAN_BED_NONE = 0,  /* nothing: only the voices, or silence */
	PLAN_BED_FLOOR,     /* the floor: plan.floor_source and those of plan.floor_also */
	PLAN_BED_EMERGENCY, /* the source named by plan.emergency_source (or its tone when PLAN_NO_SOURCE) */
	PLAN_BED_LINE_UP,   /* line-up tone */
	PLAN_BED_MUSIC      /* break music */
};

/* One holder of a channel. */
struct plan_voice {
	uint8_t source; /* a desk's microphone, or a floor input that speaks into a channel */
	uint8_t booth;  /* the team that it belongs to: partners relieve each other without a hole */
	bool muted;     /* holds the channel and is not heard: COUGH, or a link that is late */
};

/* One channel's line. Voices and a floor bed never stand together. */
struct plan_line {
	uint8_t label;            /* enum label */
	uint8_t bed;              /* enum plan_bed */
	uint8_t voices;           /* how many of voice[] */
	uint8_t depth;            /* 0 original, 1 direct, 2 and more relay */
	struct plan_voice voice[PLAN_VOICES_MAX]; /* in the order in which they took the channel */
	char language[TAG_SIZE];  /* the language on it now; "" when not known */
};

struct plan {
	uint8_t channels;         /* lines in use; line 0 is the floor's own channel */
	uint8_t floor_source;     /* what is the floor now: an input, or a desk; PLAN_NO_SOURCE when none has sound */
	uint8_t floor_also;       /* bit by input: is the floor too, at the same level; only where the floor is mixed */
	uint8_t emergency_source;
	struct plan_line line[CHANNELS_MAX]; /* by channel number */
};

/* Whether a floor input is on the floor by this plan. */
static inline bool plan_floor_has(const struct plan *plan, unsigned input)
{
	return plan->floor_source == input || (plan->floor_also >> input & 1) != 0;
}

#endif
