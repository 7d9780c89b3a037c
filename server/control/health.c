/* /healthz: the server serves. /readyz: a listener would hear sound. Both with the reasons, room by room.
 *
 * Ready is more than alive: the beat runs, and in at least one open room a channel carries sound that arrives now (a floor input or
 * an interpreter whose link is up).
 */
#include "control/exchange.h"
#include "control/snapshot.h"

#define BEAT_STALE_US 1000000u /* a beat that is older means a loop that hangs */

/* The first beat comes a moment after the first request may. */
static bool beat_runs(const struct house *house)
{
	uint64_t last_us = house->beats == 0 ? house->started_us
					     : beat_due_us(house->settings->sound.frame_ms, stage_now(house->hall[0].stage));
	return house_now_us(house) - last_us < BEAT_STALE_US;
}

/* Why nobody would hear anything in this room; NULL when somebody would. */
static const char *room_silent_because(const struct hall *hall)
{
	const struct plan *plan = stage_plan(hall->stage);
	for (unsigned c = 0; c < plan->channels; c++) {
		const struct plan_line *line = &plan->line[c];
		if (line->bed != PLAN_BED_NONE && (line->bed != PLAN_BED_FLOOR || plan->floor_source != PLAN_NO_SOURCE))
			return NULL;
		for (unsigned i = 0; i < line->voices; i++) {
			if (!line->voice[i].muted)
				return NULL;
		}
	}
	return "no floor input sends sound, and no interpreter speaks";
}

static json_t *room_health(const struct hall *hall, bool *sounds)
{
	const struct settings_room *settings = stage_settings(hall->stage);
	const char *reason = room_silent_because(hall);
	if (reason == NULL && settings->access == ACCESS_OPEN)
		*sounds = true;
	return json_pack("{s:s,s:b,s:s}", "id", settings->id, "sound", reason == NULL, "reason", reason != NULL ? reason : "");
}

json_t *health_report(struct house *house, bool ready, int *http_status)
{
	bool runs = beat_runs(house), sounds = false;
	json_t *rooms = json_array(), *reasons = json_array();
	for (unsigned i = 0; i < house->halls; i++)
		json_array_append_new(rooms, room_health(&house->hall[i], &sounds));
	if (!runs)
		json_array_append_new(reasons, json_string("the beat does not run"));
	if (ready && !sounds)
		json_array_append_new(reasons, json_string("no open room carries sound"));
	if (ready && house->restarting)
		json_array_append_new(reasons, json_string("the server is going to restart"));
	bool good = json_array_size(reasons) == 0;
	*http_status = good ? 200 : 503;
	return json_pack("{s:b,s:s,s:I,s:I,s:o,s:o}", "ok", good, "version", BOOTHCAST_VERSION, "uptime_s",
			 (json_int_t)((house_now_us(house) - house->started_us) / 1000000), "epoch", (json_int_t)house->epoch,
			 "reasons", reasons, "rooms", rooms);
}
