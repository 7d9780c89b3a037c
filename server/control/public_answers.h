/* Answers that anybody may ask for without a ticket: /api/rooms, /metrics, /healthz, /readyz. They grow with the settings and with
 * who is here, so they are made in slices between two beats, and kept.
 *
 *   request --> is there time for a new one? --yes--> made in slices --> answers everybody who waits for it
 *                                            \--no--> the last one, as it was made
 *
 * All of them together may take PUBLIC_SHARE_US of the hub's time: whoever asks seldom gets an answer of this moment, and a flood
 * of requests gets copies of one that is a little older. One thread: the hub's.
 */
#ifndef CONTROL_PUBLIC_ANSWERS_H
#define CONTROL_PUBLIC_ANSWERS_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct house;
struct exchange_user;

#define PUBLIC_SLICE_US 1000    /* work done in one go: a twentieth of a beat */
#define PUBLIC_SHARE_US 10000   /* work a second for all of them: 1 % of the hub */
#define PUBLIC_RESERVE_US 50000 /* what may be used at once after a quiet time */

enum public_answer { PUBLIC_ROOMS, PUBLIC_METRICS, PUBLIC_HEALTH, PUBLIC_READY, PUBLIC_COUNT };

/* One of them. Embedded in the house, zeroed at first. */
struct kept_answer {
	bool made;        /* one was finished */
	struct text text; /* that one; `at` NULL: it could not be made */
	int status;       /* its HTTP status */
	struct text next; /* the one that is being made */
	bool making;
	bool failed;        /* a piece of it could not be made */
	unsigned step;      /* of the making */
	const void *cursor; /* where it goes on */
};

struct public_answers {
	struct kept_answer kept[PUBLIC_COUNT];
	double spent_us; /* work that is not paid back yet */
	uint64_t at_us;  /* when that was so */
};

/* Answers the exchange now, or when the answer is finished. */
void public_answer(struct house *house, struct exchange_user *user, enum public_answer which);
/* One slice of what is being made; false when nothing is. For the hub, when no sound waits. */
bool public_answers_work(struct house *house);
void public_answers_free(struct house *house);

#endif
