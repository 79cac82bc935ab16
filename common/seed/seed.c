/* seed: every product draws from streams of its own, one a part (stream = id * 8 + part), so that a
 * product's data do not depend on the order in which, or whether, others are made. Only the order
 * of the shop (which category and position an id gets) comes from one stream over all. Integers
 * alone: no rounding that a machine could do differently.
 */
#include "common/seed/seed.h"
#include "common/base/rng.h"
#include "common/seed/seed_text.h"
#include "common/seed/seed_words.h"

#include <string.h>

enum { STREAM_SHOP = 0, STREAMS_A_PRODUCT = 8 };

_Static_assert(MODEL_FEATURED == MODEL_CATEGORIES, "one featured product a category");

struct generator {
	uint64_t seed;
	struct arena *arena;
	struct dataset *data;
	struct seed_text text;
	uint32_t name_offset[MODEL_CATEGORIES];
};

static struct rng stream_of(const struct generator *g, uint32_t id, enum service part)
{
	struct rng rng;
	rng_seed_stream(&rng, g->seed, (uint64_t)id * STREAMS_A_PRODUCT + (uint64_t)part);
	return rng;
}

/* Spreads ids over categories and positions: a shuffle of all (category, position) places. */
static void place_products(struct generator *g, struct rng *rng)
{
	struct dataset *data = g->data;
	uint32_t per = data->product_count / MODEL_CATEGORIES;
	for (uint32_t i = 0; i < data->product_count; i++) {
		data->products[i].category = i / per;
		data->products[i].position = i % per;
	}
	for (uint32_t i = data->product_count - 1; i > 0; i--) {
		uint32_t j = (uint32_t)rng_below(rng, i + 1);
		struct seed_product swapped = data->products[i];
		data->products[i] = data->products[j];
		data->products[j] = swapped;
	}
	for (uint32_t i = 0; i < data->product_count; i++)
		data->products[i].id = i + 1;
}

/* One featured product of each category, in a shuffled order of categories. */
static void choose_featured(struct generator *g, struct rng *rng)
{
	struct dataset *data = g->data;
	uint32_t per = data->product_count / MODEL_CATEGORIES;
	uint32_t rank[MODEL_CATEGORIES], position[MODEL_CATEGORIES];
	for (uint32_t c = 0; c < MODEL_CATEGORIES; c++)
		rank[c] = c + 1;
	for (uint32_t c = MODEL_CATEGORIES - 1; c > 0; c--) {
		uint32_t other = (uint32_t)rng_below(rng, c + 1), swapped = rank[c];
		rank[c] = rank[other];
		rank[other] = swapped;
	}
	for (uint32_t c = 0; c < MODEL_CATEGORIES; c++)
		position[c] = (uint32_t)rng_below(rng, per);
	for (uint32_t i = 0; i < data->product_count; i++) {
		struct seed_product *product = &data->products[i];
		if (product->position == position[product->category])
			product->featured_rank = rank[product->category];
	}
}

static void make_shop(struct generator *g)
{
	struct dataset *data = g->data;
	struct rng rng;
	rng_seed_stream(&rng, g->seed, STREAM_SHOP);
	data->hero = (struct hero){slice_of(words_hero_title), slice_of(words_hero_text),
				   slice_of(words_hero_emoji)};
	for (uint32_t c = 0; c < MODEL_CATEGORIES; c++) {
		const struct words_category *words = &words_categories[c];
		data->categories[c] = (struct category){slice_of(words->id), slice_of(words->name),
							slice_of(words->emoji),
							data->product_count / MODEL_CATEGORIES};
		g->name_offset[c] = (uint32_t)rng_below(&rng, UINT32_MAX);
	}
	place_products(g, &rng);
	choose_featured(g, &rng);
}

static void make_product(struct generator *g, struct seed_product *product)
{
	const struct words_category *words = &words_categories[product->category];
	uint32_t offset = g->name_offset[product->category];
	struct rng rng = stream_of(g, product->id, SERVICE_CATALOG);
	product->name = seed_text_name(&g->text, product->category, product->position, offset);
	product->emoji = slice_of(words->nouns[seed_text_noun(product->position, offset)].emoji);
	product->brand = slice_of(words->brands[rng_below(&rng, WORDS_BRANDS)]);
	product->description = seed_text_description(&g->text, &rng, product->category,
						     product->name, product->brand);
}

/* One product in twenty is sold out everywhere, and one warehouse in five has none of the rest. */
static void make_stock(struct generator *g, uint32_t id, struct stock *stock)
{
	struct rng rng = stream_of(g, id, SERVICE_INVENTORY);
	bool sold_out = rng_below(&rng, 20) == 0;
	stock->id = id;
	for (int w = 0; w < MODEL_WAREHOUSES; w++) {
		bool empty = rng_below(&rng, 5) == 0;
		uint32_t units = 1 + (uint32_t)rng_below(&rng, 120);
		stock->quantity[w] = sold_out || empty ? 0 : units;
	}
}

