/* Coming and going: join, tickets, what a page is told at the door, who is shown out, and who is let in again. */
#include "flow/fake.h"

#include <stdlib.h>
#include <string.h>

static const char *word(const json_t *message, const char *key)
{
	const char *value = json_string_value(json_object_get(message, key));
	assert_non_null(value);
	return value;
}

static bool can(const json_t *joined, const char *verb)
{
	size_t i;
	const json_t *entry;
	json_array_foreach(json_object_get(joined, "can"), i, entry)
	{
		if (strcmp(json_string_value(entry), verb) == 0)
			return true;
	}
	return false;
}

static void listener_gets_the_whole_room(void **state)
{
	struct world *world = *state;
	world_beats(world, 3);
	struct fake_conn *conn = fake_join(world, "hall", NULL);
	const json_t *joined = fake_joined(conn), *room = json_object_get(joined, "room");
	assert_string_equal(word(joined, "role"), "listener");
	assert_true(strlen(word(joined, "session")) >= 16);
	assert_true(strncmp(word(joined, "resume"), "bcr1.", 5) == 0);
	assert_int_equal(json_integer_value(json_object_get(joined, "server_us")), world_now_us());
	assert_true(can(joined, "listen"));
	assert_int_equal(json_array_size(json_object_get(joined, "can")), 1);
	assert_string_equal(word(room, "id"), "hall");
	assert_true(json_is_false(json_object_get(room, "closed")));
	assert_true(json_is_false(json_object_get(room, "emergency")));
	assert_int_equal(json_integer_value(json_object_get(room, "frame_ms")), 20);
	assert_int_equal(json_integer_value(json_object_get(room, "epoch")), 0x100);
	assert_string_equal(word(json_object_get(room, "name"), "zh"), "主会场");
	assert_int_equal(json_array_size(json_object_get(room, "programme")), 7);
	assert_string_equal(word(json_array_get(json_object_get(room, "programme"), 0), "starts"), "2025-03-21T09:00");
	/* The audience sees neither booths nor desks. */
	assert_int_equal(json_array_size(json_object_get(room, "booths")), 0);
	assert_int_equal(json_array_size(json_object_get(room, "desks")), 0);
	const json_t *channels = json_object_get(room, "channels");
	assert_int_equal(json_array_size(channels), 7);
	for (unsigned i = 0; i < 7; i++) {
		const json_t *channel = json_array_get(channels, i);
		assert_int_equal(json_integer_value(json_object_get(channel, "number")), i);
		assert_string_equal(word(channel, "label"), "silent"); /* there is no floor yet */
		assert_string_equal(word(channel, "state"), "silent");
		assert_int_equal(json_array_size(json_object_get(channel, "holders")), 0);
	}
	assert_string_equal(word(json_array_get(channels, 2), "language"), "en-GB");
	assert_string_equal(word(json_array_get(channels, 2), "name"), "English");
	assert_string_equal(word(json_object_get(room, "floor"), "language"), "zh-CN");
	fake_expect_no_error(conn);
}

static void roles_have_their_verbs(void **state)
{
	struct world *world = *state;
	static const struct {
		enum role role;
		const char *desk, *verbs[12];
		bool works;
	} roles[] = {
		{ROLE_LISTENER, NULL, {"listen"}, false},
		{ROLE_PRESS, NULL, {"listen"}, false},
		{ROLE_SPEAKER, NULL, {"listen", "publish"}, false},
		{ROLE_INTERPRETER, "fr/2", {"listen", "publish", "mic", "output", "input", "handover", "signal", "chat"}, true},
		{ROLE_AV, NULL, {"listen", "monitor", "operate", "chat"}, true},
		{ROLE_ORGANISER, NULL, {"listen", "monitor"}, true},
	};
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		struct fake_conn *conn = fake_join_as(world, roles[i].role, roles[i].desk);
		const json_t *joined = fake_joined(conn);
		size_t count = 0;
		assert_string_equal(word(joined, "role"), role_word(roles[i].role));
		for (; roles[i].verbs[count] != NULL; count++)
			assert_true(can(joined, roles[i].verbs[count]));
		assert_int_equal(json_array_size(json_object_get(joined, "can")), count);
		assert_int_equal(json_array_size(json_object_get(json_object_get(joined, "room"), "desks")),
				 roles[i].works ? 10 : 0);
	}
}

