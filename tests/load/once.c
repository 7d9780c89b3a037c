/* One window with a fixed number of listeners, for comparisons:
 *
 *   memory of the idle server -> gather -> settle -> [ window: CPU, packets, delays ] -> report
 *
 * It measures from outside what the server cannot know of itself: every number of every connection (lost, doubled), and how long
 * after its beat was due a packet was in this program's hands. That delay needs the server's clock: on one machine it is this
 * program's own (base/clock.h: both are anchored to the time of day). With --pid it reads the server's CPU time and memory at both
 * ends of the window. Called by bench.c.
 */
#include "load/bench.h"
#include "load/process.h"

#include "base/clock.h"

#include <stdio.h>

struct result {
	bool gathered;
	double seconds;            /* of the window, as the clock says */
	uint64_t own_cpu_us;
	struct process_use empty;  /* the server before the first listener */
	struct process_use before, after;
};

static bool read_server(const struct bench *bench, struct process_use *use)
{
	if (bench->pid == 0 || process_read((pid_t)bench->pid, use))
		return true;
	fprintf(stderr, "boothcast: there is no process %ld\n", bench->pid);
	return false;
}

static bool measure(const struct bench *bench, struct swarm *swarm, struct result *result)
{
	if (!read_server(bench, &result->empty))
		return false;
	result->gathered = swarm_gather(swarm, bench->listeners, bench->ramp_per_s, BENCH_PATIENCE_US);
	swarm_hear(swarm, (uint64_t)(bench->settle_s * 1e6));
	swarm_count_anew(swarm);
	uint64_t begin_us = clock_us(), cpu_us = clock_cpu_us();
	if (!read_server(bench, &result->before))
		return false;
	swarm_hear(swarm, (uint64_t)(bench->seconds * 1e6));
	result->seconds = (double)(clock_us() - begin_us) / 1e6;
	result->own_cpu_us = clock_cpu_us() - cpu_us;
	return read_server(bench, &result->after);
}

/* ---- telling ---- */

static json_t *server_part(const struct result *r)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I}", "cpu_us", (json_int_t)(r->after.cpu_us - r->before.cpu_us), "user_us",
			 (json_int_t)(r->after.user_us - r->before.user_us), "system_us",
			 (json_int_t)(r->after.system_us - r->before.system_us), "rss_empty_bytes", (json_int_t)r->empty.rss_bytes,
			 "rss_bytes", (json_int_t)r->after.rss_bytes);
}

static void tell_json(const struct bench *bench, const struct result *result, const struct tally *tally)
{
	json_t *json = json_pack("{s:i,s:i,s:i,s:f,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "listeners",
				 (int)bench->listeners, "listening", (int)tally->listening, "gone", (int)tally->gone,
				 "seconds", result->seconds, "packets",
				 (json_int_t)tally->packets, "bytes", (json_int_t)tally->bytes, "lost",
				 (json_int_t)(tally->lost + tally->overdue), "doubled", (json_int_t)tally->doubled, "texts",
				 (json_int_t)tally->texts, "errors", (json_int_t)tally->errors, "load_cpu_us",
				 (json_int_t)result->own_cpu_us, "delay_us", bench_delays(&tally->delays));
	if (bench->pid != 0)
		json_object_set_new(json, "server", server_part(result));
	if (tally->gone > 0)
		json_object_set_new(json, "reason", json_string(tally->reason));
	bench_print(json);
}

static void tell_server(const struct bench *bench, const struct result *result, const struct tally *tally)
{
	double cpu_us = (double)(result->after.cpu_us - result->before.cpu_us);
	printf("server     %.1f %% of a processor", cpu_us / result->seconds / 1e4);
	if (tally->packets > 0)
		printf(", %.2f us for each packet (what it does without listeners included)", cpu_us / (double)tally->packets);
	printf("\nmemory     %.1f MiB", (double)result->after.rss_bytes / 1048576);
	if (bench->listeners > 0)
		printf(", %.2f KiB for each listener",
		       ((double)result->after.rss_bytes - (double)result->empty.rss_bytes) / 1024 / bench->listeners);
	putchar('\n');
}

static void tell(const struct bench *bench, const struct result *result, const struct tally *tally)
{
	printf("listeners  %u of %u, %u gone%s%s\n", tally->listening, bench->listeners, tally->gone, tally->gone > 0 ? ": " : "",
	       tally->reason);
	printf("packets    %llu in %.1f s, %llu lost, %llu doubled\n", (unsigned long long)tally->packets, result->seconds,
	       (unsigned long long)(tally->lost + tally->overdue), (unsigned long long)tally->doubled);
	printf("delay      p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, longest %.2f ms\n", (double)delays_at_us(&tally->delays, 0.5) / 1e3,
	       (double)delays_at_us(&tally->delays, 0.99) / 1e3, (double)delays_at_us(&tally->delays, 0.999) / 1e3,
	       (double)tally->delays.max_us / 1e3);
	if (bench->pid != 0)
		tell_server(bench, result, tally);
	printf("bench      %.1f %% of a processor\n", (double)result->own_cpu_us / result->seconds / 1e4);
}

int once_run(const struct bench *bench)
{
	struct result result = {0};
	struct swarm *swarm = bench_swarm(bench, bench->listeners, false, 0);
	if (swarm == NULL)
		return 2;
	bool good = measure(bench, swarm, &result);
	const struct tally *tally = swarm_tally(swarm);
	if (good) {
		(bench->json ? tell_json : tell)(bench, &result, tally);
		good = result.gathered && tally->gone == 0;
		if (!good)
			fprintf(stderr, "boothcast: %u of %u listen. %s\n", tally->listening, bench->listeners, tally->reason);
	}
	swarm_free(swarm);
	return good ? 0 : 1;
}
