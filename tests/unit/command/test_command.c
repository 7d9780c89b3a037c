/* The commands as a person calls them: what comes out where, and with which exit code. Each call runs in a process of its own,
 * because getopt and stdout belong to the process.
 */
#include "command/command.h"
#include "command/duration.h"
#include "command/links.h"
#include "control/ticket.h"
#include "settings/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define DEMO TEST_ROOT "/config/chengdu-2025.yaml"
#define OUTPUT_MAX 65536

struct fixture {
	char base[64], state[96], out_path[96], err_path[96];
	char out[OUTPUT_MAX], err[OUTPUT_MAX];
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	strcpy(fixture->base, "/tmp/boothcast-command-XXXXXX");
	assert_non_null(mkdtemp(fixture->base));
	snprintf(fixture->state, sizeof(fixture->state), "%s/state", fixture->base);
	snprintf(fixture->out_path, sizeof(fixture->out_path), "%s/out", fixture->base);
	snprintf(fixture->err_path, sizeof(fixture->err_path), "%s/err", fixture->base);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char path[128];
	unlink(fixture->out_path);
	unlink(fixture->err_path);
	snprintf(path, sizeof(path), "%s/ticket.key", fixture->state);
	unlink(path);
	snprintf(path, sizeof(path), "%s/revoked", fixture->state);
	unlink(path);
	rmdir(fixture->state);
	int left = rmdir(fixture->base);
	free(fixture);
	return left;
}

static void read_back(const char *path, char *to)
{
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	size_t size = fread(to, 1, OUTPUT_MAX - 1, file);
	to[size] = '\0';
	fclose(file);
}

/* Runs a command with a list of arguments that ends with NULL; its exit code. */
static int run(struct fixture *fixture, int (*command)(int, char **), const char *first, ...)
{
	char *argv[32] = {(char *)first};
	int argc = 0, status;
	va_list list;
	va_start(list, first);
	while (argv[argc] != NULL)
		argv[++argc] = va_arg(list, char *);
	va_end(list);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		if (freopen(fixture->out_path, "w", stdout) == NULL || freopen(fixture->err_path, "w", stderr) == NULL)
			_exit(99);
		int code = command(argc, argv);
		fflush(NULL);
		_exit(code);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	read_back(fixture->out_path, fixture->out);
	read_back(fixture->err_path, fixture->err);
	return WEXITSTATUS(status);
}

/* The ticket that stands in `text` up to the end of the line. */
static struct ticket read_ticket(struct fixture *fixture, const char *text)
{
	struct text error;
	struct ticket ticket;
	char line[TICKET_SIZE];
	text_init(&error, 1000);
	struct ticket_keys *keys = ticket_keys_open(fixture->state, &error);
	assert_non_null(keys);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	assert_int_not_equal(ticket_verify(keys, line, time(NULL), &ticket), STATUS_BAD_TICKET);
	ticket_keys_free(keys);
	text_free(&error);
	return ticket;
}

#define TICKET(...) run(fixture, command_ticket, "ticket", "--state", fixture->state, __VA_ARGS__, NULL)

static void ticket_stands_alone_on_standard_output(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(TICKET("--config", DEMO, "--room", "hall", "--role", "interpreter", "--booth", "zh-en", "--desk", "1",
				"--valid", "12h"),
			 0);
	assert_memory_equal(fixture->out, "bc1.", 4);
	assert_ptr_equal(strchr(fixture->out, '\n'), fixture->out + strlen(fixture->out) - 1);
	assert_string_equal(fixture->err, "");
	struct ticket ticket = read_ticket(fixture, fixture->out);
	assert_string_equal(ticket.room, "hall");
	assert_int_equal(ticket.role, ROLE_INTERPRETER);
	assert_string_equal(ticket.booth, "zh-en");
	assert_int_equal(ticket.desk, 1);
	assert_int_equal(ticket.channels, 0);
	assert_in_range(ticket.exp, time(NULL) + 12 * 3600 - 60, time(NULL) + 12 * 3600);
}

