/* One edge, see edge.h.
 *
 *   thread:  open --> run the loop: sockets, orders, news --> dismissed --> gateway_close (goodbyes) --> ended
 *   news:    batch begin --> walk_run, one slice --> batch end --> the rest when the loop is idle
 *
 * Between two slices the loop does what else is ready: the beat on the hub, handshakes and texts everywhere. Called by edges.c;
 * what connections say is in conns.c and exchanges.c.
 */
#include "edge/edge.h"

#include "base/check.h"
#include "base/text.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- delivery ---- */

static void run_slice(void *user)
{
	struct edge *edge = user;
	gateway_batch_begin(edge->gateway);
	bool more = walk_run(edge->walk);
	gateway_batch_end(edge->gateway);
	walk_settle(edge->walk, clock_us());
	if (more && !edge->walking)
		idle_start(edge->idle);
	if (!more && edge->walking)
		idle_stop(edge->idle);
	edge->walking = more;
}

static void news(void *user)
{
	struct edge *edge = user;
	if (!edge->walking) /* else the walk under way comes to it */
		run_slice(edge);
}

/* Messages wait: the slices go on, or begin when the loop has done what is ready now. */
static void wanted(void *user)
{
	struct edge *edge = user;
	if (!edge->walking)
		idle_start(edge->idle);
	edge->walking = true;
}

void edge_deliver(struct edge *edge)
{
	if (edge->thread == NULL)
		news(edge);
	else if (gateway_connections(edge->gateway) > 0)
		wake_send(edge->news);
}

/* ---- sockets ---- */

static void adopt(const struct call *call)
{
	struct edge *edge = call->to;
	arrivals_taken(&edge->arrivals, call->b, clock_us());
	gateway_adopt(edge->gateway, call->what);
}

void edge_adopt(struct edge *edge, struct accepted *accepted)
{
	uint64_t now_us = clock_us();
	gateway_promise(edge->gateway);
	arrivals_sent(&edge->arrivals, now_us);
	post_call(edge->orders, &(struct call){.run = adopt, .to = edge, .what = accepted, .b = now_us});
}

uint64_t edge_wait_us(struct edge *edge)
{
	return arrivals_wait_us(&edge->arrivals, clock_us());
}

/* ---- the thread ---- */

static void flush_events(void *user)
{
	struct edge *edge = user;
	if (!post_flush(edge->events))
		timer_start(edge->again, FLUSH_AGAIN_MS, 0);
}

static void ended(const struct call *call)
{
	struct edge *edge = call->to;
	--*edge->running;
}

static struct histogram *delay_metric(const struct edge *edge, struct metrics *metrics)
{
	static const double bounds[] = {0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.05, 0.1, 0.5};
	char label[32];
	snprintf(label, sizeof label, "loop=\"%u\"", edge->index);
	return metrics_histogram(metrics, "boothcast_delivery_delay_seconds",
				 "From the encoder to the listeners' sockets, by packet.", label, bounds,
				 sizeof bounds / sizeof *bounds);
}

static int open_gateway(struct edge *edge, const struct gateway_options *options, char *error, size_t size)
{
	struct gateway_options own = *options;
	own.conns = &edge_conns;
	own.exchanges = &edge_exchanges;
	own.host = edge;
	edge->idle = idle_new(edge->loop, run_slice, edge);
	edge->walk = walk_new(&(struct walk_options){
		.loop = edge->index,
		.orders = edge->orders,
		.events = edge->events,
		.overtaken = metrics_counter_cell(options->metrics, "boothcast_delivery_overtaken_total",
						  "Deliveries that took so long that packets may have been overwritten meanwhile.",
						  NULL),
		.delay = delay_metric(edge, options->metrics),
		.wanted = wanted,
		.user = edge});
	return gateway_open(&edge->gateway, edge->loop, &own, error, size);
}

static bool open_here(struct edge *edge)
{
	edge->loop = loop_new();
	edge->orders = post_new(edge->loop);
	edge->news = wake_new(edge->loop, news, edge);
	edge->lull = lull_new(edge->loop, flush_events, edge);
	edge->again = timer_new(edge->loop, flush_events, edge);
	return open_gateway(edge, edge->options, edge->error, edge->error_size) == 0;
}

static void run(void *user)
{
	struct edge *edge = user;
	bool open = open_here(edge);
	gate_open(edge->ready);
	if (!open)
		return;
	loop_run(edge->loop);
	gateway_close(edge->gateway, edge->code, edge->reason);
	post_call(edge->events, &(struct call){.run = ended, .to = edge});
	post_flush(edge->events);
}

static void end_run(const struct call *call)
{
	struct edge *edge = call->to;
	edge->code = (enum close_code)call->a;
	text_print(edge->reason, sizeof edge->reason, "%s", (const char *)call->bytes);
	loop_stop(edge->loop);
}

/* ---- opening and closing, on the hub ---- */

int edge_open_here(struct edge *edge, struct loop *hub, const struct gateway_options *options, char *error, size_t size)
{
	edge->loop = hub;
	edge->orders = post_new(NULL);
	edge->events = post_new(NULL);
	return open_gateway(edge, options, error, size);
}

int edge_open_thread(struct edge *edge, struct loop *hub, const struct gateway_options *options, char *error, size_t size)
{
	edge->events = post_new(hub);
	edge->options = options;
	edge->error = error;
	edge->error_size = size;
	edge->ready = gate_new();
	edge->thread = thread_new(run, edge);
	gate_pass(edge->ready);
	return edge->gateway != NULL ? 0 : -1;
}

void edge_dismiss(struct edge *edge, enum close_code code, const char *reason)
{
	if (edge->gateway == NULL)
		return;
	if (edge->thread == NULL) {
		gateway_dismiss(edge->gateway, code, reason);
		return;
	}
	++*edge->running;
	post_call(edge->orders,
		  &(struct call){
			  .run = end_run, .to = edge, .a = (uint32_t)code, .bytes = reason, .size = (uint32_t)strlen(reason) + 1});
	post_flush(edge->orders);
}

/* What the thread left behind: calls in both directions, and then its handles, which nobody else uses now. */
static void close_thread(struct edge *edge)
{
	thread_join(edge->thread);
	gate_free(edge->ready);
	post_join(edge->events);
	post_join(edge->orders);
	wake_close(edge->news);
	lull_close(edge->lull);
	timer_close(edge->again);
}

void edge_close(struct edge *edge)
{
	if (edge->thread != NULL)
		close_thread(edge);
	else if (edge->gateway != NULL)
		gateway_close(edge->gateway, CLOSE_RESTARTING, "");
	if (edge->idle != NULL)
		idle_close(edge->idle);
	walk_free(edge->walk);
	if (edge->orders != NULL)
		post_close(edge->orders);
	if (edge->events != NULL)
		post_close(edge->events);
	if (edge->thread != NULL)
		loop_free(edge->loop);
}
