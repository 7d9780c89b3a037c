/* Tickets: what was issued is read back, everything else is refused; keys on disk; revocation. */
#include "control/ticket.h"
#include "control/ticket_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW 1742515200 /* 21 March 2025 */

static const uint8_t seed[32] = {1, 2, 3}, other_seed[32] = {9};

static int set_up(void **state)
{
	*state = ticket_keys_from_seed(seed);
	return 0;
}

static int tear_down(void **state)
{
	ticket_keys_free(*state);
	return 0;
}

static struct ticket interpreter(void)
{
	return (struct ticket){
		.room = "hall", .role = ROLE_INTERPRETER, .booth = "zh-en", .desk = 2, .nbf = NOW - 10, .exp = NOW + 3600};
}

/* Signs a payload as it stands, and asks what the server makes of it. */
static enum status verify_payload(struct ticket_keys *keys, const char *payload, struct ticket *ticket)
{
	char text[TICKET_SIZE];
	assert_true(ticket_seal(keys, "bc1", payload, strlen(payload), text));
	return ticket_verify(keys, text, NOW, ticket);
}

static void issued_tickets_are_read_back(void **state)
{
	struct ticket ticket = interpreter(), read, full;
	char text[TICKET_SIZE];
	ticket.channels = 1u << 0 | 1u << 2 | 1u << 31;
	ticket_issue(*state, &ticket, text);
	assert_int_equal(strlen(ticket.id), 12);
	assert_int_equal(ticket_verify(*state, text, NOW, &read), STATUS_OK);
	assert_memory_equal(&read, &ticket, sizeof(read));

	/* every field at its longest still fits */
	memset(&full, 'x', sizeof(full));
	full.room[NAME_SIZE - 1] = full.booth[NAME_SIZE - 1] = full.id[NAME_SIZE - 1] = '\0';
	full.input[0] = '\0'; /* a speaker's, who has no booth */
	full.role = ROLE_INTERPRETER;
	full.desk = DESKS_PER_BOOTH_MAX;
	full.channels = UINT32_MAX;
	full.nbf = 1;
	full.exp = INT64_MAX;
	ticket_issue(*state, &full, text);
	assert_int_equal(ticket_verify(*state, text, NOW, &read), STATUS_OK);
	assert_string_equal(read.id, full.id);
	assert_int_equal(read.channels, UINT32_MAX);
}

static void a_speaker_has_one_input_or_all(void **state)
{
	struct ticket ticket = {.room = "talks", .role = ROLE_SPEAKER, .input = "guest", .channels = 1 << 2, .exp = NOW + 100},
		      read;
	struct resume resume = {.session = "s", .ticket = ticket}, back;
	char text[TICKET_SIZE];
	ticket_issue(*state, &ticket, text);
	assert_int_equal(ticket_verify(*state, text, NOW, &read), STATUS_OK);
	assert_memory_equal(&read, &ticket, sizeof read);
	resume_issue(*state, &resume, text);
	assert_int_equal(resume_verify(*state, text, NOW, &back), STATUS_OK);
	assert_string_equal(back.ticket.input, "guest");
}

static void every_role_has_a_word(void **state)
{
	(void)state;
	enum role role;
	for (int i = 0; i < ROLE_COUNT; i++) {
		assert_true(role_find(role_word((enum role)i), &role));
		assert_int_equal(role, i);
	}
	assert_false(role_find("Listener", &role));
	assert_false(role_find("", &role));
}

static void two_tickets_have_two_ids(void **state)
{
	struct ticket a = interpreter(), b = interpreter();
	char text[TICKET_SIZE];
	ticket_issue(*state, &a, text);
	ticket_issue(*state, &b, text);
	assert_string_not_equal(a.id, b.id);
}

static void times_are_kept_to_the_second(void **state)
{
	struct ticket ticket = interpreter(), read;
	char text[TICKET_SIZE];
	ticket_issue(*state, &ticket, text);
	assert_int_equal(ticket_verify(*state, text, ticket.nbf - 1, &read), STATUS_TICKET_EXPIRED);
	assert_int_equal(ticket_verify(*state, text, ticket.nbf, &read), STATUS_OK);
	assert_int_equal(ticket_verify(*state, text, ticket.exp - 1, &read), STATUS_OK);
	assert_int_equal(ticket_verify(*state, text, ticket.exp, &read), STATUS_TICKET_EXPIRED);
}

