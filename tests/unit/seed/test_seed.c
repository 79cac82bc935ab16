#include "common/seed/manifest.h"
#include "common/seed/seed.h"
#include "common/seed/seed_derive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The data set of seed 42. A change here changes every store, manifest and reference run. */
static const char *const pinned_parts[SERVICE_COUNT] = {
	"d7b158a7a54b915d40d8a3c2a283427cb00d6c676f964716023c71c03a3377b8",
	"aa4a40d17ac47c5caa2d9ee193e8e6bbd5a75e60c034fd4ea3acd665c09b6126",
	"eb6aa1c7f61590c771ae94d7cfea5671d247b3e5ea2090f00563860dce3b077c",
	"4419feb55564d5ba055d98bff58fff41093e2fe38647a1ae90750255bd9dda67"};
static const char *const pinned_all =
	"2cde0fba0fcf19298381309e7af429d25abdd4b910ab6ef0024b0da51febcd4a";

static struct arena *arena;
static struct dataset shop;

static int make_shop(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena && seed_generate(42, 1200, arena, &shop) ? 0 : -1;
}

static int free_shop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void test_hashes_are_pinned(void **state)
{
	(void)state;
	struct store_marker marker = {.seed = 42};
	assert_true(seed_dump(&shop, NULL, &marker));
	for (int p = 0; p < SERVICE_COUNT; p++)
		assert_string_equal(marker.part_sha256[p], pinned_parts[p]);
	assert_string_equal(marker.sha256, pinned_all);
	char combined[65];
	seed_combine((const char(*)[65])marker.part_sha256, combined);
	assert_string_equal(combined, pinned_all);
}

static void test_another_seed_is_another_shop(void **state)
{
	(void)state;
	struct arena *other = arena_new(0);
	struct dataset data;
	struct store_marker marker = {.seed = 43};
	assert_true(seed_generate(43, 1200, other, &data));
	assert_true(seed_dump(&data, NULL, &marker));
	for (int p = 0; p < SERVICE_COUNT; p++)
		assert_string_not_equal(marker.part_sha256[p], pinned_parts[p]);
	arena_free(other);
}

static void test_a_part_alone_has_its_own_hash(void **state)
{
	(void)state;
	struct dataset part = shop;
	struct store_marker marker = {.seed = 42};
	memset(part.holds, 0, sizeof(part.holds));
	part.holds[SERVICE_PRICING] = true;
	assert_true(seed_dump(&part, NULL, &marker));
	assert_string_equal(marker.part_sha256[SERVICE_PRICING], pinned_parts[SERVICE_PRICING]);
	assert_string_equal(marker.part_sha256[SERVICE_CATALOG], "");
	assert_string_equal(marker.sha256, "");
}

static void test_a_full_disk_is_noticed(void **state)
{
	(void)state;
	struct store_marker marker;
	FILE *full = fopen("/dev/full", "wb");
	assert_non_null(full);
	assert_false(seed_dump(&shop, full, &marker));
	fclose(full);
}

static void test_products(void **state)
{
	(void)state;
	static bool taken[MODEL_CATEGORIES][150];
	uint32_t per[MODEL_CATEGORIES] = {0}, ranks = 0, in_order = 0;
	assert_int_equal(shop.product_count, 1200);
	for (uint32_t i = 0; i < 1200; i++) {
		const struct seed_product *product = &shop.products[i];
		assert_int_equal(product->id, i + 1);
		assert_true(product->category < MODEL_CATEGORIES && product->position < 150);
		assert_false(taken[product->category][product->position]);
		taken[product->category][product->position] = true;
		per[product->category]++;
		ranks |= product->featured_rank ? 1u << product->featured_rank : 0;
		assert_true(product->name.len > 0 && product->emoji.len > 0);
		assert_in_range(product->description.len, 200, 500);
		in_order += i > 0 && product->category == product[-1].category &&
			    product->position > product[-1].position;
	}
	for (int c = 0; c < MODEL_CATEGORIES; c++) {
		assert_int_equal(per[c], 150);
		assert_int_equal(shop.categories[c].product_count, 150);
	}
	assert_int_equal(ranks, 0x1fe);
	assert_in_range(in_order, 1, 300);
}

