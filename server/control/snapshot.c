/* The shapes of a room in JSON, see snapshot.h. Everything is read from the state that holds, so it is what listeners hear. */
#include "control/snapshot.h"

#include "base/check.h"
#include "control/session.h"

#include <stdio.h>
#include <string.h>

const char *link_word(enum link link)
{
	switch (link) {
	case LINK_DOWN: return "down";
	case LINK_UP: return "up";
	case LINK_LATE: return "late";
	case LINK_LOST: return "lost";
	}
	return "down";
}

json_t *snapshot_names(const struct settings_names *names)
{
	json_t *json = json_object();
	if (names == NULL)
		return json;
	const struct {
		const char *language, *name;
	} all[] = {{"zh", names->zh}, {"en", names->en}, {"fr", names->fr},
		   {"es", names->es}, {"ru", names->ru}, {"ar", names->ar}};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (all[i].name != NULL)
			json_object_set_new(json, all[i].language, json_string(all[i].name));
	}
	return json;
}

static const char *or_empty(const char *string)
{
	return string != NULL ? string : "";
}

static void desk_id(const struct room *room, unsigned desk, char id[NAME_SIZE * 2])
{
	snprintf(id, NAME_SIZE * 2, "%s/%u", room->booth[room->desk[desk].booth].id, room->desk[desk].number);
}

static const char *line_state(const struct plan *plan, const struct plan_line *line)
{
	if (line->bed == PLAN_BED_EMERGENCY)
		return "emergency";
	if (line->voices > 0)
		return "held";
	if (line->bed == PLAN_BED_FLOOR && plan->floor_source != PLAN_NO_SOURCE)
		return "floor";
	return "silent";
}

static json_t *holders(const struct stage *stage, const struct plan_line *line)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < line->voices; i++) {
		char id[NAME_SIZE * 2];
		if (line->voice[i].source < INPUTS_MAX)
			continue;
		desk_id(stage_room(stage), line->voice[i].source - INPUTS_MAX, id);
		json_array_append_new(list, json_string(id));
	}
	return list;
}

static const char *channel_name(const struct stage *stage, unsigned number)
{
	const struct settings_room *settings = stage_settings(stage);
	for (unsigned i = 0; i < settings->channels_count; i++) {
		if (settings->channels[i].number == number)
			return settings->channels[i].label;
	}
	return "Floor";
}

json_t *snapshot_channel(struct stage *stage, unsigned number, bool works)
{
	const struct room *room = stage_room(stage);
	const struct plan *plan = stage_plan(stage);
	const struct plan_line *line = &plan->line[number];
	return json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:i,s:b,s:o,s:[s,s]}", "number", (int)number, "language",
			 number == 0 ? room->floor_language : room->channel[number].language, "name", channel_name(stage, number),
			 "label", label_word((enum label)line->label), "state", line_state(plan, line), "carries", line->language,
			 "depth", (int)line->depth, "fill", number == 0 || room->channel[number].fill, "holders",
			 works ? holders(stage, line) : json_array(), "renditions", rendition_word(RENDITION_STANDARD),
			 rendition_word(RENDITION_HIGH));
}

json_t *snapshot_floor(struct stage *stage)
{
	const struct room *room = stage_room(stage);
	const struct settings_room *settings = stage_settings(stage);
	json_t *inputs = json_array();
	for (unsigned i = 0; i < settings->inputs_count; i++) {
		json_array_append_new(inputs, json_pack("{s:s,s:o,s:s,s:b}", "id", settings->inputs[i].id, "name",
							snapshot_names(settings->inputs[i].name), "link",
							link_word((enum link)room->input_link[i]), "active",
							stage_plan(stage)->floor_source == i));
	}
	return json_pack("{s:s,s:o}", "language", room->floor_language, "inputs", inputs);
}

