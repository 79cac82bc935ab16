/* seed: the shop's data from one number. The same seed and product count give the same records on
 * every machine.
 *
 * Canonical dump: the primary records only (no derived rows), four parts (catalog, inventory,
 * pricing, reviews), each sorted by id, one record a line of compact JSON with fixed keys. A part's
 * hash is the SHA-256 of its lines; the data set's hash is the SHA-256 of the four hex hashes, each
 * with a newline, in the order of enum service.
 */
#ifndef DUET_SEED_SEED_H
#define DUET_SEED_SEED_H

#include "common/base/arena.h"
#include "common/base/strbuf.h"
#include "common/store/store.h"

#include <stdint.h>
#include <stdio.h>

enum {
	SEED_PRODUCTS_MIN = 8,
	SEED_PRODUCTS_DEFAULT = 1200,
	SEED_PRODUCTS_MAX = 120000,
	SEED_REVIEWS_MAX = 40
};

/* A product of catalog. `position` counts from 0 within its category, dense: page = position / 40.
 */
struct seed_product {
	uint32_t id;       /* 1.. */
	uint32_t category; /* index into categories */
	uint32_t position;
	uint32_t featured_rank; /* 1..8, or 0 */
	struct slice name, emoji, brand, description;
};

struct seed_price {
	uint32_t id, category;
	int64_t price_cents, list_cents;
	struct slice currency;
};

struct seed_review {
	uint32_t product;
	struct review review;
};

/* Every primary record. Arrays are sorted by id (reviews by product, then number). Fields of parts
 * that are not held are empty. Derived rows (product counts, lowest prices, rating summaries,
 * newest reviews) are computed by loaders. */
struct dataset {
	uint64_t seed;
	bool holds[SERVICE_COUNT];
	struct hero hero;
	struct category categories[MODEL_CATEGORIES]; /* product_count set */
	uint32_t product_count;
	struct seed_product *products;
	struct stock *stock;
	struct seed_price *prices;
	uint32_t review_count;
	struct seed_review *reviews;
};

/* Makes the data set: `products` must be a multiple of 8 in SEED_PRODUCTS_MIN..MAX. Memory is the
 * arena's. False without memory or for a bad count. */
bool seed_generate(uint64_t seed, uint32_t products, struct arena *arena, struct dataset *data);

/* Writes the canonical dump of the parts that `data` holds to `out` (NULL: hash only) and the
 * hashes to marker->part_sha256; marker->sha256 when all four are held (else ""). False when
 * writing failed. */
bool seed_dump(const struct dataset *data, FILE *out, struct store_marker *marker);

/* SHA-256 of the four parts' hex hashes. */
void seed_combine(const char parts[SERVICE_COUNT][65], char out[65]);

#endif
