/* Break music: a sound file, loaded whole at start, brought to a moderate level, and joined end to beginning so that it goes round
 * without a seam. Rooms that name the same file share it.
 *
 *   settings --music_shelf_load--> shelf --music_of_room--> stage --music_play, on the beat--> the mixer's slot
 */
#ifndef STAGE_MUSIC_H
#define STAGE_MUSIC_H

#include "settings/settings.h"

#include <stddef.h>
#include <stdint.h>

#define MUSIC_LUFS (-29.0f) /* under speech, which stands at about -23: a pause is not louder than the conference */
#define MUSIC_JOIN_MS 500   /* the end goes over into the beginning, at equal power */

struct music;
struct music_shelf;

/* Everything that the rooms of the settings name. NULL with a sentence in `error` (size bytes): a file that cannot be read, is
 * longer than BREAK_MUSIC_S_MAX, or has no sound in it. Allocates and reads files: at start only. The caller frees with
 * music_shelf_free(), after the stages. */
struct music_shelf *music_shelf_load(const struct settings *settings, char *error, size_t size);
void music_shelf_free(struct music_shelf *shelf);
/* The music of a room by its index in the settings; NULL when it names none, or when `shelf` is NULL. */
const struct music *music_of_room(const struct music_shelf *shelf, unsigned room);

/* One file; errors as above. The caller frees with music_free(). */
struct music *music_load(const char *path, char *error, size_t size);
void music_free(struct music *music);
/* How many samples it has until it comes round; at least one frame. */
size_t music_samples(const struct music *music);
/* Writes `count` samples, mono at 48 kHz, at most FRAME_SAMPLES_MAX, as they are `position` samples after the beginning of time.
 * Does not allocate. */
void music_play(const struct music *music, uint64_t position, float *to, size_t count);

#endif
