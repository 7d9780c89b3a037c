/* Judging, see judge.h. The model:
 *
 *   step --fault--> what listeners noticed --cause--> who was at an end --> sentence
 *     \--search--> how many the next step has
 *
 * A cause is concluded in the order of how sure it is: what the server counted itself; a processor that is full; this program's own
 * lateness; and only when nobody was at an end, the network. Called by climb.c. It measures nothing and prints nothing.
 */
#include "load/judge.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define FULL           0.9  /* of a processor: above that the last bit of work waits */
#define MACHINE_FULL   0.95 /* of all processors: the kernel has work of its own */
#define LATE_BEATS_MAX 0.01
#define LAG_MAX        0.5  /* of late_ms, by this program: beyond, it may have made packets late itself */
#define CLOSE_ENOUGH   10   /* good and bad are a tenth apart */

/* ---- one step ---- */

enum fault judge_fault(const struct step *s)
{
	double packets = (double)s->packets;
	if (s->refused > 0)
		return FAULT_REFUSED;
	if (s->closed > 0)
		return FAULT_CLOSED;
	if (s->packets == 0 || (double)(s->lost + s->doubled) > packets * JUDGE_LOST_MAX)
		return FAULT_LOST;
	if ((double)s->late > packets * JUDGE_LATE_MAX)
		return FAULT_LATE;
	return (double)s->paused > s->listening * JUDGE_PAUSED_MAX ? FAULT_PAUSED : FAULT_NONE;
}

/* Who was at an end when packets came late or not at all. */
static enum cause overload(const struct step *s)
{
	if (s->known && s->server_cpu >= FULL * s->loops)
		return CAUSE_SERVER;
	if (s->here && s->machine_busy >= MACHINE_FULL)
		return CAUSE_SHARED;
	if (s->own_cpu >= FULL || s->own_lag_ms >= LAG_MAX * s->late_ms)
		return CAUSE_OURSELVES;
	if (!s->known)
		return CAUSE_UNKNOWN;
	return s->late_beats > LATE_BEATS_MAX || s->beats_skipped > 0 ? CAUSE_STALL : CAUSE_NETWORK;
}

enum cause judge_cause(const struct step *s)
{
	enum fault fault = judge_fault(s);
	if (fault == FAULT_NONE)
		return CAUSE_NONE;
	if (fault != FAULT_REFUSED)
		return overload(s);
	if (s->refused_full > 0)
		return CAUSE_SETTING;
	return s->refused_files > 0 ? CAUSE_FILES : CAUSE_UNKNOWN;
}

const char *judge_fault_word(enum fault fault)
{
	static const char *const words[] = {"none", "refused", "closed", "lost", "late", "paused"};
	return words[fault];
}

const char *judge_cause_word(enum cause cause)
{
	static const char *const words[] = {"none", "setting", "files", "server", "shared", "ourselves", "stall", "network", "unknown"};
	return words[cause];
}

bool judge_doubts(enum fault fault)
{
	return fault == FAULT_LOST || fault == FAULT_LATE || fault == FAULT_PAUSED;
}

/* ---- the next step ---- */

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned search_next(const struct search *s)
{
	if (s->good >= s->goal)
		return 0;
	if (s->bad == 0)
		return least(s->good == 0 ? s->first : s->good * 2, s->goal);
	if (s->hint > s->good && s->hint < s->bad)
		return s->hint;
	if (s->bad - s->good <= 1 + s->good / CLOSE_ENOUGH)
		return 0;
	return s->good + (s->bad - s->good) / 2;
}

/* Whoever was turned away shows the limit at once: as many as were let in. */
void search_take(struct search *search, const struct step *step)
{
	search->hint = 0;
	if (judge_fault(step) == FAULT_NONE) {
		search->good = step->listeners;
		return;
	}
	search->bad = step->listeners;
	if (step->refused == 0)
		return;
	search->hint = step->listening;
	search->bad = least(search->bad, step->listening + 1);
}

