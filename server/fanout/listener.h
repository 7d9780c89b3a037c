/* A listener: a WebSocket as a reader of a ring. */
#ifndef FANOUT_LISTENER_H
#define FANOUT_LISTENER_H

#include "fanout/audience.h"

struct listener {
	struct reader reader; /* first: the reader is the listener */
	struct conn *conn;
	/* Told to the client by whoever knows its language: messages are not made here. */
	void (*skipped)(struct listener *listener, uint32_t skipped_ms);
};

/* Sends packets as they are, by conn->ops->send_shared, or send_binary where one is marked for it alone. */
extern const struct reader_ops listener_ops;

#endif
