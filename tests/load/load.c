/* load: many listeners of one channel, to measure a server with.
 *
 *   options -> memory of the idle server -> gather -> settle -> [ measured window: CPU, packets, delays ] -> report
 *
 * It measures from outside what the server cannot know of itself: every number of every connection (lost, doubled), and how long
 * after its beat was due a packet was in this program's hands. That delay needs the server's clock: on one machine it is this
 * program's own (base/clock.h: both are anchored to the time of day). With --pid it reads the server's CPU time and memory at both
 * ends of the window.
 */
#include "load/process.h"
#include "load/swarm.h"

#include "base/clock.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_US 10000000 /* nobody new for so long: whoever is not there will not come */

struct options {
	struct swarm_options swarm;
	double seconds, settle_s;
	long pid;       /* of the server; 0: not known */
	long cpu;       /* to stay on; -1: any */
	bool json;
};

struct result {
	bool gathered;
	double seconds;            /* of the window, as the clock says */
	uint64_t own_cpu_us;
	struct process_use empty;  /* the server before the first listener */
	struct process_use before, after;
};

static const char help[] =
	"Usage: load --url HOST:PORT --listeners N [OPTION...]\n"
	"\n"
	"Joins a room as N listeners of one channel, and says what they heard, how late, and what it cost the server.\n"
	"\n"
	"  --url HOST:PORT     the server; https://HOST:PORT for TLS, whose certificate is not checked\n"
	"  --room ROOM         (default: hall)\n"
	"  --ticket TICKET     for a closed room\n"
	"  --channel NUMBER    0 is the floor (default: 1)\n"
	"  --rendition NAME    standard (default), high or saver\n"
	"  --listeners N       0 measures the idle server\n"
	"  --ramp N            how many come in a second (default: 1000)\n"
	"  --look US           look at the sockets every so many microseconds instead of being woken by each packet, which costs a\n"
	"                      server on this machine more than the packet does; delays get longer by up to that. More than a\n"
	"                      second and a small buffer make listeners with a bad network of them: their sockets are full\n"
	"  --buffer BYTES      receive buffer of each socket (default: 32768)\n"
	"  --settle S          seconds between the last one's coming and the window (default: 1)\n"
	"  --seconds S         of the measured window (default: 10)\n"
	"  --pid PID           the server's, when it runs on this machine: CPU and memory are measured\n"
	"  --cpu N             stay on this processor\n"
	"  --json              the result as JSON\n";

enum {
	OPTION_URL = 256, OPTION_ROOM, OPTION_TICKET, OPTION_CHANNEL, OPTION_RENDITION, OPTION_LISTENERS, OPTION_RAMP, OPTION_LOOK,
	OPTION_BUFFER, OPTION_SETTLE, OPTION_SECONDS, OPTION_PID, OPTION_CPU, OPTION_JSON, OPTION_HELP
};

static const struct option known[] = {
	{"url", required_argument, NULL, OPTION_URL},         {"room", required_argument, NULL, OPTION_ROOM},
	{"ticket", required_argument, NULL, OPTION_TICKET},   {"channel", required_argument, NULL, OPTION_CHANNEL},
	{"rendition", required_argument, NULL, OPTION_RENDITION}, {"listeners", required_argument, NULL, OPTION_LISTENERS},
	{"ramp", required_argument, NULL, OPTION_RAMP},       {"look", required_argument, NULL, OPTION_LOOK},
	{"buffer", required_argument, NULL, OPTION_BUFFER},   {"settle", required_argument, NULL, OPTION_SETTLE},
	{"seconds", required_argument, NULL, OPTION_SECONDS}, {"pid", required_argument, NULL, OPTION_PID},
	{"cpu", required_argument, NULL, OPTION_CPU},         {"json", no_argument, NULL, OPTION_JSON},
	{"help", no_argument, NULL, OPTION_HELP},             {NULL, 0, NULL, 0},
};

/* A number that is not negative; false when the text is none. */
static bool number(const char *text, double max, double *to)
{
	char *end;
	*to = strtod(text, &end);
	return end != text && *end == '\0' && *to >= 0 && *to <= max;
}

static bool take_number(struct options *options, int option, const char *text)
{
	double value;
	if (!number(text, 1e9, &value))
		return false;
	switch (option) {
	case OPTION_CHANNEL: options->swarm.channel = (unsigned)value; break;
	case OPTION_LISTENERS: options->swarm.listeners = (unsigned)value; break;
	case OPTION_RAMP: options->swarm.ramp_per_s = (unsigned)value; break;
	case OPTION_BUFFER: options->swarm.buffer_bytes = (unsigned)value; break;
	case OPTION_LOOK: options->swarm.look_us = (unsigned)value; break;
	case OPTION_SETTLE: options->settle_s = value; break;
	case OPTION_SECONDS: options->seconds = value; break;
	case OPTION_PID: options->pid = (long)value; break;
	case OPTION_CPU: options->cpu = (long)value; break;
	default: return false;
	}
	return true;
}

/* Fills the options; -1 to go on, else the program's exit code. */
static int take_options(struct options *options, int argc, char **argv)
{
	for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		switch (option) {
		case OPTION_URL: options->swarm.url = optarg; break;
		case OPTION_ROOM: options->swarm.room = optarg; break;
		case OPTION_TICKET: options->swarm.ticket = optarg; break;
		case OPTION_RENDITION: options->swarm.rendition = optarg; break;
		case OPTION_JSON: options->json = true; break;
		case OPTION_HELP: fputs(help, stdout); return 0;
		case '?': fputs(help, stderr); return 2;
		default:
			if (take_number(options, option, optarg))
				break;
			fprintf(stderr, "load: %s is not a good number\n", optarg);
			return 2;
		}
	}
	if (options->swarm.url != NULL && optind == argc && options->swarm.ramp_per_s > 0)
		return -1;
	fputs(help, stderr);
	return 2;
}

