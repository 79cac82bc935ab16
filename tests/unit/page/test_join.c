#include "common/page/join.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct category tea = {{"tea", 3}, {"Tea", 3}, {"T", 1}, 2};

static struct part_catalog_page two_items(void)
{
	return (struct part_catalog_page){
		.category = tea,
		.page = 1,
		.page_count = 1,
		.count = 2,
		.items = {{.id = 7, .name = SLICE("Seven")}, {.id = 3, .name = SLICE("Three")}}};
}

static const struct part_stock stock = {2, {{7, {0, 0, 0}}, {3, {0, 4, 0}}}};
static const struct part_prices prices = {2, {{7, 100, 200, {"EUR", 3}}, {3, 50, 50, {"EUR", 3}}}};
static const struct part_ratings ratings = {1, {{3, {0, 0, 0, 1, 2}}}};

static void test_plp_takes_each_part_by_id(void **state)
{
	(void)state;
	struct part_catalog_page catalog = two_items();
	struct part_stock turned = {2, {stock.items[1], stock.items[0]}};
	struct page_plp page;
	assert_true(join_plp(&catalog, &turned, &prices, &ratings, &page));
	assert_int_equal(page.count, 2);
	assert_int_equal(page.cards[0].product.id, 7);
	assert_false(page.cards[0].in_stock);
	assert_true(page.cards[1].in_stock);
	assert_int_equal(page.cards[0].price.price_cents, 100);
	assert_int_equal(page.cards[1].price.price_cents, 50);
	assert_int_equal(rating_count(&page.cards[0].rating), 0);
	assert_int_equal(rating_count(&page.cards[1].rating), 3);
	assert_false(page.ratings_missing);
	assert_true(slice_equal(page.category.id, tea.id));
}

static void test_plp_without_ratings_is_degraded(void **state)
{
	(void)state;
	struct part_catalog_page catalog = two_items();
	struct page_plp page;
	assert_true(join_plp(&catalog, &stock, &prices, NULL, &page));
	assert_true(page.ratings_missing);
}

static void test_plp_needs_stock_and_price_of_each_id(void **state)
{
	(void)state;
	struct part_catalog_page catalog = two_items();
	struct part_stock one_stock = {1, {stock.items[0]}};
	struct part_prices one_price = {1, {prices.items[1]}};
	struct page_plp page;
	assert_false(join_plp(&catalog, &one_stock, &prices, &ratings, &page));
	assert_false(join_plp(&catalog, &stock, &one_price, &ratings, &page));
}

static void test_home_matches_lowest_by_category(void **state)
{
	(void)state;
	struct part_catalog_home catalog = {
		.category_count = 2,
		.categories = {tea, {{"toys", 4}, {"Toys", 4}, {"Y", 1}, 5}},
		.featured_count = 1,
		.featured = {{.id = 3, .name = SLICE("Three")}}};
	struct part_lowest lowest = {
		2, {{SLICE("toys"), 11, SLICE("EUR")}, {SLICE("tea"), 22, SLICE("EUR")}}};
	struct page_home page;
	assert_true(join_home(&catalog, &lowest, &stock, &prices, &ratings, &page));
	assert_int_equal(page.tile_count, 2);
	assert_int_equal(page.tiles[0].lowest_cents, 22);
	assert_int_equal(page.tiles[1].lowest_cents, 11);
	assert_int_equal(page.featured[0].price.price_cents, 50);
	assert_false(page.ratings_missing);
	assert_true(join_home(&catalog, &lowest, &stock, &prices, NULL, &page));
	assert_true(page.ratings_missing);
	lowest.count = 1;
	assert_false(join_home(&catalog, &lowest, &stock, &prices, &ratings, &page));
}

static void test_pdp(void **state)
{
	(void)state;
	struct part_product product = {.id = 3, .name = SLICE("Three")};
	struct part_reviews reviews = {.rating = ratings.items[0], .count = 1};
	struct page_pdp page;
	assert_true(join_pdp(&product, &stock, &prices, &reviews, &page));
	assert_int_equal(page.stock.id, 3);
	assert_int_equal(page.price.id, 3);
	assert_int_equal(page.reviews.count, 1);
	assert_false(page.reviews_missing);
	assert_true(join_pdp(&product, &stock, &prices, NULL, &page));
	assert_true(page.reviews_missing);
	assert_int_equal(page.reviews.count, 0);
	struct part_stock none = {.count = 0};
	struct part_prices no_price = {.count = 0};
	assert_false(join_pdp(&product, &none, &prices, &reviews, &page));
	assert_false(join_pdp(&product, &stock, &no_price, &reviews, &page));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plp_takes_each_part_by_id),
		cmocka_unit_test(test_plp_without_ratings_is_degraded),
		cmocka_unit_test(test_plp_needs_stock_and_price_of_each_id),
		cmocka_unit_test(test_home_matches_lowest_by_category),
		cmocka_unit_test(test_pdp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