/* No letter of a ticket may be another one: also not where base64 leaves bits unused. */
static void every_changed_letter_is_refused(void **state)
{
	struct ticket ticket = interpreter(), read;
	char text[TICKET_SIZE], changed[TICKET_SIZE];
	ticket_issue(*state, &ticket, text);
	for (size_t i = 0; text[i] != '\0'; i++) {
		static const char letters[] = "ABw8_-.= \n";
		for (size_t j = 0; j < sizeof(letters); j++) { /* the end mark too */
			strcpy(changed, text);
			changed[i] = letters[j];
			if (changed[i] != text[i])
				assert_int_equal(ticket_verify(*state, changed, NOW, &read), STATUS_BAD_TICKET);
		}
	}
}

static void nothing_may_stand_around_it(void **state)
{
	struct ticket ticket = interpreter(), read;
	char text[TICKET_SIZE], longer[TICKET_SIZE + 8];
	ticket_issue(*state, &ticket, text);
	static const char *const forms[] = {"%s ", " %s", "%s.", "%s=", "%s.x", "%sA", "x%s", "%s\n"};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char form[16];
		strcpy(form, forms[i]);
		char *hole = strstr(form, "%s");
		snprintf(longer, sizeof(longer), "%.*s%s%s", (int)(hole - form), form, text, hole + 2);
		assert_int_equal(ticket_verify(*state, longer, NOW, &read), STATUS_BAD_TICKET);
	}
}

