/* State and levels to everybody, see tell.h. A message is made once for each of the two kinds of reader (audience, and those who
 * work here) and goes to each loop once (fanout/broadcast.h). Called by house_work(), never on the beat. */
#include "control/tell.h"

#include "control/session.h"
#include "control/snapshot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AUDIENCE, WORKERS };

/* ---- state ---- */

static json_t *changed_channels(struct hall *hall, bool works)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < CHANNELS_MAX; i++) {
		if (stage_channel(hall->stage, i) != NULL && shown_channel_differs(&hall->shown, &hall->told, i, works))
			json_array_append_new(list, snapshot_channel(hall, i, works));
	}
	return list;
}

/* Somebody new sits there, and the state that is told says so too: the seat is taken one beat before it holds. */
static bool entered(const struct hall *hall, unsigned desk)
{
	return (hall->desks_entered >> desk & 1) != 0 && hall->shown.room.desk[desk].seated;
}

static json_t *changed_desks(struct hall *hall)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < hall->shown.room.desks; i++) {
		if (entered(hall, i) || shown_desk_differs(&hall->shown, &hall->told, i))
			json_array_append_new(list, snapshot_desk(hall, i));
	}
	return list;
}

static json_t *changed_booths(struct hall *hall)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < hall->shown.room.booths; i++) {
		if (shown_booth_differs(&hall->shown, &hall->told, i))
			json_array_append_new(list, snapshot_booth(hall, i));
	}
	return list;
}

/* A list that is empty is left out. */
static void set_list(json_t *message, const char *key, json_t *list)
{
	if (json_array_size(list) > 0)
		json_object_set_new(message, key, list);
	else
		json_decref(list);
}

/* What changed, as one message; NULL when nothing did that this kind of reader sees. */
static json_t *state_message(struct hall *hall, bool works)
{
	const struct room *room = &hall->shown.room, *told = &hall->told.room;
	json_t *message = json_object();
	set_list(message, "channels", changed_channels(hall, works));
	if (works) {
		set_list(message, "booths", changed_booths(hall));
		set_list(message, "desks", changed_desks(hall));
	}
	if (shown_floor_differs(&hall->shown, &hall->told))
		json_object_set_new(message, "floor", snapshot_floor(hall));
	if (room->emergency != told->emergency || (room->emergency && hall->emergency_text_new)) {
		json_object_set_new(message, "emergency", json_boolean(room->emergency));
		json_object_set_new(message, "emergency_text", snapshot_emergency_text(hall));
	}
	if (room->auto_relay != told->auto_relay)
		json_object_set_new(message, "auto_relay", json_integer(room->auto_relay));
	if (json_object_size(message) == 0) {
		json_decref(message);
		return NULL;
	}
	json_object_set_new(message, "type", json_string("state"));
	json_object_set_new(message, "revision", json_integer((json_int_t)++hall->revision[works]));
	json_object_set_new(message, "seq", json_integer((json_int_t)(uint32_t)stage_now(hall->stage)));
	return message;
}

/* The message as text that many share; NULL when it could not be made, which is counted. Takes `message` over. */
static struct message *shared(struct hall *hall, json_t *message)
{
	char *text = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
	struct message *whole = text != NULL ? message_new(text, strlen(text)) : NULL;
	json_decref(message);
	free(text);
	if (whole == NULL)
		house_count_unwritten(hall->house);
	return whole;
}

/* To everybody of a kind: made once, whatever their number. */
static void send_state(struct hall *hall, int kind)
{
	json_t *json = state_message(hall, kind == WORKERS);
	struct message *message = json != NULL ? shared(hall, json) : NULL;
	if (message == NULL)
		return;
	broadcast_send(hall->broadcast[kind], message);
	message_release(message);
}

/* To the monitors: those who see meters, one by one because they are few. */
static void send_levels(struct hall *hall, json_t *message)
{
	char *text = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
	json_decref(message);
	if (text == NULL)
		house_count_unwritten(hall->house);
	for (struct session *session = hall->monitors; text != NULL && session != NULL; session = session->next_monitor)
		session->conn->ops->send_text(session->conn, text, strlen(text));
	free(text);
}

