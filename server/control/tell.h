/* What everybody in a hall is told without asking: `state` when something changed, `levels` ten times a second. */
#ifndef CONTROL_TELL_H
#define CONTROL_TELL_H

#include "control/house.h"

/* Takes a new picture of what holds, compares it with what was told last, and tells the difference. On every change, and ten times a
 * second for what only time brings. */
void tell_state(struct hall *hall);
/* Peaks and loudness of everything, to those who may monitor; resets the peaks. */
void tell_levels(struct hall *hall);
/* The first picture: called once, before anybody is in. */
void tell_begin(struct hall *hall);

#endif
