/* What an operator graphs: listeners, packets and holes by channel; link, buffer, drift and losses by source; the processor time of all. The
 * pointers to the numbers are found once; a scrape only copies. */
#include "monitor/gauges.h"

#include "base/check.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct channel_gauges {
	struct channel *channel;
	double *listeners;
	uint64_t *delivered, *skipped, *refused;
};

struct source_gauges {
	struct stage *stage;
	unsigned index;
	double *up, *buffer, *drift;
	uint64_t *received, *lost, *late;
};

struct gauges {
	struct channel_gauges *channel;
	struct source_gauges *source;
	size_t channels, sources;
	double *cpu_s;
};

static void refresh_channel(struct channel_gauges *g)
{
	uint64_t delivered = 0, skipped = 0;
	for (int i = 0; i < RENDITION_COUNT; i++) {
		const struct audience *audience = channel_audience(g->channel, (enum rendition)i);
		delivered += audience_delivered(audience);
		skipped += audience_skipped(audience);
	}
	*g->listeners = channel_listeners(g->channel);
	*g->delivered = delivered;
	*g->skipped = skipped;
	*g->refused = channel_refused(g->channel);
}

static void refresh_source(struct source_gauges *g)
{
	struct source_stats stats;
	source_stats(stage_source(g->stage, g->index), &stats);
	*g->up = stage_source_link(g->stage, g->index) == LINK_UP;
	*g->buffer = (double)stats.depth_ms / 1000;
	*g->drift = (double)stats.drift_ppm / 1e6;
	*g->received = stats.received;
	*g->lost = stats.lost;
	*g->late = stats.late;
}

static void refresh(void *user)
{
	struct gauges *gauges = user;
	for (size_t i = 0; i < gauges->channels; i++)
		refresh_channel(&gauges->channel[i]);
	for (size_t i = 0; i < gauges->sources; i++)
		refresh_source(&gauges->source[i]);
	*gauges->cpu_s = (double)clock_cpu_us() / 1e6;
}

static void add_channel(struct gauges *gauges, struct metrics *m, struct stage *stage, unsigned number)
{
	struct channel_gauges *g = &gauges->channel[gauges->channels++];
	char word[16], labels[128] = "";
	snprintf(word, sizeof word, "%u", number);
	metrics_label(labels, sizeof labels, "room", stage_settings(stage)->id);
	metrics_label(labels, sizeof labels, "channel", word);
	g->channel = stage_channel(stage, number);
	g->listeners = metrics_gauge(m, "boothcast_listeners", "Listeners of a channel.", labels);
	g->delivered = metrics_counter(m, "boothcast_packets_delivered_total", "Packets handed to the sockets of listeners.", labels);
	g->skipped = metrics_counter(m, "boothcast_packets_skipped_total", "Packets skipped by listeners that fell behind.", labels);
	g->refused = metrics_counter(m, "boothcast_frames_refused_total", "Frames that no encoder took in time.", labels);
}

static void add_source(struct gauges *gauges, struct metrics *m, struct stage *stage, unsigned index)
{
	struct source_gauges *g = &gauges->source[gauges->sources++];
	char labels[160] = "";
	metrics_label(labels, sizeof labels, "room", stage_settings(stage)->id);
	metrics_label(labels, sizeof labels, "source", source_name(stage_source(stage, index)));
	g->stage = stage;
	g->index = index;
	g->up = metrics_gauge(m, "boothcast_source_up", "1 while sound arrives from a source.", labels);
	g->buffer = metrics_gauge(m, "boothcast_source_buffer_seconds", "Sound of a source that waits for the beat.", labels);
	g->drift = metrics_gauge(m, "boothcast_source_drift_ratio", "The clock of a source against the beat; 0.0001 is 100 ppm fast.", labels);
	g->received = metrics_counter(m, "boothcast_source_frames_received_total", "Frames that arrived from a source.", labels);
	g->lost = metrics_counter(m, "boothcast_source_frames_lost_total", "Frames missing by a source's own numbering.", labels);
	g->late = metrics_counter(m, "boothcast_source_beats_late_total", "Beats on which sound of a source was due and not there.", labels);
}

struct gauges *gauges_new(struct metrics *metrics, struct stage *const *stages, unsigned count)
{
	struct gauges *gauges = check_alloc(calloc(1, sizeof *gauges));
	gauges->channel = check_alloc(calloc((size_t)count * CHANNELS_MAX + 1, sizeof *gauges->channel));
	gauges->source = check_alloc(calloc((size_t)count * SOURCES_MAX + 1, sizeof *gauges->source));
	for (unsigned s = 0; s < count; s++) {
		for (unsigned i = 0; i < CHANNELS_MAX; i++) {
			if (stage_channel(stages[s], i) != NULL)
				add_channel(gauges, metrics, stages[s], i);
		}
		for (unsigned i = 0; i < SOURCES_MAX; i++) {
			if (stage_source(stages[s], i) != NULL)
				add_source(gauges, metrics, stages[s], i);
		}
	}
	gauges->cpu_s = metrics_seconds(metrics, "process_cpu_seconds_total", "Processor time of the whole server, all threads.", NULL);
	metrics_on_write(metrics, refresh, gauges);
	return gauges;
}

void gauges_free(struct gauges *gauges)
{
	free(gauges->channel);
	free(gauges->source);
	free(gauges);
}
