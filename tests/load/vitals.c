/* Reads /metrics (Prometheus exposition format 0.0.4) and /proc/stat, see vitals.h. Only a handful of names are wanted, so a line
 * is looked up by its beginning. A server that does not show them (a proxy in front, an older one) leaves zeros, and nothing is
 * concluded from those.
 */
#include "load/vitals.h"

#include "load/line.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define METRICS_BYTES (1024 * 1024)

/* The sum of all lines of a metric whose labels hold `label` ("": any). */
static double sum_of(const char *metrics, const char *name, const char *label)
{
	double sum = 0;
	size_t length = strlen(name);
	for (const char *line = metrics, *end; *line != '\0'; line = *end == '\0' ? end : end + 1) {
		end = line + strcspn(line, "\n");
		if (strncmp(line, name, length) != 0 || (line[length] != ' ' && line[length] != '{'))
			continue;
		const char *found = strstr(line, label), *value = memrchr(line, ' ', (size_t)(end - line));
		if (found != NULL && found < end && value != NULL)
			sum += strtod(value, NULL);
	}
	return sum;
}

void vitals_of_metrics(struct vitals *vitals, const char *metrics)
{
	vitals->beats = sum_of(metrics, "boothcast_beats_total", "");
	vitals->known = vitals->beats > 0;
	vitals->punctual = sum_of(metrics, "boothcast_beat_lateness_seconds_bucket", "le=\"0.005\"");
	vitals->beats_skipped = sum_of(metrics, "boothcast_beats_skipped_total", "");
	vitals->packets_skipped = sum_of(metrics, "boothcast_packets_skipped_total", "");
	vitals->cpu_s = sum_of(metrics, "process_cpu_seconds_total", "");
	vitals->loops = sum_of(metrics, "boothcast_loops", "");
	vitals->refused_full = sum_of(metrics, "boothcast_refused_total", "reason=\"full\"");
	vitals->refused_files = sum_of(metrics, "boothcast_refused_total", "reason=\"descriptors\"");
	if (vitals->loops < 1)
		vitals->loops = 1;
}

/* proc(5), /proc/stat: user nice system idle iowait irq softirq steal, in ticks. What a hypervisor took away counts as busy: it is
 * not to be had.
 */
static void read_machine(struct vitals *vitals)
{
	unsigned long long user, nice, system, idle, wait, irq, soft, steal;
	double ticks_per_s = (double)sysconf(_SC_CLK_TCK);
	FILE *file = fopen("/proc/stat", "r");
	if (file == NULL)
		return;
	if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &irq, &soft, &steal) == 8) {
		vitals->busy_s = (double)(user + nice + system + irq + soft + steal) / ticks_per_s;
		vitals->processors_s = vitals->busy_s + (double)(idle + wait) / ticks_per_s;
	}
	fclose(file);
}

void vitals_read(struct vitals *vitals, const struct target *target)
{
	struct text body;
	*vitals = (struct vitals){.at_us = clock_us(), .own_cpu_s = (double)clock_cpu_us() / 1e6};
	read_machine(vitals);
	text_init(&body, METRICS_BYTES);
	if (line_get(target, "/metrics", &body))
		vitals_of_metrics(vitals, body.at);
	text_free(&body);
}
