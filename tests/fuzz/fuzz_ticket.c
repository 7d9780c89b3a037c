/* Tickets from the network, for libFuzzer. The first byte chooses: the text as it stands (which must never be good, the key being
 * unknown to it), or as the payload of a text that is signed well, so that what lies behind the signature is reached too.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined ... tests/fuzz/fuzz_ticket.c
 *
 * What is accepted must be a ticket that could have been issued: issuing it again and reading it back gives the same.
 */
#include "base/check.h"
#include "control/ticket.h"
#include "control/ticket_private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct ticket_keys *keys, const struct ticket *ticket)
{
	struct ticket copy = *ticket, again;
	char text[TICKET_SIZE];
	ticket_issue(keys, &copy, text);
	check(ticket_verify(keys, text, ticket->exp - 1, &again) != STATUS_BAD_TICKET);
	check(memcmp(&again, ticket, sizeof(again)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t seed[32] = {'f', 'u', 'z', 'z'};
	struct ticket_keys *keys = ticket_keys_from_seed(seed);
	struct ticket ticket;
	struct resume resume;
	char sealed[TICKET_SIZE];

	if (size > 0 && (data[0] & 1)) {
		bool is_resume = data[0] & 2;
		if (ticket_seal(keys, is_resume ? "bcr1" : "bc1", (const char *)data + 1, size - 1, sealed)) {
			enum status status =
				is_resume ? resume_verify(keys, sealed, 1000, &resume) : ticket_verify(keys, sealed, 1000, &ticket);
			if (!is_resume && status != STATUS_BAD_TICKET)
				check_again(keys, &ticket);
		}
	} else if (size > 0) {
		char *text = check_alloc(strndup((const char *)data + 1, size - 1));
		check(ticket_verify(keys, text, 1000, &ticket) == STATUS_BAD_TICKET);
		check(resume_verify(keys, text, 1000, &resume) == STATUS_BAD_TICKET);
		free(text);
	}
	ticket_keys_free(keys);
	return 0;
}