/* ---- the sentence ---- */

/* The first two digits: a search does not find more. */
static unsigned about(unsigned count)
{
	unsigned unit = 1;
	while (count / unit >= 100)
		unit *= 10;
	return count / unit * unit;
}

static void say_fault(char *to, size_t size, const struct step *s)
{
	double percent = s->packets > 0 ? 100.0 / (double)s->packets : 0;
	switch (judge_fault(s)) {
	case FAULT_REFUSED: snprintf(to, size, "the server turned away %u of %u", s->refused, s->listeners); break;
	case FAULT_CLOSED: text_print(to, size, "%u of %u were cut off: %s", s->closed, s->listeners, s->reason); break;
	case FAULT_LOST:
		if (s->packets == 0)
			snprintf(to, size, "no packets came");
		else
			snprintf(to, size, "%.2g %% of packets were lost", (double)(s->lost + s->doubled) * percent);
		break;
	case FAULT_LATE:
		snprintf(to, size, "%.2g %% of packets came more than %u ms late", (double)s->late * percent, s->late_ms);
		break;
	case FAULT_PAUSED:
		snprintf(to, size, "%u of %u had a pause of more than %u ms", s->paused, s->listeners, JUDGE_PAUSE(s->late_ms));
		break;
	case FAULT_NONE: snprintf(to, size, "nothing"); break;
	}
}

static void say_cause(char *to, size_t size, const struct step *s)
{
	static const char *const sentences[] = {
		[CAUSE_NONE] = "",
		[CAUSE_SETTING] = "its settings allow no more: server: {connections: ...}",
		[CAUSE_FILES] = "it has no file descriptors left: raise LimitNOFILE of its service, or ulimit -n where it is started",
		[CAUSE_SERVER] = "the server's processor is full",
		[CAUSE_SHARED] = "server and listeners share this machine, whose processors are full: run this from a second machine",
		[CAUSE_OURSELVES] = "this computer was at its end before the server was: run this from a faster one, or from two",
		[CAUSE_STALL] = "the server began its beats late though its processor was not full: something else holds it up",
	};
	enum cause cause = judge_cause(s);
	double mbit_per_s = s->seconds > 0 ? (double)s->bytes * 8 / s->seconds / 1e6 : 0;
	if (cause == CAUSE_NETWORK)
		snprintf(to, size, "the server kept its beat, so it is the network: %.1f Mbit/s came through", mbit_per_s);
	else if (cause == CAUSE_UNKNOWN && s->reason[0] != '\0')
		text_print(to, size, "%s", s->reason);
	else if (cause == CAUSE_UNKNOWN)
		snprintf(to, size, "the server or the network: its /metrics cannot be read from here, which would tell");
	else
		text_print(to, size, "%s", sentences[cause]);
}

/* Whether the server might carry more than was seen. */
static bool is_lower_bound(enum cause cause)
{
	return cause == CAUSE_SHARED || cause == CAUSE_OURSELVES;
}

void judge_say(char *to, size_t size, const struct search *search, const struct step *limit, const char *host)
{
	char who[300], fault[256], cause[256];
	text_print(who, sizeof who, "%s%s", host == NULL ? "this machine" : "the machine at ", host == NULL ? "" : host);
	if (limit == NULL) {
		text_print(to, size, "%s carries %u listeners", who, search->good);
		return;
	}
	say_fault(fault, sizeof fault, limit);
	say_cause(cause, sizeof cause, limit);
	bool exact = judge_fault(limit) == FAULT_REFUSED;
	const char *how = is_lower_bound(judge_cause(limit)) ? "at least " : exact ? "" : "about ";
	if (search->good == 0)
		text_print(to, size, "%s does not carry %u listeners: %s (%s)", who, limit->listeners, fault, cause);
	else
		text_print(to, size, "%s carries %s%u listeners: beyond that, %s (%s)", who, how,
			 exact ? search->good : about(search->good), fault, cause);
}
