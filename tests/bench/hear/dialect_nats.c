/* NATS over WebSocket: its text protocol is one stream, cut into messages anywhere.
 *
 *   <- INFO {...}      -> CONNECT {...}  SUB subject id  PING      <- PONG: subscribed      <- MSG subject id bytes, and the packet
 *
 * What a message leaves over waits in `inner` for the next one. The packet has the same 12 bytes in front as Boothcast's.
 * The protocol: docs.nats.io, "Client Protocol".
 */
#include "bench/hear/ear.h"

#include "base/check.h"
#include "boothcast/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX 65536 /* of a packet: far more than one has */

static void say(struct ear *ear, struct crowd *crowd, const char *words)
{
	ear_say(ear, crowd, false, words, strlen(words));
}

static void admitted(struct ear *ear, struct crowd *crowd)
{
	say(ear, crowd, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB bench 1\r\nPING\r\n");
}

static void take_packet(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	struct wire_down header;
	if (wire_get_down(bytes, size, &header))
		ear_heard(ear, crowd, header.seq, size);
	else
		ear_fail(ear, crowd, "a message that is no packet");
}

/* MSG subject id bytes: `line` without its end, `behind` what follows. Returns the bytes used of that, 0 when they are not all
 * there. */
static size_t take_msg(struct ear *ear, struct crowd *crowd, const char *line, const uint8_t *behind, size_t size)
{
	const char *last = strrchr(line, ' ');
	unsigned long bytes = last != NULL ? strtoul(last, NULL, 10) : 0;
	if (bytes == 0 || bytes > BYTES_MAX) {
		ear_fail(ear, crowd, "a MSG without a good length");
		return 0;
	}
	if (size < bytes + 2)
		return 0;
	take_packet(ear, crowd, behind, bytes);
	return bytes + 2;
}

static void take_line(struct ear *ear, struct crowd *crowd, const char *line)
{
	if (strcmp(line, "PONG") == 0)
		ear_listens(ear, crowd);
	else if (strcmp(line, "PING") == 0)
		say(ear, crowd, "PONG\r\n");
	else if (strncmp(line, "-ERR", 4) == 0)
		ear_fail(ear, crowd, line);
}

/* One line, and the packet behind it when it is a MSG. Returns the bytes used, 0 when they are not all there. */
static size_t take_one(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	char line[160];
	const uint8_t *end = memmem(bytes, size, "\r\n", 2);
	if (end == NULL)
		return 0;
	size_t head = (size_t)(end - bytes) + 2;
	snprintf(line, sizeof line, "%.*s", (int)(end - bytes), (const char *)bytes); /* only INFO is longer, and not read */
	if (strncmp(line, "MSG ", 4) != 0) {
		take_line(ear, crowd, line);
		return head;
	}
	size_t packet = take_msg(ear, crowd, line, end + 2, size - head);
	return packet > 0 ? head + packet : 0;
}

static size_t take_all(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	size_t used = 0;
	for (size_t one; ear->state != EAR_GONE && (one = take_one(ear, crowd, bytes + used, size - used)) > 0;)
		used += one;
	return used;
}

static void message(struct ear *ear, struct crowd *crowd, const uint8_t *bytes, size_t size)
{
	struct rest *rest = &ear->inner;
	if (rest->size > 0) {
		rest->bytes = check_alloc(realloc(rest->bytes, rest->size + size));
		memcpy(rest->bytes + rest->size, bytes, size);
		bytes = rest->bytes;
		size += rest->size;
	}
	size_t used = take_all(ear, crowd, bytes, size);
	if (used < size || rest->size > 0)
		rest_keep(rest, bytes + used, size - used);
}

const struct dialect dialect_nats = {.name = "nats", .path = "/", .admitted = admitted, .message = message};
