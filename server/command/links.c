/* Which page belongs to which role, and the links that `serve --demo` shows.
 *
 *   listener, press /r/ROOM#t=...    interpreter /booth#t=...    speaker /speak#t=...    AV, organiser /av#t=...
 *
 * Called by the ticket command and by whoever starts a demo. Tickets go to the given stream and nowhere else: never to the log.
 */
#include "command/links.h"

#include "base/check.h"
#include "base/clock.h"
#include "command/qr.h"

#include <string.h>
#include <unistd.h>

/* A working day. */
#define DEMO_VALID_S (12 * 3600)

void links_base(const struct settings *settings, char *to, size_t size)
{
	char host[SETTINGS_HOST_SIZE];
	uint16_t port;
	if (settings->server.public_url != NULL) {
		snprintf(to, size, "%s", settings->server.public_url);
		return;
	}
	check(settings_split_listen(settings->server.listen, host, &port));
	if (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0)
		strcpy(host, "localhost");
	bool brackets = strchr(host, ':') != NULL;
	snprintf(to, size, "%s://%s%s%s:%u", settings->server.certificate != NULL ? "https" : "http", brackets ? "[" : "", host,
		 brackets ? "]" : "", port);
}

void links_make(char to[LINK_SIZE], const char *base_url, const struct ticket *ticket, const char *text)
{
	char page[NAME_SIZE + 8];
	switch (ticket->role) {
	case ROLE_INTERPRETER: strcpy(page, "booth"); break;
	case ROLE_SPEAKER: strcpy(page, "speak"); break;
	case ROLE_AV:
	case ROLE_ORGANISER: strcpy(page, "av"); break;
	default: snprintf(page, sizeof(page), "r/%s", ticket->room); break;
	}
	int size = snprintf(to, LINK_SIZE, "%s/%s#t=%s", base_url, page, text);
	check(size > 0 && size < LINK_SIZE);
}

/* One line: what it is, and the link with a new ticket. */
static void print_role(FILE *out, const char *what, const char *base_url, const struct ticket_keys *keys, struct ticket ticket)
{
	char text[TICKET_SIZE], link[LINK_SIZE];
	ticket.exp = clock_wall_s() + DEMO_VALID_S;
	ticket_issue(keys, &ticket, text);
	links_make(link, base_url, &ticket, text);
	fprintf(out, "%s\n  %s\n", what, link);
}

static struct ticket ticket_for(const struct settings_room *room, enum role role)
{
	struct ticket ticket = {.role = role};
	text_copy(ticket.room, sizeof(ticket.room), room->id);
	return ticket;
}

static void print_desks(FILE *out, const struct settings_room *room, const struct ticket_keys *keys, const char *base_url)
{
	if (room->booths_count == 0)
		return;
	const struct settings_booth *booth = &room->booths[0];
	for (uint8_t desk = 1; desk <= booth->desks; desk++) {
		struct ticket ticket = ticket_for(room, ROLE_INTERPRETER);
		char what[NAME_SIZE + 40];
		text_copy(ticket.booth, sizeof(ticket.booth), booth->id);
		ticket.desk = desk;
		snprintf(what, sizeof(what), "Interpreter, booth %s, desk %u", booth->id, desk);
		print_role(out, what, base_url, keys, ticket);
	}
}

/* The link for everybody: an open room needs no ticket. */
static int print_listener(FILE *out, const struct settings_room *room, const struct ticket_keys *keys, const char *base_url)
{
	char link[LINK_SIZE], text[TICKET_SIZE];
	struct ticket ticket = ticket_for(room, ROLE_LISTENER);
	ticket.exp = clock_wall_s() + DEMO_VALID_S;
	if (room->access == ACCESS_OPEN) {
		snprintf(link, sizeof(link), "%s/r/%s", base_url, room->id);
	} else {
		ticket_issue(keys, &ticket, text);
		links_make(link, base_url, &ticket, text);
	}
	fprintf(out, "Listener\n  %s\n", link);
	int drawn = qr_print(out, link, isatty(fileno(out)));
	if (strncmp(base_url, "http://127.", 11) == 0 || strncmp(base_url, "http://localhost", 16) == 0)
		fputs("  (The links work on this computer only: a browser gives its microphone elsewhere over TLS alone.)\n", out);
	return drawn;
}

int links_print(FILE *out, const struct settings *settings, const struct ticket_keys *keys, const char *base_url)
{
	const struct settings_room *room = &settings->rooms[0];
	fprintf(out, "\n%s: %s\n\n", settings_name(settings->event.name, "en"), settings_name(room->name, "en"));
	print_desks(out, room, keys, base_url);
	print_role(out, "Speaker (the floor's microphone)", base_url, keys, ticket_for(room, ROLE_SPEAKER));
	print_role(out, "AV", base_url, keys, ticket_for(room, ROLE_AV));
	int drawn = print_listener(out, room, keys, base_url);
	fflush(out);
	return drawn;
}
