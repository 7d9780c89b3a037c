/* The golden vectors of dialogues and HTTP requests (include/boothcast/vectors/: messages.json, http.json) through the whole of
 * control/ with fake connections. Every message that the server says on the way is checked against shapes.json.
 *
 *   group --> a world of its own --> case --> steps --> at its end no error is left, and a ping is answered
 */
#include "flow/fake.h"
#include "flow/shapes.h"
#include "unit/vectors.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PEERS_MAX_OF_CASE 4
#define INBOX_MAX 4096
#define PATIENCE_BEATS 1500 /* 30 s of the fake clock */
#define LAST_PING 424242    /* at the end of a case */

/* One connection of a case. */
struct actor {
	const char *name;
	struct fake_conn *conn;
	bool used[INBOX_MAX]; /* by message: a step has expected it */
	bool closed;          /* by a step of the case */
	const json_t *more;   /* codes of errors that may come without being expected; NULL: none */
};

struct play {
	struct world *world;
	struct actor actor[PEERS_MAX_OF_CASE];
	unsigned actors;
	char where[512]; /* for the sentence of a failure */
};

static json_t *shapes;

/* ---- connections ---- */

static struct actor *find(struct play *play, const char *name)
{
	for (unsigned i = 0; i < play->actors; i++) {
		if (strcmp(play->actor[i].name, name) == 0)
			return &play->actor[i];
	}
	fail_msg("%s: no connection %s", play->where, name);
	return NULL;
}

static struct actor *open_actor(struct play *play, const json_t *step, const char *key)
{
	struct request request = {.method = "GET", .path = "/ws", .host = "127.0.0.1:8080", .content_length = -1, .peer = "192.0.2.1:1"};
	const char *origin = json_string_value(json_object_get(step, "origin"));
	assert_true(play->actors < PEERS_MAX_OF_CASE);
	if (origin != NULL)
		snprintf(request.origin, sizeof request.origin, "%s", origin);
	struct actor *actor = &play->actor[play->actors++];
	*actor = (struct actor){.name = vectors_word(step, key), .conn = fake_open_from(play->world, &request)};
	return actor;
}

/* ---- what stands for something else ---- */

static const char *word_or(const json_t *object, const char *key, const char *otherwise)
{
	const char *word = json_string_value(json_object_get(object, key));
	return word != NULL ? word : otherwise;
}

static json_int_t number_or(const json_t *object, const char *key, json_int_t otherwise)
{
	const json_t *number = json_object_get(object, key);
	return number != NULL ? json_integer_value(number) : otherwise;
}

static json_t *ticket(struct play *play, const json_t *claims)
{
	struct fake_ticket wanted = {
		.room = word_or(claims, "room", "hall"),
		.booth = word_or(claims, "booth", ""),
		.input = word_or(claims, "input", ""),
		.desk = (unsigned)number_or(claims, "desk", 0),
		.valid_s = number_or(claims, "valid_s", 3600),
		.nbf = json_object_get(claims, "from_s") != NULL ? world_wall_s() + number_or(claims, "from_s", 0) : 0,
	};
	size_t i;
	const json_t *channel;
	assert_true(role_find(vectors_word(claims, "role"), &wanted.role));
	json_array_foreach(json_object_get(claims, "channels"), i, channel) wanted.channels |= UINT32_C(1) << json_integer_value(channel);
	return json_string(world_ticket(play->world, &wanted));
}

static json_t *said_at_join(struct play *play, const json_t *name, const char *field)
{
	const json_t *joined = fake_joined(find(play, json_string_value(name))->conn);
	assert_non_null(joined);
	return json_copy(json_object_get(joined, field));
}

/* A copy with everything filled in. */
static json_t *filled(struct play *play, const json_t *value)
{
	const char *key;
	json_t *entry, *copy = json_is_object(value) ? json_object() : json_array();
	size_t i;
	if (json_object_get(value, "$ticket") != NULL)
		return json_decref(copy), ticket(play, json_object_get(value, "$ticket"));
	if (json_object_get(value, "$resume") != NULL)
		return json_decref(copy), said_at_join(play, json_object_get(value, "$resume"), "resume");
	if (json_object_get(value, "$session") != NULL)
		return json_decref(copy), said_at_join(play, json_object_get(value, "$session"), "session");
	if (json_is_object(value)) {
		json_object_foreach((json_t *)(uintptr_t)value, key, entry) json_object_set_new(copy, key, filled(play, entry));
		return copy;
	}
	if (json_is_array(value)) {
		json_array_foreach(value, i, entry) json_array_append_new(copy, filled(play, entry));
		return copy;
	}
	json_decref(copy);
	return json_deep_copy(value);
}

