/* Shares of addresses, see peers.h. A hash table with chains over one array of entries, which also stand in a list by the time at
 * which they were last seen. The hash is keyed (SipHash), so that nobody can choose addresses that fall on one chain.
 *
 * A rate is kept as one number, the time at which the bucket would be full again (the generic cell rate algorithm of ITU-T I.371):
 * a request moves it on by 1/rate, and comes too early when it lies further ahead than the burst. So several threads need no lock.
 */
#include "gateway/peers.h"

#include "base/check.h"
#include "boothcast/limits.h"

#include <netinet/in.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 16384 /* a power of two; two entries a chain when the table is full */
#define SECOND_US 1000000u

_Static_assert(PEERS_MAX > CONNECTIONS_MAX + REFUSALS_AT_ONCE, "an address without a connection can always be found");

struct key {
	uint64_t high, low;
};

struct peer {
	struct key key;
	struct peer *chain;
	struct peer *newer, *older; /* by when they were last seen */
	bool limited;
	uint64_t arrivals_us; /* see above */
	_Atomic uint64_t requests_us;
	_Atomic unsigned connections, handshakes;
};

struct peers {
	struct peer_limits limits;
	unsigned char hash_key[crypto_shorthash_KEYBYTES];
	struct peer *bucket[BUCKETS];
	struct peer local; /* the loopback addresses */
	struct peer ends;  /* its `older` is the newest, its `newer` the oldest */
	unsigned count;
	struct peer entry[PEERS_MAX];
};

/* ---- addresses ---- */

static uint64_t big_endian(const uint8_t bytes[8])
{
	uint64_t number = 0;
	for (int i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* An IPv4 address as IPv6 maps it. */
static struct key key_of_four(const struct in_addr *address)
{
	return (struct key){0, (uint64_t)0xffff << 32 | ntohl(address->s_addr)};
}

static struct key key_of_six(const struct in6_addr *address)
{
	struct key key = {big_endian(address->s6_addr), big_endian(address->s6_addr + 8)};
	bool whole = IN6_IS_ADDR_V4MAPPED(address) || IN6_IS_ADDR_LINKLOCAL(address) || IN6_IS_ADDR_LOOPBACK(address);
	return whole ? key : (struct key){key.high, 0};
}

static struct key key_of(const struct sockaddr *address)
{
	switch (address->sa_family) {
	case AF_INET: return key_of_four(&((const struct sockaddr_in *)address)->sin_addr);
	case AF_INET6: return key_of_six(&((const struct sockaddr_in6 *)address)->sin6_addr);
	default: return (struct key){0, 0};
	}
}

static bool same(struct key a, struct key b)
{
	return a.high == b.high && a.low == b.low;
}

static bool is_local(struct key key)
{
	return same(key, (struct key){0, 1}) || same(key, (struct key){0, (uint64_t)0xffff << 32 | INADDR_LOOPBACK});
}

/* ---- the table ---- */

static struct peer **bucket_of(struct peers *peers, struct key key)
{
	uint64_t hash;
	_Static_assert(sizeof hash == crypto_shorthash_BYTES, "SipHash makes 64 bits");
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)&key, sizeof key, peers->hash_key);
	return &peers->bucket[hash % BUCKETS];
}

static void unlink_peer(struct peer *peer)
{
	peer->newer->older = peer->older;
	peer->older->newer = peer->newer;
}

static void link_newest(struct peers *peers, struct peer *peer)
{
	peer->newer = &peers->ends;
	peer->older = peers->ends.older;
	peer->older->newer = peer;
	peers->ends.older = peer;
}

static void see(struct peers *peers, struct peer *peer)
{
	unlink_peer(peer);
	link_newest(peers, peer);
}

static void leave_chain(struct peers *peers, struct peer *peer)
{
	struct peer **at = bucket_of(peers, peer->key);
	while (*at != peer)
		at = &(*at)->chain;
	*at = peer->chain;
}

/* Out of the table: the longest unseen one without a connection. Those with connections that stand before it count as seen, so the
 * next search is short. */
