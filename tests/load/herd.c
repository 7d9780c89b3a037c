/* The herd: what those who listen hear while many come back at once, as after a restart.
 *
 *   this thread   gather `listeners` --> settle --> hear ........................ tally: lost, pauses
 *   the herd's    gather, take a token, scatter ---> all connect at once, do as they are told, until all listen
 *
 * The herd has a thread of its own, so that its handshakes do not keep this one from its sockets; on one machine it still takes
 * processor time from the server. Its members do as the pages do: who is told to come later does, who fails tries again, by chance
 * within a time that doubles (member.c). Called by bench.c.
 */
#include "load/bench.h"

#include "base/check.h"
#include "base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_US    100000   /* a pause that a page with little in store plays as a gap */
#define CALM_US     1000000  /* between the scattering and the return */
#define SLICE_US    50000    /* how exactly this thread sees that the herd is back */
#define AFTER_US    2000000  /* what is late because of the last ones comes in this time */
#define PATIENCE_US 60000000 /* with nobody new */

struct herd {
	const struct bench *bench;
	struct swarm *swarm;
	uint64_t took_us;
	bool back;
	atomic_bool done;
};

static void *come_back(void *user)
{
	struct herd *herd = user;
	uint64_t began_us = clock_us();
	herd->back = swarm_gather(herd->swarm, herd->bench->herd, 0, PATIENCE_US);
	herd->took_us = clock_us() - began_us;
	atomic_store(&herd->done, true);
	swarm_hear(herd->swarm, AFTER_US);
	return NULL;
}

/* Everybody is here once; the herd then goes. False when not even that worked, which was said. */
static bool assemble(struct herd *herd, struct swarm *listeners)
{
	const struct bench *bench = herd->bench;
	swarm_gather(herd->swarm, bench->herd, bench->ramp_per_s, BENCH_PATIENCE_US);
	unsigned came = swarm_tally(herd->swarm)->listening;
	swarm_scatter(herd->swarm);
	swarm_gather(listeners, bench->listeners, bench->ramp_per_s, BENCH_PATIENCE_US);
	came += swarm_tally(listeners)->listening;
	swarm_hear(listeners, CALM_US);
	if (came == bench->herd + bench->listeners)
		return true;
	fprintf(stderr, "boothcast: one after the other, only %u of %u came in. Try fewer: there is no herd to play. %s\n", came,
		bench->herd + bench->listeners, swarm_tally(listeners)->reason);
	return false;
}

static void return_and_hear(struct herd *herd, struct swarm *listeners)
{
	pthread_t thread;
	swarm_count_anew(listeners);
	swarm_count_anew(herd->swarm);
	check(pthread_create(&thread, NULL, come_back, herd) == 0);
	while (!atomic_load(&herd->done))
		swarm_hear(listeners, SLICE_US);
	swarm_hear(listeners, AFTER_US);
	check(pthread_join(thread, NULL) == 0);
}

static void tell_json(const struct herd *herd, const struct tally *heard, const struct tally *herds)
{
	bench_print(json_pack("{s:{s:i,s:i,s:i,s:I,s:I,s:I,s:i,s:f,s:o},s:{s:i,s:i,s:i,s:f,s:I}}", "listeners", "asked",
			      (int)herd->bench->listeners, "listening", (int)heard->listening, "gone", (int)heard->gone, "packets",
			      (json_int_t)heard->packets, "lost", (json_int_t)(heard->lost + heard->overdue), "doubled",
			      (json_int_t)heard->doubled, "paused", (int)heard->paused, "longest_pause_ms",
			      (double)heard->longest_pause_us / 1e3, "delay_us", bench_delays(&heard->delays), "herd", "asked",
			      (int)herd->bench->herd, "listening", (int)herds->listening, "gone", (int)herds->gone, "seconds",
			      (double)herd->took_us / 1e6, "sent_away", (json_int_t)herds->sent_away));
}

static void tell(const struct herd *herd, const struct tally *heard, const struct tally *herds)
{
	printf("herd       %u of %u back in %.1f s; %llu times somebody was told to come later, or tried again\n", herds->listening,
	       herd->bench->herd, (double)herd->took_us / 1e6, (unsigned long long)herds->sent_away);
	printf("listeners  %u of %u stayed; %llu packets lost, %llu doubled\n", heard->listening, herd->bench->listeners,
	       (unsigned long long)(heard->lost + heard->overdue), (unsigned long long)heard->doubled);
	printf("           longest pause %.0f ms; %u had one of more than %d ms; delay p50 %.1f ms, p99 %.1f ms, longest %.0f ms\n",
	       (double)heard->longest_pause_us / 1e3, heard->paused, PAUSE_US / 1000, (double)delays_at_us(&heard->delays, 0.5) / 1e3,
	       (double)delays_at_us(&heard->delays, 0.99) / 1e3, (double)heard->delays.max_us / 1e3);
}

static int run(struct herd *herd, struct swarm *listeners)
{
	const struct tally *heard = swarm_tally(listeners), *herds = swarm_tally(herd->swarm);
	if (!assemble(herd, listeners))
		return 1;
	return_and_hear(herd, listeners);
	swarm_tally(listeners);
	swarm_tally(herd->swarm);
	(herd->bench->json ? tell_json : tell)(herd, heard, herds);
	bool unharmed = heard->listening == herd->bench->listeners && heard->lost + heard->overdue + heard->doubled == 0;
	return unharmed && herd->back && herds->listening == herd->bench->herd ? 0 : 1;
}

int herd_run(const struct bench *bench)
{
	struct herd herd = {.bench = bench};
	int code = 2;
	struct swarm *listeners = bench_swarm(bench, bench->listeners, false, PAUSE_US);
	herd.swarm = listeners != NULL ? bench_swarm(bench, bench->herd, true, 0) : NULL;
	if (herd.swarm != NULL) {
		code = run(&herd, listeners);
		swarm_free(herd.swarm);
	}
	if (listeners != NULL)
		swarm_free(listeners);
	return code;
}
