/* The time of day for what people wrote down (tickets, sessions of the programme), as it goes on when somebody sets the clock of
 * the machine.
 *
 *   time of day = anchored clock + offset
 *
 * The offset follows the machine's clock as long as that runs: a clock that is slewed, or set by less than WALL_STEP_S, is
 * followed. A step of more is not: the time goes on as if nothing had happened, until the machine's clock is back, or the program
 * starts again. So nobody's ticket ends, or begins to be valid, because a clock was set. Pure: both clocks are arguments.
 */
#ifndef BASE_WALL_H
#define BASE_WALL_H

#include <stdbool.h>
#include <stdint.h>

#define WALL_STEP_S 30 /* a step that a ticket of hours does not feel; larger than what a slewed clock moves between two looks */

/* Embedded; zeroed at first. */
struct wall {
	int64_t offset_s; /* time of day minus anchored clock, as it is followed */
	int64_t step_s;   /* how far the machine's clock is away from that; 0 while it is followed */
	bool known;
};

/* Seconds since 1970. `now_us` is the anchored clock (clock_us()), `machine_s` the machine's time of day (clock_wall_s()). To be
 * asked at least once a minute. */
int64_t wall_time_s(struct wall *wall, uint64_t now_us, int64_t machine_s);

#endif
