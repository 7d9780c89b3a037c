/* Which sources are tapped, see taps.h.
 *
 *   listener --taps_open--> [ floor/guest | desk/zh-en/1 | ... ]  at most TAPS_MAX
 *   beat: frame of the source, is it open? --> tap --> its listeners; idle --> gone
 *
 * A floor input is always open. A desk's microphone is open while it is ON with its link up, by the room of that very beat: the
 * same truth by which the plan lets it into a channel. Called by stage.c; who may listen was asked before.
 */
#include "stage/taps.h"

static struct tap *find(struct taps *taps, unsigned source)
{
	for (unsigned i = 0; i < taps->count; i++) {
		if (taps->open[i].source == source)
			return taps->open[i].tap;
	}
	return NULL;
}

static void close_one(struct taps *taps, unsigned i)
{
	tap_free(taps->open[i].tap);
	taps->open[i] = taps->open[--taps->count];
}

/* Makes room by ending one that nobody listens to any more. */
static bool make_room(struct taps *taps)
{
	for (unsigned i = 0; i < taps->count && taps->count == TAPS_MAX; i++) {
		if (audience_count(tap_audience(taps->open[i].tap)) == 0)
			close_one(taps, i);
	}
	return taps->count < TAPS_MAX;
}

struct audience *taps_open(struct taps *taps, unsigned source)
{
	struct tap *tap = find(taps, source);
	if (tap != NULL)
		return tap_open(tap);
	if (!make_room(taps))
		return NULL;
	struct output_options options = taps->output;
	options.stream = (uint16_t)(options.stream + source);
	tap = tap_new(&options);
	taps->open[taps->count].tap = tap;
	taps->open[taps->count++].source = (uint8_t)source;
	return tap_open(tap);
}

static bool is_open(const struct room *room, unsigned source)
{
	return source < INPUTS_MAX || room_mic_open(room, source - INPUTS_MAX);
}

void taps_beat(struct taps *taps, const struct mixer_sound *sound, const struct room *now, const struct room *next, uint64_t beat)
{
	for (unsigned i = taps->count; i-- > 0;) {
		unsigned source = taps->open[i].source;
		tap_beat(taps->open[i].tap, sound->sample[source], is_open(now, source), is_open(next, source), beat);
		if (tap_idle(taps->open[i].tap))
			close_one(taps, i);
	}
}

void taps_close(struct taps *taps)
{
	while (taps->count > 0)
		close_one(taps, 0);
}
