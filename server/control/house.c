/* The house: built from the settings, run by the beat, see house.h. */
#include "control/house.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "control/booths.h"
#include "control/exchange.h"
#include "control/memory.h"
#include "control/session.h"
#include "control/tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVELS_PER_S 10
#define UNWRITTEN_LOG_US 60000000u /* between two lines of the log about the same trouble */
#define SWEEP_US 1000000u          /* expiry and revocation reach an open connection within a second or so */

static void stage_changed(void *user, struct stage *stage)
{
	struct house *house = user;
	house_hall_of(house, stage)->changed = true;
}

static void stage_applied(void *user, struct stage *stage, const struct room_event *event)
{
	memory_note(house_hall_of(user, stage), event);
}

static void make_counts(struct house *house)
{
	struct house_counts *counts = &house->counts;
	struct metrics *m = house->metrics;
	counts->clock_step =
		metrics_gauge(m, "boothcast_clock_step_seconds",
			      "How far the clock of the machine was set while the server ran, and is not followed.", NULL);
	counts->revoked_unread = metrics_gauge(m, "boothcast_revoked_list_unread",
					       "1 while the list of revoked tickets cannot be read, and an older one holds.", NULL);
	counts->joins = metrics_counter(m, "boothcast_joins_total", "Sessions that joined a room.", NULL);
	counts->refusals = metrics_counter(m, "boothcast_join_refusals_total", "Joins that were refused.", NULL);
	counts->journal_lost = metrics_counter(m, "boothcast_journal_lost_lines_total",
					       "Lines of event logs that were lost because the disk took nothing for too long.", NULL);
	counts->journal_trouble = metrics_gauge(m, "boothcast_journals_waiting", "Event logs whose disk refuses what is written.", NULL);
	counts->unwritten = metrics_counter(m, "boothcast_messages_unwritten_total",
					    "Messages and answers that could not be made: no memory, or not UTF-8.", NULL);
	counts->reports = metrics_counter(m, "boothcast_listener_reports_total", "Reports that listeners sent.", NULL);
	counts->late = metrics_counter(m, "boothcast_listener_late_frames_total",
				       "Frames that came too late at listeners, by their reports.", NULL);
	counts->concealed = metrics_counter(m, "boothcast_listener_concealed_frames_total",
					    "Frames that listeners made up, by their reports.", NULL);
	for (int i = 0; i < RENDITION_COUNT; i++) {
		char label[64] = "";
		metrics_label(label, sizeof label, "to", rendition_word((enum rendition)i));
		counts->moves[i] = metrics_counter(m, "boothcast_listener_moves_total",
						   "Listeners moved to another rendition because of their lines.", label);
	}
	for (int i = STATUS_OK + 1; i < STATUS_COUNT; i++) {
		char label[64] = "";
		metrics_label(label, sizeof label, "code", status_word((enum status)i));
		counts->errors[i] =
			metrics_counter(m, "boothcast_errors_total", "Errors that clients were told, by their code.", label);
	}
}

struct house *house_new(const struct house_options *options)
{
	struct house *house = check_alloc(calloc(1, sizeof *house));
	house->settings = options->settings;
	house->keys = options->keys;
	house->metrics = options->metrics;
	house->epoch = options->epoch;
	admission_init(&house->admission);
	house->clock = options->clock != NULL ? *options->clock : (struct house_clock){clock_us, clock_wall_s};
	house->started_us = house_now_us(house);
	make_counts(house);
	for (unsigned i = 0; i < options->settings->rooms_count; i++) {
		struct stage_options stage = {
			.settings = options->settings,
			.room = &options->settings->rooms[i],
			.index = (uint8_t)i,
			.epoch = options->epoch,
			.beat = beat_at(options->settings->sound.frame_ms, house->started_us),
			.pool = options->pool,
			.metrics = options->metrics,
			.music = music_of_room(options->music, i),
			.changed = stage_changed,
			.applied = stage_applied,
			.user = house,
		};
		house->hall[i].house = house;
		house->hall[i].stage = stage_new(&stage);
		house->halls++;
		house->hall[i].broadcast[0] = broadcast_new();
		house->hall[i].broadcast[1] = broadcast_new();
		booths_begin(&house->hall[i]);
		programme_begin(&house->hall[i].programme, house->settings, &options->settings->rooms[i]);
		tell_begin(&house->hall[i]);
	}
	return house;
}

void house_free(struct house *house)
{
	for (unsigned i = 0; i < house->halls; i++) {
		while (house->hall[i].first != NULL)
			session_end(house->hall[i].first);
		memory_close(&house->hall[i]);
		json_decref(house->hall[i].emergency_text);
		stage_free(house->hall[i].stage);
		broadcast_free(house->hall[i].broadcast[0]);
		broadcast_free(house->hall[i].broadcast[1]);
	}
	check(house->arriving == NULL && house->exchanges == NULL);
	public_answers_free(house);
	free(house);
}

void house_remember(struct house *house, const char *state)
{
	for (unsigned i = 0; i < house->halls; i++)
		memory_open(&house->hall[i], state, house_now_us(house));
}

void house_await(struct house *house, uint64_t beat)
{
	for (unsigned i = 0; i < house->halls; i++)
		stage_await(house->hall[i].stage, beat);
}

