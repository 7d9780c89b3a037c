/* What the server does on a signal.
 *
 *   SIGINT, SIGTERM, SIGQUIT    end: the first one soon, after everybody was told; the second at once
 *   SIGHUP, SIGUSR1, SIGUSR2    nothing is bound to them yet: a line in the log, and the server goes on
 *   SIGPIPE                     ignored: a peer or a terminal that has gone shows itself to whoever writes
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "base/loop.h"

struct signals;

/* Before anything is made: from here on none of the signals that are not bound ends the process, also not while it starts or ends. */
void signals_prepare(void);
/* Listens to all of them. `end` is called on the loop's thread for each signal that ends; `name` is a word for the log. The caller ends
 * it with signals_close(). */
struct signals *signals_open(struct loop *loop, void (*end)(void *user, const char *name), void *user);
/* From here on a signal that ends does so at once. NULL is fine. */
void signals_close(struct signals *signals);

#endif
