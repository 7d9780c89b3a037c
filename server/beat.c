/* The media clock, see beat.h. The kernel's timer wakes the loop once a frame; how many beats are due is read from the clock, never
 * counted from wake-ups. */
#include "beat.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "boothcast/frame.h"

#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct beat {
	int fd;
	struct poller *poller;
	unsigned frame_ms;
	uint64_t next; /* the beat to run next */
	uint64_t *beats, *skipped;
	struct histogram *lateness;
	void (*run)(void *user, uint64_t beat, uint64_t now_us);
	void *user;
};

/* After a stall that is too long to catch up: goes on with the beat of now. */
static void skip_to(struct beat *beat, uint64_t due)
{
	uint64_t skipped = due - BEATS_LATE_MAX - beat->next;
	log_event(LOG_WARNING, "beats_skipped", LOG_NUMBER("beats", skipped), LOG_NUMBER("ms", skipped * beat->frame_ms));
	*beat->skipped += skipped;
	beat->next = due - BEATS_LATE_MAX;
}

static void woken(void *user)
{
	struct beat *beat = user;
	uint64_t expirations;
	if (read(beat->fd, &expirations, sizeof expirations) < 0)
		return;
	uint64_t due = beat_at(beat->frame_ms, clock_us());
	if (due > beat->next + BEATS_LATE_MAX)
		skip_to(beat, due);
	while (beat->next <= due) {
		uint64_t now_us = clock_us();
		histogram_add(beat->lateness, (double)(now_us - beat_due_us(beat->frame_ms, beat->next)) / 1e6);
		++*beat->beats;
		beat->run(beat->user, beat->next++, now_us);
	}
}

static void arm(struct beat *beat, uint64_t now_us)
{
	uint64_t wait_us = beat_due_us(beat->frame_ms, beat->next) - now_us;
	struct timespec now;
	check(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	uint64_t first_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec + wait_us * 1000;
	struct itimerspec timer = {
		.it_value = {.tv_sec = (time_t)(first_ns / 1000000000u), .tv_nsec = (long)(first_ns % 1000000000u)},
		.it_interval = {.tv_nsec = (long)beat->frame_ms * 1000000},
	};
	check(timerfd_settime(beat->fd, TFD_TIMER_ABSTIME, &timer, NULL) == 0);
}

struct beat *beat_new(struct loop *loop, unsigned frame_ms, struct metrics *metrics, void (*run)(void *user, uint64_t beat, uint64_t now_us),
		      void *user)
{
	static const double bounds[] = {0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5};
	struct beat *beat = check_alloc(calloc(1, sizeof *beat));
	uint64_t now_us = clock_us();
	beat->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	check(beat->fd >= 0);
	beat->frame_ms = frame_ms;
	beat->next = beat_at(frame_ms, now_us) + 1;
	beat->run = run;
	beat->user = user;
	beat->beats = metrics_counter(metrics, "boothcast_beats_total", "Beats of the media clock that were run.", NULL);
	beat->skipped = metrics_counter(metrics, "boothcast_beats_skipped_total", "Beats that were too late to be caught up.", NULL);
	beat->lateness = metrics_histogram(metrics, "boothcast_beat_lateness_seconds", "How long after it was due a beat began.", NULL,
					   bounds, sizeof bounds / sizeof *bounds);
	beat->poller = poller_new(loop, beat->fd, woken, beat);
	arm(beat, now_us);
	return beat;
}

uint64_t beat_next(const struct beat *beat)
{
	return beat->next;
}

void beat_close(struct beat *beat)
{
	poller_close(beat->poller);
	close(beat->fd);
	free(beat);
}