/* ---- whether a message is the one that is expected ---- */

static bool matches(const json_t *wanted, const json_t *got);

static bool has_one(const json_t *wanted, const json_t *list)
{
	size_t i;
	const json_t *entry;
	json_array_foreach(list, i, entry)
	{
		if (matches(wanted, entry))
			return true;
	}
	return false;
}

static bool has_all(const json_t *wanted, const json_t *list)
{
	size_t i;
	const json_t *entry;
	json_array_foreach(wanted, i, entry)
	{
		if (!has_one(entry, list))
			return false;
	}
	return json_is_array(list);
}

/* Of an object and of a list of objects more may be there; an empty object, and everything else, is compared. */
static bool matches(const json_t *wanted, const json_t *got)
{
	const char *key;
	json_t *entry;
	if (json_is_array(wanted) && json_is_object(json_array_get(wanted, 0)))
		return has_all(wanted, got);
	if (!json_is_object(wanted) || json_object_size(wanted) == 0)
		return json_equal(wanted, got) || (json_is_number(wanted) && json_is_number(got) &&
						    json_number_value(wanted) == json_number_value(got));
	json_object_foreach((json_t *)(uintptr_t)wanted, key, entry)
	{
		if (!matches(entry, json_object_get(got, key)))
			return false;
	}
	return true;
}

static bool is_of_type(const json_t *message, const char *type)
{
	return strcmp(word_or(message, "type", ""), type) == 0;
}

/* The next unused message of the type, or some later one; -1 when it has not come. */
static int look_for(const struct play *play, const struct actor *actor, const json_t *wanted)
{
	const char *type = vectors_word(wanted, "type");
	bool any = strcmp(type, "state") == 0 || strcmp(type, "levels") == 0;
	size_t i;
	const json_t *message;
	json_array_foreach(actor->conn->inbox, i, message)
	{
		assert_true(i < INBOX_MAX);
		if (actor->used[i] || !is_of_type(message, type))
			continue;
		if (matches(wanted, message))
			return (int)i;
		if (!any)
			fail_msg("%s: %s came instead of %s", play->where, json_dumps(message, 0), json_dumps(wanted, 0));
	}
	return -1;
}

/* ---- steps ---- */

static void expect(struct play *play, struct actor *actor, const json_t *wanted)
{
	json_t *whole = filled(play, wanted);
	int found = look_for(play, actor, whole);
	for (unsigned i = 0; i < PATIENCE_BEATS && found < 0; i++) {
		world_beat(play->world);
		found = look_for(play, actor, whole);
	}
	if (found < 0)
		fail_msg("%s: never came: %s", play->where, json_dumps(whole, 0));
	actor->used[found] = true;
	json_decref(whole);
}

static void say(struct play *play, struct actor *actor, const json_t *step)
{
	json_t *text = json_object_get(step, "text") != NULL ? filled(play, json_object_get(step, "text")) : NULL;
	char *bytes = text != NULL ? json_dumps(text, JSON_COMPACT) : strdup(vectors_word(step, "raw"));
	for (json_int_t i = number_or(step, "times", 1); i > 0; i--)
		fake_say_raw(actor->conn, bytes);
	free(bytes);
	json_decref(text);
}

static void send_binary(struct actor *actor, const json_t *step)
{
	uint8_t bytes[BINARY_MAX];
	size_t size = vectors_bytes(vectors_word(step, "hex"), bytes, sizeof bytes);
	struct wire_up header = {0};
	for (json_int_t i = number_or(step, "times", 1); i > 0; i--) {
		fake_send(actor->conn, bytes, size);
		if (i > 1 && wire_get_up(bytes, size, &header)) { /* the next packet */
			header.seq++;
			header.flags = 0;
			wire_put_up(bytes, &header);
		}
	}
}