static void follow_programmes(struct house *house)
{
	for (unsigned i = 0; i < house->halls; i++) {
		struct stage *stage = house->hall[i].stage;
		struct room_event event = {.type = ROOM_PROGRAMME_LANGUAGE};
		text_copy(event.text, sizeof event.text, programme_language(&house->hall[i].programme, house_wall_s(house)));
		if (strcmp(event.text, stage_room_next(stage)->programme_language) != 0)
			stage_apply(stage, event);
	}
}

/* Timers of the halls, ten times a second, one hall on this beat and another on the next. */
static void tick(struct house *house)
{
	unsigned period = 1000 / house->settings->sound.frame_ms / LEVELS_PER_S;
	for (unsigned i = (unsigned)(house->beats++ % period); i < house->halls; i += period) {
		booths_step(&house->hall[i]);
		house->hall[i].ticked = true;
	}
}

void house_beat(struct house *house, uint64_t beat, uint64_t now_us)
{
	exchanges_pump(house, now_us);
	for (unsigned i = 0; i < house->halls; i++)
		stage_beat(house->hall[i].stage, beat, now_us);
	tick(house);
	house->admits = true;
	if (now_us - house->swept_us < SWEEP_US)
		return;
	house->swept_us = now_us;
	house->sweeps = true;
}

/* ---- what waits until no sound does ---- */

/* Tells one hall; false when none has anything to tell. */
static bool tell_one(struct house *house)
{
	for (unsigned i = 0; i < house->halls; i++) {
		struct hall *hall = &house->hall[(house->next_hall + i) % house->halls];
		if (!hall->changed && !hall->ticked)
			continue;
		bool levels = hall->ticked;
		hall->changed = hall->ticked = false;
		house->next_hall = (house->next_hall + i + 1) % house->halls;
		tell_state(hall);
		if (levels)
			tell_levels(hall);
		return true;
	}
	return false;
}

static void sweep(struct house *house)
{
	house->sweeps = false;
	*house->counts.journal_trouble = 0; /* memory_sweep() counts */
	sessions_sweep(house, house_now_us(house));
	follow_programmes(house);
	exchanges_sweep(house);
	*house->counts.revoked_unread = ticket_revocations_unread(house->keys);
}

/* In the order of what people wait for. */
bool house_work(struct house *house)
{
	if (tell_one(house))
		return true;
	if (house->admits) {
		house->admits = false;
		admission_beat(house);
		return true;
	}
	if (house->sweeps) {
		sweep(house);
		return true;
	}
	return public_answers_work(house);
}

uint64_t house_now_us(const struct house *house)
{
	return house->clock.now_us();
}

int64_t house_wall_s(struct house *house)
{
	int64_t before_s = house->wall.step_s;
	int64_t time_s = wall_time_s(&house->wall, house_now_us(house), house->clock.wall_s());
	bool steps = house->wall.step_s != 0;
	if (steps && before_s == 0)
		log_event(LOG_WARNING, "clock_stepped", LOG_NUMBER("by_s", house->wall.step_s),
			  LOG_STRING("then",
				     "tickets and the programme go on by the time before; restart the server to take the new one"));
	if (!steps && before_s != 0)
		log_event(LOG_INFO, "clock_back", LOG_NUMBER("was_away_s", before_s));
	*house->counts.clock_step = (double)house->wall.step_s;
	return time_s;
}

enum status house_ticket_still_good(struct house *house, const struct ticket *ticket)
{
	int64_t now_s = house_wall_s(house);
	if (ticket->exp == 0)
		return STATUS_OK;
	if (now_s >= ticket->exp)
		return STATUS_TICKET_EXPIRED;
	return ticket_revoked(house->keys, ticket->id, now_s) ? STATUS_BAD_TICKET : STATUS_OK;
}

void house_count_unwritten(struct house *house)
{
	uint64_t now_us = house_now_us(house);
	++*house->counts.unwritten;
	if (house->unwritten_us != 0 && now_us - house->unwritten_us < UNWRITTEN_LOG_US)
		return;
	house->unwritten_us = now_us;
	log_event(LOG_ERROR, "message_unwritten", LOG_STRING("why", "no memory, or a string is not UTF-8"),
		  LOG_NUMBER("total", *house->counts.unwritten));
}

struct hall *house_find(struct house *house, const char *room)
{
	for (unsigned i = 0; i < house->halls; i++) {
		if (strcmp(stage_settings(house->hall[i].stage)->id, room) == 0)
			return &house->hall[i];
	}
	return NULL;
}

struct hall *house_hall_of(struct house *house, const struct stage *stage)
{
	for (unsigned i = 0; i < house->halls; i++) {
		if (house->hall[i].stage == stage)
			return &house->hall[i];
	}
	check(!"a stage of this house");
	return NULL;
}

static void tell_restart(struct session *first, unsigned retry_after_ms)
{
	for (struct session *session = first; session != NULL; session = session->next)
		session_tell(session, json_pack("{s:s,s:s,s:s,s:s,s:i}", "type", "error", "code", status_word(STATUS_RESTARTING),
						"message", status_sentence(STATUS_RESTARTING), "about", "connection",
						"retry_after_ms", (int)retry_after_ms));
}

void house_announce_restart(struct house *house, unsigned retry_after_ms)
{
	house->restarting = true;
	tell_restart(house->arriving, retry_after_ms);
	for (unsigned i = 0; i < house->halls; i++)
		tell_restart(house->hall[i].first, retry_after_ms);
}
