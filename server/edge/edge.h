/* One edge, as the files of this folder know it; nobody outside includes this.
 *
 *   edges.c      the set: makes them, spreads connections, ends them
 *   edge.c       one of them: its thread, and delivery in slices
 *   conns.c      a WebSocket: the socket's own object on the edge, and the one that the hub sees
 *   exchanges.c  the same for an HTTP request
 *   arrivals.c   how long new sockets wait for its turn
 */
#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "base/loop.h"
#include "base/post.h"
#include "edge/arrivals.h"
#include "fanout/hearing.h"
#include "gateway/gateway.h"

/* Callbacks of connections and requests; they run on the hub's thread. */
struct edge_house {
	const struct conn_handler *conns;
	const struct exchange_handler *exchanges;
	void *host;
	uint64_t (*now_us)(void); /* clock_us(), or what a test sets */
};

struct edge {
	unsigned index;
	struct edge_house house;
	struct post *orders; /* hub to edge */
	struct post *events; /* edge to hub */
	struct arrivals arrivals;
	struct walk *walk;
	struct gateway *gateway;
	struct loop *loop;
	struct idle *idle; /* the slices after the first */
	bool walking;      /* it runs */

	/* those that have a thread of their own */
	struct thread *thread;
	struct gate *ready;  /* it is open, or failed */
	struct wake *news;   /* the rings have something new */
	struct lull *lull;   /* its events go to the hub */
	struct timer *again; /* what found no slot is tried again */
	const struct gateway_options *options;
	char *error; /* of the opening; `error_size` bytes, the caller's */
	size_t error_size;
	enum close_code code; /* it ends */
	char reason[128];
	unsigned *running; /* the hub's count of threads that have not ended */
};

#define FLUSH_AGAIN_MS 5 /* after which what found the post full is put in */

/* Edge 0, on the hub's loop: opens the gateway. -1 with a sentence in `error`. */
int edge_open_here(struct edge *edge, struct loop *hub, const struct gateway_options *options, char *error, size_t size);
/* Another one: a thread with a loop of its own. Returns when it serves, or -1 with a sentence in `error`. */
int edge_open_thread(struct edge *edge, struct loop *hub, const struct gateway_options *options, char *error, size_t size);
/* By the hub: the rings have something new. */
void edge_deliver(struct edge *edge);
/* By the hub: takes over a new connection. */
void edge_adopt(struct edge *edge, struct accepted *accepted);
/* By the hub: how long those wait, as arrivals_wait_us(). */
uint64_t edge_wait_us(struct edge *edge);
/* By the hub: closes all connections with the code, and then ends the thread, which is told by one less in `*running`. */
void edge_dismiss(struct edge *edge, enum close_code code, const char *reason);
/* By the hub, when the thread has ended, or for edge 0: closes what is left. Afterwards nothing of it is used any more. */
void edge_close(struct edge *edge);

/* What an edge's gateway calls; its host is the edge. */
extern const struct conn_handler edge_conns;
extern const struct exchange_handler edge_exchanges;

#endif
