/* Accepted connections, see accepted.h: the shares of addresses (peers.c), and the counts of all addresses together. */
#include "gateway/accepted.h"

#include "base/check.h"
#include "boothcast/limits.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define SECOND_US 1000000u

struct acceptor {
	struct peers *peers;
	uint64_t second_us;       /* since when refusals are counted ... */
	unsigned second_refusals; /* ... and how many there were */
	atomic_uint handshakes;   /* whose request has not come */
	atomic_uint refusals;     /* that are let in to be told so */
};

struct acceptor *acceptor_new(const struct peer_limits *limits)
{
	struct acceptor *acceptor = check_alloc(calloc(1, sizeof *acceptor));
	acceptor->peers = peers_new(limits);
	return acceptor;
}

void acceptor_free(struct acceptor *acceptor)
{
	if (acceptor == NULL)
		return;
	check(atomic_load(&acceptor->handshakes) == 0 && atomic_load(&acceptor->refusals) == 0);
	peers_free(acceptor->peers);
	free(acceptor);
}

bool acceptor_is_crowded(const struct acceptor *acceptor)
{
	return atomic_load_explicit(&acceptor->handshakes, memory_order_relaxed) >= HANDSHAKES_MAX;
}

unsigned acceptor_refused(const struct acceptor *acceptor)
{
	return atomic_load_explicit(&acceptor->refusals, memory_order_relaxed);
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
static bool may_tell(struct acceptor *acceptor, uint64_t now_us)
{
	if (now_us - acceptor->second_us >= SECOND_US) {
		acceptor->second_us = now_us;
		acceptor->second_refusals = 0;
	}
	if (acceptor->second_refusals >= REFUSALS_PER_S || acceptor_refused(acceptor) >= REFUSALS_AT_ONCE)
		return false;
	acceptor->second_refusals++;
	atomic_fetch_add_explicit(&acceptor->refusals, 1, memory_order_relaxed);
	return true;
}

static struct accepted *new_accepted(struct acceptor *acceptor, int fd, struct peer *peer, enum refusal refused)
{
	struct accepted *accepted = check_alloc(calloc(1, sizeof *accepted));
	accepted->fd = fd;
	accepted->acceptor = acceptor;
	accepted->peer = peer;
	accepted->refused = refused;
	atomic_fetch_add_explicit(&acceptor->handshakes, 1, memory_order_relaxed);
	return accepted;
}

struct accepted *acceptor_take(struct acceptor *acceptor, int fd, const struct sockaddr *address, enum refusal full,
			       uint64_t now_us, enum refusal *why)
{
	struct peer *peer = peers_find(acceptor->peers, address);
	*why = full != REFUSALS ? full : refusal_of(peer_arrive(acceptor->peers, peer, now_us));
	if (*why == REFUSALS)
		return new_accepted(acceptor, fd, peer, REFUSALS);
	if (!may_tell(acceptor, now_us))
		return NULL;
	peer_arrive_anyway(peer);
	return new_accepted(acceptor, fd, peer, *why);
}

void accepted_settle(struct accepted *accepted)
{
	if (accepted->settled)
		return;
	accepted->settled = true;
	peer_settle(accepted->peer);
	atomic_fetch_sub_explicit(&accepted->acceptor->handshakes, 1, memory_order_relaxed);
}

bool accepted_may_ask(struct accepted *accepted, uint64_t now_us)
{
	return peer_may_ask(accepted->acceptor->peers, accepted->peer, now_us);
}

void accepted_end(struct accepted *accepted)
{
	if (accepted == NULL)
		return;
	accepted_settle(accepted);
	if (accepted->refused != REFUSALS)
		atomic_fetch_sub_explicit(&accepted->acceptor->refusals, 1, memory_order_relaxed);
	peer_leave(accepted->peer);
	free(accepted);
}

void accepted_reject(struct accepted *accepted)
{
	close(accepted->fd);
	accepted_end(accepted);
}
