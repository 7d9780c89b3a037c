/* Broadcasts: everybody gets every message once and in order, whatever sockets are full, whoever comes and goes, and however many
 * messages wait; a text to one alone keeps its place among them; packets go first. */
#include "fanout/broadcast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MEMBERS 400 /* three slices and some */
#define HEARD_MAX 4096

/* A connection that keeps the numbers of the messages that it got. */
struct member {
	struct conn conn; /* first */
	struct outlet outlet;
	unsigned heard[HEARD_MAX], count;
	unsigned queued; /* by send_text() while full */
	bool full, asked, closed;
};

struct rig {
	struct post *post;
	struct walk *walk;
	struct broadcast *broadcast;
	struct member *member;
	unsigned wanted;
};

static void note(struct member *member, const uint8_t *text, size_t size)
{
	char words[16] = "";
	assert_in_range(size, 1, sizeof words - 1);
	memcpy(words, text, size);
	assert_true(member->count < HEARD_MAX);
	member->heard[member->count++] = (unsigned)atoi(words);
}

static enum sent send_message(struct conn *conn, const uint8_t *text, size_t size)
{
	struct member *member = (struct member *)conn;
	assert_int_equal(text[-2], WIRE_FRAME_TEXT);
	assert_int_equal(text[-1], size);
	if (member->closed)
		return SENT_GONE;
	if (member->full) {
		member->asked = true;
		return SENT_FULL;
	}
	note(member, text, size);
	return SENT;
}

static void send_text(struct conn *conn, const char *text, size_t size)
{
	struct member *member = (struct member *)conn;
	member->queued += member->full;
	note(member, (const uint8_t *)text, size); /* in the socket's own queue, or sent: in order */
}

static void wanted(void *user)
{
	((struct rig *)user)->wanted++;
}

static const struct conn_ops ops = {.send_message = send_message, .send_text = send_text};

static int set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof *rig);
	rig->post = post_new(NULL);
	rig->walk = walk_new(&(struct walk_options){.orders = rig->post, .events = rig->post, .wanted = wanted, .user = rig});
	rig->broadcast = broadcast_new();
	rig->member = calloc(MEMBERS, sizeof *rig->member);
	for (unsigned i = 0; i < MEMBERS; i++) {
		rig->member[i].conn.ops = &ops;
		rig->member[i].outlet = (struct outlet){.walk = rig->walk, .conn = &rig->member[i].conn};
	}
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;
	for (unsigned i = 0; i < MEMBERS; i++)
		outlet_closed(&rig->member[i].outlet);
	walk_free(rig->walk); /* asserts that nobody is a member */
	broadcast_free(rig->broadcast);
	post_close(rig->post);
	free(rig->member);
	free(rig);
	return 0;
}

static void say(struct rig *rig, unsigned number)
{
	char text[16];
	int size = snprintf(text, sizeof text, "%u", number);
	struct message *message = message_new(text, (size_t)size);
	assert_non_null(message);
	broadcast_send(rig->broadcast, message);
	message_release(message);
}

static void slice(struct rig *rig)
{
	walk_run(rig->walk);
	walk_settle(rig->walk, 0);
}

static void run(struct rig *rig)
{
	while (walk_run(rig->walk))
		walk_settle(rig->walk, 0);
	walk_settle(rig->walk, 0);
}

static void set_full(struct member *member, bool full)
{
	member->full = full;
	if (full || !member->asked)
		return;
	member->asked = false;
	outlet_writable(&member->outlet);
}

/* Whether it got exactly the numbers from `first` to the last one said. */
static void assert_heard(const struct member *member, unsigned first, unsigned end)
{
	assert_int_equal(member->count, end - first);
	for (unsigned i = 0; i < member->count; i++)
		assert_int_equal(member->heard[i], first + i);
}

static void everybody_gets_each_message_once(void **state)
{
	struct rig *rig = *state;
	for (unsigned i = 0; i < MEMBERS; i++)
		broadcast_join(rig->broadcast, &rig->member[i].outlet);
	say(rig, 0);
	assert_int_equal(rig->member[0].count, 0); /* in its slice, not before */
	assert_int_equal(rig->wanted, 1);
	slice(rig);
	assert_int_equal(rig->member[BROADCAST_SLICE - 1].count, 1);
	assert_int_equal(rig->member[BROADCAST_SLICE].count, 0);
	say(rig, 1);
	run(rig);
	for (unsigned i = 0; i < MEMBERS; i++)
		assert_heard(&rig->member[i], 0, 2);
	assert_false(walk_run(rig->walk));
}

