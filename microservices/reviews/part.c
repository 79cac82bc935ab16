#include "microservices/part_handler.h"

const struct service_definition reviews_service = {
	.service = SERVICE_REVIEWS,
	.summary = "What shoppers think of products.",
	.listen = "127.0.0.1:8094",
	.routes =
		{
			{READ_RATINGS, "/ratings"},
			{READ_REVIEWS, "/products/"},
		},
	.route_count = 2,
};
