/* What the ticket command was asked for, and what the settings make of it. */
#ifndef COMMAND_CLAIMS_H
#define COMMAND_CLAIMS_H

#include "control/ticket.h"
#include "settings/settings.h"

#include <stdbool.h>

/* The options as they were written; NULL where none was given. */
struct ticket_options {
	const char *config, *state, *room, *role, *booth, *desk, *input, *channels, *from, *valid, *url, *revoke;
	bool link, qr, help;
};

/* Fills everything but the id. False when the settings have no such room, booth, desk or channel, or a time cannot be read: that
 * was said on standard error. `room`, `role` and `valid` are there. */
bool claims_read(const struct ticket_options *options, const struct settings *settings, struct ticket *ticket);

/* Says what is wrong on standard error. Always false, for `return claims_refuse(...)`. */
bool claims_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
