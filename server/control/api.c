/* /api/rooms/{room}: one room as JSON, to whoever may hear it. */
#include "control/exchange.h"
#include "control/session.h"
#include "control/snapshot.h"

#include <string.h>

static void one_room(struct house *house, struct exchange *ex, const struct request *request, const char *id)
{
	struct ticket ticket;
	struct hall *hall = house_find(house, id);
	enum status status = hall != NULL ? authorize(house, hall, request, &ticket, VERB_LISTEN) : STATUS_NO_ROOM;
	if (status != STATUS_OK)
		answer_status(house, ex, status, NULL);
	else
		answer_json(house, ex, 200, snapshot_room(house, hall, role_works(ticket.role)), NULL);
}

void api_answer(struct house *house, struct exchange *ex, const struct request *request)
{
	static const char rooms[] = "/api/rooms/";
	if (strncmp(request->path, rooms, sizeof rooms - 1) == 0) {
		one_room(house, ex, request, request->path + sizeof rooms - 1);
		return;
	}
	static const char sentence[] = "{\"code\":\"not_found\",\"message\":\"There is nothing at this address; see /api/rooms.\"}";
	answer_bytes(house, ex, 404, "application/json", sentence, sizeof sentence - 1, NULL);
}
