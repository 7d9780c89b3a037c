/* /api/rooms: what anybody may know of the rooms, as JSON. A closed room shows that it is there, and nothing of what goes on in it.
 */
#include "control/exchange.h"
#include "control/session.h"
#include "control/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void answer_json(struct exchange *ex, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	ex->ops->answer(ex, 200, "application/json", text, strlen(text), NULL);
	free(text);
	json_decref(json);
}

/* An open room whole; of a closed one its names. */
static json_t *public_room(struct house *house, struct hall *hall)
{
	json_t *json = snapshot_room(house, hall, false);
	json_object_del(json, "event");
	if (json_is_false(json_object_get(json, "closed")))
		return json;
	json_t *names = json_pack("{s:O,s:O,s:b,s:[]}", "id", json_object_get(json, "id"), "name", json_object_get(json, "name"),
				  "closed", 1, "channels");
	json_decref(json);
	return names;
}

static void all_rooms(struct house *house, struct exchange *ex)
{
	const struct settings *settings = house->settings;
	json_t *rooms = json_array();
	for (unsigned i = 0; i < house->halls; i++)
		json_array_append_new(rooms, public_room(house, &house->hall[i]));
	answer_json(ex, json_pack("{s:{s:s,s:o,s:o,s:s},s:I,s:o}", "event", "id", settings->event.id, "name",
				  snapshot_names(settings->event.name), "place", snapshot_names(settings->event.place), "timezone",
				  settings->event.timezone != NULL ? settings->event.timezone : "", "server_us",
				  (json_int_t)house_now_us(house), "rooms", rooms));
}

static void one_room(struct house *house, struct exchange *ex, const struct request *request, const char *id)
{
	struct ticket ticket;
	struct hall *hall = house_find(house, id);
	enum status status = hall != NULL ? authorize(house, hall, request, &ticket, VERB_LISTEN) : STATUS_NO_ROOM;
	if (status != STATUS_OK)
		answer_status(ex, status, NULL);
	else
		answer_json(ex, snapshot_room(house, hall, role_works(ticket.role)));
}

void api_answer(struct house *house, struct exchange *ex, const struct request *request)
{
	static const char rooms[] = "/api/rooms";
	const char *rest = request->path + sizeof rooms - 1;
	if (strncmp(request->path, rooms, sizeof rooms - 1) != 0 || (*rest != '\0' && *rest != '/')) {
		static const char sentence[] =
			"{\"code\":\"not_found\",\"message\":\"There is nothing at this address; see /api/rooms.\"}";
		ex->ops->answer(ex, 404, "application/json", sentence, sizeof sentence - 1, NULL);
	} else if (*rest == '\0' || rest[1] == '\0') {
		all_rooms(house, ex);
	} else {
		one_room(house, ex, request, rest + 1);
	}
}
