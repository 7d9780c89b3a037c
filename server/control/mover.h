/* The mover: which rendition a listener gets who leaves the choice to the server (`rendition: "auto"`). Pure: time is an argument.
 *
 *   home --three bad seconds of the last ten--> saver --a long good time--> home
 *
 * A bad second is one in which the listener missed sound, by its own report, or in which it fell behind and was moved to the live
 * edge. One stall of a good line is one bad second, and a seldom thing; a line that is too thin has them one after the other. That
 * the saver comes well through says little of what the line carries, so the way back is an attempt: after PATIENCE_S, and twice as
 * long after each that failed. The line is the connection's, so one mover is for all that a session hears.
 */
#ifndef CONTROL_MOVER_H
#define CONTROL_MOVER_H

#include "channel/channel.h"

#define MOVER_BAD_MS 60          /* missing in one second: three frames, as much as concealment hides; less is nobody's trouble */
#define MOVER_BAD_S 3            /* bad seconds ... */
#define MOVER_WINDOW_S 10        /* ... of so many: what a person would call "it keeps breaking up" */
#define MOVER_REST_S 10          /* between two moves: the trouble of a move itself is over, and the window is new */
#define MOVER_PATIENCE_S 60      /* without a bad second, before the way back: a walk past one wall is shorter */
#define MOVER_PATIENCE_MAX_S 960 /* it doubles up to here: whoever's line is thin all day is disturbed four times an hour at most  \
				  */

/* Embedded in a session. */
struct mover {
	enum rendition home, now;
	uint64_t second;     /* the one that is counted */
	unsigned missing_ms; /* in it */
	unsigned bad;        /* bit by second, the lowest is this one: it was bad */
	uint64_t bad_us;     /* the last time it was */
	uint64_t moved_us;   /* 0: never */
	unsigned patience_s;
};

/* `home` is standard, or saver: then that is all it gives. */
void mover_start(struct mover *mover, enum rendition home);
/* The listener was there before, and had come to this rendition. One that is not between home and saver changes nothing. */
void mover_resume(struct mover *mover, enum rendition rendition, uint64_t now_us);
/* So much sound was missing since the last note; 0 is worth a note too. */
void mover_note(struct mover *mover, unsigned missing_ms, uint64_t now_us);
/* Whether it is time to go over to another rendition: then that is `now` from here on. */
bool mover_decide(struct mover *mover, uint64_t now_us);

#endif
