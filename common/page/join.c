#include "common/page/join.h"

/* Parts answer in the order of the ids asked for, so the item at `hint` is nearly always the one;
 * the loop is for parts that leave out unknown ids. */
#define FIND_BY_ID(part, wanted, hint, found)                                                      \
	do {                                                                                       \
		(found) = NULL;                                                                    \
		if ((hint) < (part)->count && (part)->items[(hint)].id == (wanted))                \
			(found) = &(part)->items[(hint)];                                          \
		for (uint32_t k_ = 0; !(found) && k_ < (part)->count; k_++)                        \
			if ((part)->items[k_].id == (wanted))                                      \
				(found) = &(part)->items[k_];                                      \
	} while (0)

/* The parts of a list of products; ratings may be NULL. */
struct lists {
	const struct part_stock *stock;
	const struct part_prices *prices;
	const struct part_ratings *ratings;
};

static bool fill_card(const struct lists *lists, const struct brief *brief, uint32_t at,
		      struct card *card)
{
	const struct stock *stock;
	const struct price *price;
	FIND_BY_ID(lists->stock, brief->id, at, stock);
	FIND_BY_ID(lists->prices, brief->id, at, price);
	if (!stock || !price)
		return false;
	*card = (struct card){.product = *brief,
			      .price = *price,
			      .in_stock = stock_total(stock) > 0,
			      .rating = {.id = brief->id}};
	if (lists->ratings) {
		const struct rating *rating;
		FIND_BY_ID(lists->ratings, brief->id, at, rating);
		if (rating)
			card->rating = *rating;
	}
	return true;
}

static bool fill_cards(const struct lists *lists, const struct brief *briefs, uint32_t count,
		       struct card *cards)
{
	for (uint32_t i = 0; i < count; i++)
		if (!fill_card(lists, &briefs[i], i, &cards[i]))
			return false;
	return true;
}

static bool fill_tile(const struct category *category, const struct part_lowest *lowest,
		      struct tile *tile)
{
	for (uint32_t i = 0; i < lowest->count; i++) {
		const struct lowest_price *item = &lowest->items[i];
		if (!slice_equal(item->category_id, category->id))
			continue;
		*tile = (struct tile){*category, item->price_cents, item->currency};
		return true;
	}
	return false;
}

bool join_home(const struct part_catalog_home *catalog, const struct part_lowest *lowest,
	       const struct part_stock *stock, const struct part_prices *prices,
	       const struct part_ratings *ratings, struct page_home *page)
{
	page->hero = catalog->hero;
	page->tile_count = catalog->category_count;
	page->featured_count = catalog->featured_count;
	page->ratings_missing = !ratings;
	for (uint32_t i = 0; i < catalog->category_count; i++)
		if (!fill_tile(&catalog->categories[i], lowest, &page->tiles[i]))
			return false;
	return fill_cards(&(struct lists){stock, prices, ratings}, catalog->featured,
			  catalog->featured_count, page->featured);
}

bool join_plp(const struct part_catalog_page *catalog, const struct part_stock *stock,
	      const struct part_prices *prices, const struct part_ratings *ratings,
	      struct page_plp *page)
{
	page->category = catalog->category;
	page->page = catalog->page;
	page->page_count = catalog->page_count;
	page->count = catalog->count;
	page->ratings_missing = !ratings;
	return fill_cards(&(struct lists){stock, prices, ratings}, catalog->items, catalog->count,
			  page->cards);
}

bool join_pdp(const struct part_product *product, const struct part_stock *stock,
	      const struct part_prices *prices, const struct part_reviews *reviews,
	      struct page_pdp *page)
{
	const struct stock *units;
	const struct price *price;
	FIND_BY_ID(stock, product->id, 0, units);
	FIND_BY_ID(prices, product->id, 0, price);
	if (!units || !price)
		return false;
	page->product = *product;
	page->stock = *units;
	page->price = *price;
	page->reviews_missing = !reviews;
	page->reviews = reviews ? *reviews : (struct part_reviews){.count = 0};
	return true;
}
