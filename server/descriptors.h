/* File descriptors: how many the process may have, and how many connections they are enough for. */
#ifndef SERVER_DESCRIPTORS_H
#define SERVER_DESCRIPTORS_H

struct descriptors {
	unsigned free;         /* when the program began */
	unsigned loops, rooms; /* of the server, as it will be */
	unsigned wanted;       /* connections by the settings */
	unsigned connections;  /* for which there are enough */
};

/* Raises the process's limit of open files as far as it may, and fills in `free`. Before the first loop is made. 0, or -1 when no
 * server can start with so few, which is said on standard error, as in what follows. */
int descriptors_open(struct descriptors *descriptors);
/* Fills in `connections` for a server of so many event loops, rooms and connections. 0, or -1 when it would be none. */
int descriptors_share(struct descriptors *descriptors, unsigned loops, unsigned rooms, unsigned wanted);
/* Logs when they are fewer than wanted. */
void descriptors_log(const struct descriptors *descriptors);

#endif
