/* What a role may do: verbs, as in the protocol's `can`. Handlers ask for a verb, never for a role. */
#ifndef CONTROL_ROLE_H
#define CONTROL_ROLE_H

#include "control/ticket.h"

enum verb {
	VERB_LISTEN = 1 << 0,
	VERB_PUBLISH = 1 << 1,
	VERB_MIC = 1 << 2,
	VERB_OUTPUT = 1 << 3,
	VERB_INPUT = 1 << 4,
	VERB_MONITOR = 1 << 5, /* levels, and what is behind the scenes */
	VERB_OPERATE = 1 << 6,
	VERB_HANDOVER = 1 << 7,
	VERB_SIGNAL = 1 << 8,
	VERB_CHAT = 1 << 9,
	VERB_COUNT = 10
};

/* The verbs of a role, or-ed. */
unsigned role_verbs(enum role role);
/* True for those who see booths and desks: who works in the room. */
bool role_works(enum role role);
/* Whether a ticket's list of channels has this one; no list is all of them. */
bool role_hears(const struct ticket *ticket, unsigned channel);
/* Whether a speaker's ticket is for this floor input, by its id; one that names none is for all. */
bool role_speaks(const struct ticket *ticket, const char *input);
const char *verb_word(unsigned index);

#endif