/* List prices end in 9; four in ten products cost 10 to 50 % less, and then end in 9, too. */
static void make_price(struct generator *g, const struct seed_product *product,
		       struct seed_price *price)
{
	static const uint32_t percents[] = {10, 15, 20, 25, 30, 40, 50};
	const struct words_noun *noun = &words_categories[product->category].nouns[seed_text_noun(
		product->position, g->name_offset[product->category])];
	struct rng rng = stream_of(g, product->id, SERVICE_PRICING);
	uint64_t list =
		noun->least_cents + rng_below(&rng, noun->most_cents - noun->least_cents + 1);
	list = list - list % 10 + 9;
	uint64_t cents = list;
	bool discounted = rng_below(&rng, 10) < 4;
	uint32_t percent = percents[rng_below(&rng, sizeof(percents) / sizeof(percents[0]))];
	if (discounted) {
		cents = list * (100 - percent) / 100;
		cents = cents - cents % 10 + 9;
	}
	*price = (struct seed_price){.id = product->id,
				     .category = product->category,
				     .price_cents = (int64_t)cents,
				     .list_cents = (int64_t)list,
				     .currency = SLICE("EUR")};
}

/* Geometric with mean 10: how often one of eleven does not come up, cut at the maximum. */
static uint32_t draw_review_count(struct rng *rng)
{
	uint32_t count = 0;
	while (count < SEED_REVIEWS_MAX && rng_below(rng, 11) != 0)
		count++;
	return count;
}

static uint32_t draw_stars(struct rng *rng)
{
	static const uint32_t percent_up_to[MODEL_STARS] = {5, 11, 23, 52, 100};
	uint64_t drawn = rng_below(rng, 100);
	uint32_t stars = 1;
	while (drawn >= percent_up_to[stars - 1])
		stars++;
	return stars;
}

/* One review in five is of the same day as the one before it, so that ties of dates are common. */
static void make_reviews(struct generator *g, const struct seed_product *product, uint32_t *made)
{
	struct rng rng = stream_of(g, product->id, SERVICE_REVIEWS);
	uint32_t noun = seed_text_noun(product->position, g->name_offset[product->category]);
	uint32_t count = draw_review_count(&rng);
	uint64_t day = 0;
	for (uint32_t i = 0; i < count; i++) {
		bool same_day = rng_below(&rng, 5) == 0 && i > 0;
		uint64_t other_day = rng_below(&rng, SEED_DAYS);
		day = same_day ? day : other_day;
		uint32_t stars = draw_stars(&rng);
		struct slice title =
			slice_of(words_stars[stars - 1].titles[rng_below(&rng, WORDS_STAR_TITLES)]);
		struct slice author = g->text.authors[rng_below(&rng, SEED_AUTHORS)];
		g->data->reviews[*made] = (struct seed_review){
			.product = product->id,
			.review = {.number = *made + 1,
				   .stars = stars,
				   .date = g->text.dates[day],
				   .author = author,
				   .title = title,
				   .text = seed_text_review(&g->text, &rng, product->category, noun,
							    stars)}};
		(*made)++;
	}
}

static uint32_t count_reviews(const struct generator *g)
{
	uint32_t total = 0;
	for (uint32_t id = 1; id <= g->data->product_count; id++) {
		struct rng rng = stream_of(g, id, SERVICE_REVIEWS);
		total += draw_review_count(&rng);
	}
	return total;
}

static bool allocate(struct generator *g)
{
	struct dataset *data = g->data;
	size_t n = data->product_count;
	data->review_count = count_reviews(g);
	data->products = arena_zalloc(g->arena, n * sizeof(*data->products));
	data->stock = arena_zalloc(g->arena, n * sizeof(*data->stock));
	data->prices = arena_zalloc(g->arena, n * sizeof(*data->prices));
	data->reviews = arena_zalloc(g->arena, data->review_count * sizeof(*data->reviews));
	return data->products && data->stock && data->prices && data->reviews;
}

bool seed_generate(uint64_t seed, uint32_t products, struct arena *arena, struct dataset *data)
{
	if (products < SEED_PRODUCTS_MIN || products > SEED_PRODUCTS_MAX ||
	    products % MODEL_CATEGORIES != 0)
		return false;
	*data = (struct dataset){
		.seed = seed, .holds = {true, true, true, true}, .product_count = products};
	struct generator g = {.seed = seed, .arena = arena, .data = data};
	if (!allocate(&g))
		return false;
	seed_text_init(&g.text, arena);
	make_shop(&g);
	uint32_t reviews = 0;
	for (uint32_t i = 0; i < products; i++) {
		make_product(&g, &data->products[i]);
		make_stock(&g, i + 1, &data->stock[i]);
		make_price(&g, &data->products[i], &data->prices[i]);
		make_reviews(&g, &data->products[i], &reviews);
	}
	seed_text_free(&g.text);
	return !g.text.failed;
}
