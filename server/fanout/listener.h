/* A listener: a WebSocket that hears a ring. What follows is the hub's; packets go out on the loop of the socket. */
#ifndef FANOUT_LISTENER_H
#define FANOUT_LISTENER_H

#include "fanout/audience.h"

struct listener;

/* Told to the client by whoever knows its language: messages are not made here. On the hub's thread; not after listener_leave(). */
typedef void (*listener_skipped)(void *user, uint32_t skipped_ms);

/* `conn` (which has an outlet) hears `audience` from `spot` on. Ended with listener_leave(), before `closed` of the conn returns. */
struct listener *listener_join(struct conn *conn, struct audience *audience, struct spot spot, listener_skipped skipped, void *user);
void listener_leave(struct listener *listener);
/* Goes over to another audience at one moment of media time, see transfer.h: of what it hears now the packet `until` is the first that
 * it does not get, of `to` the packet `from` the first that is no history. What the clock jumps over in between changes neither. A transfer
 * that is not over yet is cut short. */
void listener_move(struct listener *listener, struct audience *to, uint32_t until, uint32_t from);

#endif
