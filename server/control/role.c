/* The table of roles and verbs. */
#include "control/role.h"

#include "base/check.h"

#include <string.h>

#define DESK_KEYS (VERB_MIC | VERB_OUTPUT | VERB_INPUT | VERB_HANDOVER | VERB_SIGNAL | VERB_CHAT)

unsigned role_verbs(enum role role)
{
	switch (role) {
	case ROLE_LISTENER:
	case ROLE_PRESS: return VERB_LISTEN;
	case ROLE_SPEAKER: return VERB_LISTEN | VERB_PUBLISH;
	case ROLE_INTERPRETER: return VERB_LISTEN | VERB_PUBLISH | DESK_KEYS;
	case ROLE_ORGANISER: return VERB_LISTEN | VERB_MONITOR;
	case ROLE_AV: return VERB_LISTEN | VERB_MONITOR | VERB_OPERATE | VERB_CHAT;
	case ROLE_COUNT: break;
	}
	return 0;
}

bool role_works(enum role role)
{
	return role == ROLE_INTERPRETER || role == ROLE_AV || role == ROLE_ORGANISER;
}

bool role_hears(const struct ticket *ticket, unsigned channel)
{
	return ticket->channels == 0 || (ticket->channels & (1u << channel)) != 0;
}

bool role_speaks(const struct ticket *ticket, const char *input)
{
	return ticket->input[0] == '\0' || strcmp(ticket->input, input) == 0;
}

const char *verb_word(unsigned index)
{
	static const char *const words[VERB_COUNT] = {"listen", "publish", "mic", "output", "input", "monitor", "operate",
						      "handover", "signal", "chat"};
	check(index < VERB_COUNT);
	return words[index];
}
