#include "microservices/part_handler.h"

const struct service_definition catalog_service = {
	.service = SERVICE_CATALOG,
	.summary = "What the shop sells: products, categories, what is featured.",
	.listen = "127.0.0.1:8091",
	.routes =
		{
			{READ_PRODUCT, "/products/"},
			{READ_CATALOG_PAGE, "/categories/"},
			{READ_CATALOG_HOME, "/home"},
		},
	.route_count = 3,
};
