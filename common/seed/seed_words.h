/* seed_words: the tables that the shop's texts are built from: eight categories, each with its own
 * goods, brands and phrases, and what reviews have in common.
 *
 * Invariant: the tables are part of the data set: a changed word changes every hash that depends on
 * it.
 */
#ifndef DUET_SEED_SEED_WORDS_H
#define DUET_SEED_SEED_WORDS_H

#include "common/contract/model.h"

#include <stdint.h>

enum {
	WORDS_NOUNS = 12,
	WORDS_ADJECTIVES = 10,
	WORDS_SERIES = 10,
	WORDS_BRANDS = 6,
	WORDS_FACTS = 8,
	WORDS_OPENINGS = 6,
	WORDS_CLOSINGS = 6,
	WORDS_STAR_TITLES = 6,
	WORDS_STAR_LINES = 8,
	WORDS_FIRST_NAMES = 40,
	WORDS_INITIALS = 20
};

/* A kind of good: what it is called, its picture, and what it costs (list price, cents). */
struct words_noun {
	const char *name, *emoji;
	uint32_t least_cents, most_cents;
};

struct words_category {
	const char *id, *name, *emoji;
	const char *brands[WORDS_BRANDS];
	const char *adjectives[WORDS_ADJECTIVES];
	struct words_noun nouns[WORDS_NOUNS];
	const char *facts[WORDS_FACTS]; /* whole sentences for descriptions */
	const char *use;                /* "for slow afternoons": what reviews say it is used for */
};

/* In the shop's order. */
extern const struct words_category words_categories[MODEL_CATEGORIES];

/* Names of product lines, "Harbour": the first word of a product's name. */
extern const char *const words_series[WORDS_SERIES];

/* Sentences with one %s: the opening takes the product's name, the closing its brand. */
extern const char *const words_openings[WORDS_OPENINGS];
extern const char *const words_closings[WORDS_CLOSINGS];

/* What reviewers write, by stars - 1. A line may hold one %s, the kind of good in lower case. */
struct words_star {
	const char *titles[WORDS_STAR_TITLES];
	const char *lines[WORDS_STAR_LINES];
};
extern const struct words_star words_stars[MODEL_STARS];

extern const char *const words_first_names[WORDS_FIRST_NAMES];
extern const char *const words_initials[WORDS_INITIALS];

extern const char *const words_hero_title, *const words_hero_text, *const words_hero_emoji;

#endif
