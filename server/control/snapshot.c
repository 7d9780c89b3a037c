/* The shapes of a room in JSON, see snapshot.h. Everything is read from the state that holds, so it is what listeners hear. */
#include "control/snapshot.h"

#include "control/session.h"
#include "room/fields.h"

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

void snapshot_desk_id(const struct room *room, unsigned desk, char id[NAME_SIZE * 2])
{
	id[0] = '\0';
	if (desk < room->desks)
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
		snapshot_desk_id(stage_room(stage), line->voice[i].source - INPUTS_MAX, id);
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

static void set_flag(json_t *json, const char *key, bool on)
{
	json_object_set_new(json, key, json_boolean(on));
}

static const char *made_here(const struct plan_line *line)
{
	return line->bed == PLAN_BED_LINE_UP ? "line_up" : line->bed == PLAN_BED_MUSIC ? "music" : NULL;
}

json_t *snapshot_channel(struct hall *hall, unsigned number, bool works)
{
	const struct room *room = &hall->shown.room;
	const struct plan *plan = &hall->shown.plan;
	const struct plan_line *line = &plan->line[number];
	json_t *json = json_pack(
		"{s:i,s:s,s:s,s:s,s:s,s:s,s:i,s:b,s:s,s:o,s:b,s:[s,s,s]}", "number", (int)number, "language",
		number == 0 ? hall->shown.floor_language.tag : room->channel[number].language, "name",
		channel_name(hall->stage, number), "label", label_word((enum label)line->label), "state", line_state(plan, line),
		"carries", line->language, "depth", (int)line->depth, "fill", number == 0 || room->channel[number].fill,
		"interlock", fields_interlocks[room->channel[number].interlock], "holders",
		works ? holders(hall->stage, line) : json_array(), "uninterpreted", (int)hall->shown.uninterpreted[number],
		"renditions", rendition_word(RENDITION_STANDARD), rendition_word(RENDITION_HIGH), rendition_word(RENDITION_SAVER));
	if (made_here(line) != NULL)
		json_object_set_new(json, "bed", json_string(made_here(line)));
	if (works) {
		set_flag(json, "line_up", room->channel[number].line_up);
		set_flag(json, "break_music", room->channel[number].music);
	}
	return json;
}

json_t *snapshot_floor(struct hall *hall)
{
	static const char *const from[] = {[FLOOR_LANGUAGE_UNKNOWN] = "",
					   [FLOOR_LANGUAGE_SET] = "set",
					   [FLOOR_LANGUAGE_PROGRAMME] = "programme",
					   [FLOOR_LANGUAGE_CONCLUDED] = "concluded"};
	const struct room *room = &hall->shown.room;
	const struct floor_language *language = &hall->shown.floor_language;
	const struct settings_room *settings = stage_settings(hall->stage);
	json_t *inputs = json_array();
	for (unsigned i = 0; i < settings->inputs_count; i++) {
		json_array_append_new(inputs, json_pack("{s:s,s:o,s:s,s:b}", "id", settings->inputs[i].id, "name",
							snapshot_names(settings->inputs[i].name), "link",
							link_word((enum link)room->input_link[i]), "active",
							plan_floor_has(&hall->shown.plan, i)));
	}
	return json_pack("{s:s,s:s,s:s,s:o}", "mode", fields_floors[room->floor_mixed], "language", language->tag, "from",
			 from[language->from], "inputs", inputs);
}

json_t *snapshot_desk(struct hall *hall, unsigned desk)
{
	static const char *const mics[] = {[MIC_OFF] = "off", [MIC_ON] = "on", [MIC_COUGH] = "cough"};
	const struct room *room = &hall->shown.room;
	const struct room_desk *d = &room->desk[desk];
	const struct desk_view *view = &hall->shown.view[desk];
	const struct session *session = hall_find_desk(hall, (int)desk);
	char id[NAME_SIZE * 2], holder[NAME_SIZE * 2], output[2] = {(char)('A' + d->output), '\0'};
	snapshot_desk_id(room, desk, id);
	snapshot_desk_id(room, view->holder, holder);
	json_t *json = json_pack("{s:s,s:s,s:i,s:s,s:s,s:s,s:s,s:i,s:i,s:s,s:s}", "id", id, "booth", room->booth[d->booth].id,
				 "desk", (int)d->number, "name", session != NULL ? session->name : "", "mic", mics[d->mic], "link",
				 link_word((enum link)d->link), "output", output, "input", (int)d->input, "hears", (int)view->hears,
				 "quality", label_word((enum label)view->quality), "holder", holder);
	set_flag(json, "seated", d->seated);
	set_flag(json, "on_air", view->tally);
	set_flag(json, "engaged", d->engaged);
	set_flag(json, "auto_relay", view->auto_relay);
	set_flag(json, "true_floor", d->true_floor);
	set_flag(json, "relay_lost", view->relay_lost);
	set_flag(json, "overlap", view->overlap);
	set_flag(json, "wrong_direction", view->wrong_direction);
	set_flag(json, "cut", d->cut);
	set_flag(json, "cough_long", hall->shown.cough_long[desk]);
	set_flag(json, "to_floor", d->to_floor);
	return json;
}

static json_int_t due_us(const struct room *room, uint64_t beat)
{
	return beat != 0 ? (json_int_t)beat_due_us(room->frame_ms, beat) : 0;
}

static json_t *handover(const struct room *room, const struct shown_booth *booth)
{
	static const char *const states[] = {[HANDOVER_IDLE] = "idle",
					     [HANDOVER_OFFERED] = "offered",
					     [HANDOVER_REQUESTED] = "requested",
					     [HANDOVER_TAKING] = "taking"};
	static const char *const ends[] = {[HANDOVER_NOT_YET] = "",
					   [HANDOVER_SWITCHED] = "switched",
					   [HANDOVER_DECLINED] = "declined",
					   [HANDOVER_CANCELLED] = "cancelled",
					   [HANDOVER_TIMED_OUT] = "timed_out",
					   [HANDOVER_LEFT] = "left",
					   [HANDOVER_BY_KEYS] = "by_keys"};
	char from[NAME_SIZE * 2], to[NAME_SIZE * 2];
	snapshot_desk_id(room, booth->from, from);
	snapshot_desk_id(room, booth->to, to);
	return json_pack("{s:s,s:s,s:s,s:I,s:s}", "state", states[booth->state], "from", from, "to", to, "ends_us",
			 due_us(room, booth->ends_beat), "ended", ends[booth->ended]);
}

static json_t *turn(const struct room *room, const struct shown_booth *booth)
{
	static const char *const colours[] = {
		[TURN_NONE] = "none", [TURN_GREEN] = "green", [TURN_AMBER] = "amber", [TURN_RED] = "red"};
	char desk[NAME_SIZE * 2];
	snapshot_desk_id(room, booth->turn_desk, desk);
	return json_pack("{s:s,s:I,s:s}", "desk", desk, "since_us", due_us(room, booth->turn_since), "colour",
			 colours[booth->turn]);
}

json_t *snapshot_booth(struct hall *hall, unsigned booth)
{
	const struct room *room = &hall->shown.room;
	const struct room_booth *b = &room->booth[booth];
	json_t *outputs = json_array();
	for (unsigned i = 0; i < b->outputs; i++) {
		char key[2] = {(char)('A' + i), '\0'};
		json_array_append_new(outputs, json_pack("{s:s,s:i,s:s}", "key", key, "channel", (int)b->output[i], "language",
							 room->channel[b->output[i]].language));
	}
	return json_pack("{s:s,s:o,s:o,s:o}", "id", b->id, "outputs", outputs, "handover",
			 handover(room, &hall->shown.booth[booth]), "turn", turn(room, &hall->shown.booth[booth]));
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

json_t *snapshot_event(const struct settings *settings)
{
	return json_pack("{s:s,s:o,s:o,s:s}", "id", settings->event.id, "name", snapshot_names(settings->event.name), "place",
			 snapshot_names(settings->event.place), "timezone", or_empty(settings->event.timezone));
}

static json_t *all_channels(struct hall *hall, bool works)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < CHANNELS_MAX; i++) {
		if (stage_channel(hall->stage, i) != NULL)
			json_array_append_new(list, snapshot_channel(hall, i, works));
	}
	return list;
}

