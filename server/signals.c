/* Signals of the process, see signals.h. Called by server.c. */
#include "signals.h"

#include "base/check.h"
#include "base/log.h"

#include <signal.h>
#include <stdlib.h>

static const struct {
	int number;
	const char *name;
	bool ends;
} known[] = {
	{SIGINT, "interrupt", true}, {SIGTERM, "terminate", true}, {SIGQUIT, "quit", true},
	{SIGHUP, "hangup", false},   {SIGUSR1, "user1", false},    {SIGUSR2, "user2", false},
};

#define KNOWN (sizeof known / sizeof *known)

struct signals {
	struct signal_watch *watch[KNOWN];
	void (*end)(void *user, const char *name);
	void *user;
};

static void caught(void *user, int number)
{
	struct signals *signals = user;
	size_t i = 0;
	while (known[i].number != number)
		i++;
	if (known[i].ends)
		signals->end(signals->user, known[i].name);
	else
		log_event(LOG_INFO, "signal_not_used", LOG_STRING("signal", known[i].name),
			  LOG_STRING("says", "nothing is bound to this signal; the server goes on"));
}

void signals_prepare(void)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < KNOWN; i++) {
		if (!known[i].ends)
			signal(known[i].number, SIG_IGN);
	}
}

struct signals *signals_open(struct loop *loop, void (*end)(void *user, const char *name), void *user)
{
	struct signals *signals = check_alloc(calloc(1, sizeof *signals));
	signals->end = end;
	signals->user = user;
	for (size_t i = 0; i < KNOWN; i++)
		signals->watch[i] = signal_new(loop, known[i].number, caught, signals);
	return signals;
}

void signals_close(struct signals *signals)
{
	if (signals == NULL)
		return;
	for (size_t i = 0; i < KNOWN; i++)
		signal_close(signals->watch[i]);
	signals_prepare(); /* libuv has put the default back, which is the end */
	free(signals);
}
