#include "common/contract/read.h"

#define READ(name_, service_, type, parts_, ...)                                                   \
	{                                                                                          \
		.name = name_, .service = service_, .out_size = sizeof(struct type),               \
		.parts = parts_, __VA_ARGS__                                                       \
	}
#define PART(name, service, type, ...) READ(name, service, type, 1, __VA_ARGS__)
#define PAGE(name, type, parts, ...) READ(name, SERVICE_COUNT, type, parts, __VA_ARGS__)

const struct read_info read_infos[READ_KINDS] = {
	[READ_CATALOG_HOME] =
		PART("catalog_home", SERVICE_CATALOG, part_catalog_home, .takes_ids = false),
	[READ_CATALOG_PAGE] =
		PART("catalog_page", SERVICE_CATALOG, part_catalog_page, .takes_category = true),
	[READ_PRODUCT] = PART("product", SERVICE_CATALOG, part_product, .takes_ids = true,
			      .single_id = true),
	[READ_STOCK] = PART("stock", SERVICE_INVENTORY, part_stock, .takes_ids = true),
	[READ_PRICES] = PART("prices", SERVICE_PRICING, part_prices, .takes_ids = true),
	[READ_LOWEST] = PART("lowest", SERVICE_PRICING, part_lowest, .takes_ids = false),
	[READ_RATINGS] = PART("ratings", SERVICE_REVIEWS, part_ratings, .takes_ids = true),
	[READ_REVIEWS] = PART("reviews", SERVICE_REVIEWS, part_reviews, .takes_ids = true,
			      .single_id = true),
	[READ_PAGE_HOME] = PAGE("page_home", page_home, 5, .takes_ids = false),
	[READ_PAGE_PLP] = PAGE("page_plp", page_plp, 4, .takes_category = true),
	[READ_PAGE_PDP] = PAGE("page_pdp", page_pdp, 4, .takes_ids = true, .single_id = true),
};

const char *const service_names[SERVICE_COUNT] = {
	[SERVICE_CATALOG] = "catalog",
	[SERVICE_INVENTORY] = "inventory",
	[SERVICE_PRICING] = "pricing",
	[SERVICE_REVIEWS] = "reviews",
};

enum service service_by_name(struct slice name)
{
	for (int i = 0; i < SERVICE_COUNT; i++)
		if (slice_equal(slice_of(service_names[i]), name))
			return (enum service)i;
	return SERVICE_COUNT;
}
