#include "common/seed/seed_derive.h"

#include <string.h>

static bool is_newer(const struct review *a, const struct review *b)
{
	int order = memcmp(a->date.at, b->date.at, a->date.len); /* ISO days have equal length */
	return order > 0 || (order == 0 && a->number < b->number);
}

/* At most SEED_REVIEWS_MAX reviews: insertion is as quick as anything. */
static void sort_newest(const struct dataset *data, uint32_t *run, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		uint32_t moved = run[i], j = i;
		for (; j > 0 &&
		       is_newer(&data->reviews[moved].review, &data->reviews[run[j - 1]].review);
		     j--)
			run[j] = run[j - 1];
		run[j] = moved;
	}
}

static void derive_reviews(const struct dataset *data, struct derived *derived)
{
	uint32_t at = 0;
	for (uint32_t i = 0; i < data->product_count; i++) {
		struct rating *rating = &derived->ratings[i];
		rating->id = i + 1;
		derived->review_first[i] = at;
		for (; at < data->review_count && data->reviews[at].product == i + 1; at++) {
			derived->newest[at] = at;
			rating->stars[data->reviews[at].review.stars - 1]++;
		}
		uint32_t first = derived->review_first[i];
		sort_newest(data, derived->newest + first, at - first);
	}
	derived->review_first[data->product_count] = at;
}

static void derive_products(const struct dataset *data, struct derived *derived)
{
	for (uint32_t i = 0; i < data->product_count; i++) {
		const struct seed_product *product = &data->products[i];
		const struct seed_price *price = &data->prices[i];
		struct lowest_price *lowest = &derived->lowest[product->category];
		derived->by_position[product->category * derived->per_category +
				     product->position] = i;
		if (product->featured_rank)
			derived->featured[product->featured_rank - 1] = i;
		if (lowest->price_cents && lowest->price_cents <= price->price_cents)
			continue;
		*lowest = (struct lowest_price){data->categories[product->category].id,
						price->price_cents, price->currency};
	}
}

bool seed_derive(const struct dataset *data, struct arena *arena, struct derived *derived)
{
	size_t n = data->product_count;
	*derived = (struct derived){
		.ratings = arena_zalloc(arena, n * sizeof(*derived->ratings)),
		.review_first = arena_alloc(arena, (n + 1) * sizeof(*derived->review_first)),
		.newest = arena_alloc(arena, data->review_count * sizeof(*derived->newest)),
		.by_position = arena_alloc(arena, n * sizeof(*derived->by_position)),
		.per_category = data->product_count / MODEL_CATEGORIES,
	};
	if (!derived->ratings || !derived->review_first || !derived->newest ||
	    !derived->by_position)
		return false;
	derive_products(data, derived);
	derive_reviews(data, derived);
	return true;
}