json_t *snapshot_desk(struct hall *hall, unsigned desk)
{
	static const char *const mics[] = {"off", "on", "cough"};
	const struct room *room = stage_room(hall->stage);
	const struct room_desk *d = &room->desk[desk];
	const struct session *session = hall_find_desk(hall, (int)desk);
	char id[NAME_SIZE * 2], output[2] = {(char)('A' + d->output), '\0'};
	desk_id(room, desk, id);
	return json_pack("{s:s,s:s,s:i,s:b,s:s,s:s,s:b,s:b,s:s,s:s,s:i}", "id", id, "booth", room->booth[d->booth].id, "desk",
			 (int)d->number, "seated", (int)d->seated, "name", session != NULL ? session->name : "", "mic",
			 mics[d->mic], "on_air", (int)plan_on_air(stage_plan(hall->stage), desk), "engaged", (int)d->engaged,
			 "link", link_word((enum link)d->link), "output", output, "input", (int)d->input);
}

static json_t *snapshot_booth(const struct room *room, unsigned booth)
{
	const struct room_booth *b = &room->booth[booth];
	json_t *outputs = json_array();
	for (unsigned i = 0; i < b->outputs; i++) {
		char key[2] = {(char)('A' + i), '\0'};
		json_array_append_new(outputs, json_pack("{s:s,s:i,s:s}", "key", key, "channel", (int)b->output[i], "language",
							 room->channel[b->output[i]].language));
	}
	return json_pack("{s:s,s:o}", "id", b->id, "outputs", outputs);
}

/* 2025-03-21 09:00 in the settings, 2025-03-21T09:00 on the wire: one of the forms that a browser reads. */
static json_t *wire_time(const char *time)
{
	char wire[32];
	text_copy(wire, sizeof wire, time);
	char *space = strchr(wire, ' ');
	if (space != NULL)
		*space = 'T';
	return json_string(wire);
}

static json_t *programme(const struct settings_room *settings)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < settings->programme_count; i++) {
		const struct settings_session *s = &settings->programme[i];
		json_array_append_new(list, json_pack("{s:o,s:o,s:o,s:s,s:s}", "starts", wire_time(s->starts), "ends",
						      wire_time(s->ends), "title", snapshot_names(s->title), "speaker",
						      or_empty(s->speaker), "language", or_empty(s->language)));
	}
	return list;
}

static json_t *event(const struct settings *settings)
{
	return json_pack("{s:s,s:o,s:o,s:s}", "id", settings->event.id, "name", snapshot_names(settings->event.name), "place",
			 snapshot_names(settings->event.place), "timezone", or_empty(settings->event.timezone));
}

static json_t *all_channels(struct stage *stage, bool works)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < CHANNELS_MAX; i++) {
		if (stage_channel(stage, i) != NULL)
			json_array_append_new(list, snapshot_channel(stage, i, works));
	}
	return list;
}

static json_t *all_booths(const struct room *room, bool works)
{
	json_t *list = json_array();
	for (unsigned i = 0; works && i < room->booths; i++)
		json_array_append_new(list, snapshot_booth(room, i));
	return list;
}

static json_t *all_desks(struct hall *hall, bool works)
{
	json_t *list = json_array();
	for (unsigned i = 0; works && i < stage_room(hall->stage)->desks; i++)
		json_array_append_new(list, snapshot_desk(hall, i));
	return list;
}

json_t *snapshot_room(struct house *house, struct hall *hall, bool works)
{
	struct stage *stage = hall->stage;
	const struct settings_room *settings = stage_settings(stage);
	const struct room *room = stage_room(stage);
	json_t *json =
		json_pack("{s:s,s:o,s:b,s:o,s:I,s:I,s:i,s:b,s:o,s:o,s:o,s:o,s:o}", "id", settings->id, "name",
			  snapshot_names(settings->name), "closed", settings->access == ACCESS_CLOSED, "event",
			  event(house->settings), "revision", (json_int_t)hall->revision[works], "epoch", (json_int_t)house->epoch,
			  "frame_ms", (int)house->settings->sound.frame_ms, "emergency", (int)room->emergency, "floor",
			  snapshot_floor(stage), "channels", all_channels(stage, works), "booths", all_booths(room, works), "desks",
			  all_desks(hall, works), "programme", programme(settings));
	check(json != NULL);
	return json;
}
