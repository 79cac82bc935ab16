/* unified: the whole shop in one process. */
#include "common/page/shop_program.h"
#include "unified/page_source.h"

static struct store_options store;

static struct page_source *source_new(struct event_base *base, unsigned loops,
				      char error[HTTP_ERROR_MAX])
{
	_Static_assert((int)HTTP_ERROR_MAX >= (int)STORE_ERROR_MAX,
		       "a store's error fits the server's");
	(void)loops;
	return unified_source_new(base, &store, error);
}

int main(int argc, char **argv)
{
	struct option options[STORE_OPTIONS];
	store_options_init(&store, options);
	const struct shop_program program = {
		.name = "unified",
		.summary = "The whole shop in one process: a page is one read of the store.",
		.architecture = "unified",
		.listen = "127.0.0.1:8080",
		.options = options,
		.option_count = STORE_OPTIONS,
		.notes = "Stores are made by `seed`. SIGTERM finishes what is in flight and exits "
			 "0.",
		.source_new = source_new,
	};
	return shop_program_main(&program, argc, argv);
}