static void channels_and_times(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(TICKET("--config", DEMO, "--room", "hall", "--role", "press", "--channels", "0,en-gb,6", "--from",
				"2035-03-21 08:30", "--valid", "1d12h"),
			 0);
	struct ticket ticket = read_ticket(fixture, fixture->out);
	assert_int_equal(ticket.channels, 1 << 0 | 1 << 2 | 1 << 6);
	assert_int_equal(ticket.nbf, 2058049800); /* in Chengdu */
	assert_int_equal(ticket.exp, 2058049800 + 36 * 3600);
}

static void a_speaker_may_have_one_input(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(TICKET("--config", DEMO, "--room", "talks", "--role", "speaker", "--input", "guest", "--channels", "en-GB"), 0);
	struct ticket ticket = read_ticket(fixture, fixture->out);
	assert_string_equal(ticket.input, "guest");
	assert_int_equal(ticket.channels, 1 << 2);
	assert_int_equal(TICKET("--config", DEMO, "--room", "hall", "--role", "speaker"), 0);
	assert_string_equal(read_ticket(fixture, fixture->out).input, "");
}

static void links_go_to_the_page_of_the_role(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *role, *room, *start;
	} cases[] = {
		{"listener", "talks", "http://127.0.0.1:8080/r/talks#t=bc1."},
		{"press", "hall", "http://127.0.0.1:8080/r/hall#t=bc1."},
		{"speaker", "visit", "http://127.0.0.1:8080/speak#t=bc1."},
		{"speaker", "talks", "http://127.0.0.1:8080/talk#t=bc1."},
		{"av", "hall", "http://127.0.0.1:8080/av#t=bc1."},
		{"organiser", "hall", "http://127.0.0.1:8080/av#t=bc1."},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(TICKET("--config", DEMO, "--room", cases[i].room, "--role", cases[i].role, "--link"), 0);
		assert_memory_equal(fixture->out, cases[i].start, strlen(cases[i].start));
		assert_string_equal(read_ticket(fixture, strstr(fixture->out, "bc1.")).room, cases[i].room);
	}
	assert_int_equal(TICKET("--config", DEMO, "--room", "hall", "--role", "interpreter", "--booth", "fr", "--link", "--url",
				"https://a.org/"),
			 0);
	assert_memory_equal(fixture->out, "https://a.org/booth#t=bc1.", 26);
}

static void qr_code_is_drawn_above_its_link(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(TICKET("--config", DEMO, "--room", "hall", "--role", "av", "--qr"), 0);
	/* the quiet zone's first line is all light, and as wide as the code */
	size_t line = strcspn(fixture->out, "\n");
	assert_int_equal(line % 3, 0);
	for (size_t i = 0; i < line; i += 3)
		assert_memory_equal(fixture->out + i, "█", 3);
	assert_non_null(strstr(fixture->out, "\nhttp://127.0.0.1:8080/av#t=bc1."));
	assert_null(strchr(fixture->out, '\033'));
}

static void what_is_not_there_gets_no_ticket(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *argv[10], *told;
	} cases[] = {
		{{"--room", "hal", "--role", "av"}, "it has hall, talks, visit, dinner"},
		{{"--room", "hall", "--role", "king"}, "no role \"king\""},
		{{"--room", "hall", "--role", "interpreter"}, "--booth"},
		{{"--room", "hall", "--role", "interpreter", "--booth", "de"}, "it has zh-en, fr, es, ru, it"},
		{{"--room", "hall", "--role", "interpreter", "--booth", "fr", "--desk", "3"}, "write 1 to 2"},
		{{"--room", "hall", "--role", "interpreter", "--booth", "fr", "--desk", "1x"}, "no desk \"1x\""},
		{{"--room", "hall", "--role", "av", "--booth", "fr"}, "only an interpreter"},
		{{"--room", "hall", "--role", "press", "--channels", "7"}, "no channel \"7\""},
		{{"--room", "hall", "--role", "press", "--channels", "1,"}, "no channel \"\""},
		{{"--room", "talks", "--role", "speaker", "--input", "backup"}, "it has main, guest"},
		{{"--room", "talks", "--role", "av", "--input", "guest"}, "only a speaker"},
		{{"--room", "hall", "--role", "av", "--valid", "12"}, "no length of time"},
		{{"--room", "hall", "--role", "av", "--from", "tomorrow"}, "is no time"},
		{{"--room", "hall", "--role", "av", "--from", "2025-03-21 09:00"}, "over already"},
		{{"--room", "hall", "--role", "av", "--link", "--url", "a.org"}, "--url"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const *a = cases[i].argv;
		assert_int_equal(TICKET("--config", DEMO, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]), 1);
		assert_string_equal(fixture->out, "");
		if (strstr(fixture->err, cases[i].told) == NULL)
			fail_msg("\"%s\" is not in: %s", cases[i].told, fixture->err);
	}
}

