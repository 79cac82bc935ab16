/* part_samples: one filled part of every kind, for tests. */
#ifndef DUET_TESTS_UNIT_CONTRACT_PART_SAMPLES_H
#define DUET_TESTS_UNIT_CONTRACT_PART_SAMPLES_H

#include "common/contract/read.h"

#define S(text)                                                                                    \
	{                                                                                          \
		(text), sizeof(text) - 1                                                           \
	}

static const struct part_catalog_home sample_home = {
	.hero = {S("Hi \"there\""), S("All\nhere \\"), S("\xf0\x9f\x8d\xb5")},
	.category_count = 2,
	.categories = {{S("tea"), S("Teas"), S("T"), 150}, {S("pots"), S("Pots"), S(""), 0}},
	.featured_count = 1,
	.featured = {{999999, S("Caf\xc3\xa9"), S("C")}},
};
static const struct part_catalog_page sample_page = {
	.category = {S("tea"), S("Teas"), S("T"), 150},
	.page = 2,
	.page_count = 4,
	.count = 3,
	.items = {{1, S("a\x01z"), S("A")}, {2, S(""), S("")}, {3, S("c"), S("C")}},
};
static const struct part_product sample_product = {
	7, S("cups"), S("Cups"), S("Cup"), S("C"), S("B&B"), S("Holds\ttea / \"coffee\"")};
static const struct part_stock sample_stock = {2, {{1, {1, 0, UINT32_MAX}}, {999999, {0, 0, 0}}}};
static const struct part_prices sample_prices = {
	2, {{1, 1, INT64_MAX, S("EUR")}, {2, 995, 1000, S("USD")}}};
static const struct part_lowest sample_lowest = {1, {{S("tea"), 499, S("EUR")}}};
static const struct part_ratings sample_ratings = {
	2, {{1, {1, 2, 3, 4, 5}}, {2, {0, 0, 0, 0, UINT32_MAX}}}};
static const struct part_reviews sample_reviews = {
	.rating = {7, {1, 0, 0, 1, 2}},
	.count = 2,
	.newest = {{12, 5, S("2026-03-14"), S("Ann"), S("Good"), S("Very\r\n.")},
		   {UINT32_MAX, 1, S("2026-03-13"), S("Bo"), S(""), S("\\")}},
};

static const void *const part_samples[READ_PART_KINDS] = {
	[READ_CATALOG_HOME] = &sample_home, [READ_CATALOG_PAGE] = &sample_page,
	[READ_PRODUCT] = &sample_product,   [READ_STOCK] = &sample_stock,
	[READ_PRICES] = &sample_prices,     [READ_LOWEST] = &sample_lowest,
	[READ_RATINGS] = &sample_ratings,   [READ_REVIEWS] = &sample_reviews,
};

#endif
