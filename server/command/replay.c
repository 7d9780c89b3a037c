/* boothcast replay: computes the routing of an event log again, and says whether it matches what the log says it was. */
#include "command/command.h"

#include "base/check.h"
#include "room/journal.h"
#include "room/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
	"Usage: boothcast replay LOG\n"
	"\n"
	"Computes the routing again from an event log (STATE/journal/ROOM.jsonl) and says whether it matches. Lines that cannot\n"
	"be read and events that are missing are named and passed over. Exit code 0: it matches, and nothing is missing.\n";

/* What was found besides events: lines that cannot be read, and events that are missing. */
struct faults {
	uint64_t unreadable, first; /* lines, and the number of the first of them */
	enum status status;         /* why that one could not be replayed */
};

static int report(const char *path, const struct replay *replay, const struct faults *faults)
{
	if (!replay->begun) {
		fprintf(stderr, "%s: this is no event log; its first line must be a room as it was built\n", path);
		return 1;
	}
	if (faults->unreadable > 0)
		fprintf(stderr,
			"%s:%llu: %llu lines cannot be replayed (the first: %s); what follows each is not compared until the next "
			"start\n",
			path, (unsigned long long)faults->first, (unsigned long long)faults->unreadable,
			status_word(faults->status));
	if (replay->gaps > 0)
		fprintf(stderr, "%s: %llu events are missing in %llu places, because the disk took nothing\n", path,
			(unsigned long long)replay->missing, (unsigned long long)replay->gaps);
	if (replay->differences > 0) {
		printf("%s: %llu events, %llu different, the first at line %llu\n", path, (unsigned long long)replay->events,
		       (unsigned long long)replay->differences, (unsigned long long)replay->first_different);
		return 1;
	}
	printf("%s: %llu events, the routing matches\n", path, (unsigned long long)replay->events);
	return faults->unreadable > 0 || replay->gaps > 0;
}

/* Passes over the rest of a line that is too long. */
static void skip_line(FILE *file)
{
	for (int c = fgetc(file); c != EOF && c != '\n';)
		c = fgetc(file);
}

static void replay_lines(FILE *file, struct replay *replay, struct faults *faults)
{
	char *line = check_alloc(malloc(JOURNAL_LINE_MAX));
	while (fgets(line, JOURNAL_LINE_MAX, file) != NULL) {
		if (strchr(line, '\n') == NULL)
			skip_line(file);
		if (replay_line(replay, line))
			continue;
		if (faults->unreadable++ == 0) {
			faults->first = replay->lines;
			faults->status = replay->status;
		}
	}
	free(line);
}

/* A regular file; a FIFO or a device could keep us waiting for ever. NULL with a sentence said. */
static FILE *open_log(const char *path)
{
	struct stat about;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bool regular = fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
	FILE *file = regular ? fdopen(fd, "r") : NULL;
	if (file != NULL)
		return file;
	fprintf(stderr, "boothcast: cannot read %s: %s\n", path, fd < 0 || regular ? strerror(errno) : "it is no regular file");
	if (fd >= 0)
		close(fd);
	return NULL;
}

static int replay_file(const char *path)
{
	FILE *file = open_log(path);
	struct faults faults = {0};
	if (file == NULL)
		return 1;
	struct replay *replay = check_alloc(calloc(1, sizeof *replay));
	replay_init(replay);
	replay_lines(file, replay, &faults);
	fclose(file);
	int code = report(path, replay, &faults);
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
