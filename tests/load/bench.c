/* boothcast bench: how many listeners a server carries, asked from outside by being those listeners.
 *
 *   options --> probe (one listener, alone) --+--> climb.c   steps, and the sentence
 *                                             +--> once.c    --once: one window, and its numbers
 *                                             \--> herd.c    --herd: many at once, while others listen
 *
 * It stands beside the tests because it is what measures the server there, too (tests/bench), and shares with the server no more
 * than the wire's headers and its clock.
 */
#include "load/bench.h"
#include "load/judge.h"
#include "load/probe.h"
#include "load/process.h"

#include "command/command.h"
#include "command/remote.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTENERS_MAX 25000 /* from one address: the kernel has 28,000 ports for its connections */

/* What is only for this file. */
struct options {
	struct bench bench;
	struct remote_options remote;
	unsigned channel;
	bool all_channels, once;
	long cpu; /* to stay on; -1: any */
};

static const char help[] =
	"Usage: boothcast bench --listeners N [OPTION...]\n"
	"\n"
	"Says how many listeners a server carries, and what the limit is: comes to it as more and more of them, and hears whether\n"
	"any packet is lost or late. Best from a second machine; on the server's own it takes processor time from it.\n"
	"The last line is such as: this machine carries 5000 listeners. Exit code: 0 all were carried, 1 not, 2 could not measure.\n"
	"\n"
	REMOTE_HELP
	"  --listeners N       as many as there shall be\n"
	"  --channel NUMBER    what they hear; 0 is the floor (default: 1)\n"
	"  --channels          spreads them over all channels of the room instead\n"
	"  --rendition NAME    standard (default), high or saver\n"
	"  --first N           listeners of the first step (default: 100); the steps double until one is too much\n"
	"  --seconds S         that each step is listened to (default: 5)\n"
	"  --late MS           what counts as late (default: 100), and 2.5 times that as a pause\n"
	"  --ramp N            how many come in a second (default: 400)\n"
	"  --json              the result as JSON\n"
	"\n"
	"Instead of steps:\n"
	"  --once              all at once for one window, and its numbers\n"
	"  --herd N            --listeners listen, and N more come back in one moment, as after a restart; says what that costs\n"
	"                      those who listen\n"
	"\n"
	"For comparisons:\n"
	"  --pid PID           with --once: of the server, when it runs on this machine; its CPU and memory are measured\n"
	"  --cpu N             stays on this processor\n"
	"  --settle S          seconds between the last one's coming and the window (default: 1)\n"
	"  --look US           looks at the sockets every so many microseconds (default: 1000; delays get longer by up to that);\n"
	"                      0: is woken by each packet, which costs a server on this machine more than the packet does.\n"
	"                      More than a second and a small buffer make listeners with a bad network of them\n"
	"  --buffer BYTES      receive buffer of each socket (default: 32768)\n";

enum {
	OPTION_LISTENERS = 256, OPTION_CHANNEL, OPTION_CHANNELS, OPTION_RENDITION, OPTION_FIRST, OPTION_SECONDS, OPTION_LATE,
	OPTION_RAMP, OPTION_JSON, OPTION_ONCE, OPTION_HERD, OPTION_PID, OPTION_CPU, OPTION_SETTLE, OPTION_LOOK, OPTION_BUFFER, OPTION_HELP
};

static const struct option known[] = {
	REMOTE_OPTIONS,
	{"listeners", required_argument, NULL, OPTION_LISTENERS}, {"channel", required_argument, NULL, OPTION_CHANNEL},
	{"channels", no_argument, NULL, OPTION_CHANNELS},         {"rendition", required_argument, NULL, OPTION_RENDITION},
	{"first", required_argument, NULL, OPTION_FIRST},         {"seconds", required_argument, NULL, OPTION_SECONDS},
	{"late", required_argument, NULL, OPTION_LATE},           {"ramp", required_argument, NULL, OPTION_RAMP},
	{"json", no_argument, NULL, OPTION_JSON},                 {"once", no_argument, NULL, OPTION_ONCE},
	{"herd", required_argument, NULL, OPTION_HERD},           {"pid", required_argument, NULL, OPTION_PID},
	{"cpu", required_argument, NULL, OPTION_CPU},             {"settle", required_argument, NULL, OPTION_SETTLE},
	{"look", required_argument, NULL, OPTION_LOOK},           {"buffer", required_argument, NULL, OPTION_BUFFER},
	{"help", no_argument, NULL, OPTION_HELP},                 {NULL, 0, NULL, 0},
};

/* ---- options ---- */

/* The bounds of an option that is a number; NULL when it is none. */
static const struct bounds {
	int option;
	double min, max;
} bounds[] = {
	{OPTION_LISTENERS, 0, LISTENERS_MAX}, {OPTION_CHANNEL, 0, CHANNELS_MAX - 1}, {OPTION_FIRST, 1, LISTENERS_MAX},
	{OPTION_SECONDS, 0.1, 86400},         {OPTION_LATE, 1, 60000},               {OPTION_RAMP, 1, 1e6},
	{OPTION_HERD, 1, LISTENERS_MAX},      {OPTION_PID, 1, 1e9},                  {OPTION_CPU, 0, 4096},
	{OPTION_SETTLE, 0, 3600},             {OPTION_LOOK, 0, 1e8},                 {OPTION_BUFFER, 1, 1e9},
};

static bool in_bounds(int option, const char *text, double *value)
{
	char *end;
	*value = strtod(text, &end);
	for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
		if (bounds[i].option == option)
			return end != text && *end == '\0' && *value >= bounds[i].min && *value <= bounds[i].max;
	}
	return false;
}

