/* The memory of a room, see memory.h.
 *
 *   start:  last log --replay--> state as it was --> events that lead there --> new segment of the log --> ROOM_RESTART
 *   run:    event --> line --> journal_file (a thread writes it)
 *
 * The state is taken up by ordinary events, so the log replays from its last first line on. Called by house.c; it never waits for
 * the disk while the room runs.
 */
#include "control/memory.h"

#include "base/check.h"
#include "base/log.h"
#include "control/emergency_text.h"
#include "record/journal_file.h"
#include "room/journal.h"
#include "room/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL_ROTATE_BYTES (16 * 1024 * 1024) /* some hundred thousand events: a larger log is put aside at a start */

static void journal_path(const struct hall *hall, const char *state, char *path, size_t size)
{
	snprintf(path, size, "%s/journal", state);
	mkdir(path, 0700);
	snprintf(path, size, "%s/journal/%s.jsonl", state, stage_settings(hall->stage)->id);
}

/* What was said in the emergency, from its line: the room does not need it, so the replay passes over it. */
static void read_words(const char *line, json_t **words)
{
	json_t *object = strstr(line, "\"emergency\"") != NULL ? json_loads(line, 0, NULL) : NULL;
	const json_t *event = json_object_get(object, "event");
	if (json_is_string(event) && strcmp(json_string_value(event), "emergency") == 0) {
		json_decref(*words);
		*words = emergency_text_check(json_object_get(object, "text"), NULL);
	}
	json_decref(object);
}

/* A regular file: a FIFO or a device in its place would keep the start waiting. */
static FILE *open_log(const char *path)
{
	struct stat about;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	FILE *file = fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? fdopen(fd, "r") : NULL;
	if (file == NULL && fd >= 0)
		close(fd);
	return file;
}

/* The room as it was built for the last run, and as it was at the end of the log; false when there is none that can be read. A line
 * that cannot be read (a full disk lost a part of it) is passed over: the lines after it are nearer to how it was than those
 * before. */
static bool read_last(const char *path, struct room *built, struct room *was, json_t **words)
{
	struct replay *replay = check_alloc(calloc(1, sizeof *replay));
	char *line = check_alloc(malloc(JOURNAL_LINE_MAX));
	FILE *file = open_log(path);
	replay_init(replay);
	while (file != NULL && fgets(line, JOURNAL_LINE_MAX, file) != NULL) {
		if (replay_line(replay, line) && replay->room.revision == 0)
			*built = replay->room;
		read_words(line, words);
	}
	if (file != NULL)
		fclose(file);
	bool begun = replay->begun;
	*was = replay->room;
	free(line);
	free(replay);
	return begun;
}

/* Whether two rooms are built alike: then desk 3 of the one is desk 3 of the other. */
static bool same_shape(const struct room *a, const struct room *b)
{
	bool same = a->channels == b->channels && a->inputs == b->inputs && a->booths == b->booths && a->desks == b->desks;
	for (unsigned i = 0; same && i < a->channels; i++)
		same = strcmp(a->channel[i].language, b->channel[i].language) == 0;
	for (unsigned i = 0; same && i < a->booths; i++)
		same = strcmp(a->booth[i].id, b->booth[i].id) == 0 && a->booth[i].outputs == b->booth[i].outputs &&
		       memcmp(a->booth[i].output, b->booth[i].output, sizeof a->booth[i].output) == 0;
	for (unsigned i = 0; same && i < a->desks; i++)
		same = a->desk[i].booth == b->desk[i].booth && a->desk[i].number == b->desk[i].number;
	return same;
}

static void redo(struct hall *hall, enum room_event_type type, unsigned desk, unsigned channel, unsigned value)
{
	stage_apply(hall->stage, (struct room_event){
					 .type = (uint8_t)type,
					 .desk = (uint8_t)desk,
					 .channel = (uint8_t)channel,
					 .value = (uint8_t)value,
				 });
}

/* Break music plays on: the break may not be over. Line-up tone does not: it is a test before the event, and a restart in the
 * middle of one must not put it over an interpreter. */
static void redo_music(struct hall *hall, const struct room *was)
{
	for (unsigned c = 0; c < was->channels; c++) {
		if (was->channel[c].music && stage_has_music(hall->stage))
			redo(hall, ROOM_BREAK_MUSIC, 0, c, 1);
	}
}

