/* bench_hear: many listeners of any of the servers that are compared, all measured by the same few lines.
 *
 *   options -> memory of the idle server -> gather -> settle -> [ measured window: CPU, packets, delays ] -> JSON
 *
 * It measures from outside what a server cannot know of itself: every number of every connection (lost, doubled), and how long
 * after its beat was due a packet was in this program's hands (the media clock is the machine's own, base/clock.h, in every program
 * here). It reads the server's CPU time, of all its threads, and its memory at both ends of the window. Used by tests/bench/run and
 * growth, which pin it.
 */
#include "bench/hear/hall.h"

#include "base/clock.h"
#include "boothcast/limits.h"
#include "load/process.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_US 10000000 /* nobody new for so long: whoever is not there will not come */

struct options {
	struct hall_options hall;
	unsigned long pid, settle_ms, window_ms;
};

struct result {
	bool gathered;
	double seconds;            /* of the window, as the clock says */
	uint64_t own_cpu_us, stall_us;
	uint64_t machine_us;       /* of all processors: what everybody used in the window */
	struct process_use empty;  /* the server before the first listener */
	struct process_use before, after;
};

static const char help[] =
	"Usage: bench_hear --url http://HOST:PORT --pid PID --listeners N [OPTION...]\n"
	"\n"
	"Listens as N listeners, and says as JSON what they heard, how late, and what it cost the server.\n"
	"\n"
	"  --url URL          the server; https:// for TLS, whose certificate is not checked\n"
	"  --pid PID          of the server\n"
	"  --dialect NAME     boothcast (default; the bare loops too), plain, nats or icecast\n"
	"  --listeners N      they sit in rooms hall1, hall2, ... and on channels 1, 2, ... evenly\n"
	"  --rooms N          (default: 1)\n"
	"  --channels N       of each room (default: 1); the 32nd is the floor\n"
	"  --rendition NAME   standard (default), high or saver\n"
	"  --ramp N           how many come in a second (default: 1000)\n"
	"  --look US          look at the sockets every so many microseconds (default: 500); 0: be woken by each packet\n"
	"  --settle MS        between the last one's coming and the window (default: 1000)\n"
	"  --window MS        that is measured (default: 5000)\n";

static const struct option known[] = {
	{"url", required_argument, NULL, 'u'},
	{"pid", required_argument, NULL, 'p'},
	{"dialect", required_argument, NULL, 'd'},
	{"listeners", required_argument, NULL, 'n'},
	{"rooms", required_argument, NULL, 'o'},
	{"channels", required_argument, NULL, 'c'},
	{"rendition", required_argument, NULL, 'r'},
	{"ramp", required_argument, NULL, 'a'},
	{"look", required_argument, NULL, 'l'},
	{"settle", required_argument, NULL, 's'},
	{"window", required_argument, NULL, 'w'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const struct dialect *dialect_of(const char *name)
{
	static const struct dialect *const all[] = {&dialect_boothcast, &dialect_plain, &dialect_nats, &dialect_icecast};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	}
	return NULL;
}

/* False when it is no number, or none that the option can have. */
static bool take_number(struct options *o, int option, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);
	if (end == text || *end != '\0' || value > 1000000000)
		return false;
	switch (option) {
	case 'p': o->pid = value; return value > 0;
	case 'n': o->hall.listeners = (unsigned)value; return true;
	case 'o': o->hall.rooms = (unsigned)value; return value > 0 && value <= ROOMS_MAX;
	case 'c': o->hall.channels = (unsigned)value; return value > 0 && value <= CHANNELS_MAX;
	case 'a': o->hall.ramp_per_s = (unsigned)value; return value > 0;
	case 'l': o->hall.look_us = (unsigned)value; return true;
	case 's': o->settle_ms = value; return true;
	case 'w': o->window_ms = value; return value > 0;
	default: return false;
	}
}

/* Fills the options; -1 to go on, else the program's exit code. */
static int take_options(struct options *options, int argc, char **argv)
{
	for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		switch (option) {
		case 'u': options->hall.url = optarg; break;
		case 'd': options->hall.dialect = dialect_of(optarg); break;
		case 'r': options->hall.rendition = optarg; break;
		case 'h': fputs(help, stdout); return 0;
		case '?': fputs(help, stderr); return 2;
		default:
			if (take_number(options, option, optarg))
				break;
			fprintf(stderr, "bench_hear: %s is not a good number\n", optarg);
			return 2;
		}
	}
	if (options->hall.url != NULL && options->pid > 0 && options->hall.dialect != NULL && optind == argc)
		return -1;
	fputs(help, stderr);
	return 2;
}

