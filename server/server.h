/* The server as a whole: `boothcast serve`. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "gateway/gateway.h"

#include <stdbool.h>

struct server_options {
	const char *config; /* the settings file */
	const char *listen; /* HOST:PORT; NULL: as the settings say */
	const char *web;    /* folder of the built pages; NULL: beside the program */
	const char *state;  /* folder for keys and counters, made with mode 0700 */
	enum delivery delivery; /* how packets go to sockets */
	enum sealing sealing;   /* who seals the records of TLS */
	unsigned loops;     /* event loops that serve connections; 0: as the settings say */
	bool tls;           /* with a self-signed certificate when the settings name none */
	bool demo;          /* recorded voices play a conference */
};

/* Serves until SIGINT or SIGTERM. Returns the exit status: 0 after a clean end, 1 when it could not start (said on standard error). */
int server_run(const struct server_options *options);

#endif
