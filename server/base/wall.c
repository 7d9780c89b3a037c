/* See wall.h. Asked by control/ whenever a time of day is needed. */
#include "base/wall.h"

int64_t wall_time_s(struct wall *wall, uint64_t now_us, int64_t machine_s)
{
	int64_t now_s = (int64_t)(now_us / 1000000u), offset_s = machine_s - now_s;
	int64_t away_s = offset_s - wall->offset_s;
	bool follows = !wall->known || (away_s <= WALL_STEP_S && away_s >= -WALL_STEP_S);
	if (follows)
		wall->offset_s = offset_s;
	wall->step_s = follows ? 0 : away_s;
	wall->known = true;
	return now_s + wall->offset_s;
}