static void join(struct play *play, struct actor *actor, const json_t *step)
{
	json_t *text = json_pack("{s:s,s:s,s:s}", "type", "join", "room", word_or(step, "room", "hall"), "name", word_or(step, "name", ""));
	if (json_object_get(step, "role") != NULL)
		json_object_set_new(text, "ticket", ticket(play, step));
	char *bytes = json_dumps(text, JSON_COMPACT);
	fake_say_raw(actor->conn, bytes);
	free(bytes);
	json_decref(text);
	for (unsigned i = 0; i < PATIENCE_BEATS && fake_joined(actor->conn) == NULL; i++)
		world_beat(play->world);
	assert_non_null(fake_joined(actor->conn));
}

static void expect_closed(struct play *play, struct actor *actor, const json_t *step)
{
	for (unsigned i = 0; i < PATIENCE_BEATS && !actor->conn->closing; i++)
		world_beat(play->world);
	fake_expect_closed(play->world, actor->conn, (enum close_code)vectors_number(step, "code"));
	assert_string_equal(actor->conn->reason, vectors_word(step, "reason"));
	actor->closed = true;
}

static void do_step(struct play *play, const json_t *step)
{
	const char *key = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)step));
	if (strcmp(key, "open") == 0)
		open_actor(play, step, key);
	else if (strcmp(key, "join") == 0)
		join(play, open_actor(play, step, key), step);
	else if (strcmp(key, "say") == 0)
		say(play, find(play, vectors_word(step, key)), step);
	else if (strcmp(key, "send") == 0)
		send_binary(find(play, vectors_word(step, key)), step);
	else if (strcmp(key, "expect") == 0)
		expect(play, find(play, vectors_word(step, key)), json_object_get(step, "message"));
	else if (strcmp(key, "closed") == 0)
		expect_closed(play, find(play, vectors_word(step, key)), step);
	else if (strcmp(key, "more") == 0)
		find(play, vectors_word(step, key))->more = json_object_get(step, "codes");
	else if (strcmp(key, "drop") == 0)
		fake_drop(find(play, vectors_word(step, key))->conn);
	else
		fail_msg("%s: no such step: %s", play->where, key);
}

/* ---- the end of a case ---- */

/* Asks until the answer comes: after a flood the server takes no more for a moment. */
static void expect_pong(struct play *play, struct actor *actor)
{
	json_t *pong = json_pack("{s:s,s:i}", "type", "pong", "t", LAST_PING);
	int found = -1;
	for (size_t i = 0; i < json_array_size(actor->conn->inbox); i++) /* of pings that no step looked at */
		actor->used[i] |= is_of_type(json_array_get(actor->conn->inbox, i), "pong");
	for (unsigned i = 0; i < PATIENCE_BEATS && found < 0; i++) {
		fake_say(actor->conn, "{'type':'ping','t':%d}", LAST_PING);
		world_beats(play->world, 5);
		found = look_for(play, actor, pong);
	}
	if (found < 0)
		fail_msg("%s: a ping is not answered", play->where);
	json_decref(pong);
}

static bool may_come(const struct actor *actor, const char *code)
{
	size_t i;
	const json_t *more;
	json_array_foreach(actor->more, i, more)
	{
		if (strcmp(json_string_value(more), code) == 0)
			return true;
	}
	return false;
}

static void expect_all_well(struct play *play, struct actor *actor)
{
	size_t i;
	const json_t *message;
	if (!actor->closed && !actor->conn->closed)
		expect_pong(play, actor);
	json_array_foreach(actor->conn->inbox, i, message)
	{
		shapes_check_server(shapes, message);
		if (is_of_type(message, "error") && !actor->used[i] && !may_come(actor, vectors_word(message, "code")))
			fail_msg("%s: %s", play->where, json_dumps(message, 0));
	}
}

static void run_case(struct world *world, const char *group, const json_t *one)
{
	struct play *play = calloc(1, sizeof *play);
	size_t i;
	const json_t *step;
	assert_non_null(play);
	play->world = world;
	json_array_foreach(json_object_get(one, "steps"), i, step)
	{
		snprintf(play->where, sizeof play->where, "%s: %s: step %zu", group, vectors_word(one, "name"), i + 1);
		do_step(play, step);
	}
	for (unsigned k = 0; k < play->actors; k++)
		expect_all_well(play, &play->actor[k]);
	for (unsigned k = 0; k < play->actors; k++)
		fake_drop(play->actor[k].conn);
	free(play);
}

