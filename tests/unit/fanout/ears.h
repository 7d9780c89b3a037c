/* A loop for tests of what makes sound and sends it: it is here, on the only thread, without sockets. And somebody who hears: what is
 * heard of any audience comes to one function of the test when ears_deliver() is called, as after the encodes of a beat.
 */
#ifndef UNIT_FANOUT_EARS_H
#define UNIT_FANOUT_EARS_H

#include "fanout/hearing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct here {
	struct post *post;
	struct walk *walk;
};

static inline void here_open(struct here *here)
{
	here->post = post_new(NULL);
	here->walk = walk_new(&(struct walk_options){.orders = here->post, .events = here->post});
}

static inline void here_close(struct here *here)
{
	walk_free(here->walk); /* asserts that nobody reads */
	post_close(here->post);
}

static inline void here_deliver(struct here *here)
{
	while (walk_run(here->walk))
		walk_settle(here->walk, 0);
	walk_settle(here->walk, 0);
}

/* ---- */

typedef enum sent (*ears_heard)(struct reader *reader, const uint8_t *bytes, size_t size);

struct ears {
	struct outlet outlet; /* first: a hearing's outlet is its ears */
	struct conn conn;     /* only so that there is one */
	struct here here;
	struct reader_ops reader_ops;
	struct hearing_ops ops;
	ears_heard heard;
};

static inline enum sent ears_send_shared(struct reader *reader, const uint8_t *bytes, size_t size)
{
	struct ears *ears = (struct ears *)((struct hearing *)reader)->outlet;
	return ears->heard(reader, bytes, size);
}

static inline enum sent ears_send_run(struct reader *reader, const struct run *run)
{
	size_t size;
	const uint8_t *bytes = run_first(run, &size);
	return ears_send_shared(reader, bytes, size);
}

static inline void ears_skipped(struct reader *reader, uint32_t skipped_ms)
{
	(void)reader;
	(void)skipped_ms;
	fail();
}

static inline void ears_stuck(struct reader *reader)
{
	(void)reader;
	fail();
}

static inline void ears_release(struct hearing *hearing)
{
	part_leave(&hearing->reader);
}

static inline void ears_free(struct hearing *hearing)
{
	memset(hearing, 0, sizeof *hearing); /* it is the test's, and may begin again */
}

static inline void ears_open(struct ears *ears, ears_heard heard)
{
	memset(ears, 0, sizeof *ears);
	here_open(&ears->here);
	ears->outlet.walk = ears->here.walk;
	ears->outlet.conn = &ears->conn;
	ears->reader_ops = (struct reader_ops){
		.send_shared = ears_send_shared, .send_run = ears_send_run, .one_by_one = true, .skipped = ears_skipped, .stuck = ears_stuck};
	ears->ops = (struct hearing_ops){.reader = &ears->reader_ops, .release = ears_release, .free = ears_free};
	ears->heard = heard;
}

static inline void ears_close(struct ears *ears)
{
	here_close(&ears->here);
}

static inline void ears_join(struct ears *ears, struct hearing *hearing, struct audience *audience, unsigned history)
{
	hearing_begin(hearing, &ears->ops, &ears->outlet, audience, audience_now(audience, history));
}

/* Also of one who does not hear. */
static inline void ears_leave(struct hearing *hearing)
{
	if (hearing->audience != NULL)
		hearing_end(hearing);
}

static inline void ears_deliver(struct ears *ears)
{
	here_deliver(&ears->here);
}

#endif
