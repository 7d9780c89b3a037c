/* A text message that many connections get: written once, never changed, freed with its last reference. */
#ifndef FANOUT_MESSAGE_H
#define FANOUT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message;

/* A copy of `size` bytes of UTF-8, with one reference. NULL when memory is short. Any thread. */
struct message *message_new(const char *text, size_t size);
/* One reference more. Returns `message`. Any thread. */
struct message *message_keep(struct message *message);
/* One reference less; with the last the memory goes. Any thread. */
void message_release(struct message *message);
/* The text, whose WebSocket header stands right in front of it when message_framed(). It is not ended with 0. */
const uint8_t *message_text(const struct message *message, size_t *size);
/* Whether it goes out as it lies there (conn_ops.send_message); a longer one is sent by conn_ops.send_text. */
bool message_framed(const struct message *message);

#endif
