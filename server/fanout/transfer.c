/* The transfer, see transfer.h. The one who leaves stays in the old audience until the packet comes that is no longer its own, and
 * swallows that, so the walk over thousands of readers need not know of any of this. The order in which the last old packet and the
 * first new one reach the socket is that of the encoders; a client tells them apart by their streams. Called by control/.
 */
#include "fanout/transfer.h"

#include "base/check.h"

static enum sent leaving_send(struct reader *reader, uint8_t *bytes, size_t size)
{
	struct transfer *transfer = (struct transfer *)reader;
	struct wire_down header;
	bool readable = wire_get_down(bytes, size, &header);
	check(readable);
	if (wire_seq_distance(header.seq, transfer->until) >= 0)
		transfer->over = true;
	return transfer->over ? SENT : listener_ops.send(reader, bytes, size);
}

static void leaving_skipped(struct reader *reader, uint32_t skipped_ms)
{
	struct transfer *transfer = (struct transfer *)reader;
	transfer->listener->skipped(transfer->listener, skipped_ms);
}

static void leaving_stuck(struct reader *reader)
{
	listener_ops.stuck(reader);
}

static const struct reader_ops leaving_ops = {.send = leaving_send, .skipped = leaving_skipped, .stuck = leaving_stuck};

void transfer_begin(struct transfer *transfer, struct listener *listener, struct audience *to, uint32_t until, uint32_t from)
{
	*transfer = (struct transfer){.leaving.conn = listener->conn, .listener = listener, .until = until};
	audience_replace(&listener->reader, &transfer->leaving.reader, &leaving_ops);
	audience_join_at(to, &listener->reader, &listener_ops, from, HISTORY_MAX);
}

bool transfer_over(const struct transfer *transfer)
{
	return transfer->over;
}

void transfer_end(struct transfer *transfer)
{
	audience_leave(&transfer->leaving.reader);
}

void transfer_writable(struct transfer *transfer)
{
	reader_writable(&transfer->leaving.reader);
}
