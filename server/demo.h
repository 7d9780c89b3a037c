/* The demo: recorded voices play a conference, through the same doors as people: sources on the beat, and the keys of desks. */
#ifndef SERVER_DEMO_H
#define SERVER_DEMO_H

#include "base/loop.h"
#include "control/house.h"

#include <stdint.h>

struct demo;

/* Loads the voices on a thread (Chinese is spoken into files of the state folder first) and starts to play when they are there.
 * Missing packages are named in the log; the rest plays. Ended with demo_close(). */
struct demo *demo_new(struct house *house, struct loop *loop, const char *state);
/* Before the house's beat: gives every voice its frame, and presses keys where the script says so. */
void demo_beat(struct demo *demo, uint64_t beat);
void demo_close(struct demo *demo);
/* Gives rooms whose settings name no break music a recording of a Debian package, when it is there; names the package in the log when not.
 * Before the music is loaded. */
void demo_set_music(struct settings *settings);

#endif
