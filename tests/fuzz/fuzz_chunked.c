/* Fuzzes the framing of bodies and the head of source clients: no byte sequence may crash, loop, or give other content when it is
 * cut elsewhere.
 *
 * Build: clang -g -fsanitize=fuzzer,address,undefined, with server/gateway/{body,head,request}.c and the base library; see
 * tests/run.
 */
#include "gateway/parts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All content of a chunked body, fed in pieces of `step`. Returns its size. */
static size_t decode(struct body *body, const uint8_t *data, size_t size, size_t step, uint8_t *out)
{
	size_t used = 0, content = 0;
	body_init(body, BODY_CHUNKED, 0);
	while (used < size && !body->failed && !body_complete(body)) {
		const uint8_t *piece;
		size_t piece_size, n = size - used < step ? size - used : step;
		size_t took = body_take(body, data + used, n, &piece, &piece_size);
		if (took == 0 || took > n || piece_size > took)
			abort();
		memcpy(out + content, piece, piece_size);
		content += piece_size;
		used += took;
	}
	return content;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct body whole, cut;
	struct head head;
	uint8_t *a = malloc(size + 1), *b = malloc(size + 1);
	size_t n = decode(&whole, data, size, size, a);
	for (size_t step = 1; step < 5; step++) {
		if (decode(&cut, data, size, step, b) != n || memcmp(a, b, n) != 0 || whole.failed != cut.failed ||
		    body_complete(&whole) != body_complete(&cut))
			abort();
	}
	size_t end = head_end((const char *)data, size);
	if (end > size)
		abort();
	if (head_parse((const char *)data, end > 0 ? end : size, &head) == 0 && !request_path_clean(head.request.path))
		abort();
	free(a);
	free(b);
	return 0;
}
