/* boothcast SUBCOMMAND ...: finds the subcommand and hands it the rest. */
#include "command/command.h"

#include <stdio.h>
#include <stdbool.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{"serve", command_serve, "serves an event"},
	{"send", command_send, "sends a file or standard input as a floor input"},
	{"listen", command_listen, "writes a channel to a file or standard output"},
	{"ticket", command_ticket, "makes a ticket, as text, link or QR code"},
	{"replay", command_replay, "computes an event log's routing again, and says whether it matches"},
	{"check", command_check, "says whether a settings file is good"},
	{"bench", command_bench, "says how many listeners a server carries"},
};

static void usage(FILE *to)
{
	fputs("boothcast brings the floor and the interpreters of a conference to every listener.\n\nUsage: boothcast COMMAND [OPTIONS]\n\n", to);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].what);
	fputs("\nboothcast COMMAND --help says what a command takes.\n", to);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "--help";
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	if (strcmp(name, "--version") == 0) {
		puts("boothcast " BOOTHCAST_VERSION);
		return 0;
	}
	bool asked = strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0;
	if (!asked)
		fprintf(stderr, "boothcast: there is no command %s.\n\n", name);
	usage(asked ? stdout : stderr);
	return asked ? 0 : 2;
}
