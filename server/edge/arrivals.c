/* The waits of arrivals.h. The numbers of sockets may come round: only differences are looked at. */
#include "edge/arrivals.h"

#include <stdbool.h>

/* The watched one, and all before it, were taken. */
static bool watch_is_over(struct arrivals *arrivals)
{
	return (int)(atomic_load_explicit(&arrivals->taken, memory_order_acquire) - arrivals->watched) >= 0;
}

static void watch_newest(struct arrivals *arrivals, uint64_t now_us)
{
	arrivals->watched = arrivals->sent;
	arrivals->since_us = now_us;
}

void arrivals_sent(struct arrivals *arrivals, uint64_t now_us)
{
	arrivals->sent++;
	if (watch_is_over(arrivals))
		watch_newest(arrivals, now_us);
}

void arrivals_taken(struct arrivals *arrivals, uint64_t sent_us, uint64_t now_us)
{
	uint64_t wait_us = now_us > sent_us ? now_us - sent_us : 0;
	uint64_t longest_us = atomic_load_explicit(&arrivals->longest_us, memory_order_relaxed);
	/* fails only when the hub has just taken the number, which it does once a lot */
	while (wait_us > longest_us && !atomic_compare_exchange_weak_explicit(&arrivals->longest_us, &longest_us, wait_us,
									      memory_order_relaxed, memory_order_relaxed))
		;
	atomic_fetch_add_explicit(&arrivals->taken, 1, memory_order_release);
}

uint64_t arrivals_wait_us(struct arrivals *arrivals, uint64_t now_us)
{
	bool waits = !watch_is_over(arrivals);
	uint64_t longest_us = atomic_exchange_explicit(&arrivals->longest_us, 0, memory_order_relaxed);
	if (waits && now_us - arrivals->since_us > longest_us)
		longest_us = now_us - arrivals->since_us;
	if (!waits)
		watch_newest(arrivals, now_us); /* of those behind it, or again the one that was taken */
	return longest_us;
}
