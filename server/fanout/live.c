/* A muxer for each player.
 *
 *   ring packet --> strip the 12 bytes --> muxer --> a page --> exchange
 *
 * The granule position counts the samples since this player's start by the numbers of the beats, so a true gap in time is a gap in
 * the stream too. A page that a full socket did not take is kept (one at most): its packet counts as sent, the next waits in the
 * ring.
 */
#include "fanout/live.h"

#include "base/check.h"
#include "fanout/hearing.h"
#include "fanout/muxer.h"

#include <stdlib.h>
#include <string.h>

#define HISTORY 3 /* packets from before now: players want some sound before they start */

struct live {
	struct hearing hearing; /* first; from here down it is the loop's */
	struct muxer *muxer;
	uint32_t first_seq; /* of the beat that is granule 0 */
	bool started;       /* first_seq is known */
	size_t waiting;     /* bytes in `page` that are not sent yet */
	uint8_t page[PACKET_HEADROOM + MUXER_HEADERS_MAX + MUXER_PAGE_MAX];
};

static void keep_page(void *user, const uint8_t *bytes, size_t size)
{
	struct live *live = user;
	check(PACKET_HEADROOM + live->waiting + size <= sizeof live->page);
	memcpy(live->page + PACKET_HEADROOM + live->waiting, bytes, size);
	live->waiting += size;
}

/* True when nothing waits any more. */
static bool send_waiting(struct live *live)
{
	struct exchange *ex = live->hearing.outlet->exchange;
	if (live->waiting > 0 && ex->ops->send(ex, live->page + PACKET_HEADROOM, live->waiting) == SENT)
		live->waiting = 0;
	return live->waiting == 0;
}

static enum sent live_send_shared(struct reader *reader, const uint8_t *bytes, size_t size)
{
	struct live *live = (struct live *)reader;
	struct wire_down header;
	check(wire_get_down(bytes, size, &header));
	if (!send_waiting(live))
		return SENT_FULL;
	if (!live->started) {
		live->started = true;
		live->first_seq = header.seq;
	}
	int64_t frame_samples = 48 * (int64_t)ring_frame_ms(part_ring(reader->part));
	int64_t frames = wire_seq_distance(header.seq, live->first_seq) + (int64_t)1;
	muxer_put(live->muxer, bytes + WIRE_DOWN_HEADER, size - WIRE_DOWN_HEADER, frames * frame_samples);
	send_waiting(live);
	return SENT;
}

static enum sent live_send_run(struct reader *reader, const struct run *run)
{
	size_t size;
	const uint8_t *bytes = run_first(run, &size);
	return live_send_shared(reader, bytes, size);
}

static void live_skipped(struct reader *reader, uint32_t skipped_ms)
{
	(void)reader; /* the gap in the granule positions says it */
	(void)skipped_ms;
}

static void live_stuck(struct reader *reader)
{
	struct exchange *ex = ((struct hearing *)reader)->outlet->exchange;
	ex->ops->end(ex);
}

static void live_writable(struct hearing *hearing)
{
	struct live *live = (struct live *)hearing;
	if (hearing->reader.part != NULL && send_waiting(live))
		reader_writable(&hearing->reader);
}

static void live_release(struct hearing *hearing)
{
	part_leave(&hearing->reader);
}

static void live_free(struct hearing *hearing)
{
	struct live *live = (struct live *)hearing;
	muxer_free(live->muxer);
	free(live);
}

static const struct reader_ops live_reader_ops = {
	.send_shared = live_send_shared,
	.send_run = live_send_run,
	.one_by_one = true,
	.skipped = live_skipped,
	.stuck = live_stuck,
};

static const struct hearing_ops live_ops = {
	.reader = &live_reader_ops,
	.writable = live_writable,
	.release = live_release,
	.free = live_free,
};

struct live *live_open(struct exchange *ex, struct audience *audience, const struct live_options *options)
{
	struct live *live = check_alloc(calloc(1, sizeof *live));
	live->muxer = muxer_new(&(struct muxer_options){
		.title = options->title,
		.language = options->language,
		.pre_skip = options->pre_skip,
		.page = keep_page,
		.user = live,
	});
	ex->ops->begin(ex, 200, "audio/ogg");
	hearing_begin(&live->hearing, &live_ops, ex->outlet, audience, audience_now(audience, HISTORY));
	return live;
}

void live_close(struct live *live)
{
	hearing_end(&live->hearing);
}