/* What all programs of the machine have used since it started (proc(5), /proc/stat): everything but idle and iowait. */
static uint64_t machine_cpu_us(void)
{
	unsigned long user = 0, nice = 0, system = 0, irq = 0, softirq = 0;
	FILE *file = fopen("/proc/stat", "r");
	if (file == NULL)
		return 0;
	if (fscanf(file, "cpu %lu %lu %lu %*u %*u %lu %lu", &user, &nice, &system, &irq, &softirq) != 5)
		user = nice = system = irq = softirq = 0;
	fclose(file);
	return (user + nice + system + irq + softirq) * (1000000u / (uint64_t)sysconf(_SC_CLK_TCK));
}

static bool measure(const struct options *options, struct hall *hall, struct result *result)
{
	pid_t pid = (pid_t)options->pid;
	bool good = process_read(pid, &result->empty);
	result->gathered = hall_gather(hall, PATIENCE_US);
	hall_hear(hall, options->settle_ms * 1000);
	hall_count_anew(hall);
	uint64_t begin_us = clock_us(), cpu_us = clock_cpu_us(), machine_us = machine_cpu_us();
	good = good && process_read(pid, &result->before);
	hall_hear(hall, options->window_ms * 1000);
	good = good && process_read(pid, &result->after);
	result->seconds = (double)(clock_us() - begin_us) / 1e6;
	result->own_cpu_us = clock_cpu_us() - cpu_us;
	result->machine_us = machine_cpu_us() - machine_us;
	result->stall_us = hall_stall_us(hall);
	if (!good)
		fprintf(stderr, "bench_hear: there is no process %lu\n", options->pid);
	return good;
}

/* ---- telling ---- */

static void put_integer(json_t *to, const char *name, uint64_t value)
{
	json_object_set_new(to, name, json_integer((json_int_t)value));
}

static json_t *server_part(const struct result *r)
{
	json_t *json = json_object();
	put_integer(json, "cpu_us", r->after.cpu_us - r->before.cpu_us);
	put_integer(json, "user_us", r->after.user_us - r->before.user_us);
	put_integer(json, "system_us", r->after.system_us - r->before.system_us);
	put_integer(json, "rss_empty_bytes", r->empty.rss_bytes);
	put_integer(json, "rss_bytes", r->after.rss_bytes);
	return json;
}

static json_t *delay_part(const struct delays *delays)
{
	json_t *json = json_object();
	put_integer(json, "p50", delays_at_us(delays, 0.5));
	put_integer(json, "p99", delays_at_us(delays, 0.99));
	put_integer(json, "p999", delays_at_us(delays, 0.999));
	put_integer(json, "max", delays->max_us);
	return json;
}

static void tell(const struct options *options, const struct result *result, const struct tally *tally)
{
	json_t *json = json_object();
	put_integer(json, "listeners", options->hall.listeners);
	put_integer(json, "listening", tally->listening);
	put_integer(json, "gone", tally->gone);
	json_object_set_new(json, "reason", json_string(tally->reason));
	json_object_set_new(json, "seconds", json_real(result->seconds));
	put_integer(json, "packets", tally->packets);
	put_integer(json, "bytes", tally->bytes);
	put_integer(json, "lost", tally->lost + tally->overdue);
	put_integer(json, "doubled", tally->doubled);
	put_integer(json, "load_cpu_us", result->own_cpu_us);
	put_integer(json, "machine_cpu_us", result->machine_us);
	put_integer(json, "stall_us", result->stall_us);
	json_object_set_new(json, "delay_us", delay_part(&tally->delays));
	json_object_set_new(json, "server", server_part(result));
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}

int main(int argc, char **argv)
{
	struct result result = {0};
	struct options options = {
		.hall = {.dialect = &dialect_boothcast, .rendition = "standard", .rooms = 1, .channels = 1, .ramp_per_s = 1000,
			 .look_us = 500},
		.settle_ms = 1000, .window_ms = 5000,
	};
	int code = take_options(&options, argc, argv);
	if (code >= 0)
		return code;
	struct hall *hall = hall_new(&options.hall);
	if (hall == NULL)
		return 2;
	bool measured = measure(&options, hall, &result);
	const struct tally *tally = hall_tally(hall);
	if (measured)
		tell(&options, &result, tally);
	code = measured && result.gathered && tally->gone == 0 ? 0 : 1;
	if (measured && code != 0)
		fprintf(stderr, "bench_hear: %u of %u listen. %s\n", tally->listening, options.hall.listeners, tally->reason);
	hall_free(hall);
	return code;
}
