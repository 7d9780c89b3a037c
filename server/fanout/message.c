/* The shared text of message.h: room for a WebSocket header, the text, and a count of references that threads share. Made by
 * whoever tells (control/), kept by broadcasts until every member has it. */
#include "fanout/message.h"

#include "boothcast/conn.h"
#include "boothcast/wire.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_ROOM 4 /* of the longest that wire_put_frame() writes */

struct message {
	atomic_uint references;
	uint32_t size; /* of the text */
	uint8_t bytes[];
};

struct message *message_new(const char *text, size_t size)
{
	if (size > UINT32_MAX)
		return NULL;
	struct message *message = malloc(sizeof *message + HEADER_ROOM + size);
	if (message == NULL)
		return NULL;
	atomic_init(&message->references, 1);
	message->size = (uint32_t)size;
	memcpy(message->bytes + HEADER_ROOM, text, size);
	if (message_framed(message))
		wire_put_frame(message->bytes + HEADER_ROOM, size, WIRE_FRAME_TEXT);
	return message;
}

struct message *message_keep(struct message *message)
{
	atomic_fetch_add_explicit(&message->references, 1, memory_order_relaxed);
	return message;
}

void message_release(struct message *message)
{
	if (atomic_fetch_sub_explicit(&message->references, 1, memory_order_acq_rel) == 1)
		free(message);
}

const uint8_t *message_text(const struct message *message, size_t *size)
{
	*size = message->size;
	return message->bytes + HEADER_ROOM;
}

bool message_framed(const struct message *message)
{
	return message->size <= CONN_MESSAGE_MAX;
}
