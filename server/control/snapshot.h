/* The room as JSON: whole for `joined` and /api, in pieces for `state`. The shapes are those of
 * boothcast/PROTOCOL.md, "Objects".
 *
 * `works`: for somebody who works in the room and sees booths, desks and holders. Each returns a new reference, or NULL when memory
 * is short.
 */
#ifndef CONTROL_SNAPSHOT_H
#define CONTROL_SNAPSHOT_H

#include "control/house.h"

#include <jansson.h>

json_t *snapshot_room(struct house *house, struct hall *hall, bool works);
/* Id, names, place and time zone of the event. */
json_t *snapshot_event(const struct settings *settings);
json_t *snapshot_channel(struct hall *hall, unsigned number, bool works);
json_t *snapshot_floor(struct hall *hall);
/* What is said in the emergency, by language; {} when there is none, or nothing to say. */
json_t *snapshot_emergency_text(const struct hall *hall);
json_t *snapshot_booth(struct hall *hall, unsigned booth);
json_t *snapshot_desk(struct hall *hall, unsigned desk);
/* "zh-en/1"; "" for ROOM_NOBODY. */
void snapshot_desk_id(const struct room *room, unsigned desk, char id[NAME_SIZE * 2]);
/* Names in the languages of the pages; {} for NULL. */
json_t *snapshot_names(const struct settings_names *names);
/* "down", "up", "late", "lost" */
const char *link_word(enum link link);

#endif
