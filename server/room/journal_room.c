/* The first line of an event log: how the room was built, so that a log can be replayed without the settings of that day.
 *
 *   struct room --room_write--> {"log":..,"channels":[..],...} --room_read--> the builders of room.h --> struct room
 *
 * Reading goes through the same builders as the settings do, so a room from a log obeys the same rules.
 */
#include "base/check.h"
#include "room/fields.h"
#include "room/journal.h"

#include <string.h>

#define VERSION "boothcast room v1"
#define NUMBER_MAX 255

static json_t *channels_json(const struct room *room)
{
	json_t *list = json_array();
	for (unsigned c = 1; c < room->channels; c++) {
		const struct room_channel *channel = &room->channel[c];
		if (room_has_channel(room, c))
			json_array_append_new(list, json_pack("{s:i, s:s, s:b, s:s}", "number", (int)c, "language",
							      channel->language, "fill", (int)channel->fill, "interlock",
							      fields_interlocks[channel->interlock]));
	}
	return list;
}

static json_t *outputs_json(const struct room_booth *booth)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < booth->outputs; i++)
		json_array_append_new(list, json_integer(booth->output[i]));
	return list;
}

/* Desks are written in their own order, because events name them by index; "desks" is the list of their booths. */
static json_t *desks_json(const struct room *room)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < room->desks; i++)
		json_array_append_new(list, json_integer(room->desk[i].booth));
	return list;
}

size_t room_write(const struct room *room, const char *name, char *line, size_t size)
{
	check(room->revision == 0); /* events that came before would be lost */
	json_t *booths = json_array();
	for (unsigned b = 0; b < room->booths; b++)
		json_array_append_new(booths,
				      json_pack("{s:s, s:o}", "id", room->booth[b].id, "outputs", outputs_json(&room->booth[b])));
	return fields_line(json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:o, s:o, s:o}", "log", VERSION, "name", name, "frame_ms",
				     (int)room->frame_ms, "inputs", (int)room->inputs, "floor", fields_floors[room->floor_mixed],
				     "floor_language", room->floor_language, "programme_language", room->programme_language, "channels",
				     channels_json(room), "booths", booths, "desks", desks_json(room)),
			   line, size);
}

static enum status read_channel(const json_t *object, struct room *room)
{
	uint8_t number, interlock;
	const char *language = json_string_value(json_object_get(object, "language"));
	const json_t *fill = json_object_get(object, "fill");
	if (!fields_byte(object, "number", &number) || !fields_word(object, "interlock", fields_interlocks, &interlock))
		return STATUS_BAD_FIELD;
	if (language == NULL || !json_is_boolean(fill))
		return STATUS_BAD_FIELD;
	return room_add_channel(room, number, language, json_is_true(fill), (enum interlock)interlock);
}

static enum status read_booth(const json_t *object, struct room *room)
{
	const char *id = json_string_value(json_object_get(object, "id"));
	const json_t *list = json_object_get(object, "outputs");
	uint8_t outputs[OUTPUTS_MAX];
	size_t count = json_array_size(list);
	if (id == NULL || count > OUTPUTS_MAX)
		return STATUS_BAD_FIELD;
	for (size_t i = 0; i < count; i++) {
		json_int_t number = fields_integer(json_array_get(list, i), NUMBER_MAX);
		if (number < 0)
			return STATUS_BAD_FIELD;
		outputs[i] = (uint8_t)number;
	}
	return room_add_booth(room, id, outputs, (unsigned)count);
}

static enum status read_desk(const json_t *booth, struct room *room)
{
	json_int_t number = fields_integer(booth, NUMBER_MAX);
	return number < 0 ? STATUS_BAD_FIELD : room_add_desk(room, (unsigned)number);
}

static enum status read_list(const json_t *list, enum status (*read)(const json_t *, struct room *), struct room *room)
{
	enum status status = json_is_array(list) ? STATUS_OK : STATUS_BAD_FIELD;
	for (size_t i = 0; status == STATUS_OK && i < json_array_size(list); i++)
		status = read(json_array_get(list, i), room);
	return status;
}

/* A log from before there were mixed floors does not say it. */
static bool read_floor(const json_t *object, struct room *room)
{
	uint8_t mixed = 0;
	if (json_object_get(object, "floor") != NULL && !fields_word(object, "floor", fields_floors, &mixed))
		return false;
	room->floor_mixed = mixed != 0;
	return true;
}

static enum status read_room(const json_t *object, struct room *room)
{
	json_int_t frame_ms = fields_integer(json_object_get(object, "frame_ms"), 20);
	json_int_t inputs = fields_integer(json_object_get(object, "inputs"), INPUTS_MAX);
	if ((frame_ms != 10 && frame_ms != 20) || inputs < 0 || !fields_text(object, "floor_language", room->floor_language))
		return STATUS_BAD_FIELD;
	if (json_object_get(object, "programme_language") != NULL && /* older logs have none */
	    !fields_text(object, "programme_language", room->programme_language))
		return STATUS_BAD_FIELD;
	if (!read_floor(object, room))
		return STATUS_BAD_FIELD;
	room->frame_ms = (uint16_t)frame_ms;
	while (inputs-- > 0)
		room_add_input(room);
	enum status status = read_list(json_object_get(object, "channels"), read_channel, room);
	if (status == STATUS_OK)
		status = read_list(json_object_get(object, "booths"), read_booth, room);
	if (status == STATUS_OK)
		status = read_list(json_object_get(object, "desks"), read_desk, room);
	return status;
}

enum status room_read(const char *line, struct room *room)
{
	room_init(room);
	json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *version = json_string_value(json_object_get(object, "log"));
	enum status status = STATUS_OK;
	if (!json_is_object(object))
		status = STATUS_BAD_JSON;
	else if (version == NULL || strcmp(version, VERSION) != 0)
		status = STATUS_UNKNOWN_TYPE;
	else
		status = read_room(object, room);
	json_decref(object);
	return status;
}