static json_t *all_booths(struct hall *hall, bool works)
{
	json_t *list = json_array();
	for (unsigned i = 0; works && i < hall->shown.room.booths; i++)
		json_array_append_new(list, snapshot_booth(hall, i));
	return list;
}

static json_t *all_desks(struct hall *hall, bool works)
{
	json_t *list = json_array();
	for (unsigned i = 0; works && i < hall->shown.room.desks; i++)
		json_array_append_new(list, snapshot_desk(hall, i));
	return list;
}

/* What each rendition costs on the line: for who asks what it takes to listen. */
static json_t *renditions(const struct settings *settings)
{
	const unsigned bitrate[RENDITION_COUNT] = {
		[RENDITION_STANDARD] = settings->sound.bitrate,
		[RENDITION_HIGH] = settings->sound.bitrate_high,
		[RENDITION_SAVER] = settings->sound.bitrate_saver,
	};
	json_t *object = json_object();
	for (int i = 0; i < RENDITION_COUNT; i++) {
		int frame_ms = i == RENDITION_SAVER ? LONG_PACKET_MS : (int)settings->sound.frame_ms;
		json_object_set_new(object, rendition_word((enum rendition)i),
				    json_pack("{s:i,s:i}", "bitrate", (int)bitrate[i], "frame_ms", frame_ms));
	}
	return object;
}

json_t *snapshot_emergency_text(const struct hall *hall)
{
	return hall->shown.room.emergency && hall->emergency_text != NULL ? json_incref(hall->emergency_text) : json_object();
}

json_t *snapshot_room(struct house *house, struct hall *hall, bool works)
{
	const struct settings_room *settings = stage_settings(hall->stage);
	const struct room *room = &hall->shown.room;
	json_t *json =
		json_pack("{s:s,s:o,s:b,s:o,s:I,s:I,s:i,s:b,s:i,s:o,s:o,s:o,s:o,s:o,s:o}", "id", settings->id, "name",
			  snapshot_names(settings->name), "closed", settings->access == ACCESS_CLOSED, "event",
			  snapshot_event(house->settings), "revision", (json_int_t)hall->revision[works], "epoch",
			  (json_int_t)house->epoch, "frame_ms", (int)house->settings->sound.frame_ms, "emergency",
			  (int)room->emergency, "auto_relay", (int)room->auto_relay, "floor", snapshot_floor(hall), "channels",
			  all_channels(hall, works), "booths", all_booths(hall, works), "desks", all_desks(hall, works),
			  "programme", programme(settings), "renditions", renditions(house->settings));
	json_object_set_new(json, "emergency_text", snapshot_emergency_text(hall));
	if (works) {
		set_flag(json, "break_music", stage_has_music(hall->stage));
		json_object_set_new(json, "emergency_offer", snapshot_names(settings->emergency_text));
	}
	return json;
}
