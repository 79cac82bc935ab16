/* bff: the microservices' front door. A page is four parts, asked of four services and joined. */
#include "bff/bff_options.h"
#include "bff/page_source.h"
#include "common/page/shop_program.h"

#include <stdio.h>

static struct bff_options settings;

static bool check(char error[HTTP_ERROR_MAX])
{
	return bff_options_check(&settings, error);
}

static struct page_source *source_new(struct event_base *base, unsigned loops,
				      char error[HTTP_ERROR_MAX])
{
	(void)loops;
	struct transport *transport = bff_options_open(&settings, base, error);
	struct page_source *source =
		transport ? bff_source_new(transport, bff_options_optional_ns(&settings),
					   bff_options_sequential(&settings))
			  : NULL;
	if (transport && !source)
		snprintf(error, HTTP_ERROR_MAX, "no memory for the page source");
	return source;
}

int main(int argc, char **argv)
{
	struct option options[BFF_OPTIONS];
	bff_options_init(&settings, options);
	const struct shop_program program = {
		.name = "bff",
		.summary = "Duet's microservices front door: pages joined from four services",
		.architecture = "microservices",
		.listen = "127.0.0.1:8090",
		.options = options,
		.option_count = BFF_OPTIONS,
		.notes = bff_options_notes,
		.check = check,
		.source_new = source_new,
	};
	return shop_program_main(&program, argc, argv);
}
