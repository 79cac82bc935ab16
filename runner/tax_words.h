/* tax_words: the words in which the fragmentation tax is taken apart, and which step of a ladder
 * belongs to which. The shop's timing bar says the same ones (web/assets/words.js). */
#ifndef DUET_RUNNER_TAX_WORDS_H
#define DUET_RUNNER_TAX_WORDS_H

#include <jansson.h>

enum tax_word {
	TAX_SERIALIZATION,
	TAX_SOCKETS,
	TAX_SWITCHES,
	TAX_CONNECTIONS,
	TAX_COORDINATION,
	TAX_STORE,
	TAX_WORDS
};

extern const struct tax_word_info {
	const char *name;
	const char *means; /* what it is, for a reader */
} tax_words[TAX_WORDS];

struct tax_step {
	enum tax_word word; /* TAX_WORDS: none of them */
	const char *adds;   /* what the upper rung has that the lower one lacks */
};

/* What the step from an arm of a plan to another adds, by their rungs; both as the plan has them.
 * Arms that differ in anything else as well, or rungs that are no neighbours, are none of the
 * words: no step is named after a part of what it changes. */
struct tax_step tax_step_of(const json_t *lower, const json_t *upper);

/* An arm's rung: "floor", "join" (a page read), "4q", ..., "tcp". Borrowed. */
const char *tax_rung_of(const json_t *arm);

#endif
