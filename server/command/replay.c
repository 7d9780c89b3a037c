/* boothcast replay: computes the routing of an event log again, and says whether it matches what the log says it was. */
#include "command/command.h"

#include "base/check.h"
#include "room/journal.h"
#include "room/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Usage: boothcast replay LOG\n"
	"\n"
	"Computes the routing again from an event log (STATE/journal/ROOM.jsonl) and says whether it matches. Exit code 0: it does.\n";

static int report(const char *path, const struct replay *replay, bool whole)
{
	if (!replay->begun) {
		fprintf(stderr, "%s: this is no event log; its first line must be a room as it was built\n", path);
		return 1;
	}
	if (replay->differences > 0) {
		printf("%s: %llu events, %llu different, the first at line %llu\n", path, (unsigned long long)replay->events,
		       (unsigned long long)replay->differences, (unsigned long long)replay->first_different);
		return 1;
	}
	if (!whole) {
		fprintf(stderr, "%s:%llu: this line cannot be replayed (%s); what stands before it matches\n", path,
			(unsigned long long)replay->lines, status_word(replay->status));
		return 1;
	}
	printf("%s: %llu events, the routing matches\n", path, (unsigned long long)replay->events);
	return 0;
}

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "r");
	if (file == NULL) {
		fprintf(stderr, "boothcast: cannot read %s\n", path);
		return 1;
	}
	struct replay *replay = check_alloc(calloc(1, sizeof *replay));
	char *line = check_alloc(malloc(JOURNAL_LINE_MAX));
	bool whole = true;
	replay_init(replay);
	while (whole && fgets(line, JOURNAL_LINE_MAX, file) != NULL)
		whole = replay_line(replay, line);
	fclose(file);
	int code = report(path, replay, whole);
	free(line);
	free(replay);
	return code;
}

int command_replay(int argc, char **argv)
{
	bool asked = argc == 2 && strcmp(argv[1], "--help") == 0;
	if (argc != 2 || asked) {
		fputs(help, asked ? stdout : stderr);
		return asked ? 0 : 2;
	}
	return replay_file(argv[1]);
}
