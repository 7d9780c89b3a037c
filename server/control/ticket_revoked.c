/* Tickets that were taken back: STATE/revoked, a text file that a person can edit while the server runs.
 *
 *   # lost telephone, 21 March
 *   qM3tYwF2a9xK
 *
 * Kept as a sorted list in memory; read again when the file's time, size or inode is another. A file that cannot be read, is no
 * regular file, or has more ids than fit, leaves the list as it was: taken back stays taken back. It is tried again every second,
 * and logged when that begins and when it ends. A file that has gone leaves the list too: an empty file takes everything back.
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

/* Opens the file for reading, when it is a regular one of at most REVOKED_BYTES_MAX. On failure NULL and why. */
static FILE *open_list(const char *path, struct stat *about, const char **why)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a FIFO does not hang */
	*why = fd < 0 ? strerror(errno) : "it is no regular file, or larger than a list can be";
	bool good = fd >= 0 && fstat(fd, about) == 0 && S_ISREG(about->st_mode) && about->st_size <= REVOKED_BYTES_MAX;
	FILE *file = good ? fdopen(fd, "r") : NULL;
	if (good && file == NULL)
		*why = strerror(errno);
	if (file == NULL && fd >= 0)
		close(fd);
	return file;
}

/* Reads the ids into `ids`, which has room for REVOKED_MAX. On failure false and why. */
static bool read_ids(FILE *file, char (*ids)[NAME_SIZE], size_t *count, const char **why)
{
	char line[LINE_MAX_SIZE];
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strchr(line, '\n') == NULL && !feof(file)) {
			*why = "a line is too long";
			return false;
		}
		const char *id = id_of(line);
		if (id == NULL)
			continue;
		if (*count == REVOKED_MAX) {
			*why = "it has more ids than fit; make a new key (remove ticket.key) and hand out new tickets";
			return false;
		}
		strcpy(ids[(*count)++], id);
	}
	*why = "it could not be read to its end";
	return !ferror(file);
}

/* Reads the whole list. NULL and why when that fails; the caller frees. */
static char (*read_list(const char *path, size_t *count, struct stat *about, const char **why))[NAME_SIZE]
{
	FILE *file = open_list(path, about, why);
	char(*ids)[NAME_SIZE] = file != NULL ? calloc(REVOKED_MAX, NAME_SIZE) : NULL;
	*count = 0;
	if (file != NULL && ids == NULL)
		*why = "memory is short";
	if (ids != NULL && !read_ids(file, ids, count, why)) {
		free(ids);
		ids = NULL;
	}
	if (file != NULL)
		fclose(file);
	return ids;
}

/* What became of the last look is logged when it changes. */
static void note_read(struct ticket_revocations *revoked, const char *path, bool good, const char *why)
{
	if (good && revoked->unread)
		log_event(LOG_INFO, "revoked_read_again", LOG_STRING("file", path), LOG_NUMBER("ids", revoked->count));
	if (!good && !revoked->unread)
		log_event(LOG_ERROR, "revoked_unread", LOG_STRING("file", path), LOG_STRING("why", why),
			  LOG_NUMBER("ids_kept", revoked->count),
			  LOG_STRING("then", "the list stays as it was, and is tried again"));
	revoked->unread = !good;
}

static void reload(struct ticket_revocations *revoked, const char *path)
{
	struct stat about = {0};
	const char *why;
	size_t count;
	char(*ids)[NAME_SIZE] = read_list(path, &count, &about, &why);
	if (ids != NULL) {
		qsort(ids, count, NAME_SIZE, compare_ids);
		free(revoked->ids);
		revoked->ids = ids;
		revoked->count = count;
		revoked->changed = about.st_mtim; /* of what was read: one that changed meanwhile is read again */
		revoked->inode = about.st_ino;
		revoked->size = about.st_size;
	}
	note_read(revoked, path, ids != NULL, why);
}

/* Reads the file again when it is not what was read last. Where there never was a file, nothing is revoked. */
static void refresh(struct ticket_keys *keys)
{
	struct ticket_revocations *revoked = &keys->revoked;
	struct stat about = {0};
	char *path = revoked_path(keys);
	bool there = stat(path, &about) == 0;
	bool same = revoked->changed.tv_sec == about.st_mtim.tv_sec && revoked->changed.tv_nsec == about.st_mtim.tv_nsec &&
		    revoked->inode == about.st_ino && revoked->size == about.st_size;
	if (!there && (errno != ENOENT || revoked->count > 0))
		note_read(revoked, path, false, strerror(errno));
	else if (there && (!same || revoked->unread))
		reload(revoked, path);
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

bool ticket_revocations_unread(const struct ticket_keys *keys)
{
	return keys->revoked.unread;
}

int ticket_revocations_check(struct ticket_keys *keys, struct text *error)
{
	struct stat about;
	const char *why;
	size_t count = 0;
	char *path = revoked_path(keys);
	char(*ids)[NAME_SIZE] = read_list(path, &count, &about, &why);
	bool good = ids != NULL || (stat(path, &about) != 0 && errno == ENOENT);
	if (!good)
		text_add(error,
			 "The list of revoked tickets %s cannot be read: %s. Mend the file, or remove it so that no ticket is "
			 "revoked.",
			 path, why);
	free(ids);
	free(path);
	return good ? (int)count : -1;
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
	int count = ticket_revocations_check(keys, error);
	if (count < 0)
		return -1;
	if (count >= REVOKED_MAX) {
		text_add(error,
			 "The list of revoked tickets is full (%d). Make a new key: remove ticket.key in %s, restart, and hand out "
			 "new tickets.",
			 REVOKED_MAX, keys->folder);
		return -1;
	}
	char *path = revoked_path(keys);
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, S_IRUSR | S_IWUSR);
	int size = snprintf(line, sizeof(line), "%s%s\n", fd >= 0 && ends_open(fd) ? "\n" : "", id);

	if (fd >= 0)
		ticket_give_to_owner(fd, keys->folder);
	/* one write of a file opened for appending: two processes do not mix their lines */
	bool written = fd >= 0 && write(fd, line, (size_t)size) == size && fsync(fd) == 0;
	if (!written)
		text_add(error, "%s cannot be written: %s.", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(path);
	return written ? 0 : -1;
}