/* What the operator changed, against what the settings said at that time: where nobody did, the settings of today hold. */
static void redo_operator(struct hall *hall, const struct room *built, const struct room *was)
{
	struct room_event language = {.type = ROOM_FLOOR_LANGUAGE};
	memcpy(language.text, was->floor_language, sizeof language.text);
	if (strcmp(built->floor_language, was->floor_language) != 0)
		stage_apply(hall->stage, language);
	for (unsigned c = 1; c < was->channels; c++) {
		if (built->channel[c].fill != was->channel[c].fill)
			redo(hall, ROOM_FILL, 0, c, was->channel[c].fill);
		if (built->channel[c].interlock != was->channel[c].interlock)
			redo(hall, ROOM_INTERLOCK, 0, c, was->channel[c].interlock);
	}
	redo_music(hall, was);
	redo(hall, ROOM_CHOOSE_INPUT, 0, 0, was->input_chosen);
	redo(hall, ROOM_AUTO_RELAY, 0, 0, was->auto_relay);
	if (was->emergency)
		redo(hall, ROOM_EMERGENCY, was->emergency_source, 0, 1);
}

/* Nobody is OFF yet: a desk that is OFF would follow its partner's selection (event.c). */
static void redo_seat(struct hall *hall, unsigned desk)
{
	redo(hall, ROOM_SEAT, desk, 0, 0);
	redo(hall, ROOM_MIC, desk, 0, MIC_COUGH);
	hall->returning[desk] = true;
}

static void redo_selection(struct hall *hall, unsigned desk, const struct room_desk *was)
{
	redo(hall, ROOM_OUTPUT, desk, 0, was->output);
	redo(hall, ROOM_INPUT, desk, 0, was->input);
	redo(hall, ROOM_TRUE_FLOOR, desk, 0, was->true_floor);
}

static bool selects_as_its_booth(const struct room *was, unsigned desk)
{
	const struct room_booth *booth = &was->booth[was->desk[desk].booth];
	return was->desk[desk].output == booth->output_now && was->desk[desk].input == booth->input_now;
}

/* The desk that selected for its booth comes last, so that the booth keeps it. */
static unsigned redo_desks(struct hall *hall, const struct room *was)
{
	unsigned seats = 0;
	for (unsigned i = 0; i < was->desks; i++) {
		if (was->desk[i].seated)
			redo_seat(hall, i);
	}
	for (unsigned i = 0; i < 2 * was->desks; i++) {
		unsigned desk = i % was->desks;
		if (was->desk[desk].seated && selects_as_its_booth(was, desk) == (i >= was->desks))
			redo_selection(hall, desk, &was->desk[desk]);
	}
	for (unsigned i = 0; i < was->desks; i++) {
		if (!was->desk[i].seated)
			continue;
		redo(hall, ROOM_MIC, i, 0, was->desk[i].mic);
		seats++;
	}
	return seats;
}

static void take_up(struct hall *hall, const struct room *built, const struct room *was)
{
	redo_operator(hall, built, was);
	unsigned seats = redo_desks(hall, was);
	redo(hall, ROOM_RESTART, 0, 0, 0);
	log_event(LOG_INFO, "room_taken_up", LOG_STRING("room", stage_settings(hall->stage)->id), LOG_NUMBER("seats", seats),
		  LOG_NUMBER("emergency", was->emergency));
}

/* The newest log that was put aside; false when there is none. Their names end with the second of their last event. */
static bool newest_aside(const char *path, char *aside, size_t size)
{
	char pattern[4200];
	glob_t found;
	snprintf(pattern, sizeof pattern, "%s.[0-9]*", path);
	if (glob(pattern, 0, NULL, &found) != 0)
		return false;
	snprintf(aside, size, "%s", found.gl_pathv[found.gl_pathc - 1]); /* sorted, and of one length until the year 2286 */
	globfree(&found);
	return true;
}

static void put_aside_when_large(const char *path)
{
	char aside[4200];
	struct stat file;
	if (stat(path, &file) != 0 || file.st_size < JOURNAL_ROTATE_BYTES)
		return;
	snprintf(aside, sizeof aside, "%s.%lld", path, (long long)file.st_mtime);
	rename(path, aside);
}

