/* A herd at the door: everybody gets in, in their order and at a rate that a beat can bear; who works here does not wait. */
#include "flow/fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HERD 2500
#define QUEUE_MAX 1500 /* three seconds at 500 a second */

static bool is_in(const struct fake_conn *conn)
{
	const json_t *first = json_array_get(conn->inbox, 0);
	const char *type = json_string_value(json_object_get(first, "type"));
	return type != NULL && strcmp(type, "joined") == 0;
}

static unsigned count_in(struct fake_conn *const *conns, unsigned count)
{
	unsigned in = 0;
	for (unsigned i = 0; i < count; i++)
		in += is_in(conns[i]);
	return in;
}

static struct fake_conn *comes(struct world *world)
{
	struct fake_conn *conn = fake_open(world);
	fake_say(conn, "{'type':'join','room':'hall'}");
	return conn;
}

static void a_herd_is_let_in_at_a_rate(void **state)
{
	struct world *world = *state;
	static struct fake_conn *conn[1000];
	world_seconds(world, 2);
	for (unsigned i = 0; i < 1000; i++)
		conn[i] = comes(world);
	unsigned at_once = count_in(conn, 1000);
	assert_in_range(at_once, 10, 50);
	struct fake_conn *interpreter = fake_join(world, "hall", world_ticket(world, &(struct fake_ticket){
		.room = "hall", .role = ROLE_INTERPRETER, .booth = "zh-en", .desk = 1}));
	assert_true(is_in(interpreter)); /* past everybody who waits */
	unsigned before = at_once;
	for (unsigned beat = 0; beat < 40; beat++) {
		world_beat(world);
		unsigned in = count_in(conn, 1000);
		assert_in_range(in - before, 9, 11);
		for (unsigned i = 0; i < in; i++)
			assert_true(is_in(conn[i])); /* in the order in which they came */
		before = in;
	}
	world_seconds(world, 2);
	assert_int_equal(count_in(conn, 1000), 1000);
}

/* In a closed room everybody has a ticket, the audience too. */
static void a_herd_with_tickets_is_let_in_at_a_rate(void **state)
{
	struct world *world = *state;
	static struct fake_conn *conn[500];
	world_seconds(world, 2);
	for (unsigned i = 0; i < 500; i++) {
		conn[i] = fake_open(world);
		fake_say(conn[i], "{'type':'join','room':'talks','ticket':'%s'}",
			 world_ticket(world, &(struct fake_ticket){.room = "talks", .role = i % 2 ? ROLE_LISTENER : ROLE_PRESS}));
	}
	assert_in_range(count_in(conn, 500), 10, 50);
	assert_true(is_in(fake_join(world, "talks", world_ticket(world, &(struct fake_ticket){.room = "talks", .role = ROLE_SPEAKER}))));
	world_seconds(world, 1);
	assert_int_equal(count_in(conn, 500), 500);
}

static void who_would_wait_long_is_told_when_to_come(void **state)
{
	struct world *world = *state;
	static struct fake_conn *conn[HERD];
	long last_ms = 2900;
	unsigned away = 0;
	world_seconds(world, 2);
	for (unsigned i = 0; i < HERD; i++)
		conn[i] = comes(world);
	for (unsigned i = 0; i < HERD; i++) {
		const json_t *first = json_array_get(conn[i]->inbox, 0);
		if (first == NULL || is_in(conn[i]))
			continue;
		assert_string_equal(json_string_value(json_object_get(first, "code")), "too_many");
		long after_ms = (long)json_integer_value(json_object_get(first, "retry_after_ms"));
		assert_in_range(after_ms - last_ms, 1, 110); /* each at a time of its own */
		last_ms = after_ms;
		away++;
		fake_expect_closed(world, conn[i], CLOSE_RESTARTING);
	}
	assert_in_range(away, HERD - QUEUE_MAX - 50, HERD - QUEUE_MAX);
	world_seconds(world, 4);
	assert_int_equal(count_in(conn, HERD), HERD - away);
}

/* More than a server holds: somebody means harm. Who came in the middle of it is not sent away for minutes. */
static void a_flood_sends_nobody_away_for_long(void **state)
{
	struct world *world = *state;
	world_seconds(world, 2);
	for (unsigned i = 0; i < QUEUE_MAX + CONNECTIONS_MAX + 5000; i++) {
		struct fake_conn *conn = comes(world);
		const json_t *first = json_array_get(conn->inbox, 0);
		if (first != NULL && !is_in(conn))
			assert_in_range(json_integer_value(json_object_get(first, "retry_after_ms")), 2900, 41000);
	}
}