static void wrong_calls_have_their_own_exit_code(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(TICKET("--room", "hall", "--role", "av"), 2);
	assert_non_null(strstr(fixture->err, "--config"));
	assert_int_equal(TICKET("--config", DEMO, "--role", "av"), 2);
	assert_int_equal(TICKET("--config", DEMO, "--room", "hall"), 2);
	assert_int_equal(TICKET("--config", DEMO, "--room", "hall", "--role", "av", "--unknown"), 2);
	assert_int_equal(TICKET("--config", DEMO, "--room", "hall", "--role", "av", "more"), 2);
	assert_non_null(strstr(fixture->err, "\"more\""));
	assert_int_equal(TICKET("--help"), 0);
	assert_non_null(strstr(fixture->out, "Usage: boothcast ticket"));
}

static void tickets_are_taken_back_whole_or_by_id(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(TICKET("--config", DEMO, "--room", "hall", "--role", "av"), 0);
	char text[TICKET_SIZE];
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(fixture->out, "\n"), fixture->out);
	struct ticket ticket = read_ticket(fixture, text);
	assert_int_equal(TICKET("--revoke", text), 0);
	assert_memory_equal(fixture->out, ticket.id, strlen(ticket.id));
	assert_int_equal(TICKET("--revoke", "some-id"), 0);
	text[20]++;
	assert_int_equal(TICKET("--revoke", text), 1);

	struct text error;
	text_init(&error, 1000);
	struct ticket_keys *keys = ticket_keys_open(fixture->state, &error);
	assert_true(ticket_revoked(keys, ticket.id, 1));
	assert_true(ticket_revoked(keys, "some-id", 1));
	ticket_keys_free(keys);
	text_free(&error);
}

static void check_says_good_and_what_is_in_it(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(run(fixture, command_check, "check", "--config", DEMO, NULL), 0);
	assert_memory_equal(fixture->out, DEMO ": good\n", strlen(DEMO) + 7);
	assert_non_null(strstr(fixture->out, "2 English (en-GB)"));
	assert_non_null(strstr(fixture->out, "room talks: One-on-one talks, closed\n    inputs: main, guest, all of them the floor"));
	assert_non_null(strstr(fixture->out, "inputs: main, backup\n"));
	assert_string_equal(fixture->err, "");
	assert_int_equal(run(fixture, command_check, "check", TEST_ROOT "/config/minimal.yaml", NULL), 0);
}

static void check_says_what_is_wrong(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(run(fixture, command_check, "check", "--config", TEST_ROOT "/CMakeLists.txt", NULL), 1);
	assert_string_equal(fixture->out, "");
	assert_memory_equal(fixture->err, TEST_ROOT "/CMakeLists.txt:", strlen(TEST_ROOT) + 16);
	assert_int_equal(run(fixture, command_check, "check", NULL), 2);
	assert_int_equal(run(fixture, command_check, "check", DEMO, DEMO, NULL), 2);
	assert_int_equal(run(fixture, command_check, "check", "--help", NULL), 0);
}

static void durations(void **state)
{
	(void)state;
	int64_t seconds = 0;
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {{"90s", 90},       {"90m", 5400},       {"12h", 43200}, {"3d", 259200},
		    {"1d12h", 129600}, {"1d2h3m4s", 93784}, {"0h1s", 1}};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(duration_read_s(good[i].text, &seconds));
		assert_int_equal(seconds, good[i].seconds);
	}
	static const char *const bad[] = {
		"", "12", "h", "12 h", "12h ", "-1h", "1.5h", "0h", "12h1d", "1h1h", "1w", "9999d", "99999999999999999999h"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(duration_read_s(bad[i], &seconds));
}