static void test_names_are_unique_in_a_category(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1200; i++)
		for (uint32_t j = i + 1; j < 1200; j++)
			assert_false(shop.products[i].category == shop.products[j].category &&
				     slice_equal(shop.products[i].name, shop.products[j].name));
}

static void test_stock_and_prices(void **state)
{
	(void)state;
	uint32_t sold_out = 0, discounted = 0;
	for (uint32_t i = 0; i < 1200; i++) {
		const struct seed_price *price = &shop.prices[i];
		assert_int_equal(shop.stock[i].id, i + 1);
		assert_int_equal(price->id, i + 1);
		assert_int_equal(price->category, shop.products[i].category);
		assert_true(price->price_cents > 0 && price->price_cents <= price->list_cents);
		sold_out += stock_total(&shop.stock[i]) == 0;
		discounted += price->price_cents < price->list_cents;
	}
	assert_in_range(sold_out, 30, 120);
	assert_in_range(discounted, 420, 540);
}

static void test_reviews(void **state)
{
	(void)state;
	uint32_t per[1201] = {0}, ties = 0;
	assert_in_range(shop.review_count, 11000, 13000);
	for (uint32_t i = 0; i < shop.review_count; i++) {
		const struct seed_review *item = &shop.reviews[i];
		assert_in_range(item->product, 1, 1200);
		assert_true(++per[item->product] <= SEED_REVIEWS_MAX);
		assert_in_range(item->review.stars, 1, MODEL_STARS);
		assert_int_equal(item->review.date.len, 10);
		assert_true(item->review.text.len > 0);
		assert_int_equal(item->review.number, i + 1);
		assert_true(i == 0 || item->product >= item[-1].product);
		ties += i > 0 && item->product == item[-1].product &&
			slice_equal(item->review.date, item[-1].review.date);
	}
	assert_in_range(ties, 1000, 4000);
}

static void test_derived_rows(void **state)
{
	(void)state;
	struct derived derived;
	assert_true(seed_derive(&shop, arena, &derived));
	for (uint32_t i = 0; i < 1200; i++) {
		uint32_t first = derived.review_first[i], end = derived.review_first[i + 1];
		assert_int_equal(rating_count(&derived.ratings[i]), end - first);
		for (uint32_t k = first + 1; k < end; k++) {
			const struct review *a = &shop.reviews[derived.newest[k - 1]].review;
			const struct review *b = &shop.reviews[derived.newest[k]].review;
			int order = memcmp(a->date.at, b->date.at, 10);
			assert_true(order > 0 || (order == 0 && a->number < b->number));
		}
		const struct lowest_price *lowest = &derived.lowest[shop.prices[i].category];
		assert_true(lowest->price_cents <= shop.prices[i].price_cents);
	}
	for (uint32_t r = 0; r < MODEL_FEATURED; r++)
		assert_int_equal(shop.products[derived.featured[r]].featured_rank, r + 1);
}

static void test_product_counts(void **state)
{
	(void)state;
	static const uint32_t good[] = {8, 16, 9608, 120000}, bad[] = {0, 7, 9, 1201, 120008};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct arena *other = arena_new(0);
		struct dataset data;
		struct derived derived;
		struct store_marker marker = {.seed = 42};
		assert_true(seed_generate(42, good[i], other, &data));
		assert_int_equal(data.product_count, good[i]);
		assert_true(seed_derive(&data, other, &derived));
		assert_true(seed_dump(&data, NULL, &marker));
		assert_int_equal(strlen(marker.sha256), 64);
		arena_free(other);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct dataset data;
		assert_false(seed_generate(42, bad[i], arena, &data));
	}
}

static void test_sha256(void **state)
{
	(void)state;
	char hex[65];
	sha256_hex("abc", 3, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_hex("", 0, hex);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hashes_are_pinned),
		cmocka_unit_test(test_another_seed_is_another_shop),
		cmocka_unit_test(test_a_part_alone_has_its_own_hash),
		cmocka_unit_test(test_a_full_disk_is_noticed),
		cmocka_unit_test(test_products),
		cmocka_unit_test(test_names_are_unique_in_a_category),
		cmocka_unit_test(test_stock_and_prices),
		cmocka_unit_test(test_reviews),
		cmocka_unit_test(test_derived_rows),
		cmocka_unit_test(test_product_counts),
		cmocka_unit_test(test_sha256),
	};
	return cmocka_run_group_tests(tests, make_shop, free_shop);
}
