/* HTTP beside the pages, see exchange.h. Short answers are given at once; /live and /ingest keep an exchange_user until they close.
 *
 *   PUT /ingest: body --> stream (Ogg, WAV, PCM) --> source; a file that comes faster than time is paced by pausing the body
 *   GET /live:   ring --> Ogg --> the player
 */
#include "control/exchange.h"

#include "base/check.h"
#include "base/log.h"
#include "control/session.h"
#include "fanout/live.h"
#include "ingest/stream.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD_PAUSE_MS 200 /* a body is not read on while so much of it waits */
#define AHEAD_RESUME_MS 100

/* ---- answers ---- */

void answer_bytes(struct house *house, struct exchange *ex, int status, const char *type, const char *bytes, size_t size,
		  const char *headers)
{
	static const char sorry[] = "The server cannot make this answer now; try again later.\n";
	if (bytes != NULL && size <= HTTP_ANSWER_MAX) {
		ex->ops->answer(ex, status, type, bytes, size, headers);
		return;
	}
	house_count_unwritten(house);
	ex->ops->answer(ex, 503, "text/plain; charset=utf-8", sorry, sizeof sorry - 1, NULL);
}

void answer_json(struct house *house, struct exchange *ex, int status, json_t *json, const char *headers)
{
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	answer_bytes(house, ex, status, "application/json", text, text != NULL ? strlen(text) : 0, headers);
	free(text);
	json_decref(json);
}

void answer_status(struct house *house, struct exchange *ex, enum status status, const char *sentence)
{
	char said[SENTENCE_SIZE];
	const char *headers = NULL;
	if (status_http(status) == 401)
		headers = "WWW-Authenticate: Basic realm=\"boothcast\", charset=\"UTF-8\"\r\n";
	text_copy(said, sizeof said, sentence != NULL && sentence[0] != '\0' ? sentence : status_sentence(status));
	answer_json(house, ex, status_http(status), json_pack("{s:s,s:s}", "code", status_word(status), "message", said), headers);
}

/* ---- who may ---- */