/* ---- measuring ---- */

static bool read_server(const struct options *options, struct process_use *use)
{
	if (options->pid == 0 || process_read((pid_t)options->pid, use))
		return true;
	fprintf(stderr, "load: there is no process %ld\n", options->pid);
	return false;
}

static bool measure(const struct options *options, struct swarm *swarm, struct result *result)
{
	if (!read_server(options, &result->empty))
		return false;
	result->gathered = swarm_gather(swarm, PATIENCE_US);
	swarm_hear(swarm, (uint64_t)(options->settle_s * 1e6));
	swarm_count_anew(swarm);
	uint64_t begin_us = clock_us(), cpu_us = clock_cpu_us();
	if (!read_server(options, &result->before))
		return false;
	swarm_hear(swarm, (uint64_t)(options->seconds * 1e6));
	result->seconds = (double)(clock_us() - begin_us) / 1e6;
	result->own_cpu_us = clock_cpu_us() - cpu_us;
	return read_server(options, &result->after);
}

/* ---- telling ---- */

static json_t *server_part(const struct result *r)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I}", "cpu_us", (json_int_t)(r->after.cpu_us - r->before.cpu_us), "user_us",
			 (json_int_t)(r->after.user_us - r->before.user_us), "system_us",
			 (json_int_t)(r->after.system_us - r->before.system_us), "rss_empty_bytes", (json_int_t)r->empty.rss_bytes,
			 "rss_bytes", (json_int_t)r->after.rss_bytes);
}

static json_t *delay_part(const struct delays *delays)
{
	return json_pack("{s:I,s:I,s:I,s:I}", "p50", (json_int_t)delays_at_us(delays, 0.5), "p99", (json_int_t)delays_at_us(delays, 0.99),
			 "p999", (json_int_t)delays_at_us(delays, 0.999), "max", (json_int_t)delays->max_us);
}

static void tell_json(const struct options *options, const struct result *result, const struct tally *tally)
{
	json_t *json = json_pack("{s:i,s:i,s:i,s:f,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "listeners",
				 (int)options->swarm.listeners, "listening", (int)tally->listening, "gone", (int)tally->gone,
				 "seconds", result->seconds, "packets",
				 (json_int_t)tally->packets, "bytes", (json_int_t)tally->bytes, "lost",
				 (json_int_t)(tally->lost + tally->overdue), "doubled", (json_int_t)tally->doubled, "texts",
				 (json_int_t)tally->texts, "errors", (json_int_t)tally->errors, "load_cpu_us",
				 (json_int_t)result->own_cpu_us, "delay_us", delay_part(&tally->delays));
	if (options->pid != 0)
		json_object_set_new(json, "server", server_part(result));
	if (tally->gone > 0)
		json_object_set_new(json, "reason", json_string(tally->reason));
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}

static void tell_server(const struct options *options, const struct result *result, const struct tally *tally)
{
	double cpu_us = (double)(result->after.cpu_us - result->before.cpu_us);
	printf("server     %.1f %% of a processor", cpu_us / result->seconds / 1e4);
	if (tally->packets > 0)
		printf(", %.2f us for each packet (what it does without listeners included)", cpu_us / (double)tally->packets);
	printf("\nmemory     %.1f MiB", (double)result->after.rss_bytes / 1048576);
	if (options->swarm.listeners > 0)
		printf(", %.2f KiB for each listener",
		       ((double)result->after.rss_bytes - (double)result->empty.rss_bytes) / 1024 / options->swarm.listeners);
	putchar('\n');
}

static void tell(const struct options *options, const struct result *result, const struct tally *tally)
{
	printf("listeners  %u of %u, %u gone%s%s\n", tally->listening, options->swarm.listeners, tally->gone, tally->gone > 0 ? ": " : "",
	       tally->reason);
	printf("packets    %llu in %.1f s, %llu lost, %llu doubled\n", (unsigned long long)tally->packets, result->seconds,
	       (unsigned long long)(tally->lost + tally->overdue), (unsigned long long)tally->doubled);
	printf("delay      p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, longest %.2f ms\n", (double)delays_at_us(&tally->delays, 0.5) / 1e3,
	       (double)delays_at_us(&tally->delays, 0.99) / 1e3, (double)delays_at_us(&tally->delays, 0.999) / 1e3,
	       (double)tally->delays.max_us / 1e3);
	if (options->pid != 0)
		tell_server(options, result, tally);
	printf("load       %.1f %% of a processor\n", (double)result->own_cpu_us / result->seconds / 1e4);
}

static int run(const struct options *options, struct swarm *swarm)
{
	struct result result = {0};
	if (!measure(options, swarm, &result))
		return 1;
	const struct tally *tally = swarm_tally(swarm);
	(options->json ? tell_json : tell)(options, &result, tally);
	if (!result.gathered || tally->gone > 0)
		fprintf(stderr, "load: %u of %u listen. %s\n", tally->listening, options->swarm.listeners, tally->reason);
	return result.gathered && tally->gone == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct options options = {
		.swarm = {.room = "hall", .rendition = "standard", .channel = 1, .ramp_per_s = 1000},
		.seconds = 10, .settle_s = 1, .cpu = -1,
	};
	int code = take_options(&options, argc, argv);
	if (code >= 0)
		return code;
	if (options.cpu >= 0 && !process_pin((unsigned)options.cpu)) {
		fprintf(stderr, "load: there is no processor %ld for it\n", options.cpu);
		return 2;
	}
	struct swarm *swarm = swarm_new(&options.swarm);
	if (swarm == NULL)
		return 2;
	code = run(&options, swarm);
	swarm_free(swarm);
	return code;
}