static void who_leaves_while_waiting_is_forgotten(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn[200];
	world_seconds(world, 2);
	for (unsigned i = 0; i < 200; i++)
		conn[i] = comes(world);
	fake_say(conn[199], "{'type':'join','room':'hall'}");
	fake_expect_error(conn[199], "joined_already", "join");
	for (unsigned i = 50; i < 200; i += 3)
		fake_drop(conn[i]);
	world_settle(world);
	world_seconds(world, 1);
	for (unsigned i = 0; i < 199; i++)
		assert_int_equal(is_in(conn[i]), i < 50 || (i - 50) % 3 != 0);
}

static void a_refusal_comes_when_it_is_their_turn(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn[100];
	world_seconds(world, 2);
	for (unsigned i = 0; i < 100; i++) {
		conn[i] = fake_open(world);
		fake_say(conn[i], i % 2 == 0 ? "{'type':'join','room':'hall'}" : "{'type':'join','room':'attic'}");
	}
	world_seconds(world, 1);
	for (unsigned i = 0; i < 100; i++) {
		if (i % 2 == 0)
			assert_true(is_in(conn[i]));
		else
			fake_expect_error(conn[i], "no_room", "join");
	}
}

/* Not everybody waits for `joined`: what is said behind the join is done behind it, and not forgotten. */
static void what_is_said_while_waiting_is_done_then(void **state)
{
	struct world *world = *state;
	struct fake_conn *conn[100], *last;
	world_seconds(world, 2);
	for (unsigned i = 0; i < 100; i++) {
		conn[i] = fake_open(world);
		fake_say(conn[i], i % 2 == 0 ? "{'type':'join','room':'hall'}" : "{'type':'join','room':'attic'}");
		fake_say(conn[i], "{'type':'listen','channel':%u}", 1 + i % 2);
		fake_say(conn[i], "{'type':'listen','channel':0,'instead_of':1}");
	}
	last = conn[99];
	fake_say(last, "{'type':'listen','channel':3}");
	fake_say(last, "{'type':'listen','channel':4}");
	fake_expect_no_error(last);
	fake_say(last, "{'type':'listen','channel':5}");
	fake_expect_error(last, "too_many", "listen");
	world_seconds(world, 1);
	for (unsigned i = 0; i < 99; i++) {
		if (i % 2 == 0) {
			assert_non_null(fake_joined(conn[i]));
			assert_int_equal(json_integer_value(json_object_get(fake_next(conn[i], "listening"), "channel")), 1);
			assert_int_equal(json_integer_value(json_object_get(fake_next(conn[i], "listening"), "channel")), 0);
			fake_expect_no_error(conn[i]);
		} else {
			fake_expect_error(conn[i], "no_room", "join");
			fake_expect_error(conn[i], "join_first", "listen");
		}
	}
}

/* The connection goes to the session that was there before, and so does what was said on it. */
static void who_comes_back_has_said_it_too(void **state)
{
	struct world *world = *state;
	char token[TICKET_SIZE];
	struct fake_conn *old = fake_join(world, "hall", NULL), *again;
	snprintf(token, sizeof token, "%s", json_string_value(json_object_get(fake_joined(old), "resume")));
	for (unsigned i = 0; i < 100; i++)
		comes(world);
	again = fake_open(world);
	fake_say(again, "{'type':'join','room':'hall','resume':{'token':'%s'}}", token);
	fake_say(again, "{'type':'listen','channel':2}");
	assert_false(is_in(again));
	world_seconds(world, 1);
	assert_non_null(fake_joined(again));
	assert_int_equal(json_integer_value(json_object_get(fake_next(again, "listening"), "channel")), 2);
	fake_expect_closed(world, old, CLOSE_REFUSED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_herd_is_let_in_at_a_rate),
		TEST(a_herd_with_tickets_is_let_in_at_a_rate),
		TEST(who_would_wait_long_is_told_when_to_come),
		TEST(a_flood_sends_nobody_away_for_long),
		TEST(who_leaves_while_waiting_is_forgotten),
		TEST(a_refusal_comes_when_it_is_their_turn),
		TEST(what_is_said_while_waiting_is_done_then),
		TEST(who_comes_back_has_said_it_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
