/* A WebSocket from the inside: shared by ws.c (its life, and what comes in) and ws_out.c (what goes out). */
#ifndef GATEWAY_WS_INSIDE_H
#define GATEWAY_WS_INSIDE_H

#include "gateway/parts.h"
#include "gateway/tls_out.h"

struct waiting {
	struct waiting *next;
	size_t size;
	uint8_t bytes[]; /* LWS_PRE, then the text */
};

struct ws {
	struct conn conn;        /* first: a conn is a ws */

	/* what every packet looks at: one cache line behind the conn, which the audience fetches ahead */
	struct gateway *gateway;
	struct lws *wsi;
	struct waiting *first, **last; /* texts that the socket did not take yet */
	struct tls_out *tls;     /* NULL: plain */
	int fd;
	uint32_t round;          /* of the batch that has its newest packet, see batch.h */
	enum close_code code;    /* CLOSE_NONE until close() */
	enum tls_sealer sealer;  /* of its records; with TLS only */
	bool open;               /* between `opened` and `closed` */
	bool ending;             /* nothing is sent any more */
	bool wants_writable;     /* SENT_FULL was said */
	bool pinged;

	struct ws *next, **link; /* gateway->conn_list */
	unsigned pieces;         /* of the message that is coming */
	unsigned pongs;          /* since the last sweep */
	unsigned waiting_count;
	size_t waiting_bytes;
	uint8_t *part;           /* a message of which pieces are missing, else NULL */
	size_t part_size;
	char *reason;            /* of our close frame */
	uint32_t heard_s;        /* when the peer gave a sign of life, in gateway->now_s */
};

extern const struct conn_ops ws_operations;

/* Writes one message, after what is gathered for this socket. False when the connection is broken; it will be ended from the
 * loop. */
bool ws_write(struct ws *ws, uint8_t *bytes, size_t size, enum lws_write_protocol kind);
/* SERVER_WRITEABLE: the socket takes something again. -1 ends the connection. */
int ws_writable(struct ws *ws);
/* conn_ops.close. */
void ws_close(struct conn *conn, enum close_code code, const char *reason);
/* It is over: frees the texts that were never sent. */
void ws_drop_waiting(struct ws *ws);

#endif
