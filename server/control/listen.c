/* listen, unlisten, report: what a session hears. Channels and sources by themselves alike; which is which, selection.c knows.
 *
 *   "rendition": "standard" (when nothing is said), "high", "saver", or "auto": the server chooses, and may change its mind
 * (mover.h)
 *
 * In resume.listens an entry names the rendition that its seq counts; "auto": true there says that the server chose it.
 */
#include "control/move.h"
#include "control/selection.h"
#include "control/session.h"

#include "base/check.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_MAX 100000000 /* frames of three weeks: more is no report */
#define CONCEALED_MS 20      /* what `concealed` counts, whatever the rendition */
#define REPORT_SLACK_MS (1000 + RING_MS) /* a report may be so much sound ahead of the clock: the ring's, which comes at once */

/* What a message asks to hear. */
struct wish {
	struct selection what;
	enum rendition rendition;
	bool automatic; /* the server may change the rendition */
};

static void told_skipped(void *user, uint32_t skipped_ms)
{
	struct listening *listening = user;
	struct session *session = listening->session;
	++*session->house->counts.errors[STATUS_SKIPPED];
	if (listening->automatic)
		mover_note(&session->mover, skipped_ms, house_now_us(session->house));
	json_t *message = json_pack("{s:s,s:s,s:s,s:s,s:i}", "type", "error", "code", status_word(STATUS_SKIPPED), "message",
				    status_sentence(STATUS_SKIPPED), "about", "listen", "skipped_ms", (int)skipped_ms);
	selection_write(session, listening->what, message);
	session_tell(session, message);
}

static struct listening *find_listening(struct session *session, struct selection what)
{
	for (struct listening *l = session->listenings; l != NULL; l = l->next) {
		if (selection_equal(l->what, what))
			return l;
	}
	return NULL;
}

void listen_stop(struct session *session, struct listening *listening)
{
	struct listening **link = &session->listenings;
	while (*link != listening)
		link = &(*link)->next;
	*link = listening->next;
	session->listening_count--;
	listener_leave(listening->listener);
	free(listening);
}

void listen_drop_own(struct session *session, int source)
{
	struct listening *listening = find_listening(session, (struct selection){.is_source = true, .number = (uint8_t)source});
	if (listening == NULL || (session->verbs & VERB_MONITOR) != 0)
		return;
	listen_stop(session, listening);
	session_refuse(session, STATUS_NOT_ALLOWED, "listen", "That is your own microphone now: you hear it no longer.");
}

/* How many packets of this ring's length the media clock has begun with the last beat. */
static uint64_t packets_now(const struct session *session, const struct ring *ring)
{
	return stage_now(session->hall->stage) * session->house->settings->sound.frame_ms / ring_frame_ms(ring);
}

void listen_tell(const struct listening *listening, struct ring *ring, uint32_t next_seq)
{
	struct session *session = listening->session;
	unsigned frame_ms = ring_frame_ms(ring);
	uint64_t now = packets_now(session, ring);
	uint64_t packet = now + (uint64_t)(int64_t)wire_seq_distance(next_seq, (uint32_t)now);
	json_t *message = json_pack("{s:s,s:s,s:i,s:I,s:I,s:i,s:I}", "type", "listening", "rendition",
				    rendition_word((enum rendition)listening->rendition), "stream", (int)ring_stream(ring), "epoch",
				    (json_int_t)ring_epoch(ring), "seq", (json_int_t)next_seq, "frame_ms", (int)frame_ms,
				    "server_us", (json_int_t)beat_due_us(frame_ms, packet));
	selection_write(session, listening->what, message);
	session_tell(session, message);
}

static uint32_t seq_to_come(const struct session *session, struct ring *ring)
{
	uint32_t seq;
	if (ring_live_seq(ring, &seq))
		return seq;
	/* before the first beat: the first packet that will have all of its beats */
	unsigned beats = ring_frame_ms(ring) / session->house->settings->sound.frame_ms;
	return (uint32_t)((stage_now(session->hall->stage) + beats) / beats);
}

static struct listening *new_listening(struct session *session, const struct wish *wish)
{
	struct listening *listening = check_alloc(calloc(1, sizeof *listening));
	listening->session = session;
	listening->what = wish->what;
	listening->rendition = (uint8_t)wish->rendition;
	listening->automatic = wish->automatic;
	listening->reported_us = house_now_us(session->house);
	listening->next = session->listenings;
	session->listenings = listening;
	session->listening_count++;
	return listening;
}

