/* "Did you mean ...": the word of a list that is nearest to what somebody wrote. */
#ifndef SETTINGS_SUGGEST_H
#define SETTINGS_SUGGEST_H

/* The number of single-letter changes between two words: a letter put in, left out, replaced, or swapped with its
 * neighbour (optimal string alignment). ASCII case does not count. At most `SUGGEST_WORD_MAX` bytes are compared. */
#define SUGGEST_WORD_MAX 63
unsigned suggest_distance(const char *a, const char *b);

struct suggestion {
	const char *written;
	const char *best; /* NULL until something near enough was offered */
	unsigned distance;
};

/* Looks whether `candidate` is nearer than what was offered before. `candidate` is borrowed as long as the suggestion. */
void suggest_offer(struct suggestion *suggestion, const char *candidate);

#endif
