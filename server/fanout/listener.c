/* The WebSocket's end of a ring: a packet is a message, byte for byte. */
#include "fanout/listener.h"

#include "base/check.h"
#include "fanout/transfer.h"

#include <stdlib.h>

static struct conn *conn_of(const struct reader *reader)
{
	return ((const struct hearing *)reader)->conn;
}

enum sent listener_send_shared(struct reader *reader, const uint8_t *bytes, size_t size)
{
	struct conn *conn = conn_of(reader);
	return conn->ops->send_shared(conn, bytes, size);
}

enum sent listener_send_run(struct reader *reader, const struct run *run)
{
	struct conn *conn = conn_of(reader);
	return conn->ops->send_run(conn, run->bytes, run->size, run->count);
}

/* The conn, and what its transport keeps behind it. */
static void fetch(const struct reader *reader)
{
	const char *conn = (const char *)conn_of(reader);
	__builtin_prefetch(conn);
	__builtin_prefetch(conn + sizeof(struct conn));
}

/* On the hub. */
static void tell_skipped(const struct call *call)
{
	struct listener *listener = call->to;
	if (!listener->hearing.ended)
		listener->skipped(listener->user, call->a);
}

void listener_was_skipped(struct listener *listener, uint32_t skipped_ms)
{
	post_call(walk_events(listener->hearing.outlet->walk), &(struct call){.run = tell_skipped, .to = listener, .a = skipped_ms});
}

static void skipped(struct reader *reader, uint32_t skipped_ms)
{
	listener_was_skipped((struct listener *)reader, skipped_ms);
}

void listener_stuck(struct reader *reader)
{
	struct conn *conn = conn_of(reader);
	conn->ops->close(conn, status_close_code(STATUS_TOO_SLOW), status_word(STATUS_TOO_SLOW));
}

static void release(struct hearing *hearing)
{
	struct listener *listener = (struct listener *)hearing;
	if (listener->transfer != NULL)
		transfer_end(listener->transfer);
	part_leave(&hearing->reader);
}

static void free_listener(struct hearing *hearing)
{
	free(hearing);
}

const struct reader_ops listener_reader_ops = {
	.send_shared = listener_send_shared,
	.send_run = listener_send_run,
	.fetch = fetch,
	.skipped = skipped,
	.stuck = listener_stuck,
};

static const struct hearing_ops ops = {.reader = &listener_reader_ops, .release = release, .free = free_listener};

struct listener *listener_join(struct conn *conn, struct audience *audience, struct spot spot, listener_skipped told, void *user)
{
	struct listener *listener = check_alloc(calloc(1, sizeof *listener));
	listener->skipped = told;
	listener->user = user;
	hearing_begin(&listener->hearing, &ops, conn->outlet, audience, spot);
	return listener;
}

void listener_leave(struct listener *listener)
{
	hearing_end(&listener->hearing);
}

void listener_move(struct listener *listener, struct audience *to, uint32_t until, uint32_t from)
{
	transfer_begin(listener, to, until, audience_at(to, from, HISTORY_MAX));
}
