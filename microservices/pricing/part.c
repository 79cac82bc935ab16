#include "microservices/part_handler.h"

const struct service_definition pricing_service = {
	.service = SERVICE_PRICING,
	.summary = "What products cost, and the lowest price of each category.",
	.listen = "127.0.0.1:8093",
	.routes =
		{
			{READ_PRICES, "/prices"},
			{READ_LOWEST, "/categories"},
		},
	.route_count = 2,
};
