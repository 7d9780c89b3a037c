/* Who sits where at a table, see table.h. Called when somebody joins, listens or publishes; it changes nothing. */
#include "control/table.h"

#include <stdio.h>
#include <string.h>

bool table_sits(const struct session *session)
{
	return session->role == ROLE_SPEAKER && stage_settings(session->hall->stage)->floor == FLOOR_MIXED;
}

static int named_input(const struct session *session)
{
	char name[NAME_SIZE * 2];
	if (session->ticket.input[0] == '\0')
		return -1;
	snprintf(name, sizeof name, "floor/%s", session->ticket.input);
	return stage_find_source(session->hall->stage, name);
}

bool table_owns(const struct session *session, unsigned input)
{
	return session_sends(session, (int)input) || named_input(session) == (int)input;
}

/* Nobody sends there, and nobody else here has a ticket for it. */
static bool is_free(const struct session *session, unsigned input)
{
	struct source_stats stats;
	source_stats(stage_source(session->hall->stage, input), &stats);
	for (const struct session *other = session->hall->first; other != NULL; other = other->next) {
		if (other != session && named_input(other) == (int)input)
			return false;
	}
	return !stats.open;
}

/* Where the session is to publish. */
static unsigned own_input(const struct session *session)
{
	unsigned inputs = stage_settings(session->hall->stage)->inputs_count;
	int named = named_input(session);
	for (unsigned i = 0; i < inputs && named < 0; i++) {
		if (is_free(session, i) || table_owns(session, i))
			named = (int)i;
	}
	return named < 0 ? 0 : (unsigned)named;
}

static json_t *languages(const struct session *session)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < CHANNELS_MAX; i++) {
		bool offered = i > 0 || session->ticket.channels != 0;
		if (offered && stage_channel(session->hall->stage, i) != NULL && role_hears(&session->ticket, i))
			json_array_append_new(list, json_integer(i));
	}
	return list;
}

json_t *table_place(const struct session *session)
{
	const struct settings_room *room = stage_settings(session->hall->stage);
	unsigned own = own_input(session);
	json_t *others = json_array();
	for (unsigned i = 0; i < room->inputs_count; i++) {
		if (i != own)
			json_array_append_new(others, json_string(source_name(stage_source(session->hall->stage, i))));
	}
	return json_pack("{s:s,s:o,s:o}", "input", room->inputs[own].id, "channels", languages(session), "others", others);
}