static bool take_number(struct options *options, int option, const char *text)
{
	struct bench *bench = &options->bench;
	double value;
	if (!in_bounds(option, text, &value))
		return false;
	switch (option) {
	case OPTION_LISTENERS: bench->listeners = (unsigned)value; break;
	case OPTION_CHANNEL: options->channel = (unsigned)value; break;
	case OPTION_FIRST: bench->first = (unsigned)value; break;
	case OPTION_SECONDS: bench->seconds = value; break;
	case OPTION_LATE: bench->late_ms = (unsigned)value; break;
	case OPTION_RAMP: bench->ramp_per_s = (unsigned)value; break;
	case OPTION_HERD: bench->herd = (unsigned)value; break;
	case OPTION_PID: bench->pid = (long)value; break;
	case OPTION_CPU: options->cpu = (long)value; break;
	case OPTION_SETTLE: bench->settle_s = value; break;
	case OPTION_LOOK: bench->swarm.look_us = (unsigned)value; break;
	case OPTION_BUFFER: bench->swarm.buffer_bytes = (unsigned)value; break;
	}
	return true;
}

static void refuse_number(int option, const char *text)
{
	const char *name = "";
	for (const struct option *one = known; one->name != NULL; one++) {
		if (one->val == option)
			name = one->name;
	}
	bool many = option == OPTION_LISTENERS || option == OPTION_HERD;
	fprintf(stderr, "boothcast: --%s cannot be %s.%s\n", name, text,
		many ? " From one machine no more than 25000 can come; several may run it at once." : "");
}

/* Fills the options; -1 to go on, else the program's exit code. */
static int take_options(struct options *options, int argc, char **argv)
{
	for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		if (remote_option(&options->remote, option, optarg))
			continue;
		switch (option) {
		case OPTION_CHANNELS: options->all_channels = true; break;
		case OPTION_RENDITION: options->bench.swarm.rendition = optarg; break;
		case OPTION_JSON: options->bench.json = true; break;
		case OPTION_ONCE: options->once = true; break;
		case OPTION_HELP: fputs(help, stdout); return 0;
		case '?': fputs("Try `boothcast bench --help`.\n", stderr); return 2;
		default:
			if (take_number(options, option, optarg))
				break;
			refuse_number(option, optarg);
			return 2;
		}
	}
	if (optind == argc && (options->bench.listeners > 0 || options->once))
		return -1;
	fputs(optind < argc ? "boothcast: bench takes options only.\n" : "boothcast: bench needs --listeners N.\n", stderr);
	return 2;
}

/* ---- what the ways share ---- */

struct swarm *bench_swarm(const struct bench *bench, unsigned listeners_max, bool persistent, unsigned pause_us)
{
	char error[512];
	struct swarm_options options = bench->swarm;
	options.listeners_max = listeners_max;
	options.persistent = persistent;
	options.pause_us = pause_us;
	struct swarm *swarm = swarm_new(&options, error, sizeof error);
	if (swarm == NULL)
		fprintf(stderr, "boothcast: %s\n", error);
	return swarm;
}

json_t *bench_delays(const struct delays *delays)
{
	return json_pack("{s:I,s:I,s:I,s:I}", "p50", (json_int_t)delays_at_us(delays, 0.5), "p99", (json_int_t)delays_at_us(delays, 0.99),
			 "p999", (json_int_t)delays_at_us(delays, 0.999), "max", (json_int_t)delays->max_us);
}

void bench_print(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}

/* ---- the command ---- */

/* Finds the server, comes in alone, and knows the channels. False when that does not go: it was said. */
static bool look_around(struct options *options, struct probe_room *room)
{
	char error[1024];
	struct bench *bench = &options->bench;
	struct probe_options look = {
		.target = &bench->target,
		.room = bench->swarm.room,
		.rendition = bench->swarm.rendition,
		.ticket = bench->swarm.ticket,
		.channel = options->all_channels ? 0 : options->channel,
		.insecure = options->remote.insecure,
	};
	if (!target_find(&bench->target, options->remote.url, error, sizeof error) || !probe(&look, room, error, sizeof error)) {
		fprintf(stderr, "boothcast: %s\n", error);
		return false;
	}
	bench->here = target_is_here(&bench->target);
	if (!options->all_channels || room->channels == 0)
		*room = (struct probe_room){.channel = {options->channel}, .channels = 1};
	return true;
}

static int run(struct options *options)
{
	struct bench *bench = &options->bench;
	struct probe_room room;
	if (!look_around(options, &room))
		return 2;
	bench->swarm.target = &bench->target;
	bench->swarm.channel = room.channel;
	bench->swarm.channels = room.channels;
	if (bench->herd > 0)
		return herd_run(bench);
	return options->once ? once_run(bench) : climb_run(bench);
}

int command_bench(int argc, char **argv)
{
	struct options options = {
		.bench = {.swarm = {.rendition = "standard", .look_us = 1000},
			  .first = 100, .ramp_per_s = 400, .late_ms = JUDGE_LATE_MS, .seconds = 5, .settle_s = 1},
		.remote = {.url = "http://127.0.0.1:8080", .room = "hall", .ticket = getenv("BOOTHCAST_TICKET")},
		.channel = 1, .cpu = -1,
	};
	int code = take_options(&options, argc, argv);
	if (code >= 0)
		return code;
	signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
	options.bench.swarm.room = options.remote.room;
	options.bench.swarm.ticket = options.remote.ticket;
	if (options.cpu >= 0 && !process_pin((unsigned)options.cpu)) {
		fprintf(stderr, "boothcast: there is no processor %ld for it.\n", options.cpu);
		return 2;
	}
	return run(&options);
}