static void hear(struct listening *listening, struct audience *audience, struct spot spot)
{
	listening->listener = listener_join(listening->session->conn, audience, spot, told_skipped, listening);
}

static enum status read_rendition(struct session *session, const json_t *message, struct wish *wish, char *sentence)
{
	const json_t *field = json_object_get(message, "rendition");
	const char *word = field == NULL           ? rendition_word(RENDITION_STANDARD)
			   : json_is_string(field) ? json_string_value(field)
						   : "";
	int rendition = rendition_of(word);
	wish->automatic = !wish->what.is_source && (strcmp(word, "auto") == 0 || json_is_true(json_object_get(message, "auto")));
	wish->rendition = wish->what.is_source ? RENDITION_STANDARD
			  : rendition < 0      ? session->mover.now
					       : (enum rendition)rendition;
	if (rendition >= 0 || strcmp(word, "auto") == 0)
		return STATUS_OK;
	snprintf(sentence, SENTENCE_SIZE, "\"rendition\" must be \"standard\", \"high\", \"saver\" or \"auto\".");
	return STATUS_BAD_FIELD;
}

/* The optional fields of listen; `instead` is what it replaces. */
static enum status listen_options(struct session *session, const json_t *message, long *history, struct listening **instead,
				  char *sentence)
{
	struct selection replaced;
	const json_t *instead_of = json_object_get(message, "instead_of");
	*history = 0;
	*instead = NULL;
	if (json_object_get(message, "history") != NULL && !field_number(message, "history", 0, LONG_MAX, history, sentence))
		return STATUS_BAD_FIELD;
	if (*history > HISTORY_MAX)
		*history = HISTORY_MAX;
	if (instead_of == NULL)
		return STATUS_OK;
	enum status status = selection_read_value(session, instead_of, "instead_of", &replaced, sentence);
	if (status != STATUS_OK)
		return status;
	*instead = find_listening(session, replaced);
	return *instead != NULL ? STATUS_OK : STATUS_NOT_LISTENING;
}

/* What a message asks to hear, when the session may. */
static enum status read_wish(struct session *session, const json_t *message, struct wish *wish, char *sentence)
{
	enum status status = selection_read(session, message, &wish->what, sentence);
	if (status == STATUS_OK)
		status = selection_allowed(session, wish->what, sentence);
	return status == STATUS_OK ? read_rendition(session, message, wish, sentence) : status;
}

static struct audience *find_audience(struct session *session, const struct wish *wish, char *sentence)
{
	struct audience *audience = selection_audience(session, wish->what, wish->rendition);
	if (audience == NULL)
		snprintf(sentence, SENTENCE_SIZE, "%d other sources of this room are listened to by themselves; leave one of them.",
			 TAPS_MAX);
	return audience;
}

enum status listen_message(struct session *session, const json_t *message, char *sentence)
{
	struct wish wish;
	struct listening *instead;
	long history;
	enum status status = read_wish(session, message, &wish, sentence);
	if (status == STATUS_OK)
		status = listen_options(session, message, &history, &instead, sentence);
	if (status != STATUS_OK)
		return status;
	struct audience *audience = find_audience(session, &wish, sentence);
	if (audience == NULL)
		return STATUS_TOO_MANY;
	struct listening *same = find_listening(session, wish.what);
	if (instead != NULL)
		listen_stop(session, instead);
	if (same != NULL && same != instead)
		listen_stop(session, same); /* again, perhaps in another rendition */
	if (session->listening_count == LISTENS_MAX)
		return STATUS_TOO_MANY;
	struct listening *listening = new_listening(session, &wish);
	listen_tell(listening, audience_ring(audience), seq_to_come(session, audience_ring(audience)));
	hear(listening, audience, audience_now(audience, (unsigned)history));
	return STATUS_OK;
}

enum status unlisten_message(struct session *session, const json_t *message, char *sentence)
{
	struct selection what;
	enum status status = selection_read(session, message, &what, sentence);
	if (status != STATUS_OK)
		return status;
	struct listening *listening = find_listening(session, what);
	if (listening == NULL)
		return STATUS_NOT_LISTENING;
	listen_stop(session, listening);
	return STATUS_OK;
}

