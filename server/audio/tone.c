/* The phase of a tone is the number of samples made, by whole numbers: it does not drift in a week, and every quarter of a second
 * holds whole waves of both tones of the attention signal, so the change between them has no step.
 *
 * The attention signal is no standard's evacuation signal and does not pretend to be one: it makes people look up and read.
 * Called by channel/ (and the one who runs an emergency without a source) on the beat. */
#include "audio/tone.h"

#include "boothcast/frame.h"

#include <math.h>

#define SOFT_START (RATE_HZ / 20) /* 50 ms: heard as the beginning of a tone, not as a blow */
#define TURN       (RATE_HZ / 4)  /* samples of one tone of the attention signal */

void tone_start(struct tone *tone, enum tone_kind kind)
{
	*tone = (struct tone){.kind = kind};
}

static float amplitude(float db)
{
	return powf(10, db / 20);
}

/* A sine of whole hertz at a sample's number, exact however large the number is. */
static float sine(uint64_t at, unsigned hz)
{
	return sinf(2 * (float)M_PI * (float)(at * hz % RATE_HZ) / RATE_HZ);
}

/* The third harmonic makes it rougher, and heard by those whose hearing is weak at the ground tone. */
static float attention(uint64_t at)
{
	const unsigned hz = at / TURN % 2 == 0 ? 800 : 1000;
	return 0.75f * sine(at, hz) + 0.25f * sine(at, 3 * hz);
}

void tone_make(struct tone *tone, float *to, size_t count)
{
	const float loud = amplitude(tone->kind == TONE_LINE_UP ? TONE_LINE_UP_DB : TONE_ATTENTION_DB);
	for (size_t i = 0; i < count; i++, tone->at++) {
		const float soft = tone->at < SOFT_START ? (float)tone->at / SOFT_START : 1;
		to[i] = loud * soft * soft * (tone->kind == TONE_LINE_UP ? sine(tone->at, 1000) : attention(tone->at));
	}
}
