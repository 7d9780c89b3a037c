/* The subcommands. Each is called with argv[0] being its own name (`ticket`), prints what was asked
 * for on standard output and everything else on standard error, and returns the program's exit code: 0 done, 1 refused, 2 called
 * wrongly.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

/* Serves an event until it is told to end (server.h). */
int command_serve(int argc, char **argv);
/* Sends WAV or raw PCM, from a file or standard input, as a floor input. */
int command_send(int argc, char **argv);
/* Writes a channel as Ogg Opus to a file or standard output. */
int command_listen(int argc, char **argv);
/* Makes a ticket (as text, link or QR code), or takes one back. */
int command_ticket(int argc, char **argv);
/* Says whether a settings file is good, and what is in it. */
int command_check(int argc, char **argv);
/* Computes the routing of an event log again, and says whether it matches. */
int command_replay(int argc, char **argv);
/* Says how many listeners a server carries. It is the load generator of the tests, and stands with them: tests/load/bench.c. */
int command_bench(int argc, char **argv);

#endif