static void interpreter_is_told_the_desk(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_join_as(world, ROLE_INTERPRETER, "zh-en/2");
	assert_string_equal(word(fake_joined(conn), "booth"), "zh-en");
	assert_int_equal(json_integer_value(json_object_get(fake_joined(conn), "desk")), 2);
	/* A ticket of the whole booth takes the desk that is free. */
	struct fake_conn *other =
		fake_join(world, "hall",
			  world_ticket(world, &(struct fake_ticket){.room = "hall", .booth = "zh-en", .role = ROLE_INTERPRETER}));
	assert_int_equal(json_integer_value(json_object_get(fake_joined(other), "desk")), 1);
}

static void ping_works_before_and_after(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_open(world);
	fake_say(conn, "{'type':'ping','t':123.5}");
	const json_t *pong = fake_next(conn, "pong");
	assert_true(json_real_value(json_object_get(pong, "t")) == 123.5);
	assert_int_equal(json_integer_value(json_object_get(pong, "server_us")), world_now_us());
	fake_say(conn, "{'type':'ping'}");
	fake_expect_error(conn, "bad_field", "ping");
	fake_say(conn, "{'type':'join','room':'hall'}");
	fake_say(conn, "{'type':'ping','t':9}");
	assert_int_equal(json_integer_value(json_object_get(fake_next(conn, "pong"), "t")), 9);
}

static void join_comes_first(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_open(world);
	const uint8_t sound[20] = {1};
	fake_say(conn, "{'type':'listen','channel':1}");
	fake_expect_error(conn, "join_first", "listen");
	fake_say(conn, "{'type':'dance'}");
	fake_expect_error(conn, "join_first", "message");
	fake_send(conn, sound, sizeof sound);
	fake_expect_error(conn, "join_first", "binary");
	fake_say(conn, "{'type':'join','room':'hall'}");
	assert_non_null(fake_joined(conn)); /* the connection stayed open */
	fake_say(conn, "{'type':'join','room':'hall'}");
	fake_expect_error(conn, "joined_already", "join");
}

static void silent_visitor_is_shown_out(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_open(world);
	world_beats(world, 4900 / FAKE_FRAME_MS);
	assert_false(conn->closing);
	world_beats(world, 1500 / FAKE_FRAME_MS);
	assert_true(conn->closed);
	assert_int_equal(conn->code, CLOSE_REFUSED);
	struct fake_conn *joined = fake_join(world, "hall", NULL);
	world_seconds(world, 8);
	assert_false(joined->closing);
}

static void bad_joins(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_open(world);
	fake_say(conn, "{'type':'join'}");
	fake_expect_error(conn, "bad_field", "join");
	fake_say(conn, "{'type':'join','room':7}");
	fake_expect_error(conn, "bad_field", "join");
	fake_say(conn, "{'type':'join','room':'cellar'}");
	fake_expect_error(conn, "no_room", "join");
	assert_false(conn->closing);
	fake_say(conn,
		 "{'type':'join','room':'hall','ticket':5,'resume':[1],'name':{}}"); /* fields of other kinds count as absent */
	assert_non_null(fake_joined(conn));
}

static void expect_refused(struct world *world, const char *room, const char *ticket, const char *code)
{
	struct fake_conn *conn = fake_open(world);
	fake_say(conn, "{'type':'join','room':'%s','ticket':'%s'}", room, ticket);
	fake_expect_error(conn, code, "join");
	assert_null(fake_joined(conn));
	fake_expect_closed(world, conn, CLOSE_REFUSED);
}

