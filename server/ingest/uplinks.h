/* The uplinks of one connection: which publisher takes the binary messages of which stream. Filled when something is published,
 * read for each message; so a packet goes from the connection to its publisher, and who publishes, and whether they may, was asked
 * before.
 *
 *   binary message --header--> stream --> uplinks --> publisher --> source
 *                                             \--> refused: a status, for whoever tells the client
 *
 * Embedded in whoever publishes; all zeros is empty. One thread: the hub's.
 */
#ifndef INGEST_UPLINKS_H
#define INGEST_UPLINKS_H

#include "boothcast/limits.h"
#include "boothcast/status.h"
#include "ingest/publisher.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uplinks {
	struct {
		struct publisher *publisher;
		uint16_t stream; /* in binary headers, from 1 */
	} open[PUBLISHES_MAX];
	unsigned count;
	uint64_t heard_us; /* when the last message came, taken or refused */
};

/* Opens an uplink; the publisher belongs to the table from now on. STATUS_TOO_MANY when PUBLISHES_MAX are open. The stream is not
 * open yet; asserted. */
enum status uplinks_add(struct uplinks *uplinks, uint16_t stream, struct publisher *publisher);
bool uplinks_has(const struct uplinks *uplinks, uint16_t stream);
/* Closes the publisher of a stream that is open; asserted. */
void uplinks_close(struct uplinks *uplinks, uint16_t stream);
/* One binary message. STATUS_BAD_HEADER, STATUS_NOT_PUBLISHING (no such stream), and those of publisher_put(). */
enum status uplinks_put(struct uplinks *uplinks, const uint8_t *bytes, size_t size, uint64_t now_us);

#endif
