/* model: what the shop is made of. Plain values; the parts that services answer, and the pages
 * joined of them.
 *
 * Every slice points into the arena of the request, part call or store job that the value belongs
 * to (or at static text). Money is integer cents. Dates are ISO 8601 days ("2026-03-14"). Ids are
 * numbers here and "p000001" on the wire (routes.h). The arithmetic that both architectures must
 * agree on is at the end.
 */
#ifndef DUET_CONTRACT_MODEL_H
#define DUET_CONTRACT_MODEL_H

#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	MODEL_CATEGORIES = 8,
	MODEL_FEATURED = 8,
	MODEL_PAGE_SIZE = 40, /* cards of a PLP, and the most ids one batched call carries */
	MODEL_WAREHOUSES = 3,
	MODEL_NEWEST_REVIEWS = 10,
	MODEL_STARS = 5,
	MODEL_SLUG_MAX = 32,       /* longest category id, bytes */
	MODEL_PRODUCT_MAX = 999999 /* largest product number: 'p' and 6 digits */
};

/* Warehouse ids in the order of stock.quantity; part of the contract, like the columns of a table.
 */
extern const char *const model_warehouses[MODEL_WAREHOUSES]; /* "north", "central", "south" */

struct hero {
	struct slice title, text, emoji;
};

struct category {
	struct slice id, name, emoji;
	uint32_t product_count;
};

/* A product as catalog lists it. */
struct brief {
	uint32_t id;
	struct slice name, emoji;
};

/* ---- parts: what one service answers ---- */

struct part_catalog_home {
	struct hero hero;
	uint32_t category_count;
	struct category categories[MODEL_CATEGORIES]; /* in stored order */
	uint32_t featured_count;
	struct brief featured[MODEL_FEATURED]; /* by featured rank */
};

struct part_catalog_page {
	struct category category;
	uint32_t page, page_count; /* pages count from 1 */
	uint32_t count;
	struct brief items[MODEL_PAGE_SIZE]; /* by stored position */
};

struct part_product {
	uint32_t id;
	struct slice category_id, category_name;
	struct slice name, emoji, brand, description;
};

struct stock {
	uint32_t id;
	uint32_t quantity[MODEL_WAREHOUSES];
};

struct part_stock {
	uint32_t count;                      /* ids that exist; unknown ones are absent */
	struct stock items[MODEL_PAGE_SIZE]; /* in the order of the ids asked for */
};

struct price {
	uint32_t id;
	int64_t price_cents, list_cents; /* 0 < price <= list */
	struct slice currency;           /* ISO 4217 */
};

struct part_prices {
	uint32_t count;
	struct price items[MODEL_PAGE_SIZE];
};

struct lowest_price {
	struct slice category_id;
	int64_t price_cents;
	struct slice currency;
};

struct part_lowest {
	uint32_t count;
	struct lowest_price items[MODEL_CATEGORIES];
};

struct rating {
	uint32_t id;
	uint32_t stars[MODEL_STARS]; /* stars[0]: reviews with 1 star ... stars[4]: with 5 */
};

struct part_ratings {
	uint32_t count;
	struct rating items[MODEL_PAGE_SIZE];
};

struct review {
	uint32_t number; /* unique in the shop; ties of a date go to the smaller number first */
	uint32_t stars;  /* 1..5 */
	struct slice date, author, title, text;
};

struct part_reviews {
	struct rating rating;
	uint32_t count;
	struct review newest[MODEL_NEWEST_REVIEWS]; /* newest first */
};

/* ---- pages: what a shopper asks for ---- */

struct tile {
	struct category category;
	int64_t lowest_cents;
	struct slice currency;
};

struct card {
	struct brief product;
	struct price price;
	bool in_stock;
	struct rating rating; /* meaningful unless the page's ratings_missing is set */
};

struct page_home {
	struct hero hero;
	uint32_t tile_count, featured_count;
	struct tile tiles[MODEL_CATEGORIES];
	struct card featured[MODEL_FEATURED];
	bool ratings_missing; /* the optional part did not answer */
};

struct page_plp {
	struct category category;
	uint32_t page, page_count, count;
	struct card cards[MODEL_PAGE_SIZE];
	bool ratings_missing;
};

struct page_pdp {
	struct part_product product;
	struct stock stock;
	struct price price;
	struct part_reviews reviews;
	bool reviews_missing;
};

/* ---- shared arithmetic: integers only, half up ---- */

/* Reviews counted by a rating. */
uint32_t rating_count(const struct rating *rating);

/* Average in tenths of a star, half up (37 is 3.7); 0 when there are no reviews. */
uint32_t rating_average_tenths(const struct rating *rating);

/* Whole percent off the list price, half up: 0 when price equals list. */
uint32_t price_discount_percent(const struct price *price);

/* Units in all warehouses. */
uint32_t stock_total(const struct stock *stock);

#endif