static void other_texts_are_refused(void **state)
{
	struct ticket read;
	static const char *const texts[] = {"",          ".",  "...",     "bc1", "bc1.", "bc1...", "bc1.AAAAAAAA..",
					    "bc2.a.b.c", "{}", "\xff\xfe"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(ticket_verify(*state, texts[i], NOW, &read), STATUS_BAD_TICKET);
	char *endless = malloc(100000);
	memset(endless, 'A', 100000);
	memcpy(endless, "bc1.", 4);
	endless[99999] = '\0';
	assert_int_equal(ticket_verify(*state, endless, NOW, &read), STATUS_BAD_TICKET);
	free(endless);
}

static void another_servers_ticket_is_refused(void **state)
{
	struct ticket_keys *other = ticket_keys_from_seed(other_seed);
	struct ticket ticket = interpreter(), read;
	char text[TICKET_SIZE];
	ticket_issue(other, &ticket, text);
	assert_int_equal(ticket_verify(other, text, NOW, &read), STATUS_OK);
	assert_int_equal(ticket_verify(*state, text, NOW, &read), STATUS_BAD_TICKET);
	/* and not by claiming our key's id either */
	memcpy(text + 4, ((struct ticket_keys *)*state)->id, 8);
	assert_int_equal(ticket_verify(*state, text, NOW, &read), STATUS_BAD_TICKET);
	ticket_keys_free(other);
}

static void only_whole_claims_are_taken(void **state)
{
	struct ticket read;
	static const struct {
		const char *payload;
		enum status status;
	} cases[] = {
		{"{\"room\":\"hall\",\"role\":\"listener\",\"exp\":1742515201,\"id\":\"a\"}", STATUS_OK},
		{" {\"id\":\"a\", \"exp\":1742515201,\"role\":\"av\",\"room\":\"hall\"} ", STATUS_OK},
		{"{\"role\":\"listener\",\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"listener\",\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"listener\",\"exp\":1742515201}", STATUS_BAD_TICKET},
		{"{\"room\":\"\",\"role\":\"listener\",\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":7,\"role\":\"listener\",\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"king\",\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"listener\",\"exp\":\"1742515201\",\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"listener\",\"exp\":1742515201.5,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"listener\",\"exp\":-1,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"listener\",\"exp\":99999999999999999999,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"listener\",\"nbf\":-1,\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"interpreter\",\"desk\":1,\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"interpreter\",\"booth\":\"fr\",\"desk\":0,\"exp\":1742515201,\"id\":\"a\"}",
		 STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"interpreter\",\"booth\":\"fr\",\"desk\":5,\"exp\":1742515201,\"id\":\"a\"}",
		 STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"interpreter\",\"booth\":\"fr\",\"desk\":257,\"exp\":1742515201,\"id\":\"a\"}",
		 STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"interpreter\",\"booth\":\"fr\",\"exp\":1742515201,\"id\":\"a\"}", STATUS_OK},
		{"{\"room\":\"hall\",\"role\":\"press\",\"channels\":[0,31],\"exp\":1742515201,\"id\":\"a\"}", STATUS_OK},
		{"{\"room\":\"hall\",\"role\":\"press\",\"channels\":[],\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"press\",\"channels\":2,\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"press\",\"channels\":[32],\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"press\",\"channels\":[\"2\"],\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"listener\",\"exp\":1742515201,\"id\":\"a\",\"only\":\"x\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"room\":\"talks\",\"role\":\"listener\",\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\",\"role\":\"listener\",\"exp\":1742515201,\"id\":\"a\"}x", STATUS_BAD_TICKET},
		{"{\"room\":\"hall\\u0000x\",\"role\":\"listener\",\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"hallhallhallhallhallhallhallhall\",\"role\":\"listener\",\"exp\":1742515201,\"id\":\"a\"}",
		 STATUS_BAD_TICKET},
		{"{\"room\":\"talks\",\"role\":\"speaker\",\"input\":\"guest\",\"exp\":1742515201,\"id\":\"a\"}", STATUS_OK},
		{"{\"room\":\"talks\",\"role\":\"speaker\",\"input\":\"\",\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"talks\",\"role\":\"speaker\",\"input\":1,\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"{\"room\":\"talks\",\"role\":\"av\",\"input\":\"guest\",\"exp\":1742515201,\"id\":\"a\"}", STATUS_BAD_TICKET},
		{"[]", STATUS_BAD_TICKET},
		{"null", STATUS_BAD_TICKET},
		{"", STATUS_BAD_TICKET},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (verify_payload(*state, cases[i].payload, &read) != cases[i].status)
			fail_msg("%s", cases[i].payload);
}

static void a_payload_too_long_is_not_sealed(void **state)
{
	char payload[TICKET_SIZE] = "", text[TICKET_SIZE];
	size_t most = 0;
	for (size_t size = 0; size < sizeof(payload); size++)
		if (ticket_seal(*state, "bc1", payload, size, text)) {
			most = size;
			assert_true(strlen(text) < TICKET_SIZE);
		}
	assert_in_range(most, 600, 750);
}

static void resume_tokens_are_not_tickets(void **state)
{
	struct resume resume = {.session = "s-0001", .ticket = interpreter()}, read;
	struct ticket ticket = interpreter(), read_ticket;
	char text[TICKET_SIZE];
	resume_issue(*state, &resume, text);
	assert_memory_equal(text, "bcr1.", 5);
	assert_int_equal(resume_verify(*state, text, NOW, &read), STATUS_OK);
	assert_memory_equal(&read, &resume, sizeof(read));
	assert_int_equal(resume_verify(*state, text, resume.ticket.exp, &read), STATUS_TICKET_EXPIRED);
	assert_int_equal(ticket_verify(*state, text, NOW, &read_ticket), STATUS_BAD_TICKET);
	/* cutting the letter out does not make one either */
	memmove(text + 2, text + 3, strlen(text + 3) + 1);
	assert_memory_equal(text, "bc1.", 4);
	assert_int_equal(ticket_verify(*state, text, NOW, &read_ticket), STATUS_BAD_TICKET);
	ticket_issue(*state, &ticket, text);
	assert_int_equal(resume_verify(*state, text, NOW, &read), STATUS_BAD_TICKET);
}

/* ---- keys on disk ---- */

struct folder {
	char base[64], path[96], key[128], revoked[128];
	struct text error;
};

static int make_folder(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));
	strcpy(folder->base, "/tmp/boothcast-ticket-XXXXXX");
	assert_non_null(mkdtemp(folder->base));
	snprintf(folder->path, sizeof(folder->path), "%s/state", folder->base);
	snprintf(folder->key, sizeof(folder->key), "%s/ticket.key", folder->path);
	snprintf(folder->revoked, sizeof(folder->revoked), "%s/revoked", folder->path);
	text_init(&folder->error, 1000);
	*state = folder;
	return 0;
}

static int remove_folder(void **state)
{
	struct folder *folder = *state;
	unlink(folder->key);
	unlink(folder->revoked);
	rmdir(folder->path); /* fails when something else was left behind, and then so does the next */
	int left = rmdir(folder->base);
	text_free(&folder->error);
	free(folder);
	return left;
}

static void keys_are_made_once_and_for_the_owner_alone(void **state)
{
	struct folder *folder = *state;
	struct ticket ticket = interpreter(), read;
	struct stat about;
	char text[TICKET_SIZE];

	struct ticket_keys *keys = ticket_keys_open(folder->path, &folder->error);
	assert_non_null(keys);
	assert_int_equal(stat(folder->path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0700);
	assert_int_equal(stat(folder->key, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	ticket_issue(keys, &ticket, text);
	ticket_keys_free(keys);

	keys = ticket_keys_open(folder->path, &folder->error);
	assert_int_equal(ticket_verify(keys, text, NOW, &read), STATUS_OK);
	ticket_keys_free(keys);
}

static void bad_keys_are_refused_with_a_sentence(void **state)
{
	struct folder *folder = *state;
	ticket_keys_free(ticket_keys_open(folder->path, &folder->error));
	chmod(folder->key, 0640);
	assert_null(ticket_keys_open(folder->path, &folder->error));
	assert_non_null(strstr(folder->error.at, "chmod 600"));

	chmod(folder->key, 0600);
	assert_int_equal(truncate(folder->key, 20), 0);
	text_clear(&folder->error);
	assert_null(ticket_keys_open(folder->path, &folder->error));
	assert_non_null(strstr(folder->error.at, "no ticket key"));

	text_clear(&folder->error);
	assert_null(ticket_keys_open("/nowhere/at/all", &folder->error));
	assert_non_null(strstr(folder->error.at, "--state"));
	text_clear(&folder->error);
	assert_null(ticket_keys_open(folder->key, &folder->error)); /* a file, not a folder */
	assert_non_null(strstr(folder->error.at, "Not a directory"));
}

/* Eight processes open a state folder that is not there yet: all must end with the same key. */
static void processes_that_start_at_once_share_one_key(void **state)
{
	struct folder *folder = *state;
	int gate[2], results[2];
	char ids[8][KEY_ID_SIZE];
	assert_int_equal(pipe(gate), 0);
	assert_int_equal(pipe(results), 0);
	for (int i = 0; i < 8; i++) {
		pid_t child = fork();
		assert_true(child >= 0);
		if (child > 0)
			continue;
		char go;
		close(gate[1]);
		if (read(gate[0], &go, 1) != 0) /* until the parent closes it */
			_exit(1);
		struct ticket_keys *keys = ticket_keys_open(folder->path, &folder->error);
		_exit(keys == NULL || write(results[1], keys->id, KEY_ID_SIZE) != KEY_ID_SIZE);
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < 8; i++) {
		int status;
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
		assert_int_equal(read(results[0], ids[i], KEY_ID_SIZE), KEY_ID_SIZE);
		assert_string_equal(ids[i], ids[0]);
	}
	close(results[0]);
	close(results[1]);
}

/* The command is run as root, the server is not. */
static void what_root_makes_belongs_to_the_folders_owner(void **state)
{
	struct folder *folder = *state;
	struct stat about;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(folder->path, 0700), 0);
	assert_int_equal(chown(folder->path, 65534, 65534), 0);
	struct ticket_keys *keys = ticket_keys_open(folder->path, &folder->error);
	assert_non_null(keys);
	assert_int_equal(ticket_revoke(keys, "one", &folder->error), 0);
	ticket_keys_free(keys);
	assert_int_equal(stat(folder->key, &about), 0);
	assert_int_equal(about.st_uid, 65534);
	assert_int_equal(about.st_mode & 07777, 0600);
	assert_int_equal(stat(folder->revoked, &about), 0);
	assert_int_equal(about.st_uid, 65534);
}

static void put_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void revoked_ids_are_read_again_when_the_file_changes(void **state)
{
	struct folder *folder = *state;
	struct ticket_keys *keys = ticket_keys_open(folder->path, &folder->error);
	int64_t now_s = NOW;
	assert_false(ticket_revoked(keys, "one", now_s));

	put_file(folder->revoked, "# a remark\n\n  two\none   # lost\r\n");
	assert_false(ticket_revoked(keys, "one", now_s)); /* not looked at twice in a second */
	assert_true(ticket_revoked(keys, "one", ++now_s));
	assert_true(ticket_revoked(keys, "two", now_s));
	assert_false(ticket_revoked(keys, "#", now_s));
	assert_false(ticket_revoked(keys, "", now_s));
	assert_false(ticket_revoked(keys, "on", now_s));

	put_file(folder->revoked, "three"); /* no line end */
	assert_int_equal(ticket_revoke(keys, "four", &folder->error), 0);
	assert_true(ticket_revoked(keys, "three", ++now_s));
	assert_true(ticket_revoked(keys, "four", now_s));
	assert_false(ticket_revoked(keys, "one", now_s));

	put_file(folder->revoked, ""); /* everything is taken back */
	assert_false(ticket_revoked(keys, "three", ++now_s));
	assert_int_equal(ticket_revoke(keys, "five", &folder->error), 0);
	assert_true(ticket_revoked(keys, "five", ++now_s));
	ticket_keys_free(keys);
}

static void too_many_revoked_ids_leave_the_list_as_it_was(void **state)
{
	struct folder *folder = *state;
	struct ticket_keys *keys = ticket_keys_open(folder->path, &folder->error);
	put_file(folder->revoked, "first\n");
	assert_true(ticket_revoked(keys, "first", NOW));
	FILE *file = fopen(folder->revoked, "w");
	for (int i = 0; i <= REVOKED_MAX; i++)
		fprintf(file, "id-%d\n", i);
	fclose(file);
	assert_true(ticket_revoked(keys, "first", NOW + 1));
	assert_false(ticket_revoked(keys, "id-7", NOW + 1));
	ticket_keys_free(keys);
}

/* Whatever stands in the file's place, the last good list holds, is tried again, and holds anew when the file is good; and neither
 * a start nor a command takes a list that it cannot read for an empty one. */
static void unreadable_list_revokes_nobody_less(void **state)
{
	struct folder *folder = *state;
	struct ticket_keys *keys = ticket_keys_open(folder->path, &folder->error);
	int64_t now_s = NOW;
	char command[256];
	const char *const spoilers[] = {
		"rm -f '%s' && mkdir '%s'",                                  /* a folder */
		"rm -rf '%s' && mkfifo '%s'",                                /* must not hang */
		"rm -rf '%s' && ln -s /dev/zero '%s'",                       /* a device */
		"rm -rf '%s' && ln -s /nowhere/at/all '%s'",                 /* a link that leads nowhere */
		"rm -rf '%s' && head -c 1000 /dev/zero | tr '\\0' x > '%s'", /* a line without end */
		"rm -rf '%s' && seq 10001 | sed s/^/id-/ > '%s'",            /* more than fit */
		"rm -rf '%s'; true '%s'",                                    /* gone */
	};
	for (size_t i = 0; i < sizeof spoilers / sizeof *spoilers; i++) {
		put_file(folder->revoked, "one\n");
		assert_true(ticket_revoked(keys, "one", ++now_s));
		assert_false(ticket_revocations_unread(keys));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(command, sizeof command, spoilers[i], folder->revoked, folder->revoked);
#pragma GCC diagnostic pop
		assert_int_equal(system(command), 0);
		for (unsigned again = 0; again < 3; again++) {
			assert_true(ticket_revoked(keys, "one", ++now_s));
			assert_true(ticket_revocations_unread(keys));
		}
		bool gone = i + 1 == sizeof spoilers / sizeof *spoilers;
		text_clear(&folder->error);
		if (!gone && i != 3) { /* a link that leads nowhere is as no file for who reads it first */
			assert_int_equal(ticket_revocations_check(keys, &folder->error), -1);
			assert_non_null(strstr(folder->error.at, folder->revoked));
			text_clear(&folder->error);
			assert_int_equal(ticket_revoke(keys, "two", &folder->error), -1);
			assert_true(folder->error.size > 0);
		}
		snprintf(command, sizeof command, "rm -rf '%s'", folder->revoked);
		assert_int_equal(system(command), 0);
		put_file(folder->revoked, "other\n");
		assert_false(ticket_revoked(keys, "one", ++now_s));
		assert_true(ticket_revoked(keys, "other", now_s));
	}
	text_clear(&folder->error);
	ticket_keys_free(keys);
}

static void full_list_refuses_one_more(void **state)
{
	struct folder *folder = *state;
	struct ticket_keys *keys = ticket_keys_open(folder->path, &folder->error);
	char command[256];
	snprintf(command, sizeof command, "seq 10000 | sed s/^/id-/ > '%s'", folder->revoked);
	assert_int_equal(system(command), 0);
	assert_true(ticket_revoked(keys, "id-10000", NOW));
	text_clear(&folder->error);
	assert_int_equal(ticket_revoke(keys, "one", &folder->error), -1);
	assert_non_null(strstr(folder->error.at, "full"));
	text_clear(&folder->error);
	ticket_keys_free(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(issued_tickets_are_read_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_speaker_has_one_input_or_all, set_up, tear_down),
		cmocka_unit_test(every_role_has_a_word),
		cmocka_unit_test_setup_teardown(two_tickets_have_two_ids, set_up, tear_down),
		cmocka_unit_test_setup_teardown(times_are_kept_to_the_second, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_changed_letter_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_may_stand_around_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_texts_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_servers_ticket_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_whole_claims_are_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_payload_too_long_is_not_sealed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(resume_tokens_are_not_tickets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keys_are_made_once_and_for_the_owner_alone, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(bad_keys_are_refused_with_a_sentence, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(processes_that_start_at_once_share_one_key, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_root_makes_belongs_to_the_folders_owner, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(revoked_ids_are_read_again_when_the_file_changes, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(too_many_revoked_ids_leave_the_list_as_it_was, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(unreadable_list_revokes_nobody_less, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(full_list_refuses_one_more, make_folder, remove_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
