/* A tap: one source as it comes in, for whoever listens to it alone. The technician's PFL, and at a talk the other person's own
 * voice.
 *
 *   frame of the source --> gate --> limits --> output: encoder, ring, audience
 *
 * A tap exists only while somebody listens to it, and a little longer; who may, control/ decides. Of a desk's microphone it carries
 * what the gate lets through: nothing while the microphone is OFF or coughs (room/README.md, "Invariants").
 */
#ifndef CHANNEL_TAP_H
#define CHANNEL_TAP_H

#include "channel/output.h"

struct tap;

/* `options` as for an output. The caller frees with tap_free(), when its audience is empty. */
struct tap *tap_new(const struct output_options *options);
void tap_free(struct tap *tap);
/* One beat. `samples` are those of the source's frame, NULL when nothing comes. `open`: it may be heard on this beat; `open_next`:
 * on the following one. What closes is gone when the beat on which it is closed begins. */
void tap_beat(struct tap *tap, const float *samples, bool open, bool open_next, uint64_t beat);
/* True after a beat when nobody has listened, nor opened it, for OUTPUT_LINGER_MS, or ever. */
bool tap_idle(const struct tap *tap);
/* Its audience, for somebody who joins it now. Never on the beat. */
struct audience *tap_open(struct tap *tap);
/* To look at; nobody joins without tap_open(). */
struct audience *tap_audience(struct tap *tap);

#endif
