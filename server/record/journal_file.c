/* A byte ring between the loop, which puts lines, and a thread, which writes them. One producer, one consumer; positions only grow.
 *
 *   journal_file_put --> buffer[put % size] ... buffer[written % size] --write()--> disk --fsync() each JOURNAL_SYNC_MS
 *
 * A disk that takes nothing, or only a part, is asked again: the writing goes on with the very byte at which it stopped, so no line
 * is torn and none is lost until the ring is full. Lines that find no place are counted, and a line {"gap":N} says so where they
 * are missing. A line that is torn all the same, because power or the process went away, is cut off when the file is opened. Called
 * by control/memory.c. It never waits for the disk, but JOURNAL_CLOSE_MS at the end. */
#include "record/journal_file.h"

#include "base/check.h"
#include "base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define JOURNAL_BUFFER_SIZE (256 * 1024) /* a power of two: some thousand key presses while a disk hangs */
#define JOURNAL_SYNC_MS 1000  /* of quiet, after which what was written is made to last: a power cut takes so much at most */
#define JOURNAL_CLOSE_MS 2000 /* a disk that takes nothing for so long at the end loses what is left */
#define JOURNAL_LOOK_MS 50    /* between two looks at a disk that takes nothing, and at what has come */

struct journal_file {
	int fd;
	struct thread *thread;
	struct gate *gate;
	_Atomic uint64_t put, written; /* bytes so far */
	_Atomic bool closing;
	_Atomic uint64_t lost; /* lines that found no place, or could not be written before the end */
	_Atomic int trouble;   /* errno of the last write or fsync; 0: it was taken */
	uint64_t gap;          /* the producer's: lines lost since the last one that found a place */
	char buffer[JOURNAL_BUFFER_SIZE];
};

/* Writes what is there, up to the end of the ring. False when the disk took nothing. */
static bool write_piece(struct journal_file *file, uint64_t from, uint64_t to)
{
	size_t at = from % JOURNAL_BUFFER_SIZE, size = (size_t)(to - from);
	if (size > JOURNAL_BUFFER_SIZE - at)
		size = JOURNAL_BUFFER_SIZE - at;
	ssize_t n = write(file->fd, file->buffer + at, size);
	if (n < 0 && errno == EINTR)
		return true;
	atomic_store(&file->trouble, n > 0 ? 0 : n == 0 ? ENOSPC : errno);
	if (n > 0)
		atomic_store(&file->written, from + (uint64_t)n);
	return n > 0;
}

static void sleep_ms(unsigned ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000}, NULL);
}

/* Whether nothing came within so long. */
static bool stays_idle(const struct journal_file *file, unsigned ms)
{
	for (unsigned waited = 0; waited < ms; waited += JOURNAL_LOOK_MS) {
		if (atomic_load(&file->put) != atomic_load(&file->written) || atomic_load(&file->closing))
			return false;
		sleep_ms(JOURNAL_LOOK_MS);
	}
	return true;
}

static void sync_file(struct journal_file *file)
{
	if (fdatasync(file->fd) != 0)
		atomic_store(&file->trouble, errno);
}

/* The end: what the disk did not take is lost, and the piece of a line that it took is cut off. */
static void give_up(struct journal_file *file)
{
	uint64_t put = atomic_load(&file->put), written = atomic_load(&file->written);
	unsigned torn = 0;
	for (uint64_t at = written; at < put; at++)
		atomic_fetch_add(&file->lost, file->buffer[at % JOURNAL_BUFFER_SIZE] == '\n');
	while (torn < written && torn < JOURNAL_BUFFER_SIZE && file->buffer[(written - torn - 1) % JOURNAL_BUFFER_SIZE] != '\n')
		torn++;
	off_t size = lseek(file->fd, 0, SEEK_END);
	if (torn > 0 && size >= (off_t)torn && ftruncate(file->fd, size - (off_t)torn) != 0)
		atomic_store(&file->trouble, errno);
}

static void run(void *user)
{
	struct journal_file *file = user;
	bool dirty = false;
	for (unsigned refused_ms = 0;;) {
		bool closing = atomic_load(&file->closing);
		uint64_t put = atomic_load(&file->put), written = atomic_load(&file->written);
		if (put != written && write_piece(file, written, put)) {
			dirty = true;
			refused_ms = 0;
		} else if (put != written) {
			if (closing && refused_ms >= JOURNAL_CLOSE_MS)
				break;
			sleep_ms(JOURNAL_LOOK_MS);
			refused_ms += JOURNAL_LOOK_MS;
		} else if (dirty && (closing || stays_idle(file, JOURNAL_SYNC_MS))) {
			sync_file(file);
			dirty = false;
		} else if (closing) {
			break;
		} else if (!dirty) {
			gate_pass(file->gate);
		}
	}
	give_up(file);
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

/* `*torn` is set to the bytes that were cut off. */
static int open_whole(const char *path, size_t *torn)
{
	struct stat about;
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600); /* a FIFO does not hang */
	if (fd < 0)
		return -1;
	if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	off_t size = lseek(fd, 0, SEEK_END), whole = whole_lines(fd, size);
	if (whole >= 0 && (whole == size || ftruncate(fd, whole) == 0)) {
		*torn = (size_t)(size - whole);
		return fd;
	}
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

struct journal_file *journal_file_open(const char *path, size_t *torn)
{
	int fd = open_whole(path, torn);
	if (fd < 0)
		return NULL;
	struct journal_file *file = check_alloc(calloc(1, sizeof *file));
	file->fd = fd;
	file->gate = gate_new();
	file->thread = thread_new(run, file);
	return file;
}

static bool put_bytes(struct journal_file *file, const char *bytes, size_t size)
{
	uint64_t put = atomic_load(&file->put);
	if (size > JOURNAL_BUFFER_SIZE - (put - atomic_load(&file->written)))
		return false;
	for (size_t i = 0; i < size; i++)
		file->buffer[(put + i) % JOURNAL_BUFFER_SIZE] = bytes[i];
	atomic_store(&file->put, put + size);
	return true;
}

/* Says how many lines are missing here; true when none is. */
static bool put_gap(struct journal_file *file)
{
	char line[64];
	int size = snprintf(line, sizeof line, "{\"gap\":%llu}\n", (unsigned long long)file->gap);
	if (file->gap > 0 && !put_bytes(file, line, (size_t)size))
		return false;
	file->gap = 0;
	return true;
}

bool journal_file_put(struct journal_file *file, const char *line, size_t size)
{
	bool taken = put_gap(file) && put_bytes(file, line, size);
	if (!taken) {
		file->gap++;
		atomic_fetch_add(&file->lost, 1);
	}
	gate_open(file->gate);
	return taken;
}

int journal_file_trouble(const struct journal_file *file)
{
	return atomic_load(&file->trouble);
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
