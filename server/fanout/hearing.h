/* A hearing: one connection hears one ring. Half of it belongs to the hub, which says what is heard; half to the loop where the
 * connection's socket is, which sends. Between the halves go calls (base/post.h), in their order with everything else that is said
 * to the connection.
 *
 *   hub                                                loop
 *   hearing_begin  ---- enter(part, spot) ------->    the reader is in the part; packets go to the socket
 *   hearing_end    ---- leave ------------------->     it is in none, and nothing of the hub's is touched any more
 *   freed          <--- left --------------------
 *
 * When both are one loop, each of these happens where it is asked for. Kinds of hearings are in listener.h, live.h and transfer.h.
 */
#ifndef FANOUT_HEARING_H
#define FANOUT_HEARING_H

#include "fanout/audience.h"
#include "fanout/walk.h"

struct hearing;

/* Where a connection's sound goes out: the loop's end of it. Embedded in whoever keeps the connection for the loop; `walk` is set
 * when it is made and never changes, the rest is the loop's. Nothing is heard any more when its memory goes. */
struct outlet {
	struct walk *walk;
	struct conn *conn;         /* the socket itself: a WebSocket, */
	struct exchange *exchange; /* or a request; both NULL when it is gone */
	struct hearing *first;     /* what is heard there */
	struct shard *shard;       /* of the broadcast that the conn has joined (broadcast.h); NULL: none */
	uint64_t next_message;     /* the first message of it that the conn has not had */
	uint32_t member_slot;      /* its place among the members */
};

struct hearing_ops {
	const struct reader_ops *reader;
	/* Loop: the socket has room again. NULL: reader_writable() is all. */
	void (*writable)(struct hearing *hearing);
	/* Loop: it reads no more, since the hub says so or the socket is gone. May come twice. */
	void (*release)(struct hearing *hearing);
	/* Hub: its memory. */
	void (*free)(struct hearing *hearing);
};

/* Embedded; the fields belong to fanout/. */
struct hearing {
	struct reader reader; /* first; the loop's */
	struct conn *conn;    /* the loop's: that of the outlet, at hand where the reader is */
	const struct hearing_ops *ops;
	struct outlet *outlet;
	struct hearing *next, **link; /* the loop's: in the outlet's list */
	struct audience *audience;    /* the hub's: where it counts */
	bool ended;                   /* the hub's: whoever began it has let go */
};

/* ---- hub ---- */

/* Begins at `spot` of `audience`. `hearing` is zeroed but for what its kind has in it, and is freed by ops->free() when it is over.
 */
void hearing_begin(struct hearing *hearing, const struct hearing_ops *ops, struct outlet *outlet, struct audience *audience,
		   struct spot spot);
/* The pointer is dead for the caller. */
void hearing_end(struct hearing *hearing);

/* ---- loop ---- */

/* The socket has room again. */
void outlet_writable(struct outlet *outlet);
/* The socket is gone: nothing is sent to it any more. What is heard there is ended by the hub. */
void outlet_closed(struct outlet *outlet);

/* For transfer.c: a spot on its way to the loop, in the numbers of a call. */
void hearing_put_spot(struct call *call, struct spot spot);
struct spot hearing_spot(const struct call *call);
/* Puts a hearing in front of the outlet's list; and lets go of it, which the hub is told. */
void hearing_link(struct hearing *hearing);
void hearing_let_go(struct hearing *hearing);

#endif
