/* boothcast serve: the options of the command line, and then the server. */
#include "base/url.h"
#include "boothcast/limits.h"
#include "command/command.h"
#include "server.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Usage: boothcast serve --config FILE [OPTION...]\n"
	"\n"
	"Serves the event of a settings file until Ctrl-C. The first line that it prints is: listening on http://HOST:PORT\n"
	"\n"
	"  --config FILE       the settings (boothcast check says whether they are good)\n"
	"  --listen HOST:PORT  instead of the address in the settings; port 0 picks a free one\n"
	"  --tls               TLS with a self-signed certificate, made in the state folder, when the settings name none: for a\n"
	"                      trial, since browsers warn until they are told to trust it\n"
	"  --state DIR         folder for keys and counters (default: state); made when it is missing\n"
	"  --web DIR           folder of the built pages (default: web, beside the program)\n"
	"  --delivery WAY      of packets to sockets: batch (many in one system call, by io_uring), direct, or auto (default):\n"
	"                      batch where the kernel allows it\n"
	"  --sealing WHO       of the records of TLS: kernel, server, or auto (default): the kernel where it can\n"
	"  --loops N           event loops that serve connections, 1 to 8, instead of what the settings say (default: one for each core)\n"
	"  --demo              recorded voices play a conference, and the links to it are printed\n";

enum {
	OPTION_CONFIG = 256,
	OPTION_LISTEN,
	OPTION_TLS,
	OPTION_STATE,
	OPTION_WEB,
	OPTION_DELIVERY,
	OPTION_SEALING,
	OPTION_LOOPS,
	OPTION_DEMO,
	OPTION_HELP
};

/* The place of `word` among three; 3: it is none of them. */
static unsigned find(const char *word, const char *const words[3])
{
	unsigned i = 0;
	while (i < 3 && strcmp(word, words[i]) != 0)
		i++;
	return i;
}

static bool take_delivery(struct server_options *options, const char *word)
{
	static const char *const words[3] = {[DELIVERY_AUTO] = "auto", [DELIVERY_BATCH] = "batch", [DELIVERY_DIRECT] = "direct"};
	options->delivery = (enum delivery)find(word, words);
	return options->delivery < 3;
}

static bool take_sealing(struct server_options *options, const char *word)
{
	static const char *const words[3] = {[SEALING_AUTO] = "auto", [SEALING_KERNEL] = "kernel", [SEALING_SERVER] = "server"};
	options->sealing = (enum sealing)find(word, words);
	return options->sealing < 3;
}

static bool take_loops(struct server_options *options, const char *word)
{
	char *end;
	unsigned long loops = strtoul(word, &end, 10);
	options->loops = (unsigned)loops;
	return word[0] >= '1' && word[0] <= '9' && *end == '\0' && loops <= LOOPS_MAX;
}

/* Said before anything is made or locked. */
static bool take_listen(struct server_options *options, const char *word)
{
	struct host_port at;
	const char *wrong = host_port_split(word, &at);
	options->listen = word;
	if (wrong != NULL)
		fprintf(stderr, "boothcast: --listen is HOST:PORT, such as 0.0.0.0:8080, 127.0.0.1:0 or [::]:8080; %s cannot be used, because %s.\n",
			word, wrong);
	return wrong == NULL;
}

int command_serve(int argc, char **argv)
{
	static const struct option known[] = {
		{"config", required_argument, NULL, OPTION_CONFIG},     {"listen", required_argument, NULL, OPTION_LISTEN},
		{"tls", no_argument, NULL, OPTION_TLS},                 {"state", required_argument, NULL, OPTION_STATE},
		{"web", required_argument, NULL, OPTION_WEB},           {"delivery", required_argument, NULL, OPTION_DELIVERY},
		{"sealing", required_argument, NULL, OPTION_SEALING},   {"loops", required_argument, NULL, OPTION_LOOPS},
		{"demo", no_argument, NULL, OPTION_DEMO},               {"help", no_argument, NULL, OPTION_HELP},
		{NULL, 0, NULL, 0},
	};
	const char *state = getenv("STATE_DIRECTORY"); /* systemd's */
	struct server_options options = {.state = state != NULL ? state : "state"};
	for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		switch (option) {
		case OPTION_CONFIG: options.config = optarg; break;
		case OPTION_LISTEN:
			if (take_listen(&options, optarg))
				break;
			return 2;
		case OPTION_STATE: options.state = optarg; break;
		case OPTION_WEB: options.web = optarg; break;
		case OPTION_DELIVERY:
			if (take_delivery(&options, optarg))
				break;
			fprintf(stderr, "boothcast: --delivery is auto, batch or direct, not %s.\n", optarg);
			return 2;
		case OPTION_SEALING:
			if (take_sealing(&options, optarg))
				break;
			fprintf(stderr, "boothcast: --sealing is auto, kernel or server, not %s.\n", optarg);
			return 2;
		case OPTION_LOOPS:
			if (take_loops(&options, optarg))
				break;
			fprintf(stderr, "boothcast: --loops is a number from 1 to %d, not %s.\n", LOOPS_MAX, optarg);
			return 2;
		case OPTION_TLS: options.tls = true; break;
		case OPTION_DEMO: options.demo = true; break;
		case OPTION_HELP: fputs(help, stdout); return 0;
		default: fputs(help, stderr); return 2;
		}
	}
	if (options.config == NULL || optind < argc) {
		fputs(options.config == NULL ? "boothcast: serve needs --config FILE.\n\n" : "boothcast: serve takes options only.\n\n", stderr);
		fputs(help, stderr);
		return 2;
	}
	return server_run(&options);
}
