/* What everybody in a hall is told without asking: `state` when something changed, `levels` ten times a second. */
#ifndef CONTROL_TELL_H
#define CONTROL_TELL_H

#include "control/house.h"

/* Compares what holds with what was told last, and tells the difference. */
void tell_state(struct house *house, struct hall *hall);
/* Peaks and loudness of everything, to those who may monitor; resets the peaks. */
void tell_levels(struct hall *hall);
/* What tell_state() compares with: called once, before anybody is in. */
void tell_begin(struct hall *hall);

#endif
