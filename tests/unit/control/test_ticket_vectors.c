/* The golden vectors of tickets and resume tokens (include/boothcast/vectors/tickets.json): what a server with that key says of each. */
#include "control/ticket.h"
#include "unit/vectors.h"

#include <string.h>

static json_t *vectors;
static struct ticket_keys *keys;

static int load(void **state)
{
	uint8_t seed[32];
	(void)state;
	vectors = vectors_load("tickets.json");
	assert_int_equal(vectors_bytes(vectors_word(vectors, "seed"), seed, sizeof seed), sizeof seed);
	keys = ticket_keys_from_seed(seed);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	ticket_keys_free(keys);
	json_decref(vectors);
	return 0;
}

static void expect_word(const json_t *claims, const char *key, const char *word)
{
	const char *claim = json_string_value(json_object_get(claims, key));
	assert_string_equal(word, claim != NULL ? claim : "");
}

static void expect_number(const json_t *claims, const char *key, int64_t number)
{
	assert_int_equal(number, json_integer_value(json_object_get(claims, key)));
}

static void expect_claims(const json_t *claims, const struct ticket *ticket)
{
	uint32_t channels = 0;
	size_t i;
	const json_t *channel;
	json_array_foreach(json_object_get(claims, "channels"), i, channel) channels |= UINT32_C(1) << json_integer_value(channel);
	expect_word(claims, "room", ticket->room);
	expect_word(claims, "role", role_word(ticket->role));
	expect_word(claims, "booth", ticket->booth);
	expect_number(claims, "desk", ticket->desk);
	expect_word(claims, "input", ticket->input);
	assert_int_equal(ticket->channels, channels);
	expect_number(claims, "nbf", ticket->nbf);
	expect_number(claims, "exp", ticket->exp);
	expect_word(claims, "id", ticket->id);
}

static void expect_verdict(const json_t *vector, enum status status)
{
	if (strcmp(status_word(status), vectors_word(vector, "verdict")) != 0)
		fail_msg("%s: %s instead of %s", vectors_word(vector, "name"), status_word(status), vectors_word(vector, "verdict"));
}

static void tickets(void **state)
{
	(void)state;
	size_t i;
	const json_t *vector;
	json_array_foreach(vectors_list(vectors, "tickets"), i, vector)
	{
		struct ticket ticket;
		enum status status = ticket_verify(keys, vectors_word(vector, "text"), vectors_number(vector, "now"), &ticket);
		expect_verdict(vector, status);
		if (status != STATUS_BAD_TICKET)
			expect_claims(json_object_get(vector, "claims"), &ticket);
	}
}

static void resume_tokens(void **state)
{
	(void)state;
	size_t i;
	const json_t *vector;
	json_array_foreach(vectors_list(vectors, "resume_tokens"), i, vector)
	{
		struct resume resume;
		enum status status = resume_verify(keys, vectors_word(vector, "text"), vectors_number(vector, "now"), &resume);
		expect_verdict(vector, status);
		if (status == STATUS_BAD_TICKET)
			continue;
		expect_claims(json_object_get(vector, "claims"), &resume.ticket);
		expect_word(json_object_get(vector, "claims"), "session", resume.session);
	}
}

/* What the server issues is what the vectors have, byte by byte, where the order of the claims is its own. */
static void issued(void **state)
{
	(void)state;
	size_t i, same = 0;
	const json_t *vector;
	json_array_foreach(vectors_list(vectors, "tickets"), i, vector)
	{
		struct ticket ticket;
		char text[TICKET_SIZE];
		if (ticket_verify(keys, vectors_word(vector, "text"), vectors_number(vector, "now"), &ticket) != STATUS_OK)
			continue;
		ticket_issue(keys, &ticket, text);
		same += strcmp(text, vectors_word(vector, "text")) == 0;
	}
	assert_true(same >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tickets),
		cmocka_unit_test(resume_tokens),
		cmocka_unit_test(issued),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
