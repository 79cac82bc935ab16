#include "bff/page_plan.h"

#include "common/page/join.h"

static uint32_t home_list(const void *catalog, const struct brief **items)
{
	const struct part_catalog_home *home = catalog;
	*items = home->featured;
	return home->featured_count;
}

static uint32_t plp_list(const void *catalog, const struct brief **items)
{
	const struct part_catalog_page *page = catalog;
	*items = page->items;
	return page->count;
}

static bool home_join(void *const parts[FANOUT_CALLS_MAX], void *page)
{
	return join_home(parts[0], parts[1], parts[2], parts[3], parts[4], page);
}

static bool plp_join(void *const parts[FANOUT_CALLS_MAX], void *page)
{
	return join_plp(parts[0], parts[1], parts[2], parts[3], page);
}

static bool pdp_join(void *const parts[FANOUT_CALLS_MAX], void *page)
{
	return join_pdp(parts[0], parts[1], parts[2], parts[3], page);
}

enum { FIRST = READ_PAGE_HOME };

static const struct page_plan plans[READ_KINDS - FIRST] = {
	[READ_PAGE_HOME - FIRST] =
		{
			.page_size = sizeof(struct page_home),
			.at_first = 2,
			.count = 5,
			.parts = {{READ_CATALOG_HOME, false},
				  {READ_LOWEST, false},
				  {READ_STOCK, false},
				  {READ_PRICES, false},
				  {READ_RATINGS, true}},
			.list = home_list,
			.join = home_join,
		},
	[READ_PAGE_PLP - FIRST] =
		{
			.page_size = sizeof(struct page_plp),
			.at_first = 1,
			.count = 4,
			.parts = {{READ_CATALOG_PAGE, false},
				  {READ_STOCK, false},
				  {READ_PRICES, false},
				  {READ_RATINGS, true}},
			.list = plp_list,
			.join = plp_join,
		},
	[READ_PAGE_PDP - FIRST] =
		{
			.page_size = sizeof(struct page_pdp),
			.at_first = 4,
			.count = 4,
			.parts = {{READ_PRODUCT, false},
				  {READ_STOCK, false},
				  {READ_PRICES, false},
				  {READ_REVIEWS, true}},
			.join = pdp_join,
		},
};

const struct page_plan *page_plan_of(enum read_kind kind)
{
	return &plans[kind - FIRST];
}
