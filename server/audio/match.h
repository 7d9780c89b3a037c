/* The slow gain that brings floor-fill to the loudness of the interpreters (room/README.md, "Routing rules", rule 6: slow,
 * within 6 dB, limited by the ceiling). Pure: loudness and passing time go in, a gain comes out; no samples. */
#ifndef AUDIO_MATCH_H
#define AUDIO_MATCH_H

#define MATCH_MAX_DB 6.0f        /* up or down (room/README.md, "Routing rules", rule 6) */
#define MATCH_DB_PER_S 1.0f      /* nobody hears a gain that moves so slowly */
#define MATCH_GATE_LUFS (-50.0f) /* quieter is a pause, and says nothing of how loud somebody speaks */

/* The loudness of speech over the last seconds, pauses left out. */
struct match_average {
	float power;   /* mean square on the scale of LUFS */
	float heard_s; /* speech so far, up to the time constant; 0 when there was none yet */
};

/* Plain data, owned by the caller; zeroed is the beginning. */
struct match {
	struct match_average floor, reference;
	float peak_db; /* the floor's highest of late; counts once the floor has been heard */
	float gain_db; /* now */
};

/* `seconds` more of the reference at a momentary loudness: what the interpreters' channels carried, while they did. */
void match_reference(struct match *match, float loudness_lufs, float seconds);
/* `seconds` more of the floor at a momentary loudness and with its peak in dBFS; returns the gain for it in dB, which is never
 * moved by more than MATCH_DB_PER_S. Without a reference, or before the floor was heard, it goes to 0; in pauses it stays. The gain
 * never aims at lifting the floor's peaks above `ceiling_db`. */
float match_floor(struct match *match, float loudness_lufs, float peak_db, float ceiling_db, float seconds);
/* Decibels as a factor of amplitude. */
float match_factor(float gain_db);

#endif
