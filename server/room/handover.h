/* Handing the microphone from one desk of a booth to another (room/README.md, "Handover within a booth"). Pure: time is the beat.
 *
 *             offer by who speaks                    accept, or a request
 *   IDLE --------------------------> OFFERED ------------------------------.
 *     | \--------------------------> REQUESTED ------ accept, or an offer --+--> one ROOM_SWITCH event, IDLE
 *     |       request by a partner                                         |
 *      \---------------------------> TAKING --- 3 s, or accept, or the ----'
 *             take by a partner                 speaker's link is lost
 *
 *   decline, cancel, 60 s, somebody left, done by the keys meanwhile --> IDLE
 *
 * One `struct handover` for each booth, kept by control/: press, then step; and step after every event of the room and at least ten
 * times a second. It reads the room and never changes it: the switch is an event like any other, and stands in the event log.
 */
#ifndef ROOM_HANDOVER_H
#define ROOM_HANDOVER_H

#include "room/room.h"

#define HANDOVER_TIMEOUT_MS 60000 /* an offer or request that nobody answers */
#define HANDOVER_WARNING_MS 3000  /* the speaker sees a take-over coming this long */
#define TURN_AMBER_MS (20 * 60 * 1000)
#define TURN_RED_MS (30 * 60 * 1000)

enum handover_state { HANDOVER_IDLE, HANDOVER_OFFERED, HANDOVER_REQUESTED, HANDOVER_TAKING };

enum handover_action {
	HANDOVER_OFFER,   /* who speaks */
	HANDOVER_REQUEST, /* a partner that is OFF */
	HANDOVER_ACCEPT,  /* the other side of an offer, a request or a take-over */
	HANDOVER_DECLINE, /* the other side of an offer or a request; a take-over cannot be declined */
	HANDOVER_CANCEL,  /* who began */
	HANDOVER_TAKE,    /* a partner that is OFF */
	HANDOVER_ACTIONS
};

/* How the last one ended, for the displays. */
enum handover_end {
	HANDOVER_NOT_YET,
	HANDOVER_SWITCHED,
	HANDOVER_DECLINED,
	HANDOVER_CANCELLED,
	HANDOVER_TIMED_OUT,
	HANDOVER_LEFT,   /* one side has no seat or no link any more */
	HANDOVER_BY_KEYS /* the partner went ON by itself */
};

enum turn { TURN_NONE, TURN_GREEN, TURN_AMBER, TURN_RED };

struct handover {
	uint8_t booth;
	uint8_t state;       /* enum handover_state */
	uint8_t from, to;    /* desks; ROOM_NOBODY while IDLE, and `to` while an offer is open to every partner */
	bool agreed;         /* the switch comes with the next step */
	uint8_t ended;       /* enum handover_end */
	uint64_t since;      /* beat at which the state began */
	uint8_t turn_desk;   /* who speaks, or spoke last; ROOM_NOBODY at first */
	uint64_t turn_since; /* beat at which that desk's turn began */
};

/* IDLE. `booth` is the index in the room. */
void handover_init(struct handover *handover, unsigned booth);
/* A key of a desk. STATUS_OK also when it says what is so already. STATUS_NO_DESK: not of this booth. STATUS_NOT_ALLOWED: nobody
 * sits there, not this side's key, nobody to hand over to or take from, or the desk that would speak has no link. STATUS_TAKEN:
 * another desk's handover is under way. STATUS_BAD_FIELD: no such action. */
enum status handover_press(struct handover *handover, const struct room *room, unsigned desk, enum handover_action action,
			   uint64_t beat);
/* What time and the room bring. True: apply *event to the room now; it will be accepted. */
bool handover_step(struct handover *handover, const struct room *room, uint64_t beat, struct room_event *event);
/* Milliseconds until an offer or request times out or a take-over happens; 0 while IDLE. For the displays. */
uint64_t handover_left_ms(const struct handover *handover, const struct room *room, uint64_t beat);
/* The colour of the turn timer: how long the same desk has had the microphone. TURN_NONE before anybody had. */
enum turn handover_turn(const struct handover *handover, const struct room *room, uint64_t beat);
/* The desk that speaks for a booth: the key is ON or COUGH; of several the one that is heard, and was first. Or ROOM_NOBODY. */
unsigned handover_speaker(const struct room *room, unsigned booth);

#endif