static void closed_room_wants_a_ticket(void **state)
{
	struct world *world = *state;
	expect_refused(world, "talks", "", "ticket_needed");
	struct fake_conn *conn =
		fake_join(world, "talks", world_ticket(world, &(struct fake_ticket){.room = "talks", .role = ROLE_LISTENER}));
	assert_string_equal(word(json_object_get(fake_joined(conn), "room"), "id"), "talks");
}

static void bad_tickets(void **state)
{
	struct world *world = *state;
	char text[TICKET_SIZE];
	const uint8_t other_seed[32] = {1};
	expect_refused(world, "talks", world_ticket(world, &(struct fake_ticket){.room = "hall", .role = ROLE_AV}),
		       "ticket_needed");
	expect_refused(world, "hall", world_ticket(world, &(struct fake_ticket){.room = "talks", .role = ROLE_AV}),
		       "ticket_needed");
	expect_refused(world, "hall", "bc1.nonsense", "bad_ticket");
	expect_refused(world, "hall",
		       world_ticket(world, &(struct fake_ticket){.room = "hall", .role = ROLE_AV, .nbf = world_wall_s() + 60}),
		       "ticket_expired");
	snprintf(text, sizeof text, "%s",
		 world_ticket(world, &(struct fake_ticket){.room = "hall", .role = ROLE_AV, .valid_s = 10}));
	world_wait_ms(world, 10000);
	expect_refused(world, "hall", text, "ticket_expired");
	/* One letter of the payload changed; a ticket of another server. */
	snprintf(text, sizeof text, "%s", world_ticket(world, &(struct fake_ticket){.room = "hall", .role = ROLE_LISTENER}));
	char *payload = strchr(strchr(text, '.') + 1, '.') + 1;
	payload[12] = payload[12] == 'A' ? 'B' : 'A';
	expect_refused(world, "hall", text, "bad_ticket");
	struct ticket_keys *other = ticket_keys_from_seed(other_seed);
	struct ticket ticket = {.room = "hall", .role = ROLE_AV, .exp = world_wall_s() + 100};
	ticket_issue(other, &ticket, text);
	ticket_keys_free(other);
	expect_refused(world, "hall", text, "bad_ticket");
}

/* What a refused ticket said does not stay with the connection. */
static void refused_ticket_leaves_nothing(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_open(world);
	const char *ticket = world_ticket(world, &(struct fake_ticket){.room = "hall",
								       .booth = "no-such-booth",
								       .role = ROLE_INTERPRETER,
								       .desk = 1,
								       .channels = 1 << 1,
								       .valid_s = 3});
	fake_say(conn, "{'type':'join','room':'hall','ticket':'%s'}", ticket);
	fake_expect_error(conn, "no_desk", "join");
	assert_false(conn->closing);
	fake_say(conn, "{'type':'join','room':'hall'}");
	assert_string_equal(word(fake_joined(conn), "role"), "listener");
	assert_string_equal(word(fake_joined(conn), "booth"), "");
	fake_say(conn, "{'type':'listen','channel':2}");
	fake_expect_no_error(conn);
	world_seconds(world, 6); /* beyond the refused ticket's end */
	fake_assert_unbroken(conn, 2);
}

static void ticket_ends_while_connected(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn = fake_join(
		world, "talks", world_ticket(world, &(struct fake_ticket){.room = "talks", .role = ROLE_LISTENER, .valid_s = 3}));
	world_beats(world, 2900 / FAKE_FRAME_MS);
	assert_false(conn->closing);
	world_beats(world, 1500 / FAKE_FRAME_MS);
	fake_expect_error(conn, "ticket_expired", "ticket");
	assert_true(conn->closed);
	assert_int_equal(conn->code, CLOSE_REFUSED);
}

