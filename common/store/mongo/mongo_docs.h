/* mongo_docs: which collections a database holds and what their documents look like: the two
 * schemas.
 *
 * "document" (unified, everything in one place; duet_unified):
 *   site        {_id: "home", hero, categories with lowest prices, the featured cards}: home is one
 *               find
 *   categories  {_id: slug, number, ...}                  what a product list says of its category
 *   cards       {_id: card key, everything a card shows}  a page is one range of 40
 *   products    {_id: id, product, stock, price, stars, newest 10 reviews}: a product page is one
 *               find
 *   reviews     {_id: number, product, ...}               the primary records of all reviews
 * "split" (a service's database holds its own part; duet_split holds all four):
 *   catalog     site {_id: "home", hero, categories, featured}, categories, listing {_id: card key,
 *               brief}, products
 *   inventory   stock
 *   pricing     prices (each with its category), lowest {_id: "lowest", one row a category}
 *   reviews     ratings (stars alone, for cards), summaries (stars and newest 10), reviews
 * Both: duet {_id: "marker", ...}, which says what was loaded.
 *
 * A card key is (category number + 1) * 1,000,000 + position, so that _id alone is the index that
 * pages need.
 */
#ifndef DUET_STORE_MONGO_DOCS_H
#define DUET_STORE_MONGO_DOCS_H

#include "common/contract/model.h"
#include "common/seed/seed.h"
#include "common/store/mongo/mongo_codec.h"

enum { MONGO_KEY_STEP = 1000000 };

/* products of the split schema: what catalog owns. `core.id` is _id. */
struct mongo_product {
	struct part_product core;
	uint32_t position, featured_rank;
};

/* products of the document schema. Its ids all are _id: mongo_whole_set_id. */
struct mongo_whole {
	struct page_pdp page;
	uint32_t position, featured_rank;
};

struct mongo_card {
	uint32_t key;
	struct card card;
};

struct mongo_listing {
	uint32_t key;
	struct brief brief;
};

struct mongo_category {
	struct category category;
	uint32_t number; /* place in the stored order */
};

struct mongo_price {
	struct price price;
	struct slice category;
};

struct mongo_review {
	struct review review; /* number is _id */
	uint32_t product;
};

extern const struct mongo_table mongo_site_document_table; /* struct page_home, without _id */
extern const struct mongo_table mongo_site_split_table; /* struct part_catalog_home, without _id */
extern const struct mongo_table mongo_lowest_table;     /* struct part_lowest, without _id */
extern const struct mongo_table mongo_category_table;   /* struct mongo_category */
extern const struct mongo_table mongo_card_table;       /* struct mongo_card */
extern const struct mongo_table mongo_listing_table;    /* struct mongo_listing */
extern const struct mongo_table mongo_whole_table;      /* struct mongo_whole */
extern const struct mongo_table mongo_product_table;    /* struct mongo_product */
extern const struct mongo_table mongo_stock_table;      /* struct stock */
extern const struct mongo_table mongo_price_table;      /* struct mongo_price */
extern const struct mongo_table mongo_rating_table;     /* struct rating */
extern const struct mongo_table mongo_summary_table;    /* struct part_reviews */
extern const struct mongo_table mongo_review_table;     /* struct mongo_review */

/* The key of a place in a product list; `number` is the category's. */
static inline uint32_t mongo_card_key(uint32_t number, uint32_t position)
{
	return (number + 1) * MONGO_KEY_STEP + position;
}

/* Gives every part of a whole product the id that its document has once. */
static inline void mongo_whole_set_id(struct page_pdp *page, uint32_t id)
{
	page->product.id = page->stock.id = page->price.id = page->reviews.rating.id = id;
}

/* The card's ids from the product's. */
static inline void mongo_card_set_id(struct card *card)
{
	card->price.id = card->rating.id = card->product.id;
}

#endif
