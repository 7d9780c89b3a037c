/* boothcast check: whether a settings file is good, before the day of the event. What the server would refuse at start is refused
 * here, in the same words, because it is the same settings_load() and music_shelf_load().
 */
#include "command/command.h"

#include "settings/settings.h"
#include "stage/music.h"

#include <getopt.h>
#include <stdio.h>

/* All mistakes of a file: MISTAKES_MAX lines of some hundred bytes. */
#define ERRORS_SIZE 65536

static const char help[] = "Usage: boothcast check --config FILE\n"
			   "\n"
			   "Says whether a settings file is good. If it is, prints `FILE: good` and what is in it.\n"
			   "If not, prints a line for each mistake: where it is, what is wrong, what to write instead.\n"
			   "\n"
			   "  --config FILE   the settings file (YAML)\n"
			   "  --help          this text\n"
			   "\n"
			   "Exit code: 0 good, 1 not good, 2 called wrongly.\n";

static void print_channels(const struct settings_room *room)
{
	for (unsigned i = 0; i < room->channels_count; i++)
		printf("%s%u %s (%s)", i == 0 ? "    channels: " : ", ", room->channels[i].number, room->channels[i].label,
		       room->channels[i].language);
	if (room->channels_count > 0)
		putchar('\n');
}

static void print_booths(const struct settings_room *room)
{
	for (unsigned i = 0; i < room->booths_count; i++) {
		const struct settings_booth *booth = &room->booths[i];
		printf("%s%s (%u desks into", i == 0 ? "    booths: " : ", ", booth->id, booth->desks);
		for (unsigned j = 0; j < booth->outputs_count; j++)
			printf(" %s", booth->outputs[j]);
		putchar(')');
	}
	if (room->booths_count > 0)
		putchar('\n');
}

static void print_room(const struct settings_room *room)
{
	printf("  room %s: %s, %s\n    inputs: ", room->id, settings_name(room->name, "en"),
	       room->access == ACCESS_OPEN ? "open" : "closed");
	for (unsigned i = 0; i < room->inputs_count; i++)
		printf("%s%s", i == 0 ? "" : ", ", room->inputs[i].id);
	puts(room->floor == FLOOR_MIXED ? ", all of them the floor at once" : "");
	print_channels(room);
	print_booths(room);
	if (room->programme_count > 0)
		printf("    programme: %u sessions\n", room->programme_count);
}

static const char *tls_words(const struct settings *settings)
{
	if (settings_self_signed(settings))
		return "with TLS; the server makes its certificate, and browsers warn until they are told to trust it";
	return settings->server.certificate != NULL ? "with TLS" : "without TLS";
}

static void print_summary(const struct settings *settings, const char *path)
{
	printf("%s: good\n", path);
	printf("  event %s: %s\n", settings->event.id, settings_name(settings->event.name, "en"));
	printf("  listens on %s, %s\n", settings->server.listen, tls_words(settings));
	for (unsigned i = 0; i < settings->rooms_count; i++)
		print_room(&settings->rooms[i]);
}

static bool music_good(const struct settings *settings, const char *path, struct text *errors)
{
	char error[4400];
	struct music_shelf *shelf = music_shelf_load(settings, error, sizeof error);
	if (shelf == NULL)
		text_add(errors, "%s: the break music cannot be played: %s\n", path, error);
	music_shelf_free(shelf);
	return shelf != NULL;
}

static int check_file(const char *path)
{
	struct settings *settings = NULL;
	struct text errors;
	text_init(&errors, ERRORS_SIZE);
	bool good = settings_load(&settings, path, &errors) == 0 && music_good(settings, path, &errors);
	if (good)
		print_summary(settings, path);
	else
		fputs(errors.at, stderr);
	settings_free(settings);
	text_free(&errors);
	return good ? 0 : 1;
}

int command_check(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
	const char *config = NULL;
	int option;

	optind = 0; /* GNU: begin anew */
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c': config = optarg; break;
		case 'h': fputs(help, stdout); return 0;
		default: fputs("Try `boothcast check --help`.\n", stderr); return 2;
		}
	}
	if (config == NULL && optind < argc)
		config = argv[optind++];
	if (config == NULL || optind < argc) {
		fputs("boothcast check: give one settings file, such as `--config config/chengdu-2025.yaml`.\n", stderr);
		return 2;
	}
	return check_file(config);
}
