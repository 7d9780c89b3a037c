/* The subcommands that are not the server itself. Each is called with argv[0] being its own name (`ticket`), prints what was asked
 * for on standard output and everything else on standard error, and returns the program's exit code: 0 done, 1 refused, 2 called
 * wrongly.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

/* Makes a ticket (as text, link or QR code), or takes one back. */
int command_ticket(int argc, char **argv);
/* Says whether a settings file is good, and what is in it. */
int command_check(int argc, char **argv);

#endif