static void a_text_to_one_keeps_its_place(void **state)
{
	struct rig *rig = *state;
	for (unsigned i = 0; i < 2; i++)
		broadcast_join(rig->broadcast, &rig->member[i].outlet);
	say(rig, 0);
	say(rig, 1);
	outlet_send_text(&rig->member[1].outlet, "2", 1);
	assert_heard(&rig->member[1], 0, 3);
	assert_heard(&rig->member[0], 0, 0);
	say(rig, 3);
	run(rig);
	assert_heard(&rig->member[1], 0, 4);
}

/* A socket that takes nothing holds back nobody; when a whole queue waits for it, it gets that by its own queue, whose bound closes
 * it. */
static void a_full_socket_waits_alone(void **state)
{
	struct rig *rig = *state;
	for (unsigned i = 0; i < 3; i++)
		broadcast_join(rig->broadcast, &rig->member[i].outlet);
	set_full(&rig->member[1], true);
	unsigned number = 0;
	while (number < BROADCAST_QUEUE_MAX) {
		say(rig, number++);
		run(rig);
	}
	assert_heard(&rig->member[0], 0, number);
	assert_int_equal(rig->member[1].count, 0);
	say(rig, number++);
	assert_int_equal(rig->member[1].queued, BROADCAST_QUEUE_MAX);
	run(rig);
	set_full(&rig->member[1], false);
	for (unsigned i = 0; i < 3; i++)
		assert_heard(&rig->member[i], 0, number);
}

static void a_long_message_goes_as_text(void **state)
{
	struct rig *rig = *state;
	static char text[CONN_MESSAGE_MAX + 1];
	memset(text, '7', sizeof text);
	struct message *message = message_new(text, sizeof text), *fits = message_new(text, CONN_MESSAGE_MAX);
	assert_false(message_framed(message));
	assert_true(message_framed(fits));
	size_t size;
	assert_memory_equal(message_text(message, &size), text, sizeof text);
	assert_int_equal(size, sizeof text);
	assert_int_equal(message_text(fits, &size)[-4], WIRE_FRAME_TEXT);
	message_release(message_keep(message));
	message_release(message);
	message_release(fits);
	(void)rig;
}

/* At random: members come, go, are full, get texts alone, and slices end anywhere. Each hears a run of numbers without a hole. */
static void whatever_happens_nobody_misses_any(void **state)
{
	struct rig *rig = *state;
	unsigned first[MEMBERS], number = 0;
	bool joined[MEMBERS] = {false};
	srand(20250321);
	for (unsigned step = 0; step < 20000 && number < HEARD_MAX - 1; step++) {
		unsigned i = (unsigned)rand() % MEMBERS;
		struct member *member = &rig->member[i];
		switch (rand() % 8) {
		case 0: say(rig, number++); break;
		case 1:
		case 2:
			if (!joined[i] && member->count == 0) {
				joined[i] = true;
				first[i] = number;
				broadcast_join(rig->broadcast, &member->outlet);
			}
			break;
		case 3:
			if (joined[i] && rand() % 4 == 0) {
				joined[i] = false;
				outlet_closed(&member->outlet);
				assert_true(member->count <= number - first[i]);
				assert_heard(member, first[i], first[i] + member->count);
				member->count = HEARD_MAX; /* it does not come again */
			}
			break;
		case 4: set_full(member, rand() % 2 == 0); break;
		default: slice(rig); break;
		}
	}
	for (unsigned i = 0; i < MEMBERS; i++)
		set_full(&rig->member[i], false);
	run(rig);
	for (unsigned i = 0; i < MEMBERS; i++) {
		if (joined[i])
			assert_heard(&rig->member[i], first[i], number);
	}
	assert_true(number > 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(everybody_gets_each_message_once), TEST(a_text_to_one_keeps_its_place),      TEST(a_full_socket_waits_alone),
		TEST(a_long_message_goes_as_text),      TEST(whatever_happens_nobody_misses_any),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
