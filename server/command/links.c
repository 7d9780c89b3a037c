/* Which page belongs to which role, and the links that `serve --demo` shows.
 *
 *   listener, press /r/ROOM#t=...    interpreter /booth#t=...    speaker /speak#t=...    AV, organiser /av#t=...
 *   speaker where the floor is mixed /talk#t=...
 *
 * Called by the ticket command and by whoever starts a demo. Tickets go to the given stream and nowhere else: never to the log.
 */
#include "command/links.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/url.h"
#include "command/qr.h"

#include <string.h>
#include <unistd.h>

/* A working day. */
#define DEMO_VALID_S (12 * 3600)

void links_base(const struct settings *settings, char *to, size_t size)
{
	struct host_port at;
	char host_port[HOST_SIZE + 8];
	if (settings->server.public_url != NULL) {
		snprintf(to, size, "%s", settings->server.public_url);
		return;
	}
	check(host_port_split(settings->server.listen, &at) == NULL); /* the settings were checked when they were read */
	if (strcmp(at.host, "0.0.0.0") == 0 || strcmp(at.host, "::") == 0)
		at = (struct host_port){.host = "localhost", .port = at.port};
	host_port_write(&at, host_port, sizeof host_port);
	snprintf(to, size, "%s://%s", settings->server.certificate != NULL ? "https" : "http", host_port);
}

static bool is_talk(const struct settings *settings, const char *id)
{
	const struct settings_room *room = settings_find_room(settings, id);
	return room != NULL && room->floor == FLOOR_MIXED;
}

void links_make(char to[LINK_SIZE], const char *base_url, const struct settings *settings, const struct ticket *ticket,
		const char *text)
{
	char page[NAME_SIZE + 8];
	switch (ticket->role) {
	case ROLE_INTERPRETER: strcpy(page, "booth"); break;
	case ROLE_SPEAKER: strcpy(page, is_talk(settings, ticket->room) ? "talk" : "speak"); break;
	case ROLE_AV:
	case ROLE_ORGANISER: strcpy(page, "av"); break;
	default: snprintf(page, sizeof(page), "r/%s", ticket->room); break;
	}
	int size = snprintf(to, LINK_SIZE, "%s/%s#t=%s", base_url, page, text);
	check(size > 0 && size < LINK_SIZE);
}

/* Where the links go, and what it takes to make them. */
struct printing {
	FILE *out;
	const struct settings *settings;
	const struct ticket_keys *keys;
	const char *base_url;
};

/* One line: what it is, and the link with a new ticket. */
static void print_role(const struct printing *to, const char *what, struct ticket ticket)
{
	char text[TICKET_SIZE], link[LINK_SIZE];
	ticket.exp = clock_wall_s() + DEMO_VALID_S;
	ticket_issue(to->keys, &ticket, text);
	links_make(link, to->base_url, to->settings, &ticket, text);
	fprintf(to->out, "%s\n  %s\n", what, link);
}

static struct ticket ticket_for(const struct settings_room *room, enum role role)
{
	struct ticket ticket = {.role = role};
	text_copy(ticket.room, sizeof(ticket.room), room->id);
	return ticket;
}

static void print_desk(const struct printing *to, const struct settings_room *room, const char *prefix, uint8_t desk)
{
	const struct settings_booth *booth = &room->booths[0];
	struct ticket ticket = ticket_for(room, ROLE_INTERPRETER);
	char what[LABEL_SIZE + NAME_SIZE + 40];
	text_copy(ticket.booth, sizeof(ticket.booth), booth->id);
	ticket.desk = desk;
	snprintf(what, sizeof(what), "%sInterpreter, booth %s, desk %u", prefix, booth->id, desk);
	print_role(to, what, ticket);
}

static void print_desks(const struct printing *to, const struct settings_room *room)
{
	for (uint8_t desk = 1; room->booths_count > 0 && desk <= room->booths[0].desks; desk++)
		print_desk(to, room, "", desk);
}

/* The people of a talk, each with a microphone and a language: the first input with the first channel, and so on. */
static void print_talk(const struct printing *to, const struct settings_room *room)
{
	char prefix[LABEL_SIZE], what[2 * LABEL_SIZE + 40];
	const char *room_name = settings_name(room->name, "en");
	snprintf(prefix, sizeof(prefix), "%.*s: ", (int)text_fit(room_name, LABEL_SIZE - 8), room_name);
	for (unsigned i = 0; i < room->inputs_count; i++) {
		const struct settings_input *input = &room->inputs[i];
		const char *name = input->name != NULL ? settings_name(input->name, "en") : input->id;
		struct ticket ticket = ticket_for(room, ROLE_SPEAKER);
		text_copy(ticket.input, sizeof(ticket.input), input->id);
		if (i < room->channels_count)
			ticket.channels = UINT32_C(1) << room->channels[i].number;
		text_print(what, sizeof(what), "%s%s", prefix, name);
		print_role(to, what, ticket);
	}
	if (room->booths_count > 0)
		print_desk(to, room, prefix, 1);
}

/* The link for everybody: an open room needs no ticket. */
static int print_listener(const struct printing *to, const struct settings_room *room)
{
	char link[LINK_SIZE], text[TICKET_SIZE];
	struct ticket ticket = ticket_for(room, ROLE_LISTENER);
	ticket.exp = clock_wall_s() + DEMO_VALID_S;
	if (room->access == ACCESS_OPEN) {
		snprintf(link, sizeof(link), "%s/r/%s", to->base_url, room->id);
	} else {
		ticket_issue(to->keys, &ticket, text);
		links_make(link, to->base_url, to->settings, &ticket, text);
	}
	fprintf(to->out, "Listener\n  %s\n", link);
	int drawn = qr_print(to->out, link, isatty(fileno(to->out)));
	if (strncmp(to->base_url, "http://127.", 11) == 0 || strncmp(to->base_url, "http://localhost", 16) == 0)
		fputs("  (The links work on this computer only: a browser gives its microphone elsewhere over TLS alone.)\n", to->out);
	return drawn;
}

int links_print(FILE *out, const struct settings *settings, const struct ticket_keys *keys, const char *base_url)
{
	const struct printing to = {out, settings, keys, base_url};
	const struct settings_room *room = &settings->rooms[0];
	fprintf(out, "\n%s: %s\n\n", settings_name(settings->event.name, "en"), settings_name(room->name, "en"));
	print_desks(&to, room);
	print_role(&to, "Speaker (the floor's microphone)", ticket_for(room, ROLE_SPEAKER));
	print_role(&to, "AV", ticket_for(room, ROLE_AV));
	for (unsigned i = 0; i < settings->rooms_count; i++) {
		if (settings->rooms[i].floor == FLOOR_MIXED)
			print_talk(&to, &settings->rooms[i]);
	}
	int drawn = print_listener(&to, room);
	fflush(out);
	return drawn;
}