static struct peer *evict(struct peers *peers)
{
	struct peer *peer = peers->ends.newer;
	/* acquire: what the thread that counted down did with it is over */
	while (atomic_load_explicit(&peer->connections, memory_order_acquire) > 0) {
		see(peers, peer);
		peer = peers->ends.newer;
	}
	leave_chain(peers, peer);
	unlink_peer(peer);
	return peer;
}

static struct peer *add(struct peers *peers, struct key key, struct peer **bucket)
{
	struct peer *peer = peers->count < PEERS_MAX ? &peers->entry[peers->count++] : evict(peers);
	*peer = (struct peer){.key = key, .chain = *bucket, .limited = true};
	*bucket = peer;
	link_newest(peers, peer);
	return peer;
}

struct peer *peers_find(struct peers *peers, const struct sockaddr *address)
{
	struct key key = key_of(address);
	if (is_local(key))
		return &peers->local;
	struct peer **bucket = bucket_of(peers, key);
	for (struct peer *peer = *bucket; peer != NULL; peer = peer->chain) {
		if (same(peer->key, key)) {
			see(peers, peer);
			return peer;
		}
	}
	return add(peers, key, bucket);
}

unsigned peers_count(const struct peers *peers)
{
	return peers->count;
}

/* ---- shares ---- */

static bool is_used_up(unsigned used, unsigned limit)
{
	return limit > 0 && used >= limit;
}

/* One more of a rate, whose state is `full_us`. False when it comes too early, and then nothing has changed. */
static bool take_token(uint64_t *full_us, unsigned per_s, uint64_t now_us)
{
	if (per_s == 0)
		return true;
	uint64_t from_us = *full_us > now_us ? *full_us : now_us;
	if (from_us - now_us + SECOND_US / per_s > PEER_BURST_S * (uint64_t)SECOND_US)
		return false;
	*full_us = from_us + SECOND_US / per_s;
	return true;
}

enum peer_verdict peer_arrive(struct peers *peers, struct peer *peer, uint64_t now_us)
{
	const struct peer_limits *limits = &peers->limits;
	if (peer->limited) {
		if (is_used_up(atomic_load_explicit(&peer->connections, memory_order_relaxed), limits->connections))
			return PEER_CONNECTIONS;
		if (is_used_up(atomic_load_explicit(&peer->handshakes, memory_order_relaxed), limits->handshakes))
			return PEER_HANDSHAKES;
		if (!take_token(&peer->arrivals_us, limits->handshakes_per_s, now_us))
			return PEER_RATE;
	}
	peer_arrive_anyway(peer);
	return PEER_WELCOME;
}

void peer_arrive_anyway(struct peer *peer)
{
	atomic_fetch_add_explicit(&peer->connections, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&peer->handshakes, 1, memory_order_relaxed);
}

void peer_settle(struct peer *peer)
{
	atomic_fetch_sub_explicit(&peer->handshakes, 1, memory_order_relaxed);
}

void peer_leave(struct peer *peer)
{
	atomic_fetch_sub_explicit(&peer->connections, 1, memory_order_release);
}

bool peer_may_ask(const struct peers *peers, struct peer *peer, uint64_t now_us)
{
	if (!peer->limited)
		return true;
	uint64_t before_us = atomic_load_explicit(&peer->requests_us, memory_order_relaxed), after_us;
	do {
		after_us = before_us;
		if (!take_token(&after_us, peers->limits.requests_per_s, now_us))
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&peer->requests_us, &before_us, after_us, memory_order_relaxed,
							memory_order_relaxed));
	return true;
}

/* ---- all of them ---- */

struct peers *peers_new(const struct peer_limits *limits)
{
	struct peers *peers = check_alloc(calloc(1, sizeof *peers));
	peers->limits = *limits;
	peers->ends.newer = peers->ends.older = &peers->ends;
	crypto_shorthash_keygen(peers->hash_key);
	return peers;
}

void peers_free(struct peers *peers)
{
	free(peers);
}
