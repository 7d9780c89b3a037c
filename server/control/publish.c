/* publish, unpublish: what a session sends. Its binary messages do not come here, but to the publisher that was opened
 * (ingest/uplinks.h). */
#include "control/session.h"

#include "base/check.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLOOD_US 3000000u       /* a source that is too fast for so long is closed; a stall that ends is shorter */
#define FLOOD_PAUSE_US 2000000u /* and so long in real time makes it good again */

/* The source that a word of the protocol names for this session, or -1. */
static enum status find_source(struct session *session, const char *word, int *source, char *sentence)
{
	if (strcmp(word, "desk") == 0) {
		*source = session->desk >= 0 ? INPUTS_MAX + session->desk : -1;
		return *source >= 0 ? STATUS_OK : STATUS_NO_DESK;
	}
	if (session->role != ROLE_SPEAKER) {
		snprintf(sentence, SENTENCE_SIZE, "An interpreter publishes \"desk\"; a floor input needs a speaker's ticket.");
		return STATUS_NOT_ALLOWED;
	}
	if (strncmp(word, "floor/", 6) == 0 && !role_speaks(&session->ticket, word + 6)) {
		snprintf(sentence, SENTENCE_SIZE, "Your ticket is for the input floor/%s alone.", session->ticket.input);
		return STATUS_NOT_ALLOWED;
	}
	*source = strncmp(word, "floor/", 6) == 0 ? stage_find_source(session->hall->stage, word) : -1;
	if (*source < 0)
		snprintf(sentence, SENTENCE_SIZE, "This room has no input \"%.*s\"; write floor/ and the input's id.", QUOTE(word));
	return *source >= 0 ? STATUS_OK : STATUS_NO_SOURCE;
}

static enum status read_format(const json_t *message, struct publisher_format *format, char *sentence)
{
	const char *codec;
	long rate = RATE_HZ, channels = 1;
	if (!field_word(message, "codec", &codec, sentence))
		return STATUS_BAD_FIELD;
	if (strcmp(codec, "opus") != 0 && strcmp(codec, "pcm_s16le") != 0) {
		snprintf(sentence, SENTENCE_SIZE, "\"codec\" must be \"opus\" or \"pcm_s16le\".");
		return STATUS_BAD_FORMAT;
	}
	if (json_object_get(message, "rate") != NULL && !field_number(message, "rate", 8000, 192000, &rate, sentence))
		return STATUS_BAD_FORMAT;
	if (json_object_get(message, "channels") != NULL && !field_number(message, "channels", 1, 2, &channels, sentence))
		return STATUS_BAD_FORMAT;
	*format = (struct publisher_format){
		.codec = strcmp(codec, "opus") == 0 ? CODEC_OPUS : CODEC_PCM_S16LE,
		.rate_hz = (unsigned)rate,
		.channels = (unsigned)channels,
	};
	return STATUS_OK;
}

static void close_uplink(struct session *session, int source)
{
	log_event(LOG_INFO, "unpublished", LOG_STRING("room", stage_settings(session->hall->stage)->id),
		  LOG_STRING("source", source_name(stage_source(session->hall->stage, (unsigned)source))),
		  LOG_STRING("session", session->id));
	uplinks_close(&session->uplinks, session_stream_of(source));
}

/* Begins to send a source that the session does not send yet. */
static enum status open_uplink(struct session *session, int source, const struct publisher_format *format)
{
	struct publisher *publisher;
	if (session->uplinks.count == PUBLISHES_MAX)
		return STATUS_TOO_MANY;
	enum status status = publisher_open(&publisher, stage_source(session->hall->stage, (unsigned)source), format,
					    house_now_us(session->house));
	return status == STATUS_OK ? uplinks_add(&session->uplinks, session_stream_of(source), publisher) : status;
}

void publish_free_quiet(struct hall *hall, int source)
{
	for (struct session *other = hall->first; other != NULL; other = other->next) {
		if (!session_sends(other, source) || !session_is_quiet(other))
			continue;
		close_uplink(other, source);
		if (other->conn != NULL)
			session_refuse(other, STATUS_DISPLACED, "publish",
				       "Nothing came from you, and somebody else sends there now.");
	}
}

/* Whether the session's ticket allows it to send the source of an index. */
static bool may_send(const struct session *session, int source)
{
	if (source >= INPUTS_MAX)
		return source - INPUTS_MAX == session->desk;
	return session->role == ROLE_SPEAKER &&
	       role_speaks(&session->ticket, stage_settings(session->hall->stage)->inputs[source].id);
}

void publish_keep_allowed(struct session *session)
{
	for (int source = 0; source < SOURCES_MAX; source++) {
		if (!session_sends(session, source) || may_send(session, source))
			continue;
		close_uplink(session, source);
		session_refuse(session, STATUS_NOT_ALLOWED, "publish",
			       "Your new ticket is for another microphone: what you sent has ended.");
	}
}

enum status publish_message(struct session *session, const json_t *message, char *sentence)
{
	const char *word;
	int source;
	struct publisher_format format;
	if (!field_word(message, "source", &word, sentence))
		return STATUS_BAD_FIELD;
	enum status status = find_source(session, word, &source, sentence);
	if (status == STATUS_OK)
		status = read_format(message, &format, sentence);
	if (status != STATUS_OK)
		return status;
	if (session_sends(session, source))
		close_uplink(session, source); /* published again: after a reconnection, or in another format */
	publish_free_quiet(session->hall, source);
	status = open_uplink(session, source, &format);
	if (status != STATUS_OK)
		return status;
	log_event(LOG_INFO, "published", LOG_STRING("room", stage_settings(session->hall->stage)->id), LOG_STRING("source", word),
		  LOG_STRING("session", session->id), LOG_STRING("codec", format.codec == CODEC_OPUS ? "opus" : "pcm_s16le"),
		  LOG_NUMBER("rate_hz", format.rate_hz), LOG_STRING("peer", session->conn->peer));
	listen_drop_own(session, source);
	session_tell(session,
		     json_pack("{s:s,s:s,s:i}", "type", "publishing", "source", word, "stream", (int)session_stream_of(source)));
	return STATUS_OK;
}

enum status unpublish_message(struct session *session, const json_t *message, char *sentence)
{
	const char *word;
	int source;
	if (!field_word(message, "source", &word, sentence))
		return STATUS_BAD_FIELD;
	enum status status = find_source(session, word, &source, sentence);
	if (status != STATUS_OK)
		return status;
	if (!session_sends(session, source))
		return STATUS_NOT_PUBLISHING;
	close_uplink(session, source);
	return STATUS_OK;
}

/* More sound than time: dropped and told while it may be a stall that ends, then the connection is closed. */
static void flooded(struct session *session, uint64_t now_us)
{
	if (now_us - session->flood_last_us > FLOOD_PAUSE_US)
		session->flood_since_us = now_us;
	session->flood_last_us = now_us;
	if (allowance_take(&session->floods, 1, 1, now_us))
		session_refuse(session, STATUS_TOO_FAST, "publish", NULL);
	if (now_us - session->flood_since_us > FLOOD_US)
		session->conn->ops->close(session->conn, CLOSE_REFUSED, status_word(STATUS_TOO_FAST));
}

void publish_refused(struct session *session, enum status status)
{
	if (status == STATUS_TOO_FAST)
		flooded(session, session->heard_us);
	else
		session_refuse(session, status, "publish", NULL);
}
