/* Making a room and finding one's way in it. control/ makes the rooms from the settings, which were checked before; the checks here
 * are for everybody else: tests, replays of old logs, a room that is made by hand.
 *
 *   room_init -> room_add_input, room_add_channel ... -> room_add_booth -> room_add_desk ... -> events (event.c)
 *
 * Nothing here is called on the beat, but room_has_channel().
 */
#include "room/room.h"

#include "base/text.h"
#include "room/desk.h"

#include <string.h>
#include <strings.h>

#define FRAME_MS_DEFAULT 20

void room_init(struct room *room)
{
	memset(room, 0, sizeof *room);
	room->frame_ms = FRAME_MS_DEFAULT;
	room->channels = 1;
	room->channel[0].fill = true;
	room->emergency_source = PLAN_NO_SOURCE;
}

enum status room_add_input(struct room *room)
{
	if (room->inputs == INPUTS_MAX)
		return STATUS_TOO_MANY;
	room->inputs++;
	return STATUS_OK;
}

enum status room_add_channel(struct room *room, unsigned number, const char *language, bool fill, enum interlock interlock)
{
	if (number == 0 || number >= CHANNELS_MAX || (unsigned)interlock > ROOM_INTERLOCK_TOGGLE)
		return STATUS_BAD_FIELD;
	if (language[0] == '\0' || strlen(language) >= TAG_SIZE)
		return STATUS_BAD_FIELD;
	if (room_has_channel(room, number) || room_find_channel(room, language) >= 0)
		return STATUS_TAKEN;
	struct room_channel *channel = &room->channel[number];
	text_copy(channel->language, sizeof channel->language, language);
	channel->fill = fill;
	channel->interlock = (uint8_t)interlock;
	if (room->channels <= number)
		room->channels = (uint8_t)(number + 1);
	return STATUS_OK;
}

static int find_booth(const struct room *room, const char *id)
{
	for (int i = 0; i < room->booths; i++)
		if (strcmp(room->booth[i].id, id) == 0)
			return i;
	return -1;
}

static enum status outputs_ok(const struct room *room, const uint8_t *outputs, unsigned count)
{
	if (count == 0 || count > OUTPUTS_MAX)
		return STATUS_BAD_FIELD;
	for (unsigned i = 0; i < count; i++) {
		if (outputs[i] == 0 || !room_has_channel(room, outputs[i]))
			return STATUS_NO_CHANNEL;
		if (memchr(outputs, outputs[i], i) != NULL)
			return STATUS_BAD_FIELD;
	}
	return STATUS_OK;
}

enum status room_add_booth(struct room *room, const char *id, const uint8_t *outputs, unsigned count)
{
	if (room->booths == BOOTHS_MAX)
		return STATUS_TOO_MANY;
	if (id[0] == '\0' || strlen(id) >= NAME_SIZE)
		return STATUS_BAD_FIELD;
	if (find_booth(room, id) >= 0)
		return STATUS_TAKEN;
	enum status status = outputs_ok(room, outputs, count);
	if (status != STATUS_OK)
		return status;
	struct room_booth *booth = &room->booth[room->booths++];
	text_copy(booth->id, sizeof booth->id, id);
	memcpy(booth->output, outputs, count);
	booth->outputs = (uint8_t)count;
	return STATUS_OK;
}

enum status room_add_desk(struct room *room, unsigned booth)
{
	if (booth >= room->booths)
		return STATUS_BAD_FIELD;
	unsigned there = 0;
	for (unsigned i = 0; i < room->desks; i++)
		there += room->desk[i].booth == booth;
	if (there == DESKS_PER_BOOTH_MAX || room->desks == DESKS_MAX)
		return STATUS_TOO_MANY;
	struct room_desk *desk = &room->desk[room->desks++];
	desk->booth = (uint8_t)booth;
	desk->number = (uint8_t)(there + 1);
	return STATUS_OK;
}

int room_find_desk(const struct room *room, const char *booth, unsigned number)
{
	int index = find_booth(room, booth);
	for (int i = 0; i < room->desks; i++)
		if (room->desk[i].booth == index && room->desk[i].number == number)
			return i;
	return -1;
}

int room_find_channel(const struct room *room, const char *language)
{
	for (int c = 1; c < room->channels; c++)
		if (room->channel[c].language[0] != '\0' && strcasecmp(room->channel[c].language, language) == 0)
			return c;
	return -1;
}

bool room_mic_open(const struct room *room, unsigned desk)
{
	return desk_mic(&room->desk[desk]) == MIC_ON;
}

bool room_has_channel(const struct room *room, unsigned number)
{
	return number == 0 || (number < room->channels && room->channel[number].language[0] != '\0');
}

uint64_t room_beats(const struct room *room, uint64_t ms)
{
	return (ms + room->frame_ms - 1) / room->frame_ms;
}

enum link link_of(uint64_t silent_ms, bool open)
{
	if (!open)
		return LINK_DOWN;
	if (silent_ms < FADE_OUT_MS)
		return LINK_UP;
	return silent_ms < LINK_LOST_MS ? LINK_LATE : LINK_LOST;
}
