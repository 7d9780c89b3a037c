/* Tickets that were taken back: STATE/revoked, a text file that a person can edit while the server runs.
 *
 *   # lost telephone, 21 March
 *   qM3tYwF2a9xK
 *
 * Kept as a sorted list in memory; read again when the file's time, size or inode is another. A file that cannot be read, or has
 * more ids than fit, leaves the list as it was and is logged: taken back stays taken back.
 */
#include "control/ticket.h"

#include "base/check.h"
#include "base/log.h"
#include "control/ticket_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A line with an id and a remark. */
#define LINE_MAX_SIZE 256

static char *revoked_path(const struct ticket_keys *keys)
{
	char *path = NULL;
	check_alloc(asprintf(&path, "%s/revoked", keys->folder) < 0 ? NULL : path);
	return path;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The id of a line, NULL when it has none. Changes the line. */
static const char *id_of(char *line)
{
	char *rest = NULL, *id = strtok_r(line, " \t\r\n", &rest);
	return id == NULL || id[0] == '#' || strlen(id) >= NAME_SIZE ? NULL : id;
}

/* True when all of the file was read. `ids` has room for REVOKED_MAX. */
static bool read_ids(FILE *file, char (*ids)[NAME_SIZE], size_t *count)
{
	char line[LINE_MAX_SIZE];
	while (fgets(line, sizeof(line), file) != NULL) {
		const char *id = id_of(line);
		if (id == NULL)
			continue;
		if (*count == REVOKED_MAX)
			return false;
		strcpy(ids[(*count)++], id);
	}
	return !ferror(file);
}

static void reload(struct ticket_revocations *revoked, const char *path)
{
	FILE *file = fopen(path, "re");
	char(*ids)[NAME_SIZE] = check_alloc(calloc(REVOKED_MAX, NAME_SIZE));
	size_t count = 0;

	if (file == NULL || !read_ids(file, ids, &count)) {
		log_event(LOG_ERROR, "revoked_unread", LOG_STRING("file", path), LOG_NUMBER("most", REVOKED_MAX),
			  LOG_STRING("why", file == NULL ? strerror(errno) : "too many, or a read error"));
		free(ids);
	} else {
		qsort(ids, count, NAME_SIZE, compare_ids);
		free(revoked->ids);
		revoked->ids = ids;
		revoked->count = count;
	}
	if (file != NULL)
		fclose(file);
}

/* Reads the file again when it is not what it was. No file: nothing is revoked. */
static void refresh(struct ticket_keys *keys)
{
	struct ticket_revocations *revoked = &keys->revoked;
	struct stat about = {0};
	char *path = revoked_path(keys);
	bool there = stat(path, &about) == 0;

	if (!there && errno == ENOENT)
		revoked->count = 0;
	bool same = revoked->changed.tv_sec == about.st_mtim.tv_sec && revoked->changed.tv_nsec == about.st_mtim.tv_nsec &&
		    revoked->inode == about.st_ino && revoked->size == about.st_size;
	if (there && !same)
		reload(revoked, path);
	revoked->changed = about.st_mtim;
	revoked->inode = about.st_ino;
	revoked->size = about.st_size;
	free(path);
}

bool ticket_revoked(struct ticket_keys *keys, const char *id, int64_t now_s)
{
	struct ticket_revocations *revoked = &keys->revoked;
	if (keys->folder == NULL)
		return false;
	if (revoked->looked_s != now_s) {
		revoked->looked_s = now_s;
		refresh(keys);
	}
	return revoked->count > 0 && bsearch(id, revoked->ids, revoked->count, NAME_SIZE, compare_ids) != NULL;
}

/* True when the file does not end with a line end, because somebody edited it so. */
static bool ends_open(int fd)
{
	char last = '\n';
	struct stat about;
	return fstat(fd, &about) == 0 && about.st_size > 0 && pread(fd, &last, 1, about.st_size - 1) == 1 && last != '\n';
}

int ticket_revoke(struct ticket_keys *keys, const char *id, struct text *error)
{
	check(keys->folder != NULL && id[0] != '\0' && strlen(id) < NAME_SIZE);
	char line[NAME_SIZE + 2];
	char *path = revoked_path(keys);
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
	int size = snprintf(line, sizeof(line), "%s%s\n", fd >= 0 && ends_open(fd) ? "\n" : "", id);

	if (fd >= 0)
		ticket_give_to_owner(fd, keys->folder);
	/* one write of a file opened for appending: two processes do not mix their lines */
	bool written = fd >= 0 && write(fd, line, (size_t)size) == size;
	if (!written)
		text_add(error, "%s cannot be written: %s.", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(path);
	return written ? 0 : -1;
}