/* The ticket of `Authorization: Bearer T` or of the password in `Basic user:T`; "" when there is none. */
static void read_ticket(const struct request *request, char *to, size_t size)
{
	char decoded[TICKET_SIZE + 64];
	size_t length = 0;
	to[0] = '\0';
	if (strncasecmp(request->authorization, "Bearer ", 7) == 0) {
		snprintf(to, size, "%s", request->authorization + 7);
		return;
	}
	if (strncasecmp(request->authorization, "Basic ", 6) != 0)
		return;
	const char *encoded = request->authorization + 6;
	if (sodium_base642bin((unsigned char *)decoded, sizeof decoded - 1, encoded, strlen(encoded), " \r\n", &length, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0)
		return;
	decoded[length] = '\0';
	const char *colon = strchr(decoded, ':');
	snprintf(to, size, "%s", colon != NULL ? colon + 1 : "");
}

enum status authorize(struct house *house, const struct hall *hall, const struct request *request, struct ticket *ticket,
		      unsigned verbs)
{
	char text[TICKET_SIZE + 64];
	const struct settings_room *room = stage_settings(hall->stage);
	*ticket = (struct ticket){.role = ROLE_LISTENER};
	read_ticket(request, text, sizeof text);
	if (text[0] == '\0' && (room->access == ACCESS_CLOSED || verbs != VERB_LISTEN))
		return STATUS_TICKET_NEEDED;
	if (text[0] != '\0') {
		enum status status = ticket_verify(house->keys, text, house_wall_s(house), ticket);
		if (status != STATUS_OK)
			return status;
		if (house_ticket_still_good(house, ticket) != STATUS_OK)
			return STATUS_BAD_TICKET;
		if (strcmp(ticket->room, room->id) != 0)
			return STATUS_TICKET_NEEDED;
	}
	return (role_verbs(ticket->role) & verbs) == verbs ? STATUS_OK : STATUS_NOT_ALLOWED;
}

/* ---- long requests ---- */

static struct exchange_user *keep(struct house *house, struct exchange *ex, struct hall *hall, const struct ticket *ticket)
{
	struct exchange_user *user = check_alloc(calloc(1, sizeof *user));
	user->house = house;
	user->ex = ex;
	user->hall = hall;
	user->ticket = *ticket;
	user->waits_for = PUBLIC_COUNT;
	user->next = house->exchanges;
	house->exchanges = user;
	return user;
}

static void drop(struct exchange_user *user)
{
	struct exchange_user **link = &user->house->exchanges;
	while (*link != user)
		link = &(*link)->next;
	*link = user->next;
	free(user);
}

/* Splits /live/ROOM/REST at the slash; false when there is no second part. */
static bool split_path(const char *path, char *room, size_t size, const char **rest)
{
	const char *slash = strchr(path, '/');
	if (slash == NULL || slash == path || (size_t)(slash - path) >= size)
		return false;
	memcpy(room, path, (size_t)(slash - path));
	room[slash - path] = '\0';
	*rest = slash + 1;
	return true;
}

static enum status find_live(struct house *house, const struct request *request, struct hall **hall, int *number,
			     struct ticket *ticket)
{
	char room[NAME_SIZE], word[TAG_SIZE];
	const char *rest;
	if (!split_path(request->path + strlen("/live/"), room, sizeof room, &rest) || (*hall = house_find(house, room)) == NULL)
		return STATUS_NO_ROOM;
	size_t length = strlen(rest);
	if (length > 5 && strcmp(rest + length - 5, ".opus") == 0)
		length -= 5;
	if (length == 0 || length >= sizeof word)
		return STATUS_NO_CHANNEL;
	memcpy(word, rest, length);
	word[length] = '\0';
	*number = stage_find_channel((*hall)->stage, word);
	if (*number < 0)
		return STATUS_NO_CHANNEL;
	enum status status = authorize(house, *hall, request, ticket, VERB_LISTEN);
	return status == STATUS_OK && !role_hears(ticket, (unsigned)*number) ? STATUS_NOT_ALLOWED : status;
}

static void *open_live(struct house *house, struct exchange *ex, const struct request *request)
{
	struct hall *hall;
	struct ticket ticket;
	int number;
	enum status status = find_live(house, request, &hall, &number, &ticket);
	if (status == STATUS_OK && house->live_streams >= LIVE_STREAMS_MAX)
		status = STATUS_TOO_MANY;
	if (status != STATUS_OK) {
		answer_status(house, ex, status, NULL);
		return NULL;
	}
	if (strcmp(request->method, "HEAD") == 0) {
		ex->ops->answer(ex, 200, "audio/ogg", "", 0, NULL);
		return NULL;
	}
	struct channel *channel = stage_channel(hall->stage, (unsigned)number);
	char title[LABEL_SIZE * 2];
	snprintf(title, sizeof title, "%s: %s", settings_name(stage_settings(hall->stage)->name, "en"),
		 number == 0 ? "Floor" : stage_room(hall->stage)->channel[number].language);
	struct exchange_user *user = keep(house, ex, hall, &ticket);
	struct live_options options = {
		.title = title,
		.language = number == 0 ? "" : stage_room(hall->stage)->channel[number].language,
		.pre_skip = channel_delay_samples(channel),
	};
	user->live = live_open(ex, channel_open(channel, RENDITION_STANDARD), &options);
	house->live_streams++;
	return user;
}

static enum status find_ingest(struct house *house, const struct request *request, struct hall **hall, int *source,
			       struct ticket *ticket)
{
	char room[NAME_SIZE], name[NAME_SIZE * 2];
	const char *input;
	if (!split_path(request->path + strlen("/ingest/"), room, sizeof room, &input) || (*hall = house_find(house, room)) == NULL)
		return STATUS_NO_ROOM;
	enum status status = authorize(house, *hall, request, ticket, VERB_PUBLISH);
	if (status != STATUS_OK)
		return status;
	if (ticket->role != ROLE_SPEAKER || !role_speaks(ticket, input))
		return STATUS_NOT_ALLOWED;
	snprintf(name, sizeof name, "floor/%.*s", QUOTE(input));
	*source = stage_find_source((*hall)->stage, name);
	return *source >= 0 ? STATUS_OK : STATUS_NO_SOURCE;
}

static void *open_ingest(struct house *house, struct exchange *ex, const struct request *request)
{
	struct hall *hall;
	struct stream *stream;
	struct ticket ticket;
	int source;
	enum status status = find_ingest(house, request, &hall, &source, &ticket);
	if (status == STATUS_OK)
		publish_free_quiet(hall, source);
	if (status == STATUS_OK)
		status = stream_open(&stream, stage_source(hall->stage, (unsigned)source), request->content_type,
				     house_now_us(house));
	if (status != STATUS_OK) {
		++*house->counts.errors[status];
		log_event(LOG_WARNING, "ingest_refused", LOG_STRING("path", request->path), LOG_STRING("why", status_word(status)),
			  LOG_STRING("peer", ex->peer));
		answer_status(house, ex, status, NULL);
		return NULL;
	}
	struct exchange_user *user = keep(house, ex, hall, &ticket);
	user->stream = stream;
	user->source = source;
	log_event(LOG_INFO, "published", LOG_STRING("room", stage_settings(hall->stage)->id),
		  LOG_STRING("source", source_name(stage_source(hall->stage, (unsigned)source))),
		  LOG_STRING("type", request->content_type), LOG_STRING("peer", ex->peer));
	return user;
}

static void close_stream(struct exchange_user *user)
{
	if (user->stream == NULL)
		return;
	log_event(LOG_INFO, "unpublished", LOG_STRING("room", stage_settings(user->hall->stage)->id),
		  LOG_STRING("source", source_name(stage_source(user->hall->stage, (unsigned)user->source))),
		  LOG_STRING("peer", user->ex->peer));
	stream_close(user->stream);
	user->stream = NULL;
}

/* What came cannot be taken: the source is free again, and the client is told why. */
static void refuse_stream(struct exchange_user *user, enum status status)
{
	++*user->house->counts.errors[status];
	close_stream(user);
	answer_status(user->house, user->ex, status, NULL);
}

static void body(struct exchange *ex, const uint8_t *bytes, size_t size)
{
	struct exchange_user *user = ex->user;
	if (user == NULL || user->stream == NULL)
		return;
	enum status status = stream_put(user->stream, bytes, size, house_now_us(user->house));
	if (status != STATUS_OK) {
		refuse_stream(user, status);
	} else if (!user->paused && stream_ahead_ms(user->stream) > AHEAD_PAUSE_MS) {
		user->paused = true;
		ex->ops->pause(ex, true);
	}
}

/* The body is complete: what waits in the stream is still played, and then it is answered. */
static void body_ended(struct exchange *ex)
{
	struct exchange_user *user = ex->user;
	if (user == NULL || user->stream == NULL)
		return;
	enum status status = stream_end(user->stream, house_now_us(user->house));
	if (status != STATUS_OK)
		refuse_stream(user, status);
	else
		user->ended = true;
}

static void answer_taken(struct exchange_user *user)
{
	char done[SENTENCE_SIZE] = "All of it was taken.", answer[SENTENCE_SIZE + 64];
	size_t cut = stream_cut_bytes(user->stream);
	if (cut > 0)
		snprintf(done, sizeof done, "All of it was taken but for the last bytes (%zu): they are no whole sample.", cut);
	int size = snprintf(answer, sizeof answer, "{\"code\":\"ok\",\"message\":\"%s\"}", done);
	close_stream(user);
	user->ex->ops->answer(user->ex, 200, "application/json", answer, (size_t)size, NULL);
}

static void pump(struct exchange_user *user, uint64_t now_us)
{
	stream_pump(user->stream, now_us);
	if (user->paused && stream_ahead_ms(user->stream) < AHEAD_RESUME_MS) {
		user->paused = false;
		user->ex->ops->pause(user->ex, false);
	}
	if (user->ended && stream_drained(user->stream))
		answer_taken(user);
}

void exchanges_pump(struct house *house, uint64_t now_us)
{
	for (struct exchange_user *user = house->exchanges; user != NULL; user = user->next) {
		if (user->stream != NULL)
			pump(user, now_us);
	}
}

void exchanges_sweep(struct house *house)
{
	for (struct exchange_user *user = house->exchanges; user != NULL; user = user->next) {
		enum status status = house_ticket_still_good(house, &user->ticket);
		if (status == STATUS_OK)
			continue;
		if (user->live != NULL)
			user->ex->ops->end(user->ex);
		if (user->stream != NULL)
			refuse_stream(user, status);
		user->ticket = (struct ticket){0}; /* said once; `closed` comes */
	}
}

/* ---- the gateway's events ---- */

/* Waits for an answer that anybody may ask for. */
static void *await_public(struct house *house, struct exchange *ex, enum public_answer which)
{
	struct exchange_user *user = keep(house, ex, NULL, &(struct ticket){0});
	ex->user = user; /* it may be answered at once */
	public_answer(house, user, which);
	return user;
}

static bool begins(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

static void *opened(void *host, struct exchange *ex, const struct request *request)
{
	struct house *house = host;
	bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
	bool writes = strcmp(request->method, "PUT") == 0 || strcmp(request->method, "SOURCE") == 0;
	bool is_ingest = begins(request->path, "/ingest/");
	if (is_ingest ? !writes : !reads) {
		static const char sentence[] = "This address does not take that method.\n";
		ex->ops->answer(ex, 405, "text/plain; charset=utf-8", sentence, sizeof sentence - 1,
				is_ingest ? "Allow: PUT, SOURCE\r\n" : "Allow: GET, HEAD\r\n");
		return NULL;
	}
	if (is_ingest)
		return open_ingest(house, ex, request);
	if (begins(request->path, "/live/"))
		return open_live(house, ex, request);
	if (strcmp(request->path, "/healthz") == 0)
		return await_public(house, ex, PUBLIC_HEALTH);
	if (strcmp(request->path, "/readyz") == 0)
		return await_public(house, ex, PUBLIC_READY);
	if (strcmp(request->path, "/metrics") == 0)
		return await_public(house, ex, PUBLIC_METRICS);
	if (strcmp(request->path, "/api/rooms") == 0 || strcmp(request->path, "/api/rooms/") == 0)
		return await_public(house, ex, PUBLIC_ROOMS);
	api_answer(house, ex, request);
	return NULL;
}

static void closed(struct exchange *ex)
{
	struct exchange_user *user = ex->user;
	if (user == NULL)
		return;
	close_stream(user);
	if (user->live != NULL) {
		live_close(user->live);
		user->house->live_streams--;
	}
	drop(user);
}

const struct exchange_handler house_exchanges = {
	.opened = opened,
	.body = body,
	.body_ended = body_ended,
	.closed = closed,
};
