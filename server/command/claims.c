/* From the options of the ticket command to a ticket's claims. Each step takes one of them, looks it up in the settings, and says
 * what is wrong and what there is instead. Called by ticket.c; signs nothing.
 */
#include "command/claims.h"

#include "base/clock.h"
#include "base/text.h"
#include "command/duration.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool claims_refuse(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	fputs("boothcast ticket: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
	va_end(list);
	return false;
}

static const struct settings_room *read_room(const struct ticket_options *options, const struct settings *settings,
					     struct ticket *ticket)
{
	const struct settings_room *room = settings_find_room(settings, options->room);
	if (room != NULL) {
		text_copy(ticket->room, sizeof(ticket->room), room->id);
		return room;
	}
	fprintf(stderr, "boothcast ticket: there is no room \"%s\" in %s; it has", options->room, options->config);
	for (unsigned i = 0; i < settings->rooms_count; i++)
		fprintf(stderr, "%s %s", i == 0 ? "" : ",", settings->rooms[i].id);
	fputc('\n', stderr);
	return NULL;
}

static bool read_role(const struct ticket_options *options, struct ticket *ticket)
{
	if (!role_find(options->role, &ticket->role))
		return claims_refuse("there is no role \"%s\"; write listener, interpreter, speaker, av, press or organiser",
				     options->role);
	if (ticket->role == ROLE_INTERPRETER && options->booth == NULL)
		return claims_refuse("an interpreter has a booth; give it, such as --booth zh-en --desk 1");
	if (ticket->role != ROLE_INTERPRETER && (options->booth != NULL || options->desk != NULL))
		return claims_refuse(
			"only an interpreter has a booth and a desk; write --role interpreter, or leave --booth and --desk out");
	if (ticket->role != ROLE_SPEAKER && options->input != NULL)
		return claims_refuse("only a speaker has an input; write --role speaker, or leave --input out");
	return true;
}

static bool read_desk(const struct ticket_options *options, const struct settings_room *room, struct ticket *ticket)
{
	if (options->booth == NULL)
		return true;
	const struct settings_booth *booth = settings_find_booth(room, options->booth);
	if (booth == NULL) {
		fprintf(stderr, "boothcast ticket: room %s has no booth \"%s\"; it has", room->id, options->booth);
		for (unsigned i = 0; i < room->booths_count; i++)
			fprintf(stderr, "%s %s", i == 0 ? "" : ",", room->booths[i].id);
		fputs(room->booths_count == 0 ? " none\n" : "\n", stderr);
		return false;
	}
	text_copy(ticket->booth, sizeof(ticket->booth), booth->id);
	if (options->desk == NULL)
		return true;
	char *end = NULL;
	long desk = strtol(options->desk, &end, 10);
	if (end == options->desk || *end != '\0' || desk < 1 || desk > booth->desks)
		return claims_refuse("booth %s has no desk \"%s\"; write 1 to %u", booth->id, options->desk, booth->desks);
	ticket->desk = (uint8_t)desk;
	return true;
}

static bool read_input(const struct ticket_options *options, const struct settings_room *room, struct ticket *ticket)
{
	for (unsigned i = 0; options->input != NULL && i < room->inputs_count; i++) {
		if (strcmp(room->inputs[i].id, options->input) == 0)
			text_copy(ticket->input, sizeof(ticket->input), options->input);
	}
	if (options->input == NULL || ticket->input[0] != '\0')
		return true;
	fprintf(stderr, "boothcast ticket: room %s has no input \"%s\"; it has", room->id, options->input);
	for (unsigned i = 0; i < room->inputs_count; i++)
		fprintf(stderr, "%s %s", i == 0 ? "" : ",", room->inputs[i].id);
	fputc('\n', stderr);
	return false;
}

/* The number of a channel by its number or language; -1 when the room has none. */
static int find_channel(const struct settings_room *room, const char *word)
{
	char number[8];
	if (strcmp(word, "0") == 0)
		return 0;
	for (unsigned i = 0; i < room->channels_count; i++) {
		snprintf(number, sizeof(number), "%u", room->channels[i].number);
		if (strcmp(word, number) == 0 || strcasecmp(word, room->channels[i].language) == 0)
			return room->channels[i].number;
	}
	return -1;
}

static bool read_channels(const struct ticket_options *options, const struct settings_room *room, struct ticket *ticket)
{
	const char *at = options->channels;
	while (at != NULL) {
		char word[TAG_SIZE];
		size_t length = strcspn(at, ",");
		text_print(word, sizeof(word), "%.*s", (int)length, at);
		int channel = find_channel(room, word);
		if (channel < 0)
			return claims_refuse(
				"room %s has no channel \"%s\"; write numbers or languages with commas between, such as 1,2",
				room->id, word);
		ticket->channels |= UINT32_C(1) << channel;
		at = at[length] == ',' ? at + length + 1 : NULL;
	}
	return true;
}

static bool read_times(const struct ticket_options *options, const struct settings *settings, struct ticket *ticket)
{
	int64_t valid_s = 0, start_s = clock_wall_s();
	if (!duration_read_s(options->valid, &valid_s))
		return claims_refuse("\"%s\" is no length of time; write a number and s, m, h or d, such as --valid 12h",
				     options->valid);
	if (options->from != NULL) {
		if (!settings_time_s(settings, options->from, &start_s))
			return claims_refuse("\"%s\" is no time; write, for example, --from \"2025-03-21 08:30\"", options->from);
		ticket->nbf = start_s;
	}
	ticket->exp = start_s + valid_s;
	if (ticket->exp <= clock_wall_s())
		return claims_refuse("the ticket would be over already; give a later --from or a longer --valid");
	return true;
}

bool claims_read(const struct ticket_options *options, const struct settings *settings, struct ticket *ticket)
{
	const struct settings_room *room = read_room(options, settings, ticket);
	return room != NULL && read_role(options, ticket) && read_desk(options, room, ticket) &&
	       read_input(options, room, ticket) &&
	       read_channels(options, room, ticket) && read_times(options, settings, ticket);
}
