/* One connection at a time, by blocking: for what is asked before and between the measurements. */
#ifndef LOAD_LINE_H
#define LOAD_LINE_H

#include "load/link.h"
#include "load/target.h"

#include "base/text.h"

#define LINE_MS 10000 /* for the whole of one question: a server that needs longer is no server for a conference */

struct line {
	const struct target *target;
	struct link_context *context; /* NULL: plain */
	struct member member;         /* its socket */
	uint64_t until_us;
};

/* How far it came. */
enum line_result {
	LINE_OPEN,
	LINE_UNREACHABLE, /* no connection: errno says why */
	LINE_DISTRUSTED,  /* the certificate is not good: link_distrust() says why */
	LINE_NO_TLS,      /* what is there does not speak TLS */
};

/* Connects, with TLS when the target has it; `verify` looks at the certificate. line_close() in any case. */
enum line_result line_open(struct line *line, const struct target *target, bool verify);
void line_close(struct line *line);
/* Bytes that came, 0 at the end, -1 with errno (ETIMEDOUT when LINE_MS are over). */
ssize_t line_receive(struct line *line, void *to, size_t size);

/* Asks for a path by HTTP. The answer's body, when its status was 200, is added to `body`. False when there was no such answer. */
bool line_get(const struct target *target, const char *path, struct text *body);

#endif
