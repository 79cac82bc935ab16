#include "common/contract/model.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void averages_round_half_up(void **state)
{
	(void)state;
	static const struct {
		uint32_t stars[MODEL_STARS], count, tenths;
	} cases[] = {
		{{0, 0, 0, 0, 0}, 0, 0},
		{{1, 0, 0, 0, 0}, 1, 10},
		{{0, 0, 0, 0, 7}, 7, 50},
		{{0, 0, 0, 1, 1}, 2, 45},
		{{0, 0, 0, 3, 1}, 4, 43},   /* 4.25 */
		{{0, 0, 0, 2, 1}, 3, 43},   /* 4.333 */
		{{0, 0, 0, 1, 2}, 3, 47},   /* 4.667 */
		{{19, 1, 0, 0, 0}, 20, 11}, /* 1.05 */
		{{UINT32_MAX, 0, 0, 0, 0}, UINT32_MAX, 10},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rating rating = {0};
		for (size_t s = 0; s < MODEL_STARS; s++)
			rating.stars[s] = cases[i].stars[s];
		assert_int_equal(rating_count(&rating), cases[i].count);
		assert_int_equal(rating_average_tenths(&rating), cases[i].tenths);
	}
}

static void discounts_round_half_up(void **state)
{
	(void)state;
	static const struct {
		int64_t price, list;
		uint32_t percent;
	} cases[] = {
		{1000, 1000, 0}, {500, 1000, 50}, {995, 1000, 1},   {996, 1000, 0}, {1, 1000, 100},
		{5, 1000, 100},  {6, 1000, 99},   {1999, 2999, 33}, {2, 3, 33},     {1, 3, 67},
		{1001, 1000, 0}, {1, 0, 0},       {985, 1000, 2},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct price price = {.price_cents = cases[i].price, .list_cents = cases[i].list};
		assert_int_equal(price_discount_percent(&price), cases[i].percent);
	}
}

static void stock_adds_up(void **state)
{
	(void)state;
	struct stock stock = {.quantity = {1, 20, 300}};
	assert_int_equal(stock_total(&stock), 321);
	assert_string_equal(model_warehouses[0], "north");
	assert_string_equal(model_warehouses[1], "central");
	assert_string_equal(model_warehouses[2], "south");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(averages_round_half_up),
		cmocka_unit_test(discounts_round_half_up),
		cmocka_unit_test(stock_adds_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
