#include "common/contract/model.h"

const char *const model_warehouses[MODEL_WAREHOUSES] = {"north", "central", "south"};

uint32_t rating_count(const struct rating *rating)
{
	uint32_t count = 0;
	for (int i = 0; i < MODEL_STARS; i++)
		count += rating->stars[i];
	return count;
}

uint32_t rating_average_tenths(const struct rating *rating)
{
	uint64_t sum = 0, count = 0;
	for (uint32_t i = 0; i < MODEL_STARS; i++) {
		sum += (uint64_t)rating->stars[i] * (i + 1);
		count += rating->stars[i];
	}
	return count ? (uint32_t)((sum * 20 + count) / (count * 2)) : 0;
}

uint32_t price_discount_percent(const struct price *price)
{
	if (price->list_cents <= 0 || price->price_cents >= price->list_cents)
		return 0;
	int64_t off = price->list_cents - price->price_cents;
	return (uint32_t)((off * 200 + price->list_cents) / (price->list_cents * 2));
}

uint32_t stock_total(const struct stock *stock)
{
	uint32_t total = 0;
	for (int i = 0; i < MODEL_WAREHOUSES; i++)
		total += stock->quantity[i];
	return total;
}
