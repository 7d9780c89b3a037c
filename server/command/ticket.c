/* boothcast ticket: makes a ticket by the settings file and the key of the state folder, or takes one back. The server need not
 * run, and need not be told: it knows its own signature.
 *
 *   options --read--> struct ticket_options --settings--> struct ticket --ticket_issue()--> text --> as it is, link, QR code
 *
 * Everything is checked against the settings, so that nobody stands at the booth door with a ticket for a desk that is not there.
 */
#include "command/command.h"

#include "command/claims.h"
#include "command/links.h"
#include "command/qr.h"
#include "control/ticket.h"
#include "settings/format.h"
#include "settings/settings.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ERRORS_SIZE 65536
#define DEFAULT_STATE "state"
#define DEFAULT_VALID "24h"

static const char help[] = "Usage: boothcast ticket --config FILE --room ROOM --role ROLE [OPTION...]\n"
			   "       boothcast ticket --revoke TICKET [--state DIR]\n"
			   "\n"
			   "Makes a ticket and prints it alone on standard output. Whoever has it, has what it allows:\n"
			   "hand it out as you would a key.\n"
			   "\n"
			   "  --config FILE     the settings file of the event\n"
			   "  --state DIR       the folder with the signing key (default: state); made on first use\n"
			   "  --room ROOM       the room that it opens, by its id\n"
			   "  --role ROLE       listener, interpreter, speaker, av, press or organiser\n"
			   "  --booth BOOTH     an interpreter's booth\n"
			   "  --desk NUMBER     and desk: 1, 2, ... (without: any desk of the booth)\n"
			   "  --input INPUT     the one floor input that a speaker sends, by its id (without: any of the room)\n"
			   "  --channels LIST   only these channels, by number or language: 1,2 or zh-CN,en-GB (0: the floor)\n"
			   "  --from TIME       not valid before: \"2025-03-21 08:30\", in the event's time zone\n"
			   "  --valid TIME      how long it is valid, from now or from --from: 90m, 12h, 3d (default: 24h)\n"
			   "\n"
			   "  --link            prints a link with the ticket instead\n"
			   "  --qr              prints a QR code of the link, and the link below it\n"
			   "  --url URL         where the server is, for links (default: server: public_url, else server: listen)\n"
			   "\n"
			   "  --revoke TICKET   takes a ticket back (or give its id); a running server ends its connections\n"
			   "  --help            this text\n"
			   "\n"
			   "Exit code: 0 made, 1 refused, 2 called wrongly.\n"
			   "\n"
			   "Example: boothcast ticket --config config/chengdu-2025.yaml --room hall \\\n"
			   "           --role interpreter --booth zh-en --desk 1 --valid 12h --link\n";

static bool read_options(int argc, char **argv, struct ticket_options *to)
{
	*to = (struct ticket_options){.state = DEFAULT_STATE, .valid = DEFAULT_VALID};
	const struct {
		const char *name;
		const char **text;
		bool *flag;
	} known[] = {
		{"config", &to->config, NULL},
		{"state", &to->state, NULL},
		{"room", &to->room, NULL},
		{"role", &to->role, NULL},
		{"booth", &to->booth, NULL},
		{"desk", &to->desk, NULL},
		{"input", &to->input, NULL},
		{"channels", &to->channels, NULL},
		{"from", &to->from, NULL},
		{"valid", &to->valid, NULL},
		{"url", &to->url, NULL},
		{"revoke", &to->revoke, NULL},
		{"link", NULL, &to->link},
		{"qr", NULL, &to->qr},
		{"help", NULL, &to->help},
	};
	enum { COUNT = sizeof(known) / sizeof(known[0]) };
	struct option options[COUNT + 1] = {0};
	for (int i = 0; i < COUNT; i++)
		options[i] = (struct option){known[i].name, known[i].text != NULL ? required_argument : no_argument, NULL, i + 1};

	int option;
	optind = 0; /* GNU: begin anew */
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option < 1 || option > COUNT)
			return false;
		if (known[option - 1].text != NULL)
			*known[option - 1].text = optarg;
		else
			*known[option - 1].flag = true;
	}
	return optind == argc || claims_refuse("\"%s\" is no option", argv[optind]);
}

static bool check_options(const struct ticket_options *options)
{
	if (options->config == NULL)
		return claims_refuse("give the settings file, such as --config config/chengdu-2025.yaml");
	if (options->room == NULL)
		return claims_refuse("give the room, such as --room hall");
	if (options->role == NULL)
		return claims_refuse("give the role, such as --role interpreter");
	return true;
}

/* ---- what is printed ---- */

