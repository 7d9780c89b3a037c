/* The event log of a room on disk: lines in, a thread writes them, so that the loop never waits for a disk. */
#ifndef RECORD_JOURNAL_FILE_H
#define RECORD_JOURNAL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal_file;

/* Appends to `path`, made with mode 0600; a last line without its newline is cut off. NULL when it cannot be opened (errno says why). Ended with journal_file_close(). */
struct journal_file *journal_file_open(const char *path);
/* Takes whole lines, copied. False when the thread is too far behind (JOURNAL_BUFFER_SIZE): the line is lost. */
bool journal_file_put(struct journal_file *file, const char *line, size_t size);
/* How often something was lost so far: a line that found no place, or a piece that the disk refused. */
uint64_t journal_file_lost(const struct journal_file *file);
/* Waits until everything is written; frees. NULL is fine. */
void journal_file_close(struct journal_file *file);

#endif