static void dialogues(void **state)
{
	size_t i, k;
	const json_t *group, *one;
	json_t *file = vectors_load("messages.json");
	(void)state;
	json_array_foreach(vectors_list(file, "groups"), i, group)
	{
		struct world *world = world_new(3);
		world_beats(world, 5);
		json_array_foreach(vectors_list(group, "cases"), k, one) run_case(world, vectors_word(group, "name"), one);
		world_free(world);
	}
	json_decref(file);
}

/* ---- HTTP ---- */

static const char *authorization_of(struct play *play, const json_t *one, char *to, size_t size)
{
	const json_t *claims = json_object_get(one, "ticket");
	const char *user = word_or(one, "basic", NULL);
	if (claims == NULL)
		return word_or(one, "authorization", NULL);
	json_t *text = ticket(play, claims);
	if (user == NULL) {
		snprintf(to, size, "Bearer %s", json_string_value(text));
	} else {
		char pair[TICKET_SIZE + 64];
		int length = snprintf(pair, sizeof pair, "%s:%s", user, json_string_value(text));
		memcpy(to, "Basic ", 6);
		sodium_bin2base64(to + 6, size - 6, (const unsigned char *)pair, (size_t)length, sodium_base64_VARIANT_ORIGINAL);
	}
	json_decref(text);
	return to;
}

static void send_body(struct fake_exchange *ex, const json_t *one)
{
	uint8_t bytes[8192];
	size_t size = vectors_bytes(word_or(one, "body", ""), bytes, sizeof bytes);
	if (json_object_get(one, "body") == NULL || ex->over)
		return;
	if (size > 0)
		fake_body(ex, bytes, size);
	if (!ex->over)
		fake_body_end(ex);
}

/* A header of the answer, of those that control/ says. */
static void expect_header(const struct fake_exchange *ex, const char *name, const char *value, const char *what)
{
	char line[256];
	if (strcmp(name, "content-type") == 0) {
		assert_string_equal(ex->type, value);
		return;
	}
	snprintf(line, sizeof line, "%s: %s\r\n", name, value);
	if (strcasestr(ex->headers, line) == NULL)
		fail_msg("%s: no %s in %s", what, line, ex->headers);
}

static void expect_answer(struct fake_exchange *ex, const json_t *one)
{
	const char *name = vectors_word(one, "name"), *key;
	const json_t *wanted = json_object_get(one, "expect"), *json = json_object_get(wanted, "json");
	json_t *value;
	if (ex->status != vectors_number(wanted, "status"))
		fail_msg("%s: %d %s", name, ex->status, ex->body.at);
	json_object_foreach(json_object_get(wanted, "headers"), key, value) expect_header(ex, key, json_string_value(value), name);
	json_t *body = json_object_get(wanted, "code") != NULL || json != NULL ? fake_json(ex) : NULL;
	if (json_object_get(wanted, "code") != NULL)
		assert_string_equal(vectors_word(body, "code"), vectors_word(wanted, "code"));
	if (json != NULL && !matches(json, body))
		fail_msg("%s: %s", name, ex->body.at);
	json_decref(body);
}

static void run_request(struct play *play, const json_t *one)
{
	char authorization[2048];
	bool endless = json_is_true(json_object_get(one, "endless"));
	struct fake_exchange *ex =
		fake_request(play->world, vectors_word(one, "method"), vectors_word(one, "path"),
			     authorization_of(play, one, authorization, sizeof authorization), word_or(one, "type", NULL));
	send_body(ex, one);
	for (unsigned i = 0; i < PATIENCE_BEATS && ex->status == 0; i++)
		world_beat(play->world);
	assert_int_equal(ex->begun, endless);
	expect_answer(ex, one);
	if (endless)
		fake_hang_up(ex);
	world_settle(play->world);
}

static void requests(void **state)
{
	struct play play = {.world = world_new(3)};
	json_t *file = vectors_load("http.json");
	const json_t *one;
	size_t i;
	(void)state;
	world_beats(play.world, 5);
	json_array_foreach(vectors_list(file, "cases"), i, one)
	{
		if (!json_is_true(json_object_get(one, "transport")))
			run_request(&play, one);
	}
	json_decref(file);
	world_free(play.world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dialogues),
		cmocka_unit_test(requests),
	};
	shapes = vectors_load("shapes.json");
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	json_decref(shapes);
	return failed;
}