/* The server's address without a slash at the end; false, and said, when --url is none. */
static bool find_base(const struct ticket_options *options, const struct settings *settings, char *base, size_t size)
{
	struct text wrong;
	if (options->url == NULL) {
		links_base(settings, base, size);
		return true;
	}
	snprintf(base, size, "%s", options->url);
	while (strlen(base) > 0 && base[strlen(base) - 1] == '/')
		base[strlen(base) - 1] = '\0';
	text_init(&wrong, 2000);
	bool good = format_origin(base, &wrong) || claims_refuse("--url: %s", wrong.at);
	text_free(&wrong);
	return good;
}

static bool print_ticket(const struct ticket_options *options, const struct settings *settings, const char *base,
			 const struct ticket *ticket, const char *text)
{
	char link[LINK_SIZE];
	if (!options->link && !options->qr)
		return puts(text) >= 0;
	links_make(link, base, settings, ticket, text);
	if (options->qr && qr_print(stdout, link, isatty(STDOUT_FILENO)) != 0)
		return claims_refuse("the link is too long for a QR code; give a shorter --url");
	return puts(link) >= 0;
}

/* A line for the person at the terminal; a program that reads the ticket does not see it. */
static void print_about(const struct ticket *ticket)
{
	char until[32], desk[8] = "";
	struct tm local;
	time_t exp = (time_t)ticket->exp;
	if (!isatty(STDERR_FILENO))
		return;
	strftime(until, sizeof(until), "%Y-%m-%d %H:%M %Z", localtime_r(&exp, &local));
	if (ticket->desk != 0)
		snprintf(desk, sizeof(desk), "/%u", ticket->desk);
	fprintf(stderr, "Ticket %s: room %s, %s %s%s, until %s\n", ticket->id, ticket->room, role_word(ticket->role),
		ticket->input[0] != '\0' ? ticket->input : ticket->booth, desk, until);
}

static struct ticket_keys *open_keys(const char *state)
{
	struct text error;
	text_init(&error, 2000);
	struct ticket_keys *keys = ticket_keys_open(state, &error);
	if (keys == NULL)
		claims_refuse("%s", error.at);
	text_free(&error);
	return keys;
}

static bool make(const struct ticket_options *options, const struct settings *settings)
{
	struct ticket ticket = {0};
	char text[TICKET_SIZE], base[LINK_BASE_SIZE];
	if (!claims_read(options, settings, &ticket) || !find_base(options, settings, base, sizeof(base)))
		return false;
	struct ticket_keys *keys = open_keys(options->state);
	if (keys == NULL)
		return false;
	ticket_issue(keys, &ticket, text);
	bool printed = print_ticket(options, settings, base, &ticket, text);
	if (printed)
		print_about(&ticket);
	ticket_keys_free(keys);
	return printed;
}

static bool load_and_make(const struct ticket_options *options)
{
	struct settings *settings = NULL;
	struct text errors;
	text_init(&errors, ERRORS_SIZE);
	bool good = settings_load(&settings, options->config, &errors) == 0;
	if (!good)
		fputs(errors.at, stderr);
	text_free(&errors);
	if (!good)
		return false;
	good = make(options, settings);
	settings_free(settings);
	return good;
}

/* `revoke` is a whole ticket of these keys, or an id. */
static bool take_back(const struct ticket_options *options)
{
	struct ticket ticket;
	struct text error;
	struct ticket_keys *keys = open_keys(options->state);
	if (keys == NULL)
		return false;
	const char *id = options->revoke;
	if (ticket_verify(keys, id, 0, &ticket) != STATUS_BAD_TICKET)
		id = ticket.id;
	text_init(&error, 2000);
	bool good = strlen(id) > 0 && strlen(id) < NAME_SIZE && strpbrk(id, " \t\r\n#.") == NULL;
	if (!good)
		claims_refuse("that is neither a ticket of this key nor the id of one");
	else if (ticket_revoke(keys, id, &error) != 0)
		good = claims_refuse("%s", error.at);
	else
		printf("%s\n", id);
	text_free(&error);
	ticket_keys_free(keys);
	return good;
}

int command_ticket(int argc, char **argv)
{
	struct ticket_options options;
	if (!read_options(argc, argv, &options) || (!options.help && options.revoke == NULL && !check_options(&options))) {
		fputs("Try `boothcast ticket --help`.\n", stderr);
		return 2;
	}
	if (options.help) {
		fputs(help, stdout);
		return 0;
	}
	return (options.revoke != NULL ? take_back(&options) : load_and_make(&options)) ? 0 : 1;
}
