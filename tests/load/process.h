/* What another process of this machine has used, by the kernel's accounting. */
#ifndef LOAD_PROCESS_H
#define LOAD_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_use {
	uint64_t cpu_us;    /* all its threads, exact */
	uint64_t user_us;   /* and how that was shared, in ticks of the kernel */
	uint64_t system_us;
	uint64_t rss_bytes; /* memory that is in use now; the kernel's buffers for its sockets are not in it */
};

/* False when there is no such process. */
bool process_read(pid_t pid, struct process_use *use);
/* Keeps this process on one processor, counted from 0. False when there is no such processor. */
bool process_pin(unsigned cpu);

#endif