static void ticket_is_revoked_while_connected(void **state)
{
	struct world *world = *state;
	struct text error;
	char ticket[TICKET_SIZE];
	snprintf(ticket, sizeof ticket, "%s",
		 world_ticket(world, &(struct fake_ticket){.room = "hall", .role = ROLE_AV, .id = "lost-phone"}));
	struct fake_conn *conn = fake_join(world, "hall", ticket), *other = fake_join_as(world, ROLE_AV, NULL);
	world_seconds(world, 2);
	text_init(&error, 1000);
	assert_int_equal(ticket_revoke(world->keys, "lost-phone", &error), 0);
	text_free(&error);
	world_seconds(world, 3);
	fake_expect_error(conn, "bad_ticket", "ticket");
	assert_true(conn->closed);
	assert_int_equal(conn->code, CLOSE_REFUSED);
	assert_false(other->closing);
	expect_refused(world, "hall", ticket, "bad_ticket");
}

static struct request page(const char *origin)
{
	struct request request = {
		.method = "GET", .path = "/ws", .host = "hall.example.org:8080", .content_length = -1, .peer = ""};
	snprintf(request.origin, sizeof request.origin, "%s", origin);
	return request;
}

static void pages_of_other_sites_are_refused(void **state)
{
	struct world *world = *state;
	struct request own = page("http://hall.example.org:8080"), other = page("https://evil.example.com");
	struct request near = page("http://hall.example.org:8081"), empty = page("null");
	assert_false(fake_open_from(world, &own)->closing);
	struct request all[] = {other, near, empty};
	for (unsigned i = 0; i < 3; i++) {
		struct fake_conn *conn = fake_open_from(world, &all[i]);
		fake_expect_error(conn, "bad_origin", "connection");
		fake_expect_closed(world, conn, CLOSE_REFUSED);
	}
}

static void names_are_cut_and_shown_to_those_who_work(void **state)
{
	struct world *world = *state;
	struct fake_conn *av = fake_join_as(world, ROLE_AV, NULL), *interpreter = fake_open(world);
	fake_say(interpreter, "{'type':'join','room':'hall','ticket':'%s','name':'李 雷'}",
		 world_ticket(world, &(struct fake_ticket){.room = "hall", .booth = "fr", .role = ROLE_INTERPRETER, .desk = 1}));
	world_beats(world, 3);
	const json_t *changed = fake_next(av, "state");
	const json_t *desk = json_array_get(json_object_get(changed, "desks"), 0);
	assert_string_equal(word(desk, "id"), "fr/1");
	assert_string_equal(word(desk, "name"), "李 雷");
	assert_true(json_is_true(json_object_get(desk, "seated")));
}

/* A quiet seat changes hands: nothing of the desk's state differs, and still everybody learns who sits there. */
static void new_person_at_a_desk_is_told(void **state)
{
	struct world *world = *state;
	struct fake_conn *av = fake_join_as(world, ROLE_AV, NULL), *first = fake_join_as(world, ROLE_INTERPRETER, "fr/1");
	world_beats(world, 5);
	fake_drop(first);
	world_beats(world, 5);
	assert_non_null(fake_next(av, "state"));
	while (fake_next(av, "state") != NULL)
		;
	struct fake_conn *second = fake_open(world);
	fake_say(second, "{'type':'join','room':'hall','ticket':'%s','name':'Second'}",
		 world_ticket(world, &(struct fake_ticket){.room = "hall", .booth = "fr", .role = ROLE_INTERPRETER, .desk = 1}));
	assert_non_null(fake_joined(second));
	world_beats(world, 3);
	const json_t *desk = json_array_get(json_object_get(fake_next(av, "state"), "desks"), 0);
	assert_string_equal(word(desk, "name"), "Second");
}