void memory_open(struct hall *hall, const char *state, uint64_t now_us)
{
	char path[4096], *line = check_alloc(malloc(JOURNAL_LINE_MAX));
	struct room built, was;
	journal_path(hall, state, path, sizeof path);
	json_t *words = NULL;
	bool known = read_last(path, &built, &was, &words);
	if (!known) { /* put aside, and the machine went away before the new one was begun */
		char aside[4200];
		known = newest_aside(path, aside, sizeof aside) && read_last(aside, &built, &was, &words);
	}
	put_aside_when_large(path);
	size_t torn = 0;
	hall->journal = journal_file_open(path, &torn);
	if (torn > 0)
		log_event(LOG_WARNING, "journal_torn", LOG_STRING("path", path), LOG_NUMBER("bytes_cut", torn),
			  LOG_STRING("why", "the last line was not whole: the server or the machine ended while it was written"));
	if (hall->journal == NULL)
		log_event(LOG_ERROR, "journal_not_written", LOG_STRING("path", path), LOG_STRING("why", strerror(errno)));
	else
		journal_file_put(hall->journal, line,
				 room_write(stage_room_next(hall->stage), stage_settings(hall->stage)->id, line, JOURNAL_LINE_MAX));
	free(line);
	hall->return_until_us = now_us + RETURN_S * 1000000u;
	if (known && same_shape(&was, stage_room_next(hall->stage))) {
		hall->emergency_text = json_incref(words);
		take_up(hall, &built, &was);
	}
	json_decref(words);
}

/* The line of an emergency, with what is said in it. */
static size_t add_words(const struct hall *hall, char *line, size_t size)
{
	json_t *object = json_loads(line, 0, NULL);
	json_object_set(object, "text", hall->emergency_text);
	size_t length = json_dumpb(object, line, size, JSON_COMPACT);
	json_decref(object);
	check(length > 0 && length + 1 < size);
	line[length] = '\n';
	return length + 1;
}

void memory_note(struct hall *hall, const struct room_event *event)
{
	char line[8192]; /* an event is short but for the words of an emergency; a room's first line is longer */
	struct plan plan;
	if (event->type == ROOM_SEAT)
		hall->returning[event->desk] = false;
	if (hall->journal == NULL)
		return;
	plan_make(stage_room_next(hall->stage), &plan);
	struct journal_result result = {
		.known = true, .revision = stage_room_next(hall->stage)->revision, .plan = plan_digest(&plan)};
	size_t size = room_event_write(event, &result, line, sizeof line);
	check(size > 0);
	if (event->type == ROOM_EMERGENCY && event->value != 0 && hall->emergency_text != NULL)
		size = add_words(hall, line, sizeof line);
	journal_file_put(hall->journal, line, size);
}

/* Says when the disk begins to refuse what is written, and when it takes it again. */
static void report_trouble(struct hall *hall)
{
	int trouble = hall->journal != NULL ? journal_file_trouble(hall->journal) : 0;
	if (trouble != 0 && hall->journal_trouble == 0)
		log_event(LOG_ERROR, "journal_waits", LOG_STRING("room", stage_settings(hall->stage)->id),
			  LOG_STRING("why", strerror(trouble)),
			  LOG_STRING("then", "events wait in memory; make room on the disk of the state folder"));
	if (trouble == 0 && hall->journal_trouble != 0)
		log_event(LOG_INFO, "journal_goes_on", LOG_STRING("room", stage_settings(hall->stage)->id));
	hall->journal_trouble = trouble;
	*hall->house->counts.journal_trouble += trouble != 0;
}

/* One line of the log for all that was lost since the last look. */
static void report_lost(struct hall *hall)
{
	uint64_t lost = hall->journal != NULL ? journal_file_lost(hall->journal) : 0;
	if (lost > hall->journal_lost)
		log_event(LOG_ERROR, "journal_lost_lines", LOG_STRING("room", stage_settings(hall->stage)->id),
			  LOG_NUMBER("lost", lost));
	*hall->house->counts.journal_lost += lost - hall->journal_lost;
	hall->journal_lost = lost;
}

void memory_sweep(struct hall *hall, uint64_t now_us)
{
	report_lost(hall);
	report_trouble(hall);
	if (hall->return_until_us == 0 || now_us < hall->return_until_us)
		return;
	hall->return_until_us = 0;
	for (unsigned i = 0; i < DESKS_MAX; i++) {
		if (hall->returning[i])
			redo(hall, ROOM_LEAVE, i, 0, 0);
		hall->returning[i] = false;
	}
}

void memory_close(struct hall *hall)
{
	journal_file_close(hall->journal);
	hall->journal = NULL;
}
