/* The event log of a room on disk: lines in, a thread writes them, so that the loop never waits for a disk. */
#ifndef RECORD_JOURNAL_FILE_H
#define RECORD_JOURNAL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal_file;

/* Appends to `path`, made with mode 0600; a last line without its newline is cut off, and `*torn` is its size in bytes. NULL when
 * it cannot be opened, or is no regular file (errno says why, EINVAL for the latter). Ended with journal_file_close(). */
struct journal_file *journal_file_open(const char *path, size_t *torn);
/* Takes whole lines, copied. False when the thread is too far behind (JOURNAL_BUFFER_SIZE): the line is lost, and a line {"gap":N}
 * stands in its place when there is room again. Lines that the disk refuses wait, and are written when it takes them. */
bool journal_file_put(struct journal_file *file, const char *line, size_t size);
/* How many lines were lost so far. */
uint64_t journal_file_lost(const struct journal_file *file);
/* Why the disk refused the last write, as errno; 0: it was taken. */
int journal_file_trouble(const struct journal_file *file);
/* Waits until everything is written and on the disk, but not longer than some seconds for a disk that refuses; frees. NULL is fine.
 */
void journal_file_close(struct journal_file *file);

#endif
