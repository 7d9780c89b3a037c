/* A byte ring between the loop, which puts lines, and a thread, which writes them. One producer, one consumer; positions only grow.
 *
 *   journal_file_put --> buffer[put % size] ... buffer[written % size] --write()--> disk
 *
 * A file that ends without a newline was torn by a power cut: the torn line is cut off when it is opened, or the next one would be
 * spoilt too. Called by control/memory.c. It never waits for the disk, but at the end. */
#include "record/journal_file.h"

#include "base/check.h"
#include "base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOURNAL_BUFFER_SIZE (256 * 1024) /* a power of two: some thousand key presses while a disk hangs */

struct journal_file {
	int fd;
	struct thread *thread;
	struct gate *gate;
	_Atomic uint64_t put, written; /* bytes so far */
	_Atomic bool closing;
	_Atomic uint64_t lost; /* puts and writes that failed */
	char buffer[JOURNAL_BUFFER_SIZE];
};

/* Writes what is there, up to the end of the ring. A disk that refuses loses the bytes: the conference goes on. */
static void write_piece(struct journal_file *file, uint64_t from, uint64_t to)
{
	size_t at = from % JOURNAL_BUFFER_SIZE, size = (size_t)(to - from);
	if (size > JOURNAL_BUFFER_SIZE - at)
		size = JOURNAL_BUFFER_SIZE - at;
	ssize_t n = write(file->fd, file->buffer + at, size);
	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0)
		atomic_fetch_add(&file->lost, 1);
	atomic_store(&file->written, from + (n > 0 ? (uint64_t)n : size));
}

static void run(void *user)
{
	struct journal_file *file = user;
	for (;;) {
		bool closing = atomic_load(&file->closing);
		uint64_t put = atomic_load(&file->put), written = atomic_load(&file->written);
		if (put != written)
			write_piece(file, written, put);
		else if (closing)
			return;
		else
			gate_pass(file->gate);
	}
}

/* The size of the file up to the end of its last whole line; -1 with errno when it cannot be read. */
static off_t whole_lines(int fd, off_t size)
{
	char piece[4096];
	off_t at = size;
	while (at > 0) {
		off_t from = at > (off_t)sizeof piece ? at - (off_t)sizeof piece : 0;
		ssize_t n = pread(fd, piece, (size_t)(at - from), from);
		if (n <= 0)
			return -1;
		const char *newline = memrchr(piece, '\n', (size_t)n);
		if (newline != NULL)
			return from + (newline - piece) + 1;
		at = from;
	}
	return at;
}

static int open_whole(const char *path)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	off_t size = lseek(fd, 0, SEEK_END), whole = whole_lines(fd, size);
	if (whole >= 0 && (whole == size || ftruncate(fd, whole) == 0))
		return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

struct journal_file *journal_file_open(const char *path)
{
	int fd = open_whole(path);
	if (fd < 0)
		return NULL;
	struct journal_file *file = check_alloc(calloc(1, sizeof *file));
	file->fd = fd;
	file->gate = gate_new();
	file->thread = thread_new(run, file);
	return file;
}

bool journal_file_put(struct journal_file *file, const char *line, size_t size)
{
	uint64_t put = atomic_load(&file->put);
	if (size > JOURNAL_BUFFER_SIZE - (put - atomic_load(&file->written))) {
		atomic_fetch_add(&file->lost, 1);
		return false;
	}
	for (size_t i = 0; i < size; i++)
		file->buffer[(put + i) % JOURNAL_BUFFER_SIZE] = line[i];
	atomic_store(&file->put, put + size);
	gate_open(file->gate);
	return true;
}

uint64_t journal_file_lost(const struct journal_file *file)
{
	return atomic_load(&file->lost);
}

void journal_file_close(struct journal_file *file)
{
	if (file == NULL)
		return;
	atomic_store(&file->closing, true);
	gate_open(file->gate);
	thread_join(file->thread);
	gate_free(file->gate);
	close(file->fd);
	free(file);
}
