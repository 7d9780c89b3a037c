/* The pages: every file of the web folder, read into memory when the server starts, found by exact name.
 *
 *   web/index.html                 -> /
 *   web/listen.html                -> /r/<room>
 *   web/{booth,av,speak,talk}.html -> /booth /av /speak /talk
 *   web/assets/app-1a2b.js         -> /assets/app-1a2b.js, kept by browsers for ever
 *   web/assets/app-1a2b.js.gz      -> the same, for those who take gzip
 *
 * Nothing touches the disk while the server runs, and no request names a file: a path that is not in the table does not exist, so
 * none can lead out of the folder. Symbolic links are not followed. Called by gateway.c and http.c.
 */
#include "gateway/parts.h"

#include "base/check.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGES_MAX 1024                     /* files: a build has some dozens */
#define PAGES_BYTES_MAX (32 * 1024 * 1024) /* of all files: a build has some hundred kilobytes */
#define DEPTH_MAX 8

struct pages {
	struct page *at; /* sorted by path */
	size_t count, capacity;
	size_t bytes;
	bool none; /* there is no folder */
};

static const struct {
	const char *ending, *type;
} types[] = {
	{".html", "text/html; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".mjs", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".wasm", "application/wasm"},
	{".json", "application/json"},
	{".map", "application/json"},
	{".webmanifest", "application/manifest+json"},
	{".svg", "image/svg+xml"},
	{".png", "image/png"},
	{".ico", "image/x-icon"},
	{".woff2", "font/woff2"},
	{".txt", "text/plain; charset=utf-8"},
};

static const char sentence[] = "Boothcast is running without its pages. Build them, and start the server with --web FOLDER.\n";
static const struct page no_pages = {
	.path = "/", .type = "text/plain; charset=utf-8", .bytes = (const uint8_t *)sentence, .size = sizeof sentence - 1};

static bool ends(const char *path, const char *with)
{
	size_t a = strlen(path), b = strlen(with);
	return a > b && strcmp(path + a - b, with) == 0;
}

static const char *type_of(const char *path)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (ends(path, types[i].ending))
			return types[i].type;
	}
	return "application/octet-stream";
}

struct walk {
	struct pages *pages;
	char *error;
	size_t size;
};

static bool trouble(const struct walk *walk, const char *path, const char *why)
{
	text_print(walk->error, walk->size, "cannot read the pages: %s: %s", path, why);
	return false;
}

static bool read_all(int fd, uint8_t *to, size_t size)
{
	while (size > 0) {
		ssize_t n = read(fd, to, size);
		if (n <= 0)
			return false;
		to += n;
		size -= (size_t)n;
	}
	return true;
}

static bool add(struct walk *walk, int fd, const char *path, size_t size)
{
	struct pages *pages = walk->pages;
	if (pages->count == PAGES_MAX || size > PAGES_BYTES_MAX - pages->bytes)
		return trouble(walk, path, "the folder has more than 1024 files or 32 MiB; is it the folder of the built pages?");
	if (pages->count == pages->capacity) {
		pages->capacity = pages->capacity > 0 ? 2 * pages->capacity : 64;
		pages->at = check_alloc(realloc(pages->at, pages->capacity * sizeof *pages->at));
	}
	uint8_t *bytes = check_alloc(malloc(size > 0 ? size : 1));
	if (!read_all(fd, bytes, size)) {
		free(bytes);
		return trouble(walk, path, "it changed while it was read");
	}
	pages->at[pages->count++] = (struct page){.path = check_alloc(strdup(path)),
						  .type = type_of(path),
						  .bytes = bytes,
						  .size = size,
						  .immutable = strncmp(path, "/assets/", 8) == 0};
	pages->bytes += size;
	return true;
}

static bool walk_folder(struct walk *walk, int folder, const char *path, int depth);

/* A file or a folder; anything else, and a name that begins with a dot, is not a page. */
static bool walk_entry(struct walk *walk, int folder, const char *path, const char *name, int depth)
{
	char whole[256];
	struct stat what;
	bool good = true;
	if (name[0] == '.')
		return true;
	if (snprintf(whole, sizeof whole, "%s/%s", path, name) >= (int)sizeof whole)
		return trouble(walk, path, "a name in it is too long");
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP ? true : trouble(walk, whole, strerror(errno));
	if (fstat(fd, &what) != 0)
		good = trouble(walk, whole, strerror(errno));
	else if (S_ISREG(what.st_mode))
		good = add(walk, fd, whole, (size_t)what.st_size);
	else if (S_ISDIR(what.st_mode) && depth < DEPTH_MAX)
		return walk_folder(walk, fd, whole, depth + 1);
	close(fd);
	return good;
}

/* Takes over `folder`. */
static bool walk_folder(struct walk *walk, int folder, const char *path, int depth)
{
	bool good = true;
	DIR *entries = fdopendir(folder);
	if (entries == NULL) {
		close(folder);
		return trouble(walk, path, strerror(errno));
	}
	for (struct dirent *entry; good && (entry = readdir(entries)) != NULL;)
		good = walk_entry(walk, dirfd(entries), path, entry->d_name, depth);
	closedir(entries);
	return good;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct page *)a)->path, ((const struct page *)b)->path);
}

static struct page *find(const struct pages *pages, const char *path)
{
	struct page key = {.path = path};
	if (pages->count == 0)
		return NULL;
	return bsearch(&key, pages->at, pages->count, sizeof *pages->at, by_path);
}

/* A file NAME.gz is the compressed form of NAME. */
static void pair(struct pages *pages)
{
	for (size_t i = 0; i < pages->count; i++) {
		char other[260];
		snprintf(other, sizeof other, "%s.gz", pages->at[i].path);
		const struct page *gzip = find(pages, other);
		if (gzip != NULL) {
			pages->at[i].gzip = gzip->bytes;
			pages->at[i].gzip_size = gzip->size;
		}
	}
}

struct pages *pages_open(const char *folder, char *error, size_t size)
{
	struct pages *pages = check_alloc(calloc(1, sizeof *pages));
	struct walk walk = {pages, error, size};
	int fd = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	pages->none = fd < 0;
	if (fd < 0)
		return pages;
	if (!walk_folder(&walk, fd, "", 0)) {
		pages_free(pages);
		return NULL;
	}
	if (pages->count > 0)
		qsort(pages->at, pages->count, sizeof *pages->at, by_path);
	pair(pages);
	return pages;
}

void pages_free(struct pages *pages)
{
	if (pages == NULL)
		return;
	for (size_t i = 0; i < pages->count; i++) {
		free((void *)pages->at[i].path);
		free((void *)pages->at[i].bytes);
	}
	free(pages->at);
	free(pages);
}

/* The file behind a short address, or the address itself. */
static const char *file_of(const char *path)
{
	static const char *const names[][2] = {
		{"/", "/index.html"},       {"/booth", "/booth.html"}, {"/av", "/av.html"},
		{"/speak", "/speak.html"}, {"/talk", "/talk.html"},
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(path, names[i][0]) == 0)
			return names[i][1];
	}
	if (strncmp(path, "/r/", 3) == 0 && path[3] != '\0' && strchr(path + 3, '/') == NULL)
		return "/listen.html";
	return path;
}

const struct page *pages_find(const struct pages *pages, const char *path)
{
	const char *file = file_of(path);
	if (pages->none)
		return file != path ? &no_pages : NULL;
	if (ends(file, ".gz"))
		return NULL;
	return find(pages, file);
}
