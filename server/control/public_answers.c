/* Public answers, see public_answers.h. Each is a sequence of steps (a room, a family of metrics, ...) that write into `next`; when
 * the last step is done, `next` becomes `text` and goes to everybody who waits. Called by exchange.c (requests) and by house.c
 * (slices). */
#include "control/public_answers.h"

#include "control/exchange.h"
#include "control/snapshot.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is made, by steps; each returns true when the answer is complete ---- */

static void add_json(struct kept_answer *answer, json_t *json)
{
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (text != NULL)
		text_add_bytes(&answer->next, text, strlen(text));
	answer->failed = answer->failed || text == NULL;
	free(text);
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

static bool make_rooms(struct house *house, struct kept_answer *answer)
{
	unsigned room = answer->step;
	if (room == 0) {
		text_add(&answer->next, "{\"event\":");
		add_json(answer, snapshot_event(house->settings));
		text_add(&answer->next, ",\"server_us\":%llu,\"rooms\":[", (unsigned long long)house_now_us(house));
	}
	if (room > 0 && room < house->halls)
		text_add(&answer->next, ",");
	if (room < house->halls)
		add_json(answer, public_room(house, &house->hall[room]));
	if (room + 1 < house->halls)
		return false;
	text_add(&answer->next, "]}");
	return true;
}

static bool make_metrics(struct house *house, struct kept_answer *answer)
{
	answer->cursor = answer->step == 0 ? metrics_first(house->metrics) : answer->cursor;
	answer->cursor = metrics_write_family(answer->cursor, &answer->next);
	return answer->cursor == NULL;
}

static bool make_health(struct house *house, struct kept_answer *answer, bool ready)
{
	json_t *json = health_report(house, ready, &answer->status);
	add_json(answer, json);
	return true;
}

static bool make_step(struct house *house, struct kept_answer *answer, enum public_answer which)
{
	switch (which) {
	case PUBLIC_ROOMS: return make_rooms(house, answer);
	case PUBLIC_METRICS: return make_metrics(house, answer);
	case PUBLIC_HEALTH: return make_health(house, answer, false);
	case PUBLIC_READY: return make_health(house, answer, true);
	case PUBLIC_COUNT: break;
	}
	return true;
}

/* ---- giving ---- */

static void give(struct house *house, struct exchange_user *user, enum public_answer which)
{
	const struct kept_answer *answer = &house->answers.kept[which];
	const char *type = which == PUBLIC_METRICS ? "text/plain; version=0.0.4; charset=utf-8" : "application/json";
	user->waits_for = PUBLIC_COUNT;
	answer_bytes(house, user->ex, answer->status, type, answer->text.at, answer->text.size, NULL);
}

static void give_all(struct house *house, enum public_answer which)
{
	for (struct exchange_user *user = house->exchanges; user != NULL; user = user->next) {
		if (user->waits_for == which)
			give(house, user, which);
	}
}

/* ---- making ---- */

/* One that lacks a piece, or is larger than HTTP_ANSWER_MAX, is not given: answer_bytes() says 503 in its place, and counts. */
static void finish(struct house *house, enum public_answer which)
{
	struct kept_answer *answer = &house->answers.kept[which];
	if (answer->failed || answer->next.cut)
		text_free(&answer->next);
	text_free(&answer->text);
	answer->text = answer->next;
	answer->next = (struct text){0};
	answer->making = false;
	answer->made = true;
	give_all(house, which);
}

static void begin(struct kept_answer *answer)
{
	if (answer->making)
		return;
	answer->making = true;
	answer->failed = false;
	answer->status = 200;
	answer->step = 0;
	text_init(&answer->next, HTTP_ANSWER_MAX);
}

/* Works on one answer until it is finished or the slice is over. */
static void make_slice(struct house *house, enum public_answer which)
{
	struct kept_answer *answer = &house->answers.kept[which];
	uint64_t start_us = house_now_us(house), now_us = start_us;
	while (answer->making && now_us - start_us <= PUBLIC_SLICE_US) {
		if (make_step(house, answer, which))
			finish(house, which);
		answer->step++;
		now_us = house_now_us(house);
	}
	house->answers.spent_us += (double)(now_us - start_us);
}

bool public_answers_work(struct house *house)
{
	for (int which = 0; which < PUBLIC_COUNT; which++) {
		if (!house->answers.kept[which].making)
			continue;
		make_slice(house, (enum public_answer)which);
		return true;
	}
	return false;
}

/* Whether the share of the hub's time allows a new one. */
static bool has_time(struct house *house)
{
	struct public_answers *answers = &house->answers;
	uint64_t now_us = house_now_us(house);
	double paid_us = (double)(now_us - answers->at_us) / 1e6 * PUBLIC_SHARE_US;
	answers->spent_us = answers->spent_us > paid_us ? answers->spent_us - paid_us : 0;
	answers->at_us = now_us;
	return answers->spent_us < PUBLIC_RESERVE_US;
}

void public_answer(struct house *house, struct exchange_user *user, enum public_answer which)
{
	struct kept_answer *answer = &house->answers.kept[which];
	if (answer->made && !has_time(house)) {
		give(house, user, which);
		return;
	}
	user->waits_for = which;
	bool under_way = answer->making;
	begin(answer);
	if (!under_way)
		make_slice(house, which);
}

void public_answers_free(struct house *house)
{
	for (int which = 0; which < PUBLIC_COUNT; which++) {
		text_free(&house->answers.kept[which].text);
		text_free(&house->answers.kept[which].next);
	}
}
