/* The mover, see mover.h. Notes come with the reports, once a second or so for each thing that is heard; seconds are those of the
 * clock, so it does not matter how many come. Called by listen.c; it moves nobody itself (move.c).
 */
#include "control/mover.h"

#define SECOND_US 1000000u

void mover_start(struct mover *mover, enum rendition home)
{
	*mover = (struct mover){.home = home, .now = home, .patience_s = MOVER_PATIENCE_S};
}

void mover_resume(struct mover *mover, enum rendition rendition, uint64_t now_us)
{
	if (rendition != RENDITION_SAVER || mover->now == RENDITION_SAVER)
		return;
	mover->now = RENDITION_SAVER;
	mover->moved_us = mover->bad_us = now_us;
}

/* Begins a new second when it is time. */
static void turn(struct mover *mover, uint64_t now_us)
{
	uint64_t passed = now_us / SECOND_US - mover->second;
	if (passed == 0)
		return;
	mover->second += passed;
	mover->missing_ms = 0;
	mover->bad = passed < MOVER_WINDOW_S ? mover->bad << passed : 0;
}

void mover_note(struct mover *mover, unsigned missing_ms, uint64_t now_us)
{
	turn(mover, now_us);
	mover->missing_ms += missing_ms;
	if (mover->missing_ms < MOVER_BAD_MS)
		return;
	mover->bad |= 1;
	mover->bad_us = now_us;
}

static bool is_thin(const struct mover *mover)
{
	unsigned window = mover->bad & ((1u << MOVER_WINDOW_S) - 1);
	return __builtin_popcount(window) >= MOVER_BAD_S;
}

static bool passed(uint64_t since_us, uint64_t now_us, unsigned seconds)
{
	return now_us >= since_us + (uint64_t)seconds * SECOND_US;
}

/* A way back that did not hold makes the next one later. */
static void learn(struct mover *mover, uint64_t now_us)
{
	if (mover->moved_us == 0 || passed(mover->moved_us, now_us, mover->patience_s))
		mover->patience_s = MOVER_PATIENCE_S;
	else if (mover->patience_s < MOVER_PATIENCE_MAX_S)
		mover->patience_s *= 2;
}

bool mover_decide(struct mover *mover, uint64_t now_us)
{
	turn(mover, now_us);
	if (mover->home == RENDITION_SAVER || (mover->moved_us != 0 && !passed(mover->moved_us, now_us, MOVER_REST_S)))
		return false;
	bool down = mover->now != RENDITION_SAVER && is_thin(mover);
	bool up = mover->now == RENDITION_SAVER && passed(mover->moved_us, now_us, mover->patience_s) &&
		  passed(mover->bad_us, now_us, mover->patience_s);
	if (!down && !up)
		return false;
	if (down)
		learn(mover, now_us);
	mover->now = down ? RENDITION_SAVER : mover->home;
	mover->moved_us = now_us;
	mover->bad = 0;
	return true;
}
