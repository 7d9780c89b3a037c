/* A request's body without its framing: of a known length, in chunks (RFC 9112, 7.1), or until the connection ends.
 *
 *   bytes as they come, cut anywhere --> body_take() --> pieces of content that point into them
 *
 * A push decoder: it keeps a state and no bytes, so it neither copies nor grows. Pure; called by http.c and source_client.c, and by
 * the fuzzer.
 */
#include "gateway/parts.h"

#include <string.h>

#define DIGITS_MAX 8      /* a chunk of up to 4 GiB */
#define OVERHEAD_MAX 4096 /* extensions and trailers of one body, which mean nothing to us */

void body_init(struct body *body, enum body_kind kind, uint64_t length)
{
	*body = (struct body){.kind = kind, .left = kind == BODY_LENGTH ? length : 0, .state = CHUNK_SIZE};
}

bool body_complete(const struct body *body)
{
	if (body->kind == BODY_LENGTH)
		return body->left == 0;
	return body->kind == BODY_CHUNKED && body->state == CHUNK_DONE && !body->failed;
}

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A byte of the line with the chunk's size. */
static bool size_byte(struct body *body, uint8_t c)
{
	int digit = hex(c);
	if (digit >= 0) {
		body->left = body->left << 4 | (unsigned)digit;
		return ++body->digits <= DIGITS_MAX;
	}
	if (body->digits == 0)
		return false;
	if (c == ';' || c == ' ' || c == '\t')
		body->state = CHUNK_EXTENSION;
	else if (c == '\r')
		body->state = CHUNK_SIZE_LF;
	else
		return false;
	return true;
}

static bool expected(struct body *body, uint8_t c, uint8_t wanted, enum chunk_state next)
{
	body->state = next;
	return c == wanted;
}

static bool begin_chunk(struct body *body, uint8_t c)
{
	body->digits = 0;
	return expected(body, c, '\n', body->left > 0 ? CHUNK_DATA : CHUNK_TRAILER);
}

/* A byte of what has no meaning to us: it ends with its line, and there may be only so much of it. */
static bool ignored(struct body *body, uint8_t c, enum chunk_state at_end)
{
	if (c == '\r')
		body->state = at_end;
	return c != '\n' && ++body->overhead <= OVERHEAD_MAX;
}

/* One byte that is no content; false when it should not be there. */
static bool framing_byte(struct body *body, uint8_t c)
{
	switch (body->state) {
	case CHUNK_SIZE: return size_byte(body, c);
	case CHUNK_EXTENSION: return ignored(body, c, CHUNK_SIZE_LF);
	case CHUNK_SIZE_LF: return begin_chunk(body, c);
	case CHUNK_DATA_CR: return expected(body, c, '\r', CHUNK_DATA_LF);
	case CHUNK_DATA_LF: return expected(body, c, '\n', CHUNK_SIZE);
	case CHUNK_TRAILER:
		if (c == '\r') {
			body->state = CHUNK_END_LF;
			return true;
		}
		body->state = CHUNK_TRAILER_LINE;
		return ignored(body, c, CHUNK_END_LF);
	case CHUNK_TRAILER_LINE:
		if (c == '\n') {
			body->state = CHUNK_TRAILER;
			return true;
		}
		return ++body->overhead <= OVERHEAD_MAX;
	case CHUNK_END_LF: return expected(body, c, '\n', CHUNK_DONE);
	case CHUNK_DATA:
	case CHUNK_DONE: return false;
	}
	return false;
}

/* Content of at most body->left bytes. */
static size_t content(struct body *body, const uint8_t *bytes, size_t size, const uint8_t **piece, size_t *piece_size)
{
	size_t n = size < body->left ? size : (size_t)body->left;
	*piece = bytes;
	*piece_size = n;
	body->left -= n;
	return n;
}

size_t body_take(struct body *body, const uint8_t *bytes, size_t size, const uint8_t **piece, size_t *piece_size)
{
	size_t used = 0;
	*piece = bytes;
	*piece_size = 0;
	if (body->kind == BODY_UNTIL_CLOSE) {
		*piece_size = size;
		return size;
	}
	if (body->kind == BODY_LENGTH)
		return content(body, bytes, size, piece, piece_size);
	while (used < size && !body->failed && body->state != CHUNK_DONE) {
		if (body->state == CHUNK_DATA) {
			used += content(body, bytes + used, size - used, piece, piece_size);
			if (body->left == 0)
				body->state = CHUNK_DATA_CR;
			return used;
		}
		body->failed = !framing_byte(body, bytes[used++]);
	}
	return used;
}