static void base_of_links_follows_the_settings(void **state)
{
	(void)state;
	char base[LINK_BASE_SIZE], url[] = "https://live.example.org", certificate[] = "/a.pem";
	char all[] = "[::]:8443", one[] = "[fe80::1]:80", host[] = "10.0.0.5:8080";
	struct settings settings = {.server = {.listen = all}};
	links_base(&settings, base, sizeof(base));
	assert_string_equal(base, "http://localhost:8443");
	settings.server.certificate = certificate;
	settings.server.listen = one;
	links_base(&settings, base, sizeof(base));
	assert_string_equal(base, "https://[fe80::1]:80");
	settings.server.listen = host;
	links_base(&settings, base, sizeof(base));
	assert_string_equal(base, "https://10.0.0.5:8080");
	settings.server.public_url = url;
	links_base(&settings, base, sizeof(base));
	assert_string_equal(base, url);
}

static void demo_links_open_what_they_say(void **state)
{
	struct fixture *fixture = *state;
	struct settings *settings = NULL;
	struct text error;
	struct ticket ticket;
	text_init(&error, 10000);
	assert_int_equal(settings_load(&settings, DEMO, &error), 0);
	struct ticket_keys *keys = ticket_keys_open(fixture->state, &error);
	FILE *out = fopen(fixture->out_path, "w");
	assert_non_null(out);
	fclose(fopen(fixture->err_path, "w"));
	assert_int_equal(links_print(out, settings, keys, "http://127.0.0.1:1234"), 0);
	fclose(out);
	read_back(fixture->out_path, fixture->out);

	assert_non_null(strstr(fixture->out, "\n  http://127.0.0.1:1234/r/hall\n")); /* an open room: no ticket */
	static const struct {
		enum role role;
		uint8_t desk;
		const char *page, *room, *input;
		uint32_t channels;
	} expected[] = {
		{ROLE_INTERPRETER, 1, "booth", "hall", "", 0},      {ROLE_INTERPRETER, 2, "booth", "hall", "", 0},
		{ROLE_SPEAKER, 0, "speak", "hall", "", 0},          {ROLE_AV, 0, "av", "hall", "", 0},
		{ROLE_SPEAKER, 0, "talk", "talks", "main", 1 << 1}, {ROLE_SPEAKER, 0, "talk", "talks", "guest", 1 << 2},
		{ROLE_INTERPRETER, 1, "booth", "talks", "", 0},
	};
	const char *at = fixture->out;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		char start[64];
		snprintf(start, sizeof(start), "http://127.0.0.1:1234/%s#t=", expected[i].page);
		at = strstr(at, "#t=");
		assert_non_null(at);
		assert_memory_equal(at + 3 - strlen(start), start, strlen(start));
		ticket = read_ticket(fixture, at + 3);
		assert_int_equal(ticket.role, expected[i].role);
		assert_int_equal(ticket.desk, expected[i].desk);
		assert_string_equal(ticket.room, expected[i].room);
		assert_string_equal(ticket.input, expected[i].input);
		assert_int_equal(ticket.channels, expected[i].channels);
		at += 3;
	}
	ticket_keys_free(keys);
	settings_free(settings);
	text_free(&error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ticket_stands_alone_on_standard_output, set_up, tear_down),
		cmocka_unit_test_setup_teardown(channels_and_times, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_speaker_may_have_one_input, set_up, tear_down),
		cmocka_unit_test_setup_teardown(links_go_to_the_page_of_the_role, set_up, tear_down),
		cmocka_unit_test_setup_teardown(qr_code_is_drawn_above_its_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_there_gets_no_ticket, set_up, tear_down),
		cmocka_unit_test_setup_teardown(wrong_calls_have_their_own_exit_code, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tickets_are_taken_back_whole_or_by_id, set_up, tear_down),
		cmocka_unit_test_setup_teardown(check_says_good_and_what_is_in_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(check_says_what_is_wrong, set_up, tear_down),
		cmocka_unit_test(durations),
		cmocka_unit_test(base_of_links_follows_the_settings),
		cmocka_unit_test_setup_teardown(demo_links_open_what_they_say, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
