#include "microservices/part_handler.h"

const struct service_definition inventory_service = {
	.service = SERVICE_INVENTORY,
	.summary = "How much of each product each warehouse holds.",
	.listen = "127.0.0.1:8092",
	.routes =
		{
			{READ_STOCK, "/stock"},
		},
	.route_count = 1,
};
