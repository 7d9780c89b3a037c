/* The set of edges, see edges.h. It listens by edge 0's gateway, and gives each new connection to the edge that has the fewest.
 */
#include "edge/edges.h"

#include "base/check.h"
#include "base/clock.h"
#include "boothcast/limits.h"
#include "edge/edge.h"

#include <stdlib.h>
#include <unistd.h>

struct edges {
	struct loop *loop;
	struct edge edge[LOOPS_MAX];
	unsigned count;
	struct gateway_spread spread;
	struct lull *lull;   /* orders go to the edges */
	struct timer *again; /* those that found no slot are tried again */
	unsigned running;    /* threads that were told to end, and have not */
};

/* ---- spreading ---- */

/* The one with the fewest, of two alike the later: edge 0 shares its loop with the hub. One whose thread stands still gets nobody.
 */
static struct edge *least_busy(struct edges *edges)
{
	struct edge *least = &edges->edge[0];
	for (unsigned i = 1; i < edges->count; i++) {
		struct edge *edge = &edges->edge[i];
		if (!post_crowded(edge->orders) && gateway_connections(edge->gateway) <= gateway_connections(least->gateway))
			least = edge;
	}
	return least;
}

static void arrived(void *user, struct accepted *accepted)
{
	edge_adopt(least_busy(user), accepted);
}

/* The longest of them all: with the next lot each gets its share. */
static uint64_t wait_us(void *user)
{
	struct edges *edges = user;
	uint64_t longest_us = 0;
	for (unsigned i = 0; i < edges->count; i++) {
		uint64_t one_us = edge_wait_us(&edges->edge[i]);
		longest_us = one_us > longest_us ? one_us : longest_us;
	}
	return longest_us;
}

static unsigned connections(void *user)
{
	struct edges *edges = user;
	unsigned sum = 0;
	for (unsigned i = 0; i < edges->count; i++)
		sum += gateway_connections(edges->edge[i].gateway);
	return sum;
}

/* ---- what goes to the edges ---- */

static void flush_orders(void *user)
{
	struct edges *edges = user;
	bool all = true;
	for (unsigned i = 1; i < edges->count; i++)
		all = post_flush(edges->edge[i].orders) && all;
	if (!all)
		timer_start(edges->again, FLUSH_AGAIN_MS, 0);
}

/* The others first: their threads work while this one does its own part. */
void edges_deliver(struct edges *edges)
{
	for (unsigned i = edges->count; i-- > 0;)
		edge_deliver(&edges->edge[i]);
}

bool edges_busy(const struct edges *edges)
{
	return edges->edge[0].walking;
}

/* ---- opening and closing ---- */

static int open_all(struct edges *edges, unsigned count, const struct gateway_options *options, char *error, size_t size)
{
	struct gateway_options gateway = *options;
	const struct edge_house house = {options->conns, options->exchanges, options->host, clock_us};
	gateway.spread = count > 1 ? &edges->spread : NULL;
	for (unsigned i = 0; i < count; i++) {
		struct edge *edge = &edges->edge[i];
		edge->index = i;
		edge->house = house;
		edge->running = &edges->running;
		edges->count++; /* also one that fails is closed */
		if ((i == 0 ? edge_open_here : edge_open_thread)(edge, edges->loop, &gateway, error, size) != 0)
			return -1;
		gateway.listen = NULL;
		gateway.spread = NULL;
		gateway.sibling = edges->edge[0].gateway;
	}
	return 0;
}

/* When all threads have ended: nothing is sent to them any more, what is left in their posts is done here. */
static void close_all(struct edges *edges)
{
	if (edges->lull != NULL)
		lull_close(edges->lull);
	if (edges->again != NULL)
		timer_close(edges->again);
	for (unsigned i = edges->count; i-- > 0;)
		edge_close(&edges->edge[i]);
	free(edges);
}

int edges_open(struct edges **out, struct loop *loop, unsigned count, const struct gateway_options *gateway, char *error,
	       size_t size)
{
	check(count >= 1 && count <= LOOPS_MAX);
	struct edges *edges = check_alloc(calloc(1, sizeof *edges));
	edges->loop = loop;
	edges->spread = (struct gateway_spread){.arrived = arrived, .connections = connections, .wait_us = wait_us, .user = edges};
	*metrics_gauge(gateway->metrics, "boothcast_loops", "Event loops that serve connections.", NULL) = count;
	if (open_all(edges, count, gateway, error, size) != 0) {
		edges_close(edges, CLOSE_RESTARTING, "");
		return -1;
	}
	if (count > 1) {
		edges->lull = lull_new(loop, flush_orders, edges);
		edges->again = timer_new(loop, flush_orders, edges);
	}
	*out = edges;
	return 0;
}

const char *edges_url(const struct edges *edges)
{
	return gateway_url(edges->edge[0].gateway);
}

void edges_log_delivery(const struct edges *edges)
{
	gateway_log_delivery(edges->edge[0].gateway);
}

void edges_stop_listening(struct edges *edges)
{
	gateway_stop_listening(edges->edge[0].gateway);
}

void edges_close(struct edges *edges, enum close_code code, const char *reason)
{
	for (unsigned i = 0; i < edges->count; i++)
		edge_dismiss(&edges->edge[i], code, reason);
	while (edges->running > 0)
		loop_run_wait(edges->loop);
	close_all(edges);
}