/* One entry of resume.listens: goes on after the packet that was heard last. */
static enum status resume_one(struct session *session, const json_t *entry, char *sentence)
{
	struct wish wish;
	long seq;
	enum status status = read_wish(session, entry, &wish, sentence);
	if (status != STATUS_OK)
		return status;
	if (!field_number(entry, "seq", 0, UINT32_MAX, &seq, sentence))
		return STATUS_BAD_FIELD;
	if (session->listening_count == LISTENS_MAX)
		return STATUS_TOO_MANY;
	if (find_listening(session, wish.what) != NULL)
		return STATUS_OK;
	if (wish.automatic)
		mover_resume(&session->mover, wish.rendition, house_now_us(session->house));
	struct audience *audience = find_audience(session, &wish, sentence);
	if (audience == NULL)
		return STATUS_TOO_MANY;
	struct listening *listening = new_listening(session, &wish);
	struct ring *ring = audience_ring(audience);
	const struct packet *first = ring_at(ring, ring_after(ring, (uint32_t)seq));
	uint32_t promised = (uint32_t)(ring_live(ring) - ring_head(ring));
	listen_tell(listening, ring, first != NULL ? first->seq : seq_to_come(session, ring) - promised);
	hear(listening, audience, audience_after(audience, (uint32_t)seq));
	return STATUS_OK;
}

void listen_resume(struct session *session, const json_t *listens)
{
	size_t i;
	json_t *entry;
	json_array_foreach(listens, i, entry)
	{
		char sentence[SENTENCE_SIZE] = "";
		enum status status = i < LISTENS_MAX ? resume_one(session, entry, sentence) : STATUS_TOO_MANY;
		if (status != STATUS_OK) {
			session_refuse(session, status, "join", sentence);
			return;
		}
	}
}

/* What is new in a count of pieces of `piece_ms`, of which no more can be missing than there was sound in `passed_ms`: one listener, whatever
 * it says, is no alarm. */
static unsigned news(uint32_t *counted, uint32_t now, uint64_t passed_ms, unsigned piece_ms)
{
	uint64_t more = now >= *counted ? now - *counted : now;
	uint64_t most = (passed_ms + REPORT_SLACK_MS) / piece_ms;
	*counted = now;
	return (unsigned)(more < most ? more : most);
}

/* A listener's numbers count from when it began to listen: what is new since the last report goes to the channel's and to all. */
static void note_report(struct session *session, struct listening *listening, uint32_t late, uint32_t concealed)
{
	struct house *house = session->house;
	uint64_t now_us = house_now_us(house), passed_ms = (now_us - listening->reported_us) / 1000;
	unsigned frame_ms = listening->rendition == RENDITION_SAVER ? LONG_PACKET_MS : house->settings->sound.frame_ms;
	unsigned more_late = news(&listening->late, late, passed_ms, frame_ms);
	unsigned more_concealed = news(&listening->concealed, concealed, passed_ms, CONCEALED_MS);
	listening->reported_us = now_us;
	if (!listening->what.is_source) {
		session->hall->late[listening->what.number] += more_late;
		session->hall->concealed[listening->what.number] += more_concealed;
	}
	if (listening->automatic) {
		unsigned late_ms = more_late * frame_ms, concealed_ms = more_concealed * CONCEALED_MS;
		mover_note(&session->mover, late_ms > concealed_ms ? late_ms : concealed_ms, now_us);
	}
	*house->counts.late += more_late;
	*house->counts.concealed += more_concealed;
	++*house->counts.reports;
}

enum status report_message(struct session *session, const json_t *message, char *sentence)
{
	struct selection what;
	long late, concealed;
	enum status status = selection_read(session, message, &what, sentence);
	if (status != STATUS_OK)
		return status;
	if (!field_number(message, "late", 0, REPORT_MAX, &late, sentence) ||
	    !field_number(message, "concealed", 0, REPORT_MAX, &concealed, sentence))
		return STATUS_BAD_FIELD;
	struct listening *listening = find_listening(session, what);
	if (listening == NULL)
		return STATUS_OK; /* one that crossed its own unlisten */
	note_report(session, listening, (uint32_t)late, (uint32_t)concealed);
	if (listening->automatic && mover_decide(&session->mover, house_now_us(session->house)))
		move_session(session);
	return STATUS_OK;
}
