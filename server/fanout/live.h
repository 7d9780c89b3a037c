/* /live: an endless Ogg Opus stream of a channel over HTTP, as a reader of its ring (RFC 7845, RFC 3533). */
#ifndef FANOUT_LIVE_H
#define FANOUT_LIVE_H

#include "fanout/audience.h"

struct live;

struct live_options {
	const char *title;    /* of the stream, for the player's display */
	const char *language; /* BCP 47, "" when not known */
	unsigned pre_skip;    /* the encoder's delay, samples at 48 kHz */
};

/* Answers the exchange (which has an outlet) with an endless stream that starts with the packet of now. `closed` of the exchange must
 * call live_close(). Its user pointer stays the caller's. On the hub's thread; pages go out on the loop of the socket. */
struct live *live_open(struct exchange *ex, struct audience *audience, const struct live_options *options);
void live_close(struct live *live);

#endif
