/* Admissions, see admission.h: the shares of addresses (peers.c), and the counts of all addresses together. */
#include "gateway/admission.h"

#include "base/check.h"
#include "boothcast/limits.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define SECOND_US 1000000u

struct admissions {
	struct peers *peers;
	uint64_t second_us;       /* since when refusals are counted ... */
	unsigned second_refusals; /* ... and how many there were */
	atomic_uint handshakes;   /* whose request has not come */
	atomic_uint refusals;     /* that are let in to be told so */
};

struct admissions *admissions_new(const struct peer_limits *limits)
{
	struct admissions *all = check_alloc(calloc(1, sizeof *all));
	all->peers = peers_new(limits);
	return all;
}

void admissions_free(struct admissions *all)
{
	if (all == NULL)
		return;
	check(atomic_load(&all->handshakes) == 0 && atomic_load(&all->refusals) == 0);
	peers_free(all->peers);
	free(all);
}

bool admissions_are_crowded(const struct admissions *all)
{
	return atomic_load_explicit(&all->handshakes, memory_order_relaxed) >= HANDSHAKES_MAX;
}

unsigned admissions_refused(const struct admissions *all)
{
	return atomic_load_explicit(&all->refusals, memory_order_relaxed);
}

static enum refusal refusal_of(enum peer_verdict verdict)
{
	switch (verdict) {
	case PEER_CONNECTIONS: return REFUSED_ADDRESS_CONNECTIONS;
	case PEER_HANDSHAKES: return REFUSED_ADDRESS_HANDSHAKES;
	case PEER_RATE: return REFUSED_ADDRESS_RATE;
	case PEER_WELCOME: break;
	}
	return REFUSALS;
}

/* Whether one more can be told that it is refused. */
static bool may_tell(struct admissions *all, uint64_t now_us)
{
	if (now_us - all->second_us >= SECOND_US) {
		all->second_us = now_us;
		all->second_refusals = 0;
	}
	if (all->second_refusals >= REFUSALS_PER_S || admissions_refused(all) >= REFUSALS_AT_ONCE)
		return false;
	all->second_refusals++;
	atomic_fetch_add_explicit(&all->refusals, 1, memory_order_relaxed);
	return true;
}

static struct admission *new_admission(struct admissions *all, int fd, struct peer *peer, enum refusal refused)
{
	struct admission *admission = check_alloc(calloc(1, sizeof *admission));
	admission->fd = fd;
	admission->all = all;
	admission->peer = peer;
	admission->refused = refused;
	atomic_fetch_add_explicit(&all->handshakes, 1, memory_order_relaxed);
	return admission;
}

struct admission *admission_take(struct admissions *all, int fd, const struct sockaddr *address, enum refusal full, uint64_t now_us,
				 enum refusal *why)
{
	struct peer *peer = peers_find(all->peers, address);
	*why = full != REFUSALS ? full : refusal_of(peer_arrive(all->peers, peer, now_us));
	if (*why == REFUSALS)
		return new_admission(all, fd, peer, REFUSALS);
	if (!may_tell(all, now_us))
		return NULL;
	peer_arrive_anyway(peer);
	return new_admission(all, fd, peer, *why);
}

void admission_settle(struct admission *admission)
{
	if (admission->settled)
		return;
	admission->settled = true;
	peer_settle(admission->peer);
	atomic_fetch_sub_explicit(&admission->all->handshakes, 1, memory_order_relaxed);
}

bool admission_may_ask(struct admission *admission, uint64_t now_us)
{
	return peer_may_ask(admission->all->peers, admission->peer, now_us);
}

void admission_end(struct admission *admission)
{
	if (admission == NULL)
		return;
	admission_settle(admission);
	if (admission->refused != REFUSALS)
		atomic_fetch_sub_explicit(&admission->all->refusals, 1, memory_order_relaxed);
	peer_leave(admission->peer);
	free(admission);
}

void admission_reject(struct admission *admission)
{
	close(admission->fd);
	admission_end(admission);
}