static void take(struct hall *hall)
{
	shown_take(&hall->shown, &hall->since, stage_room(hall->stage), stage_plan(hall->stage), hall->handover,
		   stage_now(hall->stage));
}

void tell_state(struct hall *hall)
{
	take(hall);
	for (int kind = AUDIENCE; kind <= WORKERS; kind++)
		send_state(hall, kind);
	hall->told = hall->shown;
	for (unsigned i = 0; i < hall->shown.room.desks; i++) {
		if (entered(hall, i))
			hall->desks_entered &= ~(UINT64_C(1) << i);
	}
	if (hall->shown.room.emergency)
		hall->emergency_text_new = false;
}

void tell_begin(struct hall *hall)
{
	take(hall);
	hall->told = hall->shown;
	hall->desks_entered = 0;
}

/* ---- levels ---- */

/* One decimal is what a meter shows. */
static json_t *decibels(float db)
{
	return json_real(roundf(db * 10) / 10.0);
}

static json_t *source_level(struct stage *stage, unsigned index)
{
	struct source_stats stats;
	struct level *level = stage_source_level(stage, index);
	source_stats(stage_source(stage, index), &stats);
	return json_pack("{s:s,s:o,s:o,s:s,s:o,s:o,s:I,s:I,s:I}", "source", source_name(stage_source(stage, index)), "peak_db",
			 decibels(level_take_peak_db(level)), "loudness", decibels(level_loudness(level)), "link",
			 link_word(stage_source_link(stage, index)), "buffer_ms", decibels(stats.depth_ms), "drift_ppm",
			 decibels(stats.drift_ppm), "received", (json_int_t)stats.received, "lost", (json_int_t)stats.lost, "late",
			 (json_int_t)stats.late);
}

static json_t *channel_level_json(struct hall *hall, unsigned number)
{
	struct channel *channel = stage_channel(hall->stage, number);
	struct level *level = channel_level(channel);
	uint64_t skipped = 0;
	for (int i = 0; i < RENDITION_COUNT; i++)
		skipped += audience_skipped(channel_audience(channel, (enum rendition)i));
	return json_pack("{s:i,s:o,s:o,s:i,s:I,s:I,s:I}", "channel", (int)number, "peak_db", decibels(level_take_peak_db(level)),
			 "loudness", decibels(level_loudness(level)), "listeners", (int)channel_listeners(channel), "late",
			 (json_int_t)hall->late[number], "concealed", (json_int_t)hall->concealed[number], "skipped",
			 (json_int_t)skipped);
}

/* Nobody looks: what is told first must not be a peak of long ago. */
static void reset_peaks(struct stage *stage)
{
	for (unsigned i = 0; i < SOURCES_MAX; i++) {
		if (stage_source_level(stage, i) != NULL)
			level_take_peak_db(stage_source_level(stage, i));
	}
	for (unsigned i = 0; i < CHANNELS_MAX; i++) {
		if (stage_channel(stage, i) != NULL)
			level_take_peak_db(channel_level(stage_channel(stage, i)));
	}
}

void tell_levels(struct hall *hall)
{
	if (hall->monitors == NULL) {
		reset_peaks(hall->stage);
		return;
	}
	json_t *sources = json_array(), *channels = json_array();
	for (unsigned i = 0; i < SOURCES_MAX; i++) {
		if (stage_source(hall->stage, i) != NULL)
			json_array_append_new(sources, source_level(hall->stage, i));
	}
	for (unsigned i = 0; i < CHANNELS_MAX; i++) {
		if (stage_channel(hall->stage, i) != NULL)
			json_array_append_new(channels, channel_level_json(hall, i));
	}
	json_t *message = json_pack("{s:s,s:I,s:o,s:o}", "type", "levels", "seq", (json_int_t)(uint32_t)stage_now(hall->stage),
				    "sources", sources, "channels", channels);
	send_levels(hall, message);
}
