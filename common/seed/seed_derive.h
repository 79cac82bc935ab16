/* seed_derive: the rows that follow from the primary records, for loaders and the memory store:
 * lowest price of a category, rating of a product, reviews newest first, products by position.
 *
 * Needs a data set that holds all four parts, as seed_generate makes it: product i has id i + 1,
 * each category has product_count / MODEL_CATEGORIES products, positions are dense. Memory is the
 * arena's; slices are borrowed from the data set.
 */
#ifndef DUET_SEED_SEED_DERIVE_H
#define DUET_SEED_SEED_DERIVE_H

#include "common/seed/seed.h"

struct derived {
	struct lowest_price lowest[MODEL_CATEGORIES]; /* in the order of categories */
	struct rating *ratings;                       /* [product]: all zero without reviews */
	/* Reviews of product i: data->reviews[newest[k]] for k in [review_first[i],
	 * review_first[i + 1]), newest first, ties by number. */
	uint32_t *review_first, *newest;
	/* Index of the product at position p of category c: [c * products of a category + p]. */
	uint32_t *by_position;
	uint32_t per_category;
	uint32_t featured[MODEL_FEATURED]; /* index of the product of rank r + 1 */
};

/* False without memory. */
bool seed_derive(const struct dataset *data, struct arena *arena, struct derived *derived);

#endif
