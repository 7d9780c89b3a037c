/* Two slow averages and a gain between them.
 *
 *   interpreters' loudness --gate--> average --+
 *                                              +--> difference, within +-6 dB, peaks below the ceiling --> slowly --> gain
 *   floor's loudness ------gate--> average --+
 *
 * Averages are of power, over the last AVERAGE_S seconds of speech; pauses pass by. A short beginning counts as a short average, so
 * that the first minute is not the slowest. Called by channel/ for the floor of a room on the beat; knows no clock. */
#include "audio/match.h"

#include <math.h>
#include <stdbool.h>

#define AVERAGE_S 10.0f    /* some sentences: a loud word does not move it */
#define PEAK_DB_PER_S 1.0f /* how fast a peak is forgotten: as fast as a gain can use it */

static float power_of(float lufs)
{
	return powf(10, lufs / 10);
}

static void average_put(struct match_average *average, float lufs, float seconds)
{
	if (lufs < MATCH_GATE_LUFS || seconds <= 0)
		return;
	average->heard_s = fminf(AVERAGE_S, average->heard_s + seconds);
	average->power += (power_of(lufs) - average->power) * fminf(1, seconds / average->heard_s);
}

static float average_lufs(const struct match_average *average)
{
	return 10 * log10f(average->power);
}

static float clamp(float value, float least, float most)
{
	return fmaxf(least, fminf(most, value));
}

void match_reference(struct match *match, float loudness_lufs, float seconds)
{
	average_put(&match->reference, loudness_lufs, seconds);
}

/* Where the gain should go now. */
static float aim(const struct match *match, float ceiling_db)
{
	if (match->reference.heard_s == 0 || match->floor.heard_s == 0)
		return 0;
	const float difference = average_lufs(&match->reference) - average_lufs(&match->floor);
	const float room = fmaxf(0, ceiling_db - match->peak_db); /* louder peaks are the limiter's */
	return clamp(fminf(difference, room), -MATCH_MAX_DB, MATCH_MAX_DB);
}

float match_floor(struct match *match, float loudness_lufs, float peak_db, float ceiling_db, float seconds)
{
	const bool first = match->floor.heard_s == 0;
	average_put(&match->floor, loudness_lufs, seconds);
	match->peak_db = first ? peak_db : fmaxf(peak_db, match->peak_db - PEAK_DB_PER_S * seconds);
	if (loudness_lufs >= MATCH_GATE_LUFS) {
		const float most = MATCH_DB_PER_S * seconds;
		match->gain_db += clamp(aim(match, ceiling_db) - match->gain_db, -most, most);
	}
	return match->gain_db;
}

float match_factor(float gain_db)
{
	return powf(10, gain_db / 20);
}
