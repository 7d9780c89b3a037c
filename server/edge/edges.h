/* The loops of the server. An edge is a loop with a gateway (gateway/: library context, TLS, batch) and a walk (fanout/: its part
 * of every audience). The hub is the loop on which everything else lives: beat, stages, encoders' results, and the house
 * (control/). Edge 0 is on the hub's loop; the others have a thread each.
 *
 *                 hub's thread                                        an edge's thread
 *   port --> gateway 0 (door: accepts) --adopt--------------------> gateway: handshake, TLS, pages, WebSocket
 *            house <-- conn, exchange ==opened, text, closed======= conns.c, exchanges.c
 *                                     ==text, close, answer=======>
 *            listener, live           ==enter, move, leave========> hearing --> reader in a part of the ring's audience
 *            ring_put (encoders' results)       \
 *            edges_deliver ------- one wake -----+----------------> walk over the parts: ring --> batch --> sockets
 *
 * ===  a post (base/post.h): calls in their order, lock-free, one wake a turn. All that is said to and of one connection goes by
 * the same two posts, so it keeps its order; sound alone does not pass them: it is read from the ring, where the place at which
 * somebody begins was chosen by the hub before the call.
 *
 * Why so. A connection whose packets are sent on one thread and whose TLS is read on another would need a lock around each send, so
 * a socket belongs to one thread with all its bytes. What it says and what is said to it is little and can be handed over. So
 * control/ stays single-threaded and knows no edges: it has objects of boothcast/conn.h that look like the gateway's. Everybody is
 * served in this way, interpreters too: their sound in is a message of 20 ms, which a hand-over makes later by some 50 us, and
 * nobody needs to be told apart before the ticket is read. One door accepts and gives each connection to the edge that has the
 * fewest: a second listener on the port (SO_REUSEPORT) would let two servers share it by mistake, and count their limits apart.
 *
 * With one loop there is edge 0 alone. Its posts are direct, that is, a call is made where it is asked for: the same code, no
 * thread, no ring, no wake.
 */
#ifndef EDGE_EDGES_H
#define EDGE_EDGES_H

#include "gateway/gateway.h"

struct edges;

/* `count` loops, 1 .. LOOPS_MAX; `loop` is the hub's. `gateway` says what each serves, and where the first listens; its handlers
 * are called on the hub's thread. On failure -1 with a sentence in `error`, as of gateway_open(). Ended with edges_close(). */
int edges_open(struct edges **out, struct loop *loop, unsigned count, const struct gateway_options *gateway, char *error,
	       size_t size);
/* http://HOST:PORT or https://..., with the port that was picked. */
const char *edges_url(const struct edges *edges);
/* Logs by which way packets go to sockets. */
void edges_log_delivery(const struct edges *edges);
/* Takes nobody new any more; those who are there stay. */
void edges_stop_listening(struct edges *edges);
/* There is something new in the rings: every loop that has connections sends it, this one at once, or a slice of it. */
void edges_deliver(struct edges *edges);
/* Whether the hub's own loop still has packets or messages to send. */
bool edges_busy(const struct edges *edges);
/* Closes every connection with the code, ends the threads and the transport. Runs the hub's loop until all is drained; every
 * `closed` has been called, and no ring is read any more, when this returns. Never from inside a handler. */
void edges_close(struct edges *edges, enum close_code code, const char *reason);

#endif
