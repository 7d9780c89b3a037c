/* The transfer, see transfer.h. The one who leaves stays in the old part until the packet comes that is no longer its own, and
 * swallows that, so the walk over thousands of readers need not know of any of this. The order in which the last old packet and the
 * first new one reach the socket is that of the encoders; a client tells them apart by their streams. Called by listener.c.
 */
#include "fanout/transfer.h"

#include "base/check.h"

#include <stdlib.h>

/* ---- loop ---- */

/* Whether this packet is no longer the listener's. */
static bool is_over(struct transfer *transfer, const uint8_t *bytes, size_t size)
{
	struct wire_down header;
	bool readable = wire_get_down(bytes, size, &header);
	check(readable);
	if (!transfer->over && wire_seq_distance(header.seq, transfer->until) >= 0) {
		transfer->over = true;
		walk_end_later(transfer->hearing.outlet->walk, transfer);
	}
	return transfer->over;
}

static enum sent leaving_send_shared(struct reader *reader, const uint8_t *bytes, size_t size)
{
	return is_over((struct transfer *)reader, bytes, size) ? SENT : listener_send_shared(reader, bytes, size);
}

static enum sent leaving_send_run(struct reader *reader, const struct run *run)
{
	size_t size;
	const uint8_t *bytes = run_first(run, &size);
	return is_over((struct transfer *)reader, bytes, size) ? SENT : listener_send_run(reader, run);
}

static void leaving_skipped(struct reader *reader, uint32_t skipped_ms)
{
	listener_was_skipped(((struct transfer *)reader)->listener, skipped_ms);
}

static const struct reader_ops leaving_ops = {
	.send_shared = leaving_send_shared,
	.send_run = leaving_send_run,
	.one_by_one = true,
	.skipped = leaving_skipped,
	.stuck = listener_stuck,
};

void transfer_end(struct transfer *transfer)
{
	transfer->listener->transfer = NULL;
	part_leave(&transfer->hearing.reader);
	hearing_let_go(&transfer->hearing);
}

static void release(struct hearing *hearing)
{
	transfer_end((struct transfer *)hearing);
}

static void move(const struct call *call)
{
	struct transfer *transfer = call->to;
	struct listener *listener = transfer->listener;
	struct spot spot = hearing_spot(call);
	if (listener->transfer != NULL)
		transfer_end(listener->transfer); /* one that is not over by now never will be */
	hearing_link(&transfer->hearing);
	transfer->hearing.conn = listener->hearing.conn;
	listener->transfer = transfer;
	if (listener->hearing.reader.part == NULL) {
		transfer_end(transfer); /* the socket is gone */
		return;
	}
	part_replace(&listener->hearing.reader, &transfer->hearing.reader, &leaving_ops);
	part_enter(call->what, &listener->hearing.reader, &listener_reader_ops, &spot);
}

/* ---- hub ---- */

static void free_transfer(struct hearing *hearing)
{
	free(hearing);
}

static const struct hearing_ops ops = {.reader = &leaving_ops, .release = release, .free = free_transfer};

void transfer_begin(struct listener *listener, struct audience *to, uint32_t until, struct spot spot)
{
	struct transfer *transfer = check_alloc(calloc(1, sizeof *transfer));
	struct outlet *outlet = listener->hearing.outlet;
	transfer->hearing = (struct hearing){.ops = &ops, .outlet = outlet, .audience = listener->hearing.audience};
	transfer->listener = listener;
	transfer->until = until;
	listener->hearing.audience = to;
	struct call call = {.run = move, .to = transfer, .what = audience_join(to, outlet->walk)};
	hearing_put_spot(&call, spot);
	post_call(walk_orders(outlet->walk), &call);
}
