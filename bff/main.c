/* bff: the microservices' front door. A page is four parts, asked of four services and joined. */
#include "bff/page_source.h"
#include "bff/transport.h"
#include "bff/upstream.h"
#include "common/base/clock.h"
#include "common/page/shop_program.h"

#include <stdio.h>

static const char *urls[SERVICE_COUNT] = {
	[SERVICE_CATALOG] = "http://127.0.0.1:8091",
	[SERVICE_INVENTORY] = "http://127.0.0.1:8092",
	[SERVICE_PRICING] = "http://127.0.0.1:8093",
	[SERVICE_REVIEWS] = "http://127.0.0.1:8094",
};
static uint64_t in_flight = 64;
static int64_t hop_timeout_ns = 2 * NS_PER_S;
static int64_t optional_timeout_ns = 1 * NS_PER_S;
static int64_t connect_timeout_ns = 500 * NS_PER_MS;

static const struct option options[] = {
	{.name = "catalog",
	 .kind = OPTION_TEXT,
	 .target = &urls[SERVICE_CATALOG],
	 .value = "URL",
	 .help = "the catalog service, http://HOST:PORT or unix:PATH"},
	{.name = "inventory",
	 .kind = OPTION_TEXT,
	 .target = &urls[SERVICE_INVENTORY],
	 .value = "URL",
	 .help = "the inventory service"},
	{.name = "pricing",
	 .kind = OPTION_TEXT,
	 .target = &urls[SERVICE_PRICING],
	 .value = "URL",
	 .help = "the pricing service"},
	{.name = "reviews",
	 .kind = OPTION_TEXT,
	 .target = &urls[SERVICE_REVIEWS],
	 .value = "URL",
	 .help = "the reviews service (optional parts: a page does without)"},
	{.name = "in-flight",
	 .kind = OPTION_UINT,
	 .target = &in_flight,
	 .min = 1,
	 .max = 4096,
	 .value = "N",
	 .help = "calls on the wire, each upstream and loop; more wait in its FIFO"},
	{.name = "hop-timeout",
	 .kind = OPTION_DURATION,
	 .target = &hop_timeout_ns,
	 .min = 1e6,
	 .max = 60e9,
	 .value = "TIME",
	 .help = "longest wait for a needed part, from its sending"},
	{.name = "optional-timeout",
	 .kind = OPTION_DURATION,
	 .target = &optional_timeout_ns,
	 .min = 1e6,
	 .max = 60e9,
	 .value = "TIME",
	 .help = "the same for ratings and reviews; never more than --hop-timeout"},
	{.name = "connect-timeout",
	 .kind = OPTION_DURATION,
	 .target = &connect_timeout_ns,
	 .min = 1e6,
	 .max = 60e9,
	 .value = "TIME",
	 .help = "longest wait for a connection to an upstream"},
};

static bool check(char error[HTTP_ERROR_MAX])
{
	for (int service = 0; service < SERVICE_COUNT; service++) {
		struct upstream parsed;
		char why[PART_ERROR_MAX];
		if (upstream_init(&parsed, (enum service)service, urls[service], why))
			continue;
		snprintf(error, HTTP_ERROR_MAX, "%s", why);
		return false;
	}
	return true;
}

static struct page_source *source_new(struct event_base *base, unsigned loops,
				      char error[HTTP_ERROR_MAX])
{
	(void)loops;
	struct transport_tcp_config config = {
		.in_flight_max = (unsigned)in_flight,
		.hop_timeout_ns = hop_timeout_ns,
		.connect_timeout_ns = connect_timeout_ns,
	};
	for (int service = 0; service < SERVICE_COUNT; service++)
		config.urls[service] = urls[service];
	char why[PART_ERROR_MAX];
	struct transport *transport = transport_tcp_new(base, &config, why);
	if (!transport) {
		snprintf(error, HTTP_ERROR_MAX, "%s", why);
		return NULL;
	}
	int64_t optional_ns =
		optional_timeout_ns < hop_timeout_ns ? optional_timeout_ns : hop_timeout_ns;
	struct page_source *source = bff_source_new(transport, optional_ns);
	if (!source)
		snprintf(error, HTTP_ERROR_MAX, "no memory for the page source");
	return source;
}

static const struct shop_program program = {
	.name = "bff",
	.summary = "Duet's microservices front door: pages joined from four services",
	.architecture = "microservices",
	.listen = "127.0.0.1:8090",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.notes = "Host names of upstreams are looked up once, at the start.",
	.check = check,
	.source_new = source_new,
};

int main(int argc, char **argv)
{
	return shop_program_main(&program, argc, argv);
}
