/* The clocks of clock.h. The anchor is taken on first use; the two readings stand some nanoseconds apart, which is nothing. */
#include "base/clock.h"

#include "base/check.h"

#include <stdatomic.h>
#include <time.h>

static uint64_t read_us(clockid_t id)
{
	struct timespec t;
	check(clock_gettime(id, &t) == 0);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

uint64_t clock_us(void)
{
	static _Atomic uint64_t anchor_us;
	uint64_t anchor = atomic_load_explicit(&anchor_us, memory_order_relaxed);
	if (anchor == 0) {
		uint64_t expected = 0;
		anchor = read_us(CLOCK_REALTIME) - read_us(CLOCK_MONOTONIC);
		if (!atomic_compare_exchange_strong(&anchor_us, &expected, anchor))
			anchor = expected;
	}
	return anchor + read_us(CLOCK_MONOTONIC);
}

int64_t clock_wall_s(void)
{
	return (int64_t)(read_us(CLOCK_REALTIME) / 1000000u);
}

uint64_t clock_cpu_us(void)
{
	return read_us(CLOCK_PROCESS_CPUTIME_ID);
}