static void restart_is_announced(void **state)
{
	struct world *world = *state;
	struct fake_conn *listener = fake_listener(world, 1), *interpreter = fake_join_as(world, ROLE_INTERPRETER, "fr/1");
	struct fake_conn *at_the_door = fake_open(world);
	world_beats(world, 5);
	house_announce_restart(world->house, 1500);
	const json_t *error = fake_next(listener, "error");
	assert_string_equal(word(error, "code"), "restarting");
	assert_int_equal(json_integer_value(json_object_get(error, "retry_after_ms")), 1500);
	assert_non_null(fake_next(interpreter, "error"));
	fake_expect_error(at_the_door, "restarting", "connection"); /* or it would come back too soon */
	struct fake_conn *late = fake_open(world);
	fake_expect_error(late, "restarting", "connection");
	fake_expect_closed(world, late, CLOSE_RESTARTING);
	world_beats(world, 5); /* sound goes on until the end */
	assert_int_equal(fake_stream_of(listener, 1)->count, 10);
}

/* A client's word is quoted in the answer. Wherever the quote is cut, it is cut between characters; nothing that a client writes
 * ends the server. `before` letters stand in front of characters of two, three and four bytes. */
static void words_of_any_length_are_quoted(void **state)
{
	static const char *const characters[] = {"é", "李", "😀"};
	struct world *world = *state;
	world_beats(world, 3);
	for (size_t kind = 0; kind < 3; kind++) {
		for (unsigned before = 0; before < 4; before++) {
			struct fake_conn *listener = fake_join(world, "hall", NULL);
			char word[600] = "", *at = word;
			at += sprintf(at, "%.*s", (int)before, "aaaa");
			for (unsigned i = 0; i < 100; i++)
				at += sprintf(at, "%s", characters[kind]);
			fake_say(listener, "{'type':'%s'}", word);
			fake_expect_error(listener, "unknown_type", "message");
			fake_say(listener, "{'type':'%s", word); /* not JSON: the parser quotes what is near */
			fake_expect_error(listener, "bad_json", "message");
			fake_say(listener, "{'type':'listen','source':'%s'}", word);
			fake_expect_error(listener, "not_allowed", "listen");
			struct fake_conn *av = fake_join_as(world, ROLE_AV, NULL);
			fake_say(av, "{'type':'operate','action':'%s'}", word);
			fake_expect_error(av, "bad_field", "operate");
			fake_say(av, "{'type':'operate','action':'mic_off','desk':'%s'}", word);
			fake_expect_error(av, "no_desk", "operate");
			fake_say(av, "{'type':'operate','action':'emergency','on':true,'source':'%s'}", word);
			fake_expect_error(av, "no_source", "operate");
			fake_say(av, "{'type':'operate','action':'input','input':'%s'}", word);
			fake_expect_error(av, "no_source", "operate");
			fake_say(av, "{'type':'listen','source':'%s'}", word);
			fake_expect_error(av, "no_source", "listen");
			struct fake_conn *speaker = fake_join_as(world, ROLE_SPEAKER, NULL);
			fake_say(speaker, "{'type':'publish','source':'floor/%s','codec':'opus'}", word);
			fake_expect_error(speaker, "no_source", "publish");
			fake_drop(listener);
			fake_drop(av);
			fake_drop(speaker);
		}
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words_of_any_length_are_quoted, world_set_up, world_tear_down),
		TEST(listener_gets_the_whole_room),
		TEST(roles_have_their_verbs),
		TEST(interpreter_is_told_the_desk),
		TEST(ping_works_before_and_after),
		TEST(join_comes_first),
		TEST(silent_visitor_is_shown_out),
		TEST(bad_joins),
		TEST(closed_room_wants_a_ticket),
		TEST(bad_tickets),
		TEST(refused_ticket_leaves_nothing),
		TEST(ticket_ends_while_connected),
		TEST(ticket_is_revoked_while_connected),
		TEST(pages_of_other_sites_are_refused),
		TEST(names_are_cut_and_shown_to_those_who_work),
		TEST(new_person_at_a_desk_is_told),
		TEST(restart_is_announced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
