/* The WebSocket's end of a ring: a packet is a message, byte for byte. */
#include "fanout/listener.h"

static enum sent listener_send(struct reader *reader, uint8_t *bytes, size_t size)
{
	struct conn *conn = ((struct listener *)reader)->conn;
	return conn->ops->send_binary(conn, bytes, size);
}

static enum sent listener_send_shared(struct reader *reader, uint8_t *bytes, size_t size)
{
	struct conn *conn = ((struct listener *)reader)->conn;
	return conn->ops->send_shared(conn, bytes, size);
}

/* The conn, and what its transport keeps behind it. */
static void listener_fetch(const struct reader *reader)
{
	const char *conn = (const char *)((const struct listener *)reader)->conn;
	__builtin_prefetch(conn);
	__builtin_prefetch(conn + sizeof(struct conn));
}

static void listener_skipped(struct reader *reader, uint32_t skipped_ms)
{
	struct listener *listener = (struct listener *)reader;
	listener->skipped(listener, skipped_ms);
}

static void listener_stuck(struct reader *reader)
{
	struct conn *conn = ((struct listener *)reader)->conn;
	conn->ops->close(conn, status_close_code(STATUS_TOO_SLOW), status_word(STATUS_TOO_SLOW));
}

const struct reader_ops listener_ops = {
	.send = listener_send,
	.send_shared = listener_send_shared,
	.fetch = listener_fetch,
	.skipped = listener_skipped,
	.stuck = listener_stuck,
};
