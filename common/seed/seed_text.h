/* seed_text: the shop's sentences, put together from the word tables (seed_words.h) by a stream of
 * random numbers. All text is UTF-8 and lives in the given arena or is static.
 */
#ifndef DUET_SEED_SEED_TEXT_H
#define DUET_SEED_SEED_TEXT_H

#include "common/base/arena.h"
#include "common/base/rng.h"
#include "common/base/strbuf.h"
#include "common/contract/model.h"

#include <stdint.h>

enum { SEED_DAYS = 365, SEED_AUTHORS = 800 };

/* What is made once for a data set, and a buffer to write sentences in. */
struct seed_text {
	struct arena *arena;
	struct strbuf buf;
	struct slice dates[SEED_DAYS]; /* consecutive days from 2025-07-01 */
	struct slice authors[SEED_AUTHORS];
	bool failed; /* without memory: check once at the end */
};

void seed_text_init(struct seed_text *text, struct arena *arena);
void seed_text_free(struct seed_text *text);

/* The noun, a row of words_categories[category].nouns, of the product at `position` whose category
 * counts its names from `offset`. */
uint32_t seed_text_noun(uint32_t position, uint32_t offset);

/* The name of that product, unique in its category: "Harbour Smoky Green Tea", and from the 1,201st
 * position on "... No. 2". */
struct slice seed_text_name(struct seed_text *text, uint32_t category, uint32_t position,
			    uint32_t offset);

/* 200 to 500 bytes of praise. */
struct slice seed_text_description(struct seed_text *text, struct rng *rng, uint32_t category,
				   struct slice name, struct slice brand);

/* One to three sentences of a review with `stars` 1..5. */
struct slice seed_text_review(struct seed_text *text, struct rng *rng, uint32_t category,
			      uint32_t noun, uint32_t stars);

#endif
